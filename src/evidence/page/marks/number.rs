//! What the readers of filing numbers share: runs of digits, placeholders, provinces, and dropping of copies.

use std::collections::HashSet;
use std::ops::Range;

use super::super::types::{Grade, NumberKind, NumberMark};
use super::super::{Where, words};
use super::line::Line;
use crate::evidence::province::{PROVINCES, Province};

/// A number found in a line.
#[derive(Debug, Clone)]
pub(super) struct Number {
    /// All of it, label stripped.
    pub(super) range: Range<usize>,
    /// Its digits; empty at the end of the number when there are none.
    pub(super) digits: Range<usize>,
    pub(super) kind: NumberKind,
    pub(super) grade: Grade,
    pub(super) normalised: String,
}

/// Where numbers already found lie, in order.
pub(super) fn ranges(found: &[Number]) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = found.iter().map(|n| n.range.clone()).collect();
    ranges.sort_by_key(|r| r.start);
    ranges
}

/// True when a range shares a byte with one of the sorted ranges, which do not overlap each other.
pub(super) fn overlaps(known: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = known.partition_point(|k| k.end <= range.start);
    known.get(next).is_some_and(|k| k.start < range.end)
}

/// A run of digits, with the blanks inside it taken out.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    /// Some of it are characters that stand for digits.
    pub(super) masked: bool,
}

/// No number is longer; a longer run is cut so that hostile input costs nothing.
const RUN_MAX: usize = 40;

/// Reads the run of digits at `start`, preferring a cut at which it has one of the `valid` lengths. Where one character
/// run has no valid length, it may be cut at a border between two elements, or go on behind a blank.
pub(super) fn run(line: &Line, start: usize, valid: &[usize]) -> Option<Run> {
    let rest = line.rest(start);
    // Lengths of prefixes that end at a border or blank: (digits so far, byte after them).
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut text = String::new();
    let (mut masks, mut end, mut first_end) = (0usize, start, None);
    let mut blank = false;
    for (i, c) in rest.char_indices() {
        let at = start + i;
        let mask = words::MASKS.contains(c);
        if c == ' ' && !blank && !text.is_empty() {
            blank = true;
            first_end.get_or_insert(text.len());
            cuts.push((text.len(), end));
        } else if c.is_ascii_digit() || (mask && first_end.is_none()) {
            if !blank && !text.is_empty() && line.border(at) {
                cuts.push((text.len(), end));
            }
            if text.len() >= RUN_MAX {
                break;
            }
            masks += usize::from(mask);
            text.push(if mask { 'x' } else { c });
            end = at + c.len_utf8();
            blank = false;
        } else {
            break;
        }
    }
    if text.is_empty() {
        return None;
    }
    let whole = first_end.unwrap_or(text.len());
    cuts.push((text.len(), end));
    let end_of = |length: usize| cuts.iter().find(|(n, _)| *n == length).map_or(end, |(_, e)| *e);
    if masks > 0 {
        // A single one is a letter or a question mark, not a mask.
        let plain = text.find('x').unwrap_or(0);
        if masks >= 2 {
            let range = start..end_of(whole);
            text.truncate(whole);
            return Some(Run { text, range, masked: true });
        }
        text.truncate(plain);
        return (plain > 0).then(|| Run { text, range: start..start + plain, masked: false });
    }
    let ends_number = |e: usize| {
        let rest = line.rest(e);
        rest.strip_prefix(' ').unwrap_or(rest).starts_with(words::HAO)
    };
    let longest = valid.iter().copied().max().unwrap_or(0);
    let chosen = if valid.contains(&whole)
        && (whole == longest || !cuts.iter().any(|&(n, e)| n > whole && valid.contains(&n) && ends_number(e)))
    {
        whole
    } else {
        let fits = |&&(n, _): &&(usize, usize)| valid.contains(&n);
        cuts.iter()
            .filter(fits)
            .find(|(_, e)| ends_number(*e))
            .or_else(|| cuts.iter().find(fits))
            .map_or(whole, |(n, _)| *n)
    };
    text.truncate(chosen);
    Some(Run { range: start..end_of(chosen), text, masked: false })
}

/// `12345678`, `00000000`, `88888`: digits of a template.
pub(super) fn placeholder(run: &Run) -> bool {
    let digits = run.text.as_bytes();
    if run.masked {
        return true;
    }
    let steps = |by: u8| digits.windows(2).all(|w| (w[0] - b'0' + by) % 10 == w[1] - b'0');
    (digits.len() >= 3 && steps(0)) || (digits.len() >= 5 && (steps(1) || steps(9)))
}

/// The letter of the public-security filing of a code's province, by the first two digits.
pub(super) fn letter_of(code: &str) -> Option<char> {
    Province::of(code).map(|p| p.psb)
}

/// True for a letter that some filing puts before its numbers.
pub(super) fn is_letter(c: char) -> bool {
    PROVINCES.iter().any(|p| p.has(c))
}

/// The province letter before the words of a number, in any of the ways it is written: `京ICP`, `京 ICP`, `(京)ICP`,
/// `京.ICP`.
pub(super) fn letter_before(line: &Line, start: usize) -> Option<(usize, char)> {
    let (at, c) = line.before(start)?;
    if is_letter(c) {
        return Some((at, c));
    }
    let (at, inner) = match c {
        ')' => {
            let (inner_at, inner) = line.before(at)?;
            (line.before(inner_at).filter(|(_, c)| *c == '(')?.0, inner)
        }
        '.' | '-' | '·' => line.before(at)?,
        _ => return None,
    };
    is_letter(inner).then_some((at, inner))
}

/// True when a letter and a code name the same province.
pub(super) fn same_province(letter: char, code: &str) -> bool {
    Province::of(code).is_some_and(|p| p.has(letter))
}

/// Drops copies: the same number shown in the same way with the same link, and alternative texts that only repeat what
/// a visitor reads anyway.
pub(super) fn settle(marks: &mut Vec<NumberMark>) {
    let key = |m: &NumberMark| if m.normalised.is_empty() { m.shown.clone() } else { m.normalised.clone() };
    let read: HashSet<String> =
        marks.iter().filter(|m| m.visible && matches!(m.at, Where::Text | Where::Script)).map(key).collect();
    let mut seen = HashSet::new();
    marks.retain(|m| {
        let fallback = matches!(m.at, Where::Alt | Where::Title);
        !(fallback && read.contains(&key(m))) && seen.insert((key(m), m.kind, m.at, m.visible, m.link.href.clone()))
    });
}
