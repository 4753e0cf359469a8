//! The one door to the network: DNS, TCP, TLS, HTTP.
//!
//! *Owns*: every socket; politeness per address, retries by cause, limits, canaries; naming why something was not seen.
//! *May not*: parse HTML, know rules, write the ledger. *Start reading at* [`Fetcher`], then [`SiteFetcher`].
//!
//! One door, two hands behind it. `hand` (hyper over tokio-rustls) makes first contact at the site's own addresses: phases
//! timed, whole chain recorded, every certificate verdict at once. `pool` (reqwest) brings everything else. Both go
//! through the same reach, addresses, politeness, identity, caps, hop model and named causes in `site`.
//! Inspections also ask name servers themselves: `authority` says what, `direct` how.

mod address;
mod authority;
mod body;
mod canary;
mod direct;
mod distress;
mod dns;
mod fault;
mod hand;
mod head;
mod hops;
mod once;
mod polite;
mod pool;
mod reach;
mod referral;
mod robots;
mod settings;
mod signing;
mod site;
mod style;
mod target;
mod tls;
mod zone;

mod fetcher;

pub use canary::{CanaryPoint, CanaryReport};
pub use fetcher::Fetcher;
pub use head::user_agent;
pub use hops::parse as parse_address;
pub use polite::SentTo;
pub use reach::Reach;
pub use settings::{Budget, Settings, SetupError, roots_from_pem};
pub use site::{Hand, SiteFetcher};
pub use style::{Guise, Style};
pub use tls::{ChainReader, read_answer};

#[cfg(test)]
pub(crate) mod tests;
