//! Reading one page: charset, one DOM parse, visible text, links, metas, scripts, and the marks of a government page.
//!
//! *Owns*: everything that can be said of one page's bytes, as plain data. *May not*: fetch, judge, know rules.
//! *Start reading at* [`read`].

pub mod address;
pub mod charset;
pub mod days;
pub mod dom;
pub mod flow;
pub mod guard;
mod locate;
pub mod marks;
pub mod page_labels;
mod picture;
pub mod read;
pub mod score;
pub mod script;
mod search_form;
pub mod standing;
pub mod types;
mod veil;
pub mod words;

pub use read::{PageInput, read, read_json, read_script, skim};
pub use search_form::{SearchForm, search_form};
pub use standing::Standing;
pub use types::*;
pub use veil::Veil;

use std::collections::HashMap;
use std::sync::Arc;

/// Pages already read during a crawl, by index of the fetch. Equality ignores it: it can always be computed again.
#[derive(Debug, Clone, Default)]
pub struct Parsed(pub HashMap<usize, Arc<PageFacts>>);

impl PartialEq for Parsed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
