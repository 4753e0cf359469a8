//! The rule set applied to one site's evidence.
//!
//! *Owns*: running every applicable rule, containing panics, exemptions, fingerprints, findings, and the agreement of two
//! looks. *May not*: fetch, store. *Start reading at* [`types::SiteVerdict`].

pub mod types;

pub use types::*;
