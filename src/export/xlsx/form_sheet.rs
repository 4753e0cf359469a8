//! Sheet 1: the form as it is printed, A4 landscape, one page wide, column heads on every page.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet};

use super::super::ExportError;
use super::super::form::{Column, FormSpec};
use super::super::text::{clip_utf16, print_lines, print_width};
use super::{cell_format, put};

pub(super) const TITLE_FACE: &str = "方正小标宋简体";
pub(super) const HEAD_FACE: &str = "黑体";
pub(super) const BODY_FACE: &str = "仿宋_GB2312";
/// Tallest row a spreadsheet has, points.
pub(super) const MAX_ROW: f64 = 409.0;
/// Printed height of a page's body, points (156 mm less the heads).
const PAGE_ROW: f64 = 340.0;
const FIRST_ROW: u32 = 4;

pub(super) fn write(sheet: &mut Worksheet, spec: &FormSpec) -> Result<(), ExportError> {
    let columns = spec.annex.columns();
    let last = columns.len() as u16 - 1;
    sheet.set_name(spec.annex.mark())?;
    for (i, (_, mm)) in columns.iter().enumerate() {
        sheet.set_column_width_pixels(i as u16, pixels(*mm))?;
    }
    heads(sheet, spec, last)?;
    let size = body_size(spec);
    let mut next = FIRST_ROW;
    if spec.rows.is_empty() {
        let format = body_format(size).set_align(FormatAlign::Center);
        let said = [spec.nothing.as_str(), spec.coverage.as_str()].join("\n");
        merged(sheet, next, 0, last, &said, &format)?;
        sheet.set_row_height(next, 60)?;
        next += 1;
    }
    for row in &spec.rows {
        let mut lines = 1;
        for (i, (column, mm)) in columns.iter().enumerate() {
            let align = if column.is_centred() { FormatAlign::Center } else { FormatAlign::Left };
            let value = fitting(&row.cell(*column), characters(*mm, size), size);
            lines = lines.max(print_lines(&value, characters(*mm, size)));
            put(sheet, next, i as u16, &value, &body_format(size).set_align(align))?;
        }
        // A spare line for every six: programs break addresses at different characters.
        let lines = lines + lines / 6;
        sheet.set_row_height(next, (lines as f64 * line_points(size) + 8.0).clamp(30.0, MAX_ROW))?;
        next += 1;
    }
    let end = foot(sheet, spec, next, last)?;
    page(sheet, spec, end, last)
}

fn heads(sheet: &mut Worksheet, spec: &FormSpec, last: u16) -> Result<(), ExportError> {
    let line = Format::new().set_align(FormatAlign::VerticalCenter);
    put(sheet, 0, 0, spec.annex.mark(), &line.clone().set_font_name(HEAD_FACE).set_font_size(16))?;
    sheet.set_row_height(0, 28)?;
    let title = crate::export::docx::title_lines(&spec.title);
    let lines = title.lines().map(|l| print_lines(l, 82)).sum::<usize>().max(1);
    let face = Format::new()
        .set_font_name(TITLE_FACE)
        .set_font_size(22)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    merged(sheet, 1, 0, last, &title, &face)?;
    sheet.set_row_height(1, (lines as f64 * 32.0 + 10.0).min(MAX_ROW))?;
    let body = line.set_font_name(BODY_FACE).set_font_size(14);
    let office = format!("{}{}", spec.annex.office_label(), spec.office);
    let date = format!("{}{}", spec.annex.date_label(), spec.date_text());
    let split = last - 1;
    let office_mm: f64 = spec.annex.columns()[..usize::from(split)].iter().map(|(_, mm)| mm).sum();
    let lines = print_lines(&office, characters(office_mm, 14.0));
    merged(sheet, 2, 0, split - 1, &office, &body.clone().set_text_wrap())?;
    merged(sheet, 2, split, last, &date, &body.set_align(FormatAlign::Right))?;
    sheet.set_row_height(2, (lines as f64 * 20.0 + 12.0).min(MAX_ROW))?;
    let head = cell_format()
        .set_font_name(HEAD_FACE)
        .set_font_size(12)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter);
    for (i, (column, _)) in spec.annex.columns().iter().enumerate() {
        put(sheet, 3, i as u16, column.head(), &head)?;
    }
    sheet.set_row_height(3, 36)?;
    Ok(())
}

