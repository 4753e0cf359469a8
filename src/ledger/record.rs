//! The stored shapes: events, problem rows, rule heads. Field order is the canonical order; it is hashed, never change it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::input::SiteSnapshot;
use super::view::{Attachment, Ground, Source, Stage};
use crate::inspect::Finding;
use crate::rule::{Close, Confirm, Deadline, RuleHead, RuleStatus, Severity};

/// Microseconds since 1970-01-01 UTC.
pub(super) type Micros = i64;

pub(super) fn moment(at: Micros) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at).unwrap_or(jiff::Timestamp::MAX)
}

/// Who wrote an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Actor {
    Machine,
    Person(String),
    /// A period that ran out.
    Clock,
}

/// One line of the log. `hash` of the chain covers its JSON text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) v: u32,
    pub(super) seq: i64,
    pub(super) at: Micros,
    pub(super) actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<String>,
    pub(super) kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Stage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Stage>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) evidence: Vec<String>,
    #[serde(default, skip_serializing_if = "Detail::is_none")]
    pub(super) detail: Detail,
}

/// Closed list of event kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    RunApplied,
    RunHeld,
    RunReleased,
    RunDropped,
    RunVoid,
    RunAbandoned,
    /// T1
    Suspected,
    /// T3, T12
    Opened,
    /// T2
    Confirmed,
    /// T4
    NotConfirmed,
    /// T7
    AwaitingReview,
    /// T8, T9
    Closed,
    /// T10
    Returned,
    /// T5
    Taken,
    /// T6
    Claimed,
    /// T13
    Deferred,
    /// T14
    Resumed,
    /// T15, T17
    Dismissed,
    /// T16
    Restored,
    /// 下发: from here on the time limit runs, the row is frozen.
    Issued,
    /// T18: another time limit, the first one is kept.
    Extended,
    /// T18: measure or person in charge.
    Edited,
    Noted,
    /// A file somebody sent was taken in.
    Imported,
    /// A step that was asked for and not allowed.
    Refused,
    /// Takes back the step before.
    Undone,
    /// T11
    Reopened,
    /// T20
    LateEvidence,
    /// The rule's severity or key point was changed, or another rule of the family found the same item.
    RuleChanged,
}

impl Kind {
    /// The serde name.
    pub(super) fn key(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// What an event carries beyond the stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Detail {
    #[default]
    None,
    Created(Box<Creation>),
    Listed(Box<Listing>),
    /// A new time limit for a number given before.
    Renewed(Box<Renewal>),
    Closing {
        auto: bool,
        /// Moment up to which evidence was weighed; later failures are relapses, earlier ones late evidence.
        evidence_at: Micros,
    },
    Rule {
        rule: String,
        head: String,
    },
    Run(Box<Seal>),
    Handled(Box<Handling>),
    Imported(Box<Intake>),
    /// The row as it stood before event `of`.
    Undo {
        of: i64,
        row: Box<ProblemRow>,
    },
}

/// A file taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intake {
    /// `selfcheck`
    pub(super) what: String,
    pub(super) unit: String,
    /// Who filled it in.
    pub(super) person: String,
    /// Day the file gives.
    pub(super) on: jiff::civil::Date,
    pub(super) file: Attachment,
    /// Question id → answer key.
    pub(super) answers: BTreeMap<String, String>,
}

/// What a person wrote into a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handling {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<String>,
    /// Time limit given, promised, or end of what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Micros>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) until_provisional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) approver: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ground: Option<Ground>,
    /// Id of the row that stands for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) batch: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
}

impl Detail {
    fn is_none(&self) -> bool {
        *self == Detail::None
    }
}

/// A new problem row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Creation {
    pub(super) item: String,
    pub(super) rule: String,
    pub(super) head: String,
    pub(super) site: SiteSnapshot,
    pub(super) first_seen: Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) finding: Option<Finding>,
    /// The closed or unconfirmed problem of the same item before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listing: Option<Listing>,
    #[serde(default, skip_serializing_if = "Source::is_patrol")]
    pub(super) source: Source,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
}

/// Coming on the list: number and time limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Listing {
    pub(super) region: String,
    pub(super) year: i16,
    pub(super) serial: i64,
    pub(super) due: Micros,
    pub(super) due_provisional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) finding: Option<Finding>,
}

