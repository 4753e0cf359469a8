//! What a valid register is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use url::Url;

use crate::evidence::{Former, SiteClass, SiteProfile, SiteStatus, UnitNature, WalkPlan};

/// A register without mistakes.
#[derive(Debug, Clone, Default)]
pub struct Register {
    pub settings: Settings,
    pub units: Vec<Unit>,
    pub sites: Vec<Site>,
    pub media: Vec<Media>,
    pub exemptions: Vec<Exemption>,
    /// Things worth saying that do not stop a run (no canaries, work calendar missing), already in Chinese.
    pub warnings: Vec<String>,
    /// Built at the first [`Self::profile`]; the sites do not change afterwards.
    pub neighbourhood: OnceLock<super::Neighbourhood>,
}

/// `[settings]`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Name of the office's area or of the office, printed on reports: `榆林市`.
    pub name: String,
    /// 区划代码 (6 digits), first part of problem numbers.
    pub region: String,
    /// 联系人 and 联系电话 of the forms; blank if unset.
    pub contact: Contact,
    /// Name of this probing place in every observation.
    pub vantage: String,
    pub network: Network,
    pub politeness: Politeness,
    pub budget: Budget,
    pub inner_pages: InnerPages,
    pub walk: WalkSettings,
    pub render: Render,
    pub campaign: Option<Campaign>,
}

/// `[settings.campaign]`: 专项整治, a task with an end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaign {
    pub title: String,
    /// 文号
    pub document: String,
    /// Progress is reported every month before this day (每月13日前).
    pub report_day: Option<i8>,
    /// Last day of the overall report.
    pub overall_report: Option<Date>,
    /// No time limit given during the campaign ends after this day.
    pub rectify_until: Option<Date>,
    /// In order, each ending before or on the day the next begins.
    pub phases: Vec<Phase>,
}

/// One stage of a campaign, both days included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    pub name: String,
    pub from: Date,
    pub until: Date,
}

impl Campaign {
    /// The last day on which the next monthly report still comes in time: the day before [`report_day`](Self::report_day), this
    /// month or the next, while the campaign goes on.
    pub fn next_report(&self, today: Date) -> Option<Date> {
        let day = self.report_day?;
        let last = |of: Date| of.with().day(day).build().ok()?.yesterday().ok();
        let next_month = || last(today.last_of_month().tomorrow().ok()?);
        let next = last(today.first_of_month()).filter(|d| *d >= today).or_else(next_month)?;
        let (first, end) = (self.phases.first()?.from, self.phases.last()?.until);
        (next >= first && today <= end).then_some(next)
    }
}

/// `[settings.render]`: the second look with a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    pub mode: RenderMode,
    /// The browser's program; `None` looks for the usual ones.
    pub browser: Option<PathBuf>,
    /// Time of one page, seconds.
    pub page_secs: u32,
    /// Pages shown at once.
    pub tabs: u32,
}

/// Which home pages a browser shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenderMode {
    /// Those whose scripts leave something open.
    #[default]
    Auto,
    Never,
    Always,
}

impl Default for Render {
    fn default() -> Self {
        Render { mode: RenderMode::Auto, browser: None, page_secs: 20, tabs: 2 }
    }
}

/// `[settings.inner_pages]`: column and article pages sampled beside the home page, at most; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InnerPages {
    /// In patrols. None by default: templates change rarely, and the sample more than doubles the requests to a site.
    pub patrol: u8,
    pub audit: u8,
}

impl Default for InnerPages {
    fn default() -> Self {
        InnerPages { patrol: 0, audit: 4 }
    }
}

/// `[settings.walk]`: how far a walk over the pages of a site goes. Inspections always walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkSettings {
    /// Patrols walk too. Off by default: a walk asks a site for many times what a patrol asks.
    pub patrol: bool,
    pub plan: WalkPlan,
}

#[derive(Debug, Clone, Default)]
pub struct Contact {
    pub person: String,
    pub phone: String,
    /// 报送单位 / 主办单位 of the form's head; the settings' name when unset.
    pub office: String,
}

/// `[settings.network]`.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Resolvers asked, with port; empty means the system's.
    pub resolvers: Vec<SocketAddr>,
    /// Name servers from which the walk to a zone's delegation starts, with port. Empty, as on the internet: the servers
    /// of the nearest ancestor the resolvers know. Closed networks with a root of their own name it here.
    pub dns_roots: Vec<SocketAddr>,
    /// PEM files with extra trust roots (own CA), relative to the register file; already made absolute.
    pub trust_roots: Vec<PathBuf>,
    /// Logical port → port really dialled, for every host.
    pub ports: BTreeMap<u16, u16>,
    /// `host:port` → address really dialled; wins over DNS and `ports`.
    pub dial: BTreeMap<String, SocketAddr>,
    /// Contact private and loopback addresses (intranet offices, tests). Off by default: such a site is then
    /// undetermined (private network).
    pub allow_private: bool,
    /// Reference points that prove our own line: `host`, `host:port` or an http(s) URL.
    pub canaries: Vec<String>,
    /// Contact printed in the User-Agent: a page or mail address of the office.
    pub agent_contact: String,
}

