//! One site's evidence, read: the home page with everything that helps to write it merged in.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use url::Url;

use super::inner::{InnerPage, inner_pages};
use super::page::days::{Listed, listed};
use super::page::{
    CodeOrigin, Marks, Need, NeedKind, NumberKind, Opaque, PICTURE, PageFacts, PageInput, Refused, Source, read,
    read_json, read_script, script::known,
};
use super::{Cause, Evidence, Failure, Fetch, Purpose, Reason, Stage, Undetermined, block, rendered};

/// The readable view of an [`Evidence`] that every check works on. Built once per look.
#[derive(Debug, Clone)]
pub struct SiteFacts<'a> {
    pub evidence: &'a Evidence,
    pub home: Home,
    /// How the handshake with the registered address ended, when `home` is the same page over plain HTTP instead: the server
    /// speaks only TLS that we do not.
    pub around: Option<Failure>,
    /// Marks of the home page, its frames, fragments and footer scripts together.
    pub marks: Marks,
    /// Why the absence of a mark would not be decided: scripts not read, budget spent. Empty means: what is not in `marks`
    /// is not on the page.
    pub undecided: Vec<Undetermined>,
    /// Addresses really examined for marks, the home page first.
    pub examined: Vec<String>,
    /// Sampled pages beside the home page that speak for a template, or could not be read.
    pub inner: Vec<InnerPage<'a>>,
    /// What [`listed`](Self::listed) found, once a check has asked.
    pub listed: OnceLock<Vec<Listed>>,
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

/// Resources fetched for one page's footer, at most.
const NEEDS_MAX: usize = 16;

impl<'a> SiteFacts<'a> {
    /// Reads what the crawl brought back. Pure: the same evidence gives the same facts.
    pub fn of(evidence: &'a Evidence) -> Self {
        let found = home_of(evidence);
        let mut facts = SiteFacts::empty(evidence, found.home);
        facts.around = found.around;
        facts.inner = inner_pages(evidence, &facts.home);
        let (Some(index), Home::Page(page)) = (found.index, &facts.home) else { return facts };
        let gathered = Gathered::of(evidence, index, page);
        facts.fill(gathered);
        rendered::merge(&mut facts);
        facts
    }

    /// A page of which nothing was gathered yet.
    pub(super) fn empty(evidence: &'a Evidence, home: Home) -> Self {
        SiteFacts {
            evidence,
            home,
            around: None,
            marks: Marks::default(),
            undecided: Vec::new(),
            examined: Vec::new(),
            inner: Vec::new(),
            listed: OnceLock::new(),
        }
    }

    /// Articles the home page lists, with the days it shows; empty where there is no page. More than one rule asks, and to read
    /// them is dear.
    pub fn listed(&self) -> &[Listed] {
        match &self.home {
            Home::Page(page) => self.listed.get_or_init(|| listed(page)),
            _ => &[],
        }
    }

    pub(super) fn fill(&mut self, gathered: Gathered) {
        self.marks = gathered.marks;
        self.examined = gathered.examined;
        self.undecided = gathered.undecided;
    }
}

/// What the crawl should fetch next so that the home page's marks can be judged. Empty when every expected mark is visibly
/// there already: a healthy static page costs no further request.
pub fn outstanding(evidence: &Evidence) -> Vec<Need> {
    let HomeFound { index: Some(index), home: Home::Page(page), .. } = home_of(evidence) else { return Vec::new() };
    let gathered = Gathered::of(evidence, index, &page);
    if is_complete(&gathered.marks) {
        return Vec::new();
    }
    gathered.open.into_iter().take(NEEDS_MAX.saturating_sub(gathered.fetched)).collect()
}

/// The exchange whose page a browser should show: the home page, where it was read; with `open`, only where scripts leave
/// it undecided whether it carries every mark.
pub fn to_render(evidence: &Evidence, open: bool) -> Option<usize> {
    let HomeFound { index: Some(index), home: Home::Page(page), .. } = home_of(evidence) else { return None };
    if !open {
        return Some(index);
    }
    let gathered = Gathered::of(evidence, index, &page);
    let by_script = gathered.undecided.iter().any(|u| u.reason == Reason::ScriptFooter);
    (by_script && !is_complete(&gathered.marks)).then_some(index)
}

