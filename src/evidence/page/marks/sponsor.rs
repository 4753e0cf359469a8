//! The sponsor (主办单位) printed in the footer.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::TextMark;
use super::super::{Where, words};
use super::line::Line;
use super::{Page, pattern};

static PREFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_PREFIX));
static SUFFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_SUFFIX));
static STOP: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_STOP));
static STOP_WORD: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_STOP_WORD));
static OTHER_ROLE: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_OTHER_ROLE));
static ROLE_BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_ROLE_BEFORE));
static BOTH_ROLES: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_BOTH_ROLES));
static LEAD: LazyLock<Regex> = LazyLock::new(|| pattern(words::SPONSOR_LEAD));

/// Longest value looked at, in bytes: several long names of bodies.
const VALUE_MAX: usize = 400;
/// Longest sponsor, in characters.
const NAME_MAX: usize = 80;

/// Reads the sponsors of the footer lines: lines inside a footer element first.
pub(super) fn read(page: &Page<'_>, zone: &[bool], out: &mut Vec<TextMark>) {
    let mut found: Vec<(bool, TextMark)> = Vec::new();
    for (index, line) in page.lines.iter().enumerate() {
        if !zone[index] || !line.flags.sponsor || !matches!(line.at, Where::Text | Where::Script) {
            continue;
        }
        let joined = page.continued(index);
        let window = joined.as_ref().unwrap_or(line);
        let mut names: Vec<Range<usize>> = PREFIX
            .captures_iter(&window.text)
            .filter_map(|hit| hit.name("value").and_then(|v| prefixed(window, v.range())))
            .collect();
        // Above the footer stand the titles of articles, in anchors, and they are full of who holds what.
        let linked = |name: &Range<usize>| line.pieces(name).iter().any(|&i| page.flow.pieces[i].anchor.is_some());
        names.extend(
            suffixed(line).into_iter().filter(|name| line.in_footer || !linked(name) && !in_sentence(line, name)),
        );
        for name in names {
            let value = window.shown(page.flow, &name);
            found.push((!line.in_footer, TextMark { value, visible: line.visible, place: page.place(window, &name) }));
        }
    }
    found.sort_by_key(|(outside, mark)| (!mark.visible, *outside));
    let mut seen = HashSet::new();
    out.extend(found.into_iter().map(|(_, mark)| mark).filter(|m| seen.insert((m.value.clone(), m.visible))));
}

/// The value of `主办单位:X`, cut where the next field begins.
fn prefixed(line: &Line, value: Range<usize>) -> Option<Range<usize>> {
    let rest = line.text.get(value.clone())?;
    let mut limit = rest.len().min(VALUE_MAX);
    while !rest.is_char_boundary(limit) {
        limit -= 1;
    }
    let rest = &rest[..limit];
    let stop = STOP.find(rest);
    let field = &rest[..stop.map_or(rest.len(), |m| m.start())];
    let mut tokens: Vec<&str> = field.split([' ', '\n']).filter(|t| !t.is_empty()).collect();
    // `主办单位:X Y承办`: the last name belongs to the word behind it.
    let role = |at: usize| OTHER_ROLE.find(&rest[at..]).is_some_and(|r| r.start() == 0);
    if stop.is_some_and(|m| role(m.start())) && !field.ends_with(' ') && tokens.len() > 1 {
        tokens.pop();
    }
    let (first, others) = tokens.split_first()?;
    let mut last = *first;
    for token in others {
        if STOP_WORD.is_match(token) || !(ends_body(last) && ends_body(token)) {
            break;
        }
        last = token;
    }
    let start = offset(rest, first);
    clean(line, value.start + start..value.start + offset(rest, last) + last.len())
}

/// Where a part of a text begins in it.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

fn ends_body(name: &str) -> bool {
    name.trim_end_matches([')', '、']).chars().next_back().is_some_and(|c| words::BODY_END.contains(c))
}

/// `X主办`, not followed by what makes it another word.
fn suffixed(line: &Line) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for hit in SUFFIX.captures_iter(&line.text) {
        let (Some(whole), Some(value)) = (hit.get(0), hit.name("value")) else { continue };
        let behind = line.rest(whole.end()).trim_start();
        if behind.starts_with(|c| words::SPONSOR_NOT_AFTER.contains(c)) || BOTH_ROLES.is_match(behind) {
            continue;
        }
        // `Y承办X主办`: only the name after the other role.
        let after = ROLE_BEFORE.find_iter(value.as_str()).last().map_or(0, |m| m.end());
        let name = clean(line, value.start() + after..value.end());
        out.extend(name.map(|name| if after == 0 { beside(line, name) } else { name }));
    }
    out
}

/// `…创刊,X主办。`, `由X主办的…`: a sentence of an article, not a field of a footer.
fn in_sentence(line: &Line, name: &Range<usize>) -> bool {
    let before = line.before(name.start).is_some_and(|(_, c)| words::SENTENCE_BEFORE.contains(c));
    before || line.rest(name.end).contains(words::SENTENCE_END)
}

/// A name with those that stand before it, a blank between: `中共X市委 X市人民政府主办`.
fn beside(line: &Line, name: Range<usize>) -> Range<usize> {
    let mut start = name.start;
    while let Some(before) = line.text.get(..start).and_then(|t| t.strip_suffix(' ')) {
        let token = &before[before.rfind([' ', '\n']).map_or(0, |i| i + 1)..];
        let han = token.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let ends = token.chars().next_back().is_some_and(|c| words::SPONSOR_BESIDE.contains(c));
        let linked = line.is_linked(before.len() - token.len());
        if !han || !ends || linked || token.chars().count() < 4 || name.end - before.len() + token.len() > VALUE_MAX {
            break;
        }
        start = before.len() - token.len();
    }
    start..name.end
}

/// Strips what is no part of a name; `None` when nothing like a name is left.
fn clean(line: &Line, range: Range<usize>) -> Option<Range<usize>> {
    let text = line.text.get(range.clone())?;
    let edge = |c: char| c.is_whitespace() || words::SPONSOR_EDGE.contains(c);
    let mut name = text.trim_matches(edge);
    name = LEAD.find(name).map_or(name, |m| &name[m.end()..]);
    name = name.strip_suffix(words::SPONSOR_WORD).unwrap_or(name).trim_matches(edge);
    let doubled = name.strip_suffix(words::SPONSOR_GOVERNMENT).filter(|n| n.ends_with(words::SPONSOR_GOVERNMENT));
    name = doubled.unwrap_or(name);
    let wrapped = name.strip_prefix('(').and_then(|n| n.strip_suffix(')')).filter(|n| !n.contains(['(', ')']));
    name = wrapped.unwrap_or(name);
    if name.ends_with(')') && !name.contains('(') {
        name = name.trim_end_matches(')');
    }
    let han = name.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let starts_well = !name.starts_with(|c| words::SPONSOR_NOT_FIRST.contains(c));
    let start = range.start + offset(text, name);
    (han >= 2 && starts_well && name.chars().count() <= NAME_MAX).then(|| start..start + name.len())
}
