//! TLS servers made of canned bytes: what they speak, our own TLS library does not. They answer a ClientHello with the first
//! flight of an old or national server and then wait for the client to leave.

use super::manner::Tls;

/// What a client asked, as far as it matters here; the start of a connection, read without any TLS library.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) record: [u8; 2],
    pub(super) version: [u8; 2],
    pub(super) suites: Vec<u16>,
    /// Server name, lower case.
    pub(super) host: Option<String>,
    /// Versions of `supported_versions`; empty without that extension.
    pub(super) versions: Vec<u16>,
}

impl Hello {
    /// Length of the first record, once its head is there.
    pub(super) fn length(bytes: &[u8]) -> Option<usize> {
        let head = bytes.get(..5)?;
        Some(5 + usize::from(u16::from_be_bytes([head[3], head[4]])))
    }

    /// `None` when the record is no ClientHello.
    pub(super) fn read(record: &[u8]) -> Option<Hello> {
        let mut at = Bytes(record);
        if at.take(1)? != [22] {
            return None;
        }
        let version = at.pair()?;
        at.take(2)?;
        if at.take(1)? != [1] {
            return None;
        }
        at.take(3)?;
        let mut hello = Hello { record: version, version: at.pair()?, ..Hello::default() };
        at.take(32)?;
        at.counted(1)?;
        hello.suites = at.counted(2)?.chunks_exact(2).map(|s| u16::from_be_bytes([s[0], s[1]])).collect();
        at.counted(1)?;
        let mut extensions = Bytes(at.counted(2).unwrap_or_default());
        while let Some(kind) = extensions.pair() {
            let mut data = Bytes(extensions.counted(2)?);
            match kind {
                [0, 0] => {
                    let mut list = Bytes(data.counted(2)?);
                    list.take(1)?;
                    hello.host = Some(String::from_utf8_lossy(list.counted(2)?).to_ascii_lowercase());
                }
                [0, 43] => {
                    let versions = data.counted(1)?;
                    hello.versions = versions.chunks_exact(2).map(|v| u16::from_be_bytes([v[0], v[1]])).collect();
                }
                _ => {}
            }
        }
        Some(hello)
    }

    fn speaks(&self, version: [u8; 2]) -> bool {
        let wanted = u16::from_be_bytes(version);
        match self.versions.is_empty() {
            true => self.version[0] == version[0] && self.version >= version,
            false => self.versions.contains(&wanted),
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn pair(&mut self) -> Option<[u8; 2]> {
        self.take(2).map(|b| [b[0], b[1]])
    }

    /// A vector whose length takes `width` bytes.
    fn counted(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.take(width)?.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        self.take(length)
    }
}

/// What a server of canned bytes sends back; `None` when `tls` is not acted out this way.
pub(super) fn answer(tls: Tls, hello: &Hello, chain: &[Vec<u8>]) -> Option<Vec<u8>> {
    let (version, suites): ([u8; 2], &[u16]) = match tls {
        Tls::Ancient => ([3, 1], &[0x002f, 0x000a]),
        Tls::RsaCbc => ([3, 3], &[0x002f, 0x0035]),
        Tls::NoRenegotiation => ([3, 3], &[0x009c, 0x002f]),
        Tls::WeakDh => ([3, 3], &[0x0033]),
        Tls::National => ([1, 1], &[0xe053, 0xe013]),
        Tls::Refuses => return Some(alert([3, 3], 40)),
        _ => return None,
    };
    if !hello.speaks(version) {
        return Some(alert(version, 70));
    }
    let Some(suite) = suites.iter().find(|s| hello.suites.contains(s)) else { return Some(alert(version, 40)) };
    Some(flight(tls, version, *suite, chain))
}

/// ServerHello, Certificate, ServerKeyExchange where the suite has one, ServerHelloDone (RFC 5246 §7.4).
fn flight(tls: Tls, version: [u8; 2], suite: u16, chain: &[Vec<u8>]) -> Vec<u8> {
    let mut hello = version.to_vec();
    hello.extend([0x5a; 32]);
    hello.push(0);
    hello.extend(suite.to_be_bytes());
    hello.push(0);
    if !matches!(tls, Tls::NoRenegotiation | Tls::National) {
        // renegotiation_info, empty (RFC 5746 §3.6).
        hello.extend([0, 5, 0xff, 0x01, 0, 1, 0]);
    }
    let mut list = Vec::new();
    for der in chain {
        list.extend(counted(3, der));
    }
    let mut messages = message(2, &hello);
    messages.extend(message(11, &counted(3, &list)));
    if tls == Tls::WeakDh {
        // A prime of 1024 bits, the generator, a public value and a signature nobody will check.
        let mut exchange = counted(2, &[0xfb; 128]);
        exchange.extend(counted(2, &[2]));
        exchange.extend(counted(2, &[0x21; 128]));
        exchange.extend([2, 1]);
        exchange.extend(counted(2, &[0x17; 256]));
        messages.extend(message(12, &exchange));
    }
    messages.extend(message(14, &[]));
    messages.chunks(4096).flat_map(|part| record(22, version, part)).collect()
}

fn alert(version: [u8; 2], description: u8) -> Vec<u8> {
    record(21, version, &[2, description])
}

fn record(kind: u8, version: [u8; 2], body: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, version[0], version[1]];
    record.extend(counted(2, body));
    record
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(counted(3, body));
    message
}

/// `body` behind its length in `width` bytes.
fn counted(width: usize, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let mut out = length[length.len() - width..].to_vec();
    out.extend(body);
    out
}