/// What the crawl should fetch next so that the inner page at `index` can be compared with the home page: nothing once it
/// visibly shows every mark the home page shows. What both pages name was fetched for the home page and is not asked again.
pub fn outstanding_inner(evidence: &Evidence, index: usize) -> Vec<Need> {
    let HomeFound { index: Some(home), home: Home::Page(page), .. } = home_of(evidence) else { return Vec::new() };
    let Some(fetch) = evidence.fetches.get(index) else { return Vec::new() };
    let Home::Page(inner) = state_of(evidence, index, fetch) else { return Vec::new() };
    let wanted = shown(&Gathered::of(evidence, home, &page).marks);
    let gathered = Gathered::of(evidence, index, &inner);
    let there = shown(&gathered.marks);
    let complete = wanted.iter().zip(there).all(|(wanted, there)| !wanted || there);
    if complete { Vec::new() } else { gathered.open }
}

/// What a page seen alone, without its scripts and fragments, leaves undecided.
pub fn undecided_alone(page: &PageFacts) -> Vec<Undetermined> {
    let needs = page.needs.iter().map(|n| n.url.clone());
    let needs = needs.map(|detail| Undetermined::new(Reason::ScriptFooter, detail));
    let opaque = page.opaque.iter().map(|o| unseen(o, &o.source));
    let mut open: Vec<Undetermined> = needs.chain(opaque).collect();
    if open.is_empty() && page.builds && !has_footer(page) {
        open.push(Undetermined::new(Reason::ScriptFooter, format!("{}#write", page.url)));
    }
    open
}

/// The page's own text holds what only a footer holds.
fn has_footer(page: &PageFacts) -> bool {
    page.footer.lines().any(super::page::marks::is_footer_marker)
}

/// What a part that static reading cannot see leaves open.
fn unseen(part: &Opaque, source: &str) -> Undetermined {
    match part.why {
        PICTURE => Undetermined::new(Reason::PictureFooter, source),
        why => Undetermined::new(Reason::ScriptFooter, format!("{source}#{why}")),
    }
}

/// Reads the exchange at `index` into the cache, so that the crawl and the checks share one parse.
pub fn remember(evidence: &mut Evidence, index: usize) {
    let page = page_of(evidence, index);
    evidence.parsed.0.insert(index, page);
}

/// The page brought back by the exchange at `index`, from the cache or read now.
pub fn page_of(evidence: &Evidence, index: usize) -> Arc<PageFacts> {
    if let Some(page) = evidence.parsed.0.get(&index) {
        return page.clone();
    }
    let Some(fetch) = evidence.fetches.get(index) else { return Arc::default() };
    let hop = fetch.last();
    let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
    let content_type = hop.header("content-type");
    let home = evidence.fetch(Purpose::Home).map_or("", |h| h.last().url.as_str());
    let page = match fetch.purpose {
        Purpose::Script => {
            let charset = home_charset(evidence);
            read_script(bytes, &hop.url, content_type, charset.as_deref(), home)
        }
        Purpose::Fragment => {
            let json = content_type.is_some_and(|t| t.contains("json")) || matches!(bytes.first(), Some(b'{' | b'['));
            json.then(|| read_json(bytes, &hop.url, home))
                .flatten()
                .unwrap_or_else(|| read(&PageInput { bytes, url: &hop.url, content_type, fragment: true }))
        }
        _ => read(&PageInput { bytes, url: &hop.url, content_type, fragment: false }),
    };
    Arc::new(page)
}

/// A script without a charset of its own is read in its page's.
fn home_charset(evidence: &Evidence) -> Option<String> {
    let index = home_of(evidence).index?;
    Some(page_of(evidence, index).charset.name.clone())
}

/// The exchange the home page was read from.
struct HomeFound {
    index: Option<usize>,
    home: Home,
    around: Option<Failure>,
}

fn home_of(evidence: &Evidence) -> HomeFound {
    let Some(index) = evidence.fetches.iter().position(|f| f.purpose == Purpose::Home) else {
        return HomeFound { index: None, home: Home::NotLooked, around: None };
    };
    let home = state_of(evidence, index, &evidence.fetches[index]);
    if let Home::Failed(failure) = &home
        && let Some((plain, page)) = over_plain(evidence, index, failure)
    {
        return HomeFound { index: Some(plain), home: page, around: Some(failure.clone()) };
    }
    HomeFound { index: Some(index), home, around: None }
}

