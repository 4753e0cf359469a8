//! Rules as data: `rules/` → validated rules, labels and the work calendar.
//!
//! *Owns*: the rule file format, its validation and layers, the words of labels, deadlines by calendar, running a rule's own
//! cases. *May not*: look at a site's evidence outside cases, contain the wording of problems (it comes from the files; only
//! messages to the authors of rule files are written here). *Start reading at* [`Rule`], then [`RuleSet`].

pub mod calendar;
pub mod case;
mod draft;
mod explain;
mod files;
pub mod labels;
mod load;
mod policy;
mod questions;
mod raw;
mod scaffold;
mod set;
pub mod template;
mod texts;
pub mod types;

pub use calendar::{Calendar, Cap, Due};
pub use case::{Case, CaseReport};
pub use explain::{check_report, explain};
pub use files::{LoadError, RuleFiles, write_embedded};
pub use labels::Labels;
pub use questions::Question;
pub use scaffold::{NewRule, ScaffoldError, scaffold};
pub use set::RuleSet;
pub use template::RenderContext;
pub use types::*;

#[cfg(test)]
mod tests;
