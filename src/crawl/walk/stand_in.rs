//! What a host answers for addresses it does not have, learnt from one that cannot exist.

use url::Url;

use super::{links::READING, read};
use crate::evidence::walk::{Common, LinkEnd, Print, canonical, says_gone};
use crate::evidence::{Fetch, PageFacts, Purpose};
use crate::fetch::{Hand, SiteFetcher};

/// A path that no site has.
const NOWHERE: &str = "/xunjian-no-such-page.html";
/// Bits by which fingerprints of one page at two moments differ.
const NEAR: u32 = 3;

#[derive(Debug, Default)]
enum Missing {
    /// An error status, as it should be.
    Honest,
    /// A page of its own.
    Page { title: String, print: Option<Print>, says_gone: bool },
    /// The visitor is sent there.
    SentTo { key: String, says_gone: bool },
    /// Not known, so nothing is taken for a stand-in.
    #[default]
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct StandIns {
    host: String,
    common: Common,
    missing: Missing,
}

impl StandIns {
    /// A host that was not asked.
    pub(super) fn unknown() -> Self {
        StandIns::default()
    }

    /// Asks the host of `home` for what it cannot have.
    pub(super) async fn learn(site: &mut SiteFetcher, home: &PageFacts) -> Self {
        let mut learnt = StandIns { common: Common::of(&home.text), ..StandIns::default() };
        let Some(url) = Url::parse(&home.url).ok().and_then(|u| u.join(NOWHERE).ok()) else { return learnt };
        learnt.host = url.host_str().unwrap_or_default().to_owned();
        if !site.robots(&url).await.0 {
            return learnt;
        }
        site.put(READING);
        let fetch = site.get(url.as_str(), Purpose::Inner, Hand::First).await;
        learnt.missing = match (fetch.last().status, read(&fetch)) {
            (Some(404 | 410), Err(_)) => Missing::Honest,
            (_, Ok(page)) => {
                let is_home = page.title == home.title && learnt.common.print(&page.text).is_none();
                let says_gone = !is_home && says_gone(&page.title, &page.text);
                let (there, asked) = (key(&fetch.last().url), key(url.as_str()));
                if there == asked {
                    Missing::Page { print: learnt.common.print(&page.text), title: page.title, says_gone }
                } else {
                    Missing::SentTo { key: there, says_gone }
                }
            }
            _ => Missing::Unknown,
        };
        learnt
    }

    /// Whether the head of an answer says nothing here.
    pub(super) fn answers_everything(&self) -> bool {
        matches!(self.missing, Missing::Page { .. } | Missing::SentTo { .. })
    }

    pub(super) fn print(&self, page: &PageFacts) -> Option<Print> {
        self.common.print(&page.text)
    }

    /// Good, or what the host shows instead. Without a `page`, its address alone is looked at.
    pub(super) fn end(&self, fetch: &Fetch, page: Option<&PageFacts>) -> LinkEnd {
        let served = &fetch.last().url;
        if Url::parse(served).ok().and_then(|u| u.host_str().map(|h| h == self.host)) != Some(true) {
            return LinkEnd::Good;
        }
        match (&self.missing, page) {
            (Missing::SentTo { key: there, says_gone }, _) if fetch.hops.len() > 1 && key(served) == *there => {
                LinkEnd::StandIn { says_gone: *says_gone }
            }
            (Missing::Page { title, print, says_gone }, Some(page)) if page.title == *title => {
                let alike = match (print, self.print(page)) {
                    (Some(a), Some(b)) => a.distance(b) <= NEAR,
                    (a, b) => a.is_none() && b.is_none(),
                };
                if alike { LinkEnd::StandIn { says_gone: *says_gone } } else { LinkEnd::Good }
            }
            _ => LinkEnd::Good,
        }
    }
}

fn key(url: &str) -> String {
    Url::parse(url).map(|u| canonical(&u)).unwrap_or_default()
}
