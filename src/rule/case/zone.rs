//! `[case.zone]`: the direct look at the site's zone where it differs from a healthy one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::DnsEnd;
use crate::evidence::{
    Authority, Cause, Direct, DnsStatus, Failure, Glue, HostLook, KeyFact, ParentLook, ParentSaid, ServerLook,
    Signature, Signing, Soa, Stage,
};

/// Two networks for documentation (RFC 5737).
const NETWORKS: [[u8; 3]; 2] = [[192, 0, 2], [198, 51, 100]];

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneCase {
    pub parent: Option<Parent>,
    /// Name servers the parent names.
    pub delegation: Option<Vec<String>>,
    /// `name/address` given along by the parent.
    #[serde(default)]
    pub glue: Vec<Hosted>,
    #[serde(default)]
    pub ds: Vec<String>,
    /// Servers by name; a name the parent does not list is the zone's own addition.
    #[serde(default)]
    pub servers: BTreeMap<String, ServerCase>,
    pub texts: Option<Vec<String>>,
    pub master_alias: Option<String>,
    pub signing: Option<Signed>,
    /// Whether the parent's DS records are signed and relied on; without it, they are.
    pub vouched: Option<Vouched>,
}

/// How the parent answered; without it, by a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parent {
    Serves,
    NoSuchName,
    NoDelegation,
    Failed,
}

