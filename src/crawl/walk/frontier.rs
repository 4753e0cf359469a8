//! Which pages are still to be visited, and which addresses were met before.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

use url::Url;

use super::Start;
use super::trap::Traps;
use crate::crawl::words::{FILES, NOT_WALKED};
use crate::evidence::walk::link::{TEXT, is_file};
use crate::evidence::walk::{LinkPart, Print, own_key};
use crate::evidence::{PageFacts, WalkPlan};

/// Links looked through per page; pages with more are lists made by a machine for machines.
const LINKS_MAX: usize = 2_000;

/// Whose turn it is when not all links can be asked for: every second one is the home page's.
const TURNS: [LinkPart; 6] =
    [LinkPart::Home, LinkPart::Internal, LinkPart::Home, LinkPart::Attachment, LinkPart::Home, LinkPart::External];

/// One link to be followed.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) url: String,
    /// Clicks from the home page.
    pub(super) depth: u8,
    pub(super) part: LinkPart,
    /// Index of the page it was first met on.
    pub(super) from: u32,
    pub(super) text: String,
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
    /// Links that are asked for without being read as pages, and how many were taken so far.
    links: BTreeMap<LinkPart, VecDeque<Step>>,
    turns: usize,
    /// Pages queued so far, the home page included.
    queued: u32,
    known: u32,
    trapped: u32,
    left_out: bool,
    unasked: BTreeMap<LinkPart, u32>,
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
            links: BTreeMap::new(),
            turns: 0,
            unasked: BTreeMap::new(),
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

    /// Takes in the links of the page with index `from`, `depth` clicks from the home page. Links to other sites are asked for
    /// where `reaches` says so.
    pub(super) fn take(&mut self, page: &PageFacts, from: u32, depth: u8, reaches: impl Fn(&Url) -> bool) {
        for link in page.links.iter().filter(|l| l.url.is_some()).take(LINKS_MAX) {
            let Some(text) = link.url.as_deref() else { continue };
            let written = text.split('#').next().unwrap_or_default();
            // Nearly all links of a page stand on every page of its site: they are not worth parsing again.
            if !self.met.insert(self.salt.hash_one(written)) {
                continue;
            }
            let Ok(url) = Url::parse(written) else { continue };
            let own = self.is_own(&url);
            let key = self.key(&url);
            if !self.met.insert(key) {
                continue;
            }
            let part = match (own, depth) {
                (false, _) => LinkPart::External,
                (true, 0) => LinkPart::Home,
                (true, _) if is_file(&url, FILES) => LinkPart::Attachment,
                (true, _) => LinkPart::Internal,
            };
            let text = link.text.chars().take(TEXT).collect();
            let step = Step { url: written.to_owned(), depth: depth + 1, part, from, text };
            if own {
                self.known += 1;
                self.offer(&url, step);
            } else if reaches(&url) {
                self.ask_for(step);
            } else {
                *self.unasked.entry(part).or_default() += 1;
            }
        }
    }

    fn offer(&mut self, url: &Url, step: Step) {
        if self.traps.catches(url) {
            self.trapped += 1;
        } else if !is_page(url) || step.depth > self.plan.depth {
            self.ask_for(step);
        } else if self.queued < self.plan.pages {
            self.queued += 1;
            self.queue.push_back(step);
        } else {
            self.left_out = true;
            self.ask_for(step);
        }
    }

    fn ask_for(&mut self, step: Step) {
        let waiting = self.links.entry(step.part).or_default();
        if waiting.len() < self.plan.links as usize {
            waiting.push_back(step);
        } else {
            *self.unasked.entry(step.part).or_default() += 1;
        }
    }

    /// The next link to be asked for without being read.
    pub(super) fn next_link(&mut self) -> Option<Step> {
        if self.turns >= self.plan.links as usize {
            return None;
        }
        // From the part whose turn it is, else from the next that has any.
        let next = (0..TURNS.len()).map(|i| TURNS[(self.turns + i) % TURNS.len()]);
        let step = next.filter_map(|part| self.links.get_mut(&part)?.pop_front()).next()?;
        self.turns += 1;
        Some(step)
    }

    /// Everything that will not be asked for any more, by part.
    pub(super) fn unasked(&mut self) -> BTreeMap<LinkPart, u32> {
        for step in self.queue.drain(..).chain(std::mem::take(&mut self.links).into_values().flatten()) {
            *self.unasked.entry(step.part).or_default() += 1;
        }
        std::mem::take(&mut self.unasked)
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
    let stem = |segment: &str| segment.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let mut segments = url.path_segments().into_iter().flatten();
    !is_file(url, FILES) && !segments.any(|s| NOT_WALKED.contains(&&*stem(s)))
}
