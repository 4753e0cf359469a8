//! The city's name service over UDP and TCP: answers like a recursive resolver, from a table.
//!
//! Written over the wire types instead of a zone store: ten thousand names whose answers change by the day, and whole runs
//! that must find no server at all, are simpler to act out than to keep as zones.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::net::IpAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::world::{Resolved, World, name_servers};

/// Nothing is to be cached: the next day may come at once.
const TTL: u32 = 0;
/// Answers above this are cut over UDP (RFC 9715 size).
const UDP_LIMIT: usize = 1232;

/// Sockets of the service, both on the same port.
pub struct Sockets {
    pub udp: UdpSocket,
    pub tcp: TcpListener,
    pub at: SocketAddr,
}

/// Takes a free port for both transports.
pub async fn bind() -> std::io::Result<Sockets> {
    let mut last = None;
    for _ in 0..16 {
        let udp = UdpSocket::bind("127.0.0.1:0").await?;
        let at = udp.local_addr()?;
        match TcpListener::bind(at).await {
            Ok(tcp) => return Ok(Sockets { udp, tcp, at }),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("no port free for both UDP and TCP")))
}

/// Serves until `stop`; while `cut` is true both sockets are closed, as on a machine without a resolver.
pub async fn serve(
    sockets: Sockets,
    world: Arc<World>,
    mut cut: watch::Receiver<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let at = sockets.at;
    let mut open = Some((sockets.udp, sockets.tcp));
    let mut buffer = vec![0; 4096];
    loop {
        if *cut.borrow_and_update() {
            open = None;
        } else if open.is_none() {
            open = match (UdpSocket::bind(at).await, TcpListener::bind(at).await) {
                (Ok(udp), Ok(tcp)) => Some((udp, tcp)),
                _ => {
                    // Somebody borrowed the port for a moment.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    None
                }
            };
            if open.is_none() && !stop.is_cancelled() {
                continue;
            }
        }
        let Some((udp, tcp)) = &open else {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = cut.changed() => if changed.is_err() { return },
            }
            continue;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            changed = cut.changed() => if changed.is_err() { return },
            got = udp.recv_from(&mut buffer) => if let Ok((length, from)) = got
                && let Some(reply) = reply(&world, &buffer[..length], Some(UDP_LIMIT))
            {
                // A client that is gone already is no error of the city's.
                let _ = udp.send_to(&reply, from).await;
            },
            got = tcp.accept() => if let Ok((stream, _)) = got {
                let (world, stop) = (Arc::clone(&world), stop.clone());
                tasks.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        _ = conversation(stream, &world) => {}
                    }
                });
            },
        }
    }
}

async fn conversation(mut stream: TcpStream, world: &World) -> std::io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut query = vec![0; usize::from(length)];
        stream.read_exact(&mut query).await?;
        let Some(reply) = reply(world, &query, None) else { return Ok(()) };
        let length = u16::try_from(reply.len()).map_err(std::io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes()[..], &reply].concat()).await?;
    }
}

/// The answer to one wire-format question; `None` for what is no question.
pub fn reply(world: &World, query: &[u8], limit: Option<usize>) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let question = query.queries.first()?.clone();
    let mut answer = Message::response(query.metadata.id, OpCode::Query);
    answer.metadata.recursion_desired = query.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    let name = question.name().clone();
    let kind = question.query_type();
    let key = name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    answer.add_query(question);
    if query.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_LIMIT as u16);
        answer.set_edns(edns);
    }
    fill(world, &mut answer, &name, &key, kind);
    let bytes = answer.to_vec().ok()?;
    if limit.is_some_and(|limit| bytes.len() > limit) {
        return answer.truncate().to_vec().ok();
    }
    Some(bytes)
}

fn fill(world: &World, answer: &mut Message, name: &Name, key: &str, kind: RecordType) {
    let mut found = Vec::new();
    match world.resolve(key) {
        Resolved::ServerFailure => {
            answer.metadata.response_code = ResponseCode::ServFail;
            return;
        }
        Resolved::NoSuchName => answer.metadata.response_code = ResponseCode::NXDomain,
        Resolved::Empty => {}
        Resolved::Address(address) => found.extend(address_record(name, address, kind)),
        Resolved::Addresses(all) => found.extend(all.into_iter().filter_map(|a| address_record(name, a, kind))),
        Resolved::Alias(target, address) => {
            let Ok(target) = Name::from_ascii(format!("{target}.")) else { return };
            found.push(Record::from_rdata(name.clone(), TTL, RData::CNAME(CNAME(target.clone()))));
            match address {
                Some(address) if kind != RecordType::CNAME => found.extend(address_record(&target, address, kind)),
                Some(_) => {}
                None if kind != RecordType::CNAME => answer.metadata.response_code = ResponseCode::NXDomain,
                None => {}
            }
        }
    }
    if kind == RecordType::NS {
        let servers = world.delegation(key);
        found.extend(servers.iter().filter_map(|s| {
            let server = Name::from_ascii(format!("{s}.")).ok()?;
            Some(Record::from_rdata(name.clone(), TTL, RData::NS(NS(server))))
        }));
    }
    let zone = world.zone_of(key);
    if kind == RecordType::SOA && zone == key && !key.is_empty() {
        found.extend(soa(zone));
    }
    let complete = found.iter().any(|record| record.record_type() == kind);
    answer.add_answers(found);
    if !complete {
        answer.add_authorities(soa(zone));
    }
}

fn address_record(name: &Name, address: IpAddr, kind: RecordType) -> Option<Record> {
    let data = match (address, kind) {
        (IpAddr::V4(v4), RecordType::A) => RData::A(A(v4)),
        (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA(AAAA(v6)),
        _ => return None,
    };
    Some(Record::from_rdata(name.clone(), TTL, data))
}

fn soa(zone: &str) -> Option<Record> {
    let owner = Name::from_ascii(format!("{zone}.")).ok()?;
    let [server, _] = name_servers();
    let server = Name::from_ascii(format!("{server}.")).ok()?;
    let mailbox = Name::from_ascii("hostmaster.yunling.gov.cn.").ok()?;
    Some(Record::from_rdata(owner, TTL, RData::SOA(SOA::new(server, mailbox, 1, 3600, 600, 86_400, 0))))
}
