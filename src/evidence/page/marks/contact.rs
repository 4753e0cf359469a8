//! Contact and site map.

use std::collections::HashSet;
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
    static CONTACT: LazyLock<Regex> = LazyLock::new(|| pattern(words::CONTACT));
    // Without its word boundaries the pattern matches wherever it did, and the regex engine is ten times faster.
    static MAY_BE: LazyLock<Regex> = LazyLock::new(|| pattern(&words::CONTACT.replace(r"\b", "")));
    static SITEMAP: LazyLock<Regex> = LazyLock::new(|| pattern(words::SITEMAP));
    for (line, in_zone) in page.lines.iter().zip(zone).filter(|(l, _)| l.is_shown()) {
        if *in_zone && marks.contact.len() < READ_MAX && MAY_BE.is_match(&line.text) {
            for hit in CONTACT.find_iter(&line.text).take(KEPT) {
                marks.contact.push(mark(hit.as_str(), page.place(line, &hit.range())));
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

fn mark(value: &str, place: super::Place) -> TextMark {
    TextMark { value: value.trim().chars().take(VALUE_MAX).collect(), visible: true, place }
}
