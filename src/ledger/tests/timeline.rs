//! Timelines: what was seen each night → where the problem stands.

use super::world::{World, manual, rule, suspect};
use crate::ledger::{Deed, EvidenceState, Stage};
use crate::rule::{RuleHead, RuleStatus, Severity};

/// One night: hours after the one before, the answer, and afterwards stage, reopened, returned ("-" when there is none).
type Night = (i64, &'static str, &'static str);

/// Plays the nights of one site under one rule.
async fn play(rule: RuleHead, nights: &[Night]) -> World {
    let world = World::new(vec![rule], &["a"]).await;
    for (i, (hours, letter, expected)) in nights.iter().enumerate() {
        world.hours(*hours);
        world.night(&[("a", letter)]).await;
        let newest = world.all().await.into_iter().max_by_key(|p| (p.first_seen, p.number.clone()));
        let state = newest.map_or("-".to_owned(), |p| format!("{:?} {} {}", p.stage, p.reopened, p.returned));
        assert_eq!(state, *expected, "night {} ({letter})", i + 1);
    }
    world.sound().await;
    world
}

#[tokio::test]
async fn a_direct_rule_opens_closes_and_reopens() {
    let world = play(
        rule("r"),
        &[
            (0, "P", "-"),
            (24, "F", "Open 0 0"),
            (24, "U", "Open 0 0"),
            (24, "F", "Open 0 0"),
            (24, ".", "Open 0 0"),
            (24, "P", "AwaitingReview 0 0"),
            (24, "U", "AwaitingReview 0 0"),
            (24, "F", "Open 0 1"),
            (24, "P", "AwaitingReview 0 1"),
            (24, "E", "AwaitingReview 0 1"),
            (24, "N", "AwaitingReview 0 1"),
            (24, "P", "Closed 0 1"),
            (24, "U", "Closed 0 1"),
            (24, "F", "Open 1 1"),
            (24, "E", "Open 1 1"),
        ],
    )
    .await;
    let kinds = world.stage_events().await;
    let expected = ["opened", "awaiting_review", "returned", "awaiting_review", "closed", "reopened"];
    assert_eq!(kinds, expected);
    assert_eq!(world.all().await[0].number, "610800-2020-00001");
}

#[tokio::test]
async fn two_passes_on_one_day_do_not_close_what_needs_two_days() {
    let close = [(0, "F", "Open 0 0"), (13, "P", "AwaitingReview 0 0"), (1, "P", "AwaitingReview 0 0")];
    let world = play(rule("r"), &close).await;
    world.hours(20);
    world.night(&[("a", "P")]).await;
    assert_eq!(world.all().await[0].stage, Stage::Closed);
}

#[tokio::test]
async fn a_rule_content_with_one_pass_closes_by_way_of_review_in_one_run() {
    let quick = RuleHead { close: crate::rule::Close { passes: 1, days: 1, auto: true }, ..rule("r") };
    let world = play(quick, &[(0, "F", "Open 0 0"), (24, "P", "Closed 0 0")]).await;
    assert_eq!(world.stage_events().await, ["opened", "awaiting_review", "closed"]);
}

#[tokio::test]
async fn a_failure_long_after_closing_opens_a_new_number_linked_to_the_old() {
    let world = play(
        rule("r"),
        &[(0, "F", "Open 0 0"), (24, "P", "AwaitingReview 0 0"), (24, "P", "Closed 0 0"), (24 * 91, "F", "Open 0 0")],
    )
    .await;
    let all = world.all().await;
    let numbers: Vec<_> = all.iter().map(|p| (p.number.as_str(), p.stage)).collect();
    assert_eq!(numbers, [("610800-2020-00001", Stage::Closed), ("610800-2020-00002", Stage::Open)]);
    let (previous,): (Option<String>,) = sqlx::query_as("SELECT body ->> '$.previous' FROM problem WHERE number = $1")
        .bind("610800-2020-00002")
        .fetch_one(&world.ledger.pool)
        .await
        .expect("row");
    assert_eq!(previous, Some(all[0].id.clone()));
}

#[tokio::test]
async fn a_failure_ninety_days_after_closing_still_reopens() {
    play(
        rule("r"),
        &[(0, "F", "Open 0 0"), (24, "P", "AwaitingReview 0 0"), (24, "P", "Closed 0 0"), (24 * 90, "F", "Open 1 0")],
    )
    .await;
}