/// Lines under the table; the row after the last one is returned.
fn foot(sheet: &mut Worksheet, spec: &FormSpec, from: u32, last: u16) -> Result<u32, ExportError> {
    let mut next = from;
    let small = Format::new().set_font_name(BODY_FACE).set_font_size(10.5).set_align(FormatAlign::VerticalCenter);
    if !spec.rows.is_empty() && !spec.coverage.is_empty() {
        let note = format!("注：{}", spec.coverage);
        merged(sheet, next, 0, last, &note, &small.clone().set_text_wrap())?;
        sheet.set_row_height(next, print_lines(&note, characters(225.0, 10.5)) as f64 * 16.0 + 6.0)?;
        next += 1;
    }
    let body = Format::new().set_font_name(BODY_FACE).set_font_size(14).set_align(FormatAlign::VerticalCenter);
    let middle = spec.annex.columns().iter().position(|(c, _)| *c == Column::Measure).unwrap_or(1) as u16;
    merged(sheet, next, 0, middle - 1, &format!("联系人：{}", spec.contact_person), &body)?;
    merged(sheet, next, middle, last, &format!("联系电话：{}", spec.contact_phone), &body)?;
    sheet.set_row_height(next, 32)?;
    next += 1;
    if let Some(checksum) = &spec.checksum {
        let tiny = small.set_font_size(9);
        merged(sheet, next, 0, last, &format!("台账校验码：{checksum}"), &tiny)?;
        next += 1;
    }
    Ok(next)
}

fn page(sheet: &mut Worksheet, spec: &FormSpec, end: u32, last: u16) -> Result<(), ExportError> {
    let inches = |mm: f64| mm / 25.4;
    sheet
        .set_paper_size(9)
        .set_landscape()
        .set_margins(inches(35.0), inches(37.0), inches(28.0), inches(26.0), inches(13.0), inches(12.0))
        .set_print_fit_to_pages(1, 0)
        .set_print_center_horizontally(true)
        .set_footer("&C&\"宋体,Regular\"&14— &P —");
    if spec.draft {
        sheet.set_header("&R&\"仿宋_GB2312,Regular\"&12草稿，未经核定，不得报送");
    }
    sheet.set_print_area(0, 0, end.saturating_sub(1), last)?;
    sheet.set_repeat_rows(3, 3)?;
    sheet.set_freeze_panes(FIRST_ROW, 0)?;
    Ok(())
}

fn body_format(size: f64) -> Format {
    cell_format().set_font_name(BODY_FACE).set_font_size(size).set_align(FormatAlign::VerticalCenter)
}

/// 小四; 五号 for the whole table when a cell passes six lines.
fn body_size(spec: &FormSpec) -> f64 {
    let crowded = spec.rows.iter().any(|row| {
        spec.annex.columns().iter().any(|(column, mm)| print_lines(&row.cell(*column), characters(*mm, 12.0)) > 6)
    });
    if crowded { 10.5 } else { 12.0 }
}

pub(super) fn pixels(mm: f64) -> u32 {
    (mm / 25.4 * 96.0).round() as u32
}

/// Half-width characters a column holds, fewer than the arithmetic says: programs differ in their cell margins, and faces that
/// stand in for 仿宋_GB2312 have wider letters.
pub(super) fn characters(mm: f64, size: f64) -> usize {
    ((mm - 3.0) / (size / 2.0 * 25.4 / 72.0) * 0.9) as usize
}

pub(super) fn line_points(size: f64) -> f64 {
    size * 1.36
}

/// A row cannot be taller than 409 points nor than a page: a longer text points to the data sheet instead of being clipped.
pub(super) fn fitting(value: &str, columns: usize, size: f64) -> String {
    const POINTER: &str = "……（全文见“数据”表）";
    let most = ((PAGE_ROW - 8.0) / line_points(size)) as usize;
    if print_lines(value, columns) <= most {
        return value.to_owned();
    }
    let mut keep = (most * columns).saturating_sub(print_width(POINTER));
    loop {
        let candidate = format!("{}{POINTER}", clip_utf16(value, keep).0);
        if keep == 0 || print_lines(&candidate, columns) <= most {
            return candidate;
        }
        keep = keep * 9 / 10;
    }
}

pub(super) fn merged(
    sheet: &mut Worksheet,
    row: u32,
    first: u16,
    last: u16,
    value: &str,
    format: &Format,
) -> Result<(), ExportError> {
    if first < last {
        sheet.merge_range(row, first, row, last, "", format)?;
    }
    put(sheet, row, first, value, format)
}
