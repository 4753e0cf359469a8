//! Kind `reachable`: how far a visitor gets. One look is never enough to call a site dead; the rules' `suspect` policy asks
//! for spaced visits.

use serde::Deserialize;

use super::kind::Check;
use super::look::Silence;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Failure, Home, Needs, Purpose, Reason, SiteFacts, Stage, Undetermined};
use crate::facts;

/// Parameters of `[check.reachable]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reachable {
    pub stage: Step,
}

/// The steps of opening a page, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The name has an address.
    Dns,
    /// A server accepts the connection.
    Tcp,
    /// The handshake completes; the certificate is another matter.
    Tls,
    /// A usable page comes back.
    Http,
}

/// Where the look at the home page ended.
enum End<'a> {
    Opened,
    /// Answered at all, but whether with the site's page is open.
    Unclear(Undetermined),
    Status(u16),
    Failed(Step, &'a Failure),
    /// Nothing can be said of any step.
    Unknown(Undetermined),
}

impl Check for Reachable {
    const FACTS: &'static [&'static str] = &["cause", "host", "seconds"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        if self.stage == Step::Tls && !uses_tls(site) {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        }
        let end = end(site);
        let reached = match &end {
            End::Unknown(why) => return vec![Judgement::undetermined(subject, why.clone())],
            End::Failed(step, _) => *step,
            End::Opened | End::Unclear(_) | End::Status(_) => Step::Http,
        };
        if self.stage > reached {
            let why = match end {
                End::Failed(_, failure) => Undetermined::new(Reason::Dependency, failure.cause.key()),
                _ => Undetermined::new(Reason::Dependency, ""),
            };
            return vec![Judgement::undetermined(subject, why)];
        }
        let seen = Seen::one(Location::at(last_address(site)));
        if self.stage < reached {
            return vec![Judgement::pass(subject, seen)];
        }
        let (silence, cause, elapsed) = match end {
            End::Opened | End::Unknown(_) => return vec![Judgement::pass(subject, seen)],
            End::Unclear(why) => return vec![Judgement::undetermined(subject, why)],
            End::Status(status) => (look::status_silence(status), Fact::from(format!("HTTP {status}")), total_ms(site)),
            End::Failed(_, failure) => {
                (look::heard(site, failure), Fact::label("cause", failure.cause.key()), failure.elapsed_ms)
            }
        };
        vec![match silence {
            Silence::Unknown(why) => Judgement::undetermined(subject, why),
            Silence::Dead => {
                let host = look::landed(site).map_or_else(|| look::home_host(site), |u| look::host_of(&u));
                let seconds = format!("{}.{}", elapsed / 1000, elapsed % 1000 / 100);
                Judgement::fail(subject, seen, facts! { "cause" => cause, "host" => host, "seconds" => seconds })
            }
        }]
    }
}

fn end<'a>(site: &'a SiteFacts<'_>) -> End<'a> {
    if let Some(failure) = &site.around {
        return End::Failed(Step::Tls, failure);
    }
    match &site.home {
        Home::Page(_) => End::Opened,
        Home::Blocked { family, .. } => End::Unclear(Undetermined::new(Reason::Blocked, *family)),
        Home::ErrorStatus(status) => End::Status(*status),
        Home::Unreadable(why) => End::Unclear(why.clone()),
        Home::Failed(failure) => match failure.stage {
            _ if failure.cause.is_own_side() => End::Unknown(Undetermined::from_failure(failure)),
            Stage::Own => End::Unknown(Undetermined::from_failure(failure)),
            Stage::Dns => End::Failed(Step::Dns, failure),
            Stage::Tcp => End::Failed(Step::Tcp, failure),
            Stage::Tls => End::Failed(Step::Tls, failure),
            Stage::Http | Stage::Body => End::Failed(Step::Http, failure),
            Stage::Parse => End::Unclear(Undetermined::new(Reason::Parse, failure.cause.key())),
        },
        Home::NotLooked => End::Unknown(site.home_missing()),
    }
}

fn uses_tls(site: &SiteFacts<'_>) -> bool {
    let https = |url: &str| url.trim_start().get(..8).is_some_and(|head| head.eq_ignore_ascii_case("https://"));
    match site.evidence.fetch(Purpose::Home) {
        Some(fetch) => fetch.hops.iter().any(|h| https(&h.url)),
        None => https(&site.evidence.site.url),
    }
}

fn last_address(site: &SiteFacts<'_>) -> String {
    match site.evidence.fetch(Purpose::Home) {
        Some(fetch) => fetch.last().url.clone(),
        None => site.evidence.site.url.clone(),
    }
}

fn total_ms(site: &SiteFacts<'_>) -> u32 {
    site.evidence.fetch(Purpose::Home).map_or(0, |f| f.last().timing.total_ms)
}
