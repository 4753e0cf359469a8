//! One page in one tab: shown under virtual time, its requests answered one after another, read back, closed.
//!
//! Virtual time stands still while a request is under way and runs ahead as fast as the machine can where scripts only
//! wait: our politeness looks like no delay to the page, and a footer written after some seconds is there at once.

use std::collections::{HashSet, VecDeque};
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::answer::{Known, Paused, Reply, address};
use super::browser::Browser;
use super::pipe::{Event, Gone, PATIENCE, Session};
use crate::evidence::rendered::ADDRESS_MAX;
use crate::evidence::{
    Body, Evidence, Fetch, Hop, Picture, Purpose, Refusal, RefusalKind, Rendered, Shortfall, ShortfallKind,
};
use crate::fetch::{Hand, SiteFetcher, parse_address};

/// Virtual time a page has for what it writes after it was loaded.
const SETTLING_MS: u32 = 8_000;
/// … and once more after it was scrolled to its end.
const SCROLLED_MS: u32 = 2_000;
/// Further shares of virtual time for a page that is still loading.
const SHARES: u32 = 4;
/// Time beyond a page's own that its last request may take, and reading it back.
const REST: Duration = Duration::from_secs(20);
/// Message boxes closed before the page is left to itself.
const DIALOGS: u32 = 10;
/// The window, CSS pixels.
const WIDTH: u32 = 1366;
const HEIGHT: u32 = 768;
/// Most of a page's end that goes into its picture, CSS pixels, and the largest picture kept, bytes.
const PICTURE_HEIGHT: f64 = 900.0;
const PICTURE_MAX: usize = 1024 * 1024;
/// Refusals and shortfalls kept.
const KEPT: usize = 40;
/// Requests of one page handled, answered from memory ones included.
const HANDLED: u32 = 2_000;

/// Reads the page back; takes the largest size, returns `{html, cut, frames, painted, url}`.
const READER: &str = include_str!("reader.js");

pub(super) struct Asked<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) index: usize,
    pub(super) settings: &'a Settings,
    pub(super) at: Timestamp,
    pub(super) cancel: &'a CancellationToken,
}

/// Shows the page. Whatever happens is in the result.
pub(super) async fn show(browser: &Browser, asked: Asked<'_>, site: &mut SiteFetcher) -> (Rendered, Vec<Fetch>) {
    let settings = asked.settings;
    site.grant(settings.requests, settings.bytes, settings.page + REST);
    let started = Instant::now();
    let waited = site.waited();
    let mut tally = Tally {
        rendered: Rendered {
            page: asked.evidence.fetches[asked.index].last().url.clone(),
            url: String::new(),
            at: asked.at,
            elapsed_ms: 0,
            browser: browser.product.clone(),
            dom: None,
            picture: None,
            shortfalls: Vec::new(),
            served: 0,
            fetched: 0,
            refused: Vec::new(),
        },
        fetches: Vec::new(),
        kept: HashSet::new(),
    };
    let context =
        browser.pipe.call("", "Target.createBrowserContext", json!({ "disposeOnDetach": true }), PATIENCE).await;
    match context {
        Ok(context) => {
            let context = context["browserContextId"].clone();
            if let Err(error) = in_context(browser, &context, &asked, site, &mut tally, started).await {
                tracing::info!(page = %tally.rendered.page, %error, "a page could not be shown");
                tally.open(ShortfallKind::Crashed, &error.to_string());
            }
            let disposed = json!({ "browserContextId": context });
            if browser.pipe.call("", "Target.disposeBrowserContext", disposed, PATIENCE).await.is_err() {
                // A browser that cannot even close a page is of no further use.
                browser.give_up();
            }
        }
        Err(error) => {
            tally.open(ShortfallKind::Crashed, &error.to_string());
            browser.give_up();
        }
    }
    let elapsed = started.elapsed().saturating_sub(site.waited().saturating_sub(waited));
    tally.rendered.elapsed_ms = u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX);
    let Tally { rendered, mut fetches, .. } = tally;
    for body in fetches.iter_mut().flat_map(|f| &mut f.hops).map(|h: &mut Hop| &mut h.body) {
        *body = None;
    }
    (rendered, fetches)
}

/// What is brought back, as it grows.
struct Tally {
    rendered: Rendered,
    fetches: Vec<Fetch>,
    /// What was noted already, so that a loop fills nothing.
    kept: HashSet<(u8, String)>,
}

impl Tally {
    fn open(&mut self, kind: ShortfallKind, detail: &str) {
        let detail = short(detail);
        let known = self.rendered.shortfalls.iter().any(|s| s.kind == kind && s.detail == detail);
        if !known && self.rendered.shortfalls.len() < KEPT {
            self.rendered.shortfalls.push(Shortfall { kind, detail });
        }
    }

