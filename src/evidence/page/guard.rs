//! A cheap look at mark-up before a DOM is built: a page of deeply nested or attribute-laden tags would cost seconds.
//!
//! The scan errs towards refusing: end tags only close what is really open, so stray ones cannot hide depth. It stays linear
//! because each end tag looks back over a bounded part of the open elements.

use super::Refused;

/// Nesting no honest page has.
pub const MAX_DEPTH: usize = 512;
/// Attributes no honest element has.
pub const MAX_ATTRIBUTES: usize = 256;
/// How far back an end tag may reach.
const REACH: usize = 64;

/// Longest element name looked at.
const NAME: usize = 32;

/// How an element nests.
#[derive(Clone, Copy, PartialEq)]
enum Nesting {
    /// Never holds anything.
    Void,
    /// HTML closes it by itself when the same one begins: unclosed rows of these do not nest.
    SelfClosing,
    /// Holds text only.
    Raw,
    Plain,
}

/// Names in any case.
fn nesting(name: &[u8]) -> Nesting {
    let mut lower = [0; NAME];
    let lower = &mut lower[..name.len().min(NAME)];
    lower.copy_from_slice(&name[..lower.len()]);
    lower.make_ascii_lowercase();
    match &*lower {
        b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link" | b"meta" | b"param"
        | b"source" | b"track" | b"wbr" | b"frame" | b"basefont" | b"bgsound" | b"keygen" => Nesting::Void,
        b"p" | b"li" | b"dt" | b"dd" | b"option" | b"optgroup" | b"tr" | b"td" | b"th" | b"tbody" | b"thead"
        | b"tfoot" | b"a" | b"button" | b"nobr" => Nesting::SelfClosing,
        b"script" | b"style" | b"textarea" | b"title" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => Nesting::Raw,
        _ => Nesting::Plain,
    }
}

/// Refuses text whose DOM would be too costly.
pub fn check(text: &str) -> Result<(), Refused> {
    let bytes = text.as_bytes();
    let mut open: Vec<&[u8]> = Vec::new();
    let mut i = 0;
    while let Some(offset) = memchr(b'<', &bytes[i..]) {
        i += offset + 1;
        let rest = &bytes[i..];
        if rest.starts_with(b"!--") {
            i += find(&rest[3..], b"-->").map_or(rest.len(), |end| end + 6);
            continue;
        }
        let closing = rest.first() == Some(&b'/');
        let name_at = i + usize::from(closing);
        let name_length =
            bytes[name_at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count().min(NAME);
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
            if let Some(at) = open[from..].iter().rposition(|n| n.eq_ignore_ascii_case(name)) {
                open.truncate(from + at);
            }
            continue;
        }
        let nesting = nesting(name);
        if nesting == Nesting::Void || (self_closed && is_foreign(&open)) {
            continue;
        }
        if nesting == Nesting::Raw {
            let close = [b"</", name].concat();
            i += find_ignoring_case(&bytes[i..], &close).unwrap_or(bytes.len() - i);
            continue;
        }
        if nesting == Nesting::SelfClosing {
            let from = open.len().saturating_sub(4);
            if let Some(at) = open[from..].iter().rposition(|n| n.eq_ignore_ascii_case(name)) {
                open.truncate(from + at);
            }
        }
        open.push(name);
        if open.len() > MAX_DEPTH {
            return Err(Refused::Depth(open.len()));
        }
    }
    Ok(())
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
fn is_foreign(open: &[&[u8]]) -> bool {
    open.iter().rev().take(REACH).any(|n| n.eq_ignore_ascii_case(b"svg") || n.eq_ignore_ascii_case(b"math"))
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
        assert_eq!(check(&page), Ok(()));
    }

    #[test]
    fn depth_is_refused_even_behind_stray_end_tags() {
        assert_eq!(check(&"<div>".repeat(600)), Err(Refused::Depth(513)));
        assert_eq!(check(&"<div></span>".repeat(600)), Err(Refused::Depth(513)));
        assert_eq!(check(&"<b><i>".repeat(400)), Err(Refused::Depth(513)));
        assert!(check(&"<div></div>".repeat(60_000)).is_ok());
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
