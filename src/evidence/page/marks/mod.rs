//! The marks of a government page, read from its flow of text: filing numbers, site code, badges, sponsor, contact.
//!
//! Every reader works on [`line::Line`]s: the pieces of one block put together and folded, with the way back to the piece
//! each character came from. A number may be split over inline elements, or stand in the block after its label.

mod badge;
mod code;
mod contact;
mod icp;
mod link;
mod number;
mod psb;
mod sponsor;

mod line;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::flow::Flow;
use super::types::{Marks, Meta, NumberMark, Place, Source};
use super::{Where, dom, words};
pub(super) use code::well_formed as well_formed_code;
use line::Line;
pub(super) use line::plain;

/// Compiles one of the fixed patterns of [`words`].
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of the table are valid")
}

/// Finds all marks of one page or fragment. Never fails: what cannot be read is simply not there.
///
/// `page_url` is the address after redirects, against which links are resolved; it may be empty.
pub fn find(flow: &Flow, page_url: &str, metas: &[Meta]) -> Marks {
    let page = Page::new(flow, page_url);
    let mut marks = Marks::default();
    let mut seats = Vec::new();
    for (index, line) in page.lines.iter().enumerate() {
        let flags = line.flags;
        let joined = page.continued(index);
        let window = joined.as_ref().unwrap_or(line);
        let own = line.text.len();
        let before = (marks.icp.len(), marks.psb.len(), marks.codes.len());
        if flags.filing || flags.licence {
            icp::read(&page, window, own, &mut marks.icp);
        }
        if flags.filing {
            psb::read(&page, window, own, &mut marks.psb);
        }
        if flags.digits {
            psb::read_bare(&page, line, &mut marks.psb);
        }
        if flags.code {
            code::read(&page, window, own, &mut marks.codes);
        }
        thin_out(&mut marks.icp);
        thin_out(&mut marks.psb);
        if before != (marks.icp.len(), marks.psb.len(), marks.codes.len()) {
            seats.push(index);
        }
    }
    number::settle(&mut marks.icp);
    number::settle(&mut marks.psb);
    code::settle(&mut marks.codes);
    code::read_metas(metas, &mut marks.codes);

    let zone = page.zone(&seats);
    badge::read(&page, &zone, &mut marks);
    sponsor::read(&page, &zone, &mut marks.sponsor);
    contact::read(&page, &zone, &mut marks);
    marks
}

/// Numbers of one sort kept; a footer stands at the end, so the newest stay.
const NUMBERS_MAX: usize = 1000;

/// Keeps a page of a million numbers within bounds.
fn thin_out(numbers: &mut Vec<NumberMark>) {
    if numbers.len() > 2 * NUMBERS_MAX {
        number::settle(numbers);
        numbers.drain(..numbers.len().saturating_sub(NUMBERS_MAX));
    }
}

/// Text that only the bottom of a page carries.
pub fn is_footer_marker(text: &str) -> bool {
    static ANY: LazyLock<Regex> = LazyLock::new(|| pattern(&words::FOOTER_MARKERS.map(regex::escape).join("|")));
    ANY.is_match(text)
}

/// A flow with what all readers look up in it.
struct Page<'a> {
    flow: &'a Flow,
    base: Option<Url>,
    lines: Vec<Line<'a>>,
    /// Anchors without text of their own, by block: an icon beside a number.
    icons: HashMap<u32, Vec<usize>>,
    /// So few lines that the whole may be a footer.
    small: bool,
    /// Addresses in click handlers of elements that are no anchors, by path.
    clicks: HashMap<u32, String>,
}

/// A label at the end of a block may be continued this many block numbers later: through the end and begin tags of list
/// items, cells and their wrappers, not through the page.
const CONTINUED_WITHIN: u32 = 8;

/// Lines above and below a filing mark that belong to the footer, when no element says where it begins.
const FOOTER_LINES: usize = 6;

/// A page of no more lines than this is a footer fragment when nothing says otherwise.
const SMALL_PAGE: usize = 40;

