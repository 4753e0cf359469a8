//! Public-security filing numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::{Grade, NumberKind, NumberMark};
use super::super::{Where, words};
use super::line::Line;
use super::link::{self, Service};
use super::number::{self, Number};
use super::{Page, pattern};

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(words::PSB_WORD));
static TAIL: LazyLock<Regex> = LazyLock::new(|| pattern(words::PSB_TAIL));
static FREE: LazyLock<Regex> = LazyLock::new(|| pattern(words::PSB_FREE));

/// Digits of today's number: six of the place, two of the kind, six of the serial.
const TODAY: usize = 14;
/// Characters before bare digits in which the words of a number make them that number's.
const WORDED_WITHIN: usize = 20;
/// Digits of the old form.
const OLD: usize = 12;

/// What stands before the words.
enum Before {
    Province(char),
    City,
    Nothing,
}

/// Reads a line; only numbers that begin within its own first `own` bytes are its own.
pub(super) fn read(page: &Page<'_>, line: &Line, own: usize, out: &mut Vec<NumberMark>) {
    let mut found: Vec<Number> = Vec::new();
    let mut codes: Vec<(usize, String)> = Vec::new();
    let mut taken = 0;
    for hit in WORD.captures_iter(&line.text) {
        let Some(word) = hit.get(0) else { continue };
        if word.start() >= own || word.start() < taken {
            continue;
        }
        let (before, start) = before(line, &word.range(), hit.name("plain").is_some());
        if start >= own {
            continue;
        }
        if let Some((number, code)) = number_at(page, line, start, word.end(), &before) {
            taken = number.range.end;
            if let Some(code) = code {
                codes.push((found.len(), code));
            }
            found.push(number);
        }
    }
    let linked: Vec<usize> = codes.iter().map(|(i, _)| *i).collect();
    let known = number::ranges(&found);
    for (i, number) in found.into_iter().enumerate() {
        let mut mark = page.mark(line, number, Service::Police);
        if linked.contains(&i) {
            mark.at = Where::Attribute;
        }
        out.push(mark);
    }
    free(page, line, own, &known, out);
}

