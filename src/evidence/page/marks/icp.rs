//! ICP numbers: filings, licences, and what was meant to be one.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::{Grade, NumberKind, NumberMark};
use super::super::{Where, words};
use super::line::Line;
use super::link::Service;
use super::number::{self, Number};
use super::{Page, pattern};

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_WORD));
static TAIL: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_TAIL));
static LICENCE_TAIL: LazyLock<Regex> = LazyLock::new(|| pattern(words::LICENCE_TAIL));
static AGAIN: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_AGAIN));
static SUFFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_SUFFIX));
static LICENCE_BODY: LazyLock<Regex> = LazyLock::new(|| pattern(words::LICENCE_BODY));
static LICENCE_NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(words::LICENCE_NUMBER));
static MASKED_SUFFIX: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_MASKED_SUFFIX));
static BARE_LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(words::ICP_BARE_LABEL));

/// Lengths of the body of a filing number: very old, two-digit year + 6, four-digit year + 6.
const BODIES: [usize; 3] = [6, 8, 10];

/// Reads a line; only numbers that begin within its own first `own` bytes are its own.
pub(super) fn read(page: &Page<'_>, line: &Line, own: usize, out: &mut Vec<NumberMark>) {
    let mut found: Vec<Number> = Vec::new();
    let mut taken = 0;
    for words in WORD.captures_iter(&line.text) {
        let Some(whole) = words.get(0) else { continue };
        if whole.start() >= own || whole.start() < taken || whole.start() > 0 && inside_word(line, whole.start()) {
            continue;
        }
        let filing = words.name("filing").is_some();
        let number = if filing { filing_at(line, whole.range()) } else { licence_at(line, whole.range()) };
        if let Some(mut number) = number {
            // `IPC备`: a slip of the pen is no number of the register's form.
            if words.name("swapped").is_some() && number.kind == NumberKind::Filing {
                number = plain(NumberKind::Malformed, number.range, number.digits);
            }
            taken = number.range.end;
            found.push(number);
        }
    }
    licences(line, own, &mut found);
    if line.in_footer || page.small {
        bare_labels(line, own, &mut found);
    }
    found.sort_by_key(|n| n.range.start);
    out.extend(found.into_iter().map(|n| page.mark(line, n, Service::Icp)));
}

/// `MyICP证` and the like: the letters end a longer Latin word.
fn inside_word(line: &Line, start: usize) -> bool {
    line.touching(start).is_some_and(|(_, c)| c.is_ascii_alphanumeric())
}

fn filing_at(line: &Line, word: Range<usize>) -> Option<Number> {
    let letter = number::letter_before(line, word.start);
    let tail = TAIL.captures(line.rest(word.end))?;
    let label = tail.name("label").is_some_and(|l| l.as_str().chars().any(|c| c != words::HAO && c != ' '));
    let after = word.end + tail.get(0)?.end();
    let rest = line.rest(after);
    if AGAIN.is_match(rest) {
        return None;
    }
    let start = letter.map_or_else(|| odd_letter(line, word.start).unwrap_or(word.start), |(at, _)| at);
    if let Some(body) = LICENCE_BODY.find(rest) {
        return Some(plain(NumberKind::Licence, start..after + body.end(), after..after + body.end()));
    }
    let Some(run) = number::run(line, after, &BODIES) else {
        return nothing(line, start, word.end, letter.is_some() && !label, after);
    };
    // Without a letter, and behind a label, only what can be no date and no telephone is an attempt at a number.
    if letter.is_none() && label && !run.masked && (run.text.len() < 5 || date_follows(line.rest(run.range.end))) {
        return None;
    }
    if number::placeholder(&run) || empty_serial(&run.text) {
        let end = suffix(line, run.range.end).1;
        let end = end + MASKED_SUFFIX.find(line.rest(end)).filter(|_| run.masked).map_or(0, |m| m.end());
        return Some(plain(NumberKind::Placeholder, start..end, run.range));
    }
    let (suffix, end) = suffix(line, run.range.end);
    let range = start..end;
    let Some((_, letter)) = letter.filter(|_| BODIES.contains(&run.text.len())) else {
        return Some(plain(NumberKind::Malformed, range, run.range));
    };
    let mut normalised = format!("{letter}{}{}{}", words::ICP_FILING, run.text, words::HAO);
    if let Some(suffix) = suffix {
        normalised.push('-');
        normalised.push_str(&suffix);
    }
    let grade = if possible_year(&run.text) { Grade::Valid } else { Grade::Impossible };
    Some(Number { range, digits: run.range, kind: NumberKind::Filing, grade, normalised })
}

