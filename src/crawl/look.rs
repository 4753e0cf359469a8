//! The plan of one look, step by step.

use std::collections::HashSet;

use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::{inner, migration, walk};
use crate::evidence::foul::{self, Lure, Mask, Masked};
use crate::evidence::page::{self, Need, NeedKind, PageInput, search_form};
use crate::evidence::{
    Cause, Evidence, Fetch, Home, HopKind, Needs, Purpose, RecordKind, SiteProfile, SiteStatus, Stage, Walk, facts,
};
use crate::fetch::{Fetcher, Guise, Hand, SiteFetcher, Style, parse_address};
use crate::render::{Mode, Renderer};

/// Hops a page makes by itself that are followed.
const CLIENT_HOPS: usize = 3;
/// How often newly read resources may name further ones.
const ROUNDS: usize = 4;
/// Further resources that inner pages may ask for, all together.
const INNER_RESOURCES: usize = 4;
/// A path that no site has.
const NOWHERE: &str = "/xunjian-no-such-page.html";

/// Looks once at one site and brings back everything `needs` asks for, as far as the budget goes. Never fails: what could
/// not be seen stands in the evidence with its cause.
pub async fn look(
    profile: SiteProfile,
    needs: &Needs,
    fetcher: &Fetcher,
    renderer: Option<&Renderer>,
    look_no: u8,
    cancel: &CancellationToken,
) -> Evidence {
    take(profile, needs, fetcher, renderer, look_no, None, cancel).await
}

/// As [`look`], a second time: over the pages that `before` walked it does not walk again.
pub async fn look_again(
    profile: SiteProfile,
    needs: &Needs,
    fetcher: &Fetcher,
    renderer: Option<&Renderer>,
    before: Option<Walk>,
    cancel: &CancellationToken,
) -> Evidence {
    take(profile, needs, fetcher, renderer, 2, before, cancel).await
}

async fn take(
    profile: SiteProfile,
    needs: &Needs,
    fetcher: &Fetcher,
    renderer: Option<&Renderer>,
    look_no: u8,
    before: Option<Walk>,
    cancel: &CancellationToken,
) -> Evidence {
    let site = fetcher.site(&profile, cancel);
    let evidence = Evidence::new(profile, &fetcher.settings().vantage, look_no, fetcher.clock().now());
    let mut look = Look { site, evidence, needs };
    look.take().await;
    if let Some(renderer) = renderer {
        look.render(renderer, cancel).await;
    }
    look.masks().await;
    look.walk(before).await;
    let Look { site, mut evidence, .. } = look;
    (evidence.names, evidence.tls, evidence.hellos) = site.take();
    evidence.clock_off = fetcher.clock_off();
    evidence.finished_at = fetcher.clock().now();
    evidence
}

struct Look<'a> {
    site: SiteFetcher,
    evidence: Evidence,
    needs: &'a Needs,
}

