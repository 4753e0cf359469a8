//! Behaviour of the ledger as a whole, against a small world of sites and rules.

mod files;
mod guards;
mod handling;
mod histories;
mod ladder;
mod properties;
mod timeline;
mod visits;
mod world;
