//! Any paper as the document part: portrait pages follow GB/T 9704—2012, landscape ones are the same sheet turned.

use super::super::paper::{Block, Kind, Layout, Paper, Row, Table};
use super::super::text::{one_line, print_lines, print_width};
use super::document::{grid, print_mm, run, twips};
use super::parts::{
    BODY_FACE, CELL_MARGIN, ER_HAO, HEAD, HEAD_FACE, KAI_FACE, LATIN_FACE, R, SAN_HAO, SI_HAO, TITLE_FACE, W, WU_HAO,
    XIAO_SI, run_properties,
};

/// Line pitch, twentieths of a point: 22 lines in 225 mm.
const PITCH: u32 = 579;
/// One character of the body, twentieths of a point.
const CHARACTER: i64 = 320;
/// Tallest row kept whole, millimetres.
const ROW_MM: f64 = 120.0;

pub(super) fn document(paper: &Paper) -> String {
    let mut body = String::new();
    for (i, block) in paper.blocks.iter().enumerate() {
        let next = paper.blocks.get(i + 1);
        body.push_str(&print(paper, block, next));
    }
    body.push_str(&section(paper.layout, paper.draft, false));
    format!("{HEAD}<w:document xmlns:w=\"{W}\" xmlns:r=\"{R}\"><w:body>{body}</w:body></w:document>")
}

fn print(paper: &Paper, block: &Block, next: Option<&Block>) -> String {
    let indent = "<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>";
    let keep = "<w:keepNext/>";
    match block {
        Block::Mark(text) => paragraph("<w:pStyle w:val=\"AnnexMark\"/>", &run(text, HEAD_FACE, SAN_HAO)),
        Block::Title(text) => {
            let spacing = "<w:keepNext/><w:spacing w:before=\"120\" w:after=\"240\" w:line=\"700\" w:lineRule=\"exact\"/><w:jc w:val=\"center\"/>";
            paragraph(spacing, &run(text, TITLE_FACE, ER_HAO))
        }
        Block::Salute(text) => paragraph(&lines(0), &run(text, BODY_FACE, SAN_HAO)),
        Block::Heading(text) => paragraph(&format!("{keep}{}{indent}", lines(0)), &run(text, HEAD_FACE, SAN_HAO)),
        Block::Subheading(text) => paragraph(&format!("{keep}{}{indent}", lines(0)), &run(text, KAI_FACE, SAN_HAO)),
        Block::Text(text) => paragraph(&format!("{}{indent}", lines(0)), &run(text, BODY_FACE, SAN_HAO)),
        Block::Line(left, right) => line(paper.layout, left, right),
        Block::Table(table) => {
            // Word joins tables that touch; a signature or a line under a table needs air.
            let gap = if matches!(next, Some(Block::Table(_) | Block::Break { .. }) | None) { 60 } else { 120 };
            tabular(table)
                + &paragraph(&format!("<w:spacing w:before=\"0\" w:line=\"{gap}\" w:lineRule=\"exact\"/>"), "")
        }
        Block::Excerpt(pieces) => {
            let runs: String = pieces.iter().map(|(text, marked)| marked_run(text, *marked)).collect();
            let border = "<w:pBdr><w:left w:val=\"single\" w:sz=\"12\" w:space=\"6\" w:color=\"808080\"/></w:pBdr>";
            paragraph(
                &format!(
                    "<w:pStyle w:val=\"CellText\"/>{border}<w:spacing w:before=\"60\" w:after=\"60\"/><w:ind w:left=\"240\"/>"
                ),
                &runs,
            )
        }
        Block::Note(text) => paragraph("<w:pStyle w:val=\"FootNote\"/>", &run(text, BODY_FACE, WU_HAO)),
        Block::Signature(office, date) => signature(office, date),
        Block::Break { restart: true } => paragraph(
            &format!("<w:spacing w:line=\"20\" w:lineRule=\"exact\"/>{}", section(paper.layout, paper.draft, true)),
            "",
        ),
        Block::Break { restart: false } => {
            paragraph("<w:spacing w:line=\"20\" w:lineRule=\"exact\"/>", "<w:r><w:br w:type=\"page\"/></w:r>")
        }
    }
}

/// 落款. The seal stands over both lines: they stay together, the office centred above the date, four characters from the edge.
pub(super) fn signature(office: &str, date: &str) -> String {
    let width = |s: &str| print_width(s) as i64 * CHARACTER / 2;
    let mut out = String::new();
    for (words, before, keep) in [(office, 2 * PITCH, "<w:keepNext/>"), (date, 0, "")] {
        let right = (4 * CHARACTER + (width(date) - width(words)) / 2).max(0);
        let properties =
            format!("{keep}<w:keepLines/>{}<w:ind w:right=\"{right}\"/><w:jc w:val=\"right\"/>", lines(before));
        out.push_str(&paragraph(&properties, &run(words, BODY_FACE, SAN_HAO)));
    }
    out
}

/// Line pitch, with `before` twentieths of a point above.
fn lines(before: u32) -> String {
    format!("<w:spacing w:before=\"{before}\" w:line=\"{PITCH}\" w:lineRule=\"exact\"/>")
}

fn paragraph(properties: &str, runs: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>")
}

fn marked_run(text: &str, marked: bool) -> String {
    let plain = run(text, BODY_FACE, XIAO_SI);
    if !marked {
        return plain;
    }
    // Underlined too: most printers are black and white.
    plain.replacen("</w:rPr>", "<w:highlight w:val=\"yellow\"/><w:u w:val=\"thick\"/></w:rPr>", 1)
}

