//! The sponsor (主办单位) printed in the footer.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::TextMark;
use super::super::words;
use super::line::Line;
use super::{Page, pattern};

static PREFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_PREFIX));
static SUFFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_SUFFIX));
static STOP: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_STOP));
static STOP_WORD: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_STOP_WORD));
static OTHER_ROLE: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_OTHER_ROLE));
static LEAD: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_LEAD));

/// Longest value looked at, in bytes: several long names of bodies.
const VALUE_MAX: usize = 400;
/// Longest sponsor, in characters.
const NAME_MAX: usize = 80;

/// Reads the sponsors of the footer lines: lines inside a footer element first.
pub(super) fn read(page: &Page<'_>, zone: &[bool], out: &mut Vec<TextMark>) {
    let mut found: Vec<(bool, TextMark)> = Vec::new();
    for (index, line) in page.lines.iter().enumerate() {
        if !zone[index] || !line.flags.sponsor || !matches!(line.at, super::Where::Text | super::Where::Script) {
            continue;
        }
        let joined = page.continued(index);
        let window = joined.as_ref().unwrap_or(line);
        let mut push = |value: String, start: usize, end: usize| {
            let place = page.place(window, &(start..end));
            found.push((!line.in_footer, TextMark { value, visible: line.visible, place }));
        };
        for hit in PREFIX.captures_iter(&window.text) {
            let Some(value) = hit.name("value") else { continue };
            if let Some(name) = prefixed(value.as_str()) {
                push(name, hit.get(0).map_or(value.start(), |m| m.start()), value.start());
            }
        }
        suffixed(line, &mut push);
    }
    found.sort_by_key(|(outside, mark)| (!mark.visible, *outside));
    let mut seen = HashSet::new();
    out.extend(found.into_iter().map(|(_, mark)| mark).filter(|m| seen.insert((m.value.clone(), m.visible))));
}

/// The value of `主办单位:X`, cut where the next field begins.
fn prefixed(rest: &str) -> Option<String> {
    let mut limit = rest.len().min(VALUE_MAX);
    while !rest.is_char_boundary(limit) {
        limit -= 1;
    }
    let rest = &rest[..limit];
    let stop = STOP.find(rest);
    let cut = stop.map_or(rest.len(), |m| m.start());
    let mut tokens: Vec<&str> = rest[..cut].split([' ', '\n']).filter(|t| !t.is_empty()).collect();
    // `主办单位:X Y承办`: the last name belongs to the word behind it.
    let glued = stop.is_some_and(|m| {
        !m.as_str().starts_with(char::is_whitespace)
            && OTHER_ROLE.find(&rest[m.start()..]).is_some_and(|r| r.start() == 0)
    });
    if glued && tokens.len() > 1 {
        tokens.pop();
    }
    let mut name = String::new();
    for token in tokens {
        if !name.is_empty() {
            if STOP_WORD.is_match(token) || !(ends_body(&name) && ends_body(token)) {
                break;
            }
            name.push(' ');
        }
        name.push_str(token);
    }
    clean(&name)
}

fn ends_body(name: &str) -> bool {
    name.trim_end_matches([')', '、']).chars().next_back().is_some_and(|c| words::BODY_END.contains(c))
}

/// `X主办`, not followed by what makes it another word.
fn suffixed(line: &Line, push: &mut impl FnMut(String, usize, usize)) {
    for hit in SUFFIX.captures_iter(&line.text) {
        let (Some(whole), Some(value)) = (hit.get(0), hit.name("value")) else { continue };
        let behind = line.rest(whole.end()).trim_start();
        if behind.starts_with(|c| words::SPONSOR_NOT_AFTER.contains(c)) {
            continue;
        }
        // `Y承办X主办`: only the name after the other role.
        let own = OTHER_ROLE.find_iter(value.as_str()).last().map_or(value.as_str(), |m| &value.as_str()[m.end()..]);
        if let Some(name) = clean(own) {
            push(name, value.start(), whole.end());
        }
    }
}

/// Strips what is no part of a name; `None` when nothing like a name is left.
fn clean(text: &str) -> Option<String> {
    let edge = |c: char| c.is_whitespace() || words::SPONSOR_EDGE.contains(c);
    let mut name = text.trim_matches(edge);
    name = LEAD.find(name).map_or(name, |m| &name[m.end()..]);
    name = name.strip_suffix(words::SPONSOR_WORD).unwrap_or(name).trim_matches(edge);
    if let Some(one) = name.strip_suffix(words::SPONSOR_GOVERNMENT).filter(|n| n.ends_with(words::SPONSOR_GOVERNMENT)) {
        name = one;
    }
    // `2019榆林市…`: what is left of a copyright line.
    if name.ends_with(|c: char| c != ')') {
        name = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || edge(c));
    }
    let unpaired = name.ends_with(')') && !name.contains('(');
    name = if unpaired { name.trim_end_matches(')') } else { name };
    let han = name.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let starts_well = !name.starts_with(|c| words::SPONSOR_NOT_FIRST.contains(c));
    (han >= 2 && starts_well && name.chars().count() <= NAME_MAX).then(|| name.to_owned())
}
