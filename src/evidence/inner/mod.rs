//! Inner pages of one look: a small sample of column and article pages beside the home page.
//!
//! *Owns*: what an inner page is read as, and which sampled pages speak for a template of the site. *May not*: choose what is
//! fetched, judge. *Start reading at* [`InnerPage`], then [`address`].

pub mod address;
#[cfg(test)]
mod tests;
pub(in crate::evidence) mod words;

use std::collections::HashSet;

pub use address::{PageKind, guess, shape};
use url::Url;

use super::facts::{Gathered, Home, page_of, state_of};
use super::page::PageFacts;
use super::{Evidence, Purpose, SiteFacts};

/// Links of the home page that a page must repeat to be known as one of the site's templates.
const COMMON_LINKS: usize = 3;

/// One sampled page that speaks for a template of the site, or that could not be read.
#[derive(Debug, Clone)]
pub struct InnerPage<'a> {
    /// Address the page was served from.
    pub url: String,
    pub kind: PageKind,
    /// Pages of one key are made by one template, as far as address and labels tell.
    pub template: String,
    /// The page in the place of the home page, so that every check can be asked about it. Its `inner` is empty.
    pub facts: SiteFacts<'a>,
}

/// The sampled pages in the order they were fetched. Left out are pages that are no template: gone, elsewhere, the home page
/// again, and pages that neither carry page labels nor the site's navigation (viewers, log-ins, print views).
pub(super) fn inner_pages<'a>(evidence: &'a Evidence, home: &Home) -> Vec<InnerPage<'a>> {
    let Home::Page(home) = home else { return Vec::new() };
    let known: HashSet<&str> = home.links.iter().filter_map(|l| l.url.as_deref()).collect();
    let mut pages: Vec<InnerPage<'a>> = Vec::new();
    for (index, fetch) in evidence.fetches.iter().enumerate().filter(|(_, f)| f.purpose == Purpose::Inner) {
        let url = &fetch.last().url;
        let elsewhere = host(url) != host(&home.url) || same_page(url, &home.url);
        let state = state_of(evidence, index, fetch);
        match &state {
            Home::Page(page) if elsewhere || !is_template(page, &known) => continue,
            Home::ErrorStatus(401 | 404 | 410) => continue,
            Home::Failed(_) if elsewhere => continue,
            _ => {}
        }
        let by_address =
            Url::parse(url).ok().map(|u| (guess(u.path(), u.query().is_some()), shape(&u))).unwrap_or_default();
        let kind = match &state {
            Home::Page(page) if has_label(page, words::ARTICLE_LABELS) => PageKind::Article,
            _ => by_address.0.unwrap_or(PageKind::Column),
        };
        let mut facts = SiteFacts::empty(evidence, state);
        if let Home::Page(page) = facts.home.clone() {
            facts.fill(Gathered::of(evidence, index, &page));
        }
        pages.push(InnerPage { url: url.clone(), kind, template: format!("{}{}", kind.key(), by_address.1), facts });
    }
    pages
}

/// Whether the page shows that it is made by the site's own templates.
fn is_template(page: &PageFacts, known: &HashSet<&str>) -> bool {
    if page.client_hop.is_some() || words::GONE.iter().any(|w| page.title.contains(w)) {
        return false;
    }
    let labelled = has_label(page, words::ARTICLE_LABELS) || has_label(page, words::COLUMN_LABELS);
    let shared = page.links.iter().filter_map(|l| l.url.as_deref()).filter(|u| known.contains(u));
    labelled || shared.collect::<HashSet<_>>().len() >= COMMON_LINKS
}

fn has_label(page: &PageFacts, names: &[&str]) -> bool {
    let is = |name: &str| names.iter().any(|n| name.trim().eq_ignore_ascii_case(n));
    page.metas.iter().any(|m| is(&m.name) && !m.content.trim().is_empty())
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_ascii_lowercase())
}

/// The same address but for scheme and fragment.
fn same_page(a: &str, b: &str) -> bool {
    let rest = |url: &str| Url::parse(url).ok().map(|u| (u.path().to_owned(), u.query().map(str::to_owned)));
    rest(a) == rest(b)
}

/// Every inner page read so far, for a crawl that wants to go on from there.
pub fn read_so_far(evidence: &Evidence) -> Vec<std::sync::Arc<PageFacts>> {
    let inner = evidence.fetches.iter().enumerate().filter(|(_, f)| f.purpose == Purpose::Inner);
    inner
        .filter(|(_, f)| matches!(f.answered(), Some((200..=299, _))))
        .map(|(index, _)| page_of(evidence, index))
        .collect()
}
