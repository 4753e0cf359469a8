//! Site codes: printed, in metas, and in the error-report entry.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::types::{CodeMark, CodeOrigin, Meta, Place};
use super::super::{Where, words};
use super::line::Line;
use super::number::{self, Run};
use super::{Page, pattern};

/// Digits of a local code: six of the region, four of the serial.
const LOCAL: usize = 10;
/// Digits behind the `bm` of a ministry's code.
const MINISTRY: usize = 8;

/// Reads the printed codes of a line; only labels that begin within its first `own` bytes are its own.
pub(super) fn read(page: &Page<'_>, line: &Line, own: usize, out: &mut Vec<CodeMark>) {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(words::CODE_LABEL));
    for hit in LABEL.captures_iter(&line.text) {
        let Some(label) = hit.get(0) else { continue };
        if label.start() >= own {
            break;
        }
        let of_site = hit.name("site").is_some();
        // `设备标识码` and the like are other people's codes.
        if !of_site && line.touching(label.start()).is_some_and(|(_, c)| c.is_alphanumeric()) {
            continue;
        }
        let Some((shown, start, end)) = value(line, label.end(), of_site) else { continue };
        out.push(CodeMark {
            well_formed: well_formed(&shown),
            shown,
            origin: CodeOrigin::Printed,
            visible: line.visible && matches!(line.at, Where::Text | Where::Script | Where::Alt | Where::Title),
            place: page.place(line, &(start..end)),
        });
    }
}

fn value(line: &Line, start: usize, of_site: bool) -> Option<(String, usize, usize)> {
    let rest = line.rest(start);
    let ministry = rest.get(..2).is_some_and(|h| h.eq_ignore_ascii_case("bm"));
    if ministry {
        let after = start + 2 + rest[2..].len() - rest[2..].trim_start_matches([' ', '-']).len();
        let run = number::run(line, after, &[MINISTRY])?;
        return Some((format!("{}{}", &rest[..2], run.text), start, run.range.end));
    }
    let run = number::run(line, start, &[LOCAL])?;
    let enough = if of_site { run.masked || run.text.len() >= 5 } else { (8..=12).contains(&run.text.len()) };
    let date = line.rest(run.range.end).starts_with(words::DATE_AFTER) && run.text.len() < LOCAL;
    (enough && !date).then(|| (masked_text(line, &run), start, run.range.end))
}

/// The run as printed, mask characters kept.
fn masked_text(line: &Line, run: &Run) -> String {
    if !run.masked {
        return run.text.clone();
    }
    line.text.get(run.range.clone()).unwrap_or(&run.text).to_owned()
}

/// 10 digits of a possible province with a serial, or `bm` and 8 digits; no digits of a template.
pub(in super::super) fn well_formed(code: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let template = |text: &str| number::placeholder(&Run { text: text.to_owned(), range: 0..0, masked: false });
    if let Some(rest) = code.get(..2).filter(|h| h.eq_ignore_ascii_case("bm")).and_then(|_| code.get(2..)) {
        return digits(rest, MINISTRY) && !template(rest);
    }
    digits(code, LOCAL) && number::letter_of(code).is_some() && !code.ends_with("0000") && !template(code)
}

/// `<meta name=SiteIDCode>`; an empty one is no code.
pub(super) fn read_metas(metas: &[Meta], out: &mut Vec<CodeMark>) {
    for meta in
        metas.iter().filter(|m| m.name.trim().eq_ignore_ascii_case("SiteIDCode") && !m.content.trim().is_empty())
    {
        let shown = meta.content.trim().to_owned();
        out.push(CodeMark {
            well_formed: well_formed(&shown),
            origin: CodeOrigin::Meta,
            visible: false,
            place: Place {
                selector: "head > meta".into(),
                excerpt: shown.chars().take(120).collect(),
                ..Place::default()
            },
            shown,
        });
    }
}

/// Drops copies.
pub(super) fn settle(codes: &mut Vec<CodeMark>) {
    let mut seen = HashSet::new();
    codes.retain(|c| seen.insert((c.shown.clone(), c.origin, c.visible)));
}
