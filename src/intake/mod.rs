//! Workbooks that people send back → typed answers.
//!
//! *Owns*: reading Excel files of any hand, finding the head row and its columns, saying in which row and column something is
//! wrong. *May not*: touch files, the ledger or the network. *Start reading at* [`selfcheck::read`], [`problems::read`], [`sites::read`].

mod grid;
pub mod problems;
pub mod selfcheck;
pub mod sites;

pub use grid::{Grid, Mistake, SheetError};

#[cfg(test)]
mod tests;
