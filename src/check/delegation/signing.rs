//! DNSSEC: a broken chain makes the zone vanish for every visitor whose resolver validates; no chain at all harms nobody.

use super::Answer;
use crate::check::NotApplicable;
use crate::evidence::{Authority, ParentSaid, Reason, Signature};

/// `clock_off`: our own clock is wrong by so many seconds, and no date can be judged by it.
pub(super) fn broken(authority: &Authority, clock_off: Option<i64>) -> Answer {
    let parent = &authority.parent;
    if parent.ds.is_empty() {
        return match parent.said {
            ParentSaid::Delegates => Answer::Nothing(NotApplicable::NoSuchThing),
            _ => Answer::unknown(Reason::Dependency, "ds"),
        };
    }
    let Some(signing) = &authority.signing else { return Answer::unknown(Reason::Dependency, "dnskey") };
    let undated = || clock_off.map(|off| Answer::unknown(Reason::Clock, format!("{off}s")));
    if signing.holds() {
        return undated().unwrap_or(Answer::Pass);
    }
    match parent.vouched {
        Some(true) => {}
        // Nobody relies on them, so nobody is kept out.
        Some(false) => return Answer::Nothing(NotApplicable::NoSuchThing),
        None => return Answer::unknown(Reason::Dependency, "ds"),
    }
    let fail = |cause| Answer::Fail { cause, servers: vec![signing.server.clone()], values: parent.ds.clone() };
    if signing.keys.is_empty() {
        return fail("ds_without_key");
    }
    match signing.ds_matches {
        None => return Answer::unknown(Reason::ToolMissing, "digest"),
        Some(false) => return fail("ds_mismatch"),
        Some(true) => {}
    }
    for signature in [&signing.keys_signed, &signing.soa_signed] {
        match signature {
            Signature::Valid { .. } => {}
            Signature::Expired { .. } => return undated().unwrap_or_else(|| fail("signature_expired")),
            Signature::NotYet { .. } => return undated().unwrap_or_else(|| fail("signature_not_yet")),
            Signature::Wrong => return fail("signature_wrong"),
            Signature::Missing => return fail("signature_missing"),
            Signature::Unsupported => return Answer::unknown(Reason::ToolMissing, "algorithm"),
            Signature::NotAsked => return Answer::unknown(Reason::Dependency, "signature"),
        }
    }
    Answer::Pass
}

pub(super) fn unlinked(authority: &Authority) -> Answer {
    let signed = authority.signing.as_ref().is_some_and(|s| !s.keys.is_empty());
    match &authority.parent.said {
        ParentSaid::Delegates if !authority.parent.ds.is_empty() => Answer::Pass,
        ParentSaid::Delegates if signed => {
            let signing = authority.signing.iter();
            Answer::fail("signed_without_ds", signing.map(|s| s.server.clone()).collect())
        }
        ParentSaid::Delegates if authority.servers.iter().any(|s| s.works()) => {
            Answer::Nothing(NotApplicable::NoSuchThing)
        }
        _ => Answer::unknown(Reason::Dependency, "ds"),
    }
}
