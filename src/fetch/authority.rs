//! The direct look at one zone: its parent's word, then every one of its servers.
//!
//! Nothing here is a verdict. A server that keeps silent is tried over both transports before the look says so; what the
//! limit of [`QUESTIONS`] leaves out stands in the evidence as not asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::join_all;
use hickory_resolver::proto::dnssec::rdata::DS;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};

use crate::evidence::{
    Authority, Cause, Direct as Ended, DnsStatus, Failure, Glue, HostLook, ParentSaid, RecordKind, ServerLook, Signing,
    Soa, Stage,
};

use super::direct::{LAST, Question, Tally};
use super::dns::{Dns, text};
use super::once::Once;
use super::referral::{Circle, Delegation, targets};
use super::signing;

/// Questions one look at a zone may put.
const QUESTIONS: u32 = 40;
/// Of these, kept back for questions about the zone as a whole while servers are asked one by one.
const RESERVED: u32 = 6;
/// Addresses of name servers looked at.
const ADDRESSES: usize = 10;
/// TXT records read, and bytes of each; where there is more, none are kept: half a text means something else.
const TEXTS: (usize, usize) = (32, 4096);

/// What the looks of one round share.
#[derive(Default)]
pub(super) struct Shared {
    looks: Once<String, Arc<Authority>>,
    pub(super) parents: Once<Name, Option<Arc<Circle>>>,
    hosts: Once<String, HostLook>,
    manners: Once<IpAddr, Manners>,
}

/// What a server does for anybody, whichever zone it is asked about.
#[derive(Clone, Default)]
struct Manners {
    recursive: Option<bool>,
    version: Option<String>,
}

/// A server's entry with the SOA answer it came from, if one came whole.
struct Heard {
    look: ServerLook,
    at: Option<SocketAddr>,
    soa: Option<Vec<Record>>,
}

impl Heard {
    /// Where it is asked about the zone, once it has spoken for it over UDP.
    fn speaker(&self) -> Option<SocketAddr> {
        self.at.filter(|_| self.look.udp == Ended::Authoritative)
    }

    /// Keeps the first whole answer with authority.
    fn believe(&mut self, message: Message) {
        if self.soa.is_none() && ended(&message) == Ended::Authoritative && !message.metadata.truncation {
            self.soa = Some(message.answers);
        }
    }
}

impl Dns {
    /// The direct look at `zone`, made once per round.
    pub(super) async fn authority(&self, zone: &str, look: u8) -> Option<Arc<Authority>> {
        let mut name = Name::from_ascii(zone).ok()?;
        name.set_fqdn(true);
        let cell = self.shared(look).looks.cell(zone.to_owned());
        Some(cell.get_or_init(|| async { Arc::new(self.examine(&name.to_lowercase(), look).await) }).await.clone())
    }

    async fn examine(&self, zone: &Name, round: u8) -> Authority {
        let tally = Tally::new(QUESTIONS);
        let Delegation { look: parent, ds, at: parent_at } = self.delegation(zone, round, &tally).await;
        let mut found = Authority {
            parent,
            servers: Vec::new(),
            hosts: Vec::new(),
            texts: None,
            master_alias: None,
            signing: None,
            queries: 0,
            bytes: 0,
        };
        if matches!(found.parent.said, ParentSaid::Delegates | ParentSaid::Serves) {
            let names = found.parent.names.clone();
            let mut heard = self.servers(zone, &mut found, &names, round, &tally).await;
            let mut more: Vec<String> = heard.iter().filter_map(|h| h.look.ns.clone()).flatten().collect();
            more.sort();
            more.dedup();
            more.retain(|n| !names.contains(n));
            if !more.is_empty() {
                heard.extend(self.servers(zone, &mut found, &more, round, &tally).await);
            }
            self.manner(zone, &mut heard, parent_at, round, &tally).await;
            // Where nobody answers over TCP, it may be our own way out that is closed.
            if !heard.iter().any(|h| h.look.tcp == Ended::Authoritative)
                && let Some(at) = parent_at
                && tally.take(0)
            {
                found.parent.tcp = Some(self.direct.tcp(at, Question::of(zone, RecordType::NS), &tally).await.is_ok());
            }
            self.whole(zone, round, &ds, &heard, &mut found, &tally).await;
            found.servers = heard.into_iter().map(|h| h.look).collect();
            let said: Vec<String> = found.servers.iter().filter_map(|s| s.ns.clone()).flatten().collect();
            for server in &mut found.servers {
                server.by_zone = said.contains(&server.name);
            }
        }
        found.queries = tally.queries();
        found.bytes = tally.bytes();
        found
    }

