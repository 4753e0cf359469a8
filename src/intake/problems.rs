//! A problem list as it comes back or comes in: our own forms with measures filled in, lists of counties, notices of above.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::grid::{Grid, Head, day, read as grids};
use super::{Mistake, SheetError};

/// Columns wanted, with other heads they are known by.
const COLUMNS: [&[&str]; 9] = [
    &["存在问题", "问题", "问题描述", "问题内容"],
    &["政府网站/政务新媒体名称", "网站名称", "名称", "网站/新媒体名称", "站点名称"],
    &["整改措施", "措施", "整改情况"],
    &["整改时限", "时限", "完成时限", "整改期限", "期限"],
    &["编号", "问题编号"],
    &["标识码", "网站标识码", "政府网站标识码"],
    &["主办单位", "责任单位", "单位名称", "单位"],
    &["重点内容", "要点", "所属要点"],
    &["序号"],
];
/// The first so many of them must be there.
const NEEDED: usize = 2;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As people count.
    pub row: usize,
    /// Number in our ledger, where the file carries it.
    pub number: Option<String>,
    pub site_code: String,
    pub name: String,
    pub unit: String,
    pub problem: String,
    pub measure: String,
    pub due: Option<Date>,
    /// 1 to 10, where the list has the column.
    pub key_point: Option<u8>,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    pub sheet: String,
    pub rows: Vec<Listed>,
    /// Sequence of the ledger that the file was made from, where it is one of ours.
    pub made_at: Option<i64>,
    /// Heads of columns that say nothing to us.
    pub unread: Vec<String>,
}

/// Reads a list. Every mistake of the file is given at once.
///
/// # Errors
/// [`SheetError`] when there is no such table; otherwise all mistakes.
pub fn read(bytes: &[u8]) -> Result<Result<List, Vec<Mistake>>, SheetError> {
    let grids = grids(bytes)?;
    let table = grids.iter().find_map(|g| Some((g, g.head(&COLUMNS, NEEDED)?)));
    let (grid, head) = table.ok_or_else(|| SheetError::NoTable("“存在问题”“名称”".to_owned()))?;
    let meta = grids.iter().find(|g| g.name == "_meta" && g.cell(0, Some(0)) == "v");
    Ok(rows(grid, &head, meta))
}

fn rows(grid: &Grid, head: &Head, meta: Option<&Grid>) -> Result<List, Vec<Mistake>> {
    let numbers = meta.map(numbers).unwrap_or_default();
    let made_at = meta.and_then(made_at);
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    let [problem, name, measure, due, number, code, unit, point, order] = head.columns[..] else {
        return Err(mistakes);
    };
    // A merged cell holds its text in its first row only.
    let mut above = [String::new(), String::new()];
    for row in head.row + 1..grid.rows.len() {
        let text = grid.cell(row, problem);
        let carried = |i: usize, column| match grid.cell(row, column) {
            "" => above[i].clone(),
            written => written.to_owned(),
        };
        let (named, of) = (carried(0, name), carried(1, unit));
        if text.is_empty() {
            continue;
        }
        above = [named.clone(), of.clone()];
        let place = grid.cell(row, order).parse::<usize>().ok();
        let written = Some(grid.cell(row, number)).filter(|n| !n.is_empty()).map(str::to_owned);
        let listed = Listed {
            row: row + 1,
            number: written.or_else(|| numbers.get(&place?).cloned()),
            site_code: grid.cell(row, code).to_owned(),
            name: named,
            unit: of,
            problem: text.to_owned(),
            measure: grid.cell(row, measure).to_owned(),
            due: limit(grid, row, due, &mut mistakes),
            key_point: key_point(grid, row, point, &mut mistakes),
        };
        if listed.name.is_empty() && listed.number.is_none() && listed.site_code.is_empty() && listed.unit.is_empty() {
            mistakes.push(grid.mistake(row, COLUMNS[1][0], "没有写明网站、新媒体或单位名称"));
        }
        rows.push(listed);
    }
    if rows.is_empty() && mistakes.is_empty() {
        mistakes.push(grid.mistake(head.row, "", "表头下面没有内容"));
    }
    if mistakes.is_empty() {
        Ok(List { sheet: grid.name.clone(), rows, made_at, unread: grid.unread(head) })
    } else {
        Err(mistakes)
    }
}

/// The day of a time limit; what is said to be done, and what is said to be unknown yet, has none.
fn limit(grid: &Grid, row: usize, column: Option<usize>, mistakes: &mut Vec<Mistake>) -> Option<Date> {
    let written = grid.cell(row, column);
    let open = written.find(['（', '(', '；', '，']).unwrap_or(written.len());
    let text = written[..open].trim().trim_end_matches(['前', '底', '止']);
    if text.is_empty() || text.starts_with('已') || text.starts_with("未定") || text.starts_with("核实") {
        return None;
    }
    let read = day(text);
    if read.is_none() {
        let why = format!("时限“{written}”看不懂，请写成 2020-07-31 的样子");
        mistakes.push(grid.mistake(row, COLUMNS[3][0], why));
    }
    read
}

/// `6`, `六`, `六、新媒体常态化监管`.
fn key_point(grid: &Grid, row: usize, column: Option<usize>, mistakes: &mut Vec<Mistake>) -> Option<u8> {
    let written = grid.cell(row, column);
    if written.is_empty() {
        return None;
    }
    let first = written.split(['、', '.', '．', ' ']).next().unwrap_or_default();
    let found = match first.parse::<u8>() {
        Ok(number) => Some(number),
        Err(_) => ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
            .iter()
            .position(|numeral| *numeral == first)
            .map(|i| i as u8 + 1),
    };
    let found = found.filter(|number| (1..=10).contains(number));
    if found.is_none() {
        mistakes.push(grid.mistake(row, COLUMNS[7][0], format!("“{written}”不是重点内容，请写 1 至 10")));
    }
    found
}

/// 序号 → number, as the hidden sheet of our own forms has them.
fn numbers(meta: &Grid) -> BTreeMap<usize, String> {
    let head = (0..meta.rows.len()).find(|row| meta.cell(*row, Some(0)) == "order");
    let Some(head) = head else { return BTreeMap::new() };
    let row = |row: usize| {
        let number = meta.cell(row, Some(1));
        Some((meta.cell(row, Some(0)).parse().ok()?, number.to_owned())).filter(|_| !number.is_empty())
    };
    (head + 1..meta.rows.len()).filter_map(row).collect()
}

/// `ABCD-EFGH-IJKL@123` → 123
fn made_at(meta: &Grid) -> Option<i64> {
    let row = (0..meta.rows.len()).find(|row| meta.cell(*row, Some(0)) == "ledger")?;
    meta.cell(row, Some(1)).rsplit_once('@')?.1.parse().ok()
}
