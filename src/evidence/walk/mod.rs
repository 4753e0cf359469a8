//! A walk over the pages of a site: which pages there are, and which links lead nowhere.
//!
//! *Owns*: what a bounded walk leaves behind, without a single page body; when two addresses are one ([`canonical`]); the
//! fingerprint of a page's own text ([`print`]). *May not*: choose what is fetched, judge. *Start reading at* [`Walk`].

pub mod canonical;
pub mod link;
pub mod print;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use canonical::{canonical, own_key};
pub use link::{LinkEnd, LinkLook, LinkPart, Tally};
pub use print::{Common, Print};

use super::Cause;
use super::foul::Lure;
use super::personal::Personal;

/// How far a walk may go: the register's `settings.walk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkPlan {
    /// Pages read, the home page included.
    pub pages: u32,
    /// Clicks away from the home page: 1 is every page the home page links to.
    pub depth: u8,
    /// Bytes of all bodies together, on the wire.
    pub bytes: u64,
    /// Seconds of the whole walk, waiting for our own politeness included.
    pub secs: u32,
    /// Links asked for without being read as pages.
    pub links: u32,
    /// Links to hosts outside the register's reach may be asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
    /// Numbers of people are looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
}

impl Default for WalkPlan {
    fn default() -> Self {
        WalkPlan {
            pages: 60,
            depth: 1,
            bytes: 64 * 1024 * 1024,
            secs: 1200,
            links: 400,
            external: false,
            personal: false,
        }
    }
}

/// What a walk brought back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    pub plan: WalkPlan,
    /// Pages in the order they were asked for; the home page first.
    pub pages: Vec<WalkPage>,
    /// Why pages or links within the plan's depth were left unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<WalkEnd>,
    /// Different addresses of the site met, visited or not.
    pub known: u32,
    /// Of these, addresses taken for a trap and left alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub trapped: u32,
    /// Pages asked for that led to one read before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeated: u32,
    /// Links met, by part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tally: BTreeMap<LinkPart, Tally>,
    /// Links that are not simply in order, at most [`LINKS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkLook>,
    /// Links to strangers kept out of sight on the pages walked, the home page apart; at most [`LURES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lures: Vec<Lure>,
    /// Numbers of people, masked, on the pages walked; the home page apart, whose body is kept. At most [`LURES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<Personal>,
    /// The home page still opened when all links had been asked for: what failed before did so for reasons of its own.
    #[serde(default)]
    pub calm: bool,
}

impl Walk {
    /// A walk that has not begun.
    pub fn new(plan: WalkPlan) -> Self {
        Walk {
            plan,
            pages: Vec::new(),
            short: None,
            known: 0,
            trapped: 0,
            repeated: 0,
            tally: BTreeMap::new(),
            links: Vec::new(),
            lures: Vec::new(),
            personal: Vec::new(),
            calm: false,
        }
    }
}

/// Links out of sight, and pages with numbers of people, listed of one walk.
pub const LURES: usize = 100;
/// Links listed of one walk.
pub const LINKS: usize = 500;

/// What ended a walk before everything within its depth was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalkEnd {
    Pages,
    Links,
    Bytes,
    Time,
    Cancelled,
}

/// One page asked for during a walk. Its body is not kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WalkPage {
    /// Where it was served from, after redirects.
    pub url: String,
    /// The address asked for, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Clicks from the home page.
    #[serde(default, skip_serializing_if = "is_home")]
    pub depth: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it could not be read, if so; with a status where the server gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Family of the protection device that answered instead, as in [`super::block`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// `ArticleTitle` where the page has one, else `<title>`; at most [`TITLE`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// `PubDate` as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Fingerprint of the page's own text; `None` where it was not read or has too little of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<Print>,
    /// Links on it, without those to mail addresses, scripts and places of the page itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub links: u32,
}

/// Characters kept of a title.
pub const TITLE: usize = 120;

impl WalkPage {
    /// Answered with a page of the site itself.
    pub fn is_read(&self) -> bool {
        self.cause.is_none() && self.blocked.is_none() && self.status.is_some_and(|s| (200..300).contains(&s))
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_home(depth: &u8) -> bool {
    *depth == 0
}

/// Whether a page says that there is nothing at its address: in its title, or in the beginning of its own text.
pub fn says_gone(title: &str, text: &str) -> bool {
    let begin = text.char_indices().nth(300).map_or(text, |(at, _)| &text[..at]);
    super::inner::words::GONE.iter().any(|word| title.contains(word) || begin.contains(word))
}
