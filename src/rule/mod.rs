//! Rules as data: `rules/` → validated rules, labels and the work calendar.
//!
//! *Owns*: the rule file format, its validation and layers, the words of labels, deadlines by calendar, running a rule's own
//! cases. *May not*: look at a site's evidence outside cases, contain Chinese text itself (it comes from the files).
//! *Start reading at* [`Rule`].

pub mod calendar;
pub mod labels;
pub mod types;

pub use calendar::{Calendar, Due};
pub use labels::Labels;
pub use types::*;