    /// Asks the servers called `names`, all at once.
    async fn servers(
        &self,
        zone: &Name,
        found: &mut Authority,
        names: &[String],
        round: u8,
        tally: &Tally,
    ) -> Vec<Heard> {
        let inside = |name: &str| fqdn(name).is_some_and(|n| zone.zone_of(&n));
        let mut places: Vec<(String, IpAddr)> = Vec::new();
        for name in names {
            let given: Vec<IpAddr> =
                found.parent.glue.iter().filter(|g| g.name == *name).map(|g: &Glue| g.address).collect();
            let addresses = match inside(name) && !given.is_empty() {
                true => given,
                false => {
                    let host = self.host(name, round, tally).await;
                    let addresses = host.addresses.clone();
                    found.hosts.push(host);
                    addresses
                }
            };
            places.extend(addresses.into_iter().map(|a| (name.clone(), a)));
        }
        // What can be asked comes first.
        places.sort_by_key(|(_, address)| address.is_ipv6());
        let by_parent = found.parent.names.clone();
        let left = ADDRESSES.saturating_sub(found.servers.len());
        let asked = places.into_iter().enumerate().map(|(nth, (name, address))| {
            let listed = by_parent.contains(&name);
            async move {
                match nth < left {
                    true => self.server(zone, name, address, listed, tally).await,
                    false => unasked(name, address, listed, Cause::BudgetSpent),
                }
            }
        });
        join_all(asked).await
    }

    /// One server at one address: SOA over UDP, SOA over TCP, NS.
    async fn server(&self, zone: &Name, name: String, address: IpAddr, listed: bool, tally: &Tally) -> Heard {
        let Some(at) = self.direct.reach(&name, address) else {
            return unasked(name, address, listed, Cause::DnsPrivateAddress);
        };
        // Our own way over IPv6 is proven by nothing: silence would say nothing either.
        if address.is_ipv6() {
            return unasked(name, address, listed, Cause::NoRoute);
        }
        let mut heard = unasked(name, address, listed, Cause::BudgetSpent);
        heard.at = Some(at);
        let mut question = Question::of(zone, RecordType::SOA);
        question.signatures = true;
        for nth in 0..=LAST {
            if !tally.take(RESERVED) {
                return heard;
            }
            match self.direct.udp(at, question, nth, tally).await {
                Ok(message) => {
                    // A passing trouble may be over a moment later.
                    let again = heard.look.udp != Ended::ServerFailure;
                    heard.look.udp = ended(&message);
                    if heard.look.udp != Ended::ServerFailure || !again {
                        heard.believe(message);
                        break;
                    }
                }
                Err(failure) => {
                    heard.look.lost += 1;
                    heard.look.udp = Ended::Failed(failure);
                }
            }
        }
        // Also after an answer without authority: over UDP somebody on the way may have given it.
        for _ in 0..2 {
            if !tally.take(RESERVED) {
                break;
            }
            match self.direct.tcp(at, question, tally).await {
                Ok(message) => {
                    heard.look.tcp = ended(&message);
                    heard.believe(message);
                    break;
                }
                Err(failure) => heard.look.tcp = Ended::Failed(failure),
            }
        }
        heard.look.soa = heard.soa.as_ref().map(|records| soas(records, zone));
        if heard.look.udp == Ended::Authoritative
            && let Ok(message) = self.patient(at, Question::of(zone, RecordType::NS), RESERVED, tally).await
            && message.metadata.authoritative
            && message.metadata.response_code == ResponseCode::NoError
        {
            heard.look.ns = Some(targets(&message.answers, zone));
        }
        heard
    }

