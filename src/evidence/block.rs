//! Recognising the page of a protection device (WAF) in place of the site's own.
//!
//! A false "blocked" hides a dead site, a false "not blocked" blames a healthy one. So every family is known by signs that
//! pages let through do not carry: cookies, headers and script libraries of a device stay on the pages it passes and never
//! count alone.

mod markers;

use std::borrow::Cow;

use markers::{CHALLENGE_TITLES, Kind, MARKERS};

/// Only the beginning of a page is looked at, bytes.
const LOOKED_AT: usize = 64 * 1024;
/// A page with at most this much visible text, in bytes, says nothing to a reader: a challenge for browsers.
const THIN: usize = 60;
/// A page with at most this much visible text, in bytes, is a notice and not the front page of a site.
const SHORT: usize = 1500;

/// Family of a cloud host's page that turns visitors away because the name has no ICP filing there.
pub const UNFILED: &str = "unfiled";

/// Every family [`recognise`] can name; the keys of the labels' `block` group.
pub const FAMILIES: [&str; 23] = [
    "aliyun",
    "botsbu",
    "chuangyudun",
    "cloudflare",
    "court",
    "ddun",
    "generic_block",
    "generic_challenge",
    "huaweicloud",
    "jiasule",
    "landun",
    "ngxlua",
    "ruishu",
    "safedog",
    "safeline",
    "tencent",
    UNFILED,
    "wzws",
    "xuanwudun",
    "yunjiasu",
    "yunsuo",
    "yxlink",
    "zhuji360",
];

/// The family of protection device whose page this is, as a key of the labels' `block` group; `None` for a page of the site
/// itself, its own error pages included. Header names are lower case; cookies may be reduced to their names. `body` is the
/// decoded start of the page.
pub fn recognise(status: u16, headers: &[(String, String)], body: &[u8]) -> Option<&'static str> {
    let head = Head { headers };
    if let family @ Some(_) = by_location(&head) {
        return family;
    }
    let body = &body[..body.len().min(LOOKED_AT)];
    let visible = visible_bytes(body, SHORT + 1);
    let denied = status >= 400;
    if !denied && visible > SHORT {
        return None;
    }
    let page = Page { status, denied, visible, text: lower_text(body) };
    by_device(&page, &head).or_else(|| by_marker(&page)).or_else(|| by_behaviour(&page))
}

struct Head<'a> {
    headers: &'a [(String, String)],
}

impl Head<'_> {
    fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    fn server(&self, part: &str) -> bool {
        self.values("server").any(|v| v.to_ascii_lowercase().contains(part))
    }

    /// A cookie whose name begins so.
    fn cookie(&self, start: &str) -> bool {
        self.values("set-cookie")
            .any(|v| v.trim_start().get(..start.len()).is_some_and(|p| p.eq_ignore_ascii_case(start)))
    }
}

struct Page<'a> {
    status: u16,
    /// The status is an error.
    denied: bool,
    visible: usize,
    /// Lower case.
    text: Cow<'a, str>,
}

impl Page<'_> {
    fn thin(&self) -> bool {
        self.visible <= THIN
    }

    fn has(&self, needle: &str) -> bool {
        self.text.contains(needle)
    }

    fn title(&self) -> &str {
        let inside = self.text.split_once("<title").and_then(|(_, rest)| rest.split_once('>'));
        inside.and_then(|(_, rest)| rest.split_once('<')).map_or("", |(title, _)| title.trim())
    }
}

