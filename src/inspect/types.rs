//! Results of judging one site.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::{Location, NotApplicable, Subject};
use crate::evidence::Undetermined;

/// `p1-` + 26 base32 characters over (site, rule family, subject).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub String);

/// All answers about one site in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteVerdict {
    /// Register id.
    pub site: String,
    /// When the deciding look ended.
    pub at: Timestamp,
    /// How many looks were combined (1 or 2).
    pub looks: u8,
    /// In rule-id order; exactly one entry per rule that ran.
    pub rules: Vec<RuleVerdict>,
}

/// All answers of one rule about one site; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    pub rule: String,
    pub version: u32,
    /// Of several failing rules of one family the one of the highest rank speaks for the item.
    pub rank: u8,
    pub subjects: Vec<SubjectVerdict>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SubjectVerdict {
    pub subject: Subject,
    pub fingerprint: Fingerprint,
    pub verdict: Verdict,
}

/// The three values, and the two that are none of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Pass,
    Fail(Finding),
    /// Broken over its period, but over; see [`crate::check::Outcome::Recovering`].
    Recovering(Finding),
    NotApplicable(NotApplicable),
    Undetermined(Undetermined),
    /// Our bug, contained.
    Error(String),
}

/// A violation put into official words, ready for the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// 存在问题: when, where, what, data, standard.
    pub text: String,
    /// Suggested 整改措施.
    pub measure: String,
    /// 依据 as printed.
    pub basis: String,
    pub locations: Vec<Location>,
}

impl Verdict {
    /// The violation, whether it lasts or is over.
    pub fn violation(&self) -> Option<&Finding> {
        match self {
            Verdict::Fail(finding) | Verdict::Recovering(finding) => Some(finding),
            _ => None,
        }
    }
}

impl SiteVerdict {
    /// Every (rule, subject) answer, flattened.
    pub fn answers(&self) -> impl Iterator<Item = (&RuleVerdict, &SubjectVerdict)> {
        self.rules.iter().flat_map(|r| r.subjects.iter().map(move |s| (r, s)))
    }
}
