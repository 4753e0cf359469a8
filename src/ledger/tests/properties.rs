//! Random histories against a small model written independently of the fold and the transition table.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::world::{World, manual, rule, suspect};
use crate::ledger::{EvidenceState, RunOutcome, Stage};

const SITES: [&str; 2] = ["a", "b"];

/// Hours since the night before, and three letters per site: auto, manual, suspect rule.
type Night = (u16, [String; 2]);

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let letter =
        prop_oneof![3 => Just('P'), 3 => Just('F'), 1 => Just('R'), 2 => Just('U'), 1 => Just('E'), 1 => Just('N')];
    let letters = proptest::collection::vec(letter, 3).prop_map(|v| v.into_iter().collect::<String>());
    let gap = prop_oneof![6 => Just(24u16), 2 => 1u16..30, 1 => Just(24 * 100)];
    proptest::collection::vec((gap, [letters.clone(), letters]), 1..14)
}

fn rules() -> Vec<crate::rule::RuleHead> {
    vec![rule("a-auto"), manual("b-manual"), suspect("c-suspect")]
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime").block_on(future)
}

/// Plays the nights; `skip` removes undetermined answers altogether.
async fn play(nights: &[Night], skip: bool) -> World {
    let world = World::new(rules(), &SITES).await;
    for (hours, letters) in nights {
        world.hours(i64::from(*hours));
        let letters: Vec<String> =
            letters.iter().map(|l| if skip { l.replace(['U', 'E'], ".") } else { l.clone() }).collect();
        world.night(&[("a", &letters[0]), ("b", &letters[1])]).await;
    }
    world
}

/// What a problem's stage must be, by hour counting only.
#[derive(Default)]
struct Model {
    /// Newest problem: stage, returned, reopened.
    stage: Option<(Stage, u32, u32)>,
    /// Hours at which the present row of failures counted.
    fails: Vec<i64>,
    passes: Vec<i64>,
    closed_at: i64,
    rows: u32,
    /// Answers on record, newest first: true is a pass.
    answers: Vec<bool>,
    unsteady: bool,
}

impl Model {
    /// What is of no concern when it passes is not on record.
    fn remember(&mut self, pass: bool) {
        let live = matches!(self.stage, Some((Stage::Suspected | Stage::Open | Stage::AwaitingReview, ..)));
        if pass && !live && self.answers.first() != Some(&false) {
            return;
        }
        self.answers.insert(0, pass);
        self.answers.truncate(20);
        // The newest change weighs 120, one of twenty answers ago 80.
        let changes = self.answers.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
        let share: usize = changes.map(|(age, _)| 80 + 40 * (19 - age) / 19).sum();
        let all: usize = (1..20).map(|place| 80 + 40 * place / 19).sum();
        self.unsteady = share * 1000 / all > if self.unsteady { 250 } else { 300 };
    }

    fn see(&mut self, kind: usize, letter: char, hour: i64) {
        if matches!(letter, 'F' | 'R' | 'P') {
            self.remember(letter == 'P');
        }
        self.follow(kind, letter, hour);
    }

    fn follow(&mut self, kind: usize, letter: char, hour: i64) {
        match letter {
            'F' => {
                if kind != 2 || self.fails.last().is_none_or(|last| hour - last >= 20) {
                    self.fails.push(hour);
                }
                self.passes.clear();
                let hard = kind != 2 || self.fails.len() >= 2;
                let first = if hard { Stage::Open } else { Stage::Suspected };
                self.stage = Some(match self.stage {
                    None | Some((Stage::Unconfirmed, ..)) => self.row(first),
                    Some((Stage::Suspected, ..)) if hard => (Stage::Open, 0, 0),
                    Some((Stage::AwaitingReview, returned, reopened)) => (Stage::Open, returned + 1, reopened),
                    Some((Stage::Closed, ..)) if hour - self.closed_at > 90 * 24 => self.row(first),
                    Some((Stage::Closed, returned, reopened)) if hard => (Stage::Open, returned, reopened + 1),
                    Some(same) => same,
                });
            }
            'P' => {
                self.fails.clear();
                if self.rows == 0 {
                    return;
                }
                self.passes.push(hour);
                // The world starts at 22:00 local time.
                let days: BTreeSet<i64> = self.passes.iter().map(|h| (h + 22) / 24).collect();
                let wanted = if self.unsteady { 4 } else { 2 };
                let closes = kind != 1 && self.passes.len() >= wanted && days.len() >= wanted;
                self.stage = self.stage.map(|(stage, returned, reopened)| match stage {
                    Stage::Suspected => (Stage::Unconfirmed, returned, reopened),
                    Stage::AwaitingReview if closes => {
                        self.closed_at = hour;
                        (Stage::Closed, returned, reopened)
                    }
                    Stage::Open => (Stage::AwaitingReview, returned, reopened),
                    other => (other, returned, reopened),
                });
            }
            // As a failure, but what is on the list then stands under review.
            'R' => match self.stage {
                Some((Stage::AwaitingReview, ..)) => {
                    let stage = self.stage;
                    self.follow(kind, 'F', hour);
                    self.stage = stage;
                }
                _ => {
                    self.follow(kind, 'F', hour);
                    if let Some((stage @ Stage::Open, ..)) = &mut self.stage {
                        *stage = Stage::AwaitingReview;
                    }
                }
            },
            _ => {}
        }
    }

