//! Where in its source each mark stands: one forward scan for what the marks show, then a look around every hit.
//!
//! The tree keeps no positions, and a second parse would cost as much as the first. The marks of a page are few and show
//! telling runs of characters (the digits of a number, a name), so these are searched for, and a hit is the mark's when the
//! characters around it are the rest of what the mark shows, with tags, blanks and entities passed over.
//!
//! *Invariant*: a range lies on character borders of the decoded text and holds the run searched for.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::guard::Regions;
use super::marks::plain;
use super::types::{BadgeForm, CodeOrigin, Marks, Place, Where};

/// Where a mark is expected in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Tag,
    Comment,
    Script,
}

/// A mark to be found.
struct Wanted<'m> {
    place: &'m mut Place,
    /// What it shows, folded, without blanks.
    shown: Vec<char>,
    /// The same as it is written.
    written: Vec<char>,
    part: Part,
}

/// Longest text compared, characters.
const SHOWN_MAX: usize = 200;
/// Hits kept of one run: a page says one thing a few times, not a thousand.
const HITS_MAX: usize = 64;
/// Longest tag passed over between two characters of a mark, bytes.
const TAG_MAX: usize = 600;
/// Shortest run of digits that tells a mark by itself.
const DIGITS_MIN: usize = 5;
/// Shortest and longest part of a run searched for where the whole run is split over elements, characters.
const SPLIT_MIN: usize = 4;

/// Fills in the ranges of all marks that can be found in `source`; `regions` is `None` where the whole of it is a script.
pub(super) fn fill(source: &str, regions: Option<&Regions>, marks: &mut Marks) {
    let mut wanted = wanted(marks);
    let source = Source { text: source, regions };
    let mut taken: HashSet<usize> = HashSet::new();
    source.find(&mut wanted, &mut taken, false, |shown| run(shown).into_iter().collect());
    // Digits in several elements: part of them, and everything around it must fit.
    let mut open: Vec<Wanted<'_>> = wanted.into_iter().filter(|w| w.place.range.is_none()).collect();
    if !open.is_empty() {
        source.find(&mut open, &mut taken, true, |shown| run(shown).map_or_else(Vec::new, split));
    }
}

fn wanted(marks: &mut Marks) -> Vec<Wanted<'_>> {
    let mut all = Vec::new();
    let mut add = |place, shown: &str, part| {
        let both = shown.chars().filter_map(|c| Some((plain(c)?, c))).take(SHOWN_MAX);
        let (shown, written): (Vec<char>, Vec<char>) = both.unzip();
        if !shown.is_empty() {
            all.push(Wanted { place, shown, written, part });
        }
    };
    for mark in marks.icp.iter_mut().chain(&mut marks.psb) {
        let part = match mark.at {
            Where::Text => Part::Text,
            Where::Alt | Where::Title => Part::Tag,
            // The words stand in the text, only the digits in the address.
            Where::Attribute => Part::Text,
            Where::Comment => Part::Comment,
            Where::Script => Part::Script,
        };
        add(&mut mark.place, &mark.shown, part);
    }
    for mark in &mut marks.codes {
        let part = if mark.origin == CodeOrigin::Printed { Part::Text } else { Part::Tag };
        add(&mut mark.place, &mark.shown, part);
    }
    for (badges, name) in [(&mut marks.conac, "conac"), (&mut marks.jiucuo, "jiucuo")] {
        for badge in badges {
            let part = if badge.form == BadgeForm::Comment { Part::Comment } else { Part::Tag };
            let shown =
                [badge.href.as_str(), &badge.code, name].into_iter().find(|s| !s.is_empty()).unwrap_or_default();
            add(&mut badge.place, shown, part);
        }
    }
    for mark in marks.sponsor.iter_mut().chain(&mut marks.contact).chain(&mut marks.sitemap) {
        let address = mark.value.contains('/') || mark.value.starts_with("mailto:") || mark.value.starts_with("tel:");
        add(&mut mark.place, &mark.value, if address { Part::Tag } else { Part::Text });
    }
    all
}

/// The most telling run of what a mark shows: its longest run of digits, else of letters.
fn run(shown: &[char]) -> Option<Range<usize>> {
    let longest = |fits: fn(&char) -> bool| {
        let mut best = 0..0;
        let mut start = 0;
        for at in 0..=shown.len() {
            if at == shown.len() || !fits(&shown[at]) {
                if at - start > best.len() {
                    best = start..at;
                }
                start = at + 1;
            }
        }
        best
    };
    let digits = longest(char::is_ascii_digit);
    if digits.len() >= DIGITS_MIN {
        return Some(digits);
    }
    Some(longest(|c| c.is_alphanumeric())).filter(|r| !r.is_empty())
}

/// Beginning, end and single characters of a run.
fn split(run: Range<usize>) -> Vec<Range<usize>> {
    let length = SPLIT_MIN.min(run.len());
    vec![run.start..run.start + length, run.end - length..run.end]
}

struct Source<'s> {
    text: &'s str,
    regions: Option<&'s Regions>,
}

/// A hit that may be a mark's.
struct Found {
    score: (bool, bool, usize, bool),
    range: Range<usize>,
    start: usize,
}

