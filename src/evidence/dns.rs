//! DNS facts: every query with the server it went to and what came back.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Authority, Failure};

/// Record types the program asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    A,
    Aaaa,
    Cname,
    Ns,
    Soa,
    Mx,
    Txt,
    Caa,
    Ds,
}

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// Owner name, lower case, A-labels, no trailing dot.
    pub name: String,
    pub kind: RecordKind,
    pub ttl: u32,
    /// Presentation form: an address, a name without trailing dot, or text.
    pub data: String,
}

/// How a query ended. Only `Answered` carries records; the four negative ends are different facts and are never merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsStatus {
    Answered,
    /// The name exists but has no record of this type.
    NoData,
    /// NXDOMAIN.
    NoSuchName,
    Failed(Failure),
}

/// One question to the configured resolver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DnsQuery {
    pub name: String,
    pub kind: RecordKind,
    /// Resolver the answer came from, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    pub status: DnsStatus,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<DnsAnswer>,
    pub elapsed_ms: u32,
}

/// All that was asked about one host name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameLook {
    /// Lower case, A-labels, no trailing dot.
    pub name: String,
    pub queries: Vec<DnsQuery>,
}

impl NameLook {
    /// The query of this record type, if it was asked.
    pub fn query(&self, kind: RecordKind) -> Option<&DnsQuery> {
        self.queries.iter().find(|q| q.kind == kind)
    }

    /// All addresses, v4 first, in the order of the answers.
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.queries
            .iter()
            .flat_map(|q| &q.answers)
            .filter(|a| matches!(a.kind, RecordKind::A | RecordKind::Aaaa))
            .filter_map(|a| a.data.parse().ok())
            .collect()
    }

    /// Targets of the alias chain, in order.
    pub fn aliases(&self) -> Vec<&str> {
        let mut seen = Vec::new();
        for answer in self.queries.iter().flat_map(|q| &q.answers) {
            if answer.kind == RecordKind::Cname && !seen.contains(&answer.data.as_str()) {
                seen.push(answer.data.as_str());
            }
        }
        seen
    }

    /// True when the resolver said, for v4, that the name does not exist.
    pub fn no_such_name(&self) -> bool {
        self.query(RecordKind::A).is_some_and(|q| q.status == DnsStatus::NoSuchName)
    }

    /// True when both address questions were answered and neither gave an address.
    pub fn resolves_to_nothing(&self) -> bool {
        let answered = |k| {
            self.query(k)
                .is_some_and(|q| matches!(q.status, DnsStatus::NoData | DnsStatus::NoSuchName | DnsStatus::Answered))
        };
        answered(RecordKind::A) && answered(RecordKind::Aaaa) && self.addresses().is_empty()
    }

    /// The first failure among the address questions, if there is no address at all.
    pub fn failure(&self) -> Option<&Failure> {
        if !self.addresses().is_empty() {
            return None;
        }
        self.queries.iter().find_map(|q| match &q.status {
            DnsStatus::Failed(f) => Some(f),
            _ => None,
        })
    }
}

/// The delegation of the zone a name lives in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZoneLook {
    /// The zone cut, lower case, no trailing dot.
    pub zone: String,
    pub ns: DnsQuery,
    pub soa: DnsQuery,
    /// What the parent and the zone's own servers said, when they were asked. Shared by all sites of the zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Arc<Authority>>,
}

impl ZoneLook {
    /// Names of the name servers.
    pub fn name_servers(&self) -> Vec<&str> {
        self.ns.answers.iter().filter(|a| a.kind == RecordKind::Ns).map(|a| a.data.as_str()).collect()
    }
}
