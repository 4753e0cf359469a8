//! TLS facts: one handshake, the chain as presented, and every fault of the certificate at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Failure;

/// One handshake with one address. Certificate faults are facts, not failures: the handshake is completed in spite of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TlsLook {
    /// Name sent as SNI and checked against the certificate, A-labels.
    pub host: String,
    /// Logical port (443 when the URL says none), before any port map.
    pub port: u16,
    /// Address really dialled.
    pub address: String,
    pub at: Timestamp,
    /// The handshake did not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// e.g. `TLSv1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// Leaf first, exactly as presented.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<CertFacts>,
    /// All faults found, in the order of the enum; empty when the certificate is good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<CertFault>,
    /// The authority whose certificate was not sent, as the chain names it; with [`CertFault::IncompleteChain`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_issuer: Option<String>,
    /// Worth knowing, no fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<CertNote>,
    /// Whether the certificate was judged at all (the peer presented one and it could be parsed).
    pub judged: bool,
    pub elapsed_ms: u32,
}

/// What one certificate says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CertFacts {
    /// SHA-256 of the DER, hex.
    pub sha256: String,
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// DNS names and addresses of the subject alternative name; at most 100, `names_total` counts all.
    pub names: Vec<String>,
    pub names_total: u32,
    /// e.g. `RSA-2048`, `EC-P256`, `SM2`.
    pub key: String,
    pub signature: String,
    pub is_ca: bool,
    /// The DER itself, base64; leaf only unless the chain was faulty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub der: Option<String>,
}

/// What is no fault of a certificate but explains others, or is worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertNote {
    /// The chain is not sent in order, each certificate before its issuer's (RFC 5246 §7.4.2); clients sort it out.
    OutOfOrder,
    /// The host stands in the common name only, which clients have ignored for years (RFC 9525).
    CommonNameOnly,
    /// A certificate status came along (RFC 6066 §8).
    Stapled,
}

/// Independent verdicts about the presented certificate; several hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertFault {
    Expired,
    NotYetValid,
    WrongHost,
    /// Issuer equals subject, signed by itself.
    SelfSigned,
    /// The chain ends at a root that is not in the trust store.
    UntrustedRoot,
    /// An intermediate was not sent, so no path to any root could be built.
    IncompleteChain,
    /// RSA below 2048 bits or EC below 224 bits.
    WeakKey,
    /// SHA-1 or MD5.
    WeakSignature,
    /// The certificate could not be read, or broke a constraint not named above.
    Malformed,
}

impl CertNote {
    /// The key of this note in labels, subjects and stored data.
    pub fn key(self) -> &'static str {
        match self {
            CertNote::OutOfOrder => "out_of_order",
            CertNote::CommonNameOnly => "common_name_only",
            CertNote::Stapled => "stapled",
        }
    }
}

impl CertFault {
    /// The key of this fault in labels, subjects and stored data.
    pub fn key(self) -> &'static str {
        match self {
            CertFault::Expired => "expired",
            CertFault::NotYetValid => "not_yet_valid",
            CertFault::WrongHost => "wrong_host",
            CertFault::SelfSigned => "self_signed",
            CertFault::UntrustedRoot => "untrusted_root",
            CertFault::IncompleteChain => "incomplete_chain",
            CertFault::WeakKey => "weak_key",
            CertFault::WeakSignature => "weak_signature",
            CertFault::Malformed => "malformed",
        }
    }
}
