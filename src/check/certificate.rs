//! Kinds `certificate` and `certificate_expiry`: the certificates a visitor of the registered address meets.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{CertFacts, CertFault, CertNote, Needs, Purpose, Reason, SiteFacts, TlsLook, Undetermined};
use crate::facts;

/// Parameters of `[check.certificate]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The faults this rule objects to; they make one defect class together.
    #[serde(default)]
    pub faults: Vec<CertFault>,
    /// What is no fault and still worth a hint; part of the class.
    #[serde(default)]
    pub notes: Vec<CertNote>,
    /// Faults that another rule reports and that explain ours.
    #[serde(default)]
    pub unless: Vec<CertFault>,
}

impl Check for Certificate {
    const FACTS: &'static [&'static str] = &[
        "host",
        "port",
        "faults",
        "not_before",
        "not_after",
        "issuer",
        "missing",
        "subject",
        "names",
        "key",
        "signature",
    ];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let faults = self.faults.iter().map(|f| f.key());
        let class = faults.chain(self.notes.iter().map(|n| n.key())).collect::<Vec<_>>().join(",");
        over_endpoints(site, &class, |look, subject, seen| {
            let faults = look.faults.iter().filter(|f| self.faults.contains(f)).map(|f| Fact::label("fault", f.key()));
            let notes = look.notes.iter().filter(|n| self.notes.contains(n)).map(|n| Fact::label("note", n.key()));
            let dated = |f: &CertFault| matches!(f, CertFault::Expired | CertFault::NotYetValid);
            // The first names the class; a rule with several lists them by how grave they are.
            let found = faults.chain(notes).next();
            if site.evidence.clock_off.is_some() && self.faults.iter().any(dated) {
                return clock(site, subject);
            }
            match found {
                None => Judgement::pass(subject, seen),
                Some(_) if look.faults.iter().any(|f| self.unless.contains(f)) => {
                    Judgement::not_applicable(subject, NotApplicable::Absent)
                }
                Some(found) => Judgement::fail(subject, seen, certificate_facts(look, found)),
            }
        })
    }
}

fn certificate_facts(look: &TlsLook, found: Fact) -> super::Facts {
    let leaf = look.chain.first();
    let text = |value: Option<&String>| match value.map(String::as_str) {
        None | Some("") => Fact::label("value", "absent"),
        Some(value) => Fact::from(value),
    };
    let dated = |out: &dyn Fn(&&CertFacts) -> bool| look.chain.iter().find(out).or(leaf);
    let instant = |at: Option<Timestamp>| at.map_or_else(|| Fact::label("value", "absent"), Fact::Instant);
    let names = leaf.map(|c| c.names.iter().take(5).cloned().collect::<Vec<_>>()).unwrap_or_default();
    facts! {
        "host" => look.host.as_str(),
        "port" => Fact::Number(i64::from(look.port)),
        "faults" => found,
        // Of the certificate that is out of time, which may be one above the site's own.
        "not_before" => instant(dated(&|c| look.at < c.not_before).map(|c| c.not_before)),
        "not_after" => instant(dated(&|c| look.at > c.not_after).map(|c| c.not_after)),
        "issuer" => text(leaf.map(|c| &c.issuer)),
        "missing" => text(look.missing_issuer.as_ref().or(leaf.map(|c| &c.issuer))),
        "subject" => text(leaf.map(|c| &c.subject)),
        "names" => if names.is_empty() { Fact::label("value", "absent") } else { Fact::List(names) },
        "key" => text(leaf.map(|c| &c.key)),
        "signature" => text(leaf.map(|c| &c.signature)),
    }
}

/// A date cannot be judged by a clock that is wrong.
fn clock(site: &SiteFacts<'_>, subject: Subject) -> Judgement {
    let off = site.evidence.clock_off.unwrap_or_default();
    Judgement::undetermined(subject, Undetermined::new(Reason::Clock, format!("{off}s")))
}

