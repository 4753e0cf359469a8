//! Kind `mixed_content`: what an encrypted page loads without encryption (W3C Mixed Content).

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Fetch, Needs, Purpose, SiteFacts};
use crate::facts;

/// Addresses printed of one finding.
const SHOWN: usize = 5;

/// Parameters of `[check.mixed_content]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixedContent {
    /// Scripts, style sheets and frames, which browsers refuse; otherwise pictures and sounds, which they may show.
    pub active: bool,
}

impl Check for MixedContent {
    const FACTS: &'static [&'static str] = &["host", "count", "addresses"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(if self.active { "active" } else { "passive" });
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        if !Url::parse(&page.url).is_ok_and(|u| u.scheme() == "https") {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        }
        let found: Vec<&str> =
            page.insecure.iter().filter(|i| i.active == self.active).map(|i| i.url.as_str()).collect();
        let seen = Seen::one(Location::at(&page.url).quote(found.first().copied().unwrap_or_default()));
        if found.is_empty() || is_upgraded(site) {
            return vec![Judgement::pass(subject, seen)];
        }
        let shown = look::distinct(found.iter().copied());
        let facts = facts! {
            "host" => look::home_host(site),
            "count" => Fact::Number(i64::try_from(shown.len()).unwrap_or(i64::MAX)),
            "addresses" => Fact::List(shown.into_iter().take(SHOWN).collect()),
        };
        vec![Judgement::fail(subject, seen, facts)]
    }
}

/// The answer's policy lets browsers ask for everything over https.
fn is_upgraded(site: &SiteFacts<'_>) -> bool {
    let policy = site.evidence.fetch(Purpose::Home).map(Fetch::last).and_then(|h| h.header("content-security-policy"));
    policy.is_some_and(|p| p.to_ascii_lowercase().contains("upgrade-insecure-requests"))
}
