//! Kind `idle_name`: names the register files as idle must not resolve any more.

use serde::Deserialize;

use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, further_name, look};
use crate::evidence::facts::page_of;
use crate::evidence::page::Standing;
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.idle_name]`: none. One subject per idle name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdleName {}

impl Check for IdleName {
    const FACTS: &'static [&'static str] = &["host", "addresses", "answer"];

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
        let answer = Fact::label("standing", answer(site, name));
        Judgement::fail(
            subject,
            seen,
            facts! { "host" => name, "addresses" => Fact::List(addresses), "answer" => answer },
        )
    } else if let Some(failure) = look.failure() {
        Judgement::undetermined(subject, Undetermined::from_failure(failure))
    } else if look.no_such_name() || look.resolves_to_nothing() {
        Judgement::pass(subject, seen)
    } else {
        Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name))
    }
}

/// What stands under a name that still resolves: a key of the label group `standing`.
fn answer(site: &SiteFacts<'_>, name: &str) -> &'static str {
    let Some((index, fetch)) = further_name::fetched(site, name) else { return "unseen" };
    let landed = Url::parse(&fetch.last().url).map(|u| look::host_of(&u)).unwrap_or_default();
    match fetch.answered() {
        _ if fetch.hops.len() > 1 && landed != name => match look::is_known(&site.evidence.site, &landed) {
            true => "handed",
            false => "astray",
        },
        Some((200..=299, _)) => Standing::of(&page_of(site.evidence, index)).key(),
        Some(_) => "error",
        None => "nobody",
    }
}