    /// What working servers do for strangers. Recursion and version belong to the server, not to the zone.
    async fn manner(&self, zone: &Name, heard: &mut [Heard], parent: Option<SocketAddr>, round: u8, tally: &Tally) {
        let asked = heard.iter_mut().map(|one| async move {
            let Some(at) = one.speaker() else { return };
            if one.look.tcp == Ended::Authoritative && tally.take(RESERVED) {
                let answer = self.direct.tcp(at, Question::of(zone, RecordType::AXFR), tally).await;
                one.look.transfers = answer.ok().and_then(|m| transfer(&m.answers, zone));
            }
            let cell = self.shared(round).manners.cell(at.ip());
            let manners = cell.get_or_init(|| self.manners(zone, at, parent, tally)).await.clone();
            (one.look.recursive, one.look.version) = (manners.recursive, manners.version);
        });
        join_all(asked).await;
    }

    async fn manners(&self, zone: &Name, at: SocketAddr, parent: Option<SocketAddr>, tally: &Tally) -> Manners {
        let mut manners = Manners::default();
        // Asked for a name that is certainly none of the zone's.
        if let Some(foreign) = self.foreign.iter().find(|f| !zone.zone_of(f)) {
            manners.recursive = self.recurses(at, foreign, tally).await;
            // Somebody on the way who answers every question that wants recursion would make the parent's server, which
            // never does it, look alike.
            if manners.recursive == Some(true) {
                let control = match parent {
                    Some(parent) => self.recurses(parent, foreign, tally).await,
                    None => None,
                };
                manners.recursive = (control == Some(false)).then_some(true);
            }
        }
        let bind = Name::from_ascii("version.bind.").unwrap_or_default();
        let mut question = Question::of(&bind, RecordType::TXT);
        question.class = DNSClass::CH;
        if let Ok(message) = self.patient(at, question, RESERVED, tally).await {
            manners.version =
                texts(&message.answers).map(|mut t| t.pop().unwrap_or_default().chars().take(100).collect());
        }
        manners
    }

    async fn recurses(&self, at: SocketAddr, foreign: &Name, tally: &Tally) -> Option<bool> {
        let mut question = Question::of(foreign, RecordType::A);
        question.recursion = true;
        recursion(&self.patient(at, question, RESERVED, tally).await.ok()?)
    }

    /// Questions about the zone as a whole, to its first working server.
    async fn whole(&self, zone: &Name, round: u8, ds: &[DS], heard: &[Heard], found: &mut Authority, tally: &Tally) {
        let Some((first, at)) = heard.iter().find_map(|h| Some((h, h.speaker()?))) else { return };
        for name in names_inside(zone, found) {
            found.hosts.push(self.told(zone, &name, at, tally).await);
        }
        let answer = self.patient(at, Question::of(zone, RecordType::TXT), 0, tally).await;
        found.texts = answer.ok().filter(|m| m.metadata.authoritative).and_then(|m| {
            let own: Vec<Record> = m.answers.into_iter().filter(|r| r.name == *zone).collect();
            texts(&own)
        });
        found.signing = self.signing(zone, ds, heard, tally).await;
        if let Some(soa) = first.look.soa.iter().flatten().next() {
            found.master_alias = self.alias_of(zone, &soa.master, at, round, tally).await;
        }
    }

