//! xunjian (巡检): patrols registered government websites and keeps the problem list.
//!
//! The line, in order; nothing points backwards:
//! `register`, `rule` → `run` → `crawl` (`fetch`) → `evidence` → `inspect` (`check`) → `ledger` → `export`, `web`.
//!
//! Invariants:
//! - Collect first, judge after. `crawl` only looks, `inspect` only judges, `ledger` only remembers.
//! - An answer is pass, fail or undetermined; undetermined neither opens, closes, advances nor ages anything.
//! - A problem is struck off only by a determinate pass of the same rule on the same subject.
//! - Only `fetch` opens sockets towards sites; only `ledger` runs SQL; only `clock` knows the time.
//! - Judging the same evidence with the same rules gives the same bytes.

pub mod check;
pub mod cli;
pub mod clock;
pub mod crawl;
pub mod diagnostic;
pub mod evidence;
pub mod export;
pub mod fetch;
pub mod inspect;
pub mod intake;
pub mod ledger;
pub mod register;
pub mod render;
pub mod rule;
pub mod run;
pub mod schedule;

#[cfg(feature = "demo")]
pub mod demo;
#[cfg(feature = "web")]
pub mod web;
