//! The second look: a browser shows a page whose footer only its scripts write.
//!
//! *Owns*: starting, driving and ending a local Chromium; answering its requests; bringing back what it shows. *May not*:
//! open a socket, judge, know rules. *Start reading at* [`Renderer`], then `page`.
//!
//! The browser has no network. It is spoken to through its two pipes, its own way out is closed (no name resolves, its proxy
//! does not exist), and every request it pauses at is answered here: from what the look brought back already, by the
//! site's own [`SiteFetcher`](crate::fetch::SiteFetcher) — the same reach, politeness, budgets and records as every other
//! request — or not at all. Nothing is ever solved for a protection device: only pages of the site itself are shown.
//!
//! Without the cargo feature `render`, and on systems without Unix pipes, a [`Renderer`] can be had but never finds a browser.

mod settings;

#[cfg(all(unix, feature = "render"))]
mod answer;
#[cfg(all(unix, feature = "render"))]
mod browser;
#[cfg(all(unix, feature = "render"))]
mod page;
#[cfg(all(unix, feature = "render"))]
mod pipe;
#[cfg(all(unix, feature = "render"))]
mod process;

#[cfg(not(all(unix, feature = "render")))]
#[path = "absent.rs"]
mod browser;

pub use browser::Renderer;
pub use settings::{Mode, Report, Settings};

#[cfg(test)]
mod tests;
