//! Contact and site map.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::dom::has_any;
use super::super::types::{Marks, TextMark};
use super::super::words;
use super::{Page, pattern};

/// Longest value kept, in characters.
const VALUE_MAX: usize = 60;
/// Marks of one sort kept: more say nothing more.
const KEPT: usize = 20;
/// Marks of one sort read before copies are dropped.
const READ_MAX: usize = 400;

/// Reads telephone, address, mail and "contact us" of the footer, and the site map of the page.
pub(super) fn read(page: &Page<'_>, zone: &[bool], marks: &mut Marks) {
    // Without its word boundaries the pattern matches wherever it did, and the regex engine is ten times faster.
    static MAY_BE: LazyLock<Regex> = LazyLock::new(|| pattern(&words::CONTACT.replace(r"\b", "")));
    static SITEMAP: LazyLock<Regex> = LazyLock::new(|| pattern(words::SITEMAP));
    for (line, in_zone) in page.lines.iter().zip(zone).filter(|(l, _)| l.is_shown()) {
        if *in_zone && marks.contact.len() < READ_MAX && MAY_BE.is_match(&line.text) {
            for range in values(&line.text).take(KEPT) {
                marks.contact.push(mark(&line.text[range.clone()], page.place(line, &range)));
            }
        }
        if marks.sitemap.len() < READ_MAX
            && line.text.contains(words::SITEMAP_END)
            && let Some(hit) = SITEMAP.find(&line.text)
        {
            let linked = page.flow.pieces.get(line.piece(hit.start())).is_some_and(|p| p.anchor.is_some());
            if linked || *in_zone {
                marks.sitemap.push(mark(hit.as_str(), page.place(line, &hit.range())));
            }
        }
    }
    for anchor in page.flow.anchors.iter().filter(|a| a.visible) {
        let start = anchor.href.get(..anchor.href.len().min(300)).unwrap_or_default();
        let begins = |scheme: &str| start.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
        if begins("mailto:") || begins("tel:") {
            marks.contact.push(mark(&anchor.href, page.place_of(anchor.path, &anchor.href)));
        }
        if has_any(start, &["sitemap"]) {
            marks.sitemap.push(mark(&anchor.href, page.place_of(anchor.path, &anchor.href)));
        }
    }
    for list in [&mut marks.contact, &mut marks.sitemap] {
        let mut seen = HashSet::new();
        list.retain(|m| seen.insert(m.value.clone()));
        list.truncate(KEPT);
    }
}

/// Ranges of the contacts in a line, each from its label to the next field of the footer.
fn values(line: &str) -> impl Iterator<Item = Range<usize>> {
    static CONTACT: LazyLock<Regex> = LazyLock::new(|| pattern(words::CONTACT));
    static NEXT: LazyLock<Regex> = LazyLock::new(|| pattern(words::CONTACT_NEXT));
    let mut from = 0;
    std::iter::from_fn(move || {
        let hit = CONTACT.find_at(line, from)?;
        // The label itself may begin like a field; what follows its first character may not.
        let label = hit.as_str().chars().next().map_or(0, char::len_utf8);
        let next = NEXT.find_at(line, hit.start() + label).map_or(hit.end(), |next| next.start());
        let end = next.min(hit.end());
        from = end;
        Some(hit.start()..end)
    })
}

fn mark(value: &str, place: super::Place) -> TextMark {
    TextMark { value: value.trim().chars().take(VALUE_MAX).collect(), visible: true, place }
}
