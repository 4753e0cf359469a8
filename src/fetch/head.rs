//! Request identity, and response heads as evidence keeps them.

use hyper::header::{HeaderMap, HeaderValue, SET_COOKIE};
use hyper::{StatusCode, Version};

pub(super) const ACCEPT: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
pub(super) const ACCEPT_ENCODING: &str = "gzip, deflate, br";
/// What the spider of the search engine most visitors of government sites come from calls itself.
pub(super) const SPIDER: &str = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)";
/// The page such visitors come from.
pub(super) const SEARCH: &str = "https://www.baidu.com/s?wd=%E6%94%BF%E5%BA%9C%E7%BD%91%E7%AB%99";
pub(super) const ACCEPT_LANGUAGE: &str = "zh-CN,zh;q=0.9";

/// `xunjian/0.1.0 (+contact; government website inspection)`.
pub fn user_agent(contact: &str) -> String {
    let contact: String = contact.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')')).collect();
    let lead = if contact.is_empty() { String::new() } else { format!("+{contact}; ") };
    format!("xunjian/{} ({lead}government website inspection)", env!("CARGO_PKG_VERSION"))
}

/// Names lower case, values byte for byte as Latin-1, cookies reduced to their names.
pub(super) fn keep(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let bytes = value.as_bytes();
        let bytes = if name == SET_COOKIE {
            bytes.split(|b| matches!(b, b'=' | b';')).next().unwrap_or_default().trim_ascii()
        } else {
            bytes
        };
        kept.push((name.as_str().to_owned(), bytes.iter().map(|b| char::from(*b)).collect()));
    }
    kept
}

pub(super) fn version(version: Version) -> String {
    let text = match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    };
    text.to_owned()
}

/// `Retry-After` in seconds of an answer that asks for patience; `Some(None)` when it asks without saying how long.
pub(super) fn patience(status: u16, retry_after: Option<&str>) -> Option<Option<u64>> {
    let seconds = retry_after.map(|text| text.trim().parse::<u64>().ok());
    match (status, seconds) {
        (429, seconds) => Some(seconds.flatten()),
        (503, Some(seconds)) => Some(seconds),
        _ => None,
    }
}

/// A redirect a browser follows.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

pub(super) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("xunjian"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_keeps_only_its_name() {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("JSESSIONID=secret; Path=/"));
        headers.append(SET_COOKIE, HeaderValue::from_static("__jsluid_s=abc"));
        headers.append("location", HeaderValue::from_bytes(b"/\xd6\xd0").unwrap());
        let kept = keep(&headers);
        let values: Vec<_> = kept.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(values, [("set-cookie", "JSESSIONID"), ("set-cookie", "__jsluid_s"), ("location", "/\u{d6}\u{d0}")]);
    }

    #[test]
    fn the_agent_says_who_it_is_and_cannot_be_broken_by_its_contact() {
        assert!(user_agent("").ends_with("(government website inspection)"));
        assert!(user_agent("https://a.gov.cn/bot").contains("(+https://a.gov.cn/bot; government"));
        assert!(!user_agent("x\r\nEvil: 1").contains('\n'));
    }

    #[test]
    fn only_a_dated_503_asks_for_patience() {
        assert_eq!(patience(429, None), Some(None));
        assert_eq!(patience(429, Some("7")), Some(Some(7)));
        assert_eq!(patience(503, Some("7")), Some(Some(7)));
        assert_eq!(patience(503, None), None);
        assert_eq!(patience(200, Some("7")), None);
    }
}