/// The letter before the words, and where the number begins with it.
fn before(line: &Line, word: &Range<usize>, plain: bool) -> (Before, usize) {
    let common = line.text[word.clone()].starts_with(words::PSB_COMMON);
    if plain && let Some((at, letter)) = number::letter_before(line, word.start) {
        return (Before::Province(letter), at);
    }
    let near = if plain { line.before(word.start) } else { line.touching(word.start) };
    let Some((at, c)) = near else { return (Before::Nothing, word.start) };
    // `最新公安备案`: the letter of Xinjiang is also an everyday word.
    let inside = line.touching(at).is_some_and(|(_, b)| is_han(b));
    if number::is_letter(c) && !(common && inside) {
        return (Before::Province(c), at);
    }
    if words::CITY_LETTERS.contains(c) && !inside {
        return (Before::City, at);
    }
    (Before::Nothing, word.start)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The number whose words end at `end`; with the code of its link when the text shows no digits.
fn number_at(
    page: &Page<'_>,
    line: &Line,
    start: usize,
    end: usize,
    before: &Before,
) -> Option<(Number, Option<String>)> {
    let tail = TAIL.captures(line.rest(end))?;
    let label = tail.name("label").is_some_and(|l| l.as_str().chars().any(|c| c != words::HAO && c != ' '));
    let mut after = end + tail.get(0)?.end();
    // `公安备案号:浙33…`: the letter stands behind the label.
    let mut late = None;
    if matches!(before, Before::Nothing)
        && let Some(c) = line.rest(after).chars().next().filter(|&c| number::is_letter(c))
        && line.rest(after + c.len_utf8()).trim_start().starts_with(|c: char| c.is_ascii_digit())
    {
        after += c.len_utf8();
        after += line.rest(after).len() - line.rest(after).trim_start().len();
        late = Some(c);
    }
    let Some(run) = number::run(line, after, &[TODAY, OLD]) else {
        return without_digits(page, line, start, end, before, label, after);
    };
    if !run.masked && run.text.len() < 5 && !matches!(before, Before::Province(_)) {
        return None;
    }
    let stop = hao(line, run.range.end);
    let of =
        |kind, grade, normalised| Number { range: start..stop, digits: run.range.clone(), kind, grade, normalised };
    let malformed = |normalised| of(NumberKind::Malformed, Grade::NotFiling, normalised);
    if number::placeholder(&run) || (run.text.len() == TODAY && run.text.ends_with("000000")) {
        return Some((of(NumberKind::Placeholder, Grade::NotFiling, String::new()), None));
    }
    let number = match (before, run.text.len()) {
        (Before::Province(letter), TODAY) => {
            let grade = match number::letter_of(&run.text) {
                None => Grade::Impossible,
                Some(_) if number::same_province(*letter, &run.text) => Grade::Valid,
                Some(_) => Grade::ProvinceConflict,
            };
            of(NumberKind::Filing, grade, normalised(*letter, &run.text))
        }
        (Before::Province(letter), OLD) if number::same_province(*letter, &run.text) => {
            of(NumberKind::Legacy, Grade::NotFiling, normalised(*letter, &run.text))
        }
        (Before::Nothing, TODAY) => malformed(without_letter(late, &run.text)),
        _ => malformed(String::new()),
    };
    Some((number, None))
}

/// The words alone. With the code in the link the number is known all the same.
fn without_digits(
    page: &Page<'_>,
    line: &Line,
    start: usize,
    end: usize,
    before: &Before,
    label: bool,
    after: usize,
) -> Option<(Number, Option<String>)> {
    if !matches!(line.at, Where::Text | Where::Script) {
        return None;
    }
    let of = |normalised| Number {
        range: start..end,
        digits: end..end,
        kind: NumberKind::Malformed,
        grade: Grade::NotFiling,
        normalised,
    };
    let letter = match before {
        Before::Province(letter) => Some(*letter),
        Before::City | Before::Nothing => None,
    };
    let code = link::police_code(page, line, &(start..end)).filter(|c| c.len() == TODAY);
    if let Some(code) = code {
        return Some((of(without_letter(letter, &code)), Some(code)));
    }
    let filled_later = line.rest(after).starts_with(words::FILLED_LATER);
    // A label is a wording of the page; the letter and the words without 案 are the number's own beginning.
    (letter.is_some() && !label && !filled_later && line.at == Where::Text).then(|| (of(String::new()), None))
}

fn without_letter(letter: Option<char>, code: &str) -> String {
    letter.or_else(|| number::letter_of(code)).map_or_else(String::new, |letter| normalised(letter, code))
}

fn normalised(letter: char, digits: &str) -> String {
    format!("{letter}{}{digits}{}", words::PSB_FILING, words::HAO)
}

fn hao(line: &Line, end: usize) -> usize {
    let rest = line.rest(end);
    let blank = usize::from(rest.starts_with(' '));
    if rest[blank..].starts_with(words::HAO) { end + blank + words::HAO.len_utf8() } else { end }
}

/// `西安市公安局网警支队备案:…`, `郑公备:…`: wordings of single bureaus.
fn free(page: &Page<'_>, line: &Line, own: usize, known: &[Range<usize>], out: &mut Vec<NumberMark>) {
    for hit in FREE.captures_iter(&line.text) {
        let (Some(whole), Some(digits)) = (hit.get(0), hit.name("digits")) else { continue };
        let longer = line.rest(digits.end()).starts_with(|c: char| c.is_ascii_digit());
        if whole.start() >= own || longer || number::overlaps(known, &whole.range()) {
            continue;
        }
        let number = Number {
            range: whole.range(),
            digits: digits.range(),
            kind: NumberKind::Malformed,
            grade: Grade::NotFiling,
            normalised: String::new(),
        };
        out.push(page.mark(line, number, Service::Police));
    }
}

/// Digits with no words at all, inside a link to the service that carries the same digits.
pub(super) fn read_bare(page: &Page<'_>, line: &Line, out: &mut Vec<NumberMark>) {
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{14,15}"));
    // Most lines with a digit hold no more than a date.
    if line.at != Where::Text || line.text.bytes().filter(u8::is_ascii_digit).count() < TODAY {
        return;
    }
    for digits in DIGITS.find_iter(&line.text).filter(|m| m.len() == TODAY) {
        let Some(anchor) = page.flow.pieces.get(line.piece(digits.start())).and_then(|p| p.anchor) else { continue };
        let same = link::police_code_of(page, anchor as usize).is_some_and(|code| code == digits.as_str());
        // Words further away belong to another number.
        let near = line.text[..digits.start()].char_indices().rev().take(WORDED_WITHIN).last().map_or(0, |(i, _)| i);
        let worded = || WORD.is_match(&line.text[near..digits.start()]);
        if !same || worded() {
            continue;
        }
        let number = Number {
            range: digits.start()..hao(line, digits.end()),
            digits: digits.range(),
            kind: NumberKind::Malformed,
            grade: Grade::NotFiling,
            normalised: without_letter(None, digits.as_str()),
        };
        out.push(page.mark(line, number, Service::Police));
    }
}
