//! Kind `ipv6_claim`: a page that says it supports IPv6, at a name without an IPv6 address.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::{Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{DnsStatus, Needs, Reason, RecordKind, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.ipv6_claim]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ipv6Claim {
    /// Regular expression over one short line of visible text.
    pub text: Pattern,
}

/// Longest line that is a claim and not a sentence of an article, characters.
const CLAIM_MAX: usize = 24;

impl Check for Ipv6Claim {
    const FACTS: &'static [&'static str] = &["claim", "host"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let mut lines = page.text.lines().map(str::trim).filter(|l| l.chars().count() <= CLAIM_MAX);
        let Some(claim) = lines.find(|l| self.text.is_match(l)) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        };
        let host = look::home_host(site);
        let seen = Seen::one(Location::at(&page.url).quote(claim));
        let query = look::home_name(site).and_then(|n| n.query(RecordKind::Aaaa));
        vec![match query.map(|q| &q.status) {
            Some(DnsStatus::Answered) => Judgement::pass(subject, seen),
            Some(DnsStatus::NoData) => Judgement::fail(subject, seen, facts! { "claim" => claim, "host" => host }),
            Some(DnsStatus::Failed(failure)) => Judgement::undetermined(subject, Undetermined::from_failure(failure)),
            Some(DnsStatus::NoSuchName) | None => {
                Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))
            }
        }]
    }
}
