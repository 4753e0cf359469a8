//! Parts of an address as the links of a page hold it: already written by the URL standard, so that a look for the borders does
//! what parsing it once more would. Rules ask this of some hundred links of every page.

/// Host in A-labels, brackets kept for IPv6; `None` for what is no absolute address.
pub fn host_of(written: &str) -> Option<&str> {
    let rest = written.split_once("://")?.1;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rfind('@').map_or(authority, |at| &authority[at + 1..]);
    let end = match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => colon,
        _ => host.len(),
    };
    Some(&host[..end]).filter(|host| !host.is_empty())
}

/// Path, and whether a query follows it.
pub fn path_of(written: &str) -> (&str, bool) {
    let rest = written.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    let rest = rest.split('#').next().unwrap_or_default();
    match rest.split_once('?') {
        Some((path, _)) => (path, true),
        None => (rest, false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn same(url: &Url) {
        assert_eq!(host_of(url.as_str()), url.host_str(), "{url}");
        assert_eq!(path_of(url.as_str()), (url.path(), url.query().is_some()), "{url}");
    }

    #[test]
    fn borders_are_where_the_standard_puts_them() {
        for text in [
            "https://www.a.gov.cn",
            "http://u:p@[::1]:8080/x?a=b@c:1#d?e",
            "http://政府.政务/新闻/1.html?页=2",
            "http://a.gov.cn:81?q#f",
            "https://a.gov.cn/a:b@c/d//e;f",
            "http://10.0.0.1/",
        ] {
            same(&Url::parse(text).unwrap());
        }
        assert_eq!(host_of("/index.html"), None);
    }

    proptest! {
        #[test]
        fn whatever_a_page_links_to(tail in "[ -~政务]{0,24}", user in "(u:?p?@)?", host in "(a\\.cn|\\[::2\\]|1\\.2\\.3\\.4)", port in "(:[0-9]{1,4})?") {
            let base = Url::parse("https://www.a.gov.cn/b/c.html").unwrap();
            for text in [tail.clone(), format!("http://{user}{host}{port}/{tail}"), format!("//{host}{tail}")] {
                if let Some(url) = base.join(&text).ok().filter(|u| matches!(u.scheme(), "http" | "https")) {
                    same(&url);
                }
            }
        }
    }
}
