//! Passwords: Argon2id, and what may become one.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory in KiB and passes of RFC 9106's second recommendation scaled to a small office machine: 19 MiB, two passes, one lane
/// (the figures of OWASP's password storage sheet).
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Longer input only costs time.
const LONGEST: usize = 256;
const SHORTEST: usize = 8;
/// From this length on the kinds of characters do not matter.
const LONG_ENOUGH: usize = 14;

/// Why something cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    Short,
    Long,
    /// Fewer than three of: capital letters, small letters, digits, others.
    Simple,
    /// It holds the account's name.
    Name,
}

/// Whether `password` may be one for `account`.
///
/// # Errors
/// The first fault found.
pub fn check_strength(account: &str, password: &str) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordFault::Short);
    }
    if password.len() > LONGEST {
        return Err(PasswordFault::Long);
    }
    if !account.is_empty() && password.to_lowercase().contains(&account.to_lowercase()) {
        return Err(PasswordFault::Name);
    }
    let kinds: [fn(char) -> bool; 3] = [|c| c.is_ascii_uppercase(), |c| c.is_ascii_lowercase(), |c| c.is_ascii_digit()];
    let others = password.chars().any(|c| !c.is_ascii_alphanumeric());
    let found = kinds.iter().filter(|kind| password.chars().any(kind)).count() + usize::from(others);
    let varied = password.chars().collect::<std::collections::HashSet<_>>().len() >= SHORTEST / 2;
    if varied && (found >= 3 || length >= LONG_ENOUGH) { Ok(()) } else { Err(PasswordFault::Simple) }
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The string to keep.
pub(super) fn hash(password: &str) -> Option<String> {
    let salt = SaltString::encode_b64(&super::door::random::<16>()?).ok()?;
    argon().hash_password(password.as_bytes(), &salt).ok().map(|hash| hash.to_string())
}

/// Whether `password` is the one behind `stored`. Without one, as much time passes before the answer is no.
pub(super) fn verify(stored: Option<&str>, password: &str) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody's password").unwrap_or_default());
    let known = stored.is_some();
    let stored = stored.unwrap_or(&NOBODY);
    let right = password.len() <= LONGEST
        && PasswordHash::new(stored).is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok());
    known && right
}
