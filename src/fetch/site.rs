//! One look at one site: its connections, its budget, and everything it brought back.

pub(super) mod aside;
pub(super) mod survey;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::evidence::{
    Cause, Failure, Fetch, HelloLook, Hop, HopKind, NameLook, Purpose, RecordKind, Stage, TlsLook, ZoneLook,
};

use super::distress::Sign;
use super::fault::{Until, millis};
use super::fetcher::Fetcher;
use super::hand::{self, Line};
use super::head;
use super::hops::{self, Next};
use super::polite::{Seat, Sent};
use super::pool::Pool;
use super::reach::Reach;
use super::robots::Robots;
use super::style::Style;
use super::target::Target;

/// Addresses tried of one name.
const ADDRESSES: usize = 3;
/// Pause towards an address that asks for patience without saying how long.
const PATIENCE: u64 = 5;

/// Which of the two ways an exchange takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// First contact: phases timed, handshake and chain recorded.
    First,
    /// The pooled client, for everything else.
    Pool,
}

/// One look at one site. Steps are taken one after the other; what was seen is collected here.
pub struct SiteFetcher {
    fetcher: Fetcher,
    reach: Reach,
    cancel: CancellationToken,
    /// End of the look and of the page under way. Waiting for our own politeness pushes both.
    site_end: Instant,
    page_end: Instant,
    /// Time spent waiting for our own politeness so far.
    waited: Duration,
    style: Style,
    requests_left: u32,
    bytes_left: u64,
    held: Option<Held>,
    pool: Option<Pool>,
    names: Vec<NameLook>,
    apexes: HashMap<String, String>,
    zone: Option<JoinHandle<Option<ZoneLook>>>,
    tls: Vec<TlsLook>,
    hellos: Vec<HelloLook>,
    robots: HashMap<Target, Robots>,
    /// Hosts that asked for patience: they are left alone for the rest of the look.
    resting: HashSet<String>,
    /// Redirects to these addresses are recorded but not followed: what they answer is known.
    known: Vec<Url>,
}

/// A place at one address, and the open connections there.
struct Held {
    seat: Seat,
    lines: Vec<Line>,
}

impl SiteFetcher {
    pub(super) fn new(fetcher: Fetcher, reach: Reach, cancel: CancellationToken) -> Self {
        let budget = &fetcher.settings().budget;
        let now = Instant::now();
        SiteFetcher {
            site_end: now + budget.site,
            page_end: now + budget.page,
            waited: Duration::ZERO,
            style: Style::default(),
            requests_left: budget.requests,
            bytes_left: budget.site_bytes,
            fetcher,
            reach,
            cancel,
            held: None,
            pool: None,
            names: Vec::new(),
            apexes: HashMap::new(),
            zone: None,
            tls: Vec::new(),
            hellos: Vec::new(),
            robots: HashMap::new(),
            resting: HashSet::new(),
            known: Vec::new(),
        }
    }

    /// Names, handshakes and questions so far; [`Hop::tls`] indexes the handshakes.
    pub fn take(self) -> (Vec<NameLook>, Vec<TlsLook>, Vec<HelloLook>) {
        (self.names, self.tls, self.hellos)
    }

    /// Questions by ClientHello so far.
    pub fn hellos(&self) -> &[HelloLook] {
        &self.hellos
    }

    /// Time this look has spent waiting for our own politeness.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Why no further request may be made in this look, if so.
    pub fn spent(&self) -> Option<Cause> {
        let empty = self.requests_left == 0 || self.bytes_left == 0;
        self.over().or(empty.then_some(Cause::BudgetSpent))
    }

    /// Why this look must end now, if so. Questions to the resolver are not counted among the requests.
    fn over(&self) -> Option<Cause> {
        if self.cancel.is_cancelled() {
            Some(Cause::Cancelled)
        } else if Instant::now() >= self.site_end {
            Some(Cause::BudgetSpent)
        } else {
            None
        }
    }

    /// Allows a further step its own share: as many more requests and bytes, and time from now on.
    pub fn grant(&mut self, requests: u32, bytes: u64, time: Duration) {
        self.requests_left = self.requests_left.saturating_add(requests);
        self.bytes_left = self.bytes_left.saturating_add(bytes);
        self.site_end = self.site_end.max(Instant::now() + time);
    }

    /// Gives up the place at the address at hand and its connections: whoever waits for something else must not hold them.
    pub fn leave(&mut self) {
        self.held = None;
    }

