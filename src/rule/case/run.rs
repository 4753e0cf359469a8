//! Running the rules' own cases.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::template::Template;
use super::super::{RenderContext, Rule, RuleSet};
use super::{Case, Expected};
use crate::check::{Judgement, NotApplicable, Outcome, Subject, SubjectKind};
use crate::evidence::SiteFacts;

/// What became of the cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseReport {
    pub passed: usize,
    /// One Chinese line per case that did not hold.
    pub failed: Vec<String>,
}

impl RuleSet {
    /// Runs the cases of all rules, or of one.
    pub fn run_cases(&self, only: Option<&str>) -> CaseReport {
        let mut report = CaseReport::default();
        for rule in self.rules.iter().filter(|r| only.is_none_or(|id| r.id == id)) {
            for case in self.cases(&rule.id) {
                match self.run_case(rule, case) {
                    Ok(()) => report.passed += 1,
                    Err(why) => report.failed.push(format!("{}「{}」：{why}", rule.id, case.name)),
                }
            }
        }
        report
    }

    /// `Err` says in Chinese what was expected and what came.
    fn run_case(&self, rule: &Rule, case: &Case) -> Result<(), String> {
        let evidence = case.evidence(&rule.check.needs());
        let judgements = if rule.applies.concerns(&evidence.site) {
            // A panic is a bug of ours; the report of the other cases is still wanted.
            let look = || rule.check.evaluate(&SiteFacts::of(&evidence));
            catch_unwind(AssertUnwindSafe(look)).map_err(|_| "检查程序异常中止，请向开发人员反映".to_owned())?
        } else {
            vec![Judgement::not_applicable(Subject::site(), NotApplicable::Status)]
        };
        let judged = pick(case, &judgements)?;
        let outcome = &judged.outcome;
        if !case.expect.is(outcome) {
            let expected = self.labels.word("outcome", case.expect.key());
            return Err(format!("应为{expected}，实际为{}", self.describe(judged)));
        }
        if let (Some(reason), Outcome::Undetermined(why)) = (case.reason, outcome)
            && reason != why.reason
        {
            let key = reason.key();
            let expected = self.labels.word("reason", &key);
            return Err(format!("无法判定的原因应为“{expected}”，实际为{}", self.describe(judged)));
        }
        // Every violation must be printable in full, whichever case showed it.
        for judgement in &judgements {
            if let Outcome::Fail(violation) | Outcome::Recovering(violation) = &judgement.outcome {
                let ctx = RenderContext::of(&evidence.site, evidence.finished_at);
                for text in [&rule.problem, &rule.measure] {
                    let Ok(template) = Template::parse(text) else { continue };
                    if let Some(name) = template.names().find(|n| !violation.facts.contains_key(*n) && !ctx.knows(n)) {
                        return Err(format!("问题文字用到的“{name}”没有取得，文字将不完整"));
                    }
                }
            }
        }
        Ok(())
    }

    /// An answer in words: outcome, subject, and the reason or the printed facts.
    fn describe(&self, judgement: &Judgement) -> String {
        let (key, detail) = match &judgement.outcome {
            Outcome::Pass(_) => ("pass", String::new()),
            Outcome::Fail(violation) | Outcome::Recovering(violation) => {
                let print = |(name, fact)| format!("{name}={}", super::super::template::print_fact(&self.labels, fact));
                let recovering = matches!(judgement.outcome, Outcome::Recovering(_));
                let key = if recovering { "recovering" } else { "fail" };
                (key, violation.facts.iter().map(print).collect::<Vec<_>>().join("，"))
            }
            Outcome::NotApplicable(why) => {
                ("not_applicable", self.labels.word("not_applicable", &key_of(why)).to_owned())
            }
            Outcome::Undetermined(why) => {
                let word = self.labels.word("reason", &why.reason.key()).to_owned();
                let detail = if why.detail.is_empty() { word } else { format!("{word}，{}", why.detail) };
                ("undetermined", detail)
            }
            Outcome::Error(text) => ("error", text.clone()),
        };
        let outcome = self.labels.word("outcome", key);
        let subject = subject_text(&judgement.subject);
        if detail.is_empty() {
            format!("{outcome}（{subject}）")
        } else {
            format!("{outcome}（{subject}；{detail}）")
        }
    }
}

/// The judgement a case speaks of.
fn pick<'j>(case: &Case, judgements: &'j [Judgement]) -> Result<&'j Judgement, String> {
    let chosen = match &case.subject {
        Some(wanted) => judgements.iter().find(|j| j.subject == wanted.0),
        None => judgements.iter().max_by_key(|j| gravity(&j.outcome)),
    };
    chosen.ok_or_else(|| match &case.subject {
        Some(wanted) => {
            let there: Vec<String> = judgements.iter().map(|j| subject_text(&j.subject)).collect();
            format!("没有对“{}”作出判定，判定的对象为：{}", subject_text(&wanted.0), there.join("、"))
        }
        None => "没有作出任何判定".to_owned(),
    })
}

/// Which answer of several speaks for the case.
fn gravity(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Error(_) => 5,
        Outcome::Fail(_) => 4,
        Outcome::Recovering(_) => 3,
        Outcome::Undetermined(_) => 2,
        Outcome::Pass(_) => 1,
        Outcome::NotApplicable(_) => 0,
    }
}

/// As a case writes it: `element:icp`.
fn subject_text(subject: &Subject) -> String {
    if subject.kind == SubjectKind::Site {
        "site".to_owned()
    } else {
        format!("{}:{}", key_of(&subject.kind), subject.key)
    }
}

/// The serde name of a unit variant.
fn key_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Expected {
    /// All values a rule's cases must cover, at least once each.
    pub(in crate::rule) const COVERED: [Expected; 3] = [Expected::Pass, Expected::Fail, Expected::Undetermined];
}