/// The registered page as the same host serves it over plain HTTP, where its TLS is not for us.
fn over_plain(evidence: &Evidence, index: usize, failure: &Failure) -> Option<(usize, Home)> {
    if failure.stage != Stage::Tls || !evidence.speaks_otherwise(failure) {
        return None;
    }
    let plain = evidence.fetches.iter().position(|f| f.purpose == Purpose::OtherScheme)?;
    let (asked, served) = (&evidence.fetches[index].last().url, &evidence.fetches[plain].last().url);
    let (asked, served) = (Url::parse(asked.trim()).ok()?, Url::parse(served.trim()).ok()?);
    if served.scheme() != "http" || served.host() != asked.host() {
        return None;
    }
    match state_of(evidence, plain, &evidence.fetches[plain]) {
        page @ Home::Page(_) => Some((plain, page)),
        _ => None,
    }
}

/// What became of the page the exchange at `index` was made for.
pub fn state_at(evidence: &Evidence, index: usize) -> Home {
    evidence.fetches.get(index).map_or(Home::NotLooked, |fetch| state_of(evidence, index, fetch))
}

/// What became of the page the exchange at `index` was made for.
pub(super) fn state_of(evidence: &Evidence, index: usize, fetch: &Fetch) -> Home {
    if let Some(failure) = fetch.failure() {
        return Home::Failed(failure.clone());
    }
    let hop = fetch.last();
    let Some(status) = hop.status else { return Home::NotLooked };
    let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
    if let Some(family) = block::recognise(status, &hop.headers, bytes) {
        return Home::Blocked { family, status };
    }
    match status {
        401 | 407 => return Home::Unreadable(Undetermined::new(Reason::Login, format!("http_{status}"))),
        429 => return Home::Unreadable(Undetermined::new(Reason::RateLimited, "http_429")),
        200..=299 => {}
        _ => return Home::ErrorStatus(status),
    }
    let unreadable = |cause: Cause| Home::Unreadable(Undetermined::new(Reason::Parse, cause.key()));
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return unreadable(Cause::PageEmpty);
    }
    let declared = hop.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if ["image/", "audio/", "video/", "application/pdf", "application/zip", "octet-stream"]
        .iter()
        .any(|t| declared.contains(t))
    {
        return unreadable(Cause::PageNotHtml);
    }
    let page = page_of(evidence, index);
    match page.refused {
        // Nothing to read and nothing that could write it: a visitor sees an empty window.
        None if is_blank(&page) && page.scripts.is_empty() && !page.builds => unreadable(Cause::PageEmpty),
        None => Home::Page(page),
        Some(Refused::NotText) => unreadable(Cause::PageUndecodable),
        Some(Refused::Depth(_) | Refused::Attributes(_)) => unreadable(Cause::PageTooDeep),
    }
}

/// No word, no link, no frame.
fn is_blank(page: &PageFacts) -> bool {
    page.text.trim().is_empty() && page.links.is_empty() && page.frames.is_empty()
}

/// A page and its helpers, put together.
pub(super) struct Gathered {
    marks: Marks,
    examined: Vec<String>,
    undecided: Vec<Undetermined>,
    /// Needs not fetched yet.
    open: Vec<Need>,
    fetched: usize,
}

