//! The folded text of a block, with the way back to the pieces it came from.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::super::Where;
use super::super::flow::Flow;
use super::super::words;

/// What one block shows in one way (visible text, hidden text, a comment, a script string, one alternative text).
///
/// Invariant: `cells` are sorted by `start`, one per character of `text`. They are made when first asked for: of most lines
/// nobody asks.
#[derive(Debug, Clone)]
pub(super) struct Line<'f> {
    /// Folded: NFKC, mark words simplified, dashes as `-`, blanks collapsed to one, no zero-width characters.
    pub(super) text: String,
    cells: OnceCell<Vec<Cell>>,
    flow: &'f Flow,
    /// Index of the first piece and of the last; pieces between them that are shown otherwise belong to other lines.
    first: usize,
    last: usize,
    pub(super) at: Where,
    pub(super) visible: bool,
    pub(super) in_footer: bool,
    pub(super) block: u32,
    pub(super) flags: Flags,
}

/// Characters of the next block that can complete a label.
const NEXT_MAX: usize = 200;

const FIRST_IDEOGRAPH: u16 = 0x4e00;
const LAST_IDEOGRAPH: u16 = 0x9fff;

/// Where a character of the folded text came from.
#[derive(Debug, Clone, Copy)]
struct Cell {
    start: u32,
    piece: u32,
    raw: u32,
}

/// Which readers need to look at a line at all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) filing: bool,
    pub(super) licence: bool,
    pub(super) code: bool,
    pub(super) sponsor: bool,
    pub(super) digits: bool,
}

impl<'f> Line<'f> {
    fn new(flow: &'f Flow, index: usize) -> Self {
        let piece = &flow.pieces[index];
        Line {
            text: String::with_capacity(piece.text.len()),
            cells: OnceCell::new(),
            flow,
            first: index,
            last: index,
            at: piece.at,
            visible: piece.visible,
            in_footer: piece.in_footer,
            block: piece.block,
            flags: Flags::default(),
        }
    }

    fn push_piece(&mut self, index: usize) {
        let piece = &self.flow.pieces[index];
        self.last = index;
        self.in_footer |= piece.in_footer;
        let (text, flags) = (&mut self.text, &mut self.flags);
        let last = text.chars().next_back();
        folded(&piece.text, last, |c, _| {
            match c {
                words::FLAG_FILING => flags.filing = true,
                words::FLAG_LICENCE => flags.licence = true,
                words::FLAG_CODE | words::FLAG_CODE_OLD => flags.code = true,
                words::FLAG_SPONSOR => flags.sponsor = true,
                // `B2-` needs no Chinese character at all.
                'A' | 'B' => flags.licence = true,
                '0'..='9' => flags.digits = true,
                _ => {}
            }
            text.push(c);
        });
    }

    fn cells(&self) -> &[Cell] {
        self.cells.get_or_init(|| {
            let mut cells = Vec::with_capacity(self.text.len() / 2);
            let (mut start, mut last) = (0, None);
            for index in self.first..=self.last {
                let piece = &self.flow.pieces[index];
                if piece.block != self.block || piece.at != self.at || piece.visible != self.visible {
                    continue;
                }
                let number = u32::try_from(index).unwrap_or(u32::MAX);
                last = folded(&piece.text, last, |c, raw| {
                    cells.push(Cell { start, piece: number, raw: u32::try_from(raw).unwrap_or(u32::MAX) });
                    start = start.saturating_add(c.len_utf8() as u32);
                });
            }
            cells
        })
    }

