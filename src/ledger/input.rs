//! What a run hands to the ledger before it looks at anything.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::RuleHead;

/// A run's id: a ULID, so ids sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is about to be done, by whom, with which rules.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// `patrol`, `audit`, `probe`, `import`, `rejudge`.
    pub kind: String,
    pub vantage: String,
    /// Name and version of the program.
    pub program: String,
    /// In register order; problem numbers follow it.
    pub planned: Vec<SiteSnapshot>,
    pub rules: Vec<RuleHead>,
}

/// A register row as a problem keeps it: names as of opening never change afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSnapshot {
    pub site: String,
    pub name: String,
    pub url: String,
    /// 主办单位 full name.
    pub unit: String,
    pub unit_id: String,
    /// `municipal` or `county`.
    pub unit_level: String,
    /// 区划代码, first part of problem numbers.
    pub region: String,
}
