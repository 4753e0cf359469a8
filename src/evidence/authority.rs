//! What a zone's parent and the zone's own servers said, each asked directly and without recursion.
//!
//! Start reading at [`Authority`]. A question that was not put leaves [`Direct::NotAsked`], never a hole: nothing may be
//! concluded about a server that was not asked.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cause, DnsStatus, Failure};

/// One direct look at a zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authority {
    pub parent: ParentLook,
    /// One entry per server name and address, those the parent names first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerLook>,
    /// What is known of each server's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostLook>,
    /// Texts of the TXT records at the zone's own name, one per record; `None` when they were not brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Vec<String>>,
    /// The target when the master named in the SOA record is an alias, empty when it is none; `None` when not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_alias: Option<String>,
    /// `None` when a server that works did not show it, or the zone neither is signed nor ought to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// Questions sent for this zone, repeats included, to resolvers and servers together.
    pub queries: u32,
    /// Bytes sent and received over UDP and TCP towards the servers, without headers below DNS.
    pub bytes: u64,
}

/// The parent's side of the delegation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParentLook {
    /// The parent zone, lower case, no trailing dot; empty for the root.
    pub zone: String,
    /// Servers of the parent that were asked, `name/address`.
    pub asked: Vec<String>,
    pub said: ParentSaid,
    /// Name servers of the delegation, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Addresses the parent gave along with names inside the zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glue: Vec<Glue>,
    /// Whether one of its servers answered over TCP; asked only when none of the zone's did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<bool>,
    /// DS records, `key-tag algorithm digest-type digest`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ds: Vec<String>,
    /// Whether anybody relies on these: they came with the parent's signature, and the parent has DS records itself.
    /// `None` where that was not found out; a packet filter that strips signatures looks like a parent without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<bool>,
}

/// The addresses of a server's name: inside the zone as the zone itself tells them, elsewhere as the resolver does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostLook {
    pub name: String,
    /// `Answered` when there is an address.
    pub said: DnsStatus,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The target when the name is an alias, which RFC 2181 §10.3 forbids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glue {
    pub name: String,
    pub address: IpAddr,
}

/// How the question for the delegation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentSaid {
    /// A referral.
    Delegates,
    /// The same server serves the zone itself: no referral is to be seen.
    Serves,
    /// Every server asked said, with authority, that there is no such name.
    NoSuchName,
    /// Every server asked said, with authority, that the name has no delegation.
    NoDelegation,
    /// The parent could not be asked, or answered in a way that a parent does not: from here nothing can be said.
    Failed(Failure),
}

/// One server at one address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerLook {
    /// Lower case, no trailing dot.
    pub name: String,
    pub address: IpAddr,
    /// Named in the parent's delegation.
    pub by_parent: bool,
    /// Named by the zone itself.
    pub by_zone: bool,
    /// The question for the zone's SOA over UDP, with its repeats.
    pub udp: Direct,
    /// Tries over UDP that stayed unanswered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u8,
    /// The same question over TCP.
    pub tcp: Direct,
    /// SOA records of its whole answer; `None` when none came whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soa: Option<Vec<Soa>>,
    /// The name servers this server says the zone has, sorted; `None` when it was not asked or did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ns: Option<Vec<String>>,
    /// Whether it looks up foreign names for strangers; `None`: not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
    /// Whether it hands the whole zone to strangers; `None`: not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers: Option<bool>,
    /// The version it tells; empty when it tells none, `None` when not found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

impl ServerLook {
    /// `name/address`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.name, self.address)
    }

    /// Over at least one transport it answered with authority for the zone.
    pub fn works(&self) -> bool {
        self.udp == Direct::Authoritative || self.tcp == Direct::Authoritative
    }
}

/// The fields of a SOA record that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Soa {
    pub master: String,
    pub serial: u32,
}

/// How one question to one server ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direct {
    /// Answered with authority for the zone.
    Authoritative,
    /// Answered, but does not claim authority: it knows the zone no better than anybody.
    Lame,
    /// Said, with authority, that the name does not exist.
    NoSuchName,
    Refused,
    ServerFailure,
    /// Another response code.
    Code(u16),
    Failed(Failure),
    NotAsked(Cause),
}

/// DNSSEC of the zone as the best of its working servers shows it: where one has not yet heard of a new key, another has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signing {
    /// `name/address` of the server.
    pub server: String,
    /// Keys of the zone.
    pub keys: Vec<KeyFact>,
    /// Whether a key answers a DS record of the parent; `None` when no digest could be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ds_matches: Option<bool>,
    /// The signature over the keys, made by a key that a DS record names.
    pub keys_signed: Signature,
    /// The signature over the SOA record.
    pub soa_signed: Signature,
}

impl Signing {
    /// Whether a visitor whose resolver validates gets through.
    pub fn holds(&self) -> bool {
        let valid = |s: &Signature| matches!(s, Signature::Valid { .. });
        self.ds_matches == Some(true) && valid(&self.keys_signed) && valid(&self.soa_signed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFact {
    pub tag: u16,
    pub algorithm: u8,
    pub flags: u16,
}

/// What a signature is worth at the time of the look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    Valid {
        until: Timestamp,
    },
    Expired {
        since: Timestamp,
    },
    NotYet {
        from: Timestamp,
    },
    /// The mathematics do not agree.
    Wrong,
    Missing,
    /// An algorithm this program cannot compute.
    Unsupported,
    NotAsked,
}
