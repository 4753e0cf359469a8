//! HTTP facts: an exchange with all its hops, each with address, status, certificate and timing.

use serde::{Deserialize, Serialize};

use super::Failure;

/// What an exchange was made for. Rules name the purpose they judge, so no fact is credited to the wrong page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The registered address, followed to the page a visitor ends on.
    Home,
    /// The home page's host over the other scheme (`http` for an `https` register entry and the reverse).
    OtherScheme,
    Robots,
    /// A path that cannot exist, to learn what "not found" looks like here.
    RandomPath,
    Frame,
    /// An HTML fragment, include or JSON the page loads by script.
    Fragment,
    Script,
    /// Another name of the site, or an idle name, from the register.
    FurtherName,
    /// The site a closed one was migrated to.
    Successor,
    /// A column or article page, sampled beside the home page.
    Inner,
    /// Asked for by a browser that showed the home page. Its body served the browser and is not kept.
    Rendering,
}

/// How one hop led here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// The address asked for.
    Start,
    /// A `Location` header.
    Location,
    /// `<meta http-equiv=refresh>`.
    MetaRefresh,
    /// A simple script jump.
    Script,
}

/// Phases in milliseconds; absent when the phase did not happen (reused connection, plain HTTP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_ms: Option<u32>,
    /// Until the head of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u32>,
    /// From the first byte of the body to its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_ms: Option<u32>,
    /// From the start of the hop to its last byte.
    pub total_ms: u32,
}

/// A response body as received.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Body {
    /// Bytes on the wire, still in the transfer's content encoding, base64. Kept as received: it is the honest evidence and
    /// costs no recompression.
    #[serde(with = "super::format::base64_bytes")]
    pub wire: Vec<u8>,
    /// `gzip`, `deflate`, `br` or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoding: String,
    /// The decoded bytes were cut at the body budget.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Decoded bytes. Never stored: [`super::format`] decodes them again on reading.
    #[serde(skip)]
    pub bytes: std::sync::Arc<[u8]>,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The address of this hop as text, before any repair by URL parsing.
    pub url: String,
    pub kind: HopKind,
    /// Address really dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `HTTP/1.1`, `HTTP/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Names lower case, values byte-for-byte as Latin-1; cookies reduced to their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Index into [`super::Evidence::tls`] of the handshake this hop used, if it was TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<usize>,
    pub timing: Timing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

impl Hop {
    /// A hop to `url` of which nothing is known yet.
    pub fn new(url: &str, kind: HopKind) -> Hop {
        Hop {
            url: url.to_owned(),
            kind,
            address: None,
            status: None,
            version: None,
            headers: Vec::new(),
            tls: None,
            timing: Timing::default(),
            failure: None,
            body: None,
        }
    }

    /// First value of a header, name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One exchange with all its hops; there is always at least one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fetch {
    pub purpose: Purpose,
    pub hops: Vec<Hop>,
    /// How often it was tried; earlier tries ended in a transient cause.
    pub tries: u8,
}

impl Fetch {
    /// The hop a visitor ends on, or the one that failed.
    pub fn last(&self) -> &Hop {
        self.hops.last().expect("a fetch is built with its first hop")
    }

    /// The address asked for.
    pub fn asked(&self) -> &str {
        &self.hops.first().expect("a fetch is built with its first hop").url
    }

    /// The answer, if the last hop brought one: status and hop.
    pub fn answered(&self) -> Option<(u16, &Hop)> {
        let hop = self.last();
        match (&hop.failure, hop.status) {
            (None, Some(status)) => Some((status, hop)),
            _ => None,
        }
    }

    /// The failure, if the last hop ended in one.
    pub fn failure(&self) -> Option<&Failure> {
        self.last().failure.as_ref()
    }
}

/// Outcome of undoing a content encoding.
#[derive(Debug)]
pub struct Decoded {
    pub bytes: Vec<u8>,
    /// There was more than the cap allowed.
    pub cut: bool,
    /// The stream was damaged or the encoding is unknown; `bytes` holds what could be read.
    pub damaged: bool,
}

/// Undoes `encoding` (`gzip`, `x-gzip`, `deflate`, `br`, empty or `identity`) and stops at `cap` decoded bytes, so that a
/// decompression bomb costs no more than the cap.
pub fn decode(wire: &[u8], encoding: &str, cap: usize) -> Decoded {
    use std::io::Read;
    let take = |reader: &mut dyn Read| {
        let mut bytes = Vec::with_capacity(wire.len().saturating_mul(4).min(cap));
        let result = reader.take(cap as u64 + 1).read_to_end(&mut bytes);
        let cut = bytes.len() > cap;
        bytes.truncate(cap);
        Decoded { bytes, cut, damaged: result.is_err() && !cut }
    };
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => take(&mut &wire[..]),
        "gzip" | "x-gzip" => take(&mut flate2::read::MultiGzDecoder::new(wire)),
        // RFC 9110 says zlib; many servers send raw deflate.
        "deflate" => {
            let zlib = take(&mut flate2::read::ZlibDecoder::new(wire));
            if zlib.damaged && zlib.bytes.is_empty() {
                take(&mut flate2::read::DeflateDecoder::new(wire))
            } else {
                zlib
            }
        }
        "br" => take(&mut brotli_decompressor::Decompressor::new(wire, 4096)),
        _ => Decoded { bytes: Vec::new(), cut: false, damaged: true },
    }
}
