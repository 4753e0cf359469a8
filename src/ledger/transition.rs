//! Which stage transition one more determinate answer causes. Pure; the numbers are those of the transition table.

use super::fold::{Effect, ItemState};
use super::record::{Head, Micros, ProblemRow, hours};
use super::view::Stage;
use crate::rule::Confirm;

/// A failure this long after 已销号 still reopens the same number.
pub(super) const REOPEN_WINDOW: Micros = 90 * 24 * 3_600_000_000;

/// One machine transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// T1: – → 疑似
    Suspect,
    /// T3: – → 待整改; T12 when an older problem of the item exists.
    Open,
    /// T2: 疑似 → 待整改
    Confirm,
    /// T4: 疑似 → 未证实
    NotConfirmed,
    /// T7: 待整改, 整改中, 挂账 → 待复核
    AwaitReview,
    /// T9: 待复核 → 已销号
    Close,
    /// T10: 待复核 → 待整改
    Return,
    /// T11: 已销号 → 待整改
    Reopen,
    /// T16: 不予列入 → 待整改, once its time is over
    Restore,
    /// T20: 已销号 → 待复核
    LateEvidence,
    /// A failure of a problem already known: no event.
    SeenAgain,
    /// A failure after 已销号 that is not confirmed yet: no event, shown as such.
    Relapsing,
}

/// Steps caused by `effect`, the newest answer folded into `item`; `problem` is the item's newest one.
pub(super) fn decide(problem: Option<&ProblemRow>, item: &ItemState, head: &Head, effect: Effect) -> Vec<Step> {
    match effect {
        Effect::Neutral => Vec::new(),
        Effect::Fail => on_fail(problem, item, head).into_iter().collect(),
        Effect::Recovering => on_recovering(problem, item, head),
        Effect::Pass => on_pass(problem, item, head),
    }
}

fn on_fail(problem: Option<&ProblemRow>, item: &ItemState, head: &Head) -> Option<Step> {
    let new = || match head.may_list() {
        false => None,
        true if confirmed(item, head) => Some(Step::Open),
        true => Some(Step::Suspect),
    };
    let Some(problem) = problem else { return new() };
    match problem.stage {
        // A hint of the same family (a certificate that nears its end, after the entry about one that had run out) speaks of
        // no entry that is over or nearly so.
        Stage::AwaitingReview | Stage::Closed if !head.may_list() => None,
        Stage::Suspected if head.may_list() && confirmed(item, head) => Some(Step::Confirm),
        Stage::Suspected | Stage::Open | Stage::Rectifying | Stage::Deferred => Some(Step::SeenAgain),
        // A failure from before the unit asked for review says nothing about what it did.
        Stage::AwaitingReview if item.last_fail <= problem.claimed_at => Some(Step::SeenAgain),
        Stage::AwaitingReview => Some(Step::Return),
        Stage::Unconfirmed => new(),
        Stage::Dismissed => {
            let ended = problem.dismissed_until.is_some_and(|until| item.last_fail >= Some(until));
            (ended && head.may_list() && confirmed(item, head)).then_some(Step::Restore)
        }
        Stage::Closed => {
            let failed_at = item.last_fail.unwrap_or(Micros::MIN);
            let closed_at = problem.closed_evidence_at.unwrap_or(Micros::MIN);
            if failed_at <= closed_at {
                Some(Step::LateEvidence)
            } else if failed_at - closed_at > REOPEN_WINDOW {
                new()
            } else if head.may_list() && confirmed(item, head) {
                Some(Step::Reopen)
            } else {
                Some(Step::Relapsing)
            }
        }
    }
}

/// Opens what a failure opens, and takes what stands on the list to review: what broke it is over.
fn on_recovering(problem: Option<&ProblemRow>, item: &ItemState, head: &Head) -> Vec<Step> {
    match problem.map(|p| p.stage) {
        Some(Stage::Open | Stage::Rectifying | Stage::Deferred) => return vec![Step::AwaitReview],
        Some(Stage::AwaitingReview) => return vec![Step::SeenAgain],
        _ => {}
    }
    let mut steps: Vec<Step> = on_fail(problem, item, head).into_iter().collect();
    if matches!(steps[..], [Step::Open | Step::Confirm | Step::Reopen]) {
        steps.push(Step::AwaitReview);
    }
    steps
}

fn on_pass(problem: Option<&ProblemRow>, item: &ItemState, head: &Head) -> Vec<Step> {
    let Some(problem) = problem else { return Vec::new() };
    match problem.stage {
        Stage::Suspected => vec![Step::NotConfirmed],
        Stage::Open | Stage::Rectifying | Stage::Deferred if may_close(item, head) => {
            vec![Step::AwaitReview, Step::Close]
        }
        Stage::Open | Stage::Rectifying | Stage::Deferred => vec![Step::AwaitReview],
        // Striking off cites a pass newer than the unit's claim.
        Stage::AwaitingReview if may_close(item, head) && item.last_pass > problem.claimed_at => vec![Step::Close],
        _ => Vec::new(),
    }
}

/// Enough failures, far enough apart, over long enough.
fn confirmed(item: &ItemState, head: &Head) -> bool {
    match head.confirm() {
        Confirm::Direct => true,
        Confirm::Suspect { failures: 0, .. } => false,
        Confirm::Suspect { failures, span_hours, .. } => {
            item.fails >= failures && item.fails_counted - item.fails_from >= hours(span_hours)
        }
    }
}

/// Enough passes on enough days, and not by the first run of a rule version.
fn may_close(item: &ItemState, head: &Head) -> bool {
    let close = head.close();
    let times = if item.flapping { 2 } else { 1 };
    close.auto
        && item.passes >= close.passes.max(1).saturating_mul(times)
        && item.pass_days >= close.days.saturating_mul(times)
        && item.last_pass.is_some_and(|at| item.version_since < at)
        && item.last_pass > item.last_fail
}
