//! Kind `name_servers`: how many name servers answer for the zone (RFC 2182 §5: at least two).

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, Seen, Subject, look};
use crate::evidence::{DnsStatus, Needs, Reason, SiteFacts, Undetermined, ZoneLook};
use crate::facts;

/// Parameters of `[check.name_servers]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameServers {
    pub at_least: usize,
}

impl Check for NameServers {
    const FACTS: &'static [&'static str] = &["zone", "count", "servers"];

    fn needs(&self) -> Needs {
        Needs { zone: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let holds = |z: &&ZoneLook| host == z.zone || host.strip_suffix(&z.zone).is_some_and(|r| r.ends_with('.'));
        let Some(zone) = site.evidence.zones.iter().filter(holds).max_by_key(|z| z.zone.len()) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))];
        };
        let servers = look::distinct(zone.name_servers().into_iter());
        let seen = Seen::one(Location::at(format!("dns:{}", zone.zone)));
        vec![match &zone.ns.status {
            DnsStatus::Failed(failure) => Judgement::undetermined(subject, Undetermined::from_failure(failure)),
            DnsStatus::Answered if servers.len() >= self.at_least => Judgement::pass(subject, seen),
            DnsStatus::Answered if !servers.is_empty() => {
                let count = i64::try_from(servers.len()).unwrap_or(i64::MAX);
                let facts = facts! {
                    "zone" => zone.zone.as_str(),
                    "count" => Fact::Number(count),
                    "servers" => Fact::List(servers),
                };
                Judgement::fail(subject, seen, facts)
            }
            _ => Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, &zone.zone)),
        }]
    }
}
