//! From a zone's ancestors down to its delegation: who the parent is, and what it says.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::proto::dnssec::rdata::DS;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use crate::evidence::{Cause, DnsStatus, Failure, Glue, ParentLook, ParentSaid, RecordKind, Stage};

use super::direct::{LAST, Question, Tally};
use super::dns::{Dns, text};
use super::signing;

/// Servers of one zone that are asked for a delegation, at most.
const PARENTS: usize = 3;
/// Servers that must agree before a name counts as not delegated, where the parent has as many.
const WITNESSES: usize = 2;
/// Referrals followed.
const DEPTH: usize = 8;
/// Name servers of a delegation that are looked at.
pub(super) const SERVERS: usize = 13;

/// Servers to ask about what lies below `zone`.
#[derive(Clone)]
pub(super) struct Circle {
    pub(super) zone: Name,
    /// Label for the evidence, and where the server is reached.
    servers: Vec<(String, SocketAddr)>,
}

/// A delegation as its parent shows it.
pub(super) struct Delegation {
    pub(super) look: ParentLook,
    pub(super) ds: Vec<DS>,
    /// The server that gave it.
    pub(super) at: Option<SocketAddr>,
}

/// What one message of a parent's server says of a zone.
enum Reading {
    Delegation { names: Vec<String>, glue: Vec<Glue>, ds: Vec<DS>, signer: Option<Name>, serves: bool },
    Deeper { zone: Name, names: Vec<String>, glue: Vec<Glue> },
    NoSuchName,
    NoDelegation,
    Useless(String),
}

impl Dns {
    /// Asks the parent of `zone` for its delegation.
    pub(super) async fn delegation(&self, zone: &Name, look: u8, tally: &Tally) -> Delegation {
        let mut circle = match self.ancestor(zone, look, tally).await {
            Ok(circle) => (*circle).clone(),
            Err(failure) => return Delegation::failed(&Name::root(), Vec::new(), failure),
        };
        for _ in 0..DEPTH {
            let mut asked = Vec::new();
            let mut denials: Vec<ParentSaid> = Vec::new();
            let mut useless = Failure::new(Stage::Own, Cause::ResolverUnreachable, "no server of the parent is known");
            let mut deeper = None;
            for (label, at) in circle.servers.iter().take(PARENTS) {
                asked.push(label.clone());
                let mut question = Question::of(zone, RecordType::NS);
                question.signatures = true;
                let said = match self.patient(*at, question, 0, tally).await {
                    Ok(message) => reading(&message, zone, &circle.zone),
                    Err(failure) => Reading::Useless(failure.detail),
                };
                match said {
                    Reading::Delegation { names, glue, ds, signer, serves } => {
                        let said = if serves { ParentSaid::Serves } else { ParentSaid::Delegates };
                        let vouched = match &signer {
                            Some(parent) => self.is_vouched_for(parent, tally).await,
                            None => None,
                        };
                        let look = ParentLook {
                            zone: apex(signer.as_ref().unwrap_or(&circle.zone)),
                            asked,
                            said,
                            names,
                            glue,
                            tcp: None,
                            ds: ds.iter().map(ToString::to_string).collect(),
                            vouched,
                        };
                        return Delegation { look, ds, at: Some(*at) };
                    }
                    Reading::Deeper { zone, names, glue } => {
                        deeper = Some(self.circle(zone, &names, &glue, look, tally).await);
                        break;
                    }
                    Reading::NoSuchName => denials.push(ParentSaid::NoSuchName),
                    Reading::NoDelegation => denials.push(ParentSaid::NoDelegation),
                    Reading::Useless(detail) => {
                        useless = Failure::new(Stage::Own, Cause::ResolverUnreachable, detail);
                    }
                }
                if denials.len() == WITNESSES.min(circle.servers.len()) {
                    if denials.iter().any(|d| *d != denials[0]) {
                        useless = Failure::new(Stage::Dns, Cause::DnsMalformed, "the parent's servers disagree");
                        break;
                    }
                    let said = denials.swap_remove(0);
                    return Delegation::without(&circle.zone, asked, said);
                }
            }
            match deeper {
                Some(next) if !next.servers.is_empty() => circle = next,
                _ => return Delegation::failed(&circle.zone, asked, useless),
            }
        }
        let failure = Failure::new(Stage::Dns, Cause::DnsMalformed, "referrals without end");
        Delegation::failed(&circle.zone, Vec::new(), failure)
    }