    /// May this address be contacted on behalf of the site?
    pub fn reaches(&self, url: &Url) -> bool {
        Target::of(url).is_some_and(|t| self.reach.allows(&t))
    }

    /// Asks for the addresses of `name` and for `extra` records, once per look.
    pub async fn name(&mut self, name: &str, extra: &[RecordKind]) -> NameLook {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if let Some(known) = self.names.iter().find(|n| n.name == name) {
            return known.clone();
        }
        let look = match self.over() {
            Some(cause) => unasked(&name, cause),
            None => {
                let until = Until { at: self.site_end, ours: true };
                let asked = async { Ok(self.fetcher.inner.dns.look(&name, extra).await) };
                let asked = until.wait(Stage::Dns, Cause::DnsTimeout, asked);
                tokio::select! {
                    biased;
                    _ = self.cancel.cancelled() => unasked(&name, Cause::Cancelled),
                    asked = asked => match asked {
                        Ok((look, apex)) => {
                            if let Some(apex) = apex {
                                self.apexes.insert(name.clone(), apex);
                            }
                            look
                        }
                        Err(failure) => unasked(&name, failure.cause),
                    },
                }
            }
        };
        self.names.push(look.clone());
        look
    }

    /// Begins the look at the delegation `name` lives under, shared by all looks of the fetcher; with `look`, the zone's
    /// servers are asked directly too, once for all looks of that number. It goes on while the site itself is looked at.
    pub fn begin_zone(&mut self, name: &str, look: Option<u8>) {
        if self.over().is_some() {
            return;
        }
        let (fetcher, name, apex) = (self.fetcher.clone(), name.to_owned(), self.apexes.get(name).cloned());
        self.zone = Some(tokio::spawn(async move {
            let dns = &fetcher.inner.dns;
            match look {
                Some(look) => dns.zone_and_servers(&name, apex.as_deref(), look).await,
                None => dns.zone(&name, apex.as_deref()).await,
            }
        }));
    }

    /// What [`SiteFetcher::begin_zone`] found, if it ends within the look's budget.
    pub async fn zone(&mut self) -> Option<ZoneLook> {
        let begun = self.zone.take()?;
        tokio::select! {
            biased;
            _ = self.cancel.cancelled() => None,
            found = begun => found.ok().flatten(),
            _ = tokio::time::sleep_until(self.site_end.into()) => None,
        }
    }

    /// One exchange, followed to its end. `url` is written as it stands in the source.
    pub async fn get(&mut self, url: &str, purpose: Purpose, hand: Hand) -> Fetch {
        let mut fetch = Fetch { purpose, hops: Vec::with_capacity(1), tries: 1 };
        self.follow(&mut fetch, url, HopKind::Start, hand).await;
        fetch
    }

    /// Like [`SiteFetcher::get`], but ends with the redirect that leads to an address `seen` already visited: what stands there
    /// was brought back before, or would not be spoken to again.
    pub async fn get_unless_seen(&mut self, url: &str, purpose: Purpose, hand: Hand, seen: &Fetch) -> Fetch {
        let answered = |h: &&Hop| h.status.is_some() || h.failure.as_ref().is_some_and(|f| f.stage == Stage::Tls);
        self.known = seen.hops.iter().filter(answered).filter_map(|h| hops::parse(&h.url)).collect();
        let fetch = self.get(url, purpose, hand).await;
        self.known.clear();
        fetch
    }

    /// An exchange that robots.txt forbids.
    pub fn forbidden(url: &str, purpose: Purpose) -> Fetch {
        let hop = hops::refused(url, HopKind::Start, Stage::Own, Cause::RobotsDisallowed, "robots.txt");
        Fetch { purpose, hops: vec![hop], tries: 0 }
    }

