//! What became of links that were asked for during a walk. Of those in order only the number is kept.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::evidence::Cause;

/// Which requirement a link falls under; each falls under one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPart {
    /// On the home page, to the site itself, attachments included.
    Home,
    /// On another page, to the site itself.
    Internal,
    /// On another page, to a file of the site itself.
    Attachment,
    /// To another site, wherever it stands.
    External,
}

impl LinkPart {
    pub const ALL: [LinkPart; 4] = [LinkPart::Home, LinkPart::Internal, LinkPart::Attachment, LinkPart::External];
}

/// How many links of one part met one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// In order.
    pub good: u32,
    /// Not in order, or not to be told: listed, the first of them at least.
    pub listed: u32,
    /// Not asked for: outside the reach, forbidden, or more than the plan allows.
    pub unasked: u32,
}

/// A link that is not simply in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkLook {
    /// Absolute address, as written but for the fragment.
    pub url: String,
    pub part: LinkPart,
    /// The first page it was met on, index into [`super::Walk::pages`].
    pub from: u32,
    /// What it says, at most [`TEXT`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    pub end: LinkEnd,
}

/// Characters kept of a link's text.
pub const TEXT: usize = 30;

/// How asking for a link ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkEnd {
    Good,
    /// An answer with this status, followed to the last redirect.
    Status(u16),
    Failed(Cause),
    /// A protection device of this family answered.
    Blocked(String),
    /// Status 200, with what the host answers for every address it does not have.
    StandIn {
        /// That page says itself that there is nothing, and is another than the home page.
        says_gone: bool,
    },
}

/// Whether the address is that of a file rather than a page.
pub fn is_file(url: &Url, extensions: &[&str]) -> bool {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(_, end)| extensions.iter().any(|e| end.eq_ignore_ascii_case(e)))
}
