//! How one request of a page is answered.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::evidence::page::script::known;
use crate::evidence::{Cause, Evidence, Fetch, Purpose, RefusalKind, ShortfallKind, block};
use crate::fetch::parse_address;

/// A transparent dot in the place of every picture: pictures hold no marks that can be read, and each would cost a request.
const PICTURE: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/// Headers that decide what a browser does with an answer; the rest is not for it.
const HEADERS: [&str; 10] = [
    "content-type",
    "content-language",
    "content-security-policy",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
    "cross-origin-resource-policy",
    "x-content-type-options",
    "referrer-policy",
    "refresh",
];

/// A request the browser waits with.
#[derive(Debug)]
pub(super) struct Paused {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) get: bool,
    pub(super) frame: String,
    pub(super) kind: String,
}

impl Paused {
    pub(super) fn of(params: &Value) -> Paused {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Paused {
            id: text(&params["requestId"]),
            url: text(&params["request"]["url"]),
            get: params["request"]["method"] == "GET",
            frame: text(&params["frameId"]),
            kind: text(&params["resourceType"]),
        }
    }

    /// Whether part of the page may depend on it.
    pub(super) fn matters(&self) -> bool {
        matches!(self.kind.as_str(), "Document" | "Script" | "XHR" | "Fetch" | "EventSource" | "WebSocket")
    }

    /// What a browser shows without it is the page all the same.
    fn is_aside(&self) -> bool {
        match self.kind.as_str() {
            "Document" => known::is_library(&self.url),
            "Script" => known::is_service(&self.url),
            _ => known::is_service(&self.url) || known::is_figure(&self.url),
        }
    }

    /// What is not asked for at all, and why.
    pub(super) fn refusal(&self, reached: bool) -> Option<RefusalKind> {
        match self.kind.as_str() {
            "Ping" | "EventSource" | "WebSocket" => Some(RefusalKind::Channel),
            _ if !self.get => Some(RefusalKind::Method),
            _ if !reached => Some(RefusalKind::OutOfReach),
            _ => None,
        }
    }

    /// What a refusal leaves open.
    pub(super) fn left_open(&self) -> Option<ShortfallKind> {
        let kind = if self.kind == "Document" { ShortfallKind::Frame } else { ShortfallKind::Refused };
        (self.matters() && !self.is_aside()).then_some(kind)
    }

    /// What is answered without looking anywhere.
    pub(super) fn canned(&self) -> Option<Reply> {
        match self.kind.as_str() {
            "Image" => Some(Reply::Answer {
                status: 200,
                headers: vec![header("content-type", "image/gif")],
                body: PICTURE.to_owned(),
            }),
            "Media" | "Font" | "Manifest" | "TextTrack" | "Prefetch" | "CSPViolationReport" | "SignedExchange"
            | "Other" => Some(Reply::Fail("BlockedByClient")),
            _ => None,
        }
    }
}

/// What the browser is told.
#[derive(Debug)]
pub(super) enum Reply {
    /// `body` is base64.
    Answer { status: u16, headers: Vec<Value>, body: String },
    /// A reason of the protocol's own list.
    Fail(&'static str),
}

fn header(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

impl Reply {
    /// What the exchange brought, as far as a browser is concerned, and what it leaves open. `asked` is the address the
    /// browser asks for now: the first of the exchange, or the one it ended at.
    pub(super) fn of(fetch: &Fetch, asked: &str) -> (Reply, Option<ShortfallKind>) {
        let hop = fetch.last();
        if let Some(failure) = fetch.failure() {
            let reason = match failure.cause {
                Cause::HttpTimeoutHeaders | Cause::HttpTimeoutBody | Cause::TcpTimeout | Cause::TlsTimeout => {
                    "TimedOut"
                }
                Cause::DnsNoSuchName | Cause::DnsNoData => "NameNotResolved",
                Cause::TcpRefused => "ConnectionRefused",
                _ => "Failed",
            };
            let open =
                if failure.cause == Cause::BudgetSpent { ShortfallKind::Budget } else { ShortfallKind::Unanswered };
            return (Reply::Fail(reason), Some(open));
        }
        if address(&hop.url) != address(asked) {
            let to = address(&hop.url).unwrap_or_default();
            return (Reply::Answer { status: 302, headers: vec![header("location", &to)], body: String::new() }, None);
        }
        let status = hop.status.unwrap_or(0);
        let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
        let denied = matches!(status, 401 | 403 | 407 | 429 | 500..=599);
        let blocked = denied || block::recognise(status, &hop.headers, bytes).is_some();
        let cut = hop.body.as_ref().is_some_and(|b| b.cut);
        let open = (blocked || cut || !(200..=599).contains(&status)).then_some(ShortfallKind::Unanswered);
        if !(200..=599).contains(&status) {
            return (Reply::Fail("Failed"), open);
        }
        let plain = |value: &str| value.chars().all(|c| c == '\t' || (' '..='\u{ff}').contains(&c));
        let kept = hop.headers.iter().filter(|(name, value)| HEADERS.contains(&name.as_str()) && plain(value));
        let headers = kept.map(|(name, value)| header(name, value)).collect();
        (Reply::Answer { status, headers, body: data_encoding::BASE64.encode(bytes) }, open)
    }
}

/// The exchanges a look made, by the addresses they began and ended with.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<String, usize>);

impl Known {
    pub(super) fn of(evidence: &Evidence) -> Known {
        let mut known = Known::default();
        for (index, fetch) in evidence.fetches.iter().enumerate() {
            if matches!(fetch.purpose, Purpose::Home | Purpose::Frame | Purpose::Fragment | Purpose::Script) {
                known.add(index, fetch);
            }
        }
        known
    }

    pub(super) fn add(&mut self, index: usize, fetch: &Fetch) {
        for url in [fetch.asked(), fetch.last().url.as_str()] {
            if let Some(url) = address(url) {
                self.0.entry(url).or_insert(index);
            }
        }
    }

    pub(super) fn get(&self, url: &str) -> Option<usize> {
        self.0.get(&address(url)?).copied()
    }
}

/// An address as a browser asks for it.
pub(super) fn address(url: &str) -> Option<String> {
    let mut url = parse_address(url)?;
    url.set_fragment(None);
    Some(url.to_string())
}
