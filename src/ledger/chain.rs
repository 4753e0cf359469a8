//! The hash chain: `hash = SHA-256(previous hash ‖ JSON text of the event)`.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

/// A link of the chain; the log starts from all zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Link(pub(super) [u8; 32]);

impl Link {
    /// The link after an event whose stored text is `body`.
    pub(super) fn next(self, body: &str) -> Link {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(body.as_bytes());
        Link(hash.finalize().into())
    }

    pub(super) fn to_hex(self) -> String {
        HEXLOWER.encode(&self.0)
    }

    pub(super) fn from_hex(text: &str) -> Option<Link> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Link(bytes.try_into().ok()?))
    }

    /// 台账校验码: 12 base32 characters in groups of four, and the sequence they belong to.
    pub(super) fn code(self, seq: i64) -> String {
        let text = BASE32_NOPAD.encode(&self.0);
        format!("{}-{}-{}@{seq}", &text[..4], &text[4..8], &text[8..12])
    }
}

/// 26 base32 characters (130 bits, lower case) over length-prefixed parts: content addresses inside the ledger.
pub(super) fn content_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = BASE32_NOPAD.encode(&hash.finalize());
    text.truncate(26);
    text.make_ascii_lowercase();
    text
}

/// SHA-256 as lower-case hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A ULID whose random part is derived from `seed`, so that the same history gives the same ids.
pub(super) fn ulid(at: i64, seed: &[&str]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(content_id(seed))[..16]);
    let millis = u64::try_from(at.div_euclid(1000)).unwrap_or(0);
    ulid::Ulid::from_parts(millis, u128::from_le_bytes(bytes)).to_string()
}