    fn row(&mut self, stage: Stage) -> (Stage, u32, u32) {
        self.rows += 1;
        (stage, 0, 0)
    }
}

type Standing = BTreeMap<(String, String), (u32, Stage, u32, u32)>;

/// Newest problem per (site, rule) with the number of problems there.
async fn standing(world: &World) -> Standing {
    let mut rows = world.all().await;
    rows.sort_by_key(|p| p.first_seen);
    let mut standing: Standing = BTreeMap::new();
    for p in rows {
        let entry = standing.entry((p.site, p.rule)).or_insert((0, p.stage, 0, 0));
        *entry = (entry.0 + 1, p.stage, p.returned, p.reopened);
    }
    standing
}

fn model(nights: &[Night]) -> Standing {
    let mut models: BTreeMap<(String, String), Model> = BTreeMap::new();
    let mut hour = 0;
    for (gap, letters) in nights {
        hour += i64::from(*gap);
        for (site, letters) in SITES.iter().zip(letters) {
            for (kind, (rule, letter)) in rules().iter().zip(letters.chars()).enumerate() {
                models.entry(((*site).to_owned(), rule.id.clone())).or_default().see(kind, letter, hour);
            }
        }
    }
    let row = |(key, m): ((String, String), Model)| m.stage.map(|(s, ret, reo)| (key, (m.rows, s, ret, reo)));
    models.into_iter().filter_map(row).collect()
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn stages_are_those_of_the_model_and_rebuild_to_equality(nights in nights()) {
        block(async {
            let world = play(&nights, false).await;
            prop_assert_eq!(standing(&world).await, model(&nights));
            let before = world.all().await;
            let report = world.ledger.verify().await.expect("verify");
            prop_assert!(report.is_sound(), "{:?}", report.faults);
            world.ledger.rebuild().await.expect("rebuild");
            prop_assert_eq!(world.all().await, before);
            Ok(())
        })?;
    }

    #[test]
    fn removing_every_undetermined_answer_changes_no_stage(nights in nights()) {
        block(async {
            let (with, without) = (play(&nights, false).await, play(&nights, true).await);
            prop_assert_eq!(standing(&with).await, standing(&without).await);
            prop_assert_eq!(with.stage_events().await, without.stage_events().await);
            Ok(())
        })?;
    }

    #[test]
    fn numbers_are_gapless_within_each_year(nights in nights()) {
        block(async {
            let world = play(&nights, false).await;
            let mut years: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            for p in world.all().await.iter().filter(|p| !p.number.is_empty()) {
                let (head, serial) = p.number.rsplit_once('-').expect("number");
                years.entry(head.to_owned()).or_default().push(serial.parse().expect("serial"));
            }
            for (_, mut serials) in years {
                serials.sort_unstable();
                prop_assert_eq!(&serials, &(1..=serials.len() as u32).collect::<Vec<_>>());
            }
            Ok(())
        })?;
    }

    #[test]
    fn every_closed_row_has_a_pass_after_its_last_failure_before_closing(nights in nights()) {
        block(async {
            let world = play(&nights, false).await;
            for p in world.all().await.iter().filter(|p| p.stage == Stage::Closed) {
                let closed = p.closed_at.expect("closed");
                prop_assert!(p.last_checked >= closed || p.last_checked > p.last_seen);
                prop_assert!(p.last_seen < closed || p.rule == "c-suspect" || world.all().await.iter().any(|q| q.first_seen > closed));
            }
            Ok(())
        })?;
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_evidence_and_no_unflagged_closing(
        nights in nights(),
        shuffle in proptest::collection::vec(any::<prop::sample::Index>(), 14),
    ) {
        block(async {
            let world = World::new(rules(), &SITES).await;
            let live = SITES.iter().flat_map(|s| rules().into_iter().map(|r| super::world::fingerprint(s, &r.family))).collect();
            let mut looks = Vec::new();
            for (hours, letters) in &nights {
                world.hours(i64::from(*hours));
                let at = world.clock.now();
                let digest = |(s, l): (&&str, &String)| crate::ledger::SiteDigest::new(&world.judge(s, l, at), None, &live);
                looks.push(SITES.iter().zip(letters).map(digest).collect::<Vec<_>>());
            }
            let mut order: Vec<_> = (0..looks.len()).collect();
            for (i, pick) in shuffle.iter().take(order.len()).enumerate() {
                let j = pick.index(order.len());
                order.swap(i, j);
            }
            let apply = async |order: &[usize]| {
                let world = World { ledger: crate::ledger::Ledger::in_memory(world.clock.clone()).await, ..World::new(rules(), &SITES).await };
                for i in order {
                    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
                    world.apply(&run, looks[*i].clone()).await.expect("apply");
                }
                world
            };
            let straight = apply(&(0..looks.len()).collect::<Vec<_>>()).await;
            let shuffled = apply(&order).await;
            let states = async |world: &World| -> Vec<(String, String)> {
                let sql = "SELECT fp, body FROM item_state ORDER BY fp";
                sqlx::query_as(sql).fetch_all(&world.ledger.pool).await.expect("states")
            };
            prop_assert_eq!(states(&straight).await, states(&shuffled).await);
            let report = shuffled.ledger.verify().await.expect("verify");
            prop_assert!(report.is_sound(), "{:?}", report.faults);
            for p in shuffled.all().await.iter().filter(|p| p.stage == Stage::Closed && p.rule != "c-suspect") {
                let newer = shuffled.all().await.iter().any(|q| q.id != p.id && q.rule == p.rule && q.site == p.site);
                prop_assert!(newer || p.evidence_state != EvidenceState::StillThere, "{p:?}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_released_run_gives_what_small_runs_below_the_brake_give(flips in 6usize..12, first in "[PF]") {
        block(async {
            let names: Vec<String> = (0..12).map(|i| format!("s{i:02}")).collect();
            let sites: Vec<&str> = names.iter().map(String::as_str).collect();
            let then = if first == "P" { "F" } else { "P" };
            let answers: Vec<(&str, &str)> =
                sites.iter().enumerate().map(|(i, s)| (*s, if i < flips { then } else { first.as_str() })).collect();
            let (braked, parts) = (World::new(vec![rule("r")], &sites).await, World::new(vec![rule("r")], &sites).await);
            for world in [&braked, &parts] {
                world.night(&super::world::everywhere(&names, &first)).await;
                world.hours(24);
            }
            let before = braked.stage_events().await;
            let run = braked.ledger.begin_run(&braked.start()).await.expect("begin");
            let digests = braked.digests(&answers, braked.clock.now()).await;
            let applied = braked.apply(&run, digests).await.expect("apply");
            prop_assert!(applied.held.is_some());
            prop_assert_eq!(braked.stage_events().await, before);
            braked.ledger.release(&run, "属实", "张三", &braked.calendar).await.expect("release");
            for part in answers.chunks(5) {
                let run = parts.ledger.begin_run(&parts.start()).await.expect("begin");
                let digests = parts.digests(part, parts.clock.now()).await;
                let applied = parts.ledger
                    .apply(&run, digests, serde_json::json!({}), RunOutcome::Partial, &parts.calendar)
                    .await
                    .expect("apply");
                prop_assert!(applied.held.is_none());
            }
            prop_assert_eq!(standing(&braked).await, standing(&parts).await);
            let report = braked.ledger.verify().await.expect("verify");
            prop_assert!(report.is_sound(), "{:?}", report.faults);
            Ok(())
        })?;
    }
}

/// Changes one byte of one stored text, chosen by `pick`, to another printable one.
fn flip(text: &str, pick: prop::sample::Index) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = pick.index(chars.len());
    let other = if chars[at] == '7' { '8' } else { '7' };
    chars.iter().enumerate().map(|(i, c)| if i == at { other } else { *c }).collect()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_changed_character_anywhere_is_found(place in 0usize..9, row in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        block(async {
            let world = World::new(rules(), &SITES).await;
            for letters in ["FFF", "PPF", "PUF"] {
                world.hours(24);
                world.night(&[("a", letters), ("b", "FPU")]).await;
            }
            prop_assert!(world.ledger.verify().await.expect("verify").is_sound());
            let pool = &world.ledger.pool;
            sqlx::raw_sql("DROP TRIGGER event_no_update; PRAGMA foreign_keys = OFF; DROP INDEX event_problem;
                DROP INDEX problem_number; DROP INDEX problem_one_live; DROP INDEX problem_item; DROP INDEX item_failing;")
                .execute(pool).await.expect("open up");
            let (table, column) = [
                ("event", "body"), ("event", "hash"), ("problem", "body"), ("item_state", "body"), ("head", "body"),
                ("observation", "finding"), ("observation", "verdict"), ("coverage", "letters"), ("site_state", "letters"),
            ][place];
            let key = match table { "event" => "seq", "item_state" => "fp", "head" => "sha", "site_state" => "site", _ => "id" };
            let select = format!("SELECT CAST({key} AS TEXT), {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY {key}");
            let rows: Vec<(String, String)> =
                sqlx::query_as(sqlx::AssertSqlSafe(select)).fetch_all(pool).await.expect("rows");
            let (id, text) = row.get(&rows);
            let update = format!("UPDATE {table} SET {column} = $2 WHERE CAST({key} AS TEXT) = $1");
            let changed = flip(text, at);
            let done = sqlx::query(sqlx::AssertSqlSafe(update)).bind(id).bind(&changed).execute(pool).await;
            // A generated column may refuse text that is no JSON any more: then nothing was changed.
            if done.is_ok() {
                let found = match world.ledger.verify().await {
                    Ok(report) => !report.is_sound(),
                    Err(_) => true,
                };
                prop_assert!(found, "{table}.{column}: {text} -> {changed}");
            }
            Ok(())
        })?;
    }
}
