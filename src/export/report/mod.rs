//! Reports in prose: monthly progress, overall report, quarterly notice. *Start reading at* [`Input`]: figures from one snapshot; a
//! [`Template`] says which of them stand where; [`paper`] puts both together.

mod figures;
mod template;

pub use figures::{Input, KNOWN, Unbalanced};
pub use template::{Known, Slip, Template};

use std::collections::BTreeMap;

use crate::ledger::Balance;
use crate::ledger::view::ProblemView;
use crate::rule::{Labels, Severity};

use super::paper::{Block, Kind, Layout, Paper, Table};
use super::text::{clean, one_line};
use super::words;
use figures::named;

/// Examples under each key point.
const EXAMPLES: usize = 3;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// 月度进展报告
    Monthly,
    /// 总体情况报告
    Overall,
    /// 检查情况通报
    Notice,
}

impl ReportKind {
    /// As stored, and the name of its template.
    pub fn key(self) -> &'static str {
        match self {
            ReportKind::Monthly => "monthly",
            ReportKind::Overall => "overall",
            ReportKind::Notice => "notice",
        }
    }

    pub fn word(key: &str) -> &'static str {
        match key {
            "monthly" => "月度进展报告",
            "overall" => "总体情况报告",
            "notice" => "检查情况通报",
            _ => "报告",
        }
    }

    /// The template inside the program.
    pub fn template(self) -> &'static str {
        match self {
            ReportKind::Monthly => include_str!("../../../rules/templates/monthly.md"),
            ReportKind::Overall => include_str!("../../../rules/templates/overall.md"),
            ReportKind::Notice => include_str!("../../../rules/templates/notice.md"),
        }
    }
}

/// What a correction says of the report it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub id: i64,
    /// Field, value then, value now.
    pub differences: Vec<(String, String, String)>,
}

impl Correction {
    /// Fields whose values differ.
    pub fn between(id: i64, then: &BTreeMap<String, String>, now: &BTreeMap<&'static str, String>) -> Self {
        let mut differences = Vec::new();
        for name in KNOWN.fields {
            let (old, new) = (then.get(*name).map_or("", String::as_str), now.get(name).map_or("", String::as_str));
            if old != new {
                differences.push(((*name).to_owned(), old.to_owned(), new.to_owned()));
            }
        }
        Correction { id, differences }
    }
}

/// The report as a paper; a draft until it is frozen.
pub fn paper(
    template: &Template,
    input: &Input,
    correction: Option<&Correction>,
    draft: bool,
    labels: &Labels,
) -> Paper {
    let name = template.title().unwrap_or_else(|| "报告".to_owned()).replace("{期间}", &input.span);
    let mut paper = Paper::new(&name, &input.issuer.office, input.issuer.date, Layout::Portrait);
    paper.draft = draft;
    paper.blocks = template.fill(&input.fields(), |name| part(name, input, labels));
    if let Some(correction) = correction {
        let mut lines = vec![Block::Note(format!("（更正版，更正第{}号定稿）", correction.id))];
        if correction.differences.is_empty() {
            lines.push(Block::Note("与原报告相比，各项数字没有变化。".to_owned()));
        }
        for (field, then, now) in &correction.differences {
            let shown = |v: &str| if v.is_empty() { "空".to_owned() } else { one_line(v) };
            lines.push(Block::Note(format!("{field}：原为{}，现为{}。", shown(then), shown(now))));
        }
        let after_title = paper.blocks.iter().position(|b| matches!(b, Block::Title(_))).map_or(0, |at| at + 1);
        paper.blocks.splice(after_title..after_title, lines);
    }
    paper
}

fn part(name: &str, input: &Input, labels: &Labels) -> Vec<Block> {
    match name {
        "收支表" => vec![Block::Table(by_point(input, labels))],
        "单位表" => vec![Block::Table(by_unit(input))],
        "主要问题" => main_problems(input, labels),
        "否决名单" => vec![Block::Table(veto_list(input))],
        "附件" => vec![
            Block::Text("附件：1. 问题清单".to_owned()),
            Block::Text("　　　2. 销号台账".to_owned()),
            Block::Text("　　　3. 无法判定清单".to_owned()),
        ],
        "落款" => vec![Block::Signature(one_line(&input.issuer.office), words::date(input.issuer.date))],
        _ => vec![Block::Note(format!("台账校验码：{}", input.issuer.code))],
    }
}

const FIGURES: [&str; 7] = ["期初", "新增", "反弹", "恢复", "销号", "剔除", "期末"];

fn figures(b: &Balance) -> impl Iterator<Item = String> {
    [b.opening, b.new, b.relapsed, b.restored, b.closed, b.removed, b.closing].into_iter().map(|n| n.to_string())
}