impl Listing {
    pub(super) fn number(&self) -> String {
        format!("{}-{}-{:05}", self.region, self.year, self.serial)
    }
}

/// Anchors what a run stored outside the log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Seal {
    pub(super) outcome: String,
    pub(super) planned: u32,
    pub(super) covered: u32,
    pub(super) undetermined: u32,
    pub(super) observations: u32,
    /// Digest over the run's observation rows.
    pub(super) observed: String,
    /// Digest over the run's coverage rows.
    pub(super) coverage: String,
    /// Digest over the run's rule heads.
    pub(super) rules: String,
}

/// A row reopened: same number, new time limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Renewal {
    pub(super) due: Micros,
    pub(super) due_provisional: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) finding: Option<Finding>,
}

/// A problem as events made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ProblemRow {
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) item: String,
    pub(super) rule: String,
    pub(super) head: String,
    pub(super) site: SiteSnapshot,
    pub(super) stage: Stage,
    pub(super) first_seen: Micros,
    pub(super) opened_at: Option<Micros>,
    pub(super) due: Option<Micros>,
    pub(super) due_provisional: bool,
    /// The first time limit ever given; a reopening sets a new `due` and keeps this.
    pub(super) original_due: Option<Micros>,
    pub(super) closed_at: Option<Micros>,
    pub(super) closed_evidence_at: Option<Micros>,
    pub(super) auto_closed: bool,
    pub(super) reopened: u32,
    pub(super) returned: u32,
    pub(super) previous: Option<String>,
    pub(super) evidence: Vec<String>,
    /// Sequence of the creating event.
    pub(super) created: i64,
    /// Sequence of the newest event.
    pub(super) updated: i64,
    #[serde(default, skip_serializing_if = "Source::is_patrol")]
    pub(super) source: Source,
    /// The words of an entry that no machine observes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) words: Option<Finding>,
    /// 整改措施 as a person wrote or confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) measure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) assignee: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issued_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) batch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) taken_at: Option<Micros>,
    /// The unit's own time limit, never after `due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) promised: Option<Micros>,
    /// Since when only newer evidence counts for striking off; while a claim is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claimed_at: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claimed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ground: Option<Ground>,
    /// End of 不予列入.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dismissed_until: Option<Micros>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) extended: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// [`RuleHead`] as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) status: RuleStatus,
    pub(super) family: String,
    pub(super) severity: Severity,
    pub(super) key_point: u8,
    pub(super) title: String,
    pub(super) basis: String,
    /// `[failures, spacing hours, span hours]`; absent for direct rules.
    pub(super) suspect: Option<(u32, u32, u32)>,
    /// `[passes, days, auto]`.
    pub(super) close: (u32, u32, bool),
    pub(super) deadline: Deadline,
}

impl Head {
    pub(super) fn confirm(&self) -> Confirm {
        match self.suspect {
            None => Confirm::Direct,
            Some((failures, spacing_hours, span_hours)) => Confirm::Suspect { failures, spacing_hours, span_hours },
        }
    }

    pub(super) fn close(&self) -> Close {
        Close { passes: self.close.0, days: self.close.1, auto: self.close.2 }
    }

    /// Hints and rules on trial are observed and shown, but never become rows of the list.
    pub(super) fn may_list(&self) -> bool {
        self.status == RuleStatus::Stable && self.severity > Severity::Hint
    }

    /// Least distance of two failures that both count, in microseconds.
    pub(super) fn spacing(&self) -> Micros {
        self.suspect.map_or(0, |(_, spacing, _)| hours(spacing))
    }
}

pub(super) fn hours(n: u32) -> Micros {
    i64::from(n) * 3_600_000_000
}

impl From<&RuleHead> for Head {
    fn from(rule: &RuleHead) -> Self {
        let RuleHead { id, version, status, family, severity, key_point, title, basis, confirm, close, deadline } =
            rule;
        Head {
            id: id.clone(),
            version: *version,
            status: *status,
            family: family.clone(),
            severity: *severity,
            key_point: *key_point,
            title: title.clone(),
            basis: basis.clone(),
            suspect: match *confirm {
                Confirm::Direct => None,
                Confirm::Suspect { failures, spacing_hours, span_hours } => Some((failures, spacing_hours, span_hours)),
            },
            close: (close.passes, close.days, close.auto),
            deadline: *deadline,
        }
    }
}
