//! Identity of a problem point.

use std::borrow::Cow;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::Fingerprint;
use crate::check::Subject;

/// Version of the scheme, first part of every fingerprint. A new scheme gets a new number and a migration.
const SCHEME: &str = "p1-";
const LENGTH: usize = 26;

/// The fingerprint of `subject` under a rule family at a site: never of text, count, date, severity or address.
pub fn fingerprint(family: &str, site: &str, subject: &Subject) -> Fingerprint {
    // A canonical JSON array: fixed order, NFC strings, no blanks.
    let identity = serde_json::to_vec(&(nfc(family), nfc(site), subject.kind, nfc(&subject.key)))
        .expect("strings and a unit variant serialize");
    let mut text = BASE32_NOPAD.encode(&Sha256::digest(&identity));
    text.truncate(LENGTH);
    text.make_ascii_lowercase();
    text.insert_str(0, SCHEME);
    Fingerprint(text)
}

fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}
