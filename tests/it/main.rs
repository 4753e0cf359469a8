//! The whole integration suite is one binary.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests share helpers, print why they skip, and play the servers"
)]

mod architecture;
#[cfg(feature = "demo")]
mod authority;
#[cfg(feature = "demo")]
mod availability;
#[cfg(feature = "demo")]
mod end_to_end;
#[cfg(feature = "demo")]
mod foreign_tls;
#[cfg(feature = "demo")]
mod handling;
#[cfg(feature = "demo")]
mod hostile;
#[cfg(feature = "demo")]
mod interrupt;
#[cfg(all(unix, feature = "demo", feature = "web"))]
mod journey;
mod labels;
#[cfg(feature = "demo")]
mod outside;
#[cfg(feature = "demo")]
mod registering;
#[cfg(all(unix, feature = "demo", feature = "render"))]
mod render;
#[cfg(feature = "demo")]
mod reports;
#[cfg(all(feature = "demo", feature = "web"))]
mod serve;
#[cfg(feature = "demo")]
mod support;