impl Look<'_> {
    /// Steps that use the home page's connections come first: the look holds a place at one address at a time.
    async fn take(&mut self) {
        let home = parse_address(&self.evidence.site.url);
        let name = home.as_ref().and_then(domain);
        if let Some(name) = &name {
            let records: Vec<RecordKind> = self.needs.records.iter().copied().collect();
            let found = self.site.name(name, &records).await;
            if (self.needs.zone || self.needs.authority) && self.going() {
                let look = self.needs.authority.then_some(self.evidence.look);
                self.site.begin_zone(name, look);
            }
            let resolved = !found.addresses().is_empty();
            tracing::debug!(site = %self.evidence.site.id, name = %name, resolved, "asked for the name");
        }
        self.home().await;
        let home_answered = self.evidence.fetches[0].answered().is_some();
        let around = !home_answered && self.around().await;
        if self.needs.marks && (home_answered || around) {
            self.resources().await;
        }
        if self.needs.inner_pages > 0 {
            self.evidence.inner_pages = self.needs.inner_pages;
            if home_answered {
                self.inner_pages().await;
            }
        }
        if self.needs.tls_survey && home_answered {
            self.tls_survey().await;
        }
        if let Some(home) = &home {
            if self.needs.random_path && home_answered {
                self.random_path().await;
            }
            if self.needs.other_scheme && !around && !self.home_has_no_address() {
                self.other_scheme(home).await;
            }
            if self.needs.further_names {
                self.further_names(home.scheme(), name.as_deref()).await;
            }
        }
        if self.needs.successor
            && let Some(url) = self.evidence.site.migrated_to.clone()
            && self.going()
        {
            let fetch = self.site.get(&url, Purpose::Successor, Hand::Pool).await;
            let index = self.keep(fetch);
            if self.needs.migration && self.going() {
                self.migration(&url, index).await;
            }
        }
        self.evidence.zones.extend(self.site.zone().await);
    }

    /// Where the former pages of a closed site are, as far as its successor can be read. Comes last of the questions to the
    /// site: it has a share of its own.
    async fn migration(&mut self, url: &str, index: usize) {
        let profile = &self.evidence.site;
        if profile.status != SiteStatus::Closed || profile.former.is_empty() {
            return;
        }
        let Home::Page(home) = facts::state_at(&self.evidence, index) else { return };
        let hop = self.evidence.fetches[index].last();
        let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
        let content_type = hop.header("content-type");
        let form = search_form(&PageInput { bytes, url: &hop.url, content_type, fragment: false });
        let Some(asked) = parse_address(url) else { return };
        let old_answers = self.evidence.fetches[0].last().status.is_some();
        let successor = migration::Successor { home, asked, form, old_answers };
        let former = profile.former.clone();
        self.evidence.migration = Some(migration::look_for(&mut self.site, &former, &successor).await);
    }

    /// The registered address as it is written, followed to the page a visitor ends on.
    async fn home(&mut self) {
        let url = self.evidence.site.url.clone();
        let fetch = self.site.get(&url, Purpose::Home, Hand::First).await;
        let index = self.keep(fetch);
        for _ in 0..CLIENT_HOPS {
            let Some((200..=299, last)) = self.evidence.fetches[index].answered() else { return };
            let here = parse_address(&last.url);
            facts::remember(&mut self.evidence, index);
            let Some(hop) = self.evidence.parsed.0.get(&index).and_then(|page| page.client_hop.clone()) else { return };
            // A page that reloads itself stays where it is.
            let Some(there) = parse_address(&hop.url) else { return };
            let visited =
                |u: &Url| self.evidence.fetches[index].hops.iter().any(|h| parse_address(&h.url).as_ref() == Some(u));
            if here.as_ref() == Some(&there) || visited(&there) || !self.going() {
                return;
            }
            let kind = if hop.meta { HopKind::MetaRefresh } else { HopKind::Script };
            self.site.follow(&mut self.evidence.fetches[index], &hop.url, kind, Hand::First).await;
            let ended = self.evidence.fetches[index].failure().map(|f| f.cause);
            self.note(ended);
            self.evidence.parsed.0.remove(&index);
        }
        facts::remember(&mut self.evidence, index);
    }

    /// After a handshake that failed: asks what the server speaks, and where it speaks only what we do not, looks at the same
    /// page over plain HTTP. Whether it did.
    async fn around(&mut self) -> bool {
        let last = self.evidence.fetches[0].last();
        let Some(failure) = last.failure.clone().filter(|f| f.stage == Stage::Tls) else { return false };
        let Some(url) = parse_address(&last.url).filter(|u| u.scheme() == "https") else { return false };
        if !self.going() {
            return false;
        }
        self.site.ask_after_failure(&url, &failure).await;
        self.evidence.hellos = self.site.hellos().to_vec();
        if !self.evidence.speaks_otherwise(&failure) || self.evidence.fetches[0].hops.len() > 1 {
            return false;
        }
        let before = self.evidence.fetches.len();
        self.other_scheme(&url).await;
        if self.evidence.fetches.len() == before {
            return false;
        }
        if self.evidence.fetches[before].answered().is_some() {
            facts::remember(&mut self.evidence, before);
        }
        true
    }

    /// Everything the TLS servers a visitor of the home page meets speak.
    async fn tls_survey(&mut self) {
        let hops = &self.evidence.fetches[0].hops;
        let secure: Vec<Url> = hops.iter().filter(|h| h.tls.is_some()).filter_map(|h| parse_address(&h.url)).collect();
        let mut asked: HashSet<(Option<String>, Option<u16>)> = HashSet::new();
        for url in secure {
            if asked.insert((domain(&url), url.port_or_known_default())) && self.going() {
                self.site.survey(&url).await;
            }
        }
    }

    /// Frames, fragments and scripts that may write part of the page, until nothing is outstanding.
    async fn resources(&mut self) {
        let mut asked: HashSet<String> = HashSet::new();
        for _ in 0..ROUNDS {
            let outstanding: Vec<Need> =
                facts::outstanding(&self.evidence).into_iter().filter(|n| asked.insert(n.url.clone())).collect();
            if outstanding.is_empty() {
                return;
            }
            // Connections already open are used before places elsewhere are asked for.
            let here = parse_address(&self.evidence.fetches[0].last().url).map(|u| u.origin());
            let (near, far): (Vec<Need>, Vec<Need>) =
                outstanding.into_iter().partition(|n| Url::parse(&n.url).is_ok_and(|u| Some(u.origin()) == here));
            for (need, hand) in near.iter().map(|n| (n, Hand::First)).chain(far.iter().map(|n| (n, Hand::Pool))) {
                self.resource(need, hand).await;
            }
        }
    }

    /// A few inner pages, over the connections of the home page; robots.txt decides each time.
    async fn inner_pages(&mut self) {
        let Some(home) = inner::start(&self.evidence) else { return };
        let mut asked: Vec<Url> = Vec::new();
        let mut resources = INNER_RESOURCES;
        while asked.len() < usize::from(self.needs.inner_pages) {
            let Some(url) = inner::next(&self.evidence, &home, &asked) else { return };
            if !self.going() {
                return;
            }
            let index = self.get_if_allowed(&url, Purpose::Inner).await;
            asked.push(url);
            if self.evidence.fetches[index].answered().is_some() {
                facts::remember(&mut self.evidence, index);
            }
            for need in facts::outstanding_inner(&self.evidence, index).into_iter().take(resources) {
                resources -= 1;
                self.resource(&need, Hand::First).await;
            }
        }
    }

    /// One thing a page needs.
    async fn resource(&mut self, need: &Need, hand: Hand) {
        let purpose = match need.kind {
            NeedKind::Frame => Purpose::Frame,
            NeedKind::Fragment => Purpose::Fragment,
            NeedKind::Script => Purpose::Script,
        };
        let fetch = self.site.get(&need.url, purpose, hand).await;
        let index = self.keep(fetch);
        if self.evidence.fetches[index].answered().is_some() {
            facts::remember(&mut self.evidence, index);
        }
    }

    /// What "not found" looks like here, if robots.txt lets us ask.
    async fn random_path(&mut self) {
        let Some(url) = parse_address(&self.evidence.fetches[0].last().url).and_then(|u| u.join(NOWHERE).ok()) else {
            return;
        };
        if !self.going() {
            return;
        }
        self.get_if_allowed(&url, Purpose::RandomPath).await;
    }

    /// The home page as a browser shows it, where what was read so far leaves that open. Comes last, so that it costs no other
    /// step its budget.
    async fn render(&mut self, renderer: &Renderer, cancel: &CancellationToken) {
        let open = match renderer.settings().mode {
            Mode::Never => return,
            Mode::Auto => true,
            Mode::Always => false,
        };
        if !self.needs.marks || self.site.spent().is_some() {
            return;
        }
        let Some(index) = facts::to_render(&self.evidence, open) else { return };
        if let Some((rendered, fetches)) = renderer.show(&self.evidence, index, &mut self.site, cancel).await {
            self.evidence.rendered = Some(rendered);
            self.evidence.fetches.extend(fetches);
        }
    }

    /// The home page once more, as a spider and as a visitor from a search engine are shown it: only where something on it says
    /// that somebody else may have been at work.
    async fn masks(&mut self) {
        if !self.needs.masks || self.evidence.cut.is_some() {
            return;
        }
        let Some(home) = inner::start(&self.evidence) else { return };
        let site = &self.evidence.site;
        let known: Vec<&String> = site.hosts.iter().chain(&site.neighbours).collect();
        let suspicious =
            foul::is_foul_title(&home.title) || Lure::of(&home, &known).iter().any(|l| !l.signs.is_empty());
        if !suspicious {
            return;
        }
        for (mask, guise) in [(Mask::Spider, Guise::Spider), (Mask::Search, Guise::Search)] {
            if !self.going() {
                break;
            }
            self.site.put(Style { guise, unrecorded: true, ..Style::default() });
            let fetch = self.site.get(&home.url, Purpose::Home, Hand::First).await;
            self.evidence.masked.push(masked(mask, &fetch));
        }
        self.site.put(Style::default());
    }

    /// The pages beside the home page. Comes after everything else, so that it costs no other step its budget.
    /// Of a look that was walked in `before`, only what was not in order is asked for again.
    async fn walk(&mut self, before: Option<Walk>) {
        let Some(plan) = self.needs.walk else { return };
        if self.evidence.cut.is_some() {
            return;
        }
        let Some(home) = inner::start(&self.evidence) else { return };
        let start = walk::Start { home, hosts: self.evidence.site.hosts.clone(), look: self.evidence.look };
        self.evidence.walk = Some(match before {
            Some(before) => walk::again(&mut self.site, &start, before).await,
            None => walk::walk(&mut self.site, &start, plan).await,
        });
    }

    /// Asks for a page that is not the office's plain duty: only where robots.txt lets us.
    async fn get_if_allowed(&mut self, url: &Url, purpose: Purpose) -> usize {
        let (allowed, robots) = self.site.robots(url).await;
        if let Some(robots) = robots {
            self.keep(robots);
        }
        let fetch = match allowed {
            true => self.site.get(url.as_str(), purpose, Hand::First).await,
            false => SiteFetcher::forbidden(url.as_str(), purpose),
        };
        self.keep(fetch)
    }

    async fn other_scheme(&mut self, home: &Url) {
        let mut other = home.clone();
        let scheme = if home.scheme() == "https" { "http" } else { "https" };
        // A port belongs to its scheme.
        if other.set_port(None).is_err() || other.set_scheme(scheme).is_err() || !self.going() {
            return;
        }
        let seen = &self.evidence.fetches[0];
        let fetch = self.site.get_unless_seen(other.as_str(), Purpose::OtherScheme, Hand::First, seen).await;
        self.keep(fetch);
    }

    /// One GET at every other name of the site that resolves. Idle names are tried over plain HTTP, which is what a
    /// forgotten name answers if it answers at all.
    async fn further_names(&mut self, scheme: &str, home: Option<&str>) {
        let further = self.evidence.site.hosts.iter().map(|h| (h.clone(), scheme));
        let idle = self.evidence.site.idle.iter().map(|h| (h.clone(), "http"));
        let mut seen: HashSet<String> = home.map(str::to_owned).into_iter().collect();
        let names: Vec<(String, &str)> = further.chain(idle).filter(|(n, _)| seen.insert(n.clone())).collect();
        for (name, scheme) in names {
            if !self.going() {
                return;
            }
            let url = format!("{scheme}://{name}/");
            let Some(parsed) = parse_address(&url) else { continue };
            if let Some(domain) = domain(&parsed)
                && self.site.name(&domain, &[]).await.addresses().is_empty()
            {
                continue;
            }
            let fetch = self.site.get(&url, Purpose::FurtherName, Hand::Pool).await;
            self.keep(fetch);
        }
    }

    /// The home page's host has no address at all, so nothing else can be asked of it.
    fn home_has_no_address(&self) -> bool {
        self.evidence.fetches[0].hops.len() == 1
            && self.evidence.fetches[0].failure().is_some_and(|f| f.stage == Stage::Dns)
    }

    /// May the plan go on? If not, the evidence says that it was cut.
    fn going(&mut self) -> bool {
        match self.site.spent() {
            None => true,
            Some(cause) => {
                self.evidence.cut.get_or_insert(cause);
                false
            }
        }
    }

    fn keep(&mut self, fetch: Fetch) -> usize {
        self.note(fetch.failure().map(|f| f.cause));
        self.evidence.fetches.push(fetch);
        self.evidence.fetches.len() - 1
    }

    fn note(&mut self, ended: Option<Cause>) {
        if let Some(cause) = ended.filter(|c| matches!(c, Cause::BudgetSpent | Cause::Cancelled)) {
            self.evidence.cut.get_or_insert(cause);
        }
    }
}

/// What somebody else was shown, without its body.
fn masked(mask: Mask, fetch: &Fetch) -> Masked {
    let hop = fetch.last();
    let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
    let page =
        page::skim(&PageInput { bytes, url: &hop.url, content_type: hop.header("content-type"), fragment: false });
    Masked {
        mask,
        url: hop.url.clone(),
        status: fetch.answered().map(|(status, _)| status),
        title: page.title.chars().take(120).collect(),
        signs: foul::on_page(&page, bytes),
    }
}

/// Host of a URL, when it is a name.
fn domain(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        _ => None,
    }
}