    /// What the zone's signatures are worth: with DS records, at the best of the servers, because a visitor's resolver goes
    /// on to the next one; `None` when none is good and one that works did not show them.
    async fn signing(&self, zone: &Name, ds: &[DS], heard: &[Heard], tally: &Tally) -> Option<Signing> {
        let mut shown: Option<Signing> = None;
        for (one, at) in heard.iter().filter_map(|h| Some((h, h.speaker()?))) {
            let soa = one.soa.as_ref()?;
            if ds.is_empty() && !soa.iter().any(|r| signing::signature(r).is_some()) {
                return None;
            }
            let mut question = Question::of(zone, RecordType::DNSKEY);
            question.signatures = true;
            let message = self.patient(at, question, 0, tally).await.ok().filter(|m| m.metadata.authoritative)?;
            let found = signing::judge(zone, ds, &message.answers, soa, self.clock.now(), one.look.label());
            if ds.is_empty() || found.holds() {
                return Some(found);
            }
            shown = shown.or(Some(found));
        }
        shown
    }

    /// What `name` is an alias of, empty when of nothing.
    async fn alias_of(&self, zone: &Name, name: &str, at: SocketAddr, round: u8, tally: &Tally) -> Option<String> {
        let owner = fqdn(name).filter(|n| !n.is_root())?;
        if !zone.zone_of(&owner) {
            let host = self.host(name, round, tally).await;
            let known = !matches!(host.said, DnsStatus::Failed(_));
            return known.then(|| host.alias.unwrap_or_default());
        }
        let message = self.patient(at, Question::of(&owner, RecordType::CNAME), 0, tally).await.ok()?;
        message.metadata.authoritative.then(|| alias(&message.answers, &owner).unwrap_or_default())
    }

    /// What the zone itself says of the address of one of its servers.
    async fn told(&self, zone: &Name, name: &str, at: SocketAddr, tally: &Tally) -> HostLook {
        let mut host = HostLook { name: name.to_owned(), said: DnsStatus::NoData, addresses: Vec::new(), alias: None };
        let Some(owner) = fqdn(name) else { return host };
        for kind in [RecordType::A, RecordType::AAAA] {
            let message = match self.patient(at, Question::of(&owner, kind), 0, tally).await {
                Ok(message) => message,
                Err(failure) => {
                    host.said = DnsStatus::Failed(failure);
                    return host;
                }
            };
            let code = message.metadata.response_code;
            if !message.metadata.authoritative || !zone.zone_of(&owner) {
                // A zone of its own below this one, perhaps: this server does not speak for it.
                let detail = "this server does not speak for the name";
                host.said = DnsStatus::Failed(Failure::new(Stage::Dns, Cause::DnsMalformed, detail));
                return host;
            }
            if code == ResponseCode::NXDomain {
                host.said = DnsStatus::NoSuchName;
                return host;
            }
            host.alias = host.alias.or_else(|| alias(&message.answers, &owner));
            host.addresses.extend(message.answers.iter().filter(|r| r.name == owner).filter_map(ip));
        }
        if !host.addresses.is_empty() || host.alias.is_some() {
            host.said = DnsStatus::Answered;
        }
        host
    }

    /// What the resolver says of a server's name; shared by all zones of a round.
    pub(super) async fn host(&self, name: &str, round: u8, tally: &Tally) -> HostLook {
        let cell = self.shared(round).hosts.cell(name.to_owned());
        let host = cell.get_or_init(|| async {
            // Both families.
            let _ = tally.take(0) && tally.take(0);
            let look = self.look(name, &[]).await.0;
            let addresses = look.addresses();
            let said = match (look.failure(), addresses.is_empty()) {
                (_, false) => DnsStatus::Answered,
                (Some(failure), _) => DnsStatus::Failed(failure.clone()),
                (None, _) => look.query(RecordKind::A).map_or(DnsStatus::NoData, |q| q.status.clone()),
            };
            HostLook { name: name.to_owned(), said, addresses, alias: look.aliases().last().map(|a| (*a).to_owned()) }
        });
        host.await.clone()
    }
}