/// `[settings.politeness]`.
#[derive(Debug, Clone)]
pub struct Politeness {
    /// Requests per second towards one address, all protocols together; may be below 1.
    pub requests_per_second: f64,
    /// Connections at once towards one address.
    pub connections_per_address: u32,
    /// Sites under way at once.
    pub sites_in_flight: u32,
    /// Obey robots.txt for pages beyond the home page.
    pub robots: bool,
    /// Seconds between a failure and its in-run recheck.
    pub recheck_after_secs: u32,
}

impl Default for Politeness {
    fn default() -> Self {
        Politeness {
            requests_per_second: 1.0,
            connections_per_address: 2,
            sites_in_flight: 64,
            robots: true,
            recheck_after_secs: 30,
        }
    }
}

/// `[settings.budget]`.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Wall time for one look at one site, seconds.
    pub site_secs: u32,
    /// A page that is not open by then counts as not opening (国办秘函〔2019〕19号: 15 s).
    pub page_secs: u32,
    pub connect_secs: u32,
    pub dns_secs: u32,
    /// Decoded bytes kept of one body.
    pub body_bytes: usize,
    /// Requests per look.
    pub requests: u32,
    /// Redirect hops.
    pub hops: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            site_secs: 90,
            page_secs: 15,
            connect_secs: 10,
            dns_secs: 5,
            body_bytes: 2 * 1024 * 1024,
            requests: 40,
            hops: 8,
        }
    }
}

/// 市级部门 (annex 1) or 县市区政府 (annex 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UnitLevel {
    /// 市级部门
    #[default]
    Municipal,
    /// 县市区
    County,
}

/// `[[unit]]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unit {
    pub id: String,
    /// Full name as on the seal.
    pub name: String,
    /// Other accepted forms of the name (short name, name in footers).
    pub aliases: Vec<String>,
    pub level: UnitLevel,
    pub nature: Option<UnitNature>,
    /// 区划代码 when it differs from the settings'.
    pub region: Option<String>,
    pub contact: Option<String>,
    pub phone: Option<String>,
}

/// `[[site]]`.
#[derive(Debug, Clone)]
pub struct Site {
    /// 网站标识码, or the office's own id.
    pub id: String,
    pub name: String,
    pub url: Url,
    /// As written, before repair by URL parsing.
    pub url_text: String,
    pub class: SiteClass,
    pub status: SiteStatus,
    pub status_since: Option<Date>,
    /// Last day the status is filed for.
    pub status_until: Option<Date>,
    /// First days of earlier suspensions.
    pub suspended_before: Vec<Date>,
    /// 主办单位, index into [`Register::units`].
    pub sponsor: usize,
    /// 主管单位.
    pub supervisor: Option<usize>,
    /// 承办单位.
    pub undertaker: Option<usize>,
    pub site_code: Option<String>,
    pub icp: Option<String>,
    pub psb: Option<String>,
    /// Further names in use, A-labels.
    pub domains: Vec<String>,
    /// Idle names, A-labels.
    pub idle_domains: Vec<String>,
    pub migrated_to: Option<Url>,
    pub former_titles: Vec<String>,
    pub former_urls: Vec<String>,
}

/// `[[media]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    pub platform: String,
    pub account: String,
    pub name: String,
    pub sponsor: usize,
    pub status: String,
    pub last_post_on: Option<Date>,
    /// When somebody looked; without it nothing can be said of how long the account has been silent.
    pub checked_on: Option<Date>,
}

/// `[[exemption]]`: a rule does not apply to a site until a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemption {
    pub site: String,
    pub rule: String,
    pub reason: String,
    pub until: Date,
}

impl Register {
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.iter().find(|s| s.id == id)
    }

    pub fn sponsor(&self, site: &Site) -> &Unit {
        &self.units[site.sponsor]
    }

    /// The row as evidence keeps it.
    pub fn profile(&self, site: &Site) -> SiteProfile {
        let sponsor = self.sponsor(site);
        let host = host_of(&site.url);
        let mut hosts = vec![host.clone()];
        hosts.extend(site.domains.iter().filter(|d| **d != host).cloned());
        SiteProfile {
            id: site.id.clone(),
            name: site.name.clone(),
            url: site.url_text.clone(),
            class: site.class,
            status: site.status,
            status_since: site.status_since,
            status_until: site.status_until,
            suspended_before: site.suspended_before.clone(),
            site_code: site.site_code.clone(),
            sponsor: crate::evidence::Operator { name: sponsor.name.clone(), aliases: sponsor.aliases.clone() },
            nature: sponsor.nature,
            icp: site.icp.clone(),
            psb: site.psb.clone(),
            hosts,
            idle: site.idle_domains.clone(),
            migrated_to: site.migrated_to.as_ref().map(Url::to_string),
            former: former(site),
            neighbours: self.neighbours(site),
        }
    }
}

/// What the register says of a site's former pages: titles and addresses are lists of their own.
fn former(site: &Site) -> Vec<Former> {
    let titles = site.former_titles.iter().map(|title| Former { title: title.clone(), ..Former::default() });
    let urls = site.former_urls.iter().map(|url| Former { url: url.clone(), ..Former::default() });
    titles.chain(urls).collect()
}

/// Host of a URL in lower-case A-labels; brackets kept for IPv6.
pub fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_ascii_lowercase()
}
