//! What became of a closed site's content: each former page looked for on the successor.

use super::page::address::{host_of, path_of};
use super::page::{Link, PageFacts};
use super::{Cause, PageKind, inner};
use serde::{Deserialize, Serialize};

/// A page a closed site once had, as the register or the index of earlier patrols has it; at least one field is set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Former {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Absolute address on the closed site.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Seen by patrols while the site ran, not named by the register: nobody said that it is to be kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub indexed: bool,
}

/// The search for a closed site's content on its successor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Migration {
    /// Where the successor's home page was read; empty when it was not.
    pub successor: String,
    /// Former pages known; `items` is a sample of them.
    pub known: u32,
    pub items: Vec<FormerLook>,
    /// Pages of the successor whose links were read.
    pub pages: u32,
    /// The successor answers paths that cannot exist with a page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft_404: bool,
    /// The successor's own search, where it has one that can be asked by an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchLook>,
    /// What ended the search before its plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Cause>,
}

/// How far the successor's search can be believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SearchLook {
    /// Address of a query.
    pub address: String,
    /// A title that the successor's lists show, which was searched for.
    pub control: String,
    /// The control was found, and not found when something else was asked: what the search does not find is not there.
    pub proven: bool,
}

/// What was seen of one former page.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FormerLook {
    pub item: Former,
    /// Where the old address leads now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Landing>,
    /// The old path under the successor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_path: Option<Landing>,
    /// A page of the successor that the title links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<String>,
    /// Whether the successor's search found the title; `None` when it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searched: Option<bool>,
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Landing {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The page there carries the wanted title.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
}

/// Characters below which a title is no title of one page only.
pub const TITLE_LEAST: usize = 8;
/// Characters of a shortened link text that still tell a title.
const SHORTENED: usize = 12;

/// A title as it is compared: letters and digits only, widths and case aside.
pub fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether `page` carries `title` as its own heading.
pub fn names(page: &PageFacts, title: &str) -> bool {
    let title = fold(title);
    let labelled = page.metas.iter().filter(|m| m.name.trim().eq_ignore_ascii_case("ArticleTitle"));
    let mut heads =
        std::iter::once(page.title.as_str()).chain(labelled.map(|m| m.content.as_str())).chain(page.text.lines());
    title.chars().count() >= TITLE_LEAST && heads.any(|head| head.len() < 2_000 && fold(head).contains(&title))
}

/// The address that a link of `page` with this title leads to.
pub fn link_to(page: &PageFacts, title: &str) -> Option<String> {
    let wanted = fold(title);
    if wanted.chars().count() < TITLE_LEAST {
        return None;
    }
    let is_it = |text: &str| {
        let shortened = text.trim_end().ends_with(['…', '.']);
        let text = fold(text);
        text.contains(&wanted) || (shortened && text.chars().count() >= SHORTENED && wanted.starts_with(&text))
    };
    page.links.iter().filter(|l| !l.hidden && l.text.len() < 2_000).find(|l| is_it(&l.text)).and_then(|l| l.url.clone())
}

/// Titles of articles that `page` links to on its own host.
pub fn article_titles(page: &PageFacts) -> Vec<String> {
    articles(page).map(|l| l.text.trim().to_owned()).collect()
}

fn articles(page: &PageFacts) -> impl Iterator<Item = &Link> {
    let own = host_of(&page.url);
    page.links.iter().filter(move |l| {
        let url = l.url.as_deref().unwrap_or_default();
        let (path, query) = path_of(url);
        !l.hidden
            && l.text.chars().count() >= SHORTENED
            && inner::guess(path, query) == Some(PageKind::Article)
            && host_of(url) == own
            && fold(&l.text).chars().count() >= SHORTENED
    })
}

/// Characters of the longest title kept, and pages kept of one page's links.
const TITLE_MOST: usize = 100;
const OF_PAGE: usize = 20;

/// Entries for the index of a site's content: articles `page` links to under their whole titles, with each one's [`mark`], the
/// smallest marks first. The smallest marks of many pages are an even sample of all they ever linked to.
pub fn index_of(page: &PageFacts) -> Vec<(i64, Former)> {
    let whole = |text: &str| !text.ends_with(['…', '.', '·']) && text.chars().count() <= TITLE_MOST;
    let titled = articles(page).map(|l| (l.text.trim(), l)).filter(|(text, _)| whole(text) && !text.contains('\n'));
    let mut found: Vec<(i64, Former)> = titled
        .map(|(text, link)| {
            let former = Former { title: text.to_owned(), url: link.url.clone().unwrap_or_default(), indexed: true };
            (mark(&former.url), former)
        })
        .collect();
    found.sort();
    found.dedup_by_key(|(mark, _)| *mark);
    found.truncate(OF_PAGE);
    found
}

/// Place of an address in the order of the sample: FNV-1a of its bytes, shuffled once more so that the end of an address counts.
fn mark(url: &str) -> i64 {
    let hash =
        url.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    i64::from_ne_bytes(mixed.to_ne_bytes())
}
