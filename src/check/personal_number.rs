//! Kind `personal_number`: numbers of people in full on the pages walked (个人信息). Looked for only where the register says so, and
//! never on the home page, whose body is kept as evidence.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::personal::{Personal, PersonalKind};
use crate::evidence::walk::WalkEnd;
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined, WalkPlan};
use crate::facts;

/// Pages named in the problem text.
const EXAMPLES: usize = 3;

/// Parameters of `[check.personal_number]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalNumber {
    pub number: PersonalKind,
}

impl Check for PersonalNumber {
    const FACTS: &'static [&'static str] = &["count", "pages", "masked", "addresses"];

    fn needs(&self) -> Needs {
        Needs { walk: Some(WalkPlan::default()), ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(match self.number {
            PersonalKind::IdNumber => "id_number",
            PersonalKind::MobileList => "mobile_list",
        });
        if let Err(why) = look::own_page(site) {
            return vec![Judgement::undetermined(subject, why)];
        }
        let Some(walk) = site.evidence.walk.as_ref().filter(|w| w.plan.personal) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NotPlanned)];
        };
        let found: Vec<&Personal> = walk.personal.iter().filter(|p| p.kind == self.number).collect();
        let seen = Seen::all(found.iter().map(|p| Location::at(&p.on).quote(&p.masked)).collect());
        vec![match seen {
            Some(seen) => {
                let facts = facts! {
                    "count" => found.iter().map(|p| i64::from(p.count)).sum::<i64>(),
                    "pages" => found.len() as i64,
                    "masked" => found[0].masked.as_str(),
                    "addresses" => Fact::List(found.iter().take(EXAMPLES).map(|p| p.on.clone()).collect()),
                };
                Judgement::fail(subject, seen, facts)
            }
            // The page it stood on may be among those not seen.
            None => match walk.short {
                Some(WalkEnd::Pages | WalkEnd::Links) => Judgement::not_applicable(subject, NotApplicable::NotPlanned),
                Some(_) => Judgement::undetermined(subject, Undetermined::new(Reason::Budget, "")),
                None => {
                    Judgement::pass(subject, Seen::one(Location::at(walk.pages.first().map_or("", |p| p.url.as_str()))))
                }
            },
        }]
    }
}
