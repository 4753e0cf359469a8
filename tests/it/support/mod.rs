//! What tests of the real program share: running it, a city in a process of its own, servers that misbehave.

#[cfg(feature = "web")]
pub mod browser;
pub mod city;
pub mod hostile;
pub mod names;
#[cfg(feature = "web")]
pub mod pages;
pub mod program;
pub mod raw;
pub mod register;

use std::time::{Duration, Instant};

/// Longest anything here is waited for. Only a broken program comes near it.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until `done` says so.
///
/// # Panics
/// When it never does.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
