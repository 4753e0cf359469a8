//! The document part: head lines, the table, foot lines, the landscape section.

use super::super::form::{Annex, Column, FormRow, FormSpec};
use super::super::paper::Layout;
use super::super::text::{clean, print_lines, print_width, xml};
use super::paper::section;
use super::parts::{
    BODY_FACE, CELL_MARGIN, CONTACT_TAB, ER_HAO, HEAD, HEAD_FACE, LATIN_FACE, R, SAN_HAO, SI_HAO, TITLE_FACE, W,
    WU_HAO, XIAO_SI, XIAO_WU, run_properties,
};

/// Body width, millimetres (GB/T 9704—2012: 156 × 225 mm, turned).
const BODY_MM: f64 = 225.0;
/// Body height left for one table row under a repeated column head, millimetres.
const ROW_MM: f64 = 135.0;
/// Left and right cell margin together, millimetres.
const CELL_MARGIN_MM: f64 = 3.0;
/// A seal stands over the unit's name: this much from the name's beginning stays free of other text…
const SEAL_MM: f64 = 60.0;
/// …and nothing stands this close to the name's end.
const SEAL_GAP_MM: f64 = 20.0;

pub(super) fn document(spec: &FormSpec) -> String {
    let mut body = String::new();
    body.push_str(&paragraph("AnnexMark", "", &run(spec.annex.mark(), HEAD_FACE, SAN_HAO)));
    body.push_str(&paragraph("FormTitle", "", &run(&title_lines(&spec.title), TITLE_FACE, ER_HAO)));
    body.push_str(&head_lines(spec));
    body.push_str(&table(spec));
    body.push_str(&foot_lines(spec));
    body.push_str(&section(Layout::Landscape, spec.draft, false));
    format!("{HEAD}<w:document xmlns:w=\"{W}\" xmlns:r=\"{R}\"><w:body>{body}</w:body></w:document>")
}

/// Twentieths of a point.
pub(super) fn twips(mm: f64) -> i64 {
    (mm * 1440.0 / 25.4).round() as i64
}

/// Width of `text` in print at `half_points`, millimetres.
pub(super) fn print_mm(text: &str, half_points: u32) -> f64 {
    print_width(text) as f64 * f64::from(half_points) / 4.0 * 25.4 / 72.0
}

/// One run; line ends become breaks, and every run names its East Asian face.
pub(super) fn run(text: &str, face: &str, size: u32) -> String {
    let safe = xml(text);
    let mut inner = String::new();
    for (i, line) in safe.split('\n').enumerate() {
        if i > 0 {
            inner.push_str("<w:br/>");
        }
        inner.push_str(&format!("<w:t xml:space=\"preserve\">{line}</w:t>"));
    }
    format!("<w:r><w:rPr>{}</w:rPr>{inner}</w:r>", run_properties(face, LATIN_FACE, size))
}

fn paragraph(style: &str, properties: &str, runs: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{properties}</w:pPr>{runs}</w:p>")
}

/// A title wider than the body is broken before 问题清单 rather than within a word.
pub(in super::super) fn title_lines(title: &str) -> String {
    if print_mm(title, ER_HAO) <= BODY_MM {
        return title.to_owned();
    }
    match title.find("问题清单") {
        Some(at) if at > 0 => format!("{}\n{}", &title[..at], &title[at..]),
        _ => title.to_owned(),
    }
}

fn head_lines(spec: &FormSpec) -> String {
    let left = format!("{}{}", spec.annex.office_label(), spec.office);
    let right = format!("{}{}", spec.annex.date_label(), spec.date_text());
    let label = print_mm(spec.annex.office_label(), SI_HAO);
    let name = SEAL_MM.max(print_mm(&spec.office, SI_HAO) + SEAL_GAP_MM);
    if label + name + print_mm(&right, SI_HAO) <= BODY_MM {
        let tab = format!("<w:r><w:rPr>{}</w:rPr><w:tab/></w:r>", run_properties(BODY_FACE, LATIN_FACE, SI_HAO));
        let runs = format!("{}{tab}{}", run(&left, BODY_FACE, SI_HAO), run(&right, BODY_FACE, SI_HAO));
        return paragraph("HeadLine", "", &runs);
    }
    paragraph("HeadLine", "", &run(&left, BODY_FACE, SI_HAO))
        + &paragraph("HeadLine", "<w:jc w:val=\"right\"/>", &run(&right, BODY_FACE, SI_HAO))
}

/// 小四; 五号 for the whole table when a cell passes six lines.
pub(super) fn body_size(spec: &FormSpec) -> u32 {
    let crowded = |row: &FormRow| row_lines(spec.annex, row, XIAO_SI) > 6;
    if spec.rows.iter().any(crowded) { WU_HAO } else { XIAO_SI }
}

fn row_lines(annex: Annex, row: &FormRow, size: u32) -> usize {
    let lines = |&(column, mm): &(Column, f64)| {
        let half_width_mm = f64::from(size) / 4.0 * 25.4 / 72.0;
        print_lines(&row.cell(column), ((mm - CELL_MARGIN_MM) / half_width_mm) as usize)
    };
    annex.columns().iter().map(lines).max().unwrap_or(1)
}

