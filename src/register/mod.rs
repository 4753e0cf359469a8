//! The register: `targets.toml` → validated settings, units, sites and media accounts.
//!
//! *Owns*: the file format, its validation (every mistake at once, underlined, in Chinese), the allowed reach of requests.
//! *May not*: fetch, judge. *Start reading at* [`types::Register`], then [`Register::parse`].

pub mod compose;
mod name;
mod notes;
mod number;
mod raw;
mod select;
mod settings;
mod sites;
mod summary;
pub mod types;
mod units;
mod valid;
mod words;

pub use select::{Neighbourhood, SelectError};
pub use summary::TEMPLATE;
pub use types::*;
pub use valid::LoadError;

#[cfg(test)]
mod tests;
