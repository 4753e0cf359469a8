//! What a web server of the city answers to one request. Pure but for the day and the compressed bodies kept.

use std::io::Write;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::manner::{Encoding, Extra, Manner, Squatter, Web};
use super::page::{self, blocks};
use super::plan::{Role, Site};
use super::world::{Answerer, World};

/// A request as far as it matters here.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// Lower case, without a port.
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) secure: bool,
    pub(super) gzip: bool,
    /// Only the head of the answer is wanted.
    pub(super) head_only: bool,
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Answer {
    /// How long the server thinks first.
    pub(super) delay: Duration,
    pub(super) reply: Reply,
}

#[derive(Debug)]
pub(super) enum Reply {
    Page(Page),
    /// Bytes that are not HTTP, then the end.
    Garbage,
    /// The end, without a byte.
    Close,
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Arc<[u8]>,
    /// Sent in chunks instead of with a length.
    pub(super) chunked: bool,
}

impl Page {
    fn html(status: u16, body: String) -> Self {
        Page::of(status, "text/html; charset=utf-8", body.into_bytes())
    }

    fn of(status: u16, kind: &str, body: Vec<u8>) -> Self {
        Page { status, headers: vec![("Content-Type", kind.to_owned())], body: body.into(), chunked: false }
    }

    fn redirect(to: String) -> Self {
        let mut page = Page::of(301, "text/html", page::error(301, "Moved Permanently").into_bytes());
        page.headers.push(("Location", to));
        page
    }

    fn not_found() -> Self {
        Page::of(404, "text/html", page::error(404, "Not Found").into_bytes())
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Answer { delay: Duration::ZERO, reply: Reply::Page(page) }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Answer { delay: Duration::ZERO, reply }
    }
}

/// Answers one request.
pub(super) fn answer(world: &World, ask: &Ask<'_>) -> Answer {
    match world.answerer(ask.host) {
        Some(Answerer::Canary) if world.canaries_down() => Reply::Close.into(),
        Some(Answerer::Canary) => Page::html(200, "<html><title>ok</title><body>ok</body></html>".to_owned()).into(),
        Some(Answerer::Site(index, role)) => of_site(world, world.site(index), role, ask),
        Some(Answerer::NameServer) | None => Page::not_found().into(),
    }
}

fn of_site(world: &World, site: &Site, role: Role, ask: &Ask<'_>) -> Answer {
    let manner = world.manner(site.index);
    match role {
        Role::Forward => return Page::redirect(site.url()).into(),
        Role::Stray => return Page::html(200, page::moved_away(ask.host)).into(),
        Role::Idle if !manner.idle_alive => return Page::not_found().into(),
        Role::Idle if manner.squatter != Squatter::Nobody => {
            return Page::html(200, page::extra::squatter(manner.squatter)).into();
        }
        Role::Successor if !manner.successor_alive => return Page::not_found().into(),
        Role::Idle | Role::Successor | Role::Listed | Role::Moved => return content(world, site, &manner, ask).into(),
        Role::Home => {}
    }
    if !ask.secure && !manner.plain_open {
        let port = site.port.map(|p| format!(":{p}")).unwrap_or_default();
        return Page::redirect(format!("https://{}{port}{}", ask.host, ask.path)).into();
    }
    if world.hangs_up(site, manner.bad_hours) {
        return Reply::Close.into();
    }
    if let Some(clock) = world.clock.get().filter(|_| manner.lag_ms > 0) {
        clock.advance(jiff::SignedDuration::from_millis(i64::from(manner.lag_ms)));
    }
    match &manner.web {
        Web::Page => {}
        Web::Block(family) => {
            let block = blocks::page(*family, site.seed);
            let mut page = Page::html(block.status, block.body);
            page.headers.extend(block.headers);
            return page.into();
        }
        Web::Error(status) => return Page::html(*status, page::error(*status, words(*status))).into(),
        Web::ErrorOnce => {
            if ask.path == "/" && world.fails_now(site.index) {
                return Page::html(502, page::error(502, words(502))).into();
            }
        }
        Web::TooMany => return Page::html(429, page::error(429, words(429))).with("Retry-After", "1").into(),
        Web::Redirect(to) if ask.path == "/" => return Page::redirect(to.clone()).into(),
        Web::Redirect(_) => return Page::not_found().into(),
        Web::RedirectAll(to) => return Page::redirect(to.clone()).into(),
        Web::Garbage => return Reply::Garbage.into(),
        Web::Close => return Reply::Close.into(),
        Web::Notice => return Page::html(200, page::closing_notice(site)).into(),
        Web::Rebuilding => return Page::html(200, page::rebuilding(site)).into(),
        Web::BareNotice => return Page::html(200, page::bare_notice(site)).into(),
        Web::Pause => return Page::html(200, page::pause(site)).into(),
        Web::ServerDefault => return Page::html(200, page::SERVER_DEFAULT.to_owned()).into(),
    }
    let mut answer = Answer::from(content(world, site, &manner, ask));
    if ask.path == "/" {
        answer.delay = Duration::from_millis(u64::from(manner.delay_ms));
    }
    answer
}

