//! A cheap look at mark-up before a DOM is built: a page of deeply nested or attribute-laden tags would cost seconds.
//!
//! The scan errs towards refusing: end tags only close what is really open, so stray ones cannot hide depth. It stays linear
//! because each end tag looks back over a bounded part of the open elements.

use std::ops::Range;

use super::Refused;

/// Nesting no honest page has.
pub const MAX_DEPTH: usize = 512;
/// Attributes no honest element has.
pub const MAX_ATTRIBUTES: usize = 256;
/// Elements that HTML may open again by itself on one page. Formatting nobody closed is opened again in every paragraph, so
/// that a few kilobytes of it and many short paragraphs would make millions of elements.
pub const MAX_REOPENED: usize = 300_000;
/// How far back an end tag may reach.
const REACH: usize = 128;
/// How far back an element looks for its like that it closes.
const NEAR: usize = 8;

const VOID: &[&[u8]] = &[
    b"area",
    b"base",
    b"br",
    b"col",
    b"embed",
    b"hr",
    b"img",
    b"input",
    b"link",
    b"meta",
    b"param",
    b"source",
    b"track",
    b"wbr",
    b"frame",
    b"basefont",
    b"bgsound",
    b"keygen",
];
/// Elements that HTML closes by itself when the same one begins: unclosed rows of these do not nest.
const SELF_CLOSING: &[&[u8]] =
    &[b"p", b"li", b"dt", b"dd", b"option", b"optgroup", b"tr", b"td", b"th", b"tbody", b"thead", b"tfoot", b"button"];
/// … but never beyond one of these, where a new list or table begins. Parts of a table look as far as the table.
const FENCES: &[&[u8]] =
    &[b"table", b"td", b"th", b"caption", b"ul", b"ol", b"dl", b"select", b"object", b"marquee", b"template"];
const TABLE_PARTS: &[&[u8]] = &[b"tr", b"td", b"th", b"tbody", b"thead", b"tfoot"];
/// Elements that HTML opens again after their parent was closed around them, so that unclosed ones pile up.
const FORMATTING: &[&[u8]] =
    &[b"a", b"b", b"big", b"code", b"em", b"font", b"i", b"nobr", b"s", b"small", b"strike", b"strong", b"tt", b"u"];
/// Elements that formatting does not leave.
const MARKERS: &[&[u8]] = &[b"td", b"th", b"caption", b"object", b"marquee", b"applet", b"template"];
/// Formatting elements of one kind with the same attributes that are opened again at most.
const ALIKE: usize = 3;
const RAW: &[&[u8]] = &[b"script", b"style", b"textarea", b"title", b"xmp", b"iframe", b"noembed", b"noframes"];

/// Parts of a source that are no elements, byte ranges in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regions {
    /// Comments with their marks.
    pub comments: Vec<Range<usize>>,
    /// Texts of script elements.
    pub scripts: Vec<Range<usize>>,
}

