//! The kinds of check: one file per kind, each a pure function from parameters and evidence to judgements.
//!
//! *Owns*: what makes a requirement met, broken, not applicable or undecidable. *May not*: be async; read clock, disk or
//! network; contain text for people. *Start reading at* [`Judgement`], then the list of kinds.

pub mod address_scope;
pub mod alias_target;
pub mod availability;
pub mod badge_form;
pub mod blocked;
pub mod certificate;
pub mod closed_site;
pub mod code_agreement;
pub mod copied_footer;
pub mod dead_link;
pub mod delegation;
pub mod dns_record;
pub mod filed_period;
pub mod further_name;
pub mod header;
pub mod hidden_link;
pub mod home_entry;
pub mod home_freshness;
pub mod home_standing;
pub mod host_name;
pub mod https;
pub mod idle_name;
pub mod inner_mark;
pub mod inner_value;
pub mod institution;
pub mod ipv6_claim;
pub mod kind;
pub mod link;
mod look;
pub mod mark_link;
pub mod mark_present;
pub mod meta;
pub mod migration;
pub mod mixed_content;
pub mod name_servers;
pub mod number_form;
pub mod number_pattern;
pub mod outage;
pub mod outside_name;
pub mod page_text;
pub mod personal_number;
mod platforms;
pub mod province_agreement;
pub mod reachable;
pub mod register_match;
pub mod successor;
pub mod taken_over;
#[cfg(test)]
mod tests;
pub mod tls_offer;
pub mod unfiled;
mod visits;
mod words;

pub use kind::CheckKind;
pub use platforms::{Platform, Platforms};
pub use visits::{Measure, Week, share_text};

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evidence::Undetermined;

/// What a judgement is about. Identity of a problem point is built from this, never from text, count, date or address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    pub kind: SubjectKind,
    /// Canonical key within the kind; empty for [`SubjectKind::Site`].
    pub key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The site as a whole.
    Site,
    /// An element of the page (`icp`, `psb`, `conac`, …).
    Element,
    /// A field of the register (`icp`, `sponsor`, …).
    Field,
    /// A host name, A-labels.
    Host,
    /// A canonical URL.
    Url,
    /// `host:port` with a defect class behind `#`.
    Endpoint,
}

impl Subject {
    pub fn site() -> Self {
        Subject { kind: SubjectKind::Site, key: String::new() }
    }
    pub fn element(key: impl Into<String>) -> Self {
        Subject { kind: SubjectKind::Element, key: key.into() }
    }
    pub fn field(key: impl Into<String>) -> Self {
        Subject { kind: SubjectKind::Field, key: key.into() }
    }
    pub fn host(key: impl Into<String>) -> Self {
        Subject { kind: SubjectKind::Host, key: key.into() }
    }
    pub fn url(key: impl Into<String>) -> Self {
        Subject { kind: SubjectKind::Url, key: key.into() }
    }
    pub fn endpoint(host: &str, port: u16, class: &str) -> Self {
        Subject { kind: SubjectKind::Endpoint, key: format!("{host}:{port}#{class}") }
    }
}

/// A place to look at, shown to people; may change daily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Address looked at (a URL, or `dns:name`, `tls:host:port`).
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub selector: String,
    /// What stood there, at most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
}

impl Location {
    pub fn at(url: impl Into<String>) -> Self {
        Location { url: url.into(), selector: String::new(), excerpt: String::new() }
    }

    pub fn quote(mut self, excerpt: &str) -> Self {
        let end = excerpt.char_indices().nth(200).map_or(excerpt.len(), |(at, _)| at);
        self.excerpt = excerpt[..end].to_owned();
        self
    }
}

/// A named value a template may print. Values are language-neutral; labels are put into words by `rule`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Text(String),
    /// A key into a group of `rules/labels.toml`.
    Label {
        group: String,
        key: String,
    },
    Number(i64),
    /// Printed as date and minute in the office's zone.
    Instant(Timestamp),
    List(Vec<String>),
    /// First and last day of a span, printed as month and day.
    Days(Date, Date),
}

impl Fact {
    pub fn label(group: &str, key: impl Into<String>) -> Self {
        Fact::Label { group: group.to_owned(), key: key.into() }
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Fact::Number(number)
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Fact::Text(text.to_owned())
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Fact::Text(text)
    }
}

/// Named facts of one violation.
pub type Facts = BTreeMap<String, Fact>;

/// Builds [`Facts`] from `name => value` pairs.
#[macro_export]
macro_rules! facts {
    ($($name:literal => $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "empty call")]
        let mut facts = $crate::check::Facts::new();
        $(facts.insert($name.to_owned(), $crate::check::Fact::from($value));)*
        facts
    }};
}

/// What was really examined; cannot be empty, so a pass or a fail cannot be made without a completed look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen(Vec<Location>);

impl Seen {
    pub fn one(location: Location) -> Self {
        Seen(vec![location])
    }

    /// `None` when nothing was examined: then there is nothing to judge.
    pub fn all(locations: Vec<Location>) -> Option<Self> {
        (!locations.is_empty()).then_some(Seen(locations))
    }

    pub fn locations(&self) -> &[Location] {
        &self.0
    }
}

/// A requirement not met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    pub seen: Seen,
    pub facts: Facts,
}

/// Why a requirement does not concern this site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotApplicable {
    /// The site's filed status excludes it.
    Status,
    /// The register has no value to compare with.
    NoExpectation,
    /// The element the rule judges is absent; another rule owns its absence.
    Absent,
    /// The site has no such thing (no TLS on a plain site, no idle names).
    NoSuchThing,
    /// Covered by an exemption of the register.
    Exempt,
    /// Another problem of the same look names the same fact as a part of it.
    Covered,
    /// Not due yet on the day of the look.
    NotDue,
    /// The plan of this run does not look at it (inner pages switched off).
    NotPlanned,
    /// A dear question that only inspections of single sites ask.
    NotAsked,
}

/// The answer about one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass(Seen),
    Fail(Violation),
    /// Broken over the period the requirement speaks of, but what broke it is over: as a failure it opens, as a pass it brings
    /// a row to review; it never strikes off.
    Recovering(Violation),
    NotApplicable(NotApplicable),
    Undetermined(Undetermined),
    /// Our own bug, contained; visible, never closes anything.
    Error(String),
}

/// One answer about one subject. A kind returns at least one for every site it is asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub subject: Subject,
    pub outcome: Outcome,
}

impl Judgement {
    pub fn pass(subject: Subject, seen: Seen) -> Self {
        Judgement { subject, outcome: Outcome::Pass(seen) }
    }
    pub fn fail(subject: Subject, seen: Seen, facts: Facts) -> Self {
        Judgement { subject, outcome: Outcome::Fail(Violation { seen, facts }) }
    }
    pub fn recovering(subject: Subject, seen: Seen, facts: Facts) -> Self {
        Judgement { subject, outcome: Outcome::Recovering(Violation { seen, facts }) }
    }
    pub fn undetermined(subject: Subject, why: Undetermined) -> Self {
        Judgement { subject, outcome: Outcome::Undetermined(why) }
    }
    pub fn not_applicable(subject: Subject, why: NotApplicable) -> Self {
        Judgement { subject, outcome: Outcome::NotApplicable(why) }
    }
}