    /// Goes on from the end of `fetch` to `url`, and wherever that redirects to.
    pub async fn follow(&mut self, fetch: &mut Fetch, url: &str, kind: HopKind, hand: Hand) {
        self.page_end = Instant::now() + self.fetcher.settings().budget.page;
        let (mut text, mut kind) = (url.to_owned(), kind);
        let Some(mut at) = hops::parse(url) else {
            fetch.hops.push(hops::refused(url, kind, Stage::Http, Cause::HttpBadLocation, "not an http address"));
            return;
        };
        let mut visited: Vec<Url> = fetch.hops.iter().filter_map(|h| hops::parse(&h.url)).collect();
        loop {
            let refuse = |stage, cause, detail: &str| hops::refused(&text, kind, stage, cause, detail);
            let Some(target) = Target::of(&at) else {
                fetch.hops.push(refuse(Stage::Http, Cause::HttpBadLocation, "not an http address"));
                return;
            };
            if !self.reach.allows(&target) {
                fetch.hops.push(refuse(Stage::Own, Cause::OutOfReach, "the register does not list this host"));
                return;
            }
            if visited.iter().any(|v| hops::same(v, &at)) {
                fetch.hops.push(refuse(Stage::Http, Cause::HttpRedirectLoop, "this address was visited before"));
                return;
            }
            if visited.len() > self.fetcher.settings().budget.hops as usize {
                fetch.hops.push(refuse(Stage::Http, Cause::HttpTooManyRedirects, "more hops than allowed"));
                return;
            }
            let hop = self.hop(&text, &at, &target, kind, hand, &mut fetch.tries).await;
            visited.push(at.clone());
            let next = hops::next(&hop, &at);
            fetch.hops.push(hop);
            kind = HopKind::Location;
            match next {
                Next::Here => return,
                Next::To { url, .. } if self.known.iter().any(|k| hops::same(k, &url)) => return,
                Next::To { url, text: raw } => (at, text) = (url, raw),
                Next::Nowhere { text } => {
                    fetch.hops.push(hops::refused(&text, kind, Stage::Http, Cause::HttpBadLocation, "leads nowhere"));
                    return;
                }
            }
        }
    }

