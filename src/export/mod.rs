//! Files and tables from ledger views: DOCX, XLSX, CSV, JSON, terminal tables.
//!
//! *Owns*: every output format, each with its own frozen structs. *May not*: run SQL, change state, touch files (builders
//! return bytes or text). *Start reading at* [`form::FormSpec`] for the two annexes, [`Totals`] for the figures every output
//! shares.

pub mod audit;
pub mod bundle;
mod columns;
pub mod csv;
pub mod docx;
mod error;
pub mod form;
pub mod forms;
pub mod hints;
pub mod html;
pub mod json;
pub mod letter;
pub mod page_facts;
pub mod paper;
pub mod report;
pub mod summary;
pub mod table;
mod text;
mod totals;
pub mod visits;
pub(crate) mod words;
pub mod xlsx;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod office_tests;

pub use error::ExportError;
pub use totals::Totals;
pub use words::{date as date_words, due as due_words, key_point as key_point_words};
