//! Kind `idle_name`: names the register files as idle must not resolve any more.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.idle_name]`: none. One subject per idle name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdleName {}

impl Check for IdleName {
    const FACTS: &'static [&'static str] = &["host", "addresses"];

    fn needs(&self) -> Needs {
        Needs { further_names: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let idle = &site.evidence.site.idle;
        if idle.is_empty() {
            return vec![Judgement::not_applicable(Subject::site(), NotApplicable::NoSuchThing)];
        }
        idle.iter().map(|name| judge(site, name)).collect()
    }
}

fn judge(site: &SiteFacts<'_>, name: &str) -> Judgement {
    let subject = Subject::host(name);
    let Some(look) = site.evidence.name(name) else {
        return Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name));
    };
    let seen = Seen::one(Location::at(format!("dns:{name}")));
    let addresses: Vec<String> = look.addresses().iter().map(ToString::to_string).collect();
    if !addresses.is_empty() {
        Judgement::fail(subject, seen, facts! { "host" => name, "addresses" => Fact::List(addresses) })
    } else if let Some(failure) = look.failure() {
        Judgement::undetermined(subject, Undetermined::from_failure(failure))
    } else if look.no_such_name() || look.resolves_to_nothing() {
        Judgement::pass(subject, seen)
    } else {
        Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name))
    }
}