/// The words without digits: an attempt only when a letter is there and no script or template may still fill it.
fn nothing(line: &Line, start: usize, end: usize, attempt: bool, after: usize) -> Option<Number> {
    let rest = line.rest(after);
    if let Some(m) = BARE_SUFFIX.find(rest).filter(|_| line.at == Where::Text) {
        let end = after + m.end();
        return Some(plain(NumberKind::Malformed, start..end, after..end));
    }
    let filled_later = rest.starts_with(words::FILLED_LATER);
    (attempt && line.at == Where::Text && !filled_later).then(|| plain(NumberKind::Malformed, start..end, end..end))
}

static BARE_SUFFIX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^-\d{1,3}(?:\s|$|\D)"));

fn plain(kind: NumberKind, range: Range<usize>, digits: Range<usize>) -> Number {
    Number { range, digits, kind, grade: Grade::NotFiling, normalised: String::new() }
}

/// A letter that is no province, standing by itself before the words.
fn odd_letter(line: &Line, start: usize) -> Option<usize> {
    let (at, c) = line.touching(start)?;
    let alone = line.touching(at).is_none_or(|(_, b)| !b.is_alphanumeric());
    (is_han(c) && alone).then_some(at)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn date_follows(rest: &str) -> bool {
    rest.trim_start().starts_with(words::DATE_AFTER)
}

/// Serial of zeros only: nobody was given it.
fn empty_serial(body: &str) -> bool {
    let serial = match body.len() {
        8 => &body[2..],
        10 => &body[4..],
        _ => return false,
    };
    serial.bytes().all(|b| b == b'0')
}

/// Filing began with the century; a year this far ahead will stay impossible for long.
fn possible_year(body: &str) -> bool {
    match body.len() {
        8 => body[..2].parse().is_ok_and(|year: u32| (1..=40).contains(&year)),
        10 => body[..4].parse().is_ok_and(|year: u32| (2010..=2039).contains(&year)),
        _ => true,
    }
}

/// `号` and `-N` after the digits: the suffix, and where the number ends.
fn suffix(line: &Line, end: usize) -> (Option<String>, usize) {
    let rest = line.rest(end);
    let Some(found) = SUFFIX.captures(rest) else { return (None, end) };
    let hao = end + found.name("hao").map_or(0, |m| m.end());
    let Some(n) = found.name("n") else { return (None, hao) };
    let blanks = ["before", "after"].iter().filter(|b| found.name(b).is_some_and(|m| !m.is_empty())).count();
    let behind = &rest[n.end()..];
    let year = n.len() == 4 && (n.as_str().starts_with("19") || n.as_str().starts_with("20"));
    let too_long = n.len() > 5 || blanks == 2 && n.len() > 2;
    // A telephone or a range of years goes on; a suffix does not.
    let goes_on = behind.starts_with(|c: char| c.is_ascii_digit())
        || behind
            .strip_prefix(['-', ' ', '.', '/', ':'])
            .is_some_and(|b| b.starts_with(|c: char| c.is_ascii_digit()) && !behind.starts_with(' '));
    if year || too_long || goes_on || behind.starts_with(words::DATE_AFTER[0]) {
        return (None, hao);
    }
    let app = found.name("app").filter(|a| !rest[a.end()..].starts_with(|c: char| c.is_ascii_alphanumeric()));
    let text = format!("{}{}", n.as_str(), app.map_or_else(String::new, |a| a.as_str().to_ascii_uppercase()));
    let after = app.map_or(n.end(), |a| a.end());
    let closing = if app.is_some() || found.name("app").is_none() { found.name("end").map(|e| e.end()) } else { None };
    (Some(text), end + closing.unwrap_or(after))
}

/// `京ICP证030173号`. A label before a number of another form gives nothing here.
fn licence_at(line: &Line, word: Range<usize>) -> Option<Number> {
    let tail = LICENCE_TAIL.find(line.rest(word.end))?;
    let after = word.end + tail.end();
    let rest = line.rest(after);
    if AGAIN.is_match(rest) {
        return None;
    }
    let letter = number::letter_before(line, word.start);
    let start = letter.map_or(word.start, |(at, _)| at);
    if let Some(body) = LICENCE_BODY.find(rest) {
        // Words with a colon and no letter are a label, not the beginning of the number.
        let label = letter.is_none() && tail.as_str().contains(':');
        let start = if label { after } else { start };
        return Some(plain(NumberKind::Licence, start..after + body.end(), after..after + body.end()));
    }
    let run = number::run(line, after, &BODIES)?;
    if !run.masked && (run.text.len() < 4 || date_follows(line.rest(run.range.end))) {
        return None;
    }
    let end = suffix(line, run.range.end).1;
    let kind = if number::placeholder(&run) { NumberKind::Placeholder } else { NumberKind::Licence };
    Some(plain(kind, start..end, run.range))
}

/// Licences named by their category alone: `粤B2-20090191-2`.
fn licences(line: &Line, own: usize, found: &mut Vec<Number>) {
    if !line.text.bytes().any(|b| matches!(b, b'A' | b'B')) {
        return;
    }
    let known = number::ranges(found);
    for hit in LICENCE_NUMBER.captures_iter(&line.text) {
        let (Some(whole), Some(body)) = (hit.get(0), hit.name("body")) else { continue };
        let glued =
            hit.name("letter").is_none() && line.touching(body.start()).is_some_and(|(_, c)| c.is_ascii_alphanumeric());
        let longer = line.rest(whole.end()).starts_with(|c: char| c.is_ascii_digit());
        if body.start() >= own || glued || longer || number::overlaps(&known, &(body.start()..whole.end())) {
            continue;
        }
        let letter =
            hit.name("letter").filter(|l| l.as_str().starts_with(|c| number::is_letter(c) || c == words::JOINT));
        let start = letter.map_or(body.start(), |l| l.start());
        found.push(plain(NumberKind::Licence, start..whole.end(), body.range()));
    }
}

/// `备案号:-1`, `备案号:05012345号`: a label of the footer with the ruin of a number behind it.
fn bare_labels(line: &Line, own: usize, found: &mut Vec<Number>) {
    let known = number::ranges(found);
    for hit in BARE_LABEL.captures_iter(&line.text) {
        let (Some(whole), Some(number)) = (hit.get(0), hit.name("number")) else { continue };
        let other = line.before(whole.start()).is_some_and(|(_, c)| words::OTHER_OFFICE.contains(c));
        let foreign = hit.name("letter").is_some_and(|l| !l.as_str().starts_with(number::is_letter));
        let goes_on = line.rest(number.end()).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let overlaps = number::overlaps(&known, &whole.range());
        if whole.start() >= own || other || foreign || goes_on || overlaps || inside_filing(line, whole.start()) {
            continue;
        }
        found.push(plain(NumberKind::Malformed, number.range(), number.range()));
    }
}

/// The label is the end of `ICP备案号`, which was read already.
fn inside_filing(line: &Line, start: usize) -> bool {
    line.before(start).is_some_and(|(_, c)| c.eq_ignore_ascii_case(&'p'))
}
