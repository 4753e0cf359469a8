//! DNS questions to the configured resolvers, each answer kept as it came.
//!
//! hickory's pool carries the questions (UDP with repeats, TCP after truncation). The alias chain is followed here,
//! because a chain whose end does not exist is itself a fact that the library's own lookup would throw away. Nothing is
//! cached: a second look must see the network, not the first look.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hickory_resolver::config::{NameServerConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{DnsRequestOptions, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::evidence::{Cause, DnsAnswer, DnsQuery, DnsStatus, Failure, NameLook, RecordKind, Stage};

use super::authority::Shared;
use super::direct::Direct;
use super::fault::{self, millis};
use super::settings::Settings;
use super::zone::Zones;

/// Questions under way at once towards the resolvers: each takes a socket.
const QUESTIONS: usize = 256;
/// Alias hops followed before the chain counts as a loop.
const ALIASES: usize = 8;
/// How long a question may stay unanswered before the resolvers themselves are tried.
const PATIENCE: Duration = Duration::from_millis(300);
/// Tries of each resolver then; datagrams get lost.
const PROBES: usize = 3;

pub(super) struct Dns {
    servers: Vec<Server>,
    slots: Semaphore,
    budget: Duration,
    started: Instant,
    /// Milliseconds after `started` of the last answer of any kind: proof that the resolvers are alive.
    heard: AtomicU64,
    pub(super) zones: Zones,
    /// Name servers asked without a resolver.
    pub(super) direct: Direct,
    /// Where the walk to a delegation starts; empty: at the nearest ancestor the resolver knows.
    pub(super) roots: Vec<SocketAddr>,
    /// Names that are certainly none of a site's: the reference points.
    pub(super) foreign: Vec<Name>,
    pub(super) clock: Clock,
    /// The first look's and the recheck's: what is seen twice must have been asked twice.
    shared: [Shared; 2],
}

struct Server {
    label: String,
    at: SocketAddr,
    pool: NameServerPool<TokioRuntimeProvider>,
}

/// One answer, with the zone cut its authority section gave away.
pub(super) struct Asked {
    pub(super) query: DnsQuery,
    /// Owner of the SOA record of a negative answer, when no alias was followed.
    pub(super) apex: Option<String>,
}

/// A message boiled down.
struct Reply {
    code: ResponseCode,
    answers: Vec<Record>,
    soa: Option<String>,
}

impl Dns {
    /// Without any resolver every question fails at once as [`Cause::ResolverUnreachable`].
    pub(super) fn new(settings: &Settings, clock: Clock) -> Self {
        let (resolvers, budget) = (&settings.resolvers, settings.budget.dns);
        let configs = if resolvers.is_empty() {
            hickory_resolver::system_conf::read_system_conf()
                .map(|(config, _)| config.name_servers().to_vec())
                .unwrap_or_default()
        } else {
            resolvers.iter().map(|at| config(*at)).collect()
        };
        let rounds = if configs.len() > 1 { u32::try_from(configs.len()).unwrap_or(u32::MAX) } else { 2 };
        let mut options = ResolverOpts::default();
        options.timeout = budget / rounds;
        options.edns_payload_len = 1232;
        options.num_concurrent_reqs = 1;
        options.case_randomization = false;
        let servers = configs.into_iter().filter_map(|config| server(config, &options)).collect();
        Dns {
            servers,
            slots: Semaphore::new(QUESTIONS),
            budget,
            started: Instant::now(),
            heard: AtomicU64::new(0),
            zones: Zones::default(),
            direct: Direct::new(settings),
            roots: settings.dns_roots.clone(),
            foreign: settings.canaries.iter().filter_map(|c| foreign(c)).collect(),
            clock,
            shared: Default::default(),
        }
    }

    /// What looks of this number share.
    pub(super) fn shared(&self, look: u8) -> &Shared {
        &self.shared[usize::from(look > 1)]
    }

    /// Addresses of both families, asked at the same time, and `extra` records.
    pub(super) async fn look(&self, name: &str, extra: &[RecordKind]) -> (NameLook, Option<String>) {
        let extra = extra.iter().filter(|k| !matches!(k, RecordKind::A | RecordKind::Aaaa)).map(|k| self.ask(name, *k));
        let (v4, v6, extra) = tokio::join!(
            self.ask(name, RecordKind::A),
            self.ask(name, RecordKind::Aaaa),
            futures_util::future::join_all(extra)
        );
        let apex = v4.apex.or(v6.apex);
        let queries = [v4.query, v6.query].into_iter().chain(extra.into_iter().map(|a| a.query)).collect();
        (NameLook { name: name.to_owned(), queries }, apex)
    }

