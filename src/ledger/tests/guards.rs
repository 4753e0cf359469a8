//! What is refused, and what holds a run.

use serde_json::json;

use super::world::{World, everywhere, manual, rule, suspect};
use crate::ledger::{Deed, Filter, Hold, LedgerError, Stage, Why};

const CLOSE: Deed = Deed::Close { attachments: Vec::new() };

#[track_caller]
pub(super) fn reason(result: Result<impl std::fmt::Debug, LedgerError>) -> String {
    match result {
        Err(LedgerError::Refused { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn closing_needs_a_fresh_pass_a_name_and_a_reason() {
    let world = World::new(vec![manual("r")], &["a"]).await;
    let (ledger, number) = (&world.ledger, "610800-2020-00001");
    assert!(matches!(world.act(number, CLOSE, "好", "张三").await, Err(LedgerError::NoSuchProblem(_))));
    world.night(&[("a", "F")]).await;
    assert!(reason(world.act(number, CLOSE, "好", "张三").await).contains("待整改"));
    world.hours(24);
    world.night(&[("a", "P")]).await;
    assert!(reason(world.act(number, CLOSE, " ", "张三").await).contains("理由"));
    assert!(reason(world.act(number, CLOSE, "好", "").await).contains("办理人"));
    world.hours(73);
    assert!(reason(world.act(number, CLOSE, "好", "张三").await).contains("72 小时"));
    world.night(&[("a", "U")]).await;
    assert!(reason(world.act(number, CLOSE, "好", "张三").await).contains("72 小时"), "undetermined refreshes nothing");
    world.night(&[("a", "P")]).await;
    world.act(number, CLOSE, "已改好", "张三").await.expect("closed");
    let (view, events) = ledger.problem(number).await.expect("row");
    assert_eq!(view.stage, Stage::Closed);
    let last = events.last().expect("event");
    assert_eq!((last.actor.as_str(), last.reason.as_str(), last.to), ("张三", "已改好", Some(Stage::Closed)));
    world.sound().await;
}

#[tokio::test]
async fn a_row_put_under_review_by_late_evidence_cannot_be_closed() {
    let world = World::new(vec![manual("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    world.hours(24);
    world.night(&[("a", "P")]).await;
    world.hours(1);
    let seen = world.clock.now();
    world.hours(1);
    world.act("610800-2020-00001", CLOSE, "好", "张三").await.expect("closed");
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let digests = world.digests(&[("a", "F")], seen).await;
    world.apply(&run, digests).await.expect("late");
    let refusal = reason(world.act("610800-2020-00001", CLOSE, "好", "张三").await);
    assert!(refusal.contains("仍存在"), "{refusal}");
}

#[tokio::test]
async fn people_confirm_send_back_and_reopen_only_at_the_right_stage() {
    let world = World::new(vec![suspect("r")], &["a"]).await;
    let ledger = &world.ledger;
    world.night(&[("a", "F")]).await;
    let id = world.all().await[0].id.clone();
    let number = world.act(&id, Deed::Confirm, "电话核实", "张三").await.expect("confirmed").problem;
    assert_eq!(number, "610800-2020-00001");
    reason(world.act(&number, Deed::Confirm, "再次", "张三").await);
    reason(world.act(&number, Deed::SendBack, "不合格", "张三").await);
    reason(world.act(&number, Deed::Reopen, "反弹", "张三").await);
    world.hours(24);
    world.night(&[("a", "P")]).await;
    world.act(&number, Deed::SendBack, "不合格", "张三").await.expect("sent back");
    let view = ledger.problem(&number).await.expect("row").0;
    assert_eq!((view.stage, view.returned), (Stage::Open, 1));
    world.sound().await;
}

#[tokio::test]
async fn void_interrupted_and_killed_runs_count_for_nothing() {
    let world = World::new(vec![rule("r")], &["a"]).await;
    let dir = tempfile::tempdir().expect("dir");
    let void = world.ledger.begin_run(&world.start()).await.expect("begin");
    world.ledger.void_run(&void, "本机网络故障", json!({"ok": 0})).await.expect("void");
    let digests = world.digests(&[("a", "F")], world.clock.now()).await;
    assert!(matches!(world.apply(&void, digests.clone()).await, Err(LedgerError::RunState { .. })));
    let stopped = world.ledger.begin_run(&world.start()).await.expect("begin");
    world.ledger.interrupt(&stopped, "人工中断").await.expect("interrupt");
    let killed = world.ledger.begin_run(&world.start()).await.expect("begin");
    let lock = crate::ledger::lock(dir.path()).expect("lock");
    let stale = world.ledger.abandon_stale(&lock).await.expect("sweep");
    assert_eq!(stale.iter().map(|r| (&r.id, r.state.as_str())).collect::<Vec<_>>(), [(&killed.0, "abandoned")]);
    assert!(matches!(world.apply(&killed, digests).await, Err(LedgerError::RunState { .. })));
    assert!(world.all().await.is_empty());
    let states: Vec<String> = world.ledger.runs().await.expect("runs").into_iter().map(|r| r.state).collect();
    assert_eq!(states.iter().filter(|s| *s == "abandoned").count(), 2);
    world.sound().await;
}

#[tokio::test]
async fn the_first_look_never_brakes() {
    let names: Vec<String> = (0..30).map(|i| format!("s{i:02}")).collect();
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(vec![rule("r")], &sites).await;
    let applied = world.night(&everywhere(&names, "F")).await;
    assert_eq!((applied.held, applied.opened), (None, 30));
}

#[tokio::test]
async fn a_hint_never_brakes() {
    let names: Vec<String> = (0..30).map(|i| format!("s{i:02}")).collect();
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = crate::rule::RuleHead { severity: crate::rule::Severity::Hint, ..rule("r") };
    let world = World::new(vec![hint], &sites).await;
    world.night(&everywhere(&names, "P")).await;
    world.hours(24);
    assert_eq!(world.night(&everywhere(&names, "F")).await.held, None);
}

/// Flips `flips` of `sites` sites after a quiet night.
async fn flip(sites: usize, flips: usize, from: &str, to: &str) -> bool {
    let names: Vec<String> = (0..sites).map(|i| format!("s{i:03}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(vec![rule("r")], &all).await;
    world.night(&everywhere(&names, from)).await;
    world.hours(24);
    world.night(&everywhere(&names, "U")).await;
    world.hours(24);
    let answers: Vec<(&str, &str)> =
        all.iter().enumerate().map(|(i, site)| (*site, if i < flips { to } else { from })).collect();
    world.night(&answers).await.held.is_some()
}

#[tokio::test]
async fn the_brake_needs_more_than_five_sites_and_more_than_a_fifth() {
    for (sites, flips, held) in
        [(5, 5, false), (6, 6, true), (30, 6, false), (30, 7, true), (100, 20, false), (100, 21, true)]
    {
        assert_eq!(flip(sites, flips, "P", "F").await, held, "{flips} of {sites} fail");
        assert_eq!(flip(sites, flips, "F", "P").await, held, "{flips} of {sites} pass");
    }
}

#[tokio::test]
async fn a_dropped_run_never_counts_and_a_released_one_does() {
    let names: Vec<String> = (0..10).map(|i| format!("s{i}")).collect();
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(vec![rule("r")], &sites).await;
    world.night(&everywhere(&names, "P")).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        world.hours(24);
        let run = world.ledger.begin_run(&world.start()).await.expect("begin");
        let digests = world.digests(&everywhere(&names, "F"), world.clock.now()).await;
        let applied = world.apply(&run, digests).await.expect("apply");
        let hold = applied.held.expect("held");
        assert_eq!((hold.flips, hold.to_fail, hold.covered, hold.threshold), (10, 10, 10, 5));
        held.push(run);
    }
    assert!(world.all().await.is_empty());
    assert_eq!(world.ledger.run(&held[0].0).await.expect("run").state, "held");
    world.ledger.drop_run(&held[0], "线路割接", "张三").await.expect("dropped");
    assert!(matches!(world.ledger.drop_run(&held[0], "再来", "张三").await, Err(LedgerError::RunState { .. })));
    world.sound().await;
    let applied = world.ledger.release(&held[1], "属实", "张三", &world.calendar).await.expect("released");
    assert_eq!(applied.opened, 10);
    assert_eq!(world.all().await[0].first_seen, world.clock.now(), "nothing of the dropped run counts");
    world.sound().await;
}

#[tokio::test]
async fn a_suspect_is_called_by_the_end_of_its_id_before_and_after_it_is_confirmed() {
    let world = World::new(vec![suspect("r")], &["a", "b"]).await;
    world.night(&[("a", "F"), ("b", "F")]).await;
    let rows = world.ledger.problems(&Filter::everything()).await.expect("list");
    let handle = rows[0].handle().to_owned();
    assert_eq!(handle.len(), 8);
    let found = world.ledger.problem(&handle.to_lowercase()).await.expect("found").0;
    assert_eq!(found.id, rows[0].id);
    assert!(matches!(world.ledger.problem(&handle[2..]).await, Err(LedgerError::NoSuchProblem(_))), "too short");
    world.act(&handle, Deed::Confirm, "电话核实", "李明").await.expect("confirmed");
    let listed = world.ledger.problem(&handle).await.expect("still found").0;
    assert_eq!((listed.handle(), listed.id == rows[0].id), ("610800-2020-00001", true));
}

/// A hundred sites under three rules: `nights` nights of `usual` each, then a last night; what is held then.
async fn after(nights: usize, usual: impl Fn(usize, usize) -> String, last: impl Fn(usize) -> String) -> Option<Hold> {
    let names: Vec<String> = (0..100).map(|i| format!("s{i:02}")).collect();
    let sites: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(vec![rule("a"), rule("b"), rule("c")], &sites).await;
    for night in 0..nights {
        let letters: Vec<String> = (0..100).map(|site| usual(night, site)).collect();
        let answers: Vec<(&str, &str)> = sites.iter().copied().zip(letters.iter().map(String::as_str)).collect();
        assert_eq!(world.night(&answers).await.held, None, "night {night}");
        world.hours(24);
    }
    let letters: Vec<String> = (0..100).map(last).collect();
    let answers: Vec<(&str, &str)> = sites.iter().copied().zip(letters.iter().map(String::as_str)).collect();
    let held = world.night(&answers).await.held;
    world.sound().await;
    held
}

#[tokio::test]
async fn a_rule_louder_than_it_ever_was_is_held_below_the_brake() {
    let quiet = |_: usize, _: usize| "PPP".to_owned();
    let loud = |site: usize| if site < 12 { "FPP" } else { "PPP" }.to_owned();
    let held = after(7, quiet, loud).await.expect("held");
    assert_eq!((held.rule.as_str(), held.why, held.flips, held.to_fail, held.covered), ("a", Why::Loud, 12, 12, 100));
    assert_eq!((held.threshold, held.sites.len()), (7, 12));
    assert_eq!(after(7, quiet, |site| if site < 7 { "FPP" } else { "PPP" }.to_owned()).await, None);
    assert_eq!(after(5, quiet, loud).await, None, "four comparable nights are too few to know a rule by");
    // A rule that has always been restless.
    let restless = |night: usize, site: usize| if site / 5 == night % 2 { "FPP" } else { "PPP" }.to_owned();
    assert_eq!(after(8, restless, |site| if (50..62).contains(&site) { "FPP" } else { "PPP" }.to_owned()).await, None);
}

#[tokio::test]
async fn a_rule_that_falls_silent_alone_is_held_and_silence_all_round_is_not() {
    let usual = |_: usize, site: usize| if site < 12 { "FPP" } else { "PPP" }.to_owned();
    let held = after(7, usual, |site| if site < 60 { "UPP" } else { "PPP" }.to_owned()).await.expect("held");
    assert_eq!((held.rule.as_str(), held.why, held.flips, held.covered), ("a", Why::Silent, 60, 100));
    assert_eq!(after(7, usual, |site| if site < 60 { "UUU" } else { "PPP" }.to_owned()).await, None);
    let all_gone = after(7, usual, |_| "PPP".to_owned()).await.expect("held");
    assert_eq!((all_gone.why, all_gone.flips, all_gone.covered), (Why::Silent, 12, 12));
    assert_eq!(after(7, usual, |site| if site == 3 || site == 4 { "FPP" } else { "PPP" }.to_owned()).await, None);
}