    /// This line continued by another one; the border is a `\n`.
    pub(super) fn joined(&self, next: &Line<'_>) -> Line<'f> {
        let mut line = self.clone();
        let mut cells = self.cells().to_vec();
        if let Some(last) = cells.last().copied() {
            cells.push(Cell { start: u32::try_from(line.text.len()).unwrap_or(u32::MAX), ..last });
            line.text.push('\n');
        }
        let shift = u32::try_from(line.text.len()).unwrap_or(u32::MAX);
        let more = next.cells();
        let end = more.get(NEXT_MAX).map_or(next.text.len(), |c| c.start as usize);
        cells.extend(more.iter().take(NEXT_MAX).map(|c| Cell { start: c.start.saturating_add(shift), ..*c }));
        line.text.push_str(&next.text[..end]);
        line.cells = OnceCell::from(cells);
        line
    }

    /// A visitor reads it as text.
    pub(super) fn is_shown(&self) -> bool {
        self.visible && matches!(self.at, Where::Text | Where::Script)
    }

    fn cell(&self, byte: usize) -> usize {
        self.cells().partition_point(|c| (c.start as usize) <= byte).saturating_sub(1)
    }

    /// Index of the piece the character at `byte` came from.
    pub(super) fn piece(&self, byte: usize) -> usize {
        self.cells().get(self.cell(byte)).map_or(0, |c| c.piece as usize)
    }

    /// The character at `byte` stands in a link.
    pub(super) fn is_linked(&self, byte: usize) -> bool {
        self.flow.pieces.get(self.piece(byte)).is_some_and(|p| p.anchor.is_some())
    }

    /// Pieces under a range, in order, each once.
    pub(super) fn pieces(&self, range: &Range<usize>) -> Vec<usize> {
        let mut out: Vec<usize> = Vec::new();
        for cell in self.under(range) {
            if out.last() != Some(&(cell.piece as usize)) {
                out.push(cell.piece as usize);
            }
        }
        out
    }

    /// Pieces under a range with how many digits of it each holds.
    pub(super) fn digits_by_piece(&self, range: &Range<usize>) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for cell in self.under(range) {
            let digit = usize::from(self.text.as_bytes().get(cell.start as usize).is_some_and(u8::is_ascii_digit));
            match out.last_mut() {
                Some((piece, digits)) if *piece == cell.piece as usize => *digits += digit,
                _ => out.push((cell.piece as usize, digit)),
            }
        }
        out
    }

    /// True when another piece begins exactly at `byte`.
    pub(super) fn border(&self, byte: usize) -> bool {
        let i = self.cell(byte);
        i > 0 && self.cells()[i].piece != self.cells()[i - 1].piece
    }

    fn under(&self, range: &Range<usize>) -> &[Cell] {
        let from = self.cells().partition_point(|c| (c.start as usize) < range.start);
        let to = self.cells().partition_point(|c| (c.start as usize) < range.end);
        self.cells().get(from..to.max(from)).unwrap_or_default()
    }

    /// The text of a range as the page shows it: original characters, blanks folded.
    pub(super) fn shown(&self, flow: &Flow, range: &Range<usize>) -> String {
        let mut out = String::with_capacity(range.len());
        let mut last = None;
        for cell in self.under(range) {
            if last.replace((cell.piece, cell.raw)) == Some((cell.piece, cell.raw)) {
                continue;
            }
            let original = flow.pieces.get(cell.piece as usize).and_then(|p| p.text.get(cell.raw as usize..));
            match original.and_then(|t| t.chars().next()) {
                Some(c) if !is_blank(c) => out.push(c),
                Some(_) if !out.ends_with(' ') => out.push(' '),
                _ => {}
            }
        }
        out.trim().to_owned()
    }

    /// The character before `byte`, one blank skipped.
    pub(super) fn before(&self, byte: usize) -> Option<(usize, char)> {
        let head = self.text.get(..byte)?;
        head.strip_suffix(' ').unwrap_or(head).char_indices().next_back()
    }

    /// The character right before `byte`.
    pub(super) fn touching(&self, byte: usize) -> Option<(usize, char)> {
        self.text.get(..byte)?.char_indices().next_back()
    }

    /// The rest from `byte`.
    pub(super) fn rest(&self, byte: usize) -> &str {
        self.text.get(byte..).unwrap_or_default()
    }

    /// At most 120 characters around a range.
    pub(super) fn excerpt(&self, range: &Range<usize>) -> String {
        let inside = self.text.get(range.clone()).map_or(0, |t| t.chars().count());
        let spare = 120usize.saturating_sub(inside);
        let before = self.text.get(..range.start).unwrap_or_default();
        let from = before.char_indices().rev().take(spare / 2).last().map_or(range.start, |(i, _)| i);
        let text: String = self.rest(from).chars().take(120).collect();
        text.replace('\n', " ").trim().to_owned()
    }
}