fn table(spec: &FormSpec) -> String {
    let columns = spec.annex.columns();
    let total: i64 = columns.iter().map(|(_, mm)| twips(*mm)).sum();
    let heads: String = columns
        .iter()
        .map(|(column, mm)| cell(twips(*mm), 1, &paragraph("ColumnHead", "", &run(column.head(), HEAD_FACE, XIAO_SI))))
        .collect();
    let mut rows =
        format!("<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val=\"567\"/><w:tblHeader/></w:trPr>{heads}</w:tr>");
    if spec.rows.is_empty() {
        rows.push_str(&nothing_row(spec, total));
    }
    let size = body_size(spec);
    for (i, row) in spec.rows.iter().enumerate() {
        rows.push_str(&data_row(spec.annex, row, size, i + 1 == spec.rows.len()));
    }
    grid(&columns.iter().map(|(_, mm)| *mm).collect::<Vec<_>>(), &rows)
}

/// A table of columns this wide (millimetres) around its rows.
pub(super) fn grid(widths: &[f64], rows: &str) -> String {
    let columns: String = widths.iter().map(|mm| format!("<w:gridCol w:w=\"{}\"/>", twips(*mm))).collect();
    let total: i64 = widths.iter().map(|mm| twips(*mm)).sum();
    let margins: String = [("top", 40), ("left", CELL_MARGIN), ("bottom", 40), ("right", CELL_MARGIN)]
        .map(|(side, width)| format!("<w:{side} w:w=\"{width}\" w:type=\"dxa\"/>"))
        .concat();
    format!(
        "<w:tbl><w:tblPr><w:tblStyle w:val=\"ListTable\"/><w:tblW w:w=\"{total}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/>\
         <w:tblLayout w:type=\"fixed\"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )
}

pub(super) fn cell(width: i64, span: usize, paragraphs: &str) -> String {
    aligned_cell(width, span, "center", paragraphs)
}

pub(super) fn aligned_cell(width: i64, span: usize, align: &str, paragraphs: &str) -> String {
    let span = if span > 1 { format!("<w:gridSpan w:val=\"{span}\"/>") } else { String::new() };
    format!(
        "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>{span}<w:vAlign w:val=\"{align}\"/></w:tcPr>{paragraphs}</w:tc>"
    )
}

fn nothing_row(spec: &FormSpec, total: i64) -> String {
    let mut lines = spec.nothing.clone();
    if !spec.coverage.is_empty() {
        lines.push('\n');
        lines.push_str(&spec.coverage);
    }
    let text = paragraph("CellText", "<w:keepNext/><w:jc w:val=\"center\"/>", &run(&lines, BODY_FACE, XIAO_SI));
    format!(
        "<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val=\"1134\"/></w:trPr>{}</w:tr>",
        cell(total, spec.annex.columns().len(), &text)
    )
}

/// Rows stay whole, except one that no page could hold; its short cells stand on its first page. The last row keeps the foot lines with it.
fn data_row(annex: Annex, row: &FormRow, size: u32, last: bool) -> String {
    let line_mm = f64::from(size) / 2.0 * 1.4 * 25.4 / 72.0;
    let fits = row_lines(annex, row, size) as f64 * line_mm <= ROW_MM;
    let (whole, align) = if fits { ("<w:cantSplit/>", "center") } else { ("", "top") };
    let keep = if last && fits { "<w:keepNext/>" } else { "" };
    let cells: String = annex
        .columns()
        .iter()
        .map(|&(column, mm)| {
            let centred = if column.is_centred() { "<w:jc w:val=\"center\"/>" } else { "" };
            let mut text = row.cell(column);
            if column == Column::Due {
                // The column is narrower than a date: broken behind the year, not inside the day.
                text = text.replacen('年', "年\n", 1);
            }
            let text = run(&text, BODY_FACE, size);
            aligned_cell(twips(mm), 1, align, &paragraph("CellText", &format!("{keep}{centred}"), &text))
        })
        .collect();
    format!("<w:tr><w:trPr>{whole}<w:trHeight w:val=\"567\"/></w:trPr>{cells}</w:tr>")
}

fn foot_lines(spec: &FormSpec) -> String {
    let mut out = String::new();
    if !spec.rows.is_empty() && !spec.coverage.is_empty() {
        let note = format!("注：{}", clean(&spec.coverage));
        out.push_str(&paragraph("FootNote", "<w:keepNext/>", &run(&note, BODY_FACE, WU_HAO)));
    }
    let person = format!("联系人：{}", spec.contact_person);
    let phone = format!("联系电话：{}", spec.contact_phone);
    let checksum = spec.checksum.as_ref().map(|c| format!("台账校验码：{c}"));
    let tab = format!("<w:r><w:rPr>{}</w:rPr><w:tab/></w:r>", run_properties(BODY_FACE, LATIN_FACE, SI_HAO));
    let mut contact = format!("{}{tab}{}", run(&person, BODY_FACE, SI_HAO), run(&phone, BODY_FACE, SI_HAO));
    let left = (print_mm(&person, SI_HAO) + 5.0).max(f64::from(CONTACT_TAB) * 25.4 / 1440.0) + print_mm(&phone, SI_HAO);
    match checksum {
        Some(checksum) if left + 10.0 + print_mm(&checksum, XIAO_WU) <= BODY_MM => {
            contact.push_str(&tab);
            contact.push_str(&run(&checksum, BODY_FACE, XIAO_WU));
            out.push_str(&paragraph("FootLine", "", &contact));
        }
        Some(checksum) => {
            out.push_str(&paragraph("FootLine", "<w:keepNext/>", &contact));
            out.push_str(&paragraph("FootNote", "", &run(&checksum, BODY_FACE, XIAO_WU)));
        }
        None => out.push_str(&paragraph("FootLine", "", &contact)),
    }
    out
}