#[tokio::test]
async fn a_suspect_rule_needs_spaced_failures_and_forgets_after_a_pass() {
    play(
        suspect("r"),
        &[
            (0, "F", "Suspected 0 0"),
            (1, "F", "Suspected 0 0"),
            (1, "U", "Suspected 0 0"),
            (1, "P", "Unconfirmed 0 0"),
            (24, "F", "Suspected 0 0"),
            (19, "F", "Suspected 0 0"),
            (1, "F", "Open 0 0"),
            (24, "P", "AwaitingReview 0 0"),
            (24, "P", "Closed 0 0"),
            (24, "F", "Closed 0 0"),
            (24, "P", "Closed 0 0"),
            (24, "F", "Closed 0 0"),
            (24, "F", "Open 1 0"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_suspect_has_no_number_and_is_listed_only_when_asked() {
    let world = play(suspect("r"), &[(0, "F", "Suspected 0 0")]).await;
    assert!(world.ledger.problems(&Default::default()).await.expect("list").is_empty());
    let filter = crate::ledger::Filter { include_suspected: true, ..Default::default() };
    let list = world.ledger.problems(&filter).await.expect("list");
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].number.as_str(), list[0].due), ("", None));
}

#[tokio::test]
async fn a_closed_row_failing_without_confirmation_is_shown_with_the_suspected() {
    let nights = [
        (0, "F", "Suspected 0 0"),
        (24, "F", "Open 0 0"),
        (24, "P", "AwaitingReview 0 0"),
        (24, "P", "Closed 0 0"),
        (24, "F", "Closed 0 0"),
    ];
    let world = play(suspect("r"), &nights).await;
    let filter = crate::ledger::Filter { include_suspected: true, ..Default::default() };
    let list = world.ledger.problems(&filter).await.expect("list");
    assert_eq!(list[0].evidence_state, EvidenceState::StillThere);
    assert!(world.ledger.problems(&Default::default()).await.expect("list").is_empty());
}

#[tokio::test]
async fn a_rule_closed_by_people_waits_in_review_however_often_it_passes() {
    let nights = [
        (0, "F", "Open 0 0"),
        (24, "P", "AwaitingReview 0 0"),
        (24, "P", "AwaitingReview 0 0"),
        (24, "P", "AwaitingReview 0 0"),
    ];
    play(manual("r"), &nights).await;
}

#[tokio::test]
async fn hints_and_rules_on_trial_are_shown_but_open_nothing() {
    let hint = RuleHead { severity: Severity::Hint, ..rule("a-hint") };
    let trial = RuleHead { status: RuleStatus::Experimental, ..rule("b-trial") };
    let world = World::new(vec![hint, trial], &["a"]).await;
    let applied = world.night(&[("a", "FF")]).await;
    assert_eq!(applied.hints, 2);
    assert!(world.all().await.is_empty());
    let hints = world.ledger.hints().await.expect("hints");
    assert_eq!(hints.iter().map(|h| h.rule.as_str()).collect::<Vec<_>>(), ["a-hint", "b-trial"]);
    world.hours(24);
    world.night(&[("a", "PF")]).await;
    assert_eq!(world.ledger.hints().await.expect("hints").len(), 1);
    assert!(world.stage_events().await.is_empty());
    world.sound().await;
}

#[tokio::test]
async fn a_changed_severity_is_one_event_and_the_same_problem() {
    let mut world = play(rule("r"), &[(0, "F", "Open 0 0")]).await;
    world.rules[0].severity = Severity::Serious;
    for _ in 0..2 {
        world.hours(24);
        world.night(&[("a", "F")]).await;
    }
    assert_eq!(world.stage_events().await, ["opened", "rule_changed"]);
    assert_eq!(world.all().await[0].severity, Severity::Serious);
    world.sound().await;
}

#[tokio::test]
async fn the_first_run_of_a_new_rule_version_never_closes() {
    let mut world = play(rule("r"), &[(0, "F", "Open 0 0")]).await;
    world.rules[0].version = 2;
    world.rules[0].close.passes = 1;
    world.rules[0].close.days = 1;
    world.hours(24);
    world.night(&[("a", "P")]).await;
    assert_eq!(world.all().await[0].stage, Stage::AwaitingReview);
    world.hours(24);
    world.night(&[("a", "P")]).await;
    assert_eq!(world.all().await[0].stage, Stage::Closed);
}

#[tokio::test]
async fn another_rule_of_the_family_cannot_take_back_what_it_did_not_find() {
    let missing = RuleHead { family: "icp".to_owned(), ..rule("icp-missing") };
    let wrong = RuleHead { family: "icp".to_owned(), severity: Severity::Serious, ..rule("icp-wrong") };
    let world = World::new(vec![missing, wrong], &["a"]).await;
    world.night(&[("a", "FN")]).await;
    world.hours(24);
    world.night(&[("a", "NP")]).await;
    assert_eq!(world.all().await[0].stage, Stage::Open, "the pass of another rule");
    world.hours(24);
    world.night(&[("a", "PF")]).await;
    let all = world.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].stage, all[0].rule.as_str(), all[0].severity), (Stage::Open, "icp-wrong", Severity::Serious));
    assert_eq!(world.stage_events().await, ["opened", "rule_changed"], "a family that fails anywhere has not passed");
    world.sound().await;
}

