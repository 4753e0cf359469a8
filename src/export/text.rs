//! Text made safe for files and measured for columns. Scanned pages supply parts of it, so it may hold anything.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Safe for XML 1.0 and for a printed page: line ends become `\n`, tabs become spaces; other control characters, characters
/// XML forbids and marks that reorder text are left out; no blank lines at either end.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' | '\u{a0}' => out.push(' '),
            _ if is_unprintable(c) => {}
            _ => out.push(c),
        }
    }
    out.trim_matches(|c: char| c == '\n' || c == ' ').to_owned()
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// [`clean`] on one line.
pub(super) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The five characters XML gives a meaning to, escaped.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(c),
        }
    }
    out
}

/// A spreadsheet would read a cell with this text as a formula (full-width forms included: Chinese editions accept them).
pub(super) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// Terminal columns of `text`.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Columns in Chinese print, where “ ” … and their like are full width.
pub(super) fn print_width(text: &str) -> usize {
    text.width_cjk()
}

/// `text` wrapped at `columns` terminal columns, at most `lines` lines; the last one ends in `…` when something is cut.
pub(super) fn wrap(text: &str, columns: usize, lines: usize) -> Vec<String> {
    let mut out = fold(text, columns, |c| c.width().unwrap_or(0));
    if out.len() > lines {
        out.truncate(lines.max(1));
        if let Some(last) = out.last_mut() {
            while width(last) + 1 > columns && last.pop().is_some() {}
            last.push('…');
        }
    }
    out
}

/// How many lines `text` takes in print at `columns` half-width columns.
pub(super) fn print_lines(text: &str, columns: usize) -> usize {
    fold(text, columns, |c| c.width_cjk().unwrap_or(0)).len()
}

/// Greedy filling: words of the Latin script stay whole unless longer than a line; marks that may not begin a line
/// take the character before them along.
fn fold(text: &str, columns: usize, width_of: impl Fn(char) -> usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    for paragraph in clean(text).split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for token in tokens(paragraph) {
            let wide: usize = token.chars().map(&width_of).sum();
            if used + wide <= columns {
                line.push_str(token);
                used += wide;
                continue;
            }
            if wide <= columns {
                lines.push(std::mem::take(&mut line));
                line.push_str(token.trim_start_matches(' '));
                used = line.chars().map(&width_of).sum();
                continue;
            }
            for c in token.chars() {
                if used + width_of(c) > columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += width_of(c);
            }
        }
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

/// Pieces between which a line may break.
fn tokens(paragraph: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, c) in paragraph.char_indices() {
        if let Some(p) = previous {
            let inside_word = !is_breakable(p) && !is_breakable(c);
            let kept_together = CLOSING.contains(c) || OPENING.contains(p) || c.width() == Some(0);
            if !inside_word && !kept_together {
                out.push(&paragraph[start..at]);
                start = at;
            }
        }
        previous = Some(c);
    }
    if start < paragraph.len() {
        out.push(&paragraph[start..]);
    }
    out
}

fn is_breakable(c: char) -> bool {
    c == ' ' || c.width_cjk() == Some(2)
}

const CLOSING: &str = "，。、；：？！）》」』】〕”’…%％";
const OPENING: &str = "（《「『【〔“‘";

/// `text` padded with spaces to `columns` terminal columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The first characters of `text` that fit into `units` UTF-16 units (how spreadsheets count), and whether all did.
pub(super) fn clip_utf16(text: &str, units: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > units {
            return (&text[..at], false);
        }
    }
    (text, true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn line_ends_survive_and_controls_do_not() {
        assert_eq!(clean("\r\n一\r\n二\r三\t四\u{0}\u{202e}\u{feff}\u{ffff}𠮷😀\n"), "一\n二\n三 四𠮷😀");
        assert_eq!(one_line(" 一 \n\n 二 "), "一 二");
    }

    #[test]
    fn closing_marks_never_begin_a_line_and_words_stay_whole() {
        assert_eq!(wrap("首页打不开，超时", 10, 9), ["首页打不", "开，超时"]);
        assert_eq!(wrap("检查 example 站", 8, 9), ["检查", "example", "站"]);
        assert_eq!(wrap("abcdefghijkl", 5, 9), ["abcde", "fghij", "kl"]);
    }

    #[test]
    fn cut_text_ends_in_an_ellipsis_within_the_column() {
        assert_eq!(wrap("一二三四五六七八九", 6, 2), ["一二三", "四五…"]);
    }

    #[test]
    fn clipping_never_splits_a_character() {
        assert_eq!(clip_utf16("a𠮷b", 2), ("a", false));
        assert_eq!(clip_utf16("a𠮷b", 4), ("a𠮷b", true));
    }

    proptest! {
        #[test]
        fn folding_loses_nothing_but_spaces(said in any::<String>(), columns in 2usize..40) {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&wrap(&said, columns, usize::MAX).concat()), bare(&clean(&said)));
        }
    }
}
