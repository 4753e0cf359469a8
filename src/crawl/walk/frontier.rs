//! Which pages are still to be visited, and which addresses were met before.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

use url::Url;

use super::Start;
use super::trap::Traps;
use crate::crawl::words::{FILES, NOT_WALKED};
use crate::evidence::walk::{Print, own_key};
use crate::evidence::{PageFacts, WalkPlan};

/// Links looked through per page; pages with more are lists made by a machine for machines.
const LINKS_MAX: usize = 2_000;

/// One page to be visited.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) url: String,
    pub(super) depth: u8,
}

pub(super) struct Frontier {
    plan: WalkPlan,
    hosts: Vec<String>,
    /// Keys of addresses met, in every form they were met in. Salted for each walk, so that no site can aim at them.
    met: HashSet<u64>,
    /// Keys of addresses read.
    read: HashSet<u64>,
    salt: RandomState,
    queue: VecDeque<Step>,
    /// Pages queued so far, the home page included.
    queued: u32,
    known: u32,
    trapped: u32,
    left_out: bool,
    traps: Traps,
}

impl Frontier {
    pub(super) fn new(start: &Start, plan: WalkPlan) -> Self {
        let mut hosts = start.hosts.clone();
        let home = Url::parse(&start.home.url).ok();
        if let Some(host) = home.as_ref().and_then(Url::host_str).filter(|h| !hosts.iter().any(|own| own == h)) {
            hosts.push(host.to_owned());
        }
        let mut frontier = Frontier {
            plan,
            hosts,
            met: HashSet::new(),
            read: HashSet::new(),
            salt: RandomState::new(),
            queue: VecDeque::new(),
            queued: 1,
            known: 1,
            trapped: 0,
            left_out: false,
            traps: Traps::default(),
        };
        if let Some(url) = home {
            let key = frontier.key(&url);
            frontier.met.insert(key);
            frontier.read.insert(key);
        }
        frontier
    }

    /// The next page, none of which was read already under another address.
    pub(super) fn next(&mut self) -> Option<Step> {
        loop {
            let step = self.queue.pop_front()?;
            let Ok(url) = Url::parse(&step.url) else { continue };
            if self.traps.is_closed(&url) {
                self.trapped += 1;
                continue;
            }
            let key = self.key(&url);
            if self.read.insert(key) {
                return Some(step);
            }
        }
    }

    /// Notes that a visit ended at `url`; `false` where that page was read before.
    pub(super) fn lands(&mut self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return true };
        let key = self.key(&url);
        self.met.insert(key);
        self.read.insert(key)
    }

    /// Notes what the page of `step` said, for traps that only show in what they serve.
    pub(super) fn seen(&mut self, step: &Step, print: Option<Print>) {
        if let Ok(url) = Url::parse(&step.url) {
            self.traps.served(&url, print);
        }
    }

    /// Takes in the links of a page `depth` clicks from the home page.
    pub(super) fn take(&mut self, page: &PageFacts, depth: u8) {
        for link in page.links.iter().filter(|l| l.url.is_some()).take(LINKS_MAX) {
            let Some(text) = link.url.as_deref() else { continue };
            let written = text.split('#').next().unwrap_or_default();
            // Nearly all links of a page stand on every page of its site: they are not worth parsing again.
            if !self.met.insert(self.salt.hash_one(written)) {
                continue;
            }
            let Ok(url) = Url::parse(written) else { continue };
            if !self.is_own(&url) {
                continue;
            }
            let key = self.key(&url);
            if self.met.insert(key) {
                self.known += 1;
                self.offer(&url, written, depth);
            }
        }
    }

    fn offer(&mut self, url: &Url, written: &str, depth: u8) {
        if !is_page(url) || depth >= self.plan.depth {
            return;
        }
        if self.traps.catches(url) {
            self.trapped += 1;
        } else if self.queued >= self.plan.pages {
            self.left_out = true;
        } else {
            self.queued += 1;
            self.queue.push_back(Step { url: written.to_owned(), depth: depth + 1 });
        }
    }

    /// Addresses met, and how many of them were taken for traps.
    pub(super) fn counts(&self) -> (u32, u32) {
        (self.known, self.trapped)
    }

    /// Whether pages were left out because there were too many.
    pub(super) fn left_out(&self) -> bool {
        self.left_out
    }

    fn key(&self, url: &Url) -> u64 {
        // A key is never that of a text as it was written: those have a scheme.
        self.salt.hash_one(own_key(url, &self.hosts))
    }

    fn is_own(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        url.username().is_empty() && self.hosts.iter().any(|own| own == host)
    }
}

/// A page, as far as its address tells, and none of the places that answer everybody differently.
fn is_page(url: &Url) -> bool {
    let segments = || url.path_segments().into_iter().flatten();
    let extension = segments().next_back().and_then(|last| last.rsplit_once('.')).map_or("", |(_, e)| e);
    let stem = |segment: &str| segment.split('.').next().unwrap_or_default().to_ascii_lowercase();
    !FILES.iter().any(|f| extension.eq_ignore_ascii_case(f)) && !segments().any(|s| NOT_WALKED.contains(&&*stem(s)))
}
