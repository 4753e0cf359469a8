//! Kind `dns_record`: a record of the site's own name that must, or must not, be there.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::page_text::Expect;
use super::{Fact, Judgement, Location, Seen, Subject, look};
use crate::evidence::{DnsStatus, Needs, Reason, RecordKind, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.dns_record]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsRecord {
    /// `A`, `AAAA`, `CNAME`, `NS`, `SOA`, `MX`, `TXT`, `CAA`, `DS`.
    pub record: RecordKind,
    /// Regular expression over the data; without it any record matches.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    pub expect: Expect,
}

impl Check for DnsRecord {
    const FACTS: &'static [&'static str] = &["host", "values"];

    fn needs(&self) -> Needs {
        Needs { records: [self.record].into(), ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let Some(query) = look::home_name(site).and_then(|n| n.query(self.record)) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))];
        };
        match &query.status {
            DnsStatus::Failed(failure) => {
                return vec![Judgement::undetermined(subject, Undetermined::from_failure(failure))];
            }
            // A name that does not exist lacks everything; the liveness rules say so.
            DnsStatus::NoSuchName => {
                return vec![Judgement::undetermined(
                    subject,
                    Undetermined::new(Reason::Dependency, "dns_no_such_name"),
                )];
            }
            DnsStatus::NoData | DnsStatus::Answered => {}
        }
        let data = query.answers.iter().filter(|a| a.kind == self.record).map(|a| a.data.as_str());
        let found: Vec<&str> = data.filter(|d| self.pattern.as_ref().is_none_or(|p| p.is_match(d))).collect();
        let seen = Seen::one(Location::at(format!("dns:{host}")).quote(&found.join(" ")));
        vec![match (self.expect, found.is_empty()) {
            (Expect::Present, false) | (Expect::Absent, true) => Judgement::pass(subject, seen),
            _ => {
                let values = look::distinct(found.into_iter());
                Judgement::fail(subject, seen, facts! { "host" => host, "values" => Fact::List(values) })
            }
        }]
    }
}