    fn refuse(&mut self, why: RefusalKind, url: &str) {
        let url = short(url);
        if self.rendered.refused.len() >= KEPT {
            self.open(ShortfallKind::Budget, "refusals");
        } else if self.kept.insert((why as u8, url.clone())) {
            self.rendered.refused.push(Refusal { url, why });
        }
    }
}

fn short(text: &str) -> String {
    let end = (0..=text.len().min(ADDRESS_MAX)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text[..end].to_owned()
}

async fn in_context(
    browser: &Browser,
    context: &Value,
    asked: &Asked<'_>,
    site: &mut SiteFetcher,
    tally: &mut Tally,
    started: Instant,
) -> Result<(), Gone> {
    let root = |method, params| browser.pipe.call("", method, params, PATIENCE);
    root("Browser.setDownloadBehavior", json!({ "behavior": "deny", "browserContextId": context })).await?;
    let blank = json!({ "url": "about:blank", "browserContextId": context, "width": WIDTH, "height": HEIGHT });
    let target = root("Target.createTarget", blank).await?["targetId"].clone();
    let attached = root("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
    let session = browser.pipe.session(attached["sessionId"].as_str().unwrap_or_default());
    let mut tab = Tab {
        session,
        // The main frame carries the name of its target.
        frame: target.as_str().unwrap_or_default().to_owned(),
        asked,
        site,
        tally,
        known: Known::of(asked.evidence),
        queue: VecDeque::new(),
        deadline: started + asked.settings.page,
        given: false,
        committed: false,
        loaded: false,
        rested: false,
        lost: false,
        shares: 0,
        dialogs: 0,
        handled: 0,
    };
    tab.run().await
}

/// A page under way.
struct Tab<'a> {
    session: Session,
    frame: String,
    asked: &'a Asked<'a>,
    site: &'a mut SiteFetcher,
    tally: &'a mut Tally,
    known: Known,
    queue: VecDeque<Paused>,
    deadline: Instant,
    /// The page itself was handed over.
    given: bool,
    /// It has taken the place of the blank one.
    committed: bool,
    loaded: bool,
    /// The share of virtual time has passed and nothing is under way.
    rested: bool,
    /// It wants to be another page, or lets nobody do anything: what stands there is not the page to be read.
    lost: bool,
    shares: u32,
    dialogs: u32,
    handled: u32,
}

impl Tab<'_> {
    async fn run(&mut self) -> Result<(), Gone> {
        let hop = self.asked.evidence.fetches[self.asked.index].last();
        let Some(url) = parse_address(&hop.url) else { return Ok(()) };
        if hop.body.as_ref().is_none_or(|b| b.cut) {
            self.tally.open(ShortfallKind::PageCut, "");
        }
        for method in ["Page.enable", "Runtime.enable", "Network.enable"] {
            self.session.call(method, json!({})).await?;
        }
        self.session.call("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        self.session.call("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await?;
        self.session.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] })).await?;
        self.session.tell("Page.navigate", json!({ "url": url.as_str() })).await?;
        if self.come_to_rest().await? {
            let scroll = "window.scrollTo(0, document.documentElement ? document.documentElement.scrollHeight : 0)";
            self.evaluate(scroll).await?;
            self.share(SCROLLED_MS).await?;
            self.come_to_rest().await?;
        }
        if !self.rested && !self.lost {
            self.tally.open(ShortfallKind::Timeout, "");
        }
        if self.session.has_lost() {
            self.tally.open(ShortfallKind::Budget, "events");
        }
        if self.committed && !self.lost && !self.asked.cancel.is_cancelled() {
            self.read_back().await?;
            // Only a second look decides a row. A page without a picture is evidence all the same.
            if self.asked.evidence.look > 1
                && let Err(error) = self.picture().await
            {
                tracing::debug!(page = %self.tally.rendered.page, %error, "no picture of a page");
            }
        }
        Ok(())
    }

    /// Serves the page until its share of virtual time has passed, or its time is over. Whether it came to rest.
    async fn come_to_rest(&mut self) -> Result<bool, Gone> {
        while !self.over() {
            if let Some(paused) = self.take_next() {
                self.answer(paused).await?;
                continue;
            }
            if self.rested {
                if self.loaded {
                    return Ok(true);
                }
                self.shares += 1;
                if self.shares > SHARES {
                    return Ok(false);
                }
                self.share(SETTLING_MS).await?;
            }
            let cancel = self.asked.cancel;
            let event = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(false),
                () = tokio::time::sleep_until(self.deadline.into()) => return Ok(false),
                event = self.session.next() => event.ok_or(Gone::Closed)?,
            };
            self.hear(event).await?;
        }
        Ok(false)
    }

    fn over(&self) -> bool {
        self.lost || self.asked.cancel.is_cancelled() || Instant::now() >= self.deadline
    }

    /// The next request to answer: style sheets last, so that bounds do not cost scripts their answers.
    fn take_next(&mut self) -> Option<Paused> {
        let first = self.queue.iter().position(|p| p.kind != "Stylesheet").unwrap_or(0);
        self.queue.remove(first)
    }

    async fn share(&mut self, ms: u32) -> Result<(), Gone> {
        self.rested = false;
        let policy = json!({ "policy": "pauseIfNetworkFetchesPending", "budget": ms });
        self.session.tell("Emulation.setVirtualTimePolicy", policy).await
    }

    async fn hear(&mut self, event: Event) -> Result<(), Gone> {
        let params = &event.params;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match event.method.as_str() {
            "Fetch.requestPaused" => {
                self.rested = false;
                self.queue.push_back(Paused::of(params));
            }
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                if self.committed {
                    self.leave(&text(&params["frame"]["url"]));
                } else if self.given {
                    self.committed = true;
                    self.share(SETTLING_MS).await?;
                }
            }
            "Page.lifecycleEvent" if self.committed && params["frameId"] == self.frame.as_str() => {
                self.loaded |= params["name"] == "load";
            }
            "Emulation.virtualTimeBudgetExpired" => self.rested = true,
            "Page.javascriptDialogOpening" => {
                self.dialogs += 1;
                if self.dialogs > DIALOGS {
                    self.tally.open(ShortfallKind::Timeout, "dialogs");
                    self.lost = true;
                }
                self.session.tell("Page.handleJavaScriptDialog", json!({ "accept": false })).await?;
            }
            "Page.windowOpen" => self.tally.refuse(RefusalKind::Navigation, &text(&params["url"])),
            "Network.webSocketCreated" => {
                let url = text(&params["url"]);
                self.tally.refuse(RefusalKind::Channel, &url);
                self.tally.open(ShortfallKind::Refused, &url);
            }
            "Network.loadingFailed" => self.failed(params),
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let thrown = &details["exception"]["description"];
                let said = thrown.as_str().or(details["text"].as_str()).unwrap_or_default();
                self.tally.open(ShortfallKind::ScriptError, said.lines().next().unwrap_or_default());
            }
            "Inspector.targetCrashed" => return Err(Gone::Refused("the page crashed".to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// A request that ended without us: what the page's own policy forbids is the same for every visitor, the rest is open.
    fn failed(&mut self, params: &Value) {
        let matters = ["Script", "XHR", "Fetch", "Document"].iter().any(|kind| params["type"] == *kind);
        let own_policy = ["inspector", "csp", "mixed-content"].iter().any(|why| params["blockedReason"] == *why);
        if matters && !own_policy {
            self.tally.open(ShortfallKind::Unanswered, params["errorText"].as_str().unwrap_or_default());
        }
    }

    fn leave(&mut self, url: &str) {
        self.lost = true;
        self.tally.refuse(RefusalKind::Navigation, url);
        self.tally.open(ShortfallKind::Left, url);
    }

    async fn answer(&mut self, paused: Paused) -> Result<(), Gone> {
        self.handled += 1;
        if paused.kind == "Document" && paused.frame == self.frame {
            if self.given {
                self.leave(&paused.url);
                return self.reply(&paused, Reply::Fail("Aborted")).await;
            }
            self.given = true;
            let fetch = &self.asked.evidence.fetches[self.asked.index];
            let (reply, open) = Reply::of(fetch, &fetch.last().url);
            if let Some(kind) = open {
                self.tally.open(kind, &paused.url);
            }
            return self.reply(&paused, typed(reply)).await;
        }
        if let Some(reply) = paused.canned() {
            return self.reply(&paused, reply).await;
        }
        let reached = parse_address(&paused.url).is_some_and(|url| self.site.reaches(&url));
        let spent = self.handled > HANDLED;
        if let Some(why) = paused.refusal(reached).or(spent.then_some(RefusalKind::Budget)) {
            self.tally.refuse(why, &paused.url);
            if let Some(kind) = paused.left_open() {
                self.tally.open(kind, &paused.url);
            }
            return self.reply(&paused, Reply::Fail("BlockedByClient")).await;
        }
        let made = self.asked.evidence.fetches.len();
        let index = match self.known.get(&paused.url) {
            Some(index) => {
                self.tally.rendered.served += 1;
                index
            }
            None => made + self.fetch(&paused.url).await,
        };
        let fetch = self.asked.evidence.fetches.get(index).unwrap_or_else(|| &self.tally.fetches[index - made]);
        let (reply, open) = Reply::of(fetch, &paused.url);
        if let Some(kind) = open.filter(|_| paused.matters()) {
            self.tally.open(kind, &paused.url);
        }
        self.reply(&paused, reply).await
    }

    /// Asks the site for what the look has not. The page's time stands still while our politeness waits.
    async fn fetch(&mut self, url: &str) -> usize {
        let home = parse_address(&self.tally.rendered.page).map(|u| u.origin());
        let near = parse_address(url).map(|u| u.origin()) == home;
        let waited = self.site.waited();
        let fetching = self.site.get(url, Purpose::Rendering, if near { Hand::First } else { Hand::Pool });
        let fetch = self.session.during(fetching).await;
        self.deadline += self.site.waited().saturating_sub(waited);
        self.tally.rendered.fetched += 1;
        let index = self.tally.fetches.len();
        self.known.add(self.asked.evidence.fetches.len() + index, &fetch);
        self.tally.fetches.push(fetch);
        index
    }

    async fn reply(&mut self, paused: &Paused, reply: Reply) -> Result<(), Gone> {
        match reply {
            Reply::Fail(reason) => {
                self.session.tell("Fetch.failRequest", json!({ "requestId": paused.id, "errorReason": reason })).await
            }
            Reply::Answer { status, headers, body } => {
                let answer =
                    json!({ "requestId": paused.id, "responseCode": status, "responseHeaders": headers, "body": body });
                match self.session.call("Fetch.fulfillRequest", answer).await {
                    // The page gave it up meanwhile.
                    Err(Gone::Refused(_)) => Ok(()),
                    other => other.map(|_| ()),
                }
            }
        }
    }

    /// Runs a script of ours in a world that the page's scripts cannot reach.
    async fn evaluate(&mut self, script: &str) -> Result<Value, Gone> {
        let world = json!({ "frameId": self.frame, "worldName": "xunjian" });
        let context = self.session.call("Page.createIsolatedWorld", world).await?["executionContextId"].clone();
        let asked = json!({ "expression": script, "contextId": context, "returnByValue": true, "timeout": 5000 });
        let mut answer = self.session.call("Runtime.evaluate", asked).await?;
        if answer["exceptionDetails"].is_object() {
            return Err(Gone::Refused("our own script failed".to_owned()));
        }
        Ok(answer["result"]["value"].take())
    }

    /// The end of the page, as wide as the window.
    async fn picture(&mut self) -> Result<(), Gone> {
        let size = self.session.call("Page.getLayoutMetrics", json!({})).await?["cssContentSize"]["height"].as_f64();
        let height = size.unwrap_or_default();
        let shown = height.clamp(1.0, PICTURE_HEIGHT);
        let clip = json!({ "x": 0, "y": (height - shown).max(0.0), "width": WIDTH, "height": shown, "scale": 1 });
        let wanted = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let taken = self.session.call("Page.captureScreenshot", wanted).await?;
        let png =
            data_encoding::BASE64.decode(taken["data"].as_str().unwrap_or_default().as_bytes()).unwrap_or_default();
        if !png.is_empty() && png.len() <= PICTURE_MAX {
            self.tally.rendered.picture = Some(Picture { sha256: sha256(&png), png: png.into() });
        }
        Ok(())
    }

    async fn read_back(&mut self) -> Result<(), Gone> {
        let most = self.asked.settings.dom;
        let read = self.evaluate(&format!("({READER})({most})")).await?;
        let html = read["html"].as_str().unwrap_or_default();
        let mut cut = read["cut"] == true;
        let mut end = html.len().min(most);
        while !html.is_char_boundary(end) {
            end -= 1;
        }
        cut |= end < html.len();
        if cut {
            self.tally.open(ShortfallKind::DomCut, "");
        }
        if read["painted"] == true {
            self.tally.open(ShortfallKind::Canvas, "");
        }
        for frame in read["frames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !crate::evidence::page::script::known::is_library(frame) {
                self.tally.open(ShortfallKind::Frame, frame);
            }
        }
        self.tally.rendered.url = address(read["url"].as_str().unwrap_or_default()).unwrap_or_default();
        self.tally.rendered.dom = Some(packed(&html.as_bytes()[..end], cut));
        Ok(())
    }
}

/// Address of a picture in the evidence store.
fn sha256(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A page without a declared type is a page all the same.
fn typed(mut reply: Reply) -> Reply {
    if let Reply::Answer { headers, .. } = &mut reply
        && !headers.iter().any(|h| h["name"] == "content-type")
    {
        headers.push(json!({ "name": "content-type", "value": "text/html" }));
    }
    reply
}

fn packed(html: &[u8], cut: bool) -> Body {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(html).and_then(|()| packer.finish());
    match packed {
        Ok(wire) => Body { wire, encoding: "gzip".to_owned(), cut, bytes: html.into() },
        // Writing into memory does not fail.
        Err(_) => Body { wire: html.to_vec(), encoding: String::new(), cut, bytes: html.into() },
    }
}
