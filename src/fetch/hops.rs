//! The hop model: from one address to the next, by hand.

use url::Url;

use crate::evidence::{Cause, Failure, Hop, HopKind, Stage};

use super::head;

/// An address as a person wrote it; without a scheme, `http` is meant, as in an address bar.
pub fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
        // `www.a.gov.cn:8080/x` parses as scheme `www.a.gov.cn`.
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
            Url::parse(&format!("http://{text}")).ok().filter(|_| !text.contains("://") && !text.starts_with('/'))
        }
        Err(_) => None,
    }
    .filter(Url::has_host)
}

/// A hop that was not made.
pub(super) fn refused(url: &str, kind: HopKind, stage: Stage, cause: Cause, detail: &str) -> Hop {
    Hop { failure: Some(Failure::new(stage, cause, detail)), ..Hop::new(url, kind) }
}

/// Where a redirect leads.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Not a redirect.
    Here,
    To {
        url: Url,
        text: String,
    },
    /// The `Location` leads to no http address.
    Nowhere {
        text: String,
    },
}

/// Reads the redirect in an answered hop that was asked at `base`.
pub(super) fn next(hop: &Hop, base: &Url) -> Next {
    let redirect = hop.status.and_then(|s| hyper::StatusCode::from_u16(s).ok()).is_some_and(head::is_redirect);
    let Some(location) = hop.header("location").filter(|_| redirect && hop.failure.is_none()) else {
        return Next::Here;
    };
    // Raw bytes came as Latin-1; browsers send them back percent-encoded, byte by byte.
    let mut text = String::with_capacity(location.len());
    for c in location.trim().chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) if byte >= 0x80 => text.push_str(&format!("%{byte:02X}")),
            _ => text.push(c),
        }
    }
    match base.join(&text) {
        Ok(mut url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if url.fragment().is_none() {
                url.set_fragment(base.fragment());
            }
            let absolute = text.get(..4).is_some_and(|s| s.eq_ignore_ascii_case("http")) && text.contains(':');
            let text = if absolute { location.trim().to_owned() } else { url.to_string() };
            Next::To { url, text }
        }
        _ => Next::Nowhere { text: location.trim().to_owned() },
    }
}

/// The same address, as a server sees it.
pub(super) fn same(a: &Url, b: &Url) -> bool {
    let strip = |u: &Url| {
        let mut u = u.clone();
        u.set_fragment(None);
        u
    };
    strip(a) == strip(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(status: u16, location: &str) -> Next {
        let mut hop = Hop::new("http://a.gov.cn/x/y", HopKind::Start);
        hop.status = Some(status);
        hop.headers = vec![("location".into(), location.into())];
        next(&hop, &Url::parse("http://a.gov.cn/x/y").unwrap())
    }

    #[test]
    fn a_location_is_joined_and_its_raw_bytes_are_kept() {
        let Next::To { url, text } = to(302, "../\u{d6}\u{d0}.html") else { panic!() };
        assert_eq!((url.as_str(), text.as_str()), ("http://a.gov.cn/%D6%D0.html", "http://a.gov.cn/%D6%D0.html"));
        let Next::To { text, .. } = to(301, "HTTP://B.gov.cn\\index") else { panic!() };
        assert_eq!(text, "HTTP://B.gov.cn\\index");
    }

    #[test]
    fn what_no_browser_follows_is_not_followed() {
        assert_eq!(to(200, "/z"), Next::Here);
        assert_eq!(to(304, "/z"), Next::Here);
        assert_eq!(to(302, "javascript:alert(1)"), Next::Nowhere { text: "javascript:alert(1)".into() });
        assert_eq!(to(302, "http://"), Next::Nowhere { text: "http://".into() });
    }

    #[test]
    fn an_address_without_scheme_is_read_as_in_an_address_bar() {
        assert_eq!(parse("www.a.gov.cn/x").unwrap().as_str(), "http://www.a.gov.cn/x");
        assert_eq!(parse("www.a.gov.cn:8080").unwrap().as_str(), "http://www.a.gov.cn:8080/");
        assert_eq!(parse(" https://a.gov.cn ").unwrap().as_str(), "https://a.gov.cn/");
        assert_eq!(parse("ftp://a.gov.cn"), None);
        assert_eq!(parse(""), None);
    }
}