    /// The nearest ancestor whose servers are known: the configured starting servers, else what the resolver says.
    async fn ancestor(&self, zone: &Name, look: u8, tally: &Tally) -> Result<Arc<Circle>, Failure> {
        if !self.roots.is_empty() {
            let servers = self.roots.iter().map(|at| (format!("./{}", at.ip()), *at)).collect();
            return Ok(Arc::new(Circle { zone: Name::root(), servers }));
        }
        let mut current = zone.base_name();
        loop {
            let cell = self.shared(look).parents.cell(current.clone());
            let found = cell.get_or_try_init(|| async {
                let key = text(&current);
                tally.take(0);
                let asked = self.ask(&key, RecordKind::Ns).await.query;
                if let DnsStatus::Failed(failure) = asked.status {
                    return Err(failure);
                }
                let own = asked.answers.iter().filter(|a| a.kind == RecordKind::Ns && a.name == key);
                let names: Vec<String> = own.map(|a| a.data.clone()).collect();
                if names.is_empty() {
                    return Ok(None);
                }
                let circle = self.circle(current.clone(), &names, &[], look, tally).await;
                match circle.servers.is_empty() {
                    true => {
                        Err(Failure::new(Stage::Own, Cause::ResolverUnreachable, "servers of the parent not found"))
                    }
                    false => Ok(Some(Arc::new(circle))),
                }
            });
            match found.await? {
                Some(circle) => return Ok(circle.clone()),
                None if current.is_root() => {
                    return Err(Failure::new(Stage::Own, Cause::ResolverUnreachable, "the resolver knows no root"));
                }
                None => current = current.base_name(),
            }
        }
    }

    /// Whether the parent of `zone` holds DS records for it, as far as the resolver tells. The root stands by itself.
    async fn is_vouched_for(&self, zone: &Name, tally: &Tally) -> Option<bool> {
        if zone.is_root() {
            return Some(true);
        }
        if !tally.take(0) {
            return None;
        }
        match self.ask(&text(zone), RecordKind::Ds).await.query.status {
            DnsStatus::Answered => Some(true),
            DnsStatus::NoData => Some(false),
            _ => None,
        }
    }

    /// Servers by name: with the referral's own addresses where it gave any, else the resolver's.
    async fn circle(&self, zone: Name, names: &[String], glue: &[Glue], look: u8, tally: &Tally) -> Circle {
        let mut servers = Vec::new();
        for name in names {
            if servers.len() >= PARENTS {
                break;
            }
            let given: Vec<IpAddr> = glue.iter().filter(|g| g.name == *name).map(|g| g.address).collect();
            let addresses = if given.is_empty() { self.host(name, look, tally).await.addresses } else { given };
            // One address a name: another name is the better second witness.
            let usable =
                addresses.iter().filter(|a| a.is_ipv4()).find_map(|a| Some((*a, self.direct.reach(name, *a)?)));
            servers.extend(usable.map(|(address, at)| (format!("{name}/{address}"), at)));
        }
        Circle { zone, servers }
    }

