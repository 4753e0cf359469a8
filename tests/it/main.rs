//! The whole integration suite is one binary.

mod architecture;
#[cfg(feature = "demo")]
mod end_to_end;
mod labels;
