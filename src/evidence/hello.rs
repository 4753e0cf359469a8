//! What a server answers to a ClientHello that is asked and never completed: versions, suites and groups our own TLS
//! library does not speak, national cryptography among them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cause, CertFacts};

/// What one ClientHello offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// TLS 1.2 and below with everything old clients speak: the hello of a browser of yesterday.
    Old,
    /// TLS 1.3 with every suite and group, those of RFC 8998 included.
    Tls13,
    /// TLCP (GB/T 38636-2020), naming the host.
    Tlcp,
    /// TLCP without any extension, as older stacks want it.
    TlcpBare,
    /// SSL 3.0 without any extension (RFC 6101).
    Ssl3,
    Tls10,
    Tls11,
    /// TLS 1.2 and below with nothing but RC4, 3DES, DES, export, NULL and anonymous suites.
    WeakSuites,
    /// TLS 1.2 and below with nothing but ephemeral Diffie-Hellman over finite fields.
    Dhe,
    /// TLS 1.3 with the suites of RFC 8998 only.
    Rfc8998,
    /// TLS 1.2 and below with everything, as [`Offer::Old`]; asked last.
    Tls12,
}

impl Offer {
    /// Asked after an ordinary handshake failed, in this order, until one is accepted.
    pub const AFTER_FAILURE: [Offer; 5] = [Offer::Old, Offer::Tlcp, Offer::Tls13, Offer::TlcpBare, Offer::Ssl3];
    /// The full survey of a server that speaks with us. What every server of today accepts comes near the end: an answer there
    /// shows that the server was still willing to talk after all the questions before.
    pub const SURVEY: [Offer; 8] = [
        Offer::Tls10,
        Offer::WeakSuites,
        Offer::Dhe,
        Offer::Tlcp,
        Offer::Rfc8998,
        Offer::Tls11,
        Offer::Ssl3,
        Offer::Tls12,
    ];
    /// Handshakes of all kinds made with one endpoint in one run, at most.
    pub const MOST: u32 = 10;
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HelloLook {
    /// Name of the endpoint, A-labels.
    pub host: String,
    /// Logical port, before any port map.
    pub port: u16,
    /// Address really dialled.
    pub address: String,
    pub at: Timestamp,
    pub offer: Offer,
    pub answer: HelloAnswer,
    /// Which handshake with this endpoint in this run it was, ordinary ones counted; at most [`Offer::MOST`]. 0: not asked.
    pub nth: u32,
    /// Bytes sent and received.
    pub sent: u32,
    pub received: u32,
    pub elapsed_ms: u32,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelloAnswer {
    /// A ServerHello: proof that the server speaks this.
    Accepted(Accepted),
    /// Alert description (RFC 8446 §6).
    Alert(u8),
    /// Closed without an answer.
    Closed,
    Reset,
    /// No answer in time.
    Silent,
    /// Something that is no TLS.
    NotTls,
    /// A first flight that breaks the format.
    Malformed,
    /// Not asked, or not answered because of our own side.
    Unasked(Cause),
}

/// The first flight of a server that accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    pub version: TlsVersion,
    /// Registered name, or four hexadecimal digits.
    pub suite: String,
    /// Whether the server knows RFC 5746; `None` where the question has no meaning (TLS 1.3, TLCP, SSL 3.0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_renegotiation: Option<bool>,
    /// Size of the Diffie-Hellman prime, bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dh_bits: Option<u32>,
    /// Certificates sent in clear.
    #[serde(default)]
    pub certificates: u32,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<Box<CertFacts>>,
}

/// Protocol versions, oldest first; TLCP stands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    #[serde(rename = "SSLv3")]
    Ssl3,
    #[serde(rename = "TLSv1.0")]
    Tls10,
    #[serde(rename = "TLSv1.1")]
    Tls11,
    #[serde(rename = "TLSv1.2")]
    Tls12,
    #[serde(rename = "TLSv1.3")]
    Tls13,
    #[serde(rename = "TLCP")]
    Tlcp,
}

impl TlsVersion {
    /// As printed: `TLS 1.0`.
    pub fn name(self) -> &'static str {
        match self {
            TlsVersion::Ssl3 => "SSL 3.0",
            TlsVersion::Tls10 => "TLS 1.0",
            TlsVersion::Tls11 => "TLS 1.1",
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
            TlsVersion::Tlcp => "TLCP",
        }
    }

    /// Withdrawn by RFC 7568 and RFC 8996.
    pub fn is_withdrawn(self) -> bool {
        self <= TlsVersion::Tls11
    }
}

impl Accepted {
    /// Only national cryptography opens this: TLCP, or a suite of RFC 8998.
    pub fn is_national(&self) -> bool {
        self.version == TlsVersion::Tlcp || self.suite.contains("_SM4_")
    }

    /// RC4, DES in any form, export strength, no encryption or no authentication.
    pub fn is_weak_suite(&self) -> bool {
        ["RC4", "DES", "EXPORT", "NULL", "_anon_", "RC2", "IDEA"].iter().any(|part| self.suite.contains(part))
    }

    /// A suite of TLS 1.2 that libraries of today speak: ECDHE with authenticated encryption.
    pub fn is_modern_suite(&self) -> bool {
        self.suite.contains("ECDHE") && ["GCM", "CHACHA20"].iter().any(|part| self.suite.contains(part))
    }
}

impl HelloAnswer {
    pub fn accepted(&self) -> Option<&Accepted> {
        match self {
            HelloAnswer::Accepted(accepted) => Some(accepted),
            _ => None,
        }
    }

    /// A proper refusal of what was offered: an alert by which a TLS server says that it cannot agree (RFC 8446 §6.2).
    ///
    /// Nothing else is one. A reset, a bare close or garbage can be a box on the way or a server in trouble, and alerts about
    /// names, certificates or the server's own errors do not speak of versions and suites.
    pub fn is_refusal(&self) -> bool {
        matches!(self, HelloAnswer::Alert(description) if REFUSALS.contains(description))
    }

    /// The connection ended without a word.
    pub fn is_ending(&self) -> bool {
        matches!(self, HelloAnswer::Closed | HelloAnswer::Reset)
    }

    /// Something came back or the peer ended the talk; silence and our own side say nothing.
    pub fn is_heard(&self) -> bool {
        !matches!(self, HelloAnswer::Silent | HelloAnswer::Unasked(_))
    }
}

/// unexpected_message, handshake_failure, illegal_parameter, decode_error, protocol_version, insufficient_security,
/// missing_extension.
const REFUSALS: [u8; 7] = [10, 40, 47, 50, 70, 71, 109];