fn content(world: &World, site: &Site, manner: &Manner, ask: &Ask<'_>) -> Page {
    if let Some((status, body)) = page::extra::answer(manner.page.extra, ask.path, ask.head_only) {
        return Page::html(status, body);
    }
    let path = ask.path.split(['?', '#']).next().unwrap_or("/");
    match (path, page::entry_hop(manner.page.entry)) {
        ("/", Some((hop, _))) => return Page::html(200, hop.to_owned()),
        ("/", None) => return home(world, site, manner, ask),
        (path, Some((_, home_path))) if path == home_path => return home(world, site, manner, ask),
        _ => {}
    }
    if let Some(script) = page::script(site, &manner.page, path).or_else(|| page::app_shell_script(path)) {
        return Page::of(200, "application/javascript", script.into_bytes());
    }
    if let Some(config) = page::app_config(site, &manner.page, path, world.today()) {
        return Page::of(200, "application/json", config.into_bytes());
    }
    if let Some(fragment) = page::fragment(site, &manner.page, path) {
        return Page::html(200, fragment);
    }
    if let Some(html) = page::inner(site, &manner.page, path, world.today()) {
        return Page::html(200, html);
    }
    if path == "/search" && manner.page.placed != super::manner::Placed::AppShell {
        let query = ask.path.split_once('?').map_or("", |(_, query)| query);
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let text = pairs.into_iter().find(|(name, _)| name == "q").map(|(_, value)| value.into_owned());
        return Page::html(200, page::search(&world.plan, site, text.as_deref().unwrap_or_default().trim()));
    }
    match path {
        "/robots.txt" if manner.robots_closed => plain("User-agent: *\nDisallow: /\n"),
        "/robots.txt" if site.seed.is_multiple_of(2) => plain("User-agent: *\nDisallow: /admin/\nDisallow: /system/\n"),
        "/js/jquery.min.js" => {
            script("/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */\n!function(a,b){}(this);\n")
        }
        "/js/common.js" => script("function openWin(u){window.open(u);}\nfunction setTab(n){var t=n;return t;}\n"),
        "/_sitegray/_sitegray.js" => script("var _sitegray=false;\n"),
        "/css/style.css" | "/_sitegray/_sitegray_d.css" => Page::of(200, "text/css", b"body{margin:0}\n".to_vec()),
        _ if manner.page.extra == Extra::SentHome => Page::redirect("/".to_owned()),
        _ if manner.soft_404 => Page::html(200, page::error(404, "您访问的页面不存在")),
        _ => Page::not_found(),
    }
}

fn plain(text: &str) -> Page {
    Page::of(200, "text/plain", text.as_bytes().to_vec())
}

fn script(text: &str) -> Page {
    Page::of(200, "application/javascript", text.as_bytes().to_vec())
}

/// The home page itself, compressed where site and client agree.
fn home(world: &World, site: &Site, manner: &Manner, ask: &Ask<'_>) -> Page {
    let encoding = manner.page.encoding;
    let kind = match (encoding, site.seed % 3) {
        (Encoding::Utf8, 0) => "text/html; charset=utf-8",
        (Encoding::Utf8, 1) => "text/html;charset=UTF-8",
        (Encoding::Gbk, 0) => "text/html; charset=GBK",
        _ => "text/html",
    };
    let render = || page::encode(&page::home(site, &manner.page, world.today()), encoding);
    let server = ["nginx", "nginx/1.18.0", "Apache-Coyote/1.1", "Microsoft-IIS/8.5"][(site.seed % 4) as usize];
    if !(manner.page.gzip && ask.gzip) {
        return Page::of(200, kind, render()).with("Server", server);
    }
    let body = kept(world, site.index, ask.path, || compressed(&render()));
    Page { status: 200, headers: vec![("Content-Type", kind.to_owned())], body, chunked: site.seed.is_multiple_of(5) }
        .with("Server", server)
        .with("Content-Encoding", "gzip")
        .with("Vary", "Accept-Encoding")
}

/// How many compressed bodies are kept: a measured patrol should not wait for its simulator.
const KEPT: usize = 20_000;

fn kept(world: &World, site: usize, path: &str, make: impl FnOnce() -> Vec<u8>) -> Arc<[u8]> {
    let key = (site, path.to_owned());
    if let Some(body) = world.bodies.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Arc::clone(body);
    }
    let body: Arc<[u8]> = make().into();
    let mut bodies = world.bodies.lock().unwrap_or_else(PoisonError::into_inner);
    if bodies.len() < KEPT {
        bodies.insert(key, Arc::clone(&body));
    }
    body
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::new(5));
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Reason phrase of a status.
pub(super) fn words(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
