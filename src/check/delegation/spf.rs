//! The form of an SPF policy (RFC 7208 §4.5, §4.6.1, §12): one record, and terms that can be read.

use super::Answer;
use crate::check::NotApplicable;
use crate::evidence::{Authority, Reason};

const VERSION: &str = "v=spf1";
/// Mechanisms, and whether a `:value` must, may or must not follow.
const MECHANISMS: &[(&str, Value)] = &[
    ("all", Value::None),
    ("include", Value::Needed),
    ("a", Value::Allowed),
    ("mx", Value::Allowed),
    ("ptr", Value::Allowed),
    ("ip4", Value::Needed),
    ("ip6", Value::Needed),
    ("exists", Value::Needed),
];

#[derive(Clone, Copy, PartialEq)]
enum Value {
    None,
    Allowed,
    Needed,
}

pub(super) fn policy(authority: &Authority) -> Answer {
    let Some(texts) = &authority.texts else { return Answer::unknown(Reason::Dependency, "txt") };
    let policies: Vec<&String> = texts.iter().filter(|t| is_policy(t)).collect();
    let fail = |cause, values| Answer::Fail { cause, servers: Vec::new(), values };
    match policies[..] {
        [] => Answer::Nothing(NotApplicable::NoSuchThing),
        [only] => match only[VERSION.len()..].split(' ').filter(|t| !t.is_empty()).find(|t| !is_term(t)) {
            Some(term) => fail("spf_syntax", vec![term.to_owned()]),
            None => Answer::Pass,
        },
        _ => fail("spf_several", policies.into_iter().cloned().collect()),
    }
}

/// The version is a whole word.
fn is_policy(text: &str) -> bool {
    let head = text.get(..VERSION.len()).is_some_and(|h| h.eq_ignore_ascii_case(VERSION));
    head && matches!(text.as_bytes().get(VERSION.len()), None | Some(b' '))
}

fn is_term(term: &str) -> bool {
    // A modifier: its name is free, its value any text.
    if let Some((name, _)) = term.split_once('=')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    {
        return true;
    }
    let mechanism = term.strip_prefix(['+', '-', '?', '~']).unwrap_or(term);
    let (name, rest) = match mechanism.find([':', '/']) {
        Some(at) => mechanism.split_at(at),
        None => (mechanism, ""),
    };
    let Some((kind, value)) = MECHANISMS.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) else { return false };
    let given = rest.strip_prefix(':');
    match value {
        Value::None => rest.is_empty(),
        Value::Needed => given.is_some_and(|v| match *kind {
            "ip4" => is_network::<std::net::Ipv4Addr>(v, 32),
            "ip6" => is_network::<std::net::Ipv6Addr>(v, 128),
            _ => !v.is_empty(),
        }),
        Value::Allowed => {
            let lengths = given.unwrap_or(rest);
            let (domain, lengths) = match lengths.find('/') {
                Some(at) => lengths.split_at(at),
                None => (lengths, ""),
            };
            (given.is_none() || !domain.is_empty()) && is_lengths(lengths)
        }
    }
}

fn is_network<A: std::str::FromStr>(text: &str, most: u8) -> bool {
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    address.parse::<A>().is_ok() && length.is_none_or(|l| is_length(l, most))
}

/// ``, `/24`, `/24//64` or `//64`.
fn is_lengths(text: &str) -> bool {
    let (v4, v6) = text.split_once("//").map_or((text, None), |(a, b)| (a, Some(b)));
    let v4 = v4.is_empty() || v4.strip_prefix('/').is_some_and(|l| is_length(l, 32));
    v4 && v6.is_none_or(|l| is_length(l, 128))
}

fn is_length(text: &str, most: u8) -> bool {
    (1..=3).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|n: u8| n <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_the_grammar_are_told_from_slips() {
        for good in [
            "all",
            "-all",
            "~all",
            "?all",
            "+a",
            "a:mail.x.cn",
            "a/24",
            "a:x.cn/24//64",
            "mx//64",
            "mx",
            "ptr",
            "ip4:192.0.2.1",
            "ip4:192.0.2.0/24",
            "ip6:2001:db8::/32",
            "include:spf.mail.qq.com",
            "exists:%{i}.x.cn",
            "redirect=x.cn",
            "exp=why.x.cn",
            "A",
            "-ALL",
            "custom-mod=1",
        ] {
            assert!(is_term(good), "{good}");
        }
        for bad in [
            "ipv4:192.0.2.1",
            "ip4:192.0.2",
            "ip4:192.0.2.0/33",
            "ip4",
            "ip6:192.0.2.1",
            "include:",
            "include",
            "all:x",
            "a:",
            "mx/99",
            "--all",
            "al",
            "192.0.2.1",
            "=x",
            "ip4:1.2.3.4/+8",
        ] {
            assert!(!is_term(bad), "{bad}");
        }
    }

    #[test]
    fn only_a_whole_version_word_makes_a_policy() {
        assert!(is_policy("v=spf1 -all") && is_policy("V=SPF1") && is_policy("v=spf1"));
        assert!(!is_policy("v=spf10 -all") && !is_policy("v=spf") && !is_policy("x v=spf1"));
    }
}
