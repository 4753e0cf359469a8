//! Random histories of patrols, persons and time, held against the transition table and the balance.
//!
//! `XUNJIAN_HISTORIES=100000 cargo test --lib histories` plays that many instead of the few of an ordinary test run.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::world::{World, manual, rule, suspect};
use crate::inspect::Finding;
use crate::ledger::view::{Attachment, Ground, Source};
use crate::ledger::{Balance, By, Deed, Filter, LedgerError, NewEntry, ProblemView, SiteSnapshot, Stage};
use crate::rule::Severity;

const SITES: [&str; 2] = ["a", "b"];

#[derive(Debug, Clone)]
enum Move {
    /// Letters per site: auto, manual and suspect rule.
    Night([String; 2]),
    /// A step with one of the rows, chosen by index.
    Deed(usize, prop::sample::Index),
    Enter(u8),
    Tick,
}

fn moves() -> impl Strategy<Value = Vec<(u16, Move)>> {
    let letter = prop_oneof![3 => Just('P'), 3 => Just('F'), 2 => Just('U'), 1 => Just('N')];
    let letters = proptest::collection::vec(letter, 3).prop_map(|v| v.into_iter().collect::<String>());
    let one = prop_oneof![
        4 => [letters.clone(), letters].prop_map(Move::Night),
        8 => (0usize..DEEDS, any::<prop::sample::Index>()).prop_map(|(deed, row)| Move::Deed(deed, row)),
        1 => (0u8..4).prop_map(Move::Enter),
        1 => Just(Move::Tick),
    ];
    let gap = prop_oneof![4 => 0u16..6, 4 => 20u16..30, 1 => Just(24 * 20), 1 => Just(24 * 95)];
    proptest::collection::vec((gap, one), 1..24)
}

const DEEDS: usize = 15;

fn deed(which: usize, now: Timestamp) -> Deed {
    let today = crate::clock::local(now).date();
    let attachments = vec![Attachment { sha256: "0".repeat(64), name: "照片.jpg".to_owned(), bytes: 1 }];
    let later = today.checked_add(40.days()).expect("a day");
    match which {
        0 => Deed::Confirm,
        1 => Deed::Issue,
        2 => Deed::Take { measure: None, by: None, assignee: None },
        3 => Deed::Claim { attachments },
        4 | 5 => Deed::Close { attachments: Vec::new() },
        6 => Deed::SendBack,
        7 => Deed::Reopen,
        8 => Deed::Defer { until: later, approver: "王".to_owned(), plan: "计划".to_owned(), document: None },
        9 => Deed::Resume,
        10 => Deed::Dismiss {
            ground: Ground::OutOfScope,
            until: later,
            document: None,
            target: None,
            attachments: Vec::new(),
        },
        11 => Deed::Restore,
        12 => Deed::Extend { until: today.checked_add(100.days()).expect("a day") },
        13 => Deed::Edit { measure: Some("另行整改".to_owned()), assignee: None },
        _ => Deed::Undo,
    }
}

/// The table, written down once more: where a step of a person leads from a stage, if it is allowed there at all.
fn leads(deed: &Deed, from: Stage) -> Option<Stage> {
    use Stage::*;
    let live = matches!(from, Suspected | Open | Rectifying | AwaitingReview | Deferred);
    match deed {
        Deed::Confirm => (from == Suspected).then_some(Open),
        Deed::Issue => matches!(from, Open | Rectifying).then_some(from),
        Deed::Take { .. } => (from == Open).then_some(Rectifying),
        Deed::Claim { .. } => matches!(from, Open | Rectifying | Deferred).then_some(AwaitingReview),
        Deed::Close { .. } => (from == AwaitingReview).then_some(Closed),
        Deed::SendBack => (from == AwaitingReview).then_some(Open),
        Deed::Reopen => (from == Closed).then_some(Open),
        Deed::Defer { .. } => matches!(from, Open | Rectifying).then_some(Deferred),
        Deed::Resume => (from == Deferred).then_some(Rectifying),
        Deed::Dismiss { .. } => live.then_some(Dismissed),
        Deed::Restore => (from == Dismissed).then_some(Open),
        Deed::Extend { .. } => matches!(from, Open | Rectifying | Deferred).then_some(from),
        Deed::Edit { .. } => live.then_some(from),
        Deed::Note { .. } => Some(from),
        // Leads anywhere the row has been.
        Deed::Undo => None,
    }
}