impl Source<'_> {
    /// Searches for the runs that `runs` gives for each mark, and takes the best hit of each. With `whole` only a hit around
    /// which everything fits counts.
    fn find(
        &self,
        wanted: &mut [Wanted<'_>],
        taken: &mut HashSet<usize>,
        whole: bool,
        runs: impl Fn(&[char]) -> Vec<Range<usize>>,
    ) {
        let mut needles: Vec<String> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let of_mark: Vec<Vec<(Range<usize>, usize)>> = wanted
            .iter()
            .map(|w| {
                runs(&w.shown)
                    .into_iter()
                    .map(|run| {
                        let needle: String = w.written[run.clone()].iter().collect();
                        let id = *known.entry(needle.clone()).or_insert_with(|| {
                            needles.push(needle);
                            needles.len() - 1
                        });
                        (run, id)
                    })
                    .collect()
            })
            .collect();
        let hits = self.hits(&needles);
        for (mark, runs) in wanted.iter_mut().zip(of_mark) {
            let mut best: Option<Found> = None;
            for (run, id) in runs {
                for hit in hits.get(id).into_iter().flatten() {
                    let found = self.fit(mark, &run, hit.clone(), taken.contains(&hit.start));
                    if (!whole || found.score.1) && best.as_ref().is_none_or(|b| found.score > b.score) {
                        best = Some(found);
                    }
                }
            }
            if let Some(best) = best {
                taken.insert(best.start);
                mark.place.range = Some(best.range);
            }
        }
    }

    /// Byte ranges of each needle.
    fn hits(&self, needles: &[String]) -> Vec<Vec<Range<usize>>> {
        let mut hits = vec![Vec::new(); needles.len()];
        let search =
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(needles);
        // Only an absurd number of needles fails to build; nothing is found then.
        let Ok(search) = search else { return hits };
        for hit in search.find_iter(self.text) {
            let of_needle: &mut Vec<Range<usize>> = &mut hits[hit.pattern().as_usize()];
            // The first ones, and the newest: a footer stands at the end.
            if of_needle.len() == HITS_MAX {
                of_needle.pop();
            }
            of_needle.push(hit.range());
        }
        hits
    }

    /// How well what stands around `hit` fits what the mark shows around `run`.
    fn fit(&self, mark: &Wanted<'_>, run: &Range<usize>, hit: Range<usize>, taken: bool) -> Found {
        let part = self.part(hit.start);
        let script = part == Part::Script;
        let mut range = hit.clone();
        let mut fits = run.len();
        for c in mark.shown[..run.start].iter().rev() {
            match self.before(range.start, script) {
                Some((at, found)) if found == *c => range.start = at,
                _ => break,
            }
            fits += 1;
        }
        for c in &mark.shown[run.end..] {
            match self.after(range.end, script) {
                Some((at, found)) if found == *c => range.end = at,
                _ => break,
            }
            fits += 1;
        }
        let expected = self.regions.is_none() || part == mark.part;
        Found { score: (expected, fits == mark.shown.len(), fits, !taken), range, start: hit.start }
    }

    fn part(&self, at: usize) -> Part {
        let Some(regions) = self.regions else { return Part::Script };
        let within = |list: &[Range<usize>]| {
            let next = list.partition_point(|r| r.end <= at);
            list.get(next).is_some_and(|r| r.start <= at)
        };
        if within(&regions.comments) {
            return Part::Comment;
        }
        if within(&regions.scripts) {
            return Part::Script;
        }
        let bracket =
            self.text.as_bytes()[at.saturating_sub(TAG_MAX * 4)..at].iter().rev().find(|b| matches!(b, b'<' | b'>'));
        if bracket == Some(&b'<') { Part::Tag } else { Part::Text }
    }

    /// The character a reader sees before `at`, folded, and where it begins.
    fn before(&self, mut at: usize, script: bool) -> Option<(usize, char)> {
        for _ in 0..64 {
            let head = &self.text[..at];
            let c = head.chars().next_back()?;
            let one = at - c.len_utf8();
            if c == '>' {
                at = floor(self.text, at.saturating_sub(TAG_MAX))
                    + self.text[floor(self.text, at.saturating_sub(TAG_MAX))..one].rfind('<')?;
                continue;
            }
            if c == ';' {
                let from = floor(self.text, at.saturating_sub(12));
                if let Some(ampersand) = self.text[from..one].rfind('&') {
                    match entity(&self.text[from + ampersand + 1..one]) {
                        Some(decoded) => match plain(decoded) {
                            Some(decoded) => return Some((from + ampersand, decoded)),
                            None => {
                                at = from + ampersand;
                                continue;
                            }
                        },
                        None => return Some((one, c)),
                    }
                }
            }
            if !(script && matches!(c, '"' | '\'' | '+' | '\\' | '`'))
                && let Some(c) = plain(c)
            {
                return Some((one, c));
            }
            at = one;
        }
        None
    }

    /// The character a reader sees at `at`, folded, and where it ends.
    fn after(&self, mut at: usize, script: bool) -> Option<(usize, char)> {
        for _ in 0..64 {
            let rest = &self.text[at..];
            let c = rest.chars().next()?;
            if c == '<' {
                at += rest[..floor(rest, TAG_MAX.min(rest.len()))].find('>')? + 1;
                continue;
            }
            if c == '&' {
                let word = &rest[1..floor(rest, 12.min(rest.len()))];
                let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(word.len());
                if let Some(decoded) = entity(&word[..end]) {
                    let next = at + 1 + end + usize::from(word[end..].starts_with(';'));
                    match plain(decoded) {
                        Some(decoded) => return Some((next, decoded)),
                        None => {
                            at = next;
                            continue;
                        }
                    }
                }
            }
            if !(script && matches!(c, '"' | '\'' | '+' | '\\' | '`'))
                && let Some(c) = plain(c)
            {
                return Some((at + self.text[at..].chars().next()?.len_utf8(), c));
            }
            at += c.len_utf8();
        }
        None
    }
}

/// The nearest character border at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

/// The character an entity stands for, its `&` and `;` taken off; the ones footers use.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    Some(match name {
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "lt" => '<',
        "gt" => '>',
        "copy" => '\u{a9}',
        "middot" => '\u{b7}',
        "mdash" | "ndash" => '-',
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