/// Refuses text whose DOM would be too costly; says where comments and scripts lie.
pub fn check(text: &str) -> Result<Regions, Refused> {
    let bytes = text.as_bytes();
    let mut regions = Regions::default();
    let mut open: Vec<Tag<'_>> = Vec::new();
    let (mut left_open, mut reopened) = (0usize, 0usize);
    let mut i = 0;
    while let Some(offset) = memchr(b'<', &bytes[i..]) {
        i += offset + 1;
        let rest = &bytes[i..];
        if rest.starts_with(b"!--") {
            let start = i - 1;
            i += find(&rest[3..], b"-->").map_or(rest.len(), |end| end + 6);
            regions.comments.push(start..i);
            continue;
        }
        let closing = rest.first() == Some(&b'/');
        let name_at = i + usize::from(closing);
        let name_length =
            bytes[name_at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count().min(32);
        if name_length == 0 {
            continue;
        }
        let name = &bytes[name_at..name_at + name_length];
        let (end, attributes, self_closed) = tag_end(bytes, name_at + name_length)?;
        i = end;
        if attributes > MAX_ATTRIBUTES {
            return Err(Refused::Attributes(attributes));
        }
        if closing {
            let from = open.len().saturating_sub(REACH);
            if let Some(at) = open[from..].iter().rposition(|t| t.is(name)) {
                close(&mut open, from + at);
                left_open = open.iter().filter(|t| t.left_open).count();
            } else if from > 0 {
                // It may close something further away than is looked: then all formatting is left open.
                open.iter_mut().for_each(|t| t.left_open = is_in(FORMATTING, t.name));
                left_open = open.iter().filter(|t| t.left_open).count();
            }
            continue;
        }
        if is_in(VOID, name) || (self_closed && is_foreign(&open)) {
            continue;
        }
        if is_in(RAW, name) {
            let close = [b"</", name].concat();
            let start = i;
            i += find_ignoring_case(&bytes[i..], &close).unwrap_or(bytes.len() - i);
            if name.eq_ignore_ascii_case(b"script") {
                regions.scripts.push(start..i);
            }
            continue;
        }
        if is_in(SELF_CLOSING, name) {
            let parts = is_in(TABLE_PARTS, name);
            let fence = |t: &Tag<'_>| if parts { t.is(b"table") } else { is_in(FENCES, t.name) };
            let near = open.iter().enumerate().rev().take(NEAR);
            // An element may be its own fence: a cell closes the cell before it.
            let like = near.take_while(|(_, t)| t.is(name) || !fence(t)).find(|(_, t)| t.is(name)).map(|(at, _)| at);
            if let Some(at) = like {
                close(&mut open, at);
            }
        } else if name.eq_ignore_ascii_case(b"a") || name.eq_ignore_ascii_case(b"nobr") {
            // Only the earlier link ends; whatever was opened inside it stays open.
            let near = open.iter().enumerate().rev().take(REACH).take_while(|(_, t)| !is_in(MARKERS, t.name));
            let like = near.filter(|(_, t)| t.is(name)).map(|(at, _)| at).next();
            if let Some(at) = like {
                open.remove(at);
            }
        }
        reopened += left_open;
        if reopened > MAX_REOPENED {
            return Err(Refused::Depth(left_open));
        }
        open.push(Tag { name, whole: &bytes[name_at..end], left_open: false });
        if open.len() > MAX_DEPTH {
            return Err(Refused::Depth(open.len()));
        }
    }
    Ok(regions)
}

/// An open element.
#[derive(Clone, Copy)]
struct Tag<'t> {
    name: &'t [u8],
    /// With its attributes.
    whole: &'t [u8],
    /// Formatting whose parent was closed around it.
    left_open: bool,
}

impl Tag<'_> {
    fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Closes the element at `at` and everything in it; formatting that was not closed by its own end tag goes on behind it.
fn close(open: &mut Vec<Tag<'_>>, at: usize) {
    let mut last_marker = None;
    for (i, tag) in open.iter().enumerate().skip(at) {
        if is_in(MARKERS, tag.name) {
            last_marker = Some(i);
        }
    }
    // Within a cell formatting ends with the cell; what was opened before the cell goes on.
    let until = last_marker.map_or(open.len(), |marker| marker.max(at));
    let inside: Vec<Tag<'_>> = open[at..until].iter().skip(1).filter(|t| is_in(FORMATTING, t.name)).copied().collect();
    open.truncate(at);
    for (i, tag) in inside.iter().enumerate() {
        if inside[i + 1..].iter().filter(|later| later.whole == tag.whole).count() < ALIKE {
            open.push(Tag { left_open: true, ..*tag });
        }
    }
}

/// Position after the `>` of a tag, how many attributes it has, and whether it ends in `/>`.
fn tag_end(bytes: &[u8], from: usize) -> Result<(usize, usize, bool), Refused> {
    let mut i = from;
    let mut attributes = 0;
    let mut in_name = false;
    while i < bytes.len() {
        match bytes[i] {
            b'>' => return Ok((i + 1, attributes, i > from && bytes[i - 1] == b'/')),
            b'=' => {
                in_name = false;
                i += 1;
                while bytes.get(i).is_some_and(u8::is_ascii_whitespace) {
                    i += 1;
                }
                match bytes.get(i) {
                    Some(&quote @ (b'"' | b'\'')) => {
                        i += 1 + memchr(quote, &bytes[i + 1..]).map_or(bytes.len() - i - 1, |e| e + 1);
                    }
                    _ => {
                        while bytes.get(i).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'>') {
                            i += 1;
                        }
                    }
                }
            }
            b if b.is_ascii_whitespace() || b == b'/' => {
                in_name = false;
                i += 1;
            }
            _ => {
                if !in_name {
                    in_name = true;
                    attributes += 1;
                    if attributes > MAX_ATTRIBUTES {
                        return Err(Refused::Attributes(attributes));
                    }
                }
                i += 1;
            }
        }
    }
    Ok((bytes.len(), attributes, false))
}