/// A name of the evidence as the library wants it.
fn fqdn(name: &str) -> Option<Name> {
    let mut name = Name::from_ascii(name).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// Servers inside the zone whose addresses only their parent has told so far.
fn names_inside(zone: &Name, found: &Authority) -> Vec<String> {
    let mut names: Vec<String> = found.parent.glue.iter().map(|g| g.name.clone()).collect();
    names.sort();
    names.dedup();
    names.retain(|n| fqdn(n).is_some_and(|n| zone.zone_of(&n)) && found.hosts.iter().all(|h| h.name != *n));
    names.truncate(3);
    names
}

fn unasked(name: String, address: IpAddr, by_parent: bool, cause: Cause) -> Heard {
    let look = ServerLook {
        name,
        address,
        by_parent,
        by_zone: false,
        udp: Ended::NotAsked(cause),
        lost: 0,
        tcp: Ended::NotAsked(cause),
        soa: None,
        ns: None,
        recursive: None,
        transfers: None,
        version: None,
    };
    Heard { look, at: None, soa: None }
}

fn ended(message: &Message) -> Ended {
    let authoritative = message.metadata.authoritative;
    match message.metadata.response_code {
        ResponseCode::NoError if authoritative => Ended::Authoritative,
        ResponseCode::NXDomain if authoritative => Ended::NoSuchName,
        ResponseCode::NoError | ResponseCode::NXDomain => Ended::Lame,
        ResponseCode::Refused => Ended::Refused,
        ResponseCode::ServFail => Ended::ServerFailure,
        code => Ended::Code(code.into()),
    }
}

/// Whether a foreign name was looked up for us. A resolver that failed to may have only this once.
fn recursion(message: &Message) -> Option<bool> {
    let found = message.answers.iter().any(|r| r.record_type() == RecordType::A);
    let offered = message.metadata.recursion_available && !message.metadata.authoritative;
    match message.metadata.response_code {
        ResponseCode::NoError => Some(offered && found),
        ResponseCode::Refused => Some(false),
        _ if offered => None,
        _ => Some(false),
    }
}

fn soas(records: &[Record], zone: &Name) -> Vec<Soa> {
    let read = |r: &Record| match &r.data {
        RData::SOA(soa) if r.name == *zone => Some(Soa { master: text(&soa.mname), serial: soa.serial }),
        _ => None,
    };
    records.iter().filter_map(read).take(4).collect()
}

/// Whether these are the beginning of the whole zone. The SOA record alone may be an answer of another kind.
fn transfer(answers: &[Record], zone: &Name) -> Option<bool> {
    match answers {
        [] => Some(false),
        [first, _, ..] if first.record_type() == RecordType::SOA && first.name == *zone => Some(true),
        _ => None,
    }
}

fn ip(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(ip) => Some(IpAddr::V4(ip.0)),
        RData::AAAA(ip) => Some(IpAddr::V6(ip.0)),
        _ => None,
    }
}

fn alias(records: &[Record], owner: &Name) -> Option<String> {
    records.iter().filter(|r| r.name == *owner).find_map(|r| match &r.data {
        RData::CNAME(target) => Some(text(&target.0)),
        _ => None,
    })
}

/// TXT records, each with its pieces joined; `None` when they are more than are read.
fn texts(records: &[Record]) -> Option<Vec<String>> {
    let all: Vec<&TXT> = records
        .iter()
        .filter_map(|r| match &r.data {
            RData::TXT(txt) => Some(txt),
            _ => None,
        })
        .collect();
    let fits = |txt: &&TXT| txt.txt_data.iter().map(|p| p.len()).sum::<usize>() <= TEXTS.1;
    (all.len() <= TEXTS.0 && all.iter().all(fits))
        .then(|| all.iter().map(|txt| String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()).collect())
}