/// Redirects to a device's own notice.
fn by_location(head: &Head<'_>) -> Option<&'static str> {
    head.values("location").find_map(|to| {
        if to.contains("WZWSREL") {
            Some("wzws")
        } else if to.contains("waf.tencent.com/") {
            Some("tencent")
        } else {
            None
        }
    })
}

/// Families known by status and headers together.
fn by_device(page: &Page<'_>, head: &Head<'_>) -> Option<&'static str> {
    // Statuses a device refuses with. Log-in, "not found", rate limits and server errors are the site's own answers, whoever
    // relays them.
    let refused = matches!(page.status, 403 | 405 | 406 | 430..=499) && page.visible <= SHORT;
    let challenged = page.denied && head.values("cf-mitigated").any(|v| v == "challenge");
    Some(match page.status {
        403 if head.server("beaver") => UNFILED,
        // 521 alone is also another network's "origin down".
        521 if head.cookie("__jsluid") || head.server("jiasule") || page.has("location.pathname") => "jiasule",
        202 | 400 | 412 if page.has("$_ts") && page.thin() && page.title().is_empty() => "ruishu",
        468 => "safeline",
        403 if page.has("<!-- event id:") || page.has("<!-- event_id:") => "safeline",
        493 => "wzws",
        418 if head.cookie("hwwafses") || head.server("cloudwaf") => "huaweicloud",
        449 | 455 if head.cookie("https_waf_cookie") || page.has("https_waf_cookie") => "court",
        _ if refused && (head.has("wzws-ray") || head.server("qianxin-waf")) => "wzws",
        _ if refused && head.server("yunjiasu") && page.has("yunjiasu") => "yunjiasu",
        _ if refused && head.server("bdwaf") => "landun",
        _ if challenged => "cloudflare",
        _ if page.thin() && page.has("https_waf_cookie") && matches!(page.title(), "449" | "455") => "court",
        _ if page.thin() && head.cookie("yunsuo_session") && page.has("<script") => "yunsuo",
        _ => return None,
    })
}

/// Families known by words only their own pages carry.
fn by_marker(page: &Page<'_>) -> Option<&'static str> {
    MARKERS
        .iter()
        .find(|m| {
            let fits = match m.kind {
                Kind::Challenge => page.thin(),
                Kind::Notice => page.visible <= SHORT,
                Kind::Refusal => page.denied && page.visible <= SHORT,
            };
            fits && m.all.iter().all(|needle| page.has(needle))
        })
        .map(|m| m.family)
}

/// Pages of unknown make that ask for a browser: nothing to read, a cookie set by script, the same address again; or a short
/// page whose title asks for a verification.
fn by_behaviour(page: &Page<'_>) -> Option<&'static str> {
    if page.visible <= SHORT && CHALLENGE_TITLES.contains(&page.title()) {
        return Some("generic_challenge");
    }
    if !page.thin() || !page.has("document.cookie") {
        return None;
    }
    let script: String = page.text.chars().filter(|c| !c.is_whitespace()).collect();
    // A jump to another page is an ordinary front door; only coming back to itself with a cookie is a challenge.
    const SAME_ADDRESS: [&str; 5] = [
        "location.reload(",
        "location.href=location.",
        "location.href=window.location.",
        "location=location.",
        "location.replace(location.",
    ];
    SAME_ADDRESS.iter().any(|s| script.contains(s)).then_some("generic_challenge")
}

/// Bytes of text outside tags, comments, scripts, styles and the head's title, counted up to `enough`. Works on any
/// ASCII-compatible encoding.
fn visible_bytes(body: &[u8], enough: usize) -> usize {
    /// Elements whose content a browser does not show as text of the page.
    const UNSEEN: [&str; 5] = ["script", "style", "noscript", "title", "template"];
    let mut seen = 0;
    let mut at = 0;
    while at < body.len() && seen < enough {
        if body[at] != b'<' {
            seen += usize::from(!body[at].is_ascii_whitespace());
            at += 1;
            continue;
        }
        let rest = &body[at..];
        if rest.starts_with(b"<!--") {
            at += find(rest, b"-->").map_or(rest.len(), |end| end + 3);
            continue;
        }
        let name_is = |name: &str| {
            rest.get(1..=name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && rest.get(name.len() + 1).is_none_or(|b| !b.is_ascii_alphanumeric())
        };
        at += match UNSEEN.iter().find(|name| name_is(name)) {
            Some(name) => find_close(rest, name).unwrap_or(rest.len()),
            None => rest.iter().position(|b| *b == b'>').map_or(rest.len(), |end| end + 1),
        };
    }
    seen
}

/// Offset of `</name`, in any case.
fn find_close(text: &[u8], name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = find(&text[from..], b"</").map(|i| i + from) {
        if text.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|b| *b == needle[0]).map(|i| i + from) {
        if text[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The text in lower case: UTF-8 if it is, otherwise GBK, the only other encoding these pages come in.
fn lower_text(body: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        // Cut inside a character.
        Err(e) if e.error_len().is_none() => String::from_utf8_lossy(&body[..e.valid_up_to()]),
        Err(_) => encoding_rs::GBK.decode_without_bom_handling(body).0,
    };
    if text.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { text }
}

#[cfg(test)]
mod tests;
