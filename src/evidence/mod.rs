//! What was seen, when, and why something was not seen.
//!
//! *Owns*: plain data of one look at one site, its numbered file format, and pure readers over it (decoded text, links,
//! footer, marks, block pages). *May not*: do I/O, be async, know rules, hold opinions about right and wrong.
//! *Start reading at* [`Evidence`].

pub mod authority;
pub mod block;
pub mod cause;
pub mod dns;
pub mod facts;
pub mod format;
pub mod foul;
pub mod hello;
pub mod http;
pub mod inner;
pub mod migration;
pub mod needs;
pub mod page;
pub mod parcel;
pub mod personal;
pub mod profile;
pub mod province;
pub mod rendered;
pub mod tls;
pub mod visit;
pub mod walk;

pub use authority::{
    Authority, Direct, Glue, HostLook, KeyFact, ParentLook, ParentSaid, ServerLook, Signature, Signing, Soa,
};
pub use cause::{Cause, Failure, Reason, Stage, Undetermined};
pub use dns::{DnsAnswer, DnsQuery, DnsStatus, NameLook, RecordKind, ZoneLook};
pub use facts::{Home, SiteFacts};
pub use hello::{HelloAnswer, HelloLook, Offer};
pub use http::{Body, Fetch, Hop, HopKind, Purpose, Timing};
pub use inner::{InnerPage, PageKind};
pub use migration::{Former, Migration};
pub use needs::Needs;
pub use page::PageFacts;
pub use profile::{Operator, SiteClass, SiteProfile, SiteStatus, UnitNature};
pub use rendered::{Picture, Refusal, RefusalKind, Rendered, Shortfall, ShortfallKind};
pub use tls::{CertFacts, CertFault, CertNote, TlsLook};
pub use visit::{NotAVisit, Visit, VisitDay, VisitEnd};
pub use walk::{Walk, WalkPage, WalkPlan};

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Days and hours are the office's: UTC+8, without summer time.
pub const OFFICE: Offset = Offset::constant(8);

/// Version of the evidence format written by this program. Readers refuse a higher one.
pub const FORMAT: u32 = 1;

/// Everything one look at one site brought back: the only input of judging.
///
/// A look that could not be taken leaves a [`Failure`] in its place, never a hole: judging the same evidence again, offline
/// and with other rules, must give the same answer to the byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Format number, [`FORMAT`] when written by this program.
    pub v: u32,
    /// What the register said of the site when it was looked at.
    pub site: SiteProfile,
    /// Name of the place the look was taken from.
    pub vantage: String,
    /// 1 for the first look of a run, 2 for the in-run recheck.
    pub look: u8,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// Names asked for, the site's own first.
    pub names: Vec<NameLook>,
    /// Delegations asked for, one per zone cut.
    pub zones: Vec<ZoneLook>,
    /// TLS handshakes made, in order.
    pub tls: Vec<TlsLook>,
    /// What servers answered to questions by ClientHello, in order; asked only where they tell something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hellos: Vec<HelloLook>,
    /// HTTP exchanges, in order, each with all its hops.
    pub fetches: Vec<Fetch>,
    /// How many inner pages the plan allowed; 0 when none were to be looked at.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub inner_pages: u8,
    /// Seconds our own clock was ahead of (or, negative, behind) the reference points, when they agreed that it is wrong: no date
    /// can be judged then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_off: Option<i64>,
    /// Visits of the days before the look, from all vantages, by vantage and day; only where the rules that run ask for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitDay>,
    /// The search for a closed site's content on its successor, where it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// The home page as a browser showed it, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<Rendered>,
    /// The home page as it was shown to somebody else; asked for only where there was a sign that it may differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<foul::Masked>,
    /// The pages beside the home page, where the run's plan was to walk over them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walk: Option<Walk>,
    /// Set when the look ended before its plan did (budget, cancellation): whatever is missing was not looked at.
    pub cut: Option<Cause>,
    /// Pages already read during the crawl, by index into `fetches`: a page is parsed once. Never stored.
    #[serde(skip)]
    pub parsed: page::Parsed,
}

impl Evidence {
    /// An empty look, to be filled by the crawl.
    pub fn new(site: SiteProfile, vantage: &str, look: u8, at: Timestamp) -> Self {
        Evidence {
            v: FORMAT,
            site,
            vantage: vantage.to_owned(),
            look,
            started_at: at,
            finished_at: at,
            names: Vec::new(),
            zones: Vec::new(),
            tls: Vec::new(),
            hellos: Vec::new(),
            fetches: Vec::new(),
            inner_pages: 0,
            clock_off: None,
            visits: Vec::new(),
            migration: None,
            rendered: None,
            masked: Vec::new(),
            walk: None,
            cut: None,
            parsed: page::Parsed::default(),
        }
    }

    /// The first exchange made for `purpose`.
    pub fn fetch(&self, purpose: Purpose) -> Option<&Fetch> {
        self.fetches.iter().find(|f| f.purpose == purpose)
    }

    /// Whether the server behind a failed handshake speaks, only not with us: it accepted a question of old clients or of
    /// national cryptography, or showed as much in the handshake itself.
    pub fn speaks_otherwise(&self, failure: &Failure) -> bool {
        failure.cause == Cause::TlsNationalCrypto || self.hellos.iter().any(|h| h.answer.accepted().is_some())
    }

    /// The look at `name` (A-label form, lower case), if it was asked for.
    pub fn name(&self, name: &str) -> Option<&NameLook> {
        self.names.iter().find(|n| n.name == name)
    }
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}