impl<'a> Page<'a> {
    fn new(flow: &'a Flow, page_url: &str) -> Self {
        let mut worded = vec![false; flow.anchors.len()];
        for piece in flow.pieces.iter().filter(|p| !matches!(p.at, Where::Alt | Where::Title)) {
            if let Some(worded) = piece.anchor.and_then(|a| worded.get_mut(a as usize)) {
                *worded = *worded || !piece.text.trim().is_empty();
            }
        }
        let mut icons: HashMap<u32, Vec<usize>> = HashMap::new();
        for (i, anchor) in flow.anchors.iter().enumerate().filter(|(i, _)| !worded[*i]) {
            icons.entry(anchor.block).or_default().push(i);
        }
        let mut clicks = HashMap::new();
        for token in flow.tokens.iter().filter(|t| t.anchor.is_none()) {
            if let Some(address) =
                token.attributes.iter().filter(|(n, _)| dom::is_handler(n)).find_map(|(_, v)| link::inside(v))
            {
                clicks.insert(token.path, address);
            }
        }
        let lines = line::lines(flow);
        let small = lines.iter().filter(|l| l.is_shown()).count() <= SMALL_PAGE;
        Page { flow, base: Url::parse(page_url).ok(), lines, icons, clicks, small }
    }

    /// The line joined with the next one of its kind, when it ends in a label that waits for a number.
    fn continued(&self, index: usize) -> Option<Line<'a>> {
        static DANGLING: LazyLock<Regex> = LazyLock::new(|| pattern(words::DANGLING));
        let line = &self.lines[index];
        if !(line.flags.filing || line.flags.code || line.flags.sponsor || line.flags.licence)
            || matches!(line.at, Where::Alt | Where::Title | Where::Attribute)
        {
            return None;
        }
        // The end of a line decides; patterns never look at more than its last words.
        let tail = line.text.char_indices().rev().take(24).last().map_or(0, |(i, _)| i);
        if !DANGLING.is_match(line.rest(tail)) {
            return None;
        }
        let next = self.lines[index + 1..]
            .iter()
            .take_while(|l| l.block.saturating_sub(line.block) <= CONTINUED_WITHIN)
            .find(|l| l.at == line.at && l.visible == line.visible)?;
        Some(line.joined(next))
    }

    /// Lines that belong to the footer as far as can be told: inside a footer element, near a filing mark, or, when there
    /// is neither, the last part of the page.
    fn zone(&self, seats: &[usize]) -> Vec<bool> {
        let mut zone: Vec<bool> = self.lines.iter().map(|l| l.in_footer).collect();
        let shown: Vec<usize> = (0..self.lines.len()).filter(|&i| self.lines[i].is_shown()).collect();
        if self.small && !shown.iter().any(|&i| zone[i]) {
            zone.fill(true);
            return zone;
        }
        let seats: HashSet<usize> = seats.iter().copied().collect();
        let mut near = false;
        for (k, i) in shown.iter().enumerate() {
            if seats.contains(i) {
                near = true;
                for &j in &shown[k.saturating_sub(FOOTER_LINES)..(k + FOOTER_LINES + 1).min(shown.len())] {
                    zone[j] = true;
                }
            }
        }
        if !near && !shown.iter().any(|&i| zone[i]) {
            for &i in &shown[shown.len() - shown.len() * 15 / 100..] {
                zone[i] = true;
            }
        }
        zone
    }

    fn place(&self, line: &Line, range: &Range<usize>) -> Place {
        let path = self.flow.pieces.get(line.piece(range.start)).map_or(0, |p| p.path);
        Place { source: Source::Page, selector: self.flow.selector(path), range: None, excerpt: line.excerpt(range) }
    }

    fn place_of(&self, path: u32, excerpt: &str) -> Place {
        let excerpt = excerpt.chars().take(120).collect();
        Place { source: Source::Page, selector: self.flow.selector(path), range: None, excerpt }
    }

    fn mark(&self, line: &Line, number: number::Number, service: link::Service) -> NumberMark {
        let link = link::of(self, line, &number, service);
        let in_footer = line.pieces(&number.range).iter().any(|&i| self.flow.pieces[i].in_footer);
        NumberMark {
            shown: line.shown(self.flow, &number.range),
            normalised: number.normalised,
            kind: number.kind,
            grade: number.grade,
            at: line.at,
            visible: line.visible,
            in_footer,
            link,
            place: self.place(line, &number.range),
        }
    }
}