/// Parameters of `[check.certificate_expiry]`: one rung of a ladder. Rungs of one family speak of one subject, so a problem rises
/// from rung to rung and stays the same one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateExpiry {
    /// Warn when fewer than this many days are left.
    pub days: u32,
    /// With fewer than this many days left the next rung speaks.
    #[serde(default)]
    pub above: u32,
}

/// Validity for which the rungs are meant as written, days; they shrink with certificates of a shorter life, which are renewed
/// in their last days by design.
const FULL_LIFE: i64 = 90;

impl Check for CertificateExpiry {
    const FACTS: &'static [&'static str] = &["host", "port", "not_after", "days_left"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        over_endpoints(site, CertFault::Expired.key(), |look, subject, seen| {
            if site.evidence.clock_off.is_some() {
                return clock(site, subject);
            }
            let Some(leaf) = look.chain.first() else {
                return Judgement::undetermined(subject, Undetermined::new(Reason::Parse, &look.host));
            };
            let left = leaf.not_after.as_second() - look.at.as_second();
            let life = (leaf.not_after.as_second() - leaf.not_before.as_second()).clamp(0, FULL_LIFE * DAY);
            let rung = |days: u32| i64::from(days) * life / FULL_LIFE;
            if left < rung(self.above) || left < 0 {
                // The next rung speaks of that, or the rule about expired certificates.
                Judgement::not_applicable(subject, NotApplicable::Absent)
            } else if left < rung(self.days) {
                let facts = facts! {
                    "host" => look.host.as_str(),
                    "port" => Fact::Number(i64::from(look.port)),
                    "not_after" => Fact::Instant(leaf.not_after),
                    "days_left" => Fact::Number(left / DAY),
                };
                Judgement::fail(subject, seen, facts)
            } else {
                Judgement::pass(subject, seen)
            }
        })
    }
}

const DAY: i64 = 86_400;

/// One judgement per endpoint: the registered https address and the https hops of the home page. The other scheme of a plain
/// site is a side door nobody was sent to.
fn over_endpoints(
    site: &SiteFacts<'_>,
    class: &str,
    judge: impl Fn(&TlsLook, Subject, Seen) -> Judgement,
) -> Vec<Judgement> {
    let endpoints = endpoints(site);
    if endpoints.is_empty() {
        let subject = Subject::endpoint(&look::home_host(site), 443, class);
        return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
    }
    let answers = endpoints.into_iter().map(|(host, port, found)| {
        let subject = Subject::endpoint(&host, port, class);
        match found {
            Some(look) if look.failure.is_none() && look.judged => {
                judge(look, subject, Seen::one(Location::at(format!("tls:{host}:{port}"))))
            }
            Some(TlsLook { failure: Some(failure), .. }) => {
                Judgement::undetermined(subject, Undetermined::from_failure(failure))
            }
            Some(_) => Judgement::undetermined(subject, Undetermined::new(Reason::Parse, host)),
            None => Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, host)),
        }
    });
    answers.collect()
}

/// https endpoints in the order a visitor meets them, each with its last handshake.
pub(super) fn endpoints<'a>(site: &'a SiteFacts<'_>) -> Vec<(String, u16, Option<&'a TlsLook>)> {
    let mut found: Vec<(String, u16, Option<&TlsLook>)> = Vec::new();
    let hops = site.evidence.fetch(Purpose::Home).map(|f| f.hops.as_slice()).unwrap_or_default();
    let addresses = look::registered(site).into_iter().map(|u| (u, None));
    let addresses = addresses.chain(hops.iter().filter_map(|h| Some((Url::parse(&h.url).ok()?, h.tls))));
    for (url, index) in addresses.filter(|(u, _)| u.scheme() == "https") {
        let (host, port) = (look::host_of(&url), url.port().unwrap_or(443));
        let own = index.and_then(|i| site.evidence.tls.get(i));
        let look = own.or_else(|| site.evidence.tls.iter().rev().find(|t| t.host == host && t.port == port));
        match found.iter_mut().find(|(h, p, _)| *h == host && *p == port) {
            Some(known) => known.2 = own.or(known.2).or(look),
            None => found.push((host, port, look)),
        }
    }
    found
}
