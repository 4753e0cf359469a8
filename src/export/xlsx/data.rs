//! The sheets behind the form: flat data, basis and evidence, instructions, and the hidden state of the rows.

use jiff::Timestamp;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet};
use sha2::{Digest, Sha256};

use crate::clock::local;
use crate::ledger::view::ProblemView;
use crate::rule::Labels;

use super::super::ExportError;
use super::super::columns::{HEADS, Value, values};
use super::super::form::{FormRow, FormSpec};
use super::super::text::{clean, print_lines};
use super::{cell_format, put};

const PAGE_FOOT: &str = "&C— &P —";

/// Version of the hidden sheet.
const META_VERSION: &str = "1";

/// Sheet 2: one head row, one problem a row, nothing merged, true dates, codes as text.
pub(super) fn problems(sheet: &mut Worksheet, rows: &[&ProblemView], labels: &Labels) -> Result<(), ExportError> {
    sheet.set_name("数据")?;
    heads(sheet, &HEADS)?;
    let body = top_cell();
    let code = top_cell().set_num_format("@");
    let day = top_cell().set_num_format("yyyy-mm-dd");
    let moment = top_cell().set_num_format("yyyy-mm-dd hh:mm");
    for (i, problem) in rows.iter().enumerate() {
        let row = i as u32 + 1;
        let mut lines = 1;
        for (column, value) in values(problem, labels).into_iter().enumerate() {
            let at = column as u16;
            match value {
                Value::Text(text) => {
                    lines = lines.max(print_lines(&text, HEADS[column].1 as usize - 2));
                    put(sheet, row, at, &text, if column < 2 || column == 5 { &code } else { &body })?;
                }
                Value::Number(number) => {
                    sheet.write_number_with_format(row, at, number, &body)?;
                }
                Value::Day(date) => {
                    sheet.write_datetime_with_format(row, at, excel_day(date)?, &day)?;
                }
                Value::Moment(when) => {
                    sheet.write_datetime_with_format(row, at, excel_moment(when)?, &moment)?;
                }
                Value::Blank => {
                    sheet.write_blank(row, at, &body)?;
                }
            }
        }
        sheet.set_row_height(row, height(lines))?;
    }
    let last_row = (rows.len() as u32).max(1);
    sheet.autofilter(0, 0, last_row, HEADS.len() as u16 - 1)?;
    // 编号, 标识码 and 网站名称 stay in sight.
    sheet.set_freeze_panes(1, 3)?;
    sheet.set_repeat_rows(0, 0)?;
    landscape(sheet);
    Ok(())
}

/// Sheet 3: why each row is on the list, and what proves it.
pub(super) fn evidence(sheet: &mut Worksheet, rows: &[&ProblemView]) -> Result<(), ExportError> {
    const COLUMNS: [(&str, f64); 6] = [
        ("编号", 24.0),
        ("网站名称", 28.0),
        ("依据", 50.0),
        ("发现位置", 50.0),
        ("页面原文", 50.0),
        ("证据校验值", 80.0),
    ];
    sheet.set_name("依据与证据")?;
    heads(sheet, &COLUMNS)?;
    let body = top_cell();
    for (i, problem) in rows.iter().enumerate() {
        let row = i as u32 + 1;
        let listed =
            |lines: Vec<&str>| lines.into_iter().filter(|l| !l.is_empty()).map(clean).collect::<Vec<_>>().join("\n");
        let cells = [
            problem.number.clone(),
            problem.site_name.clone(),
            problem.basis.clone(),
            listed(problem.locations.iter().map(|l| l.url.as_str()).collect()),
            listed(problem.locations.iter().map(|l| l.excerpt.as_str()).collect()),
            listed(problem.evidence.iter().map(String::as_str).collect()),
        ];
        let mut lines = 1;
        for (column, value) in cells.iter().enumerate() {
            lines = lines.max(print_lines(value, COLUMNS[column].1 as usize - 2));
            put(sheet, row, column as u16, value, &body)?;
        }
        sheet.set_row_height(row, height(lines))?;
    }
    sheet.set_freeze_panes(1, 2)?;
    landscape(sheet);
    Ok(())
}

