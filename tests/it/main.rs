//! The whole integration suite is one binary.

mod architecture;
mod labels;