fn balances(head: &'static str, rows: Vec<(String, Balance)>, total: Balance) -> Table {
    let mut columns = vec![(head, 58.0, Kind::Text)];
    columns.extend(FIGURES.map(|name| (name, 14.0, Kind::Centred)));
    let line = |(name, balance): (String, Balance)| std::iter::once(name).chain(figures(&balance)).collect();
    let rows = rows.into_iter().chain([("合计".to_owned(), total)]).map(line).collect();
    Table::headed(&columns, rows, "")
}

/// All ten key points, those without rows too.
fn by_point(input: &Input, labels: &Labels) -> Table {
    let mut points: BTreeMap<u8, Vec<&Balance>> = (1..=10).map(|point| (point, Vec::new())).collect();
    for (share, balance) in &input.period.balances {
        points.entry(share.key_point).or_default().push(balance);
    }
    let rows = points.into_iter().map(|(p, parts)| (words::key_point(labels, p), Balance::sum(parts))).collect();
    balances("重点内容", rows, input.balance())
}

/// Units that had rows, in register order.
fn by_unit(input: &Input) -> Table {
    let mut units: BTreeMap<(usize, &str), Vec<&Balance>> = BTreeMap::new();
    for (share, balance) in &input.period.balances {
        let rank = input.units.iter().position(|u| *u == share.unit_id).unwrap_or(usize::MAX);
        units.entry((rank, share.unit.as_str())).or_default().push(balance);
    }
    let rows = units.into_iter().map(|((_, unit), parts)| (one_line(unit), Balance::sum(parts))).collect();
    balances("主办单位", rows, input.balance())
}

/// Open rows by key point, each with its kinds of problem, the most frequent first, and examples by name.
fn main_problems(input: &Input, labels: &Labels) -> Vec<Block> {
    let mut points: BTreeMap<u8, Vec<&ProblemView>> = BTreeMap::new();
    for problem in input.unsolved() {
        points.entry(problem.key_point).or_default().push(problem);
    }
    let mut out = Vec::new();
    for (i, (point, rows)) in points.iter().enumerate() {
        let name = words::key_point(labels, *point);
        let name = name.split_once('、').map_or(name.as_str(), |(_, name)| name);
        let new = rows.iter().filter(|p| p.opened_at.is_some_and(|at| at >= input.from)).count();
        let units: std::collections::BTreeSet<&str> = rows.iter().map(|p| p.unit.as_str()).collect();
        out.push(Block::Subheading(format!("（{}）{name}方面", numeral(i + 1))));
        out.push(Block::Text(format!(
            "未销号{}个，涉及{}个单位，其中本期新增{new}个，存量{}个。",
            rows.len(),
            units.len(),
            rows.len() - new
        )));
        let mut titles: BTreeMap<&str, Vec<&ProblemView>> = BTreeMap::new();
        for problem in rows {
            titles.entry(problem.rule_title.as_str()).or_default().push(problem);
        }
        let mut titles: Vec<_> = titles.into_iter().collect();
        titles.sort_by_key(|(title, rows)| (std::cmp::Reverse(rows.len()), *title));
        let many = titles.len() > 1;
        for (n, (title, rows)) in titles.iter().enumerate() {
            let lead = if many { format!("{}是", numeral(n + 1)) } else { String::new() };
            out.push(Block::Text(format!("{lead}{}{}个：{}。", one_line(title), rows.len(), named(rows))));
        }
        let worst = rows.iter().filter(|p| p.severity >= Severity::Serious).take(EXAMPLES);
        for example in worst {
            let said = clean(&example.text);
            let said = said.trim_end_matches(['。', '；']);
            out.push(Block::Text(format!("例如，{}：{said}。", one_line(&example.site_name))));
        }
    }
    out
}

fn veto_list(input: &Input) -> Table {
    let mut rows: Vec<&ProblemView> = input.unsolved().filter(|p| p.severity == Severity::Veto).collect();
    rows.sort_by_key(|p| (input.sites.iter().position(|(id, _)| *id == p.site), p.number.clone()));
    let lines = rows
        .iter()
        .enumerate()
        .map(|(i, p)| vec![(i + 1).to_string(), one_line(&p.site_name), one_line(&p.unit), clean(&p.text)])
        .collect();
    let columns = [
        ("序号", 12.0, Kind::Centred),
        ("网站名称", 38.0, Kind::Text),
        ("主办单位", 34.0, Kind::Text),
        ("单项否决问题", 72.0, Kind::Text),
    ];
    Table::headed(&columns, lines, "没有单项否决问题")
}

/// 一 … 九十九.
fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match (n / 10, n % 10) {
        (0, ones) => DIGITS[ones].to_owned(),
        (1, ones) => format!("十{}", DIGITS[ones]),
        (tens, ones) if tens < 10 => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
        _ => n.to_string(),
    }
}
