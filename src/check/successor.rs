//! Kind `successor`: the site a closed one was migrated to must be there.

use serde::Deserialize;

use super::kind::Check;
use super::look::Silence;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Cause, Needs, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.successor]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Successor {}

impl Check for Successor {
    const FACTS: &'static [&'static str] = &["address", "cause"];

    fn needs(&self) -> Needs {
        Needs { successor: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::field("migrated_to");
        let Some(target) = &site.evidence.site.migrated_to else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        let Some(fetch) = site.evidence.fetch(Purpose::Successor) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, target))];
        };
        let seen = Seen::one(Location::at(target));
        let dead = |cause: Fact| {
            let facts = facts! { "address" => target.as_str(), "cause" => cause };
            Judgement::fail(subject.clone(), seen.clone(), facts)
        };
        vec![match (fetch.failure(), fetch.answered()) {
            (Some(failure), _) if is_gone(failure.cause) => dead(Fact::label("cause", failure.cause.key())),
            (Some(failure), _) => Judgement::undetermined(subject, Undetermined::from_failure(failure)),
            (None, Some((status @ (404 | 410), _))) => dead(Fact::from(format!("HTTP {status}"))),
            (None, Some((200..=399, _))) => Judgement::pass(subject, seen),
            (None, Some((status @ 500..=599, _))) => {
                Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, format!("http_{status}")))
            }
            (None, Some((status, _))) => match look::status_silence(status) {
                Silence::Unknown(why) => Judgement::undetermined(subject, why),
                Silence::Dead => dead(Fact::from(format!("HTTP {status}"))),
            },
            (None, None) => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, target)),
        }]
    }
}

/// Answers, not hiccups: this finding is not spread over several visits.
fn is_gone(cause: Cause) -> bool {
    matches!(cause, Cause::DnsNoSuchName | Cause::DnsNoData | Cause::TcpRefused)
}