/// Stage pairs that any event may have; `None` before is a new row.
fn in_table(from: Option<Stage>, to: Stage, kind: &str) -> bool {
    use Stage::*;
    match (from, to) {
        (None, Suspected | Open) => true,
        (Some(Suspected), Open | Unconfirmed | Dismissed) => true,
        (Some(Open), Rectifying | AwaitingReview | Deferred | Dismissed) => true,
        (Some(Rectifying), AwaitingReview | Deferred | Dismissed) => true,
        (Some(Deferred), AwaitingReview | Rectifying | Dismissed) => true,
        (Some(AwaitingReview), Closed | Open | Dismissed) => true,
        (Some(Closed), Open | AwaitingReview) => true,
        (Some(Dismissed), Open) => true,
        _ => kind == "undone",
    }
}

async fn enter(world: &World, which: u8) {
    let snapshot = SiteSnapshot { name: "市局".to_owned(), region: "610800".to_owned(), ..SiteSnapshot::default() };
    let entry = NewEntry {
        source: if which.is_multiple_of(2) { Source::Manual } else { Source::Above },
        key: vec![which.to_string()],
        subject: SiteSnapshot { unit: "市局".to_owned(), unit_id: format!("u{which}"), ..snapshot },
        key_point: which + 1,
        severity: Severity::General,
        title: "人工检查".to_owned(),
        finding: Finding {
            text: "制度未建立。".to_owned(),
            measure: "建立制度".to_owned(),
            basis: "依据".to_owned(),
            locations: Vec::new(),
        },
        due: None,
        attachments: Vec::new(),
        seen: world.clock.now(),
    };
    let by = By { actor: "张三", reason: "检查" };
    world.ledger.enter(&[entry], by, &world.calendar, false).await.expect("entered");
}

async fn whole(world: &World, from: Timestamp, to: Timestamp) -> Balance {
    let balances = world.ledger.balances(from, to).await.expect("balances");
    Balance::sum(balances.values())
}

type Rows = BTreeMap<String, ProblemView>;

async fn rows(world: &World) -> Rows {
    let rows = world.ledger.problems(&Filter::everything()).await.expect("rows");
    rows.into_iter().map(|row| (row.id.clone(), row)).collect()
}

/// What must hold between any two moments, whatever happened.
async fn check_step(world: &World, before: &Rows, events_before: i64) -> Result<Rows, TestCaseError> {
    let after = rows(world).await;
    let news: Vec<(String,)> =
        sqlx::query_as("SELECT body FROM event WHERE seq > $1 AND problem IS NOT NULL ORDER BY seq")
            .bind(events_before)
            .fetch_all(&world.ledger.pool)
            .await
            .expect("events");
    let news: Vec<serde_json::Value> = news.iter().map(|(body,)| serde_json::from_str(body).expect("event")).collect();
    for event in &news {
        let stage = |key: &str| serde_json::from_value::<Option<Stage>>(event[key].clone()).expect("stage");
        if let Some(to) = stage("to") {
            let kind = event["kind"].as_str().expect("kind");
            prop_assert!(in_table(stage("from"), to, kind), "{event}");
        }
    }
    for (id, row) in &after {
        let touched = news.iter().any(|e| e["problem"] == **id);
        if let Some(old) = before.get(id) {
            // Nothing of a row changes but by an event; a number, once given, stays.
            let same =
                (old.stage, old.due, &old.number, old.issued_at) == (row.stage, row.due, &row.number, row.issued_at);
            prop_assert!(touched || same, "{old:?}\n{row:?}");
            prop_assert!(old.number.is_empty() || old.number == row.number);
        } else {
            prop_assert!(touched);
        }
    }
    Ok(after)
}

