//! The rule set applied to one site's evidence.
//!
//! *Owns*: running every applicable rule, containing panics, exemptions, fingerprints, findings, and the agreement of two
//! looks. *May not*: fetch, store. *Start reading at* [`judge()`], then [`agree()`].

mod agree;
mod fingerprint;
mod judge;
#[cfg(test)]
mod tests;
pub mod types;

pub use agree::{agree, has_listed_failure, wants_second_look, withdraw};
pub use fingerprint::fingerprint;
pub use judge::judge;
pub use types::*;
