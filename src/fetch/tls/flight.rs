//! The first flight of a server, read as it comes: records, ServerHello, Certificate, ServerKeyExchange, alerts.
//!
//! Everything read here is in clear. Bytes are looked at once however they are cut into packets, and no more than [`MOST`]
//! of them; what breaks the format ends the reading.

use rustls::CipherSuite;
use rustls::pki_types::CertificateDer;

use crate::evidence::hello::{Accepted, HelloAnswer, Offer, TlsVersion};

use super::{facts, hello};

/// Bytes of a flight that are read; a longer one (certificates without end) is cut there.
pub(super) const MOST: usize = 64 * 1024;
/// Records of a flight that are read.
const RECORDS: usize = 256;
/// Largest record body (RFC 8446 §5.1, with the room old versions allow for expansion).
const RECORD: usize = (1 << 14) + 2048;
/// Random of a HelloRetryRequest (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11,
    0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

/// Content types of records.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Types of handshake messages.
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;
const CERTIFICATE_STATUS: u8 = 22;

/// A flight under way.
#[derive(Debug)]
pub(super) struct Flight {
    offer: Offer,
    /// Bytes not yet taken apart into records.
    raw: Vec<u8>,
    /// Handshake bytes not yet taken apart into messages.
    messages: Vec<u8>,
    records: usize,
    received: usize,
    accepted: Option<Accepted>,
}

/// The flight breaks the format.
struct Broken;

impl Flight {
    pub(super) fn new(offer: Offer) -> Self {
        Flight { offer, raw: Vec::new(), messages: Vec::new(), records: 0, received: 0, accepted: None }
    }

    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// Takes the next bytes; an answer as soon as there is one.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<HelloAnswer> {
        let room = MOST.saturating_sub(self.received);
        self.received += bytes.len();
        self.raw.extend_from_slice(&bytes[..bytes.len().min(room)]);
        match self.read() {
            Err(Broken) => Some(self.broken()),
            Ok(None) if self.received >= MOST => Some(self.end(HelloAnswer::Malformed)),
            Ok(answer) => answer,
        }
    }

    /// What was read when nothing more comes; `otherwise` when that is no answer.
    pub(super) fn end(&mut self, otherwise: HelloAnswer) -> HelloAnswer {
        match self.accepted.take() {
            Some(accepted) => HelloAnswer::Accepted(accepted),
            None => otherwise,
        }
    }

    fn broken(&mut self) -> HelloAnswer {
        // What came after a good ServerHello does not unsay it.
        let otherwise = if self.records == 0 { HelloAnswer::NotTls } else { HelloAnswer::Malformed };
        self.end(otherwise)
    }

    fn read(&mut self) -> Result<Option<HelloAnswer>, Broken> {
        let mut at = 0;
        let answer = loop {
            let Some(head) = self.raw.get(at..at + 5) else { break None };
            let (kind, length) = (head[0], usize::from(u16::from_be_bytes([head[3], head[4]])));
            let tlcp = head[1..3] == [1, 1];
            if !(20..=23).contains(&kind) || (head[1] != 3 && !tlcp) || length > RECORD || self.records >= RECORDS {
                return Err(Broken);
            }
            let Some(body) = self.raw.get(at + 5..at + 5 + length) else { break None };
            at += 5 + length;
            self.records += 1;
            match (kind, body) {
                // A warning is no answer (RFC 6066 §3: an unknown name may go on).
                (ALERT, [1, description, ..]) if *description != 0 => {}
                (ALERT, [_, description, ..]) => {
                    break Some(match self.accepted.take() {
                        Some(accepted) => HelloAnswer::Accepted(accepted),
                        None => HelloAnswer::Alert(*description),
                    });
                }
                (HANDSHAKE, body) => {
                    self.messages.extend_from_slice(body);
                    if self.messages()? {
                        break self.accepted.take().map(HelloAnswer::Accepted);
                    }
                }
                // TLS 1.3 goes on encrypted; before a ServerHello nothing else may come.
                _ if self.accepted.is_some() => break self.accepted.take().map(HelloAnswer::Accepted),
                _ => return Err(Broken),
            }
        };
        self.raw.drain(..at);
        Ok(answer)
    }

    /// Reads whole messages; `true` when the flight has said what it can.
    fn messages(&mut self) -> Result<bool, Broken> {
        let mut at = 0;
        let mut done = false;
        while let Some(head) = self.messages.get(at..at + 4).filter(|_| !done) {
            let (kind, length) = (head[0], usize::try_from(u32::from_be_bytes([0, head[1], head[2], head[3]])));
            let length = length.map_err(|_| Broken)?;
            // Before the hello nothing is believed; a message of megabytes is not waited for.
            if length > MOST || (self.accepted.is_none() && kind != SERVER_HELLO) {
                return Err(Broken);
            }
            let Some(body) = self.messages.get(at + 4..at + 4 + length) else { break };
            at += 4 + length;
            done = match (kind, self.accepted.as_mut()) {
                (SERVER_HELLO, None) => {
                    let accepted = server_hello(self.offer, body).ok_or(Broken)?;
                    let bare = accepted.version == TlsVersion::Tls13;
                    self.accepted = Some(accepted);
                    bare
                }
                (CERTIFICATE, Some(accepted)) => {
                    certificates(accepted, body);
                    false
                }
                (SERVER_KEY_EXCHANGE, Some(accepted)) => {
                    accepted.dh_bits = dh_bits(&accepted.suite, body);
                    true
                }
                (CERTIFICATE_STATUS | CERTIFICATE_REQUEST, Some(_)) => false,
                (SERVER_HELLO_DONE, Some(_)) => true,
                _ => return Err(Broken),
            };
        }
        self.messages.drain(..at);
        Ok(done)
    }
}

