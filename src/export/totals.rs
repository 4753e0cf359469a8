//! The figures under every list; one function, so that all outputs agree.

use crate::ledger::view::{EvidenceState, ProblemView, Stage};
use crate::rule::Severity;

/// Figures of a ledger snapshot. Hints are never rows of the list and are counted nowhere here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// 未销号: 待整改, 整改中, 待复核, 挂账.
    pub unsolved: usize,
    /// 疑似
    pub suspected: usize,
    /// Unsolved or suspected problems whose newest answer is undetermined.
    pub undetermined: usize,
    /// 已销号
    pub closed: usize,
}

impl Totals {
    /// Counts the whole ledger; pass it unfiltered, or the figures describe the filter.
    pub fn of<'a>(problems: impl IntoIterator<Item = &'a ProblemView>) -> Self {
        let mut totals = Totals::default();
        for problem in problems.into_iter().filter(|p| p.severity > Severity::Hint) {
            let unsolved = problem.stage.is_unsolved();
            let suspected = problem.stage == Stage::Suspected;
            totals.unsolved += usize::from(unsolved);
            totals.suspected += usize::from(suspected);
            totals.closed += usize::from(problem.stage == Stage::Closed);
            totals.undetermined += usize::from((unsolved || suspected) && is_undetermined(problem));
        }
        totals
    }
}

/// The newest answer about the problem decides nothing.
pub(super) fn is_undetermined(problem: &ProblemView) -> bool {
    problem.undetermined.is_some() || problem.evidence_state == EvidenceState::Undetermined
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{at, problem};
    use super::*;

    #[test]
    fn figures_leave_out_hints_and_count_undetermined_only_among_living_problems() {
        let undetermined = Some(("blocked".to_owned(), at("2020-05-10T18:00:00Z")));
        let problems = [
            problem(1),
            ProblemView { stage: Stage::Suspected, undetermined: undetermined.clone(), ..problem(2) },
            ProblemView { stage: Stage::Deferred, evidence_state: EvidenceState::Undetermined, ..problem(3) },
            ProblemView { stage: Stage::Closed, undetermined, ..problem(4) },
            ProblemView { stage: Stage::Dismissed, ..problem(5) },
            ProblemView { severity: Severity::Hint, ..problem(6) },
        ];
        assert_eq!(Totals::of(&problems), Totals { unsolved: 2, suspected: 1, undetermined: 2, closed: 1 });
    }
}
