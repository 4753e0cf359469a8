//! The blank self-check sheet (自查表) of one unit.

use jiff::civil::Date;
use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook};

use super::super::ExportError;
use super::super::text::print_lines;
use super::super::words;
use super::{cell_format, put};
use crate::intake::selfcheck::{DATE, HEADS, KIND, META, PERSON, UNIT};
use crate::rule::{Labels, Question};

/// Widths of the columns in half-width characters, beside their heads.
const WIDTHS: [f64; 6] = [6.0, 28.0, 50.0, 11.0, 34.0, 26.0];

/// One unit's sheet, with the answers left open. `on` is the day the file was made; nothing else depends on time.
pub fn selfcheck(
    unit: (&str, &str),
    questions: &[Question],
    labels: &Labels,
    on: Date,
) -> Result<Vec<u8>, ExportError> {
    let (id, name) = unit;
    let mut book = Workbook::new();
    book.set_default_format(&Format::new().set_font_name("Arial").set_font_size(10), 18, 64)?;
    let unfit = |_| ExportError::Date(on.to_string());
    let year = u16::try_from(on.year()).map_err(|_| ExportError::Date(on.to_string()))?;
    let created = ExcelDateTime::from_ymd(year, on.month() as u8, on.day() as u8).map_err(unfit)?;
    book.set_properties(&DocProperties::new().set_title("自查表").set_creation_datetime(&created));

    let sheet = book.add_worksheet();
    sheet.set_name("自查表")?;
    let title = Format::new().set_font_name("方正小标宋简体").set_font_size(18).set_align(FormatAlign::Center);
    let line = Format::new().set_font_name("仿宋_GB2312").set_font_size(12);
    let open = line.clone().set_border_bottom(FormatBorder::Thin).set_unlocked();
    let head = cell_format().set_font_name("黑体").set_font_size(11).set_align(FormatAlign::Center).set_bold();
    let body = cell_format().set_font_size(11).set_align(FormatAlign::VerticalCenter);
    let centre = body.clone().set_align(FormatAlign::Center);
    let fill = body.clone().set_background_color("#FFFBE6").set_unlocked();
    let chosen = fill.clone().set_align(FormatAlign::Center);
    for (column, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    sheet.merge_range(0, 0, 0, 5, "政府网站和政务新媒体自查表", &title)?;
    sheet.set_row_height(0, 34)?;
    put(sheet, 1, 0, &format!("{UNIT}：{name}"), &line)?;
    put(sheet, 1, 2, &format!("{PERSON}："), &line.clone().set_align(FormatAlign::Right))?;
    put(sheet, 1, 3, "", &open)?;
    put(sheet, 1, 4, &format!("{DATE}："), &line.clone().set_align(FormatAlign::Right))?;
    put(sheet, 1, 5, "", &open)?;
    sheet.set_row_height(1, 24)?;
    for (column, name) in HEADS.iter().enumerate() {
        put(sheet, 2, column as u16, name, &head)?;
    }
    sheet.set_row_height(2, 24)?;
    let first = 3u32;
    for (i, question) in questions.iter().enumerate() {
        let row = first + i as u32;
        sheet.write_number_with_format(row, 0, (i + 1) as f64, &centre)?;
        let point = &words::key_point(labels, question.key_point);
        put(sheet, row, 1, point, &body)?;
        put(sheet, row, 2, &question.ask, &body)?;
        put(sheet, row, 3, "", &chosen)?;
        put(sheet, row, 4, "", &fill)?;
        put(sheet, row, 5, "", &fill)?;
        let lines = print_lines(&question.ask, WIDTHS[2] as usize - 2).max(print_lines(point, WIDTHS[1] as usize - 2));
        sheet.set_row_height(row, (lines as f64 * 15.5 + 8.0).clamp(24.0, 409.0))?;
    }
    let last = first + (questions.len() as u32).max(1) - 1;
    let choice = DataValidation::new()
        .allow_list_strings(&["是", "部分", "否", "不适用"])?
        .set_error_title("自查结果")?
        .set_error_message("请填：是、部分、否、不适用")?;
    sheet.add_data_validation(first, 3, last, 3, &choice)?;
    let note = "填“否”“部分”的列入问题清单；填“不适用”的须写明原因；制度、机制、经费、人员、培训类事项填“是”的，须写明文号或附佐证材料，否则按“部分”处理。";
    let small = Format::new().set_font_name("仿宋_GB2312").set_font_size(10).set_text_wrap();
    sheet.merge_range(last + 1, 0, last + 1, 5, note, &small)?;
    sheet.set_row_height(last + 1, 32)?;
    sheet.set_freeze_panes(3, 0)?;
    sheet.set_repeat_rows(2, 2)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C— &P —");

    let hidden = book.add_worksheet();
    hidden.set_name(META)?;
    hidden.set_hidden(true);
    let plain = Format::new();
    for (row, (key, value)) in [(KIND, "1"), ("unit", name), ("unit_id", id)].iter().enumerate() {
        put(hidden, row as u32, 0, key, &plain)?;
        put(hidden, row as u32, 1, value, &plain)?;
    }
    Ok(book.save_to_buffer()?)
}