#[tokio::test]
async fn an_unchanged_world_writes_no_stage_event() {
    let world = World::new(vec![rule("r"), suspect("s")], &["a", "b"]).await;
    world.night(&[("a", "FU"), ("b", "PF")]).await;
    let before = world.stage_events().await.len();
    for _ in 0..3 {
        world.hours(1);
        let applied = world.night(&[("a", "FU"), ("b", "PF")]).await;
        assert_eq!(applied.seen_again, 2);
    }
    assert_eq!(world.stage_events().await.len(), before);
}

#[tokio::test]
async fn applying_a_run_again_or_the_same_looks_in_another_run_writes_nothing() {
    let world = World::new(vec![rule("r")], &["a", "b"]).await;
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let digests = world.digests(&[("a", "F"), ("b", "P")], world.clock.now()).await;
    let first = world.apply(&run, digests.clone()).await.expect("first");
    assert_eq!((first.opened, first.opened_numbers.as_slice()), (1, &["610800-2020-00001".to_owned()][..]));
    let events = world.event_count().await;
    assert!(world.apply(&run, digests.clone()).await.expect("same run").repeated);
    let second = world.ledger.begin_run(&world.start()).await.expect("begin");
    world.hours(5);
    assert!(world.apply(&second, digests).await.expect("same looks").repeated);
    assert_eq!(world.event_count().await, events);
    world.sound().await;
}

#[tokio::test]
async fn late_evidence_against_a_closing_goes_back_to_review() {
    let world = World::new(vec![rule("r")], &["a"]).await;
    let day = |n: i64| super::world::clock().now() + jiff::SignedDuration::from_hours(24 * n);
    for (at, letter) in [(0, "F"), (1, "P"), (2, "P")] {
        world.hours(24);
        let run = world.ledger.begin_run(&world.start()).await.expect("begin");
        let digests = world.digests(&[("a", letter)], day(at)).await;
        world.apply(&run, digests).await.expect("apply");
    }
    let (number, pool) = ("610800-2020-00001", &world.ledger.pool);
    assert_eq!(world.all().await[0].stage, Stage::Closed);
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let early = world.digests(&[("a", "F")], day(1) + jiff::SignedDuration::from_hours(3)).await;
    world.apply(&run, early).await.expect("late, but passed since");
    assert_eq!(world.ledger.problem(number).await.expect("row").0.stage, Stage::Closed, "a pass came after it");
    world.act(number, Deed::Reopen, "抽查", "张三").await.expect("reopen");
    world.sound().await;
    assert!(!pool.is_closed());
}

#[tokio::test]
async fn a_failure_seen_before_a_person_closed_is_late_evidence() {
    let world = play(manual("r"), &[(0, "F", "Open 0 0"), (24, "P", "AwaitingReview 0 0")]).await;
    world.hours(2);
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let digests = world.digests(&[("a", "F")], world.clock.now()).await;
    world.hours(1);
    world.act("610800-2020-00001", Deed::Close { attachments: Vec::new() }, "已改好", "张三").await.expect("close");
    world.apply(&run, digests).await.expect("apply");
    assert_eq!(world.all().await[0].stage, Stage::AwaitingReview);
    assert_eq!(world.stage_events().await.last().map(String::as_str), Some("late_evidence"));
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let older = world.clock.now() - jiff::SignedDuration::from_hours(2);
    let digests = world.digests(&[("a", "P")], older).await;
    world.apply(&run, digests).await.expect("apply");
    assert_eq!(world.all().await[0].stage, Stage::AwaitingReview, "an older pass is no news");
    world.sound().await;
}

#[tokio::test]
async fn undetermined_answers_are_shown_with_their_reason_and_since_when() {
    let world = play(rule("r"), &[(0, "F", "Open 0 0"), (24, "U", "Open 0 0")]).await;
    let since = world.clock.now();
    world.hours(24);
    world.night(&[("a", "U")]).await;
    let view = world.all().await.remove(0);
    assert_eq!(view.evidence_state, EvidenceState::Undetermined);
    assert_eq!(view.undetermined, Some(("blocked".to_owned(), since)));
    assert_eq!(view.last_checked, view.last_seen);
    assert!(view.text.starts_with("2020-03-02"), "words of the newest failure: {}", view.text);
}

#[tokio::test]
async fn what_comes_and_goes_is_called_unsteady_and_takes_twice_as_long_to_strike_off() {
    let world = World::new(vec![rule("r")], &["a"]).await;
    let mut nights = 0;
    for letter in ["F", "P"].into_iter().cycle() {
        world.hours(24);
        world.night(&[("a", letter)]).await;
        nights += 1;
        if letter == "P" && world.all().await[0].flapping {
            break;
        }
        assert!(nights < 20, "never unsteady");
    }
    // Five changes, all among the newest, of nineteen that twenty answers can have.
    assert_eq!(nights, 6);
    // The pass of the last night is the first of four.
    for expected in [Stage::AwaitingReview, Stage::AwaitingReview, Stage::Closed] {
        world.hours(24);
        world.night(&[("a", "P")]).await;
        assert_eq!(world.all().await[0].stage, expected);
    }
    world.sound().await;
}
