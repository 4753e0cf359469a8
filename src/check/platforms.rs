//! Platforms of the state whose names are nobody's fault, as `rules/platforms.toml` lists them.

use jiff::civil::Date;

use super::look;

/// One platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// A-labels; stands for everything below it too.
    pub host: String,
    pub name: String,
    /// Document that sets the platform up.
    pub basis: String,
    /// Last day the entry holds without a new look at its basis.
    pub until: Date,
}

/// What the list says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Listed,
    /// Listed once; somebody must look at the basis again.
    Lapsed,
    Unknown,
}

/// All platforms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platforms(pub Vec<Platform>);

impl Platforms {
    pub(super) fn of(&self, host: &str, on: Date) -> Entry {
        let newest = self.0.iter().filter(|p| look::covers(&p.host, host)).map(|p| p.until).max();
        match newest {
            None => Entry::Unknown,
            Some(until) if on <= until => Entry::Listed,
            Some(_) => Entry::Lapsed,
        }
    }
}