    /// One question with all its tries, following aliases.
    pub(super) async fn ask(&self, name: &str, kind: RecordKind) -> Asked {
        let start = Instant::now();
        let mut server = None;
        let mut answers = Vec::new();
        let deadline = tokio::time::Instant::now() + self.budget;
        let chase = tokio::time::timeout_at(deadline, self.chase(name, kind, &mut answers, &mut server));
        let (status, apex) = tokio::select! {
            biased;
            end = chase => end.unwrap_or_else(|_| (failed(Stage::Dns, Cause::DnsTimeout, "no answer in time"), None)),
            refusal = self.refused() => (DnsStatus::Failed(refusal), None),
        };
        let status = match status {
            DnsStatus::Failed(failure) => DnsStatus::Failed(self.blame(failure, start)),
            other => other,
        };
        let query = DnsQuery { name: name.to_owned(), kind, server, status, answers, elapsed_ms: millis(start) };
        Asked { query, apex }
    }

    async fn chase(
        &self,
        name: &str,
        kind: RecordKind,
        answers: &mut Vec<DnsAnswer>,
        server: &mut Option<String>,
    ) -> (DnsStatus, Option<String>) {
        let Ok(mut current) = Name::from_ascii(name) else {
            return (failed(Stage::Dns, Cause::DnsMalformed, "not a name that DNS can carry"), None);
        };
        current.set_fqdn(true);
        let mut visited = vec![current.to_lowercase()];
        loop {
            let reply = match self.exchange(&current, kind, server).await {
                Ok(reply) => reply,
                Err(failure) => return (DnsStatus::Failed(failure), None),
            };
            let wanted = record_type(kind);
            let mut found = false;
            // The chain may come in any order; each pass takes the next link.
            let mut moved = true;
            while moved && !found {
                moved = false;
                for record in reply.answers.iter().filter(|r| r.name == current && r.record_type() == wanted) {
                    answers.extend(answer(record, kind));
                    found = true;
                }
                if found || kind == RecordKind::Cname {
                    break;
                }
                let alias = reply.answers.iter().find_map(|r| match &r.data {
                    RData::CNAME(target) if r.name == current => Some((r, target.0.clone())),
                    _ => None,
                });
                if let Some((record, target)) = alias {
                    answers.extend(answer(record, RecordKind::Cname));
                    let target = target.to_lowercase();
                    if visited.contains(&target) || visited.len() > ALIASES {
                        return (failed(Stage::Dns, Cause::DnsAliasLoop, target.to_ascii()), None);
                    }
                    visited.push(target.clone());
                    current = target;
                    moved = true;
                }
            }
            let apex = if visited.len() == 1 { reply.soa.clone() } else { None };
            if found {
                return (DnsStatus::Answered, None);
            }
            if reply.code == ResponseCode::NXDomain {
                return (DnsStatus::NoSuchName, apex);
            }
            // An alias whose target came without any word about it: the server left it to us.
            let followed = reply.answers.iter().any(|r| r.record_type() == RecordType::CNAME);
            if visited.len() > 1 && followed && reply.soa.is_none() {
                continue;
            }
            return (DnsStatus::NoData, apex);
        }
    }

    /// Asks one server after the other; a single one is asked twice when it fails for a passing reason.
    async fn exchange(&self, name: &Name, kind: RecordKind, server: &mut Option<String>) -> Result<Reply, Failure> {
        let mut failure = Failure::new(Stage::Own, Cause::ResolverUnreachable, "no resolver is configured");
        let tries = if self.servers.len() == 1 { 2 } else { self.servers.len() };
        for nth in self.servers.iter().cycle().take(tries) {
            *server = Some(nth.label.clone());
            let _slot = self.slots.acquire().await.expect("this semaphore is never closed");
            let mut options = DnsRequestOptions::default();
            options.use_edns = true;
            options.edns_payload_len = 1232;
            let sent = nth.pool.lookup(Query::query(name.clone(), record_type(kind)), options).first_answer().await;
            match self.read(sent) {
                Ok(reply) => return Ok(reply),
                Err(f) if f.cause.is_transient() || f.cause == Cause::DnsRefused => failure = f,
                Err(f) => return Err(f),
            }
        }
        Err(failure)
    }

