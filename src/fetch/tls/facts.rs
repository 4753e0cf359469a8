//! What a certificate says, read by x509-parser (which reads SM2 certificates too).

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::prelude::*;
use x509_parser::public_key::PublicKey;

use crate::evidence::CertFacts;

/// Characters kept of one name or number.
const LENGTH: usize = 300;
/// Names kept of one certificate; the total is counted.
const NAMES: usize = 100;

/// Everything read from one certificate: the facts of evidence, and what the verdicts need beside them.
pub(super) struct Read {
    pub(super) facts: CertFacts,
    /// Raw DER of the names, for comparing without display forms.
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    /// Organisation of the issuer.
    pub(super) issuer_organisation: Option<String>,
    pub(super) weak_key: bool,
    pub(super) weak_signature: bool,
    /// Carries what only publicly trusted authorities put in: signed timestamps (RFC 6962) or a CA/Browser Forum policy.
    pub(super) public: bool,
}

impl Read {
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// `None` when the bytes are no certificate.
pub(super) fn read(der: &CertificateDer<'_>, keep_der: bool) -> Option<Read> {
    let (_, cert) = X509Certificate::from_der(der).ok()?;
    // "Never" is written as the last second of the year 9999 (RFC 5280 §4.1.2.5), a little beyond what a timestamp holds.
    let at = |time: &ASN1Time| {
        let far = if time.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_second(time.timestamp()).unwrap_or(far)
    };
    let (key, weak_key) = key(&cert);
    let (signature, weak_signature) = signature(&cert);
    let (names, names_total) = names(&cert);
    let facts = CertFacts {
        sha256: HEXLOWER.encode(&Sha256::digest(der)),
        subject: short(cert.subject().to_string()),
        issuer: short(cert.issuer().to_string()),
        serial: short(HEXLOWER.encode(cert.raw_serial())),
        not_before: at(&cert.validity().not_before),
        not_after: at(&cert.validity().not_after),
        names,
        names_total,
        key,
        signature,
        is_ca: cert.is_ca(),
        der: keep_der.then(|| BASE64.encode(der)),
    };
    Some(Read {
        subject: cert.subject().as_raw().to_vec(),
        issuer: cert.issuer().as_raw().to_vec(),
        issuer_organisation: organisation(cert.issuer()),
        weak_key,
        weak_signature,
        public: is_public(&cert),
        facts,
    })
}

/// Certificates can be made to say anything at any length.
fn short(text: String) -> String {
    match text.char_indices().nth(LENGTH) {
        Some((at, _)) => text[..at].to_owned(),
        None => text,
    }
}

/// The organisation in a name, lower case.
pub(super) fn organisation(name: &X509Name<'_>) -> Option<String> {
    let organisation = name.iter_organization().next()?;
    Some(organisation.as_str().ok()?.trim().to_lowercase())
}

fn names(cert: &X509Certificate<'_>) -> (Vec<String>, u32) {
    let Ok(Some(extension)) = cert.subject_alternative_name() else { return (Vec::new(), 0) };
    let all = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(octets) => Some(std::net::Ipv4Addr::from(octets).to_string()),
            Err(_) => <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        },
        _ => None,
    });
    let mut kept = Vec::new();
    let mut total = 0u32;
    for name in all {
        total = total.saturating_add(1);
        if kept.len() < NAMES {
            kept.push(short(name));
        }
    }
    (kept, total)
}

/// Name of the key, and whether it is too short (RSA below 2048 bits, EC below 224).
fn key(cert: &X509Certificate<'_>) -> (String, bool) {
    let info = cert.public_key();
    let curve = info.algorithm.parameters.as_ref().and_then(|p| p.as_oid().ok()).map(|oid| oid.to_id_string());
    if let Some(oid) = curve.filter(|_| info.algorithm.algorithm.to_id_string() == "1.2.840.10045.2.1") {
        return match oid.as_str() {
            "1.2.840.10045.3.1.7" => ("EC-P256".to_owned(), false),
            "1.3.132.0.34" => ("EC-P384".to_owned(), false),
            "1.3.132.0.35" => ("EC-P521".to_owned(), false),
            "1.3.132.0.33" => ("EC-P224".to_owned(), false),
            "1.2.840.10045.3.1.1" => ("EC-P192".to_owned(), true),
            "1.2.156.10197.1.301" => ("SM2".to_owned(), false),
            other => (format!("EC-{other}"), false),
        };
    }
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let bits = bits(rsa.modulus);
            (format!("RSA-{bits}"), bits < 2048)
        }
        Ok(PublicKey::EC(point)) => (format!("EC-{}", point.key_size()), point.key_size() < 224),
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => ("Ed25519".to_owned(), false),
            "1.3.101.113" => ("Ed448".to_owned(), false),
            other => (other.to_owned(), false),
        },
    }
}

/// Significant bits of a big-endian number.
pub(super) fn bits(number: &[u8]) -> usize {
    let digits = number.iter().position(|b| *b != 0).map_or(&[][..], |first| &number[first..]);
    digits.first().map_or(0, |top| digits.len() * 8 - top.leading_zeros() as usize)
}

/// Name of the signature algorithm, and whether it rests on a broken hash.
fn signature(cert: &X509Certificate<'_>) -> (String, bool) {
    let oid = cert.signature_algorithm.algorithm.to_id_string();
    let (name, weak) = match oid.as_str() {
        "1.2.840.113549.1.1.2" => ("MD2-RSA", true),
        "1.2.840.113549.1.1.4" => ("MD5-RSA", true),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("SHA1-RSA", true),
        "1.2.840.113549.1.1.10" => ("RSA-PSS", false),
        "1.2.840.113549.1.1.11" => ("SHA256-RSA", false),
        "1.2.840.113549.1.1.12" => ("SHA384-RSA", false),
        "1.2.840.113549.1.1.13" => ("SHA512-RSA", false),
        "1.2.840.10045.4.1" => ("SHA1-ECDSA", true),
        "1.2.840.10045.4.3.2" => ("SHA256-ECDSA", false),
        "1.2.840.10045.4.3.3" => ("SHA384-ECDSA", false),
        "1.2.840.10045.4.3.4" => ("SHA512-ECDSA", false),
        "1.2.156.10197.1.501" => ("SM3-SM2", false),
        "1.3.101.112" => ("Ed25519", false),
        other => (other, false),
    };
    (name.to_owned(), weak)
}

fn is_public(cert: &X509Certificate<'_>) -> bool {
    cert.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::SCT(_) => true,
        ParsedExtension::CertificatePolicies(policies) => {
            policies.iter().any(|p| p.policy_id.to_id_string().starts_with("2.23.140.1."))
        }
        _ => false,
    })
}
