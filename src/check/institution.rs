//! Kind `institution`: names of governments are for bodies of the party and the state (互联网政务应用安全管理规定第五条,
//! 国办函〔2018〕55号). Whether an institution holds administrative duties the register says, not the page.

use serde::Deserialize;

use super::host_name::ends_in;
use super::kind::Check;
use super::{Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Needs, SiteFacts, UnitNature};
use crate::facts;

/// Parameters of `[check.institution]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    /// Endings kept for bodies of the party and the state, A-labels, without leading dot.
    pub suffixes: Vec<String>,
}

impl Check for Institution {
    const FACTS: &'static [&'static str] = &["host", "nature"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let profile = &site.evidence.site;
        let host = look::home_host(site);
        let seen = Seen::one(Location::at(profile.url.trim()));
        let reserved = self.suffixes.iter().any(|s| ends_in(&host, s));
        vec![match profile.nature {
            None => Judgement::not_applicable(subject, NotApplicable::NoExpectation),
            Some(nature @ (UnitNature::Institution | UnitNature::Company)) if reserved => {
                let nature = super::Fact::label("nature", nature.key());
                Judgement::fail(subject, seen, facts! { "host" => host, "nature" => nature })
            }
            Some(_) => Judgement::pass(subject, seen),
        }]
    }
}
