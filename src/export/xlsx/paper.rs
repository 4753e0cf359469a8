//! A paper with one table as a workbook: the paper to print, and the table alone to sort and filter.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

use super::super::ExportError;
use super::super::paper::{Block, Kind, Layout, Paper, Table};
use super::super::text::print_lines;
use super::form_sheet::{BODY_FACE, HEAD_FACE, MAX_ROW, TITLE_FACE, characters, fitting, line_points, merged, pixels};
use super::{cell_format, clip, data, put};

/// The paper's first table with what stands above and below it. `None` for a paper without a headed table.
pub fn build_paper(paper: &Paper) -> Result<Option<Vec<u8>>, ExportError> {
    let headed = |block: &Block| matches!(block, Block::Table(table) if table.has_head());
    let Some(at) = paper.blocks.iter().position(headed) else { return Ok(None) };
    let Block::Table(table) = &paper.blocks[at] else { return Ok(None) };
    let mut book = Workbook::new();
    book.set_default_format(&Format::new().set_font_name("Arial").set_font_size(10), 18, 64)?;
    let year = u16::try_from(paper.date.year()).unwrap_or(1900).max(1900);
    let created = ExcelDateTime::from_ymd(year, paper.date.month() as u8, paper.date.day() as u8)?;
    book.set_properties(
        &DocProperties::new()
            .set_title(clip(&paper.name, 200))
            .set_author(clip(&paper.office, 200))
            .set_creation_datetime(&created),
    );
    printed(book.add_worksheet(), paper, at, table)?;
    flat(book.add_worksheet(), table)?;
    Ok(Some(book.save_to_buffer()?))
}

fn printed(sheet: &mut Worksheet, paper: &Paper, at: usize, table: &Table) -> Result<(), ExportError> {
    sheet.set_name("打印")?;
    let last = table.columns.len() as u16 - 1;
    for (i, column) in table.columns.iter().enumerate() {
        sheet.set_column_width_pixels(i as u16, pixels(column.mm))?;
    }
    let mut next = around(sheet, paper, &paper.blocks[..at], 0, last)?;
    let head = cell_format().set_font_name(HEAD_FACE).set_font_size(12).set_align(FormatAlign::Center);
    let head = head.set_align(FormatAlign::VerticalCenter);
    for (i, column) in table.columns.iter().enumerate() {
        put(sheet, next, i as u16, column.head, &head)?;
    }
    let lines = table.columns.iter().map(|c| print_lines(c.head, characters(c.mm, 12.0))).max().unwrap_or(1);
    sheet.set_row_height(next, lines as f64 * 17.0 + 10.0)?;
    sheet.set_repeat_rows(next, next)?;
    sheet.set_freeze_panes(next + 1, 0)?;
    next += 1;
    let lines_of = |row: &super::super::paper::Row, size: f64| {
        table.cells(row).map(|(text, mm, _, _)| print_lines(text, characters(mm, size))).max().unwrap_or(1)
    };
    let size = if table.rows.iter().any(|row| lines_of(row, 12.0) > 6) { 10.5 } else { 12.0 };
    let body = cell_format().set_font_name(BODY_FACE).set_font_size(size).set_align(FormatAlign::VerticalCenter);
    if table.rows.is_empty() {
        merged(sheet, next, 0, last, &table.nothing, &body.clone().set_align(FormatAlign::Center))?;
        sheet.set_row_height(next, 60)?;
        next += 1;
    }
    for row in &table.rows {
        let mut lines = 1;
        for (i, (text, mm, _, kind)) in table.cells(row).enumerate() {
            let align = if kind == Kind::Text { FormatAlign::Left } else { FormatAlign::Center };
            let value = fitting(text, characters(mm, size), size);
            lines = lines.max(print_lines(&value, characters(mm, size)));
            put(sheet, next, i as u16, &value, &body.clone().set_align(align))?;
        }
        let lines = lines + lines / 6;
        sheet.set_row_height(next, (lines as f64 * line_points(size) + 8.0).clamp(30.0, MAX_ROW))?;
        next += 1;
    }
    next = around(sheet, paper, &paper.blocks[at + 1..], next, last)?;
    let inches = |mm: f64| mm / 25.4;
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&C&\"宋体,Regular\"&14— &P —");
    match paper.layout {
        Layout::Landscape => sheet.set_landscape().set_margins(
            inches(35.0),
            inches(37.0),
            inches(28.0),
            inches(26.0),
            inches(13.0),
            inches(12.0),
        ),
        Layout::Portrait => {
            sheet.set_margins(inches(28.0), inches(26.0), inches(37.0), inches(35.0), inches(15.0), inches(25.0))
        }
    };
    if paper.draft {
        sheet.set_header("&R&\"仿宋_GB2312,Regular\"&12草稿，未经核定，不得报送");
    }
    sheet.set_print_area(0, 0, next.saturating_sub(1), last)?;
    Ok(())
}

/// Lines above or below the table; the row after them is returned.
fn around(sheet: &mut Worksheet, paper: &Paper, blocks: &[Block], from: u32, last: u16) -> Result<u32, ExportError> {
    let mut next = from;
    let line = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let body_mm = paper.layout.body_mm();
    for block in blocks {
        let (text, face, points, centred) = match block {
            Block::Mark(text) => (text.clone(), HEAD_FACE, 16.0, false),
            Block::Title(text) => (text.clone(), TITLE_FACE, 22.0, true),
            Block::Line(left, right) if right.is_empty() => (left.clone(), BODY_FACE, 14.0, false),
            Block::Line(left, right) => (format!("{left}　　{right}"), BODY_FACE, 14.0, false),
            Block::Note(text) => (text.clone(), BODY_FACE, 10.5, false),
            Block::Heading(text) | Block::Subheading(text) | Block::Text(text) | Block::Salute(text) => {
                (text.clone(), BODY_FACE, 14.0, false)
            }
            Block::Signature(office, date) => (format!("{office}　{date}"), BODY_FACE, 14.0, false),
            Block::Table(_) | Block::Excerpt(_) | Block::Break { .. } => continue,
        };
        let align = if centred { FormatAlign::Center } else { FormatAlign::Left };
        let format = line.clone().set_font_name(face).set_font_size(points).set_align(align);
        merged(sheet, next, 0, last, &text, &format)?;
        let lines = print_lines(&text, characters(body_mm, points));
        sheet.set_row_height(next, (lines as f64 * points * 1.5 + 6.0).min(MAX_ROW))?;
        next += 1;
    }
    Ok(next)
}

fn flat(sheet: &mut Worksheet, table: &Table) -> Result<(), ExportError> {
    sheet.set_name("数据")?;
    let heads: Vec<(&str, f64)> = table.columns.iter().map(|c| (c.head, (c.mm / 1.9).max(8.0))).collect();
    data::heads(sheet, &heads)?;
    let body = data::top_cell();
    for (i, row) in table.rows.iter().enumerate() {
        let mut lines = 1;
        for (column, (text, ..)) in table.cells(row).enumerate() {
            lines = lines.max(print_lines(text, heads[column].1 as usize - 2));
            put(sheet, i as u32 + 1, column as u16, text, &body)?;
        }
        sheet.set_row_height(i as u32 + 1, data::height(lines))?;
    }
    sheet.autofilter(0, 0, (table.rows.len() as u32).max(1), heads.len() as u16 - 1)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    data::landscape(sheet);
    Ok(())
}