    /// Whether robots.txt of `url`'s origin allows it; the exchange that fetched robots.txt, if one was made now.
    pub async fn robots(&mut self, url: &Url) -> (bool, Option<Fetch>) {
        if !self.fetcher.settings().robots {
            return (true, None);
        }
        let Some(target) = Target::of(url) else { return (false, None) };
        let path = url.query().map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path()));
        if let Some(known) = self.robots.get(&target) {
            return (known.allows(&path), None);
        }
        let address = url.join("/robots.txt").map_or_else(|_| url.to_string(), |u| u.to_string());
        let fetch = self.get(&address, Purpose::Robots, Hand::First).await;
        let rules = Robots::of(&fetch);
        let allowed = rules.allows(&path);
        self.robots.insert(target, rules);
        (allowed, Some(fetch))
    }

    /// One hop with its second try, if the first ended in something that may pass.
    async fn hop(&mut self, text: &str, url: &Url, target: &Target, kind: HopKind, hand: Hand, tries: &mut u8) -> Hop {
        for attempt in 1.. {
            let mut hop = Hop::new(text, kind);
            let (start, waited) = (Instant::now(), self.waited);
            let outcome = match self.spent() {
                Some(cause) => Err(Failure::new(Stage::Own, cause, "nothing more may be asked in this look")),
                None if self.resting.contains(&target.host) => {
                    Err(Failure::new(Stage::Http, Cause::HttpRateLimited, "this host asked for patience before"))
                }
                None => {
                    self.requests_left -= 1;
                    let cancel = self.cancel.clone();
                    tokio::select! {
                        biased;
                        _ = cancel.cancelled() => Err(Failure::new(Stage::Own, Cause::Cancelled, "the run was stopped")),
                        outcome = self.attempt(url, target, hand, &mut hop) => outcome,
                    }
                }
            };
            if let (Some(held), Some(sign)) = (&self.held, Sign::of(&hop, outcome.as_ref().err())) {
                held.seat.felt(sign);
            }
            // The site is not charged for our waiting, neither in its budget nor in its record.
            hop.timing.total_ms = millis(start + (self.waited - waited));
            self.bytes_left = self.bytes_left.saturating_sub(hop.body.as_ref().map_or(0, |b| b.wire.len() as u64));
            let again = attempt < self.fetcher.settings().budget.tries && self.spent().is_none();
            let (rest, most) = {
                let budget = &self.fetcher.settings().budget;
                (budget.retry_pause, budget.retry_after)
            };
            match outcome {
                Err(mut failure) => {
                    failure.elapsed_ms = hop.timing.total_ms;
                    // Names are asked for once per look; the resolver's own tries lie behind that.
                    let asked = failure.stage == Stage::Dns || failure.cause == Cause::ResolverUnreachable;
                    let retry = again && failure.cause.is_transient() && !asked;
                    hop.failure = Some(failure);
                    // Whatever failed, its connection is not to be trusted.
                    self.drop_line(target);
                    if !retry {
                        return hop;
                    }
                    self.rest(rest).await;
                }
                Ok(()) => {
                    let Some(patience) = hop.status.and_then(|s| head::patience(s, hop.header("retry-after"))) else {
                        return hop;
                    };
                    let asked = Duration::from_secs(patience.unwrap_or(PATIENCE));
                    // More patience than we have is meant for this host, which is left alone from now on; its neighbours at
                    // the same address wait a moment only.
                    let too_long = asked > most;
                    if let Some(held) = &self.held {
                        held.seat.pause(if too_long { rest.min(most) } else { asked });
                    }
                    if !again || too_long {
                        let detail = "the server asks for patience";
                        hop.failure = Some(Failure::new(Stage::Http, Cause::HttpRateLimited, detail));
                        self.resting.insert(target.host.clone());
                        return hop;
                    }
                }
            }
            *tries = (*tries).max(attempt + 1);
            self.page_end = Instant::now() + self.fetcher.settings().budget.page;
        }
        unreachable!("the last try returns")
    }

    async fn attempt(&mut self, url: &Url, target: &Target, hand: Hand, hop: &mut Hop) -> Result<(), Failure> {
        if hand == Hand::First
            && let Some(mut line) = self.take_line(target)
        {
            self.turns(1).await;
            match self.talk(&mut line, url, hop).await {
                Ok(open) => {
                    self.keep(line, open);
                    return Ok(());
                }
                // The server closed an idle connection: no fault, and no try.
                Err(f) if hop.status.is_none() && matches!(f.cause, Cause::HttpClosed | Cause::TcpReset) => {}
                Err(f) => return Err(f),
            }
        }
        let addresses = self.addresses(target).await?;
        let mut first: Option<Failure> = None;
        let last = addresses.len().min(ADDRESSES).saturating_sub(1);
        for (place, address) in addresses.into_iter().take(ADDRESSES).enumerate() {
            let result = match hand {
                Hand::First => self.by_hand(url, target, address, place == last, hop).await,
                Hand::Pool => self.by_pool(url, target, address, hop).await,
            };
            match result {
                Ok(()) => return Ok(()),
                // Only a connection that did not come about is worth another address.
                Err(f) if f.stage == Stage::Tcp || matches!(f.cause, Cause::NoRoute | Cause::LocalExhausted) => {
                    // What the site did says more than what our own side did (no IPv6 here, say).
                    if first.as_ref().is_none_or(|old| old.cause.is_own_side() && !f.cause.is_own_side()) {
                        first = Some(f);
                    }
                }
                Err(f) => return Err(f),
            }
        }
        Err(first.unwrap_or_else(|| Failure::new(Stage::Own, Cause::Internal, "no address was tried")))
    }

    async fn addresses(&mut self, target: &Target) -> Result<Vec<SocketAddr>, Failure> {
        if target.ip.is_none() && self.fetcher.inner.dialled(target).is_none() {
            let look = self.name(&target.host, &[]).await;
            return self.fetcher.inner.addresses(target, Some(&look), self.reach.is_own());
        }
        self.fetcher.inner.addresses(target, None, self.reach.is_own())
    }

    /// A fresh connection, recorded phase by phase.
    async fn by_hand(
        &mut self,
        url: &Url,
        target: &Target,
        address: SocketAddr,
        last: bool,
        hop: &mut Hop,
    ) -> Result<(), Failure> {
        let fetcher = self.fetcher.clone();
        let budget = &fetcher.settings().budget;
        let connect = if last && budget.patient { budget.page } else { budget.connect };
        self.sit(address.ip()).await;
        self.turns(if target.tls { 2 } else { 1 }).await;
        let _slot = self.waiting(fetcher.inner.polite.slot()).await;
        hop.address = Some(address.to_string());
        let start = Instant::now();
        self.sent(Sent::Connection);
        let tcp = hand::connect(address, self.until().within(connect)).await?;
        hop.timing.connect_ms = Some(millis(start));
        let mut line = if target.tls {
            self.sent(Sent::Handshake);
            let until = self.until().within(connect);
            let (look, secured) = fetcher.inner.tls.handshake(tcp, target, address, fetcher.clock().now(), until).await;
            hop.timing.tls_ms = Some(look.elapsed_ms);
            let failure = look.failure.clone();
            let index = (!self.style.unrecorded).then_some(self.tls.len());
            hop.tls = index;
            if index.is_some() {
                self.tls.push(look);
            }
            match (secured, failure) {
                (Some(secured), _) => Line::secured(secured, target.clone(), address, index).await?,
                (None, Some(failure)) => return Err(failure),
                (None, None) => return Err(Failure::new(Stage::Own, Cause::Internal, "a handshake without an end")),
            }
        } else {
            Line::plain(tcp, target.clone(), address).await?
        };
        let open = self.talk(&mut line, url, hop).await?;
        self.keep(line, open);
        Ok(())
    }

    async fn by_pool(&mut self, url: &Url, target: &Target, address: SocketAddr, hop: &mut Hop) -> Result<(), Failure> {
        let fetcher = self.fetcher.clone();
        if self.pool.is_none() {
            let connect = fetcher.settings().budget.connect;
            self.pool = Some(Pool::new(fetcher.inner.tls.unjudged(), &fetcher.inner.agent, connect)?);
        }
        self.sit(address.ip()).await;
        // A pooled connection may or may not be fresh; the dearer case is assumed.
        self.turns(if target.tls { 2 } else { 1 }).await;
        let _slot = self.waiting(fetcher.inner.polite.slot()).await;
        hop.address = Some(address.to_string());
        self.sent(Sent::Connection);
        if target.tls {
            self.sent(Sent::Handshake);
        }
        self.sent(Sent::Request);
        let (until, cap) = (self.until(), self.cap());
        let Some(pool) = &self.pool else {
            return Err(Failure::new(Stage::Own, Cause::Internal, "the pool was just made"));
        };
        pool.get(url, target, address, self.style, cap, until, hop).await
    }

    async fn talk(&mut self, line: &mut Line, url: &Url, hop: &mut Hop) -> Result<bool, Failure> {
        hop.address = Some(line.address.to_string());
        hop.tls = line.tls;
        self.sent(Sent::Request);
        let (until, cap) = (self.until(), self.cap());
        line.get(url, &self.fetcher.inner.agent, self.style, cap, until, hop).await
    }

    fn cap(&self) -> usize {
        let left = usize::try_from(self.bytes_left).unwrap_or(usize::MAX);
        self.fetcher.settings().budget.body_bytes.min(left).min(self.style.most.unwrap_or(usize::MAX))
    }

    fn until(&self) -> Until {
        let ours = self.site_end <= self.page_end;
        Until { at: self.site_end.min(self.page_end), ours }
    }

    /// Takes a place at the group of `ip`; a place elsewhere is given up first, so that no two looks wait for each other.
    async fn sit(&mut self, ip: IpAddr) {
        if self.held.as_ref().is_some_and(|h| h.seat.is_at(ip)) {
            return;
        }
        self.held = None;
        let fetcher = self.fetcher.clone();
        let seat = self.waiting(fetcher.inner.polite.sit(ip)).await;
        self.held = Some(Held { seat, lines: Vec::new() });
    }

    async fn turns(&mut self, count: u32) {
        let Some(held) = self.held.take() else { return };
        let fetcher = self.fetcher.clone();
        self.waiting(fetcher.inner.polite.turns(&held.seat, count)).await;
        self.held = Some(held);
    }

    /// Waits without being charged for it.
    async fn waiting<T>(&mut self, wait: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let got = wait.await;
        let waited = start.elapsed();
        self.waited += waited;
        self.site_end += waited;
        self.page_end += waited;
        got
    }

    /// Rests before another try, cancellation apart.
    async fn rest(&mut self, pause: Duration) {
        let cancel = self.cancel.clone();
        tokio::select! {
            _ = cancel.cancelled() => {}
            _ = self.waiting(tokio::time::sleep(pause)) => {}
        }
    }

    fn sent(&self, what: Sent) {
        if let Some(held) = &self.held {
            held.seat.sent(what);
        }
    }

    fn take_line(&mut self, target: &Target) -> Option<Line> {
        let lines = &mut self.held.as_mut()?.lines;
        let at = lines.iter().position(|l| l.target == *target)?;
        Some(lines.swap_remove(at)).filter(Line::is_open)
    }

    fn keep(&mut self, line: Line, open: bool) {
        if let Some(held) = self.held.as_mut().filter(|_| open) {
            held.lines.push(line);
        }
    }

    fn drop_line(&mut self, target: &Target) {
        if let Some(held) = &mut self.held {
            held.lines.retain(|l| l.target != *target);
        }
    }
}

/// A name that was not asked for.
fn unasked(name: &str, cause: Cause) -> NameLook {
    use crate::evidence::{DnsQuery, DnsStatus};
    let queries = [RecordKind::A, RecordKind::Aaaa].map(|kind| DnsQuery {
        name: name.to_owned(),
        kind,
        server: None,
        status: DnsStatus::Failed(Failure::new(Stage::Own, cause, "not asked")),
        answers: Vec::new(),
        elapsed_ms: 0,
    });
    NameLook { name: name.to_owned(), queries: queries.into() }
}
