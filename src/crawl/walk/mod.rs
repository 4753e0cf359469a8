//! A bounded walk over the pages of one site: breadth first from the home page, one page at a time, no body kept.
//!
//! Reach, robots.txt, politeness and patience are those of the [`SiteFetcher`] that is walked with. The plan bounds pages,
//! clicks, bytes, seconds and links; [`trap`] bounds what a site can make of its own addresses. Memory per address met is one
//! 64-bit key; per page read, one [`WalkPage`]. *Start reading at* [`walk`].

mod frontier;
mod links;
mod stand_in;
mod trap;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use crate::evidence::foul::Lure;
use crate::evidence::page::{PageInput, Refused, skim};
use crate::evidence::walk::{LURES, LinkEnd, Print, TITLE, WalkEnd};
use crate::evidence::{Cause, Fetch, PageFacts, Purpose, Walk, WalkPage, WalkPlan, block, personal};
use crate::fetch::{Hand, SiteFetcher, Style};

use frontier::{Frontier, Step};
use links::Asker;
use stand_in::StandIns;

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
    /// Number of the look: walks of one number share what they learn of links to other sites.
    pub look: u8,
}

/// Walks over the site of `start` as far as `plan` and what is left of the fetcher's reach allow.
pub async fn walk(site: &mut SiteFetcher, start: &Start, plan: WalkPlan) -> Walk {
    let mut walker = Walker::begin(site, start, plan).await;
    let home = WalkPage { status: Some(200), ..page_of(&start.home, 0, None) };
    walker.walk.pages.push(home);
    walker.frontier.take(&start.home, 0, 0, |url| plan.external || site.reaches(url));
    while walker.go_on(site) {
        let Some(step) = walker.frontier.next() else { break };
        walker.visit(site, step).await;
    }
    while walker.go_on(site) {
        let Some(step) = walker.frontier.next_link() else { break };
        let end = walker.asker.ask(site, &step, walker.rest()).await;
        links::note(&mut walker.walk, &step, end);
    }
    walker.end(site, start).await
}

/// Asks once more for every link of `before` that was not in order, with everything else as it was found.
pub async fn again(site: &mut SiteFetcher, start: &Start, before: Walk) -> Walk {
    let mut walker = Walker::begin(site, start, before.plan).await;
    walker.walk = Walk { links: Vec::new(), ..before };
    for look in before.links {
        if let Some(tally) = walker.walk.tally.get_mut(&look.part) {
            tally.listed = tally.listed.saturating_sub(1);
        }
        let step = Step { url: look.url, depth: 0, part: look.part, from: look.from, text: look.text };
        let end = if walker.go_on(site) { walker.asker.ask(site, &step, walker.rest()).await } else { None };
        links::note(&mut walker.walk, &step, end);
    }
    walker.walk.short = walker.walk.short.or(before.short);
    let (known, trapped) = (walker.walk.known, walker.walk.trapped);
    Walk { known, trapped, ..walker.end(site, start).await }
}

struct Walker {
    end: Instant,
    bytes: u64,
    asker: Asker,
    frontier: Frontier,
    /// Names the register knows.
    known: Vec<String>,
    walk: Walk,
}

impl Walker {
    async fn begin(site: &mut SiteFetcher, start: &Start, plan: WalkPlan) -> Walker {
        let requests = plan.pages.saturating_add(plan.links).saturating_mul(3).saturating_add(16);
        let time = Duration::from_secs(plan.secs.into());
        site.grant(requests, plan.bytes, time);
        site.put(links::READING);
        let stand_ins = StandIns::learn(site, &start.home).await;
        Walker {
            end: Instant::now() + time,
            bytes: 0,
            asker: Asker::new(start.look, stand_ins, plan.external),
            frontier: Frontier::new(start, plan),
            known: start.hosts.clone(),
            walk: Walk::new(plan),
        }
    }

    fn rest(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    fn go_on(&mut self, site: &SiteFetcher) -> bool {
        let end = match site.spent() {
            Some(Cause::Cancelled) => Some(WalkEnd::Cancelled),
            _ if self.rest().is_zero() => Some(WalkEnd::Time),
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
            let end = self.asker.stand_ins.end(&fetch, None);
            links::note(&mut self.walk, &step, Some(end));
            return;
        }
        match read(&fetch) {
            Ok(facts) => {
                let print = self.asker.stand_ins.print(&facts);
                let mut page = page_of(&facts, step.depth, print);
                (page.status, page.asked) = (fetch.last().status, asked);
                let end = self.asker.stand_ins.end(&fetch, Some(&facts));
                links::note(&mut self.walk, &step, Some(end));
                let known: Vec<&String> = self.known.iter().collect();
                self.walk.lures.extend(Lure::of(&facts, &known));
                self.walk.lures.truncate(LURES);
                if self.walk.plan.personal {
                    self.walk.personal.extend(personal::find(&facts.text, &page.url));
                    self.walk.personal.truncate(LURES);
                }
                self.frontier.seen(&step, print);
                let (from, external) = (self.walk.pages.len() as u32, self.walk.plan.external);
                self.frontier.take(&facts, from, step.depth, |url| external || site.reaches(url));
                self.walk.pages.push(page);
            }
            Err(unread) => {
                links::note(&mut self.walk, &step, links::end_unread(&fetch, &unread));
                self.walk.pages.push(WalkPage {
                    url: served,
                    asked,
                    depth: step.depth,
                    status: fetch.last().status,
                    cause: unread.cause,
                    blocked: unread.blocked.map(str::to_owned),
                    ..WalkPage::default()
                });
            }
        }
    }

    /// Closes the walk: what was left out, and whether the site still answers.
    async fn end(mut self, site: &mut SiteFetcher, start: &Start) -> Walk {
        for (part, count) in self.frontier.unasked() {
            self.walk.tally.entry(part).or_default().unasked += count;
        }
        (self.walk.known, self.walk.trapped) = self.frontier.counts();
        if self.frontier.left_out() {
            self.walk.short.get_or_insert(WalkEnd::Pages);
        }
        self.walk.calm = self.walk.links.is_empty() || {
            site.put(links::READING);
            let home = site.get(&start.home.url, Purpose::Inner, Hand::First).await;
            links::end_of(&home, &StandIns::unknown()) == Some(LinkEnd::Good)
        };
        site.put(Style::default());
        self.walk
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
