//! Identity of a problem point.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::Fingerprint;
use crate::check::Subject;

/// Version of the scheme, first part of every fingerprint. A new scheme gets a new number and a migration.
const SCHEME: &str = "p1";
const LENGTH: usize = 26;

/// The fingerprint of `subject` under a rule family at a site: never of text, count, date, severity or address.
pub fn fingerprint(family: &str, site: &str, subject: &Subject) -> Fingerprint {
    let nfc = |text: &str| text.nfc().collect::<String>();
    // A canonical JSON array: fixed order, NFC strings, no blanks.
    let identity = serde_json::json!([nfc(family), nfc(site), subject.kind, nfc(&subject.key)]).to_string();
    let hash = BASE32_NOPAD.encode(&Sha256::digest(identity.as_bytes())).to_ascii_lowercase();
    Fingerprint(format!("{SCHEME}-{}", &hash[..LENGTH]))
}
