//! The 党政机关 badge and the 找错 entry, in all shapes they are added in.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use url::{Host, Url};

use super::super::dom::{self, has_any};
use super::super::flow::Token;
use super::super::types::{Badge, BadgeForm, CodeMark, CodeOrigin, Marks};
use super::super::words;
use super::{Page, code, link, pattern};

/// Which badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Conac,
    Jiucuo,
}

/// Block numbers around a footer line in which a picture is the footer's.
const NEAR: u32 = 12;
/// Longest text that is a badge's own words and not a sentence about it.
const WORDS_MAX: usize = 20;
/// Codes kept of one badge.
const CODES_MAX: usize = 16;
/// Longest attribute looked at: a picture may be inlined in its address.
const ATTRIBUTE_MAX: usize = 4096;

/// Reads both badges, and the site codes inside the error-report entry.
pub(super) fn read(page: &Page<'_>, zone: &[bool], marks: &mut Marks) {
    let near = Near::new(page, zone);
    for kind in [Kind::Conac, Kind::Jiucuo] {
        let mut found = collect(page, kind, &near);
        if kind == Kind::Jiucuo {
            marks.codes.extend(found.iter().filter(|f| f.badge.form != BadgeForm::Comment).flat_map(codes_of));
        }
        found.sort_by_key(|f| f.badge.form);
        let real = found.iter().any(|f| f.badge.visible && f.badge.form < BadgeForm::PictureOnly);
        let mut seen = HashSet::new();
        let badges = found
            .into_iter()
            .map(|f| f.badge)
            .filter(|b| !(real && b.form == BadgeForm::PictureOnly))
            .filter(|b| seen.insert((b.form, b.href.clone(), b.code.clone(), b.visible)))
            .collect();
        match kind {
            Kind::Conac => marks.conac = badges,
            Kind::Jiucuo => marks.jiucuo = badges,
        }
    }
    code::settle(&mut marks.codes);
}

struct Found {
    badge: Badge,
    codes: Vec<String>,
}

fn codes_of(found: &Found) -> Vec<CodeMark> {
    found
        .codes
        .iter()
        .map(|c| CodeMark {
            shown: c.clone(),
            origin: CodeOrigin::Jiucuo,
            well_formed: code::well_formed(c),
            visible: found.badge.visible,
            place: found.badge.place.clone(),
        })
        .collect()
}

/// Blocks that hold footer lines.
struct Near {
    blocks: Vec<u32>,
}

impl Near {
    fn new(page: &Page<'_>, zone: &[bool]) -> Self {
        let mut blocks: Vec<u32> = page.lines.iter().zip(zone).filter(|(_, z)| **z).map(|(l, _)| l.block).collect();
        blocks.sort_unstable();
        Near { blocks }
    }

    fn has(&self, block: u32) -> bool {
        let i = self.blocks.partition_point(|&b| b < block.saturating_sub(NEAR));
        self.blocks.get(i).is_some_and(|&b| b <= block.saturating_add(NEAR))
    }
}

fn collect(page: &Page<'_>, kind: Kind, near: &Near) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut by_anchor: HashMap<u32, usize> = HashMap::new();
    let own_words = anchor_words(page, kind);
    for (i, anchor) in page.flow.anchors.iter().enumerate() {
        let i = u32::try_from(i).unwrap_or(u32::MAX);
        let named = says(kind, &anchor.title) || own_words.contains(&i);
        let addresses = [&anchor.href, &anchor.other_address, &anchor.onclick];
        let Some((form, address)) = addresses.iter().find_map(|a| linked(kind, a)).or_else(|| {
            let live = || {
                !anchor.href.is_empty() && !anchor.href.starts_with(['#', '/']) && link::inside(&anchor.href).is_some()
            };
            (named && kind == Kind::Jiucuo && live()).then(|| (BadgeForm::Link, anchor.href.clone()))
        }) else {
            if named && kind == Kind::Jiucuo && (anchor.in_footer || near.has(anchor.block)) {
                by_anchor.insert(i, found.len());
                found.push(of(page, BadgeForm::PictureOnly, &anchor.href, anchor.visible, anchor.path, vec![]));
            }
            continue;
        };
        let codes = addresses.iter().flat_map(|a| codes_in(kind, a)).collect();
        let form = if anchor.comment { BadgeForm::Comment } else { form };
        by_anchor.insert(i, found.len());
        found.push(of(page, form, &address, anchor.visible, anchor.path, codes));
    }
    let filled = LazyCell::new(|| filled_paths(page));
    for token in &page.flow.tokens {
        let Some((form, address)) = classify(kind, token, near, &filled) else { continue };
        let codes: Vec<String> =
            texts(token).flat_map(|(n, v)| own_code(kind, n, v).unwrap_or_else(|| codes_in(kind, v))).collect();
        let around = token.anchor.and_then(|a| by_anchor.get(&a).copied());
        if let Some(known) = around {
            let known = &mut found[known];
            known.badge.form = known.badge.form.min(if token.comment { BadgeForm::Comment } else { form });
            for code in codes {
                if known.badge.code.is_empty() {
                    known.badge.code.clone_from(&code);
                }
                if known.codes.len() < CODES_MAX && !known.codes.contains(&code) {
                    known.codes.push(code);
                }
            }
            continue;
        }
        let form = if token.comment { BadgeForm::Comment } else { form };
        if let Some(anchor) = token.anchor {
            by_anchor.insert(anchor, found.len());
        }
        found.push(of(page, form, &address, token.visible && !token.comment, token.path, codes));
    }
    found
}