async fn play(moves: &[(u16, Move)]) -> Result<(), TestCaseError> {
    let world = World::new(vec![rule("a-auto"), manual("b-manual"), suspect("c-suspect")], &SITES).await;
    let start = world.clock.now();
    let mut standing = Rows::new();
    let mut cuts = vec![start];
    for (hours, step) in moves {
        // A second apart at least, so that a cut lies between any two moves.
        world.clock.advance(SignedDuration::from_hours(i64::from(*hours)) + SignedDuration::from_secs(1));
        cuts.push(world.clock.now());
        let events = world.event_count().await;
        match step {
            Move::Night([a, b]) => drop(world.night(&[("a", a), ("b", b)]).await),
            Move::Enter(which) => enter(&world, *which).await,
            Move::Tick => drop(world.ledger.tick(&world.calendar).await.expect("tick")),
            Move::Deed(which, row) => {
                let Some(row) = (!standing.is_empty()).then(|| row.index(standing.len())) else { continue };
                let row = standing.values().nth(row).expect("a row");
                let deed = deed(*which, world.clock.now());
                let wanted = leads(&deed, row.stage);
                match world.act(&row.id, deed.clone(), "理由", "张三").await {
                    Ok(done) => {
                        prop_assert!(deed == Deed::Undo || Some(done.to) == wanted, "{deed:?} from {:?}", row.stage);
                        if matches!(deed, Deed::Close { .. }) && row.source.is_patrol() {
                            // Struck off only on a pass that is newer than the claim and fresh; or, where the machine has had
                            // nothing to say since the claim, on what the unit sent in.
                            let age = world.clock.now().duration_since(row.last_checked);
                            let fresh = row.last_checked > row.last_seen && age <= SignedDuration::from_hours(72);
                            let seen = fresh && row.claimed_at.is_none_or(|claimed| row.last_checked > claimed);
                            let silent = row.claimed_at.is_some_and(|claimed| row.last_checked <= claimed);
                            prop_assert!(seen || silent && !row.attachments.is_empty(), "{row:?}");
                        }
                    }
                    Err(LedgerError::Refused { .. }) => {}
                    Err(other) => return Err(TestCaseError::fail(format!("{deed:?}: {other}"))),
                }
            }
        }
        standing = check_step(&world, &standing, events).await?;
    }
    let end = world.clock.now() + 1.second();
    let total = whole(&world, start, end).await;
    prop_assert!(total.adds_up(), "{total:?}");
    let unsolved = standing.values().filter(|row| row.stage.is_unsolved()).count();
    prop_assert_eq!(total.closing as usize, unsolved);
    // Whatever the day of the report, one period ends where the next begins, and the movements add up.
    for cut in cuts {
        let (first, second) = (whole(&world, start, cut).await, whole(&world, cut, end).await);
        prop_assert!(first.adds_up() && second.adds_up(), "{first:?} {second:?}");
        prop_assert_eq!(first.closing, second.opening);
        prop_assert_eq!(first.new + second.new, total.new);
        prop_assert_eq!(first.closed + second.closed, total.closed);
        prop_assert_eq!(first.removed + second.removed, total.removed);
    }
    let report = world.ledger.verify().await.expect("verify");
    // The attachment is no real file.
    prop_assert!(report.faults.iter().all(|f| f.starts_with("证据文件缺失")), "{:?}", report.faults);
    world.ledger.rebuild().await.expect("rebuild");
    prop_assert_eq!(rows(&world).await, standing);
    Ok(())
}

fn histories() -> u32 {
    std::env::var("XUNJIAN_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(64)
}

proptest! {
    #![proptest_config(Config { cases: histories(), failure_persistence: None, ..Config::default() })]

    #[test]
    fn persons_patrols_and_time_keep_to_the_table_and_the_figures_add_up(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(play(&moves))?;
    }
}
