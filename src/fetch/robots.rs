//! robots.txt after RFC 9309.

use crate::evidence::Fetch;

/// Bytes of a robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB).
const SIZE: usize = 500 * 1024;
/// Our product token.
const TOKEN: &str = "xunjian";

/// What one origin's robots.txt says to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Robots {
    /// (path pattern, allowed)
    rules: Vec<(String, bool)>,
    closed: bool,
}

impl Robots {
    /// RFC 9309 §2.3.1: a missing file (4xx) allows everything, an unreachable one (5xx, no answer) forbids everything.
    /// A file that was not asked for because our own side ran out says nothing, so nothing is asked either.
    pub(super) fn of(fetch: &Fetch) -> Self {
        match fetch.answered() {
            Some((200..=299, hop)) => {
                let body = hop.body.as_ref().map_or(&[][..], |b| &b.bytes);
                Robots::parse(&String::from_utf8_lossy(&body[..body.len().min(SIZE)]))
            }
            Some((300..=499, _)) => Robots::default(),
            _ => Robots { rules: Vec::new(), closed: true },
        }
    }

    fn parse(text: &str) -> Self {
        let mut ours: Option<Vec<(String, bool)>> = None;
        let mut everyone: Vec<(String, bool)> = Vec::new();
        // (concerns us, concerns everyone) of the group being read, and whether its rules have begun.
        let (mut us, mut all, mut begun) = (false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if begun {
                        (us, all, begun) = (false, false, false);
                    }
                    let token: String =
                        value.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
                    us |= token.eq_ignore_ascii_case(TOKEN);
                    all |= value == "*";
                    if us {
                        ours.get_or_insert_default();
                    }
                }
                "allow" | "disallow" => {
                    begun = true;
                    // An empty pattern matches nothing.
                    if value.is_empty() {
                        continue;
                    }
                    let rule = (value.to_owned(), key == "allow");
                    if us {
                        ours.get_or_insert_default().push(rule);
                    } else if all {
                        everyone.push(rule);
                    }
                }
                _ => {}
            }
        }
        Robots { rules: ours.unwrap_or(everyone), closed: false }
    }

    /// Longest match wins; of equally long ones, "allow" (RFC 9309 §2.2.2).
    pub(super) fn allows(&self, path: &str) -> bool {
        if self.closed {
            return path == "/robots.txt";
        }
        let matching = self.rules.iter().filter(|(pattern, _)| matches(pattern, path));
        matching.max_by_key(|(pattern, allow)| (pattern.len(), *allow)).is_none_or(|(_, allow)| *allow)
    }
}

/// `*` matches any run, `$` at the end anchors; both sides are compared as written (percent-encoding of the URL standard).
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix('$') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return !anchored || rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if anchored { rest.ends_with(last) } else { rest.contains(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_wins_and_allow_wins_a_draw() {
        let robots = Robots::parse("User-agent: *\nDisallow: /\nAllow: /p\nAllow: /a/b\nDisallow: /a/b\n");
        assert!(robots.allows("/page"));
        assert!(robots.allows("/a/b"));
        assert!(!robots.allows("/x"));
    }

    #[test]
    fn our_own_group_outranks_everyones() {
        let robots = Robots::parse(
            "\u{feff}User-Agent: *\nDisallow: /\n\nUser-agent: other\nuser-agent: XunJian/1.0\nDisallow: /admin # no\n",
        );
        assert!(robots.allows("/x"));
        assert!(!robots.allows("/admin/y"));
        assert!(Robots::parse("User-agent: xunjian\nUser-agent: *\nDisallow:\n").allows("/"));
    }

    #[test]
    fn wildcards_and_anchors_match_as_the_standard_says() {
        for (pattern, path, expected) in [
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish", false),
            ("/*.php", "/a/b.php?x", true),
            ("/*.php$", "/a/b.php?x", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/a*b*c", "/a1b2c3", true),
            ("/a*b*c", "/a1c2b", false),
            ("/$", "/", true),
            ("/$", "/x", false),
            ("*", "/anything", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_page_instead_of_a_file_forbids_nothing() {
        assert!(Robots::parse("<html><body style=\"color: red\">not found</body></html>").allows("/x"));
    }
}
