//! A rule's own examples: what a site looks like, and what the rule must say of it.
//!
//! A case describes only what differs from a healthy site; [`Case::evidence`] fills in the rest.

mod evidence;
mod run;
mod walk;
mod zone;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::raw::Day;
pub use run::CaseReport;
pub use walk::{LinkCase, WalkCase};
pub use zone::ZoneCase;

use crate::check::{Outcome, SubjectKind};
use crate::evidence::{Cause, CertFault, CertNote, HelloAnswer, Offer, Reason, SiteClass, SiteStatus, UnitNature};

/// `[[case]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub expect: Expected,
    /// The subject that must have this outcome, `kind:key`; without it the worst outcome counts.
    pub subject: Option<SubjectRef>,
    /// The reason of an undetermined outcome.
    pub reason: Option<Reason>,
    /// When the look was taken.
    pub at: Option<Timestamp>,
    #[serde(default)]
    pub site: CaseSite,

    /// Body of the home page.
    pub page: Option<String>,
    pub status: Option<u16>,
    /// Headers of the home page, names in any case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The exchange with the home page ended with this cause instead.
    pub failure: Option<Cause>,
    /// `Location` of further hops of the home exchange; the last one serves the page.
    #[serde(default)]
    pub redirects: Vec<String>,
    /// Fetched resources of the page by path or absolute address.
    #[serde(default)]
    pub resources: BTreeMap<String, String>,
    /// Sampled inner pages by path; two columns and two articles of a healthy site unless given.
    pub inner: Option<BTreeMap<String, String>>,
    /// Inner pages that did not open.
    #[serde(default)]
    pub inner_unread: Vec<String>,
    /// Resources whose fetch failed.
    #[serde(default)]
    pub unfetched: Vec<String>,

    pub other_scheme: Option<Answer>,
    pub successor: Option<Answer>,
    /// The search for the content of a closed site.
    pub migration: Option<MigrationCase>,
    pub random_path: Option<Answer>,
    /// Further and idle names.
    #[serde(default)]
    pub names: BTreeMap<String, NameCase>,
    #[serde(default)]
    pub dns: DnsCase,
    /// Name servers of the zone.
    pub ns: Option<Vec<String>>,
    /// The direct look at the zone.
    pub zone: Option<ZoneCase>,
    #[serde(default)]
    pub tls: TlsCase,
    /// Seconds our own clock is wrong by.
    pub clock_off: Option<i64>,
    /// What the server answered to questions by ClientHello.
    #[serde(default)]
    pub hellos: BTreeMap<Offer, HelloAnswer>,
    /// Visits of the days before, one entry per vantage.
    #[serde(default)]
    pub visits: Vec<VisitsCase>,
    /// The walk over the site.
    pub walk: Option<WalkCase>,
    /// The home page as search engines were shown it.
    pub masked: Option<String>,
}

/// What a case expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    Pass,
    Fail,
    Undetermined,
    NotApplicable,
    Recovering,
}

impl Expected {
    /// Key of the word in group `outcome`.
    pub fn key(self) -> &'static str {
        match self {
            Expected::Pass => "pass",
            Expected::Fail => "fail",
            Expected::Undetermined => "undetermined",
            Expected::NotApplicable => "not_applicable",
            Expected::Recovering => "recovering",
        }
    }

    /// Whether `outcome` is the expected one.
    pub fn is(self, outcome: &Outcome) -> bool {
        matches!(
            (self, outcome),
            (Expected::Pass, Outcome::Pass(_))
                | (Expected::Fail, Outcome::Fail(_))
                | (Expected::Undetermined, Outcome::Undetermined(_))
                | (Expected::NotApplicable, Outcome::NotApplicable(_))
                | (Expected::Recovering, Outcome::Recovering(_))
        )
    }
}

/// `element:icp`, `site:`, `host:old.test.gov.cn`, `endpoint:www.test.gov.cn:443#expired`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SubjectRef(pub crate::check::Subject);

impl TryFrom<String> for SubjectRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (kind, key) = text.split_once(':').unwrap_or((&text, ""));
        let kind = match kind {
            "site" => SubjectKind::Site,
            "element" => SubjectKind::Element,
            "field" => SubjectKind::Field,
            "host" => SubjectKind::Host,
            "url" => SubjectKind::Url,
            "endpoint" => SubjectKind::Endpoint,
            _ => return Err(format!("“{kind}”不是检查对象的种类，可用：site、element、field、host、url、endpoint")),
        };
        Ok(SubjectRef(crate::check::Subject { kind, key: key.to_owned() }))
    }
}

/// `[case.site]`: what the register says where it differs from the sample row. An empty text means "not registered".
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSite {
    pub id: Option<String>,
    pub name: Option<String>,
    pub url: Option<String>,
    pub class: Option<CaseClass>,
    pub status: Option<CaseStatus>,
    pub status_since: Option<CaseDay>,
    pub status_until: Option<CaseDay>,
    #[serde(default)]
    pub suspended_before: Vec<CaseDay>,
    pub site_code: Option<String>,
    /// 主办单位.
    pub sponsor: Option<String>,
    pub nature: Option<CaseNature>,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub icp: Option<String>,
    pub psb: Option<String>,
    /// Further names in use.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Idle names.
    #[serde(default)]
    pub idle: Vec<String>,
    pub migrated_to: Option<String>,
    #[serde(default)]
    pub neighbours: Vec<String>,
}

