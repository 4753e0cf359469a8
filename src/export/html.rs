//! Any paper as one HTML page: self-contained, without active content, opens offline and prints like the Word file.

use super::paper::{Block, Kind, Layout, Paper, Table};
use super::text::xml;

/// Media type of the result.
pub const MEDIA_TYPE: &str = "text/html; charset=utf-8";

const STYLE: &str = "\
*{box-sizing:border-box}body{margin:0 auto;padding:8mm;color:#000;background:#fff;font:16pt/1.75 FangSong,仿宋_GB2312,仿宋,\"Noto Serif CJK SC\",serif;overflow-wrap:anywhere}\
h1{font:22pt/1.6 方正小标宋简体,华文中宋,STZhongsong,SimSun,\"Noto Serif CJK SC\",serif;text-align:center;margin:4mm 0 6mm}\
h2,h3{font-weight:normal;font-size:16pt;margin:0;text-indent:2em;break-after:avoid}h2,th,.label{font-family:黑体,SimHei,\"Noto Sans CJK SC\",sans-serif}h3{font-family:楷体_GB2312,楷体,KaiTi,\"Noto Serif CJK SC\",serif}\
p{margin:0}.text{text-indent:2em}.mark{font-family:黑体,SimHei,sans-serif}.line{display:flex;justify-content:space-between;gap:20mm;font-size:14pt}\
table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:12pt;line-height:1.4;margin:2mm 0}thead{display:table-header-group}tr{break-inside:avoid}\
th,td{border:.5pt solid #000;padding:1mm 1.5mm;white-space:pre-line;vertical-align:middle}th{font-weight:normal}td.centred,.label{text-align:center}\
blockquote{margin:2mm 0 2mm 4mm;padding-left:3mm;border-left:1mm solid #888;font-size:12pt;white-space:pre-line}mark{background:#ff0;text-decoration:underline}\
.note{font-size:10.5pt}.sign{margin-top:20mm;display:flex;justify-content:flex-end;text-align:center;break-inside:avoid;padding-right:4em}.break{break-before:page}\
.draft{font-size:10.5pt;text-align:right}";

/// The paper as HTML.
pub fn build(paper: &Paper) -> String {
    let (size, margins, width) = match paper.layout {
        Layout::Portrait => ("A4", "37mm 26mm 35mm 28mm", "176mm"),
        Layout::Landscape => ("A4 landscape", "28mm 37mm 26mm 35mm", "245mm"),
    };
    let page = format!(
        "@page{{size:{size};margin:{margins}}}body{{max-width:{width}}}@media print{{body{{max-width:none;padding:0}}}}"
    );
    let mut body = String::new();
    if paper.draft {
        body.push_str("<p class=\"draft\">草稿，未经核定，不得报送</p>\n");
    }
    for block in &paper.blocks {
        body.push_str(&print(block));
        body.push('\n');
    }
    page_of(&paper.name, &format!("{STYLE}{page}"), &body)
}

/// A page that may load and run nothing, whatever stands in it.
pub(super) fn page_of(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"><title>{}</title>\
         <style>{style}</style></head><body>\n{body}</body></html>\n",
        xml(title)
    )
}

fn print(block: &Block) -> String {
    let tag = |name: &str, class: &str, text: &str| {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        format!("<{name}{class}>{}</{name}>", xml(text).replace('\n', "<br>"))
    };
    match block {
        Block::Mark(text) => tag("p", "mark", text),
        Block::Title(text) => tag("h1", "", text),
        Block::Salute(text) => tag("p", "", text),
        Block::Heading(text) => tag("h2", "", text),
        Block::Subheading(text) => tag("h3", "", text),
        Block::Text(text) => tag("p", "text", text),
        Block::Line(left, right) => {
            format!("<p class=\"line\">{}{}</p>", tag("span", "", left), tag("span", "", right))
        }
        Block::Table(table) => tabular(table),
        Block::Excerpt(pieces) => {
            let pieces: String =
                pieces.iter().map(|(text, marked)| tag(if *marked { "mark" } else { "span" }, "", text)).collect();
            format!("<blockquote>{pieces}</blockquote>")
        }
        Block::Note(text) => tag("p", "note", text),
        Block::Signature(office, date) => {
            format!("<div class=\"sign\"><p>{}<br>{}</p></div>", xml(office), xml(date))
        }
        Block::Break { .. } => "<div class=\"break\"></div>".to_owned(),
    }
}

fn tabular(table: &Table) -> String {
    let all: f64 = table.columns.iter().map(|c| c.mm).sum();
    let mut out = String::from("<table><colgroup>");
    for column in &table.columns {
        out.push_str(&format!("<col style=\"width:{:.1}%\">", column.mm / all * 100.0));
    }
    out.push_str("</colgroup>");
    if table.has_head() {
        let heads: String = table.columns.iter().map(|c| format!("<th scope=\"col\">{}</th>", xml(c.head))).collect();
        out.push_str(&format!("<thead><tr>{heads}</tr></thead>"));
    }
    out.push_str("<tbody>");
    if table.rows.is_empty() {
        let (span, said) = (table.columns.len(), xml(&table.nothing));
        out.push_str(&format!("<tr><td class=\"centred\" colspan=\"{span}\">{said}</td></tr>"));
    }
    for row in &table.rows {
        out.push_str(&format!("<tr style=\"height:{}mm\">", row.mm));
        for (text, _, span, kind) in table.cells(row) {
            let (name, class) = match kind {
                Kind::Text => ("td", ""),
                Kind::Centred => ("td", " class=\"centred\""),
                Kind::Label => ("th", " class=\"label\""),
            };
            let span = if span > 1 { format!(" colspan=\"{span}\"") } else { String::new() };
            out.push_str(&format!("<{name}{class}{span}>{}</{name}>", xml(text)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}
