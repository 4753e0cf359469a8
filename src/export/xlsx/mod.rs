//! The annex forms as workbooks: the form to print, the same rows as flat data, their basis and evidence, how to fill it in,
//! and a hidden sheet that says which ledger state each row came from.
//!
//! Text is always written as text, never guessed to be a formula, a number or a link; the bytes depend on the input alone.

mod data;
mod form_sheet;
mod paper;
mod selfcheck;

pub use paper::build_paper;
pub use selfcheck::selfcheck;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet};

use crate::ledger::view::ProblemView;
use crate::rule::Labels;

use super::ExportError;
use super::form::FormSpec;
use super::text;

/// Media type of the result.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A spreadsheet cell holds 32,767 UTF-16 units; some are kept for the note that it was cut.
const CELL_UNITS: usize = 32_000;

/// The form as an XLSX file. `problems` are searched for the rows of `spec`; others are ignored.
pub fn build(spec: &FormSpec, problems: &[ProblemView], labels: &Labels) -> Result<Vec<u8>, ExportError> {
    let rows: Vec<&ProblemView> = {
        let by_id: std::collections::BTreeMap<&str, &ProblemView> =
            problems.iter().map(|p| (p.id.as_str(), p)).collect();
        spec.rows.iter().filter_map(|row| by_id.get(row.id.as_str()).copied()).collect()
    };
    let mut book = Workbook::new();
    // Column widths are counted in digits of the default face: one with the same metrics on every system keeps millimetres.
    book.set_default_format(&Format::new().set_font_name("Arial").set_font_size(10), 18, 64)?;
    let created = ExcelDateTime::from_ymd(
        u16::try_from(spec.date.year()).unwrap_or(1900).max(1900),
        spec.date.month() as u8,
        spec.date.day() as u8,
    )?;
    book.set_properties(
        &DocProperties::new()
            .set_title(clip(&spec.title, 200))
            .set_author(clip(&spec.office, 200))
            .set_creation_datetime(&created),
    );
    form_sheet::write(book.add_worksheet(), spec)?;
    data::problems(book.add_worksheet(), &rows, labels)?;
    data::evidence(book.add_worksheet(), &rows)?;
    data::guide(book.add_worksheet(), spec)?;
    data::meta(book.add_worksheet(), spec)?;
    Ok(book.save_to_buffer()?)
}

/// A plain grid cell.
fn cell_format() -> Format {
    Format::new().set_font_name("宋体").set_border(FormatBorder::Thin).set_text_wrap()
}

/// Writes `value` as a string whatever it looks like. The quote prefix keeps a formula-like text a text when a person edits
/// the cell.
fn put(sheet: &mut Worksheet, row: u32, column: u16, value: &str, format: &Format) -> Result<(), ExportError> {
    let safe = storable(value);
    if text::looks_like_formula(&safe) {
        let quoted = format.clone().set_quote_prefix();
        sheet.write_string_with_format(row, column, safe, &quoted)?;
    } else {
        sheet.write_string_with_format(row, column, safe, format)?;
    }
    Ok(())
}

/// Clean and short enough for a cell.
fn storable(value: &str) -> String {
    let clean = text::clean(value);
    match text::clip_utf16(&clean, CELL_UNITS) {
        (_, true) => clean,
        (kept, false) => format!("{kept}……（过长，未全部列出）"),
    }
}

fn clip(value: &str, units: usize) -> String {
    text::clip_utf16(&text::one_line(value), units).0.to_owned()
}

#[cfg(test)]
mod tests;
