//! Kind `home_standing`: what a site shows in the place of its content, against what its filed status allows.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::Standing;
use crate::evidence::{Needs, OFFICE, SiteFacts};
use crate::facts;

/// Parameters of `[check.home_standing]`. The rule's `applies` says under which status.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeStanding {
    /// What must not be shown.
    pub shows: Vec<Standing>,
}

impl Check for HomeStanding {
    const FACTS: &'static [&'static str] = &["address", "standing", "title", "quote"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let profile = &site.evidence.site;
        let today = OFFICE.to_datetime(site.evidence.started_at).date();
        if profile.status_since.is_some_and(|since| today < since) {
            return vec![Judgement::not_applicable(subject, NotApplicable::NotDue)];
        }
        let (page, standing) = match look::standing(site) {
            Ok(found) => found,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let quote = page.text.lines().find(|l| !l.trim().is_empty()).unwrap_or(&page.title);
        let seen = Seen::one(Location::at(&page.url).quote(quote));
        vec![match self.shows.contains(&standing) {
            false => Judgement::pass(subject, seen),
            true => {
                let facts = facts! {
                    "address" => page.url.as_str(),
                    "standing" => Fact::label("standing", standing.key()),
                    "title" => page.title.as_str(),
                    "quote" => quote,
                };
                Judgement::fail(subject, seen, facts)
            }
        }]
    }
}