/// Cuts pieces off the front of a message.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_be_bytes([b[0], b[1]]))
    }

    fn vector8(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.take(length.into())
    }

    fn vector16(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(length.into())
    }

    fn vector24(&mut self) -> Option<&'a [u8]> {
        let high = self.u8()?;
        let low = self.u16()?;
        self.take(usize::from(high) << 16 | usize::from(low))
    }
}

fn server_hello(offer: Offer, body: &[u8]) -> Option<Accepted> {
    let mut body = Cursor(body);
    let legacy = body.u16()?;
    let random = body.take(32)?;
    if body.vector8()?.len() > 32 {
        return None;
    }
    let suite = body.u16()?;
    body.u8()?;
    let (mut renegotiation, mut chosen) = (false, None);
    if !body.0.is_empty() {
        let mut extensions = Cursor(body.vector16()?);
        while !extensions.0.is_empty() {
            let (kind, mut data) = (extensions.u16()?, Cursor(extensions.vector16()?));
            match kind {
                0xff01 => renegotiation = true,
                43 => chosen = data.u16(),
                _ => {}
            }
        }
    }
    let version = match chosen.unwrap_or(legacy) {
        0x0300 => TlsVersion::Ssl3,
        0x0301 => TlsVersion::Tls10,
        0x0302 => TlsVersion::Tls11,
        0x0303 => TlsVersion::Tls12,
        0x0304 => TlsVersion::Tls13,
        0x0101 => TlsVersion::Tlcp,
        _ => return None,
    };
    // A server that names what nobody offered speaks no protocol that could be relied on; without a key share the only
    // answer of TLS 1.3 is a retry.
    let retry = version != TlsVersion::Tls13 || random == RETRY;
    if !hello::allows(offer, version) || !hello::offered(offer, suite) || !retry {
        return None;
    }
    let asked = (TlsVersion::Tls10..=TlsVersion::Tls12).contains(&version);
    Some(Accepted {
        version,
        suite: suite_name(suite),
        secure_renegotiation: asked.then_some(renegotiation),
        dh_bits: None,
        certificates: 0,
        leaf: None,
    })
}

/// Names of RFC 8998 and GB/T 38636 suites stand beside those the library knows.
fn suite_name(suite: u16) -> String {
    let name = match suite {
        0x00c6 => Some("TLS_SM4_GCM_SM3"),
        0x00c7 => Some("TLS_SM4_CCM_SM3"),
        0xe011 => Some("ECDHE_SM4_CBC_SM3"),
        0xe013 => Some("ECC_SM4_CBC_SM3"),
        0xe019 => Some("RSA_SM4_CBC_SM3"),
        0xe051 => Some("ECDHE_SM4_GCM_SM3"),
        0xe053 => Some("ECC_SM4_GCM_SM3"),
        0xe059 => Some("RSA_SM4_GCM_SM3"),
        _ => CipherSuite::from(suite).as_str(),
    };
    name.map_or_else(|| format!("{suite:04x}"), str::to_owned)
}

/// A list that breaks off counts as far as it goes: the ServerHello was good.
fn certificates(accepted: &mut Accepted, body: &[u8]) {
    let Some(list) = Cursor(body).vector24() else { return };
    let mut list = Cursor(list);
    while let Some(der) = list.vector24() {
        if accepted.certificates == 0 {
            accepted.leaf = facts::read(&CertificateDer::from(der), false).map(|read| Box::new(read.facts));
        }
        accepted.certificates += 1;
    }
}

/// Significant bits of the prime, for suites of finite-field Diffie-Hellman (RFC 5246 §7.4.3).
fn dh_bits(suite: &str, body: &[u8]) -> Option<u32> {
    let finite = suite.contains("_DHE_") || suite.contains("_DH_anon_");
    let prime = Cursor(body).vector16().filter(|_| finite)?;
    u32::try_from(facts::bits(prime)).ok()
}

#[cfg(test)]
mod tests;
