//! Asking whether links open: the head of the answer first, the answer itself where the head does not settle it.

use std::time::Duration;

use url::Url;

use super::frontier::Step;
use super::stand_in::StandIns;
use super::{Unread, read};
use crate::evidence::walk::{LINKS, LinkEnd, LinkLook, LinkPart, canonical};
use crate::evidence::{Cause, Fetch, Purpose, Walk};
use crate::fetch::{Hand, SiteFetcher, Style};

/// Bytes of an answer that are enough to tell what it is.
const ENOUGH: usize = 64 * 1024;

/// As the walk reads pages.
pub(super) const READING: Style =
    Style { head_only: false, most: None, unrecorded: true, guise: crate::fetch::Guise::Own };
const HEAD: Style = Style { head_only: true, ..READING };
const BEGINNING: Style = Style { most: Some(ENOUGH), ..READING };

/// Asks for links of one walk.
pub(super) struct Asker {
    look: u8,
    pub(super) stand_ins: StandIns,
    external: bool,
    /// For links to other sites.
    beside: Option<SiteFetcher>,
}

impl Asker {
    pub(super) fn new(look: u8, stand_ins: StandIns, external: bool) -> Self {
        Asker { look, stand_ins, external, beside: None }
    }

    /// How the link ends; `None` where nothing was asked.
    pub(super) async fn ask(&mut self, site: &mut SiteFetcher, step: &Step, time: Duration) -> Option<LinkEnd> {
        let url = Url::parse(&step.url).ok()?;
        if step.part != LinkPart::External {
            let end = own(site, &url, &self.stand_ins).await;
            site.put(READING);
            return end;
        }
        // Whoever waits for another place must not hold this one.
        site.leave();
        let key = canonical(&url);
        let cell = site.shared(self.look, &key);
        let external = self.external;
        let beside = self.beside.get_or_insert_with(|| site.beside(external));
        beside.grant(4, ENOUGH as u64 * 2, time);
        let end = cell.get_or_init(|| elsewhere(beside, &url)).await.clone();
        let ours = matches!(&end, LinkEnd::Failed(cause) if cause.is_own_side());
        if ours {
            site.forget(self.look, &key);
            return None;
        }
        Some(end)
    }
}

async fn own(site: &mut SiteFetcher, url: &Url, stand_ins: &StandIns) -> Option<LinkEnd> {
    let (allowed, _) = site.robots(url).await;
    if !allowed {
        return None;
    }
    if !stand_ins.answers_everything() {
        site.put(HEAD);
        if is_fine(&site.get(url.as_str(), Purpose::Inner, Hand::First).await) {
            return Some(LinkEnd::Good);
        }
    }
    site.put(BEGINNING);
    let fetch = site.get(url.as_str(), Purpose::Inner, Hand::First).await;
    end_of(&fetch, stand_ins)
}

async fn elsewhere(beside: &mut SiteFetcher, url: &Url) -> LinkEnd {
    // A home page is everybody's to visit.
    if !matches!(url.path(), "" | "/") && !beside.robots(url).await.0 {
        return LinkEnd::Failed(Cause::RobotsDisallowed);
    }
    beside.put(HEAD);
    if is_fine(&beside.get(url.as_str(), Purpose::Inner, Hand::Pool).await) {
        return LinkEnd::Good;
    }
    beside.put(BEGINNING);
    let fetch = beside.get(url.as_str(), Purpose::Inner, Hand::Pool).await;
    end_of(&fetch, &StandIns::unknown()).unwrap_or(LinkEnd::Failed(Cause::BudgetSpent))
}

fn is_fine(fetch: &Fetch) -> bool {
    matches!(fetch.answered(), Some((200, _)))
}

/// What an exchange says of the link; `None` where our own side ended it.
pub(super) fn end_of(fetch: &Fetch, stand_ins: &StandIns) -> Option<LinkEnd> {
    Some(match read(fetch) {
        Ok(facts) => stand_ins.end(fetch, Some(&facts)),
        Err(unread) => return end_unread(fetch, &unread),
    })
}

/// As [`end_of`], where no page came.
pub(super) fn end_unread(fetch: &Fetch, unread: &Unread) -> Option<LinkEnd> {
    Some(match (unread.cause, unread.blocked, fetch.last().status) {
        // A file, or a page that browsers show and we do not read.
        (Some(Cause::PageNotHtml | Cause::PageUndecodable | Cause::PageTooDeep), ..) => LinkEnd::Good,
        (Some(Cause::BudgetSpent | Cause::Cancelled | Cause::RobotsDisallowed | Cause::OutOfReach), ..) => return None,
        (Some(cause), ..) => LinkEnd::Failed(cause),
        (None, Some(family), _) => LinkEnd::Blocked(family.to_owned()),
        (None, None, status) => LinkEnd::Status(status.unwrap_or_default()),
    })
}

/// Notes how a link ended.
pub(super) fn note(walk: &mut Walk, step: &Step, end: Option<LinkEnd>) {
    let tally = walk.tally.entry(step.part).or_default();
    match end {
        None => tally.unasked += 1,
        Some(LinkEnd::Good) => tally.good += 1,
        Some(end) => {
            tally.listed += 1;
            if walk.links.len() < LINKS {
                let (url, text) = (step.url.clone(), step.text.clone());
                walk.links.push(LinkLook { url, part: step.part, from: step.from, text, end });
            }
        }
    }
}
