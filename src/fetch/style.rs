//! How requests are put, where that is not the ordinary way.

use hyper::Method;

use super::head;

/// How the requests of a look are put from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Ask for the head of the answer only.
    pub head_only: bool,
    /// Bytes of a body after which the transfer is broken off, below the budget's own cap.
    pub most: Option<usize>,
    /// Handshakes are not recorded: they say nothing new of the site.
    pub unrecorded: bool,
    pub guise: Guise,
}

/// Whom a request seems to come from. Only for the register's own pages, and only once there is a sign that a page shows
/// search engines something else than its visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Guise {
    /// Ourselves, by our own name.
    #[default]
    Own,
    /// A spider of a search engine; our own name stands behind it.
    Spider,
    /// A visitor who comes from a search engine.
    Search,
}

impl Style {
    pub(super) fn method(self) -> Method {
        if self.head_only { Method::HEAD } else { Method::GET }
    }

    /// The User-Agent of this guise, where it is not ours alone.
    pub(super) fn agent(self, own: &str) -> Option<String> {
        (self.guise == Guise::Spider).then(|| format!("{} {own}", head::SPIDER))
    }

    pub(super) fn referer(self) -> Option<&'static str> {
        (self.guise == Guise::Search).then_some(head::SEARCH)
    }
}
