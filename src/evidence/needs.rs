//! What a look must bring back, said by the checks and carried out by the crawl.

use std::collections::BTreeSet;

use super::{RecordKind, WalkPlan};

/// What evidence is needed; the crawl collects the union over all rules that run. DNS addresses, the home page and, for
/// https, its handshake are always looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The home page and what writes its footer.
    pub marks: bool,
    /// The home page's host over the other scheme.
    pub other_scheme: bool,
    /// Delegation of the zone.
    pub zone: bool,
    /// The parent's and the zone's own servers, asked directly. Dear too, and to others: only inspections pay for it.
    pub authority: bool,
    /// Extra record types of the site's own name.
    pub records: BTreeSet<RecordKind>,
    /// Other names of the site and idle names.
    pub further_names: bool,
    pub successor: bool,
    /// A closed site's content, looked for on its successor.
    pub migration: bool,
    pub random_path: bool,
    /// The full survey of what the home page's TLS server speaks. Dear: only inspections of single sites pay for it.
    pub tls_survey: bool,
    /// Inner pages at most; a check that wants them asks for [`Needs::ANY`], and the register says how many there may be.
    pub inner_pages: u8,
    /// Visits of the days before; they come from the store of visits, not from the crawl.
    pub visits: bool,
    /// The home page once more as others are shown it, where there is a sign that it may differ.
    pub masks: bool,
    /// A walk over the site, this far at most; a check that wants one asks for [`WalkPlan::default`], and the register says how
    /// far it may go.
    pub walk: Option<WalkPlan>,
}

impl Needs {
    /// As many inner pages as the register allows.
    pub const ANY: u8 = u8::MAX;

    pub fn union(mut self, other: &Needs) -> Needs {
        self.marks |= other.marks;
        self.other_scheme |= other.other_scheme;
        self.zone |= other.zone;
        self.authority |= other.authority;
        self.records.extend(other.records.iter().copied());
        self.further_names |= other.further_names;
        self.successor |= other.successor;
        self.migration |= other.migration;
        self.random_path |= other.random_path;
        self.tls_survey |= other.tls_survey;
        self.inner_pages = self.inner_pages.max(other.inner_pages);
        self.visits |= other.visits;
        self.masks |= other.masks;
        self.walk = self.walk.or(other.walk);
        self
    }

    /// With at most `allowed` inner pages.
    pub fn with_inner_pages(mut self, allowed: u8) -> Needs {
        self.inner_pages = self.inner_pages.min(allowed);
        self
    }

    /// With the walk `allowed`, where a check wants one at all.
    pub fn with_walk(mut self, allowed: Option<WalkPlan>) -> Needs {
        self.walk = self.walk.and(allowed);
        self
    }
}
