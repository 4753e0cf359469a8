//! What a valid rule is.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::check::CheckKind;
use crate::evidence::{SiteClass, SiteProfile, SiteStatus};

/// Kebab-case id, the file's name; reads after "this site has …"; never renamed or reused.
pub type RuleId = String;

/// 单项否决 · 严重 · 一般 · 提示, most severe last so that `max` picks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 提示: recorded and shown, never a row of the list.
    Hint,
    /// 一般
    General,
    /// 严重
    Serious,
    /// 单项否决
    Veto,
}

impl Severity {
    /// Key in the labels, the same as the serde name.
    pub fn key(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::General => "general",
            Severity::Serious => "serious",
            Severity::Veto => "veto",
        }
    }
}

/// Maturity. Experimental rules are reported but open nothing; deprecated ones do not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    Experimental,
    Stable,
    Deprecated,
}

/// How well the clause was verified; see `docs`. Only `V2`, `V1Plus`, `V1`, `Seed`, `Statute` may be printed bare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Confidence {
    V2,
    #[serde(rename = "V1+")]
    V1Plus,
    V1,
    #[serde(rename = "SEED")]
    Seed,
    #[serde(rename = "ST")]
    Statute,
    /// Unverified: printed as 依据待核.
    U,
}

/// A document that can be a legal basis: one entry of `rules/sources.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Title, without the book-title marks.
    pub document: String,
    /// 文号, empty when it has none or it is unverified.
    pub number: String,
    /// First and last day a finding may cite it.
    pub effective_from: Option<Date>,
    pub effective_until: Option<Date>,
}

/// One legal basis.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Title of the document.
    pub document: String,
    /// 文号, empty when it has none.
    pub number: String,
    pub clause: String,
    pub confidence: Confidence,
    /// First and last day a finding may cite it.
    pub effective_from: Option<Date>,
    pub effective_until: Option<Date>,
}

impl Basis {
    /// A finding of that day may cite this basis.
    pub fn in_force(&self, on: Date) -> bool {
        self.effective_from.is_none_or(|d| d <= on) && self.effective_until.is_none_or(|d| on <= d)
    }
}

/// When a failure becomes a row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// At once, after the in-run recheck agreed.
    Direct,
    /// Stays 疑似 until `failures` determinate failures at least `spacing_hours` apart over at least `span_hours`, or a
    /// person confirms. `failures == 0`: only a person.
    Suspect { failures: u32, spacing_hours: u32, span_hours: u32 },
}

/// When passes move a row on. The first determinate pass (rechecked in the run) brings 待复核; `auto` strikes it off after
/// `passes` passes on `days` distinct local days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    pub passes: u32,
    pub days: u32,
    pub auto: bool,
}

/// 整改时限.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    WorkingDays(u32),
    CalendarDays(u32),
    Hours(u32),
}

/// Which sites a rule concerns. Empty lists mean all; a rule file that names no status means 正常运行 only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applies {
    pub status: Vec<SiteStatus>,
    pub class: Vec<SiteClass>,
}

impl Applies {
    /// Whether the rule concerns a site filed like this.
    pub fn concerns(&self, site: &SiteProfile) -> bool {
        (self.status.is_empty() || self.status.contains(&site.status))
            && (self.class.is_empty() || self.class.contains(&site.class))
    }
}

/// A validated rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub id: RuleId,
    /// Raised when what the rule flags changes; wording does not count.
    pub version: u32,
    pub status: RuleStatus,
    pub severity: Severity,
    /// Key point 1–10 of the notice.
    pub key_point: u8,
    /// Identity family of its findings; the id unless the file says otherwise.
    pub family: String,
    /// Folder under `rules/`.
    pub group: String,
    pub title: String,
    pub basis: Vec<Basis>,
    /// 存在问题 template.
    pub problem: String,
    /// Suggested 整改措施.
    pub measure: String,
    pub applies: Applies,
    pub confirm: Confirm,
    pub close: Close,
    pub deadline: Deadline,
    pub check: CheckKind,
    /// Rules whose failures are parts of the fact this rule finds: while this one fails they stand back.
    pub covers: Vec<RuleId>,
    /// Which file it came from, for messages.
    pub origin: String,
}

/// What the ledger needs to know of a rule; a copy travels with every finding.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHead {
    pub id: RuleId,
    pub version: u32,
    pub status: RuleStatus,
    pub family: String,
    pub severity: Severity,
    pub key_point: u8,
    pub title: String,
    /// Bases as printed, unverified ones marked.
    pub basis: String,
    pub confirm: Confirm,
    pub close: Close,
    pub deadline: Deadline,
}
