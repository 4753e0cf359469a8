//! One site's evidence, read: the home page with everything that helps to write it merged in.

use std::sync::Arc;

use super::page::{Marks, PageFacts};
use super::{Evidence, Failure, Undetermined};

/// The readable view of an [`Evidence`] that every check works on. Built once per look.
#[derive(Debug, Clone)]
pub struct SiteFacts<'a> {
    pub evidence: &'a Evidence,
    pub home: Home,
    /// Marks of the home page, its frames, fragments and footer scripts together.
    pub marks: Marks,
    /// Why the absence of a mark would not be decided: scripts not read, budget spent. Empty means: what is not in `marks`
    /// is not on the page.
    pub undecided: Vec<Undetermined>,
    /// Addresses really examined for marks, the home page first.
    pub examined: Vec<String>,
}

/// What became of the home page.
#[derive(Debug, Clone, PartialEq)]
pub enum Home {
    /// A page of the site itself.
    Page(Arc<PageFacts>),
    /// A protection device's page: family name as in [`super::block`].
    Blocked {
        family: &'static str,
        status: u16,
    },
    /// Answered, but with an error status of the site's own.
    ErrorStatus(u16),
    /// Answered with something that is not a readable page.
    Unreadable(Undetermined),
    Failed(Failure),
    NotLooked,
}
