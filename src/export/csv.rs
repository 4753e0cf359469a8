//! CSV as Chinese editions of spreadsheet programs open it by a double click: UTF-8 with a byte order mark, CRLF, no cell
//! that could run as a formula.

use std::collections::BTreeMap;

use crate::ledger::view::{HintView, ProblemView, RunView};
use crate::ledger::{Balance, Share};
use crate::rule::Labels;

use super::audit::Sheet;
use super::columns::{HEADS, Value, values};
use super::{text, words};

/// The flat table of `problems`, a head line first.
pub fn problems(problems: &[ProblemView], labels: &Labels) -> String {
    let mut out = begin(&HEADS.map(|(head, _)| head));
    for problem in problems {
        line(&mut out, values(problem, labels).into_iter().map(print));
    }
    out
}

/// Hints (提示), a head line first.
pub fn hints(hints: &[HintView], labels: &Labels) -> String {
    const HEADS: [&str; 9] =
        ["标识码", "网站名称", "主办单位", "规则", "问题名称", "严重程度", "情况", "首次发现", "最近发现"];
    let mut out = begin(&HEADS);
    for hint in hints {
        let severity = words::severity(labels, hint.severity);
        let seen = [hint.first_seen, hint.last_seen].map(words::minute);
        let said = [&hint.site, &hint.site_name, &hint.unit, &hint.rule, &hint.rule_title].map(String::clone);
        line(&mut out, said.into_iter().chain([severity.to_owned(), hint.text.clone()]).chain(seen));
    }
    out
}

/// Runs, a head line first.
pub fn runs(runs: &[RunView], labels: &Labels) -> String {
    let mut out = begin(&["巡查", "类型", "开始", "结束", "状态", "应查", "已查", "无法判定", "说明"]);
    for run in runs {
        let cells = [
            run.id.clone(),
            words::run_kind(labels, &run.kind).to_owned(),
            words::minute(run.started_at),
            run.finished_at.map_or_else(String::new, words::minute),
            labels.word("run_state", &run.state).to_owned(),
            run.planned.to_string(),
            run.covered.to_string(),
            run.undetermined.to_string(),
            run.note.clone(),
        ];
        line(&mut out, cells.into_iter());
    }
    out
}

/// Balances by unit and key point, a head line first.
pub fn balance(balances: &BTreeMap<Share, Balance>) -> String {
    let mut out = begin(&["主办单位", "重点内容", "期初", "新增", "反弹", "恢复", "销号", "剔除", "期末"]);
    for (share, b) in balances {
        let figures = [b.opening, b.new, b.relapsed, b.restored, b.closed, b.removed, b.closing];
        let cells = [share.unit.clone(), share.key_point.to_string()];
        line(&mut out, cells.into_iter().chain(figures.map(|n| n.to_string())));
    }
    out
}

/// Every answer of an audit, one rule and subject a row, a head line first.
pub fn audit(sheets: &[Sheet], labels: &Labels) -> String {
    let mut out = begin(&[
        "标识码",
        "网站名称",
        "网址",
        "检查时间",
        "规则",
        "问题名称",
        "严重程度",
        "重点内容",
        "结论",
        "存在问题",
        "整改措施",
        "依据",
        "无法判定原因",
    ]);
    for sheet in sheets {
        for answer in &sheet.lines {
            let cells = [
                sheet.site.clone(),
                sheet.name.clone(),
                sheet.url.clone(),
                words::minute(sheet.at),
                answer.rule.clone(),
                answer.title.clone(),
                words::severity(labels, answer.severity).to_owned(),
                words::key_point(labels, answer.key_point),
                answer.answer.word().to_owned(),
                answer.problem.clone(),
                answer.measure.clone(),
                answer.basis.clone(),
                answer.why(labels),
            ];
            line(&mut out, cells.into_iter());
        }
    }
    out
}

/// What was read from a page: one mark a row, a head line first.
pub fn page(rows: &[(&'static str, String)]) -> String {
    let mut out = begin(&["类别", "内容"]);
    for (kind, content) in rows {
        line(&mut out, [(*kind).to_owned(), content.clone()].into_iter());
    }
    out
}

fn begin(heads: &[&str]) -> String {
    let mut out = String::from('\u{feff}');
    line(&mut out, heads.iter().map(|head| (*head).to_owned()));
    out
}

fn print(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Moment(at) => words::minute(at),
        Value::Blank => String::new(),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&field(&cell));
    }
    out.push_str("\r\n");
}

/// An apostrophe in front keeps a spreadsheet from running the text; line ends would split records in simple readers.
fn field(cell: &str) -> String {
    let mut safe = text::one_line(cell);
    if text::looks_like_formula(&safe) {
        safe.insert(0, '\'');
    }
    if safe.contains(['"', ',', ';', '\'']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixtures::{labels, problem};
    use super::*;

    #[test]
    fn file_begins_with_a_byte_order_mark_and_ends_lines_with_crlf() {
        let csv = problems(&[problem(1)], &labels());
        assert!(csv.starts_with("\u{feff}编号,标识码,"));
        assert_eq!(csv.matches("\r\n").count(), 2);
        assert_eq!(csv.replace("\r\n", "").matches(['\r', '\n']).count(), 0);
    }

    #[test]
    fn separators_and_quotes_stay_inside_their_field() {
        assert_eq!(field("甲,乙\"丙\"\n丁"), "\"甲,乙\"\"丙\"\" 丁\"");
    }

    proptest! {
        #[test]
        fn no_field_can_run_as_a_formula(text in "[=+@\t\r\n＝＋－＠ -]{0,4}\\PC{0,20}") {
            let cell = field(&text);
            // What a spreadsheet takes the field for, once its quotes are undone.
            let inner = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"'));
            let shown = inner.map_or(cell.clone(), |inner| inner.replace("\"\"", "\""));
            prop_assert!(!text::looks_like_formula(&shown), "{shown:?}");
            prop_assert!(!cell.contains(['\r', '\n', '\t']));
        }
    }
}
