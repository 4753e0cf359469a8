//! Kind `mixed_content`: what an encrypted page loads or sends without encryption (W3C Mixed Content).

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::Load;
use crate::evidence::{Cause, Needs, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Addresses printed of one finding.
const SHOWN: usize = 5;

/// Parameters of `[check.mixed_content]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixedContent {
    pub load: Loaded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loaded {
    /// Scripts, style sheets and frames, which browsers refuse.
    Active,
    /// Pictures and sounds, which they may show.
    Passive,
    /// Where forms send what visitors typed in.
    Form,
}

impl Loaded {
    fn key(self) -> &'static str {
        match self {
            Loaded::Active => "active",
            Loaded::Passive => "passive",
            Loaded::Form => "form",
        }
    }

    fn is(self, load: Load) -> bool {
        matches!(
            (self, load),
            (Loaded::Active, Load::Active) | (Loaded::Passive, Load::Passive) | (Loaded::Form, Load::Form)
        )
    }
}

impl Check for MixedContent {
    const FACTS: &'static [&'static str] = &["host", "count", "addresses"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(self.load.key());
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        if !Url::parse(&page.url).is_ok_and(|u| u.scheme() == "https") {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        }
        let found: Vec<&str> =
            page.insecure.iter().filter(|i| self.load.is(i.load) && !is_here(&i.url)).map(|i| i.url.as_str()).collect();
        let seen = Seen::one(Location::at(&page.url).quote(found.first().copied().unwrap_or_default()));
        if is_upgraded(site) {
            return vec![Judgement::pass(subject, seen)];
        }
        if found.is_empty() {
            // What the page goes on with was not read.
            let cut = site.evidence.fetch(Purpose::Home).and_then(|f| f.last().body.as_ref()).is_some_and(|b| b.cut);
            return vec![match cut {
                true => Judgement::undetermined(subject, Undetermined::new(Reason::Budget, Cause::HttpTooLarge.key())),
                false => Judgement::pass(subject, seen),
            }];
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

/// A visitor's own machine, a forgotten address of the page's author; browsers trust it.
fn is_here(url: &str) -> bool {
    Url::parse(url).is_ok_and(|u| matches!(u.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

/// The answer's policy lets browsers ask for everything over https.
fn is_upgraded(site: &SiteFacts<'_>) -> bool {
    let hop = site.evidence.fetch(Purpose::Home).map(|f| f.last());
    let mut policies = hop.into_iter().flat_map(|h| &h.headers).filter(|(name, _)| name == "content-security-policy");
    policies.any(|(_, policy)| policy.to_ascii_lowercase().contains("upgrade-insecure-requests"))
}
