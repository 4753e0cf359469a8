//! One look at one site: what to ask `fetch`, in what order, within what budget.
//!
//! *Owns*: the plan of a look. *May not*: judge, know rule ids, spawn unbounded work. *Start reading at* [`look`]; [`visit`] is the
//! short form that only asks whether the home page opens, [`walk`] the long one.

mod inner;
mod look;
mod migration;
mod visit;
pub mod walk;
mod words;

pub use look::{look, look_again};
pub use visit::visit;

#[cfg(test)]
mod tests;
