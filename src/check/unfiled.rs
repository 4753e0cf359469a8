//! Kind `unfiled`: a cloud host turns visitors away because the name has no ICP filing there. Seen from the network only, so
//! a person decides.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, Seen, Subject, look};
use crate::evidence::{Cause, Fetch, Home, Needs, Purpose, SiteFacts, block};
use crate::facts;

/// Parameters of `[check.unfiled]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfiled {}

impl Check for Unfiled {
    const FACTS: &'static [&'static str] = &["host", "sign"];

    fn needs(&self) -> Needs {
        Needs { other_scheme: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let mut looked =
            site.evidence.fetches.iter().filter(|f| matches!(f.purpose, Purpose::Home | Purpose::OtherScheme));
        if let Some(refused) = looked.find(|f| is_notice(f)) {
            // Such hosts end the handshake as soon as the name is spoken.
            let reset = matches!(&site.home, Home::Failed(failure) if failure.cause == Cause::TlsReset);
            let facts = facts! {
                "host" => look::home_host(site),
                "sign" => Fact::label("unfiled_sign", if reset { "page_and_reset" } else { "page" }),
            };
            return vec![Judgement::fail(subject, Seen::one(Location::at(&refused.last().url)), facts)];
        }
        match &site.home {
            // Who stands before the site is not seen behind a protection device or a refusal to talk.
            Home::Failed(_) | Home::NotLooked | Home::Blocked { .. } | Home::Unreadable(_) => {
                vec![Judgement::undetermined(subject, site.home_missing())]
            }
            Home::Page(_) | Home::ErrorStatus(_) => {
                let at = look::landed(site).map_or_else(|| site.evidence.site.url.clone(), |u| u.to_string());
                vec![Judgement::pass(subject, Seen::one(Location::at(at)))]
            }
        }
    }
}

/// The cloud host's own refusal stands in place of the site.
fn is_notice(fetch: &Fetch) -> bool {
    let Some((status, hop)) = fetch.answered() else { return false };
    let body = hop.body.as_ref().map_or(&[][..], |b| &b.bytes);
    block::recognise(status, &hop.headers, body) == Some(block::UNFILED)
}
