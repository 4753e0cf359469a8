//! Behaviour against real servers on loopback: a resolver that answers as told, and web servers that misbehave as told.
// Certificates are made by the crate that the simulated city needs too.
#![cfg(feature = "demo")]

mod dns;
mod http;
mod politeness;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType, rdata};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::{Budget, Fetcher, Settings};
use crate::clock::Clock;
use crate::evidence::SiteProfile;

/// What the resolver says to one question.
#[derive(Clone)]
pub(crate) enum Says {
    Code(ResponseCode),
    /// Records of the answer section, owner first.
    Records(Vec<(&'static str, RData)>),
    /// Records of the answer section under this code.
    Coded(ResponseCode, Vec<(&'static str, RData)>),
    /// Nothing of the type; the SOA names this zone.
    Nothing(&'static str),
    Silence,
    Garbage,
}

pub(crate) fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

pub(crate) fn v4(text: &str) -> RData {
    RData::A(rdata::A(text.parse().unwrap()))
}

pub(crate) fn alias(to: &str) -> RData {
    RData::CNAME(rdata::CNAME(name(to)))
}

/// A resolver on loopback. Its answers are `say(name, type)`; the counter counts questions.
pub(crate) async fn resolver(
    say: impl Fn(&str, RecordType) -> Says + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    tokio::spawn(async move {
        let mut buffer = [0u8; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            counter.fetch_add(1, Ordering::SeqCst);
            let Ok(query) = Message::from_vec(&buffer[..length]) else { continue };
            let question = query.queries[0].clone();
            let asked = question.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
            let mut reply = query.clone();
            reply.metadata.message_type = MessageType::Response;
            reply.metadata.recursion_available = true;
            let record = |(owner, data): (&str, RData)| Record::from_rdata(name(owner), 60, data);
            match say(&asked, question.query_type()) {
                Says::Silence => continue,
                Says::Garbage => {
                    let mut bytes = buffer[..length].to_vec();
                    bytes[2] |= 0x80;
                    bytes.truncate(14);
                    socket.send_to(&bytes, from).await.unwrap();
                    continue;
                }
                Says::Code(code) => reply.metadata.response_code = code,
                Says::Records(records) => {
                    reply.add_answers(records.into_iter().map(record));
                }
                Says::Coded(code, records) => {
                    reply.metadata.response_code = code;
                    reply.add_answers(records.into_iter().map(record));
                }
                Says::Nothing(zone) => {
                    let soa = rdata::SOA::new(name("ns.x"), name("admin.x"), 1, 2, 3, 4, 5);
                    reply.add_authority(Record::from_rdata(name(zone), 60, RData::SOA(soa)));
                }
            }
            socket.send_to(&reply.to_vec().unwrap(), from).await.unwrap();
        }
    });
    (at, asked)
}

/// A resolver that sends every name to 127.0.0.1 and knows nothing else.
pub(crate) async fn everything_here() -> SocketAddr {
    resolver(|asked, kind| match kind {
        RecordType::A => Says::Records(vec![(leak(asked), v4("127.0.0.1"))]),
        _ => Says::Nothing("gov.cn"),
    })
    .await
    .0
}

pub(crate) fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A server that hands every connection to `serve`.
pub(crate) async fn server<F, R>(serve: F) -> SocketAddr
where
    F: Fn(TcpStream, usize) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut nth = 0;
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, nth));
            nth += 1;
        }
    });
    at
}

/// Reads one request head; `None` when the client went away.
pub(crate) async fn head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<String> {
    let mut seen = Vec::new();
    let mut byte = [0u8; 1];
    while !seen.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).await.ok()?;
        seen.push(byte[0]);
    }
    Some(String::from_utf8(seen).unwrap())
}

/// As [`answering`], with every request as `host path`; also what was asked so far.
pub(crate) async fn recording(
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let at = answering(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let host = request.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
        let line = format!("{} {path}", host.unwrap_or_default());
        seen.lock().unwrap().push(line.clone());
        answer(&line)
    })
    .await;
    (at, asked)
}

/// A server that answers every request with the bytes `answer(request head)`, on kept-alive connections.
pub(crate) async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let answer = Arc::new(answer);
    server(move |mut stream, _| {
        let answer = answer.clone();
        async move {
            let mut first = [0u8];
            stream.peek(&mut first).await.unwrap_or_default();
            if first == [0x16] {
                // A handshake, at a server that knows no TLS.
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
                stream.read_to_end(&mut Vec::new()).await.ok();
                return;
            }
            while let Some(request) = head(&mut stream).await {
                if stream.write_all(&answer(&request)).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

/// A plain answer with a length.
pub(crate) fn page(body: &str) -> Vec<u8> {
    reply("200 OK", "content-type: text/html\r\n", body.as_bytes())
}

pub(crate) fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// Time enough for a busy machine, other limits small, loopback allowed, ports mapped to the servers given (80, 443).
pub(crate) fn settings(resolver: SocketAddr, plain: Option<SocketAddr>, tls: Option<SocketAddr>) -> Settings {
    let ports = [(80, plain), (443, tls)];
    let ports: BTreeMap<u16, u16> = ports.into_iter().filter_map(|(p, at)| Some((p, at?.port()))).collect();
    Settings {
        resolvers: vec![resolver],
        ports,
        allow_private: true,
        requests_per_second: 10_000.0,
        connections_per_address: 8,
        budget: Budget {
            page: Duration::from_secs(20),
            connect: Duration::from_secs(20),
            dns: Duration::from_secs(10),
            retry_pause: Duration::from_millis(1),
            retry_after: Duration::from_millis(20),
            body_bytes: 100_000,
            hops: 4,
            ..Budget::default()
        },
        ..Settings::default()
    }
}

/// The same for servers that are meant to be waited out.
pub(crate) fn impatient(settings: Settings) -> Settings {
    let short = Duration::from_millis(250);
    Settings { budget: Budget { page: short, connect: short, ..settings.budget }, ..settings }
}

pub(crate) fn fetcher(settings: Settings) -> Fetcher {
    Fetcher::new(settings, Clock::fake(now())).unwrap()
}

pub(crate) fn profile(url: &str) -> SiteProfile {
    SiteProfile { url: url.to_owned(), ..SiteProfile::default() }
}
