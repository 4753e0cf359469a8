//! When two addresses are one: the form in which addresses are remembered and problems about them identified.

use url::{Host, Url};

/// Parameters that name a session, a visitor or the moment, never a page. Lower case.
const EMPTY_TALK: &[&str] = &[
    "jsessionid",
    "phpsessid",
    "sessionid",
    "session_id",
    "cfid",
    "cftoken",
    "spm",
    "gclid",
    "fbclid",
    "bd_vid",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "isappinstalled",
    "_",
    "rnd",
    "rand",
    "random",
    "timestamp",
    "nocache",
];
/// Beginnings of such names.
const EMPTY_TALK_BEGINS: &[&str] = &["utm_", "aspsessionid", "wt."];

/// The canonical form of an http(s) address: scheme, default port, fragment, sessions and tracking dropped; host in lower-case
/// A-labels; escapes normalised; parameters sorted. Case of the path and a trailing slash are kept: they may matter.
pub fn canonical(url: &Url) -> String {
    let mut out = String::with_capacity(url.as_str().len());
    match url.host() {
        Some(Host::Domain(name)) => out.push_str(&name.trim_end_matches('.').to_ascii_lowercase()),
        Some(host) => out.push_str(&host.to_string()),
        None => {}
    }
    if let Some(port) = url.port().filter(|p| !matches!(p, 80 | 443)) {
        out.push_str(&format!(":{port}"));
    }
    for segment in url.path_segments().into_iter().flatten() {
        if is_session(segment) {
            continue;
        }
        out.push('/');
        normalise(without_session(segment), &mut out);
    }
    if let Some(query) = url.query() {
        let mut pairs: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !is_empty_talk(p)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        for (at, pair) in pairs.into_iter().enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            normalise(pair, &mut out);
        }
    }
    out
}

/// As [`canonical`], with `www.` dropped where the register lists the site's name with and without it.
pub fn own_key(url: &Url, hosts: &[String]) -> String {
    let key = canonical(url);
    match key.strip_prefix("www.") {
        Some(bare) if both_listed(bare, hosts) => bare.to_owned(),
        _ => key,
    }
}

fn both_listed(bare: &str, hosts: &[String]) -> bool {
    let host = bare.split(['/', ':', '?']).next().unwrap_or_default();
    hosts.iter().any(|h| h == host) && hosts.iter().any(|h| h.strip_prefix("www.") == Some(host))
}

fn is_empty_talk(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    let begins = |start: &str| name.get(..start.len()).is_some_and(|n| n.eq_ignore_ascii_case(start));
    EMPTY_TALK.iter().any(|n| name.eq_ignore_ascii_case(n)) || EMPTY_TALK_BEGINS.iter().any(|s| begins(s))
}

/// A whole segment that is a session: `(S(4hd…))`, as one old framework writes it.
fn is_session(segment: &str) -> bool {
    segment.starts_with("(S(") || segment.starts_with("(s(") || segment.starts_with("(X(")
}

/// `index.jsp;jsessionid=…` is `index.jsp`.
fn without_session(segment: &str) -> &str {
    match segment.split_once(';') {
        Some((before, rest)) if is_empty_talk(rest) => before,
        _ => segment,
    }
}

/// Escapes of letters, digits and `-._~` undone, the others in upper case (RFC 3986 §6.2.2).
fn normalise(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => {
                out.push(char::from(byte));
                at += 3;
            }
            Some(byte) => {
                out.push_str(&format!("%{byte:02X}"));
                at += 3;
            }
            None => {
                let next = text[at..].chars().next().unwrap_or_default();
                out.push(next);
                at += next.len_utf8();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(url: &str) -> String {
        canonical(&Url::parse(url).unwrap())
    }

    #[test]
    fn what_leads_to_one_page_is_one_address() {
        let one = "www.a.gov.cn/x/B.html?a=1&b=%E4%B8%AD";
        for url in [
            "http://www.a.gov.cn/x/B.html?b=%e4%b8%ad&a=1",
            "https://WWW.A.gov.cn:443/x/B.html?a=1&b=中#top",
            "http://www.a.gov.cn:80/x/%42.html?utm_source=w&a=1&b=%E4%B8%AD&JSESSIONID=9",
            "http://www.a.gov.cn/x/B.html;jsessionid=0A9F?a=1&b=%E4%B8%AD&_=1712",
            "http://www.a.gov.cn./(S(lit3py55t21z5v55vlm25s55))/x/B.html?a=1&b=%E4%B8%AD",
        ] {
            assert_eq!(of(url), one, "{url}");
        }
    }

    #[test]
    fn what_may_be_another_page_stays_another() {
        let all = [
            "http://a.gov.cn/x",
            "http://a.gov.cn/x/",
            "http://a.gov.cn/X",
            "http://a.gov.cn/x?id=1",
            "http://a.gov.cn/x?id=2",
            "http://a.gov.cn:8080/x",
            "http://www.a.gov.cn/x",
            "http://a.gov.cn/x;v=1",
            "http://a.gov.cn/x?sid=1",
            "http://a.gov.cn/x%2Fy",
            "http://a.gov.cn/x/y",
        ];
        let keys: std::collections::HashSet<String> = all.iter().map(|u| of(u)).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn names_with_and_without_www_are_one_only_where_both_are_listed() {
        let url = Url::parse("https://www.a.gov.cn/x").unwrap();
        assert_eq!(own_key(&url, &["www.a.gov.cn".into()]), "www.a.gov.cn/x");
        assert_eq!(own_key(&url, &["www.a.gov.cn".into(), "a.gov.cn".into()]), "a.gov.cn/x");
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(path in "[ -~一-三]{0,40}") {
            if let Ok(url) = Url::parse(&format!("http://www.a.gov.cn/{path}")) {
                let once = canonical(&url);
                let twice = canonical(&Url::parse(&format!("http://{once}")).unwrap());
                prop_assert_eq!(once, twice);
            }
        }
    }
}