    fn read(&self, sent: Result<hickory_resolver::proto::op::DnsResponse, NetError>) -> Result<Reply, Failure> {
        let error = match sent {
            Ok(response) => {
                self.hear();
                let soa = response.soa().map(|r| text(r.name()));
                let message = response.into_message();
                return Ok(Reply { code: message.metadata.response_code, answers: message.answers, soa });
            }
            Err(error) => error,
        };
        let words = error.to_string();
        let failure = |stage, cause| Err(Failure::new(stage, cause, words.clone()));
        match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => {
                self.hear();
                let soa = none.soa.as_ref().map(|r| text(&r.name));
                Ok(Reply { code: none.response_code, answers: Vec::new(), soa })
            }
            NetError::Dns(DnsError::ResponseCode(code)) => {
                self.hear();
                match code {
                    ResponseCode::Refused => failure(Stage::Dns, Cause::DnsRefused),
                    _ => failure(Stage::Dns, Cause::DnsServerFailure),
                }
            }
            NetError::Timeout => failure(Stage::Dns, Cause::DnsTimeout),
            NetError::Busy => failure(Stage::Own, Cause::LocalExhausted),
            NetError::NoConnections => failure(Stage::Own, Cause::ResolverUnreachable),
            NetError::Io(io) => match fault::own_side(&io) {
                Some(Cause::LocalExhausted) => failure(Stage::Own, Cause::LocalExhausted),
                _ => failure(Stage::Own, Cause::ResolverUnreachable),
            },
            _ => failure(Stage::Dns, Cause::DnsMalformed),
        }
    }

    fn hear(&self) {
        self.heard.fetch_max(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// A silent name and a silent resolver look alike. If nothing at all was heard since the question went out, not even
    /// about the root ([`Dns::refused`] asks for it), it is our resolver that does not answer.
    fn blame(&self, failure: Failure, asked: Instant) -> Failure {
        let since = u64::try_from(asked.duration_since(self.started).as_millis()).unwrap_or(0);
        if failure.cause != Cause::DnsTimeout || self.heard.load(Ordering::Relaxed) > since {
            return failure;
        }
        Failure::new(Stage::Own, Cause::ResolverUnreachable, "the resolver answers nothing at all")
    }

    /// Asks every resolver for the root once a question stays unanswered: an answer proves that the resolvers are alive.
    /// Ends only when every one of them is refused by its machine or out of reach, which the library would not notice
    /// before its time is up.
    async fn refused(&self) -> Failure {
        let patience = (self.budget / 4).min(PATIENCE);
        tokio::time::sleep(patience).await;
        let probes = self.servers.iter().map(|s| async {
            for _ in 0..PROBES {
                match tokio::time::timeout(patience, root_probe(s.at)).await {
                    Ok(Ok(())) => {
                        self.hear();
                        return None;
                    }
                    Ok(Err(error)) => return Some(error),
                    Err(_) => {}
                }
            }
            None
        });
        let ends = futures_util::future::join_all(probes).await;
        match ends.into_iter().collect::<Option<Vec<_>>>().and_then(|mut refusals| refusals.pop()) {
            Some(error) => Failure::new(Stage::Own, Cause::ResolverUnreachable, error.to_string()),
            None => std::future::pending().await,
        }
    }
}

/// Any answer to a question for the root. A connected socket hears of a closed port.
async fn root_probe(at: SocketAddr) -> std::io::Result<()> {
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(Name::root(), RecordType::NS));
    let query = query.to_vec().map_err(std::io::Error::other)?;
    let any: IpAddr = if at.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(at).await?;
    socket.send(&query).await?;
    socket.recv(&mut [0; 512]).await?;
    Ok(())
}

fn config(at: SocketAddr) -> NameServerConfig {
    let mut config = NameServerConfig::udp_and_tcp(at.ip());
    for connection in &mut config.connections {
        connection.port = at.port();
    }
    config
}

fn server(config: NameServerConfig, options: &ResolverOpts) -> Option<Server> {
    let port = config.connections.first()?.port;
    let at = SocketAddr::new(config.ip, port);
    let label = at.to_string();
    let context = Arc::new(PoolContext::new(options.clone(), TlsConfig::new().ok()?));
    Some(Server { label, at, pool: NameServerPool::from_config([config], context, TokioRuntimeProvider::default()) })
}

/// The name of a reference point: `host`, `host:port` or a URL.
fn foreign(canary: &str) -> Option<Name> {
    let rest = canary.split_once("://").map_or(canary, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().filter(|h| h.parse::<IpAddr>().is_err() && !h.starts_with('['))?;
    let mut name = Name::from_ascii(host).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn failed(stage: Stage, cause: Cause, detail: impl Into<String>) -> DnsStatus {
    DnsStatus::Failed(Failure::new(stage, cause, detail))
}

pub(super) fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Cname => RecordType::CNAME,
        RecordKind::Ns => RecordType::NS,
        RecordKind::Soa => RecordType::SOA,
        RecordKind::Mx => RecordType::MX,
        RecordKind::Txt => RecordType::TXT,
        RecordKind::Caa => RecordType::CAA,
        RecordKind::Ds => RecordType::DS,
    }
}

/// A name as evidence writes it: lower case, A-labels, no trailing dot.
pub(super) fn text(name: &Name) -> String {
    let mut text = name.to_ascii();
    text.make_ascii_lowercase();
    if text.len() > 1 && text.ends_with('.') {
        text.pop();
    }
    text
}

fn answer(record: &Record, kind: RecordKind) -> Option<DnsAnswer> {
    let data = match &record.data {
        RData::A(ip) => ip.0.to_string(),
        RData::AAAA(ip) => ip.0.to_string(),
        RData::CNAME(name) => text(&name.0),
        RData::NS(name) => text(&name.0),
        RData::MX(mx) => format!("{} {}", mx.preference, text(&mx.exchange)),
        RData::SOA(soa) => format!(
            "{} {} {} {} {} {} {}",
            text(&soa.mname),
            text(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        RData::TXT(txt) => txt.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect(),
        RData::Unknown { rdata, .. } => data_encoding::HEXLOWER.encode(&rdata.anything),
        other => other.to_string(),
    };
    Some(DnsAnswer { name: text(&record.name), kind, ttl: record.ttl, data })
}
