//! Contact and site map.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::{Marks, TextMark};
use super::super::words;
use super::{Page, pattern};

/// Longest value kept, in characters.
const VALUE_MAX: usize = 60;
/// Marks of one sort kept: more say nothing more.
const KEPT: usize = 20;

/// Reads telephone, address, mail and "contact us" of the footer, and the site map of the page.
pub(super) fn read(page: &Page<'_>, zone: &[bool], marks: &mut Marks) {
    static CONTACT: LazyLock<Regex> = LazyLock::new(|| pattern(words::CONTACT));
    static SITEMAP: LazyLock<Regex> = LazyLock::new(|| pattern(words::SITEMAP));
    for (line, in_zone) in page.lines.iter().zip(zone).filter(|(l, _)| l.is_shown()) {
        if *in_zone {
            for hit in CONTACT.find_iter(&line.text).take(KEPT) {
                marks.contact.push(mark(hit.as_str(), page.place(line, &hit.range())));
            }
        }
        if let Some(hit) = SITEMAP.find(&line.text) {
            let linked = page.flow.pieces.get(line.piece(hit.start())).is_some_and(|p| p.anchor.is_some());
            if linked || *in_zone {
                marks.sitemap.push(mark(hit.as_str(), page.place(line, &hit.range())));
            }
        }
    }
    for anchor in page.flow.anchors.iter().filter(|a| a.visible) {
        let lower = anchor.href.get(..anchor.href.len().min(300)).unwrap_or_default().to_ascii_lowercase();
        if lower.starts_with("mailto:") || lower.starts_with("tel:") {
            marks.contact.push(mark(&anchor.href, page.place_of(anchor.path, &anchor.href)));
        }
        if lower.contains("sitemap") {
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
