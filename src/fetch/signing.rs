//! DNSSEC of one zone, computed by ourselves from what one of its servers shows (RFC 4034, RFC 4035).
//!
//! A resolver's word "bogus" is not used: it cannot be told from a resolver that could not fetch the keys.

use hickory_resolver::proto::dnssec::Verifier;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use jiff::Timestamp;

use crate::evidence::{KeyFact, Signature, Signing};

/// Keys and signatures looked at; more is hostile (CVE-2023-50387).
const MOST: usize = 16;

/// Judges the signatures of `zone`'s keys and SOA at `now`. `keys` and `soa` are the answers as they came.
pub(super) fn judge(
    zone: &Name,
    ds: &[DS],
    keys: &[Record],
    soa: &[Record],
    now: Timestamp,
    server: String,
) -> Signing {
    let all: Vec<&DNSKEY> = keys.iter().filter(|r| r.name == *zone).filter_map(key).take(MOST).collect();
    let computable = |d: &&DS| d.digest_type().is_supported();
    let answers = |k: &DNSKEY| {
        ds.iter().filter(computable).any(|d| tag(k) == Some(d.key_tag()) && d.covers(zone, k).unwrap_or(false))
    };
    let trusted: Vec<&DNSKEY> = all.iter().copied().filter(|k| answers(k)).collect();
    let ds_matches = ds.iter().any(|d| computable(&d)).then_some(!trusted.is_empty());
    // Without a DS record there is nothing to begin with: the zone's own keys are taken at their word.
    let signers = if ds.is_empty() { &all } else { &trusted };
    let keys_signed = signed(zone, RecordType::DNSKEY, keys, signers, now);
    let soa_signed = signed(zone, RecordType::SOA, soa, &all, now);
    let facts = all.iter().map(|k| KeyFact {
        tag: tag(k).unwrap_or_default(),
        algorithm: u8::from(k.algorithm()),
        flags: k.flags(),
    });
    Signing { server, keys: facts.collect(), ds_matches, keys_signed, soa_signed }
}

/// The best that any signature over the set is worth.
fn signed(zone: &Name, kind: RecordType, records: &[Record], keys: &[&DNSKEY], now: Timestamp) -> Signature {
    let set: Vec<&Record> = records.iter().filter(|r| r.name == *zone && r.record_type() == kind).collect();
    let mut best = Signature::Missing;
    for sig in records.iter().filter(|r| r.name == *zone).filter_map(signature).take(MOST) {
        if sig.input().type_covered != kind || sig.input().signer_name != *zone {
            continue;
        }
        let worth = worth(zone, sig, &set, keys, now);
        if rank(&worth) > rank(&best) {
            best = worth;
        }
    }
    best
}

fn worth(zone: &Name, sig: &RRSIG, set: &[&Record], keys: &[&DNSKEY], now: Timestamp) -> Signature {
    let input = sig.input();
    if !input.algorithm.is_supported() {
        return Signature::Unsupported;
    }
    let fits = |k: &&&DNSKEY| tag(k) == Some(input.key_tag) && k.algorithm() == input.algorithm;
    let holds = |k: &DNSKEY| k.verify_rrsig(zone, DNSClass::IN, sig, set.iter().copied()).is_ok();
    if !keys.iter().filter(fits).any(|k| holds(k)) {
        return Signature::Wrong;
    }
    let (from, until) = (near(input.sig_inception.get(), now), near(input.sig_expiration.get(), now));
    if now > until {
        Signature::Expired { since: until }
    } else if now < from {
        Signature::NotYet { from }
    } else {
        Signature::Valid { until }
    }
}

fn rank(signature: &Signature) -> u8 {
    match signature {
        Signature::NotAsked | Signature::Missing => 0,
        Signature::Wrong => 1,
        Signature::NotYet { .. } => 2,
        Signature::Expired { .. } => 3,
        // Cannot be computed: may well be good, so it outweighs what is known to be bad.
        Signature::Unsupported => 4,
        Signature::Valid { .. } => 5,
    }
}

/// The instant a 32-bit time means: the one nearest to `now` (RFC 4034 §3.1.5).
fn near(seconds: u32, now: Timestamp) -> Timestamp {
    let ahead = seconds.wrapping_sub(now.as_second() as u32) as i32;
    Timestamp::from_second(now.as_second() + i64::from(ahead)).unwrap_or(now)
}

fn tag(key: &DNSKEY) -> Option<u16> {
    key.calculate_key_tag().ok()
}

fn key(record: &Record) -> Option<&DNSKEY> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key),
        _ => None,
    }
}

/// The signature a record is.
pub(super) fn signature(record: &Record) -> Option<&RRSIG> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(sig)) => Some(sig),
        _ => None,
    }
}

/// The delegation digest a record is.
pub(super) fn digest(record: &Record) -> Option<&DS> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::DS(ds)) => Some(ds),
        _ => None,
    }
}
