//! One site's verdict, made small: what the ledger needs of it and nothing else, so that a run's memory stays small.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::fold::Letter;
use super::record::Micros;
use crate::check::Subject;
use crate::evidence::Reason;
use crate::inspect::{Finding, Fingerprint, SiteVerdict, Verdict};

/// A site's answers in one run: a letter per rule, failing findings, and answers about items the ledger watches.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteDigest {
    pub(super) site: String,
    pub(super) at: Micros,
    pub(super) looks: u8,
    /// Content address of the stored evidence, when it was kept.
    pub(super) evidence: Option<String>,
    /// Tag of each rule that ran, see [`tag`]; mostly the same for all sites of a run, see [`SiteDigest::share`].
    tags: Arc<[u32]>,
    /// Beside the tags.
    letters: Box<[Letter]>,
    /// Why, for rules whose letter is U; by index into the tags.
    pub(super) reasons: Vec<(u16, Reason)>,
    pub(super) answers: Vec<Answer>,
}

/// One answer about one watched or failing item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) rule: String,
    pub(super) version: u32,
    pub(super) item: String,
    pub(super) subject: Subject,
    pub(super) verdict: Letter,
    /// Reason key of an undetermined answer, `error` of a contained bug.
    pub(super) reason: String,
    pub(super) finding: Option<Finding>,
}

impl SiteDigest {
    /// `evidence` is the content address of the site's stored evidence; `live` comes from
    /// [`Ledger::live_fingerprints`](super::Ledger::live_fingerprints).
    pub fn new(verdict: &SiteVerdict, evidence: Option<String>, live: &HashSet<Fingerprint>) -> Self {
        let mut letters = Vec::with_capacity(verdict.rules.len());
        let mut reasons = Vec::new();
        for rule in &verdict.rules {
            let letter = rule_letter(rule.subjects.iter().map(|s| letter(&s.verdict)));
            if letter == Letter::Undetermined {
                let reason = rule.subjects.iter().find_map(|s| match &s.verdict {
                    Verdict::Undetermined(why) => Some(why.reason),
                    _ => None,
                });
                reasons.push((letters.len() as u16, reason.unwrap_or(Reason::Internal)));
            }
            letters.push(letter);
        }
        SiteDigest {
            site: verdict.site.clone(),
            at: verdict.at.as_microsecond(),
            looks: verdict.looks,
            evidence,
            tags: verdict.rules.iter().map(|r| tag(&r.rule)).collect(),
            letters: letters.into(),
            reasons,
            answers: answers(verdict, live),
        }
    }

    /// Keeps one table of tags with `other`, where they are the same.
    pub fn share(&mut self, other: &SiteDigest) {
        if self.tags == other.tags {
            self.tags = other.tags.clone();
        }
    }

    /// Tags and letters of the rules that ran.
    pub(super) fn rules(&self) -> impl Iterator<Item = (u32, Letter)> {
        self.tags.iter().copied().zip(self.letters.iter().copied())
    }

    /// Register id of the site.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// When the deciding look ended.
    pub fn at(&self) -> Timestamp {
        super::record::moment(self.at)
    }

    /// Takes back every failure: our own line was down when they were seen.
    pub fn withdraw_failures(&mut self, reason: Reason) {
        for (index, letter) in self.letters.iter_mut().enumerate() {
            if is_violation(*letter) {
                *letter = Letter::Undetermined;
                self.reasons.push((index as u16, reason));
            }
        }
        for answer in self.answers.iter_mut().filter(|a| is_violation(a.verdict)) {
            answer.verdict = Letter::Undetermined;
            answer.reason = reason.key();
            answer.finding = None;
        }
    }

    /// Some rule gave a determinate answer.
    pub(super) fn is_covered(&self) -> bool {
        self.letters.iter().any(|l| matches!(l, Letter::Pass | Letter::Fail | Letter::Recovering))
    }
}

/// Failing answers, and any answer about a live item. An item that fails under one rule of its family has failed, whatever
/// the others say; of several failing rules the one of the highest rank speaks.
fn answers(verdict: &SiteVerdict, live: &HashSet<Fingerprint>) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut failing: HashMap<&str, u8> = HashMap::new();
    for (rule, subject) in verdict.answers() {
        let letter = letter(&subject.verdict);
        let fails = is_violation(letter);
        let watched = live.contains(&subject.fingerprint);
        let known = failing.get(subject.fingerprint.0.as_str());
        if !fails && !watched || known.is_some_and(|rank| !fails || rule.rank <= *rank) {
            continue;
        }
        if fails {
            answers.retain(|a| a.item != subject.fingerprint.0);
            failing.insert(&subject.fingerprint.0, rule.rank);
        }
        answers.push(Answer {
            rule: rule.rule.clone(),
            version: rule.version,
            item: subject.fingerprint.0.clone(),
            subject: subject.subject.clone(),
            verdict: letter,
            reason: match &subject.verdict {
                Verdict::Undetermined(why) => why.reason.key(),
                Verdict::Error(_) => "error".to_owned(),
                _ => String::new(),
            },
            finding: subject.verdict.violation().cloned(),
        });
    }
    answers
}

fn is_violation(letter: Letter) -> bool {
    matches!(letter, Letter::Fail | Letter::Recovering)
}

fn letter(verdict: &Verdict) -> Letter {
    match verdict {
        Verdict::Pass => Letter::Pass,
        Verdict::Fail(_) => Letter::Fail,
        Verdict::Recovering(_) => Letter::Recovering,
        Verdict::NotApplicable(_) => Letter::NotApplicable,
        Verdict::Undetermined(_) => Letter::Undetermined,
        Verdict::Error(_) => Letter::Error,
    }
}

/// A rule's letter over all its subjects: any failure, else any doubt, else a pass if anything passed.
fn rule_letter(letters: impl Iterator<Item = Letter>) -> Letter {
    let rank = |l: &Letter| match l {
        Letter::Fail => 5,
        Letter::Recovering => 4,
        Letter::Error => 3,
        Letter::Undetermined => 2,
        Letter::Pass => 1,
        Letter::NotApplicable => 0,
    };
    letters.max_by_key(rank).unwrap_or(Letter::NotApplicable)
}

/// FNV-1a of a rule id: four bytes per rule and site instead of a string. Applying refuses rule sets whose tags collide.
pub(super) fn tag(rule: &str) -> u32 {
    rule.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