    /// A question over UDP with one repeat, and over TCP when the answer does not fit.
    pub(super) async fn patient(
        &self,
        at: SocketAddr,
        question: Question<'_>,
        reserve: u32,
        tally: &Tally,
    ) -> Result<Message, Failure> {
        let mut last = Failure::new(Stage::Own, Cause::BudgetSpent, "no question left for this zone");
        for nth in LAST - 1..=LAST {
            if !tally.take(reserve) {
                return Err(last);
            }
            match self.direct.udp(at, question, nth, tally).await {
                Ok(message) if message.metadata.truncation => {
                    return match tally.take(reserve) {
                        true => self.direct.tcp(at, question, tally).await,
                        false => Err(last),
                    };
                }
                Ok(message) => return Ok(message),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }
}

impl Delegation {
    fn failed(zone: &Name, asked: Vec<String>, failure: Failure) -> Self {
        Delegation::without(zone, asked, ParentSaid::Failed(failure))
    }

    fn without(zone: &Name, asked: Vec<String>, said: ParentSaid) -> Self {
        let (names, glue) = (Vec::new(), Vec::new());
        let look = ParentLook { zone: apex(zone), asked, said, names, glue, tcp: None, ds: Vec::new(), vouched: None };
        Delegation { look, ds: Vec::new(), at: None }
    }
}

/// As evidence writes a zone: the root is empty.
fn apex(zone: &Name) -> String {
    if zone.is_root() { String::new() } else { text(zone) }
}

fn reading(message: &Message, zone: &Name, here: &Name) -> Reading {
    let authoritative = message.metadata.authoritative;
    match message.metadata.response_code {
        ResponseCode::NXDomain if authoritative => return Reading::NoSuchName,
        ResponseCode::NoError => {}
        code => return Reading::Useless(format!("the parent's server says {code}")),
    }
    let own = targets(&message.answers, zone);
    if !own.is_empty() {
        // An answer without authority to a question without recursion comes from a cache on the way: what it says of
        // the zone's servers is not what they say.
        return match authoritative {
            true => {
                let glue = glue(message, &own, zone);
                Reading::Delegation { names: own, glue, ds: Vec::new(), signer: None, serves: true }
            }
            false => Reading::Useless("a cache answered in the parent's place".to_owned()),
        };
    }
    let named = targets(&message.authorities, zone);
    if !named.is_empty() {
        let ds = message.authorities.iter().filter(|r| r.name == *zone).filter_map(signing::digest).cloned();
        let glue = glue(message, &named, zone);
        // One server may serve the parent and the zone above it; the signature names the parent.
        let signer = message
            .authorities
            .iter()
            .filter(|r| r.name == *zone)
            .filter_map(signing::signature)
            .map(|s| s.input())
            .find(|i| i.type_covered == RecordType::DS && is_between(here, &i.signer_name, zone))
            .map(|i| i.signer_name.to_lowercase());
        return Reading::Delegation { names: named, glue, ds: ds.take(SERVERS).collect(), signer, serves: false };
    }
    let between = message.authorities.iter().find(|r| {
        r.record_type() == RecordType::NS && here.zone_of(&r.name) && r.name != *here && r.name.zone_of(zone)
    });
    if let Some(record) = between {
        let names = targets(&message.authorities, &record.name);
        let glue = glue(message, &names, here);
        return Reading::Deeper { zone: record.name.to_lowercase(), names, glue };
    }
    let denied =
        message.authorities.iter().any(|r| r.record_type() == RecordType::SOA && is_between(here, &r.name, zone));
    match authoritative && denied {
        true => Reading::NoDelegation,
        false => Reading::Useless("neither a referral nor a denial".to_owned()),
    }
}

/// Whether `name` is `here` or below it, and above `zone`.
fn is_between(here: &Name, name: &Name, zone: &Name) -> bool {
    here.zone_of(name) && name.zone_of(zone) && name != zone
}

/// Targets of the NS records of `owner`, sorted, without repetition.
pub(super) fn targets(records: &[Record], owner: &Name) -> Vec<String> {
    let mut names: Vec<String> = records
        .iter()
        .filter(|r| r.name == *owner)
        .filter_map(|r| match &r.data {
            RData::NS(ns) => Some(text(&ns.0)),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names.truncate(SERVERS);
    names
}

/// Addresses given along for `names` below `bailiwick`; a parent has no say about others.
fn glue(message: &Message, names: &[String], bailiwick: &Name) -> Vec<Glue> {
    let mut found = Vec::new();
    for record in message.additionals.iter().filter(|r| bailiwick.zone_of(&r.name)) {
        let address = match &record.data {
            RData::A(ip) => IpAddr::V4(ip.0),
            RData::AAAA(ip) => IpAddr::V6(ip.0),
            _ => continue,
        };
        let glue = Glue { name: text(&record.name), address };
        if names.contains(&glue.name) && !found.contains(&glue) && found.len() < 2 * SERVERS {
            found.push(glue);
        }
    }
    found
}
