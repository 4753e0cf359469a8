//! Kind `alias_target`: an alias (CNAME) whose target does not exist can be taken over by whoever registers the target.

use serde::Deserialize;

use super::kind::Check;
use super::{Judgement, Location, Seen, Subject, look};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.alias_target]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasTarget {}

impl Check for AliasTarget {
    const FACTS: &'static [&'static str] = &["host", "target"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let Some(name) = look::home_name(site) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))];
        };
        let seen = Seen::one(Location::at(format!("dns:{host}")));
        vec![if !name.addresses().is_empty() {
            Judgement::pass(subject, seen)
        } else if let Some(failure) = name.failure() {
            Judgement::undetermined(subject, Undetermined::from_failure(failure))
        } else {
            match name.aliases().last() {
                Some(target) if name.no_such_name() => {
                    Judgement::fail(subject, seen, facts! { "host" => host, "target" => *target })
                }
                // No alias, and no address either: the liveness rules speak of that.
                _ => Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, host)),
            }
        }]
    }
}
