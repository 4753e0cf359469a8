//! Kind `address_scope`: a public name must not lead to addresses the public cannot reach.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Home, Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.address_scope]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressScope {}

impl Check for AddressScope {
    const FACTS: &'static [&'static str] = &["host", "addresses"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let Some(name) = look::home_name(site) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))];
        };
        let addresses = name.addresses();
        let private: Vec<String> =
            addresses.iter().filter(|a| look::is_private(**a)).map(ToString::to_string).collect();
        let seen = Seen::one(Location::at(format!("dns:{host}")));
        vec![if addresses.is_empty() {
            let why = match name.failure() {
                Some(failure) => Undetermined::from_failure(failure),
                None => Undetermined::new(Reason::Dependency, host),
            };
            Judgement::undetermined(subject, why)
        } else if private.is_empty() {
            Judgement::pass(subject, seen)
        } else if private.len() < addresses.len() {
            Judgement::fail(subject, seen, facts! { "host" => host, "addresses" => Fact::List(private) })
        } else if matches!(site.home, Home::Page(_) | Home::ErrorStatus(_) | Home::Blocked { .. } | Home::Unreadable(_))
        {
            // We stand inside that network ourselves: what the public is told cannot be seen from here.
            Judgement::not_applicable(subject, NotApplicable::NoSuchThing)
        } else {
            // An intranet site or a mistake: only someone who knows the network can tell.
            Judgement::undetermined(subject, Undetermined::new(Reason::PrivateNetwork, private.join(" ")))
        }]
    }
}