/// Sheet 4: how to read and fill in the form.
pub(super) fn guide(sheet: &mut Worksheet, spec: &FormSpec) -> Result<(), ExportError> {
    sheet.set_name("填表说明")?;
    sheet.set_column_width(0, 100)?;
    let title = Format::new().set_font_name("黑体").set_font_size(14);
    let body = Format::new().set_font_name("宋体").set_font_size(11).set_text_wrap().set_align(FormatAlign::Top);
    put(sheet, 0, 0, "填表说明", &title)?;
    let counted = format!("本表共{}条。{}", spec.rows.len(), spec.coverage);
    let lines = [
        format!(
            "1. “{}”表用于打印和盖章，A4横向，列名在每页重复；“数据”表用于筛选和统计，两表条目一致。",
            spec.annex.mark()
        ),
        "2. 存在问题、依据和证据由巡查程序根据实际访问结果写出，请勿改动编号和标识码。".to_owned(),
        "3. 标有【疑似】的条目尚未核实，需多次巡查或人工确认后才列入清单。".to_owned(),
        "4. 整改时限为当日24时；注明“暂定”的，因当年节假日安排尚未载入，载入后可能调整。".to_owned(),
        "5. “无法判定”是指本次未能得出结论（如被防护设备拦截），既不代表存在问题，也不代表没有问题。".to_owned(),
        "6. 整改完成后由巡查复查，复查通过才予销号。".to_owned(),
        format!("7. {counted}"),
    ];
    for (i, line) in lines.iter().enumerate() {
        put(sheet, i as u32 + 1, 0, line, &body)?;
        sheet.set_row_height(i as u32 + 1, height(print_lines(line, 94)))?;
    }
    landscape(sheet);
    Ok(())
}

/// Hidden sheet: the ledger state this file was made from and a checksum of every row as it was written, so that a file coming
/// back can be compared.
pub(super) fn meta(sheet: &mut Worksheet, spec: &FormSpec) -> Result<(), ExportError> {
    sheet.set_name("_meta")?;
    sheet.set_hidden(true);
    let plain = Format::new().set_font_name("宋体");
    let facts = [
        ("v", META_VERSION.to_owned()),
        ("annex", spec.annex.mark().to_owned()),
        ("date", spec.date.to_string()),
        ("ledger", spec.checksum.clone().unwrap_or_default()),
        ("rows", spec.rows.len().to_string()),
    ];
    for (i, (key, value)) in facts.iter().enumerate() {
        put(sheet, i as u32, 0, key, &plain)?;
        put(sheet, i as u32, 1, value, &plain)?;
    }
    let from = facts.len() as u32 + 1;
    for (i, head) in ["order", "number", "id", "sha256"].into_iter().enumerate() {
        put(sheet, from, i as u16, head, &plain)?;
    }
    for (i, row) in spec.rows.iter().enumerate() {
        let at = from + 1 + i as u32;
        for (column, value) in
            [row.order.to_string(), row.number.clone(), row.id.clone(), row_checksum(row)].iter().enumerate()
        {
            put(sheet, at, column as u16, value, &plain)?;
        }
    }
    Ok(())
}

/// SHA-256 over the row's identity and printed cells, each ended by U+001F, which no cell contains.
pub(super) fn row_checksum(row: &FormRow) -> String {
    let mut hash = Sha256::new();
    for part in [&row.id, &row.number, &row.name, &row.unit, &row.problem, &row.measure, &row.due] {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

pub(super) fn heads(sheet: &mut Worksheet, columns: &[(&str, f64)]) -> Result<(), ExportError> {
    let head = Format::new()
        .set_font_name("黑体")
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color("#E7EEF7");
    for (i, (name, width)) in columns.iter().enumerate() {
        sheet.set_column_width(i as u16, *width)?;
        put(sheet, 0, i as u16, name, &head)?;
    }
    sheet.set_row_height(0, 24)?;
    Ok(())
}

pub(super) fn top_cell() -> Format {
    cell_format().set_font_size(11).set_align(FormatAlign::Top)
}

/// Excel and WPS grow rows differently, so the height is computed; 409 points is the tallest there is.
pub(super) fn height(lines: usize) -> f64 {
    (lines as f64 * 15.5 + 4.0).clamp(20.0, 409.0)
}

pub(super) fn landscape(sheet: &mut Worksheet) {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer(PAGE_FOOT);
}

fn excel_day(date: jiff::civil::Date) -> Result<ExcelDateTime, ExportError> {
    let unfit = || ExportError::Date(date.to_string());
    let year = u16::try_from(date.year()).map_err(|_| unfit())?;
    ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8).map_err(|_| unfit())
}

fn excel_moment(at: Timestamp) -> Result<ExcelDateTime, ExportError> {
    let when = local(at);
    excel_day(when.date())?
        .and_hms(when.hour() as u16, when.minute() as u8, f64::from(when.second()))
        .map_err(|_| ExportError::Date(at.to_string()))
}
