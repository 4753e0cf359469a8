//! The register: `targets.toml` → validated settings, units, sites and media accounts.
//!
//! *Owns*: the file format, its validation (every mistake at once, underlined, in Chinese), the allowed reach of requests.
//! *May not*: fetch, judge. *Start reading at* [`types::Register`].

pub mod types;

pub use types::*;
