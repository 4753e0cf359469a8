//! Kind `closed_site`: what is left of a site the register files as closed. Of the aspects at most one fails for one state of
//! affairs: content still served, a page of rebuilding, a server's own page, a notice without a destination or kept too long, a
//! redirect leading astray, or a name left over.

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::words::SERVICES;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::Standing;
use crate::evidence::{Cause, Failure, Home, Needs, OFFICE, PageFacts, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.closed_site]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedSite {
    pub aspect: Remnant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remnant {
    /// Pages of the site are still served.
    Serving,
    /// Only a page that promises to be back.
    Rebuilding,
    /// A server's own page, a parking page, a list of files.
    Placeholder,
    /// A closing notice that does not say where to go.
    NoticeWithoutTarget,
    /// A closing notice after the day the register files as its last.
    NoticeOverdue,
    /// A redirect leads neither to the successor nor to a registered name.
    RedirectAstray,
    /// The name still resolves, with nothing behind it that tells visitors where to go.
    NameResolving,
}

/// What a visitor of the closed address meets.
enum Met<'a> {
    Content(&'a PageFacts),
    /// Something that only answers in the place of the site.
    Instead(&'a PageFacts, Standing),
    /// A closing notice that names where to go.
    Notice(&'a PageFacts),
    /// A closing notice that does not.
    BareNotice(&'a PageFacts),
    /// Sent to the successor or a registered name.
    Handed,
    Astray(String),
    /// Somebody answers, but with nothing.
    ErrorStatus(u16),
    /// The name is gone.
    NoName,
    /// The name resolves, nobody answers.
    NoServer(&'a Failure),
    Unknown(Undetermined),
}

impl Check for ClosedSite {
    const FACTS: &'static [&'static str] = &["address", "host", "title", "target", "answer", "until"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let met = meet(site);
        if let Met::Unknown(why) = met {
            return vec![Judgement::undetermined(subject, why)];
        }
        let (title, target, answer) = match &met {
            Met::Content(page) | Met::Notice(page) | Met::BareNotice(page) => {
                (page.title.clone(), String::new(), Fact::from("HTTP 200"))
            }
            Met::Instead(page, standing) => {
                (page.title.clone(), String::new(), Fact::label("standing", standing.key()))
            }
            Met::Astray(target) => (String::new(), target.clone(), Fact::from("")),
            Met::ErrorStatus(status) => (String::new(), String::new(), Fact::from(format!("HTTP {status}"))),
            Met::NoServer(failure) => (String::new(), String::new(), Fact::label("cause", failure.cause.key())),
            _ => (String::new(), String::new(), Fact::from("")),
        };
        let host = look::home_host(site);
        let seen = Seen::one(match self.aspect {
            Remnant::NameResolving => Location::at(format!("dns:{host}")),
            _ => Location::at(look::landed(site).map_or_else(|| site.evidence.site.url.clone(), String::from))
                .quote(&title),
        });
        let facts = facts! {
            "address" => site.evidence.site.url.trim(),
            "host" => host,
            "title" => title,
            "target" => target,
            "answer" => answer,
            "until" => site.evidence.site.status_until.map_or_else(String::new, |d| d.to_string()),
        };
        vec![match (self.aspect, &met) {
            (Remnant::Serving, Met::Content(_)) => Judgement::fail(subject, seen, facts),
            (Remnant::RedirectAstray, Met::Astray(_)) => Judgement::fail(subject, seen, facts),
            (Remnant::NameResolving, Met::ErrorStatus(_) | Met::NoServer(_)) => Judgement::fail(subject, seen, facts),
            // The sister rules speak of these.
            (Remnant::NameResolving, Met::Content(_) | Met::Instead(..) | Met::BareNotice(_) | Met::Astray(_)) => {
                Judgement::not_applicable(subject, NotApplicable::Absent)
            }
            (Remnant::Rebuilding, Met::Instead(_, Standing::Rebuilding | Standing::Suspended)) => {
                Judgement::fail(subject, seen, facts)
            }
            (Remnant::Placeholder, Met::Instead(_, Standing::ServerDefault | Standing::Parked | Standing::Listing)) => {
                Judgement::fail(subject, seen, facts)
            }
            (Remnant::NoticeWithoutTarget, Met::BareNotice(_)) => Judgement::fail(subject, seen, facts),
            (Remnant::NoticeOverdue, _) if site.evidence.site.status_until.is_none() => {
                Judgement::not_applicable(subject, NotApplicable::NoExpectation)
            }
            (Remnant::NoticeOverdue, Met::Notice(_)) if is_overdue(site) => Judgement::fail(subject, seen, facts),
            _ => Judgement::pass(subject, seen),
        }]
    }
}

fn meet<'a>(site: &'a SiteFacts<'_>) -> Met<'a> {
    if let Some(target) = sent_away(site) {
        let host = look::host_of(&target);
        return if leads_on(site, &host) { Met::Handed } else { Met::Astray(target.to_string()) };
    }
    match &site.home {
        Home::Page(page) => match Standing::of(page) {
            Standing::Content => Met::Content(page),
            Standing::Closing | Standing::Moved if names_destination(site, page) => Met::Notice(page),
            Standing::Closing | Standing::Moved => Met::BareNotice(page),
            standing => Met::Instead(page, standing),
        },
        Home::ErrorStatus(status @ (404 | 410 | 500..=599)) => Met::ErrorStatus(*status),
        Home::ErrorStatus(status) => Met::Unknown(Undetermined::new(Reason::Blocked, format!("http_{status}"))),
        Home::Blocked { .. } | Home::Unreadable(_) | Home::NotLooked => Met::Unknown(site.home_missing()),
        Home::Failed(failure) => match failure.cause {
            _ if failure.cause.is_own_side() => Met::Unknown(Undetermined::from_failure(failure)),
            Cause::DnsNoSuchName | Cause::DnsNoData => Met::NoName,
            Cause::TcpRefused | Cause::TcpTimeout | Cause::TcpUnreachable => Met::NoServer(failure),
            _ => Met::Unknown(Undetermined::from_failure(failure)),
        },
    }
}

/// The last day of the filed period has passed.
fn is_overdue(site: &SiteFacts<'_>) -> bool {
    let today = OFFICE.to_datetime(site.evidence.started_at).date();
    site.evidence.site.status_until.is_some_and(|until| until < today) && site.evidence.clock_off.is_none()
}

fn visible_hosts(page: &PageFacts) -> impl Iterator<Item = String> {
    let links = page.links.iter().filter(|l| !l.hidden).filter_map(|l| l.url.as_deref());
    links.filter_map(|u| Url::parse(u).ok()).map(|u| look::host_of(&u))
}

/// The notice links or prints an address other than the closed one.
fn names_destination(site: &SiteFacts<'_>, page: &PageFacts) -> bool {
    let elsewhere = |host: &str| {
        host.contains('.')
            && !SERVICES.iter().any(|service| look::covers(service, host))
            && (successor_host(site).is_some_and(|s| look::covers(&s, host))
                || !look::is_own(&site.evidence.site, host))
    };
    let printed = page
        .text
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
        .map(|word| look::fold_host(word.trim_matches('.')))
        .filter(|word| word.bytes().any(|b| b.is_ascii_alphabetic()) && !is_file(word));
    visible_hosts(page).chain(printed).any(|host| elsewhere(&host))
}

/// `index.html` and the like are no hosts.
fn is_file(word: &str) -> bool {
    [".html", ".htm", ".jsp", ".shtml", ".aspx", ".php", ".doc", ".docx", ".pdf"].iter().any(|e| word.ends_with(e))
}

/// Where a visitor is sent away to, when the last hop left the site's own names. The hop itself is the fact, whether or not
/// that place answers.
fn sent_away(site: &SiteFacts<'_>) -> Option<Url> {
    let target = look::landed(site)?;
    let hops = site.evidence.fetch(Purpose::Home).map_or(0, |f| f.hops.len());
    let believed = look::was_redirected(site) || matches!(site.home, Home::Page(_));
    let left = hops > 1 && believed && !look::is_own(&site.evidence.site, &look::host_of(&target));
    (left || leaves_for_successor(site, &target, hops)).then_some(target)
}

/// The successor may live below the closed site's own name.
fn leaves_for_successor(site: &SiteFacts<'_>, target: &Url, hops: usize) -> bool {
    let host = look::host_of(target);
    hops > 1 && host != look::home_host(site) && successor_host(site).is_some_and(|s| look::covers(&s, &host))
}

fn leads_on(site: &SiteFacts<'_>, host: &str) -> bool {
    let profile = &site.evidence.site;
    let below = |parent: &str| profile.hosts.iter().any(|own| look::covers(look::bare(parent), own));
    successor_host(site).is_some_and(|s| look::covers(&s, host) || look::covers(host, &s))
        || look::is_known(profile, host)
        // The portal of the government a department name lies under.
        || below(host)
}

fn successor_host(site: &SiteFacts<'_>) -> Option<String> {
    let target = site.evidence.site.migrated_to.as_ref()?;
    Url::parse(target).ok().map(|u| look::host_of(&u))
}
