//! Which inner pages of a site are looked at: columns and articles in turn, as many templates as the sample can hold.
//!
//! The choice depends on the pages alone, so that two looks and two nights choose the same ones: columns in the order of the
//! page (navigation first), articles by address, because the head of a list is another one every day.

use std::collections::{BTreeMap, HashSet};

use url::Url;

use super::words::{NO_TEMPLATE, NO_TEMPLATE_PATHS, PAGES};
use crate::evidence::inner::{PageKind, guess, read_so_far, shape};
use crate::evidence::page::Link;
use crate::evidence::{Evidence, PageFacts, SiteFacts};

/// Longest address asked for, bytes.
const ADDRESS_MAX: usize = 300;
/// Parameters of an address; more are the state of a program.
const PARAMETERS_MAX: usize = 2;
/// Addresses of one shape that make a list of articles.
const LISTED: usize = 3;
/// Links looked through per page.
const LINKS_MAX: usize = 2_000;

/// The next page to look at after `asked`, or `None` when the pages read so far name no further one.
pub(super) fn next(evidence: &Evidence, home: &PageFacts, asked: &[Url]) -> Option<Url> {
    let base = Url::parse(&home.url).ok()?;
    let wanted = if asked.len().is_multiple_of(2) { PageKind::Column } else { PageKind::Article };
    let other = if wanted == PageKind::Column { PageKind::Article } else { PageKind::Column };
    let used: HashSet<String> = asked.iter().map(shape).collect();
    let inner = read_so_far(evidence);
    // Home pages that are mere entries name no article: their columns do.
    let pages: Vec<&PageFacts> = std::iter::once(home).chain(inner.iter().map(|p| &**p)).collect();
    let found: Vec<Vec<(PageKind, Url)>> = pages.iter().map(|page| candidates(page, &base, asked)).collect();
    [wanted, other].into_iter().find_map(|kind| found.iter().find_map(|links| pick(links, kind, &used)))
}

/// The page of `evidence` that inner pages are chosen from: a home page of the registered site itself.
pub(super) fn start(evidence: &Evidence) -> Option<std::sync::Arc<PageFacts>> {
    use crate::evidence::{Home, SiteStatus};
    if evidence.site.status != SiteStatus::Running {
        return None;
    }
    match SiteFacts::of(evidence).home {
        Home::Page(page) => Some(page),
        _ => None,
    }
}

/// Columns a page names, in its order.
pub(super) fn columns(page: &PageFacts) -> Vec<Url> {
    let Ok(base) = Url::parse(&page.url) else { return Vec::new() };
    let links = candidates(page, &base, &[]);
    links.into_iter().filter(|(kind, _)| *kind == PageKind::Column).map(|(_, url)| url).collect()
}

fn candidates(page: &PageFacts, base: &Url, asked: &[Url]) -> Vec<(PageKind, Url)> {
    let mut seen: HashSet<Url> = asked.iter().cloned().collect();
    seen.insert(base.clone());
    let links = page.links.iter().take(LINKS_MAX).filter(|l| !l.hidden && !l.in_footer && is_named(l));
    let urls = links.filter_map(|l| Url::parse(l.url.as_deref()?).ok());
    let kept = urls.filter_map(|mut url| {
        url.set_fragment(None);
        let kind = guess(url.path(), url.query().is_some())?;
        (is_near(&url, base) && is_plain(&url) && seen.insert(url.clone())).then_some((kind, url))
    });
    kept.collect()
}

/// Of templates not seen yet, the one met first (columns) or most often (articles); else any page of the kind. A lone address
/// among the articles is no list's.
fn pick(links: &[(PageKind, Url)], kind: PageKind, used: &HashSet<String>) -> Option<Url> {
    let of_kind: Vec<(String, &Url)> =
        links.iter().filter(|(k, _)| *k == kind).map(|(_, url)| (shape(url), url)).collect();
    if kind == PageKind::Column {
        let fresh = of_kind.iter().find(|(shape, _)| !used.contains(shape));
        return fresh.or(of_kind.first()).map(|(_, url)| (*url).clone());
    }
    let mut shapes: BTreeMap<&str, Vec<&Url>> = BTreeMap::new();
    for (shape, url) in &of_kind {
        shapes.entry(shape).or_default().push(url);
    }
    let rank = |shape: &str, urls: &[&Url]| (!used.contains(shape) && urls.len() >= LISTED, urls.len());
    let most = shapes.into_iter().max_by(|(a, x), (b, y)| rank(a, x).cmp(&rank(b, y)).then(b.cmp(a)))?;
    most.1.into_iter().min().cloned()
}

/// Words that name a page of the site.
fn is_named(link: &Link) -> bool {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    link.text.chars().any(is_han) && !NO_TEMPLATE.iter().any(|word| link.text.contains(word))
}

/// The same host, and no port or scheme of its own.
fn is_near(url: &Url, base: &Url) -> bool {
    url.host() == base.host() && url.port() == base.port() && url.username().is_empty()
}

/// A page, as far as its address tells, and none of the places a crawler stays away from.
fn is_plain(url: &Url) -> bool {
    let text = url.as_str();
    if text.len() > ADDRESS_MAX || text.contains(';') || url.query_pairs().count() > PARAMETERS_MAX {
        return false;
    }
    let avoided = |name: &str| NO_TEMPLATE_PATHS.iter().any(|p| name.eq_ignore_ascii_case(p));
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let stems = segments.iter().map(|s| s.split('.').next().unwrap_or_default());
    let ends_well = segments
        .last()
        .and_then(|s| s.rsplit_once('.'))
        .is_none_or(|(_, extension)| PAGES.iter().any(|p| extension.eq_ignore_ascii_case(p)));
    ends_well && !stems.into_iter().any(avoided) && !url.query_pairs().any(|(name, _)| avoided(&name))
}
