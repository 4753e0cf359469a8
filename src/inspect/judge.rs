//! Every applicable rule over one site's facts.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Finding, RuleVerdict, SiteVerdict, SubjectVerdict, Verdict, fingerprint};
use crate::check::{Judgement, NotApplicable, Outcome, Subject, Violation};
use crate::evidence::SiteFacts;
use crate::register::Exemption;
use crate::rule::{Confirm, RenderContext, Rule, RuleSet, RuleStatus, Severity};

/// Places named in one finding.
const LOCATIONS: usize = 10;

/// Judges one look by all rules in force. Pure: the same facts and rules give the same verdict.
pub fn judge(rules: &RuleSet, facts: &SiteFacts<'_>, exemptions: &[Exemption]) -> SiteVerdict {
    let evidence = facts.evidence;
    let judge = Judge { rules, facts, on: local_date(evidence.finished_at) };
    let mut verdicts: Vec<RuleVerdict> = rules.running().map(|rule| judge.rule(rule, exemptions)).collect();
    stand_back(rules, &mut verdicts);
    verdicts.sort_by(|a, b| a.rule.cmp(&b.rule));
    SiteVerdict { site: evidence.site.id.clone(), at: evidence.finished_at, looks: 1, rules: verdicts }
}

/// One fact is one finding: failures that a failing rule covers are not findings of their own. A rule stands back only for one
/// that people get to see at least as well: what is on trial or a mere hint never takes a row off the list.
fn stand_back(rules: &RuleSet, verdicts: &mut [RuleVerdict]) {
    let fails = |v: &&RuleVerdict| v.subjects.iter().any(|s| matches!(s.verdict, Verdict::Fail(_)));
    let failing = verdicts.iter().filter(fails).filter_map(|v| rules.get(&v.rule));
    let parts = failing.flat_map(|whole| {
        let part = |id: &String| rules.get(id).is_some_and(|part| weight(whole) >= weight(part));
        whole.covers.iter().filter(move |id| part(id)).map(String::as_str)
    });
    let covered: HashSet<&str> = parts.collect();
    for verdict in verdicts.iter_mut().filter(|v| covered.contains(v.rule.as_str())) {
        for subject in verdict.subjects.iter_mut().filter(|s| matches!(s.verdict, Verdict::Fail(_))) {
            subject.verdict = Verdict::NotApplicable(NotApplicable::Covered);
        }
    }
}

/// How well people get to see what a rule finds: on trial, as a hint, as a row of the list.
fn weight(rule: &Rule) -> u8 {
    match (rule.status, rule.severity) {
        (RuleStatus::Stable, Severity::Hint) => 1,
        (RuleStatus::Stable, _) => 2,
        _ => 0,
    }
}

struct Judge<'a> {
    rules: &'a RuleSet,
    facts: &'a SiteFacts<'a>,
    /// Day of the look in the office's zone.
    on: Date,
}

impl Judge<'_> {
    fn rule(&self, rule: &Rule, exemptions: &[Exemption]) -> RuleVerdict {
        let site = &self.facts.evidence.site;
        let exempt = |e: &Exemption| e.site == site.id && e.rule == rule.id && self.on <= e.until;
        let judgements = if !rule.applies.concerns(site) {
            vec![Judgement::not_applicable(Subject::site(), NotApplicable::Status)]
        } else if exemptions.iter().any(exempt) {
            vec![Judgement::not_applicable(Subject::site(), NotApplicable::Exempt)]
        } else {
            contained(|| rule.check.evaluate(self.facts))
        };
        let subjects = one_per_subject(judgements).into_iter().map(|j| self.subject(rule, j)).collect();
        RuleVerdict { rule: rule.id.clone(), version: rule.version, rank: rank(rule), subjects }
    }

    fn subject(&self, rule: &Rule, judgement: Judgement) -> SubjectVerdict {
        let Judgement { subject, outcome } = judgement;
        let verdict = match outcome {
            Outcome::Pass(_) => Verdict::Pass,
            Outcome::Fail(violation) => Verdict::Fail(self.finding(rule, &violation)),
            Outcome::Recovering(violation) => Verdict::Recovering(self.finding(rule, &violation)),
            Outcome::NotApplicable(why) => Verdict::NotApplicable(why),
            Outcome::Undetermined(why) => Verdict::Undetermined(why),
            Outcome::Error(text) => Verdict::Error(text),
        };
        SubjectVerdict {
            fingerprint: fingerprint(&rule.family, &self.facts.evidence.site.id, &subject),
            subject,
            verdict,
        }
    }

    fn finding(&self, rule: &Rule, violation: &Violation) -> Finding {
        let evidence = self.facts.evidence;
        let context = RenderContext::of(&evidence.site, evidence.finished_at);
        let (text, measure) = self.rules.render(rule, &violation.facts, &context);
        let locations = violation.seen.locations().iter().take(LOCATIONS).cloned().collect();
        Finding { text, measure, basis: self.rules.basis_text(rule, self.on), locations }
    }
}

/// Severity first; among equals the rule that lists at once before the one that only suspects.
fn rank(rule: &Rule) -> u8 {
    2 * rule.severity as u8 + u8::from(rule.confirm == Confirm::Direct)
}

/// Runs one check. A panic is a bug of ours: it becomes an error of this rule, and the other rules go on.
pub(super) fn contained(evaluate: impl FnOnce() -> Vec<Judgement>) -> Vec<Judgement> {
    let error = |text: String| vec![Judgement { subject: Subject::site(), outcome: Outcome::Error(text) }];
    match catch_unwind(AssertUnwindSafe(evaluate)) {
        Ok(judgements) if judgements.is_empty() => error("check gave no judgement".to_owned()),
        Ok(judgements) => judgements,
        Err(panic) => error(format!("check panicked: {}", panic_text(&*panic))),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The first answer about each subject, unless a later one is less sure of itself: an error or an undetermined answer
/// outweighs a pass or a failure.
fn one_per_subject(judgements: Vec<Judgement>) -> Vec<Judgement> {
    let doubt = |outcome: &Outcome| match outcome {
        Outcome::Error(_) => 2,
        Outcome::Undetermined(_) => 1,
        _ => 0,
    };
    let mut kept: Vec<Judgement> = Vec::new();
    for judgement in judgements {
        match kept.iter_mut().find(|k| k.subject == judgement.subject) {
            Some(known) if doubt(&judgement.outcome) > doubt(&known.outcome) => *known = judgement,
            Some(_) => {}
            None => kept.push(judgement),
        }
    }
    kept
}

/// The day in the office's zone, UTC+8 without summer time.
fn local_date(at: Timestamp) -> Date {
    Offset::constant(8).to_datetime(at).date()
}
