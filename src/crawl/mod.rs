//! One look at one site: what to ask `fetch`, in what order, within what budget.
//!
//! *Owns*: the plan of a look. *May not*: judge, know rule ids, spawn unbounded work. *Start reading at* [`look`].

mod inner;
mod look;
mod words;

pub use look::look;

#[cfg(test)]
mod tests;