impl Parent {
    /// Says that there is no such zone.
    pub(super) fn denies(self) -> bool {
        matches!(self, Parent::NoSuchName | Parent::NoDelegation)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCase {
    pub address: Option<IpAddr>,
    pub udp: Option<Said>,
    pub tcp: Option<Said>,
    pub ns: Option<Vec<String>>,
    /// `master serial` of each SOA record.
    pub soa: Option<Vec<String>>,
    pub recursive: Option<bool>,
    pub transfers: Option<bool>,
    pub version: Option<String>,
    pub alias: Option<String>,
    /// How the question for the address of its name ended.
    pub dns: Option<DnsEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Authoritative,
    Lame,
    Refused,
    ServerFailure,
    /// No answer to any try.
    Silent,
    /// A failure between lost datagrams.
    Stressed,
    NotAsked,
    /// Not contacted, because its address is an inner one.
    Barred,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    Valid,
    NoKeys,
    OtherKey,
    Expired,
    Wrong,
    Missing,
    Unsupported,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vouched {
    Unsigned,
    Unknown,
}

/// `name/address`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Hosted(Glue);

impl TryFrom<String> for Hosted {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (name, address) = text.split_once('/').ok_or("应写作 域名/地址")?;
        let address = address.parse().map_err(|_| format!("“{address}”不是地址"))?;
        Ok(Hosted(Glue { name: name.to_owned(), address }))
    }
}

impl ZoneCase {
    /// What a direct look at `zone` at `at` would have brought back; `usual` are its name servers.
    pub(super) fn authority(&self, zone: &str, usual: &[String], at: Timestamp) -> Arc<Authority> {
        let names = self.delegation.clone().unwrap_or_else(|| usual.to_vec());
        let said = match self.parent {
            None => ParentSaid::Delegates,
            Some(Parent::Serves) => ParentSaid::Serves,
            Some(Parent::NoSuchName) => ParentSaid::NoSuchName,
            Some(Parent::NoDelegation) => ParentSaid::NoDelegation,
            Some(Parent::Failed) => ParentSaid::Failed(Failure::new(Stage::Own, Cause::ResolverUnreachable, "")),
        };
        let seen = matches!(said, ParentSaid::Delegates | ParentSaid::Serves);
        let mut all = if seen { names.clone() } else { Vec::new() };
        all.extend(self.servers.keys().filter(|n| seen && !names.contains(n)).cloned());
        let (mut servers, mut hosts) = (Vec::new(), Vec::new());
        let plain = ServerCase::default();
        for (nth, name) in all.iter().enumerate() {
            let given = self.servers.get(name).unwrap_or(&plain);
            let [a, b, c] = NETWORKS[nth % NETWORKS.len()];
            let last = 53 + u8::try_from(nth / NETWORKS.len()).unwrap_or_default();
            let address = given.address.unwrap_or_else(|| Ipv4Addr::new(a, b, c, last).into());
            hosts.push(given.host(name, address));
            if given.dns.is_none() {
                servers.push(given.look(name, address, zone, &names, usual));
            }
        }
        Arc::new(Authority {
            parent: ParentLook {
                zone: zone.split_once('.').map_or_else(String::new, |(_, parent)| parent.to_owned()),
                asked: vec!["ns.parent.example/203.0.113.53".to_owned()],
                said,
                names: if seen { names } else { Vec::new() },
                glue: self.glue.iter().map(|g| g.0.clone()).collect(),
                tcp: None,
                ds: self.ds.clone(),
                vouched: match self.vouched {
                    None => (!self.ds.is_empty()).then_some(true),
                    Some(Vouched::Unsigned) => Some(false),
                    Some(Vouched::Unknown) => None,
                },
            },
            servers,
            hosts,
            texts: Some(self.texts.clone().unwrap_or_default()).filter(|_| seen),
            master_alias: Some(self.master_alias.clone().unwrap_or_default()).filter(|_| seen),
            signing: self.signing.map(|s| s.look(at)),
            queries: 14,
            bytes: 2400,
        })
    }
}

impl ServerCase {
    fn look(&self, name: &str, address: IpAddr, zone: &str, delegation: &[String], usual: &[String]) -> ServerLook {
        let udp = self.udp.unwrap_or(Said::Authoritative);
        let tcp = self.tcp.unwrap_or(udp);
        let works = udp == Said::Authoritative;
        let read = |text: &String| {
            let (master, serial) = text.split_once(' ').unwrap_or((text, ""));
            Soa { master: master.to_owned(), serial: serial.parse().unwrap_or_default() }
        };
        let healthy = || vec![Soa { master: format!("ns1.{zone}"), serial: 2_026_050_801 }];
        ServerLook {
            name: name.to_owned(),
            address,
            by_parent: delegation.iter().any(|n| n == name),
            by_zone: usual.iter().any(|n| n == name),
            udp: udp.end(),
            lost: match udp {
                Said::Silent => 3,
                Said::Stressed => 1,
                _ => 0,
            },
            tcp: tcp.end(),
            soa: works.then(|| self.soa.as_ref().map_or_else(healthy, |s| s.iter().map(read).collect())),
            ns: works.then(|| self.ns.clone().unwrap_or_else(|| usual.to_vec())),
            recursive: works.then(|| self.recursive.unwrap_or(false)),
            transfers: works.then(|| self.transfers.unwrap_or(false)),
            version: works.then(|| self.version.clone().unwrap_or_default()),
        }
    }

    fn host(&self, name: &str, address: IpAddr) -> HostLook {
        let said = match self.dns {
            None => DnsStatus::Answered,
            Some(DnsEnd::NoSuchName) => DnsStatus::NoSuchName,
            Some(DnsEnd::NoData) => DnsStatus::NoData,
            Some(DnsEnd::Failed(cause)) => DnsStatus::Failed(Failure::new(Stage::Dns, cause, "")),
        };
        let addresses = if self.dns.is_none() { vec![address] } else { Vec::new() };
        HostLook { name: name.to_owned(), said, addresses, alias: self.alias.clone() }
    }
}

impl Said {
    fn end(self) -> Direct {
        match self {
            Said::Authoritative => Direct::Authoritative,
            Said::Lame => Direct::Lame,
            Said::Refused => Direct::Refused,
            Said::ServerFailure | Said::Stressed => Direct::ServerFailure,
            Said::Silent => Direct::Failed(Failure::new(Stage::Dns, Cause::DnsTimeout, "")),
            Said::NotAsked => Direct::NotAsked(Cause::BudgetSpent),
            Said::Barred => Direct::NotAsked(Cause::DnsPrivateAddress),
        }
    }
}

impl Signed {
    fn look(self, at: Timestamp) -> Signing {
        let day = SignedDuration::from_hours(24);
        let valid = Signature::Valid { until: at + day * 7 };
        let key = KeyFact { tag: 12_345, algorithm: 13, flags: 257 };
        Signing {
            server: "ns1.test.gov.cn/192.0.2.53".to_owned(),
            keys: if self == Signed::NoKeys { Vec::new() } else { vec![key] },
            ds_matches: Some(!matches!(self, Signed::NoKeys | Signed::OtherKey)),
            keys_signed: valid.clone(),
            soa_signed: match self {
                Signed::Expired => Signature::Expired { since: at - day },
                Signed::Wrong => Signature::Wrong,
                Signed::Missing => Signature::Missing,
                Signed::Unsupported => Signature::Unsupported,
                Signed::Valid | Signed::NoKeys | Signed::OtherKey => valid,
            },
        }
    }
}