/// A day as [`Day`] reads it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct CaseDay(Day);

/// A site status in Chinese or by its key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "super::raw::RawSiteStatus")]
pub struct CaseStatus(pub SiteStatus);

impl From<super::raw::RawSiteStatus> for CaseStatus {
    fn from(raw: super::raw::RawSiteStatus) -> Self {
        CaseStatus(raw.into())
    }
}

/// A kind of body in Chinese or by its key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "super::raw::RawNature")]
pub struct CaseNature(pub UnitNature);

impl From<super::raw::RawNature> for CaseNature {
    fn from(raw: super::raw::RawNature) -> Self {
        CaseNature(raw.into())
    }
}

/// A site class in Chinese or by its key.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "super::raw::RawSiteClass")]
pub struct CaseClass(pub SiteClass);

impl From<super::raw::RawSiteClass> for CaseClass {
    fn from(raw: super::raw::RawSiteClass) -> Self {
        CaseClass(raw.into())
    }
}

/// The answer of one address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub status: Option<u16>,
    /// `Location` header; followed to a good page.
    pub location: Option<String>,
    pub page: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub failure: Option<Cause>,
}

/// `[case.migration]`: how many former pages were found, not found, and neither.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationCase {
    pub found: u32,
    pub missing: u32,
    pub open: u32,
    /// Old addresses that all lead to the successor's home page.
    pub to_home: u32,
    /// The successor's search cannot be believed.
    pub unproven: bool,
    /// Known from patrols, not from the register.
    pub indexed: bool,
}

/// `[case.names]`: DNS of one name and, when it answers, its page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameCase {
    pub a: Option<Vec<String>>,
    pub aaaa: Option<Vec<String>>,
    #[serde(default)]
    pub cname: Vec<String>,
    pub dns: Option<DnsEnd>,
    pub status: Option<u16>,
    pub location: Option<String>,
    pub page: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub failure: Option<Cause>,
}

/// `[case.dns]`: records of the site's own name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsCase {
    pub a: Option<Vec<String>>,
    pub aaaa: Option<Vec<String>>,
    #[serde(default)]
    pub cname: Vec<String>,
    pub mx: Option<Vec<String>>,
    pub txt: Option<Vec<String>>,
    pub caa: Option<Vec<String>>,
    pub ds: Option<Vec<String>>,
    /// All questions about the name end like this.
    pub status: Option<DnsEnd>,
}

/// How questions about a name end when no records come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum DnsEnd {
    NoSuchName,
    NoData,
    Failed(Cause),
}

impl TryFrom<String> for DnsEnd {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "no_such_name" | "dns_no_such_name" => Ok(DnsEnd::NoSuchName),
            "no_data" | "dns_no_data" => Ok(DnsEnd::NoData),
            cause => serde_json::from_value(cause.into()).map(DnsEnd::Failed).map_err(|_| {
                format!("“{cause}”不是解析结果，可用：no_such_name、no_data 或失败原因（如 dns_timeout）")
            }),
        }
    }
}

/// `[case.tls]`: the handshake with the site's own name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsCase {
    #[serde(default)]
    pub faults: Vec<CertFault>,
    #[serde(default)]
    pub notes: Vec<CertNote>,
    pub not_before: Option<Timestamp>,
    pub not_after: Option<Timestamp>,
    pub protocol: Option<String>,
    /// Names in the certificate.
    pub names: Option<Vec<String>>,
    pub key: Option<String>,
    pub signature: Option<String>,
    pub issuer: Option<String>,
    pub failure: Option<Cause>,
}

/// `[[case.visits]]`: visits one an hour up to the midnight before the case's day, all of which opened but those named here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VisitsCase {
    pub vantage: String,
    pub days: u32,
    /// Fewer make a day that does not count.
    pub per_day: u32,
    /// Failed ones, evenly spread; the oldest ones; the newest ones.
    pub failed: u32,
    pub oldest_failed: u32,
    pub newest_failed: u32,
    /// Ones that say nothing, evenly spread.
    pub undetermined: u32,
    /// How the failed ones ended.
    pub cause: Cause,
    /// How long each took, and how long the failed ones.
    pub ms: u32,
    pub failed_ms: u32,
    /// The failed ones did open, but late.
    pub slow: bool,
    /// A protection device of this family answered every time.
    pub blocked: Option<String>,
}

impl Default for VisitsCase {
    fn default() -> Self {
        VisitsCase {
            vantage: "a".to_owned(),
            days: 7,
            per_day: 24,
            failed: 0,
            oldest_failed: 0,
            newest_failed: 0,
            undetermined: 0,
            cause: Cause::TcpTimeout,
            ms: 800,
            failed_ms: 15_000,
            slow: false,
            blocked: None,
        }
    }
}

/// A default a case need not repeat: a page with every mark of a healthy site.
pub(crate) const HEALTHY_PAGE: &str = include_str!("case/healthy.html");

#[cfg(test)]
mod tests;
