//! The problem ledger (问题清单): append-only event log, projections, state machine, deadlines.
//!
//! *Owns*: SQLite, matching of findings to problems, every stage transition, the evidence store, the journals of runs.
//! *May not*: evaluate rules, fetch, format for people. *Start reading at* [`Ledger`].
//!
//! How it works, in the order of one run: [`Ledger::begin_run`] → one [`SiteDigest`] per site → [`Ledger::apply`], which in
//! one transaction stores observations and coverage, folds the touched items (`fold`, pure), tests the brake (`brake`,
//! pure), decides transitions (`transition`, pure) and appends hash-chained events (`chain`); `project` turns events into
//! rows, live and in a rebuild alike.
//!
//! Moments are integer microseconds since 1970-01-01 UTC in the file and [`jiff::Timestamp`] at every public edge.
//!
//! Who moves a row: machine evidence (`reconcile`), persons (`act`: every human step of the table T1–T20, and entries they
//! bring), periods that ran out (`tick`). Everything else is refused with [`LedgerError::Refused`], and the refusal is on record.
//!
//! Visits to home pages have a store of their own (`visits`), outside the log: what they amount to is judged elsewhere and
//! comes back as observations.
//!
//! Two decisions differ from the full table's hard pass and hard fail:
//! - The first determinate pass, already looked at twice within its run, moves an unsolved row to 待复核 (T7). Rules closed by
//!   machine are struck off (T9) only after `close.passes` passes on `close.days` distinct local days since the last failure.
//! - A failure in 待复核 returns the row at once (T10), also for rules whose first failures are only 疑似: the row has been
//!   confirmed before. After 已销号 such rules need their full confirmation again before T11.

mod act;
mod apply;
mod backup;
mod balance;
mod bands;
mod book;
mod brake;
mod chain;
mod clockface;
mod content;
mod cover;
mod db;
mod digest;
mod disk;
mod error;
mod events;
mod fold;
mod gc;
mod input;
mod journal;
mod list;
mod lock;
pub mod people;
mod project;
mod read;
mod reconcile;
mod record;
mod reports;
mod runs;
mod sql;
mod store;
mod tick;
mod transition;
mod verify;
pub mod view;
mod visits;

#[cfg(test)]
mod tests;

pub use act::{By, Deed, Done, Entered, NewEntry, RegisterFact, RegisterSaid, SelfCheckFile};
pub use apply::{Applied, RunOutcome};
pub use backup::Backup;
pub use balance::{Balance, Share};
pub use brake::{Hold, Why};
pub use clockface::clockface;
pub use content::Contents;
pub use db::Ledger;
pub use digest::SiteDigest;
pub use error::LedgerError;
pub use events::StoredEvent;
pub use gc::IdleFile;
pub use input::{RunId, RunStart, SiteSnapshot};
pub use journal::Journal;
pub use list::{Figures, ListFilter, ListPage, LogView, RuleLetter};
pub use lock::{RunLock, lock};
pub use read::Filter;
pub use reports::{Frozen, Period, ToFreeze};
pub use store::EvidenceStore;
pub use verify::VerifyReport;
pub use view::*;
pub use visits::{NewVisits, PastDay, Unjudged};
