//! The whole integration suite is one binary.

mod architecture;
#[cfg(feature = "demo")]
mod bad_input;
#[cfg(feature = "demo")]
mod end_to_end;
#[cfg(feature = "demo")]
mod hostile;
#[cfg(feature = "demo")]
mod interrupt;
mod labels;
#[cfg(feature = "demo")]
mod outside;
#[cfg(feature = "demo")]
mod support;