/// All lines of a flow in document order.
pub(super) fn lines(flow: &Flow) -> Vec<Line<'_>> {
    let mut out: Vec<Line<'_>> = Vec::new();
    // Lines of the block at hand that may still grow; a handful at most, one per way of showing text.
    let mut open: Vec<usize> = Vec::new();
    for (index, piece) in flow.pieces.iter().enumerate() {
        if open.first().is_some_and(|&i| out[i].block != piece.block) {
            open.clear();
        }
        let whole = matches!(piece.at, Where::Alt | Where::Title | Where::Attribute);
        let grows = open.iter().copied().find(|&i| out[i].at == piece.at && out[i].visible == piece.visible);
        let i = match grows {
            Some(i) if !whole => i,
            _ => {
                out.push(Line::new(flow, index));
                let i = out.len() - 1;
                if !whole {
                    open.push(i);
                }
                i
            }
        };
        out[i].push_piece(index);
    }
    out.retain(|l| !l.text.trim().is_empty());
    out
}

/// Folds `text` behind the character `last` of the same line. `put` takes every character with the place it came from;
/// returns the last one.
fn folded(text: &str, mut last: Option<char>, mut put: impl FnMut(char, usize)) -> Option<char> {
    for (raw, c) in text.char_indices() {
        let mut one = |c: Folded, original: char| {
            let c = match c {
                Folded::One(c) => c,
                Folded::Many => original,
                Folded::Blank if !matches!(last, None | Some(' ' | '\n')) => ' ',
                Folded::Blank | Folded::Nothing => return,
            };
            put(c, raw);
            last = Some(c);
        };
        match fold(c) {
            Folded::Many => std::iter::once(c).nfkc().for_each(|c| one(fold(c), c)),
            folded => one(folded, c),
        }
    }
    last
}

/// A character as it is compared: folded, `None` for blanks and what is not seen.
pub(in super::super) fn plain(c: char) -> Option<char> {
    match fold(c) {
        Folded::One(c) => Some(c),
        Folded::Many => Some(std::iter::once(c).nfkc().next().unwrap_or(c)),
        Folded::Blank | Folded::Nothing => None,
    }
}

enum Folded {
    Nothing,
    Blank,
    One(char),
    Many,
}

fn fold(c: char) -> Folded {
    match c {
        '!'..='~' => Folded::One(c),
        c if is_blank(c) => Folded::Blank,
        '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{202a}'..='\u{202e}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{180e}' => Folded::Nothing,
        c if c.is_control() => Folded::Nothing,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{fe63}' | '\u{fe58}' => Folded::One('-'),
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => Folded::One(char::from_u32(c as u32 - 0xfee0).unwrap_or(c)),
        // Punctuation that NFKC leaves alone.
        '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' => Folded::One(c),
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{b7}' => Folded::One(c),
        '\u{4e00}'..='\u{9fff}' => Folded::One(simplified(c)),
        _ => Folded::Many,
    }
}

/// Blanks of every width.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

fn simplified(c: char) -> char {
    // One slot per ideograph: a search per character would cost more than all patterns together.
    static SLOTS: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let mut slots: Vec<u16> = (FIRST_IDEOGRAPH..=LAST_IDEOGRAPH).collect();
        for (old, new) in words::SIMPLIFIED {
            let slot = u16::try_from(u32::from(old)).ok().and_then(|i| slots.get_mut(usize::from(i - FIRST_IDEOGRAPH)));
            if let (Some(slot), Ok(new)) = (slot, u16::try_from(u32::from(new))) {
                *slot = new;
            }
        }
        slots
    });
    let slot = u32::from(c).checked_sub(u32::from(FIRST_IDEOGRAPH)).and_then(|i| SLOTS.get(i as usize));
    slot.and_then(|&s| char::from_u32(u32::from(s))).unwrap_or(c)
}
