//! One module per page.

pub(super) mod help;
pub(super) mod log;
pub(super) mod login;
pub(super) mod overview;
pub(super) mod people;
pub(super) mod problem;
pub(super) mod problems;
pub(super) mod reports;
pub(super) mod runs;
pub(super) mod selfcheck;
pub(super) mod settings;
pub(super) mod sites;
pub(super) mod todo;
pub(super) mod units;