/// `/>` closes elements only inside SVG and MathML.
fn is_foreign(open: &[Tag<'_>]) -> bool {
    open.iter().rev().take(REACH).any(|t| t.is(b"svg") || t.is(b"math"))
}

fn is_in(list: &[&[u8]], name: &[u8]) -> bool {
    list.iter().any(|n| n.eq_ignore_ascii_case(name))
}

fn memchr(needle: u8, bytes: &[u8]) -> Option<usize> {
    // Eight at a time: most of a page is text.
    let (mut at, spread) = (0, u64::from(needle) * 0x0101_0101_0101_0101);
    for chunk in bytes.chunks_exact(8) {
        let word = u64::from_ne_bytes(chunk.try_into().expect("chunks of eight")) ^ spread;
        if word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080 != 0 {
            break;
        }
        at += 8;
    }
    bytes[at..].iter().position(|b| *b == needle).map(|rest| at + rest)
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|w| w == needle)
}

fn find_ignoring_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut i = 0;
    while let Some(at) = memchr(needle[0], &bytes[i..]) {
        i += at;
        if bytes.len() - i < needle.len() {
            return None;
        }
        if bytes[i..i + needle.len()].eq_ignore_ascii_case(needle) {
            return Some(i);
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_pages_pass() {
        let page = format!(
            "<html><body>{}<script>if(a<b)document.write('<div><div>')</script></body></html>",
            "<ul><li><a href=/x title='a > b'>要闻<li>公告<p>一<p>二</ul><img src=a><br>".repeat(2000)
        );
        assert!(check(&page).is_ok());
    }

    #[test]
    fn depth_is_refused_even_behind_stray_end_tags() {
        assert_eq!(check(&"<div>".repeat(600)), Err(Refused::Depth(513)));
        assert_eq!(check(&"<div></span>".repeat(600)), Err(Refused::Depth(513)));
        assert_eq!(check(&"<b><i>".repeat(400)), Err(Refused::Depth(513)));
        assert!(check(&"<div></div>".repeat(60_000)).is_ok());
    }

    #[test]
    fn lists_tables_and_formatting_cannot_hide_depth() {
        for part in ["<table><tr><td>", "<ul><li>", "<dl><dd>", "<b><i><a href=x>", "<select><option><optgroup>"] {
            let refused = matches!(check(&part.repeat(20_000)), Err(Refused::Depth(_)));
            assert!(refused, "{part}");
        }
        let different: String = (0..2000).map(|i| format!("<p><font size={i}>x</p> ")).collect();
        assert!(matches!(check(&different), Err(Refused::Depth(_))));
    }

    #[test]
    fn sloppy_pages_pass() {
        for part in [
            "<div><font color=red>x</div>",
            "<table><tr><td><b>x<td><i>y</table>",
            "<li><a href=x><font>x",
            "<p><a href=x><b>x</b><p>",
            "<tr><td><a href=x>y<tr><td>",
            "<a href=x>y",
            "<ul><li><a>x<li><a>y</ul>",
        ] {
            assert!(check(&format!("<table>{}", part.repeat(100))).is_ok(), "{part}");
        }
        assert!(check(&"<table><tr><td><b>x<td><i>y</table>".repeat(20_000)).is_ok());
        assert!(check(&"<div><p><b>x</b></p><font>y</font></div>".repeat(20_000)).is_ok());
    }

    #[test]
    fn formatting_that_is_opened_again_and_again_is_refused() {
        let fonts: String = (0..300).map(|i| format!("<font size={i}>")).collect();
        assert!(matches!(check(&format!("<div>{fonts}</div>{}", "<p>x</p>".repeat(3000))), Err(Refused::Depth(300))));
        // One forgotten end tag at the top of a long page is everyday carelessness.
        assert!(check(&format!("<div><font size=2></div>{}", "<p>x</p>".repeat(50_000))).is_ok());
    }

    #[test]
    fn attributes_are_refused() {
        let tag = format!("<p {}>", "a=1 ".repeat(300));
        assert_eq!(check(&tag), Err(Refused::Attributes(257)));
        assert!(check("<p a = 'x' b c=\"1 2 3\" d>").is_ok());
    }

    #[test]
    fn unfinished_markup_ends() {
        for text in ["<", "<a", "<a href=\"", "<!--", "<script>", "</", "<p a='", "\u{0}<\u{0}"] {
            assert!(check(text).is_ok(), "{text}");
        }
        assert!(check(&format!("<a {}", "x".repeat(2_000_000))).is_ok());
    }
}