fn of(page: &Page<'_>, form: BadgeForm, href: &str, visible: bool, path: u32, codes: Vec<String>) -> Found {
    let mut unique: Vec<String> = Vec::new();
    for code in codes {
        if !unique.contains(&code) {
            unique.push(code);
        }
    }
    let badge = Badge {
        form,
        href: href.chars().take(500).collect(),
        retired_host: retired(href),
        code: unique.first().cloned().unwrap_or_default(),
        visible: visible && form != BadgeForm::Comment,
        place: page.place_of(path, href),
    };
    Found { badge, codes: unique }
}

/// Elements with anything in them that a reader sees or a comment holds.
fn filled_paths(page: &Page<'_>) -> HashSet<u32> {
    let flow = page.flow;
    let inner = flow.pieces.iter().map(|p| p.path).chain(flow.anchors.iter().map(|a| parent(page, a.path)));
    let mut filled = HashSet::new();
    for path in inner.chain(flow.tokens.iter().map(|t| parent(page, t.path))) {
        let mut next = Some(path);
        while let Some(step) = next.filter(|s| filled.insert(*s)) {
            next = flow.paths.get(step as usize).and_then(|p| p.parent);
        }
    }
    filled
}

fn parent(page: &Page<'_>, path: u32) -> u32 {
    page.flow.paths.get(path as usize).and_then(|p| p.parent).unwrap_or(0)
}

/// Anchors whose whole text is the badge's words.
fn anchor_words(page: &Page<'_>, kind: Kind) -> HashSet<u32> {
    page.flow
        .pieces
        .iter()
        .filter(|p| p.visible && p.anchor.is_some() && says(kind, &p.text))
        .filter_map(|p| p.anchor)
        .collect()
}

/// Short words that name the badge.
fn says(kind: Kind, text: &str) -> bool {
    let words: &[&str] = match kind {
        Kind::Conac => &words::CONAC_WORDS,
        Kind::Jiucuo => &words::JIUCUO_WORDS,
    };
    (1..=WORDS_MAX * 4).contains(&text.len())
        && words.iter().any(|w| text.contains(w))
        && text.chars().count() <= WORDS_MAX
}

/// An address or handler that belongs to the badge's service.
fn linked(kind: Kind, text: &str) -> Option<(BadgeForm, String)> {
    if text.is_empty() || text.len() > ATTRIBUTE_MAX {
        return None;
    }
    const SCHEME: &str = "javascript:";
    let script = text.contains('(') || text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME));
    let form = if script { BadgeForm::Handler } else { BadgeForm::Link };
    let address = || link::inside(text).unwrap_or_else(|| text.to_owned());
    match kind {
        Kind::Conac if has_any(text, &["bszs.conac.cn", "dcs.conac.cn"]) => {
            // The search form of the service is no badge of this unit.
            let own = has_any(text, &["id=", "/js/"]);
            Some((if own { form } else { BadgeForm::PictureOnly }, address()))
        }
        Kind::Jiucuo if of_jiucuo(text) => Some((form, address())),
        Kind::Jiucuo if script && HANDLER.is_match(text) => Some((BadgeForm::Handler, text.to_owned())),
        _ => None,
    }
}

