//! The problem ledger (问题清单): append-only event log, projections, state machine, deadlines.
//!
//! *Owns*: SQLite, matching of findings to problems, every stage transition. *May not*: evaluate rules, fetch, format for
//! people. *Start reading at* `Ledger`.

pub mod view;