impl Gathered {
    pub(super) fn of(evidence: &Evidence, index: usize, page: &Arc<PageFacts>) -> Self {
        let mut all = Gathered {
            marks: page.marks.clone(),
            examined: vec![page.url.clone()],
            undecided: Vec::new(),
            open: Vec::new(),
            fetched: 0,
        };
        let body_cut = evidence.fetches[index].last().body.as_ref().is_some_and(|b| b.cut);
        if body_cut {
            all.undecided.push(Undetermined::new(Reason::Budget, Cause::HttpTooLarge.key()));
        }
        let has_footer = has_footer(page);
        let mut builds = page.builds;
        let mut opaque: Vec<_> = page.opaque.clone();
        let mut queue: Vec<(Need, usize)> = page.needs.iter().map(|n| (n.clone(), 1)).collect();
        let mut known_urls: HashSet<String> = queue.iter().map(|(n, _)| n.url.clone()).collect();
        let mut silent = is_blank(page);
        let mut at = 0;
        while at < queue.len() {
            let (need, depth) = queue[at].clone();
            at += 1;
            let found = evidence.fetches.iter().position(|f| is_help(f.purpose) && f.asked() == need.url);
            let Some(found) = found else {
                all.open.push(need);
                continue;
            };
            all.fetched += 1;
            match outcome(&evidence.fetches[found]) {
                Helped::Content => {
                    let helper = page_of(evidence, found);
                    silent &= is_blank(&helper);
                    let source = match need.kind {
                        NeedKind::Frame => Source::Frame(need.url.clone()),
                        NeedKind::Fragment => Source::Fragment(need.url.clone()),
                        NeedKind::Script => Source::Script(need.url.clone()),
                    };
                    all.marks.absorb(&relabelled(&helper.marks, &source));
                    all.examined.push(need.url.clone());
                    opaque.extend(helper.opaque.iter().cloned());
                    builds |= helper.builds;
                    if depth < 3 {
                        for next in &helper.needs {
                            if known_urls.insert(next.url.clone()) {
                                queue.push((next.clone(), depth + 1));
                            }
                        }
                    }
                }
                Helped::Nothing => all.examined.push(need.url.clone()),
                Helped::OutOfReach
                    if has_footer && need.kind != NeedKind::Frame && known::footer_rank(&need.url) > 0 => {}
                Helped::OutOfReach | Helped::Unknown => {
                    all.undecided.push(Undetermined::new(Reason::ScriptFooter, need.url.clone()));
                }
            }
        }
        for need in &all.open {
            all.undecided.push(Undetermined::new(Reason::ScriptFooter, need.url.clone()));
        }
        for part in opaque {
            let page_itself = part.source == "inline" || part.source == page.url;
            let source = if page_itself { page.url.as_str() } else { part.source.as_str() };
            all.undecided.push(unseen(&part, source));
        }
        // Where no word stands at all, no mark is missing in particular.
        if silent && all.undecided.is_empty() {
            all.undecided.push(Undetermined::new(Reason::Parse, Cause::PageEmpty.key()));
        }
        if !has_footer && builds && all.undecided.is_empty() {
            all.undecided.push(Undetermined::new(Reason::ScriptFooter, format!("{}#write", page.url)));
        }
        all
    }
}

fn is_help(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Frame | Purpose::Fragment | Purpose::Script)
}

enum Helped {
    Content,
    /// Definitely not there: a resource that does not exist writes nothing.
    Nothing,
    OutOfReach,
    Unknown,
}

fn outcome(fetch: &Fetch) -> Helped {
    match (fetch.failure(), fetch.last().status) {
        (Some(failure), _) if failure.cause == Cause::OutOfReach => Helped::OutOfReach,
        (Some(_), _) => Helped::Unknown,
        (None, Some(200..=299)) => {
            let hop = fetch.last();
            let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
            let blocked = block::recognise(hop.status.unwrap_or(200), &hop.headers, bytes);
            if blocked.is_some() || hop.body.as_ref().is_some_and(|b| b.cut) {
                Helped::Unknown
            } else {
                Helped::Content
            }
        }
        (None, Some(404 | 410)) => Helped::Nothing,
        _ => Helped::Unknown,
    }
}

/// The marks as read from another resource.
pub(super) fn relabelled(marks: &Marks, source: &Source) -> Marks {
    let mut marks = marks.clone();
    let places = marks
        .icp
        .iter_mut()
        .map(|m| &mut m.place)
        .chain(marks.psb.iter_mut().map(|m| &mut m.place))
        .chain(marks.codes.iter_mut().map(|m| &mut m.place))
        .chain(marks.conac.iter_mut().map(|m| &mut m.place))
        .chain(marks.jiucuo.iter_mut().map(|m| &mut m.place))
        .chain(marks.sponsor.iter_mut().map(|m| &mut m.place))
        .chain(marks.contact.iter_mut().map(|m| &mut m.place))
        .chain(marks.sitemap.iter_mut().map(|m| &mut m.place));
    for place in places {
        place.source = source.clone();
    }
    marks
}

/// Every mark a page's bottom must carry is visibly there.
fn is_complete(marks: &Marks) -> bool {
    shown(marks).iter().all(|there| *there)
}

/// Which of the marks a page's bottom must carry are visibly there.
fn shown(marks: &Marks) -> [bool; 7] {
    [
        marks.icp.iter().any(|m| m.visible && m.kind == NumberKind::Filing),
        marks.psb.iter().any(|m| m.visible && matches!(m.kind, NumberKind::Filing | NumberKind::Legacy)),
        marks.codes.iter().any(|m| m.visible && m.origin == CodeOrigin::Printed),
        marks.conac.iter().any(|m| m.visible),
        marks.jiucuo.iter().any(|m| m.visible),
        marks.sponsor.iter().any(|m| m.visible),
        marks.contact.iter().any(|m| m.visible),
    ]
}
