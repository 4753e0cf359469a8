//! Letters as one Word file, each on a page of its own: portrait, GB/T 9704—2012 (body 156 × 225 mm, 22 lines of 28 characters).

use super::super::letter::{Letter, Sender, TITLE};
use super::super::paper::Layout;
use super::document::{cell, grid, run, twips};
use super::paper::{section, signature};
use super::parts::{BODY_FACE, ER_HAO, HEAD, HEAD_FACE, R, SAN_HAO, TITLE_FACE, W, XIAO_SI};

/// Line pitch, twentieths of a point: 22 lines in 225 mm.
const PITCH: u32 = 579;
/// Columns of the table with their widths, millimetres; together the 156 mm of the body.
const COLUMNS: [(&str, f64); 4] = [("序号", 12.0), ("网站名称", 38.0), ("网址", 46.0), ("拦截情况", 60.0)];

pub(super) fn document(letters: &[Letter], sender: &Sender) -> String {
    let last = letters.len().saturating_sub(1);
    // A letter's section ends with its last paragraph, the last one's with the document.
    let end = section(Layout::Portrait, false, true);
    let body: String =
        letters.iter().enumerate().map(|(i, l)| one(l, sender, if i < last { &end } else { "" })).collect();
    format!("{HEAD}<w:document xmlns:w=\"{W}\" xmlns:r=\"{R}\"><w:body>{body}{end}</w:body></w:document>")
}

fn one(letter: &Letter, sender: &Sender, section: &str) -> String {
    let spacing =
        format!("<w:spacing w:after=\"{PITCH}\" w:line=\"700\" w:lineRule=\"exact\"/><w:jc w:val=\"center\"/>");
    let mut out = paragraph(&spacing, &run(TITLE, TITLE_FACE, ER_HAO));
    out.push_str(&paragraph(&lines(0), &run(&format!("{}：", letter.unit), BODY_FACE, SAN_HAO)));
    out.push_str(&indented(&letter.opening(), 0, ""));
    out.push_str(&table(letter));
    for (i, words) in sender.request().iter().enumerate() {
        out.push_str(&indented(words, if i == 0 { 200 } else { 0 }, ""));
    }
    out.push_str(&signature(&sender.office, &sender.date_text()));
    out.push_str(&indented(&sender.contact(), 0, section));
    out
}

/// Line pitch, with `before` twentieths of a point above.
fn lines(before: u32) -> String {
    format!("<w:spacing w:before=\"{before}\" w:line=\"{PITCH}\" w:lineRule=\"exact\"/>")
}

fn indented(words: &str, before: u32, section: &str) -> String {
    let indent = "<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>";
    paragraph(&format!("{}{indent}{section}", lines(before)), &run(words, BODY_FACE, SAN_HAO))
}

fn paragraph(properties: &str, runs: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>")
}

fn table(letter: &Letter) -> String {
    let line = |cells: [&str; 4], face: &str, style: &str, repeated: &str| {
        let cells = COLUMNS.iter().zip(cells).enumerate().map(|(i, ((_, mm), words))| {
            let centred = if i == 0 { "<w:jc w:val=\"center\"/>" } else { "" };
            let paragraph = paragraph(&format!("<w:pStyle w:val=\"{style}\"/>{centred}"), &run(words, face, XIAO_SI));
            cell(twips(*mm), 1, &paragraph)
        });
        format!(
            "<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val=\"567\"/>{repeated}</w:trPr>{}</w:tr>",
            cells.collect::<String>()
        )
    };
    let mut rows = line(COLUMNS.map(|(head, _)| head), HEAD_FACE, "ColumnHead", "<w:tblHeader/>");
    for (i, row) in letter.rows.iter().enumerate() {
        let order = (i + 1).to_string();
        rows.push_str(&line([&order, &row.site, &row.url, &row.text], BODY_FACE, "CellText", ""));
    }
    grid(&COLUMNS.map(|(_, mm)| mm), &rows)
}
