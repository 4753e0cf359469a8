//! The self-check sheet (自查表) as a unit sends it back.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::grid::{Grid, Head, day, read as grids};
use super::{Mistake, SheetError};
use crate::rule::Question;

/// Name of the hidden sheet that says what the file is.
pub const META: &str = "_meta";
/// Its first cell.
pub const KIND: &str = "selfcheck";

/// Heads of the columns as the blank sheet prints them.
pub const HEADS: [&str; 6] = ["序号", "重点内容", "自查事项", "是否做到", "情况说明", "文号或佐证材料"];
/// Labels above the table.
pub const UNIT: &str = "填报单位";
pub const PERSON: &str = "填表人";
pub const DATE: &str = "填表日期";

/// Columns wanted, with other heads they are known by.
const COLUMNS: [&[&str]; 4] = [
    &["自查事项", "事项", "自查内容", "检查内容"],
    &["是否做到", "自查结果", "结果", "是否符合"],
    &["情况说明", "说明", "具体情况", "备注"],
    &["文号或佐证材料", "文号", "佐证材料", "依据材料"],
];
/// The first so many of them must be there.
const NEEDED: usize = 2;

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 是
    Yes,
    /// 部分
    Partly,
    /// 否
    No,
    /// 不适用
    NotApplicable,
}

impl Answer {
    fn read(text: &str) -> Option<Answer> {
        Some(match text {
            "是" | "有" | "已做到" | "做到" | "符合" | "√" | "✓" | "Y" | "y" => Answer::Yes,
            "部分" | "部分做到" | "部分符合" | "基本" => Answer::Partly,
            "否" | "无" | "没有" | "未做到" | "不符合" | "×" | "✗" | "N" | "n" => Answer::No,
            "不适用" | "不涉及" | "无此项" => Answer::NotApplicable,
            _ => return None,
        })
    }
}

/// One filled row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Place among the questions.
    pub question: usize,
    pub answer: Answer,
    pub note: String,
    pub proof: String,
}

/// A sheet sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheck {
    /// As written; the register decides who that is.
    pub unit: String,
    pub person: String,
    pub date: Date,
    pub answers: Vec<Answered>,
    /// Questions without an answer, by place.
    pub unanswered: Vec<usize>,
    /// Rows that answer nothing asked, in words; they change nothing.
    pub notes: Vec<Mistake>,
}

/// Reads a sheet. Every mistake of the file is given at once.
///
/// # Errors
/// [`SheetError`] when it is no such sheet; otherwise all mistakes.
pub fn read(bytes: &[u8], questions: &[Question]) -> Result<Result<SelfCheck, Vec<Mistake>>, SheetError> {
    let grids = grids(bytes)?;
    let meta = grids.iter().find(|g| g.name == META && g.cell(0, Some(0)) == KIND);
    let heads = || SheetError::NoTable("“自查事项”“是否做到”".to_owned());
    let table = grids.iter().find_map(|g| Some((g, g.head(&COLUMNS, NEEDED)?)));
    let (grid, head) = table.ok_or_else(heads)?;
    Ok(rows(grid, &head, meta, questions))
}

fn rows(grid: &Grid, head: &Head, meta: Option<&Grid>, questions: &[Question]) -> Result<SelfCheck, Vec<Mistake>> {
    let (mut mistakes, mut notes) = (Vec::new(), Vec::new());
    let unit = Some(grid.labelled(UNIT, head.row)).filter(|u| !u.is_empty());
    let unit = unit.or_else(|| meta.map(|m| m.cell(1, Some(1)))).unwrap_or_default().to_owned();
    if unit.is_empty() {
        mistakes.push(grid.mistake(0, "", "没有写明填报单位"));
    }
    let person = grid.labelled(PERSON, head.row).to_owned();
    if person.is_empty() {
        mistakes.push(grid.mistake(head.row.saturating_sub(1), PERSON, "没有写明填表人"));
    }
    let written = grid.labelled(DATE, head.row);
    let date = day(written);
    if date.is_none() {
        let text = match written.is_empty() {
            true => "没有写明填表日期".to_owned(),
            false => format!("日期“{written}”看不懂，请写成 2020-05-12 的样子"),
        };
        mistakes.push(grid.mistake(head.row.saturating_sub(1), DATE, text));
    }

    let places: BTreeMap<String, usize> = questions.iter().enumerate().map(|(i, q)| (squeeze(&q.ask), i)).collect();
    let [ask, answer, note, proof] = head.columns[..] else { return Err(mistakes) };
    let mut answers: BTreeMap<usize, (usize, Answered)> = BTreeMap::new();
    for row in head.row + 1..grid.rows.len() {
        let (asked, said) = (grid.cell(row, ask), grid.cell(row, answer));
        if asked.is_empty() && said.is_empty() {
            continue;
        }
        let Some(&question) = places.get(&squeeze(asked)) else {
            if !said.is_empty() {
                mistakes.push(grid.mistake(row, COLUMNS[0][0], format!("没有“{asked}”这个自查事项，请勿改动事项文字")));
            } else {
                notes.push(grid.mistake(row, "", "不是自查事项，未读取"));
            }
            continue;
        };
        if said.is_empty() {
            continue;
        }
        let Some(read) = Answer::read(said) else {
            let text = format!("“{said}”不是可填的结果，请填：是、部分、否、不适用");
            mistakes.push(grid.mistake(row, COLUMNS[1][0], text));
            continue;
        };
        let answered = Answered {
            question,
            answer: read,
            note: grid.cell(row, note).to_owned(),
            proof: grid.cell(row, proof).to_owned(),
        };
        if read == Answer::NotApplicable && answered.note.is_empty() {
            mistakes.push(grid.mistake(row, COLUMNS[2][0], "填“不适用”的，请写明原因"));
        }
        if let Some((first, before)) = answers.get(&question) {
            if before.answer != read {
                let text = format!("同一事项填了两次且不一致（另见第{}行）", first + 1);
                mistakes.push(grid.mistake(row, COLUMNS[1][0], text));
            }
            continue;
        }
        answers.insert(question, (row, answered));
    }
    let Some(date) = date.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
    let unanswered = (0..questions.len()).filter(|i| !answers.contains_key(i)).collect();
    let answers = answers.into_values().map(|(_, answered)| answered).collect();
    Ok(SelfCheck { unit, person, date, answers, unanswered, notes })
}

fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| {
            if c == '(' {
                '（'
            } else if c == ')' {
                '）'
            } else {
                c
            }
        })
        .collect()
}