fn line(layout: Layout, left: &str, right: &str) -> String {
    let (left, right) = (one_line(left), one_line(right));
    let body = layout.body_mm();
    let end = format!(
        "<w:tabs><w:tab w:val=\"clear\" w:pos=\"12756\"/><w:tab w:val=\"right\" w:pos=\"{}\"/></w:tabs>",
        twips(body)
    );
    if print_mm(&left, SI_HAO) + 10.0 + print_mm(&right, SI_HAO) <= body {
        let tab = format!("<w:r><w:rPr>{}</w:rPr><w:tab/></w:r>", run_properties(BODY_FACE, LATIN_FACE, SI_HAO));
        let runs = format!("{}{tab}{}", run(&left, BODY_FACE, SI_HAO), run(&right, BODY_FACE, SI_HAO));
        return paragraph(&format!("<w:pStyle w:val=\"HeadLine\"/>{end}"), &runs);
    }
    paragraph("<w:pStyle w:val=\"HeadLine\"/>", &run(&left, BODY_FACE, SI_HAO))
        + &paragraph("<w:pStyle w:val=\"HeadLine\"/><w:jc w:val=\"right\"/>", &run(&right, BODY_FACE, SI_HAO))
}

fn row_lines(table: &Table, row: &Row, size: u32) -> usize {
    let character = f64::from(size) / 4.0 * 25.4 / 72.0;
    let margin = f64::from(CELL_MARGIN) * 2.0 * 25.4 / 1440.0;
    table.cells(row).map(|(text, mm, _, _)| print_lines(text, ((mm - margin) / character) as usize)).max().unwrap_or(1)
}

fn tabular(table: &Table) -> String {
    let widths: Vec<f64> = table.columns.iter().map(|c| c.mm).collect();
    let crowded = table.has_head() && table.rows.iter().any(|row| row_lines(table, row, XIAO_SI) > 6);
    let size = if crowded { WU_HAO } else { XIAO_SI };
    let mut rows = String::new();
    if table.has_head() {
        let heads: String = table
            .columns
            .iter()
            .map(|c| {
                cell(
                    c.mm,
                    1,
                    "center",
                    &paragraph("<w:pStyle w:val=\"ColumnHead\"/>", &run(c.head, HEAD_FACE, XIAO_SI)),
                )
            })
            .collect();
        rows.push_str(&format!(
            "<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val=\"567\"/><w:tblHeader/></w:trPr>{heads}</w:tr>"
        ));
    }
    if table.rows.is_empty() {
        let text = paragraph(
            "<w:pStyle w:val=\"CellText\"/><w:jc w:val=\"center\"/>",
            &run(&table.nothing, BODY_FACE, XIAO_SI),
        );
        let all = cell(widths.iter().sum(), widths.len(), "center", &text);
        rows.push_str(&format!("<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val=\"1134\"/></w:trPr>{all}</w:tr>"));
    }
    for row in &table.rows {
        let line_mm = f64::from(size) / 2.0 * 1.4 * 25.4 / 72.0;
        let fits = row_lines(table, row, size) as f64 * line_mm <= ROW_MM;
        let (whole, align) = if fits { ("<w:cantSplit/>", "center") } else { ("", "top") };
        let cells: String = table
            .cells(row)
            .map(|(text, mm, span, kind)| {
                let (style, centred, face) = match kind {
                    Kind::Text => ("CellText", "", BODY_FACE),
                    Kind::Centred => ("CellText", "<w:jc w:val=\"center\"/>", BODY_FACE),
                    Kind::Label => ("CellText", "<w:jc w:val=\"center\"/>", HEAD_FACE),
                };
                cell(
                    mm,
                    span,
                    align,
                    &paragraph(&format!("<w:pStyle w:val=\"{style}\"/>{centred}"), &run(text, face, size)),
                )
            })
            .collect();
        rows.push_str(&format!(
            "<w:tr><w:trPr>{whole}<w:trHeight w:val=\"{}\"/></w:trPr>{cells}</w:tr>",
            twips(row.mm)
        ));
    }
    grid(&widths, &rows)
}

fn cell(mm: f64, span: usize, align: &str, paragraphs: &str) -> String {
    super::document::aligned_cell(twips(mm), span, align, paragraphs)
}

/// A4; margins 37, 26, 35, 28 mm (top, right, bottom, left), turned for landscape; the page number 7 mm under the body.
pub(super) fn section(layout: Layout, draft: bool, restart: bool) -> String {
    let header = if draft { "<w:headerReference w:type=\"default\" r:id=\"rId5\"/>" } else { "" };
    let (page, [top, right, bottom, left, foot]) = match layout {
        Layout::Portrait => ("<w:pgSz w:w=\"11906\" w:h=\"16838\"/>", [37.0, 26.0, 35.0, 28.0, 25.0]),
        Layout::Landscape => {
            ("<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>", [28.0, 37.0, 26.0, 35.0, 12.0])
        }
    };
    let start = if restart { "<w:pgNumType w:start=\"1\"/>" } else { "" };
    format!(
        "<w:sectPr>{header}<w:footerReference w:type=\"default\" r:id=\"rId4\"/>{page}\
         <w:pgMar w:top=\"{}\" w:right=\"{}\" w:bottom=\"{}\" w:left=\"{}\" w:header=\"{}\" w:footer=\"{}\" w:gutter=\"0\"/>{start}</w:sectPr>",
        twips(top),
        twips(right),
        twips(bottom),
        twips(left),
        twips(15.0),
        twips(foot),
    )
}
