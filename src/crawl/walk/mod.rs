//! A bounded walk over the pages of one site: breadth first from the home page, one page at a time, no body kept.
//!
//! Reach, robots.txt, politeness and patience are those of the [`SiteFetcher`] that is walked with. The plan bounds pages,
//! clicks, bytes, seconds and links; [`trap`] bounds what a site can make of its own addresses. Memory per address met is one
//! 64-bit key; per page read, one [`WalkPage`]. *Start reading at* [`walk`].

mod frontier;
mod trap;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use crate::evidence::page::{PageInput, Refused, skim};
use crate::evidence::walk::{Common, Print, TITLE, WalkEnd};
use crate::evidence::{Cause, Fetch, PageFacts, Purpose, Walk, WalkPage, WalkPlan, block};
use crate::fetch::{Hand, SiteFetcher};

use frontier::{Frontier, Step};

/// Label of an article's title and of its day (国办发〔2017〕47号附件).
const ARTICLE_TITLE: &str = "ArticleTitle";
const PUB_DATE: &str = "PubDate";
/// Characters kept of a day as written.
const DATE: usize = 30;

/// Where a walk begins.
pub struct Start {
    /// The home page as it was read.
    pub home: Arc<PageFacts>,
    /// Names that are the site's own, A-labels.
    pub hosts: Vec<String>,
}

/// Walks over the site of `start` as far as `plan` and what is left of the fetcher's reach allow.
pub async fn walk(site: &mut SiteFetcher, start: &Start, plan: WalkPlan) -> Walk {
    let requests = plan.pages.saturating_add(plan.links).saturating_mul(3).saturating_add(16);
    let time = Duration::from_secs(plan.secs.into());
    site.grant(requests, plan.bytes, time);
    let mut walker = Walker {
        end: Instant::now() + time,
        bytes: 0,
        common: Common::of(&start.home.text),
        frontier: Frontier::new(start, plan),
        walk: Walk { plan, pages: Vec::new(), short: None, known: 0, trapped: 0, repeated: 0 },
    };
    let home = WalkPage { status: Some(200), ..page_of(&start.home, 0, None) };
    walker.walk.pages.push(home);
    walker.frontier.take(&start.home, 0);
    while walker.go_on(site) {
        let Some(step) = walker.frontier.next() else { break };
        walker.visit(site, step).await;
    }
    let Walker { frontier, mut walk, .. } = walker;
    (walk.known, walk.trapped) = frontier.counts();
    if frontier.left_out() {
        walk.short.get_or_insert(WalkEnd::Pages);
    }
    walk
}

struct Walker {
    end: Instant,
    bytes: u64,
    common: Common,
    frontier: Frontier,
    walk: Walk,
}

impl Walker {
    fn go_on(&mut self, site: &SiteFetcher) -> bool {
        let end = match site.spent() {
            Some(Cause::Cancelled) => Some(WalkEnd::Cancelled),
            _ if Instant::now() >= self.end => Some(WalkEnd::Time),
            _ if self.bytes >= self.walk.plan.bytes => Some(WalkEnd::Bytes),
            Some(_) => Some(WalkEnd::Time),
            None => None,
        };
        self.walk.short = end;
        end.is_none()
    }

    async fn visit(&mut self, site: &mut SiteFetcher, step: Step) {
        let Ok(url) = Url::parse(&step.url) else { return };
        let (allowed, _) = site.robots(&url).await;
        let fetch = match allowed {
            true => site.get(&step.url, Purpose::Inner, Hand::First).await,
            false => SiteFetcher::forbidden(&step.url, Purpose::Inner),
        };
        self.bytes += fetch.hops.iter().filter_map(|h| h.body.as_ref()).map(|b| b.wire.len() as u64).sum::<u64>();
        let served = fetch.last().url.clone();
        let asked = (served != step.url).then(|| step.url.clone());
        if asked.is_some() && !self.frontier.lands(&served) {
            self.walk.repeated += 1;
            return;
        }
        match read(&fetch) {
            Ok(facts) => {
                let print = self.common.print(&facts.text);
                let mut page = page_of(&facts, step.depth, print);
                (page.status, page.asked) = (fetch.last().status, asked);
                self.frontier.seen(&step, print);
                self.frontier.take(&facts, step.depth);
                self.walk.pages.push(page);
            }
            Err(unread) => self.walk.pages.push(WalkPage {
                url: served,
                asked,
                depth: step.depth,
                status: fetch.last().status,
                cause: unread.cause,
                blocked: unread.blocked.map(str::to_owned),
                ..WalkPage::default()
            }),
        }
    }
}

/// Why an exchange brought back no page, where its status does not say it.
#[derive(Debug, Default)]
struct Unread {
    cause: Option<Cause>,
    blocked: Option<&'static str>,
}

impl Unread {
    fn by(cause: Cause) -> Self {
        Unread { cause: Some(cause), blocked: None }
    }
}

/// The page an exchange brought back, or why there is none.
fn read(fetch: &Fetch) -> Result<PageFacts, Unread> {
    if let Some(failure) = fetch.failure() {
        return Err(Unread::by(failure.cause));
    }
    let hop = fetch.last();
    let status = hop.status.unwrap_or_default();
    let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
    if let Some(family) = block::recognise(status, &hop.headers, bytes) {
        return Err(Unread { cause: None, blocked: Some(family) });
    }
    if !(200..300).contains(&status) {
        return Err(Unread::default());
    }
    let content_type = hop.header("content-type");
    if content_type.is_some_and(|t| !t.to_ascii_lowercase().contains("html")) {
        return Err(Unread::by(Cause::PageNotHtml));
    }
    let facts = skim(&PageInput { bytes, url: &hop.url, content_type, fragment: false });
    match facts.refused {
        None => Ok(facts),
        Some(Refused::NotText) => Err(Unread::by(Cause::PageUndecodable)),
        Some(_) => Err(Unread::by(Cause::PageTooDeep)),
    }
}

fn page_of(facts: &PageFacts, depth: u8, print: Option<Print>) -> WalkPage {
    let label = |name: &str| {
        let found = facts.metas.iter().find(|m| m.name.trim().eq_ignore_ascii_case(name));
        found.map(|m| m.content.trim()).filter(|text| !text.is_empty())
    };
    let short = |text: &str, most| text.chars().take(most).collect::<String>();
    WalkPage {
        url: facts.url.clone(),
        depth,
        title: short(label(ARTICLE_TITLE).unwrap_or(&facts.title), TITLE),
        date: label(PUB_DATE).map(|text| short(text, DATE)),
        print,
        links: facts.links.iter().filter(|l| l.url.is_some()).count() as u32,
        ..WalkPage::default()
    }
}
