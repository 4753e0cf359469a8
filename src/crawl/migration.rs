//! Looking for a closed site's content on its successor: old addresses, the same paths, lists, and the successor's own search
//! by address, each within a small share of its own.
//!
//! The sample depends on the pages' names alone, so that two looks and two nights look for the same ones.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::inner;
use crate::evidence::migration::{Former, FormerLook, Landing, Migration, SearchLook, article_titles, link_to, names};
use crate::evidence::page::{PageInput, SearchForm, skim};
use crate::evidence::{Cause, Fetch, PageFacts, Purpose, block};
use crate::fetch::{Hand, SiteFetcher, parse_address};

/// Former pages looked for, and list pages of the successor read.
const ITEMS: usize = 20;
const LISTS: usize = 10;
/// What the search may cost beyond the look's own budget.
const REQUESTS: u32 = 4 * ITEMS as u32 + LISTS as u32 + 10;
const BYTES: u64 = 32 * 1024 * 1024;
const TIME: Duration = Duration::from_secs(300);
/// Asked for in place of a title: nothing has it.
const NONSENSE: &str = "xunjian0no0such0title";
const NOWHERE: &str = "/xunjian-no-such-page.html";

/// What is known of the successor before the search begins.
pub(super) struct Successor {
    /// Its home page as read, and the address it was asked under.
    pub(super) home: Arc<PageFacts>,
    pub(super) asked: Url,
    pub(super) form: Option<SearchForm>,
    /// The closed site's own server answers.
    pub(super) old_answers: bool,
}

/// Looks for `former` on the successor.
pub(super) async fn look_for(site: &mut SiteFetcher, former: &[Former], successor: &Successor) -> Migration {
    site.grant(REQUESTS, BYTES, TIME);
    let mut all = Migration {
        successor: successor.home.url.clone(),
        known: u32::try_from(former.len()).unwrap_or(u32::MAX),
        items: sample(former).into_iter().map(|item| FormerLook { item, ..FormerLook::default() }).collect(),
        ..Migration::default()
    };
    let lists = lists(site, successor, &mut all).await;
    for look in &mut all.items {
        look.listed = lists.iter().find_map(|page| link_to(page, &look.item.title));
    }
    all.soft_404 = match successor.asked.join(NOWHERE) {
        Ok(nowhere) => fetch(site, &nowhere).await.is_none_or(|f| f.answered().is_some_and(|(s, _)| s < 400)),
        Err(_) => true,
    };
    if let Some(form) = &successor.form {
        all.search = prove(site, form, &lists).await;
    }
    let proven = all.search.as_ref().is_some_and(|s| s.proven);
    for at in 0..all.items.len() {
        if let Some(cause) = site.spent() {
            all.short = Some(cause);
            break;
        }
        one(site, successor, proven, &mut all.items[at]).await;
    }
    all
}

/// All of them when they are few, else those whose names come first when shuffled by their own bytes.
fn sample(former: &[Former]) -> Vec<Former> {
    let mut known: Vec<&Former> = former.iter().collect();
    let order = |item: &Former| {
        let bytes = item.title.bytes().chain(item.url.bytes());
        bytes.fold(0xCBF2_9CE4_8422_2325u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01B3))
    };
    known.sort_by_key(|item| (order(item), *item));
    known.dedup();
    known.into_iter().take(ITEMS).cloned().collect()
}

/// The home page and columns of the successor.
async fn lists(site: &mut SiteFetcher, successor: &Successor, all: &mut Migration) -> Vec<Arc<PageFacts>> {
    let mut pages = vec![successor.home.clone()];
    for url in inner::columns(&successor.home).into_iter().take(LISTS) {
        if site.spent().is_some() {
            break;
        }
        if let Some(page) = fetch(site, &url).await.and_then(|f| page_of(&f)) {
            pages.push(Arc::new(page));
        }
    }
    all.pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    pages
}

/// Whether the search finds what is there, and only when it is asked for.
async fn prove(site: &mut SiteFetcher, form: &SearchForm, lists: &[Arc<PageFacts>]) -> Option<SearchLook> {
    let control = lists.iter().rev().flat_map(|page| article_titles(page)).next()?;
    let asked = form.query(&control);
    let hits = fetch(site, &asked).await.and_then(|f| page_of(&f)).map(|page| link_to(&page, &control).is_some());
    let empty = form.query(NONSENSE);
    let strays = fetch(site, &empty).await.and_then(|f| page_of(&f)).map(|page| link_to(&page, &control).is_some());
    let proven = hits == Some(true) && strays == Some(false);
    Some(SearchLook { address: asked.to_string(), control, proven })
}

/// One former page; later steps are spared once it is found by its title.
async fn one(site: &mut SiteFetcher, successor: &Successor, proven: bool, look: &mut FormerLook) {
    let title = look.item.title.clone();
    let old = parse_address(&look.item.url);
    if successor.old_answers
        && let Some(url) = &old
        && site.reaches(url)
        && let Some(fetch) = fetch(site, url).await
    {
        look.old = Some(landing(&fetch, &title));
    }
    if let Some(old) = old.as_ref().filter(|u| u.path() != "/" && look.listed.is_none())
        && successor.asked.path() == "/"
    {
        let mut there = successor.asked.clone();
        there.set_path(old.path());
        there.set_query(old.query());
        if let Some(fetch) = fetch(site, &there).await {
            look.same_path = Some(landing(&fetch, &title));
        }
    }
    let named = [&look.old, &look.same_path].into_iter().flatten().any(|l| l.named);
    if let Some(form) = successor.form.as_ref().filter(|_| proven && !named && look.listed.is_none())
        && !title.is_empty()
        && let Some(page) = fetch(site, &form.query(&title)).await.and_then(|f| page_of(&f))
    {
        look.searched = Some(link_to(&page, &title).is_some());
    }
}

/// One exchange that robots.txt allows; `None` otherwise.
async fn fetch(site: &mut SiteFetcher, url: &Url) -> Option<Fetch> {
    let (allowed, _) = site.robots(url).await;
    match allowed && site.spent().is_none() {
        true => Some(site.get(url.as_str(), Purpose::Successor, Hand::Pool).await),
        false => None,
    }
}

fn landing(fetch: &Fetch, title: &str) -> Landing {
    let last = fetch.last();
    let named = !title.is_empty() && page_of(fetch).is_some_and(|page| names(&page, title));
    let cause: Option<Cause> = fetch.failure().map(|f| f.cause);
    Landing { url: last.url.clone(), status: last.status, cause, named }
}

/// The page an exchange brought back, if it is one of the site's own.
fn page_of(fetch: &Fetch) -> Option<PageFacts> {
    let (200..=299, hop) = fetch.answered()? else { return None };
    let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
    if block::recognise(200, &hop.headers, bytes).is_some() {
        return None;
    }
    let page = skim(&PageInput { bytes, url: &hop.url, content_type: hop.header("content-type"), fragment: false });
    page.refused.is_none().then_some(page)
}
