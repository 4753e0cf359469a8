//! One question to one server, without a resolver in between: UDP with EDNS, or TCP, both bounded in time.
//!
//! Reading messages is the library's; what it reads is believed only when it answers the question that was put.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::{Edns, Message, MessageType, Query};
use hickory_resolver::proto::rr::{DNSClass, Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::evidence::{Cause, Failure, Stage};

use super::address;
use super::fault;
use super::settings::Settings;

/// Largest answer asked for over UDP (RFC 9715).
const PAYLOAD: u16 = 1232;
/// Questions a server is sent per second for every request a web server is sent: they are that much lighter.
const LIGHTER: f64 = 20.0;
/// Port of name servers, before the settings map it.
const PORT: u16 = 53;

/// The last of the tries over UDP, counted from 0: one lost datagram says nothing, and two little.
pub(super) const LAST: u8 = 2;

/// A question and how it is put.
#[derive(Clone, Copy)]
pub(super) struct Question<'n> {
    pub(super) name: &'n Name,
    pub(super) kind: RecordType,
    pub(super) class: DNSClass,
    /// Ask the server to look it up elsewhere.
    pub(super) recursion: bool,
    /// Ask for signatures.
    pub(super) signatures: bool,
}

impl<'n> Question<'n> {
    pub(super) fn of(name: &'n Name, kind: RecordType) -> Self {
        Question { name, kind, class: DNSClass::IN, recursion: false, signatures: false }
    }
}

/// What one zone may cost, and has cost.
pub(super) struct Tally {
    left: AtomicU32,
    queries: AtomicU32,
    bytes: AtomicU64,
}

impl Tally {
    pub(super) fn new(questions: u32) -> Self {
        Tally { left: AtomicU32::new(questions), queries: AtomicU32::new(0), bytes: AtomicU64::new(0) }
    }

    /// Takes one question of what is left, as long as more than `reserve` are.
    pub(super) fn take(&self, reserve: u32) -> bool {
        let taken =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left > reserve).then(|| left - 1));
        if taken.is_ok() {
            self.queries.fetch_add(1, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    fn carry(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn queries(&self) -> u32 {
        self.queries.load(Ordering::Relaxed)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// The way to name servers: the settings' maps and guard, and when each address may be asked next.
pub(super) struct Direct {
    port: u16,
    dial: HashMap<String, SocketAddr>,
    allow_private: bool,
    spacing: Duration,
    /// How long one question with all its tries may take over one transport, and wait for its turn.
    patience: Duration,
    next: Mutex<HashMap<IpAddr, Instant>>,
}

impl Direct {
    pub(super) fn new(settings: &Settings) -> Self {
        let suffix = format!(":{PORT}");
        let names = settings.dial.iter().filter_map(|(key, at)| Some((key.strip_suffix(&suffix)?.to_owned(), *at)));
        Direct {
            port: settings.ports.get(&PORT).copied().unwrap_or(PORT),
            dial: names.collect(),
            allow_private: settings.allow_private,
            spacing: Duration::from_secs_f64((1.0 / (LIGHTER * settings.requests_per_second)).clamp(0.0, 5.0)),
            patience: settings.budget.dns,
            next: Mutex::default(),
        }
    }

    /// Where a server is really reached; `None` when its address is not to be contacted.
    pub(super) fn reach(&self, name: &str, address: IpAddr) -> Option<SocketAddr> {
        if let Some(at) = self.dial.get(name) {
            return Some(*at);
        }
        (self.allow_private || !address::is_local(address)).then(|| SocketAddr::new(address, self.port))
    }

    /// Waits until `at` may be sent another question; not for ever, when half a register asks the same provider.
    async fn turn(&self, at: IpAddr) -> Result<(), Failure> {
        let slot = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let slot = next.get(&at).map_or(now, |n| (*n).max(now));
            if slot > now + self.patience.max(self.spacing) {
                return Err(Failure::new(Stage::Own, Cause::BudgetSpent, "too many questions to this server"));
            }
            next.insert(at, slot + self.spacing);
            slot
        };
        tokio::time::sleep_until(slot.into()).await;
        Ok(())
    }

    /// How long the try `nth` may take: a lost datagram is soon repeated, a slow server gets its time in the end.
    fn time(&self, nth: u8) -> Duration {
        self.patience / if nth < LAST { 4 } else { 2 }
    }

    /// One datagram out, one answer in. A truncated answer is an answer. `nth` counts to [`LAST`].
    pub(super) async fn udp(
        &self,
        at: SocketAddr,
        question: Question<'_>,
        nth: u8,
        tally: &Tally,
    ) -> Result<Message, Failure> {
        self.turn(at.ip()).await?;
        let (id, bytes) = write(question)?;
        let mut malformed = None;
        let talk = async {
            let any: IpAddr = if at.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            // A connected socket hears of a closed port and hears nobody else.
            let socket = UdpSocket::bind((any, 0)).await?;
            socket.connect(at).await?;
            socket.send(&bytes).await?;
            tally.carry(bytes.len());
            let mut buffer = [0; 4096];
            loop {
                let length = socket.recv(&mut buffer).await?;
                tally.carry(length);
                match read(&buffer[..length], id, question) {
                    Ok(message) => return Ok(message),
                    // Somebody else's answer, or none at all: the right one may still come.
                    Err(detail) => malformed = Some(detail),
                }
            }
        };
        match tokio::time::timeout(self.time(nth), talk).await {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(error)) => Err(broken(&error)),
            Err(_) => Err(match malformed {
                Some(detail) => Failure::new(Stage::Dns, Cause::DnsMalformed, detail),
                None => Failure::new(Stage::Dns, Cause::DnsTimeout, "no answer over UDP"),
            }),
        }
    }

    /// The same over a stream of its own; only the first message of the answer is read.
    pub(super) async fn tcp(&self, at: SocketAddr, question: Question<'_>, tally: &Tally) -> Result<Message, Failure> {
        self.turn(at.ip()).await?;
        let (id, bytes) = write(question)?;
        let talk = async {
            #[expect(clippy::disallowed_methods, reason = "the door to name servers")]
            let mut stream = TcpStream::connect(at).await?;
            let length = u16::try_from(bytes.len()).map_err(std::io::Error::other)?;
            stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat()).await?;
            tally.carry(bytes.len() + 2);
            let mut answer = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut answer).await?;
            tally.carry(answer.len() + 2);
            std::io::Result::Ok(answer)
        };
        match tokio::time::timeout(self.time(LAST), talk).await {
            Ok(Ok(answer)) => {
                read(&answer, id, question).map_err(|detail| Failure::new(Stage::Dns, Cause::DnsMalformed, detail))
            }
            Ok(Err(error)) => Err(broken(&error)),
            Err(_) => Err(Failure::new(Stage::Dns, Cause::DnsTimeout, "no answer over TCP")),
        }
    }
}