static HANDLER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\bLink\(\s*['"]?(?:bm\d{6,}|\d{8,})"#));

fn of_jiucuo(address: &str) -> bool {
    has_any(address, &["exposure/jiucuo", "zfwzgl.www.gov.cn", "pucha.kaipuyun.cn", "jcinfonew", "www.gov.cn/c125533"])
}

/// Attribute values worth looking at.
fn texts(token: &Token) -> impl Iterator<Item = (&str, &str)> {
    token.attributes.iter().filter(|(_, v)| v.len() <= ATTRIBUTE_MAX).map(|(n, v)| (n.as_str(), v.as_str()))
}

/// What an element that is no anchor says of the badge.
fn classify(
    kind: Kind,
    token: &Token,
    near: &Near,
    filled: &LazyCell<HashSet<u32>, impl FnOnce() -> HashSet<u32>>,
) -> Option<(BadgeForm, String)> {
    let get = |name: &str| token.attribute(name).filter(|v| v.len() <= ATTRIBUTE_MAX).unwrap_or_default();
    let src = [get("src"), get("data-src"), get("data-original"), get(":src")]
        .into_iter()
        .find(|s| !s.is_empty())
        .unwrap_or_default();
    let lower = src.to_ascii_lowercase();
    if token.tag == "script" {
        let own = match kind {
            Kind::Conac => lower.contains("conac"),
            Kind::Jiucuo => {
                get("id") == "_jiucuo_"
                    || token.attribute("sitecode").is_some()
                    || file_of(&lower).starts_with("jiucuo")
            }
        };
        return own.then(|| (BadgeForm::Script, src.trim().to_owned()));
    }
    let handler = texts(token).filter(|(n, _)| dom::is_handler(n)).find_map(|(_, v)| linked(kind, v));
    if let Some((_, address)) = handler {
        let address = if link::inside(&address).is_some() || src.is_empty() { address } else { src.to_owned() };
        return Some((BadgeForm::Handler, address));
    }
    let class = get("class").to_ascii_lowercase();
    let template = match kind {
        Kind::Conac => class.split_ascii_whitespace().any(|c| c == "j-gov" || c.contains("conac")),
        Kind::Jiucuo => class.contains("jiucuo"),
    };
    if template && !get("data-setting").is_empty() {
        return Some((BadgeForm::Handler, get("data-setting").to_owned()));
    }
    let here = token.in_footer || near.has(token.block);
    if matches!(token.tag.as_str(), "img" | "input" | "embed") {
        let named = says(kind, get("alt")) || says(kind, get("title")) || says(kind, get("aria-label"));
        let service = match kind {
            Kind::Conac => lower.contains("conac.cn/image") || get("id").eq_ignore_ascii_case("imgconac"),
            Kind::Jiucuo => of_jiucuo(&lower),
        };
        let picture = here && (named || pictured(kind, &file_of(&lower)));
        return (service || picture).then(|| (BadgeForm::PictureOnly, src.to_owned()));
    }
    // An empty element drawn by its style sheet; a container only holds what was seen already.
    let empty = || !filled.contains(&token.path);
    let drawn = match kind {
        Kind::Conac => ["conac", "dzjg"].iter().any(|w| class.contains(w)) && !class.contains("ideconac") && empty(),
        // Sites have error buttons of their own under this name; only a link in the footer can be meant for the entry.
        Kind::Jiucuo => token.tag == "a" && (class.contains("jiucuo") || class.contains("zhaocuo")) && empty(),
    };
    (drawn && here).then(|| (BadgeForm::PictureOnly, String::new()))
}

/// File name of an address, without folders, query and ending.
fn file_of(lower: &str) -> String {
    if lower.starts_with("data:") {
        return String::new();
    }
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit(['/', '\\', '.']).find(|p| !p.is_empty() && !is_ending(p));
    name.unwrap_or_default().trim().to_owned()
}

fn is_ending(text: &str) -> bool {
    matches!(text, "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "bmp" | "js" | "ico")
}

/// Picture names under which copies of the badge are kept.
fn pictured(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Conac => {
            let red = name == "red"
                || name == "blue"
                || name == "red_error"
                || name.ends_with("_red")
                || name.ends_with("-red");
            let plain = ["arrow", "icon", "btn", "bg", "dot", "hot", "new", "star", "line", "flag", "point", "search"];
            ["conac", "dzjg", "dangzheng", "jgbs", "dzbs", words::CONAC_NAME].iter().any(|w| name.contains(w))
                || (red && !plain.iter().any(|w| name.contains(w)))
        }
        Kind::Jiucuo => ["jiucuo", "zhaocuo", "zfwzjc", "zfwzzc"].iter().any(|w| name.contains(w)),
    }
}

/// The attribute in which the error-report script keeps its code.
fn own_code(kind: Kind, name: &str, value: &str) -> Option<Vec<String>> {
    let own = kind == Kind::Jiucuo && matches!(name, "sitecode" | "data-sitecode" | "site_code");
    own.then(|| Some(value.trim()).filter(|v| !v.is_empty() && v.len() <= 40).map(str::to_owned).into_iter().collect())
}

/// Site codes of an error-report entry, or the id of a 党政机关 badge.
fn codes_in(kind: Kind, text: &str) -> Vec<String> {
    static CONAC: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)/(CA\d{15,25})\.js|[?&;]id=([0-9A-F]{32})"));
    static SITE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"(?i)(?:site_?code['"]?\s*[=:]\s*['"]?|[?&]v=|\bLink\(\s*['"]?)(bm\d{4,10}|\d{8,12})(?:\D|$)"#)
    });
    if text.len() > ATTRIBUTE_MAX {
        return Vec::new();
    }
    let pattern: &Regex = match kind {
        Kind::Conac => &CONAC,
        Kind::Jiucuo => &SITE,
    };
    pattern
        .captures_iter(text)
        .filter_map(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned()))
        .collect()
}

/// Hosts the services left: the entry behind them is dead.
fn retired(href: &str) -> bool {
    let absolute = if href.starts_with("//") { format!("http:{href}") } else { href.to_owned() };
    let Ok(url) = Url::parse(absolute.trim()) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.to_ascii_lowercase();
            name == "kaipuyun.cn"
                || name.ends_with(".kaipuyun.cn")
                || (name == "www.gov.cn" && url.path().starts_with("/c125533"))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}
