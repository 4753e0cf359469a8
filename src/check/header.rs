//! Kind `header`: a response header of the home page.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::page_text::Expect;
use super::{Judgement, Location, Seen, Subject, look};
use crate::evidence::{Needs, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.header]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name of the header, any case.
    pub name: String,
    /// Regular expression over the value; without it any value matches.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    pub expect: Expect,
}

impl Check for Header {
    const FACTS: &'static [&'static str] = &["name", "value"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        // The headers of a block page or of an error are not those of the site's page.
        let purpose = if site.around.is_some() { Purpose::OtherScheme } else { Purpose::Home };
        let hop = match (look::own_page(site), site.evidence.fetch(purpose)) {
            (Ok(_), Some(fetch)) => fetch.last(),
            (Ok(_), None) => return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, ""))],
            (Err(why), _) => return vec![Judgement::undetermined(subject, why)],
        };
        let found = hop
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(&self.name))
            .find(|(_, value)| self.pattern.as_ref().is_none_or(|p| p.is_match(value)));
        let value = found.map(|(_, v)| v.as_str()).unwrap_or_default();
        let seen = Seen::one(Location::at(&hop.url).quote(value));
        vec![match (self.expect, found.is_some()) {
            (Expect::Present, true) | (Expect::Absent, false) => Judgement::pass(subject, seen),
            _ => Judgement::fail(subject, seen, facts! { "name" => self.name.as_str(), "value" => value }),
        }]
    }
}