fn write(question: Question<'_>) -> Result<(u16, Vec<u8>), Failure> {
    let mut message = Message::query();
    message.metadata.recursion_desired = question.recursion;
    let mut query = Query::query(question.name.clone(), question.kind);
    query.set_query_class(question.class);
    message.add_query(query);
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    edns.set_dnssec_ok(question.signatures);
    message.set_edns(edns);
    let bytes = message.to_vec().map_err(|e| Failure::new(Stage::Own, Cause::Internal, e.to_string()))?;
    Ok((message.metadata.id, bytes))
}

/// An answer to exactly this question, or why it is none.
fn read(bytes: &[u8], id: u16, question: Question<'_>) -> Result<Message, String> {
    let message = Message::from_vec(bytes).map_err(|e| format!("unreadable message: {e}"))?;
    if message.metadata.id != id || message.metadata.message_type != MessageType::Response {
        return Err("not an answer to this question".to_owned());
    }
    // Servers that refuse may leave the question out.
    let same =
        |q: &Query| q.name() == question.name && q.query_type() == question.kind && q.query_class() == question.class;
    match message.queries.first() {
        Some(query) if !same(query) => Err("an answer to another question".to_owned()),
        None if !message.answers.is_empty() || !message.authorities.is_empty() => {
            Err("an answer without its question".to_owned())
        }
        _ => Ok(message),
    }
}

fn broken(error: &std::io::Error) -> Failure {
    match fault::own_side(error) {
        Some(cause) => Failure::new(Stage::Own, cause, error.to_string()),
        None => Failure::new(Stage::Dns, Cause::DnsTimeout, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name() -> Name {
        Name::from_ascii("www.test.gov.cn.").unwrap()
    }

    #[test]
    fn only_the_answer_to_the_question_is_believed() {
        let name = name();
        let question = Question::of(&name, RecordType::SOA);
        let (id, bytes) = write(question).unwrap();
        let mut answer = Message::from_vec(&bytes).unwrap();
        assert!(read(&bytes, id, question).is_err(), "a question is no answer");
        answer.metadata.message_type = MessageType::Response;
        let bytes = answer.to_vec().unwrap();
        assert!(read(&bytes, id, question).is_ok());
        assert!(read(&bytes, id.wrapping_add(1), question).is_err());
        assert!(read(&bytes, id, Question::of(&name, RecordType::A)).is_err());
        for cut in 0..bytes.len() {
            let _ = read(&bytes[..cut], id, question);
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_end_as_a_refusal(head in any::<u16>(), rest in proptest::collection::vec(any::<u8>(), 0..600)) {
            let name = name();
            let bytes = [&head.to_be_bytes()[..], &rest].concat();
            let _ = read(&bytes, head, Question::of(&name, RecordType::SOA));
        }
    }
}
