//! Two looks of one run: only what both saw counts.

use std::collections::HashSet;

use super::{Fingerprint, RuleVerdict, SiteVerdict, SubjectVerdict, Verdict};
use crate::evidence::{Reason, Undetermined};
use crate::rule::{RuleSet, RuleStatus, Severity};

/// Whether the site must be looked at once more before anything is written: something would be opened, or the first pass of
/// a live problem would be believed.
pub fn wants_second_look(verdict: &SiteVerdict, rules: &RuleSet, live: &HashSet<Fingerprint>) -> bool {
    let opens =
        |rule: &str| rules.get(rule).is_some_and(|r| r.status == RuleStatus::Stable && r.severity != Severity::Hint);
    verdict.answers().any(|(rule, subject)| match subject.verdict {
        Verdict::Fail(_) | Verdict::Recovering(_) => opens(&rule.rule),
        Verdict::Pass => live.contains(&subject.fingerprint),
        _ => false,
    })
}

/// Whether something was found that makes a row of the list: its evidence is worth keeping.
pub fn has_listed_failure(verdict: &SiteVerdict, rules: &RuleSet) -> bool {
    verdict.answers().any(|(rule, subject)| {
        subject.verdict.violation().is_some()
            && rules.get(&rule.rule).is_some_and(|r| r.status == RuleStatus::Stable && r.severity != Severity::Hint)
    })
}

/// The verdict without its failures: what cannot be believed (our own line was down, the recheck is missing) is undetermined.
pub fn withdraw(mut verdict: SiteVerdict, reason: Reason) -> SiteVerdict {
    for subject in verdict.rules.iter_mut().flat_map(|r| &mut r.subjects) {
        if subject.verdict.violation().is_some() {
            subject.verdict = Verdict::Undetermined(Undetermined::new(reason, ""));
        }
    }
    verdict
}

/// The common verdict of two looks, in the second's order: failing or passing only where both do.
pub fn agree(first: SiteVerdict, second: SiteVerdict) -> SiteVerdict {
    let mut earlier = first.rules;
    let mut rules: Vec<RuleVerdict> = Vec::with_capacity(second.rules.len());
    for rule in second.rules {
        let before = earlier.iter().position(|r| r.rule == rule.rule).map(|i| earlier.remove(i).subjects);
        rules.push(RuleVerdict { subjects: subjects(before.unwrap_or_default(), rule.subjects), ..rule });
    }
    rules.extend(earlier.into_iter().map(|r| RuleVerdict { subjects: subjects(r.subjects, Vec::new()), ..r }));
    rules.sort_by(|a, b| a.rule.cmp(&b.rule));
    SiteVerdict { site: second.site, at: second.at, looks: 2, rules }
}

fn subjects(mut first: Vec<SubjectVerdict>, second: Vec<SubjectVerdict>) -> Vec<SubjectVerdict> {
    let mut out = Vec::with_capacity(second.len());
    for now in second {
        let before = first.iter().position(|s| s.fingerprint == now.fingerprint).map(|i| first.remove(i).verdict);
        let verdict = match before {
            Some(before) => both(before, now.verdict),
            None => alone(now.verdict),
        };
        out.push(SubjectVerdict { verdict, ..now });
    }
    out.extend(first.into_iter().map(|s| SubjectVerdict { verdict: alone(s.verdict), ..s }));
    out
}

fn both(first: Verdict, second: Verdict) -> Verdict {
    match (first, second) {
        (Verdict::Fail(_), Verdict::Fail(finding)) => Verdict::Fail(finding),
        (Verdict::Recovering(_), Verdict::Recovering(finding)) => Verdict::Recovering(finding),
        (Verdict::Pass, Verdict::Pass) => Verdict::Pass,
        (Verdict::NotApplicable(_), Verdict::NotApplicable(why)) => Verdict::NotApplicable(why),
        (_, Verdict::Error(text)) | (Verdict::Error(text), _) => Verdict::Error(text),
        (_, Verdict::Undetermined(why)) | (Verdict::Undetermined(why), _) => Verdict::Undetermined(why),
        _ => unconfirmed(),
    }
}

/// What only one of the two looks spoke of.
fn alone(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Fail(_) | Verdict::Recovering(_) | Verdict::Pass => unconfirmed(),
        other => other,
    }
}

fn unconfirmed() -> Verdict {
    Verdict::Undetermined(Undetermined::new(Reason::Unconfirmed, ""))
}
