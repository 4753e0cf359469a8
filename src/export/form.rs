//! The two annex forms as data: which rows, in which order, in which words. The Word and the Excel writer print the same
//! [`FormSpec`], so the paper and the electronic copy cannot differ. Source: 榆政办函〔2020〕58号, annexes 1 and 2.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::clock::local;
use crate::ledger::view::{ProblemView, RunView, Stage};
use crate::rule::Severity;

use super::{text, words};

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Annex {
    /// 附件1, 市级部门
    One,
    /// 附件2, 县市区政府
    Two,
}

impl Annex {
    /// `附件1`
    pub fn mark(self) -> &'static str {
        match self {
            Annex::One => "附件1",
            Annex::Two => "附件2",
        }
    }

    /// The notice's title; its annex headings say 基本建设 once, so [`FormOptions::title`] may override it.
    pub fn title(self) -> &'static str {
        match self {
            Annex::One => "政府网站/政务新媒体基础建设专项整治工作问题清单（市级部门）",
            Annex::Two => "政府网站/政务新媒体基础建设专项整治工作问题清单（县市区政府）",
        }
    }

    /// Left side of the head line, before the name that is stamped.
    pub fn office_label(self) -> &'static str {
        match self {
            Annex::One => "主办单位（盖章）：",
            Annex::Two => "报送单位（盖章）：",
        }
    }

    pub fn date_label(self) -> &'static str {
        match self {
            Annex::One => "填表时间：",
            Annex::Two => "填表日期：",
        }
    }

    /// Column heads with widths in millimetres; they add up to the 225 mm of the body.
    pub fn columns(self) -> &'static [(Column, f64)] {
        match self {
            Annex::One => &[
                (Column::Order, 12.0),
                (Column::Name, 45.0),
                (Column::Problem, 75.0),
                (Column::Measure, 65.0),
                (Column::Due, 28.0),
            ],
            Annex::Two => &[
                (Column::Order, 12.0),
                (Column::Name, 40.0),
                (Column::Unit, 36.0),
                (Column::Problem, 60.0),
                (Column::Measure, 51.0),
                (Column::Due, 26.0),
            ],
        }
    }

    fn takes(self, problem: &ProblemView) -> bool {
        match self {
            Annex::One => problem.unit_level != "county",
            Annex::Two => problem.unit_level == "county",
        }
    }
}

/// A column of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Order,
    Name,
    Unit,
    Problem,
    Measure,
    Due,
}

impl Column {
    pub fn head(self) -> &'static str {
        match self {
            Column::Order => "序号",
            Column::Name => "政府网站/政务新媒体名称",
            Column::Unit => "主办单位",
            Column::Problem => "存在问题",
            Column::Measure => "整改措施",
            Column::Due => "整改时限",
        }
    }

    /// Short cells are centred, running text is not.
    pub fn is_centred(self) -> bool {
        matches!(self, Column::Order | Column::Due)
    }
}

/// What was looked at when the list was made; without it an empty list says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// 应查 sites.
    pub planned: u32,
    /// 已查 sites.
    pub covered: u32,
    /// 无法判定 sites.
    pub undetermined: u32,
}

impl From<&RunView> for Coverage {
    fn from(run: &RunView) -> Self {
        Coverage { planned: run.planned, covered: run.covered, undetermined: run.undetermined }
    }
}

impl Coverage {
    /// One sentence with all three figures.
    pub fn sentence(self) -> String {
        let mut out = format!("应查站点{}个，已查{}个，无法判定{}个", self.planned, self.covered, self.undetermined);
        out.push_str(match self.undetermined {
            0 => "。",
            _ => "；无法判定的既不作为存在问题，也不作为未发现问题。",
        });
        out
    }
}

/// What the office decides about a form.
#[derive(Debug, Clone)]
pub struct FormOptions {
    pub annex: Annex,
    /// Replaces the notice's title.
    pub title: Option<String>,
    /// 主办单位 / 报送单位 of the head line; blank leaves room for writing.
    pub office: String,
    pub contact_person: String,
    pub contact_phone: String,
    pub date: Date,
    /// Print 疑似 too, marked.
    pub suspected: bool,
    /// Print closed rows too, as 已整改.
    pub closed: bool,
    /// Unit ids in register order, for annex 2; units not named follow in order of appearance.
    pub unit_order: Vec<String>,
    pub coverage: Option<Coverage>,
    /// 台账校验码, left out when `None`.
    pub checksum: Option<String>,
    pub draft: bool,
}

impl FormOptions {
    /// A plain form of `annex` dated `date`; everything else blank or off.
    pub fn new(annex: Annex, date: Date) -> Self {
        FormOptions {
            annex,
            title: None,
            office: String::new(),
            contact_person: String::new(),
            contact_phone: String::new(),
            date,
            suspected: false,
            closed: false,
            unit_order: Vec::new(),
            coverage: None,
            checksum: None,
            draft: false,
        }
    }
}

/// One row of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    /// [`ProblemView::id`] of the row's problem.
    pub id: String,
    /// 编号, empty for 疑似.
    pub number: String,
    /// 序号, from 1.
    pub order: usize,
    pub name: String,
    pub unit: String,
    pub problem: String,
    pub measure: String,
    pub due: String,
}

impl FormRow {
    pub fn cell(&self, column: Column) -> String {
        match column {
            Column::Order => self.order.to_string(),
            Column::Name => self.name.clone(),
            Column::Unit => self.unit.clone(),
            Column::Problem => self.problem.clone(),
            Column::Measure => self.measure.clone(),
            Column::Due => self.due.clone(),
        }
    }
}

/// A form ready to be printed; all text is safe for XML and free of control characters.
#[derive(Debug, Clone, PartialEq)]
pub struct FormSpec {
    pub annex: Annex,
    pub title: String,
    pub office: String,
    pub contact_person: String,
    pub contact_phone: String,
    pub date: Date,
    pub rows: Vec<FormRow>,
    /// Printed in the table's only row when there are no rows: the table is never empty.
    pub nothing: String,
    /// Under the table: what was looked at.
    pub coverage: String,
    pub checksum: Option<String>,
    pub draft: bool,
}

impl FormSpec {
    /// Rows of `annex` from the whole ledger. Hints, 未证实 and 不予列入 are never printed.
    pub fn build(options: &FormOptions, problems: &[ProblemView]) -> Self {
        let mut chosen: Vec<&ProblemView> = problems.iter().filter(|p| is_printed(options, p)).collect();
        let ranks = unit_ranks(options, problems);
        let group = |problem: &ProblemView| match options.annex {
            Annex::One => 0,
            Annex::Two => ranks.get(unit_key(problem)).copied().unwrap_or(usize::MAX),
        };
        chosen.sort_by_cached_key(|p| {
            (group(p), Reverse(p.severity), p.site.clone(), p.number.is_empty(), p.number.clone(), p.id.clone())
        });
        // A suggestion that nobody has confirmed or sent out does not leave the office as the office's word.
        let unconfirmed = chosen.iter().any(|p| p.stage != Stage::Closed && !p.measure_stands());
        let rows = chosen.into_iter().enumerate().map(|(i, p)| row(i + 1, p)).collect();
        FormSpec {
            annex: options.annex,
            title: text::one_line(options.title.as_deref().unwrap_or(options.annex.title())),
            office: text::one_line(&options.office),
            contact_person: text::one_line(&options.contact_person),
            contact_phone: text::one_line(&options.contact_phone),
            date: options.date,
            rows,
            nothing: nothing(options.coverage).to_owned(),
            coverage: coverage(options, problems),
            checksum: options.checksum.as_deref().map(text::one_line).filter(|c| !c.is_empty()),
            draft: options.draft || unconfirmed,
        }
    }

    /// `2020年5月12日`
    pub fn date_text(&self) -> String {
        words::date(self.date)
    }
}

fn is_printed(options: &FormOptions, problem: &ProblemView) -> bool {
    let stage = match problem.stage {
        Stage::Suspected => options.suspected,
        Stage::Closed => options.closed,
        Stage::Unconfirmed | Stage::Dismissed => false,
        Stage::Open | Stage::Rectifying | Stage::AwaitingReview | Stage::Deferred => true,
    };
    stage && problem.severity > Severity::Hint && options.annex.takes(problem)
}

/// Rank of each unit: register order first, then order of appearance.
fn unit_ranks<'a>(options: &'a FormOptions, problems: &'a [ProblemView]) -> BTreeMap<&'a str, usize> {
    let mut ranks = BTreeMap::new();
    for key in options.unit_order.iter().map(String::as_str).chain(problems.iter().map(unit_key)) {
        let next = ranks.len();
        ranks.entry(key).or_insert(next);
    }
    ranks
}

fn unit_key(problem: &ProblemView) -> &str {
    if problem.unit_id.is_empty() { &problem.unit } else { &problem.unit_id }
}

/// What was looked at, and what is known but not printed.
fn coverage(options: &FormOptions, problems: &[ProblemView]) -> String {
    let mut out = options.coverage.map(Coverage::sentence).unwrap_or_default();
    let waiting = |p: &&ProblemView| {
        p.stage == Stage::Suspected && p.severity > Severity::Hint && options.annex.takes(p) && !options.suspected
    };
    let count = problems.iter().filter(waiting).count();
    if count > 0 {
        out.push_str(&format!("另有疑似问题{count}个正在核实，未列入本表。"));
    }
    out
}

/// Nothing found is said only when something was really examined.
fn nothing(coverage: Option<Coverage>) -> &'static str {
    match coverage {
        Some(coverage) if coverage.covered > 0 => "经排查，未发现问题",
        _ => "尚未完成排查，不作结论",
    }
}

fn row(order: usize, problem: &ProblemView) -> FormRow {
    let said = text::clean(&problem.text);
    let said = if said.is_empty() { text::clean(&problem.rule_title) } else { said };
    let name = [&problem.site_name, &problem.site_url, &problem.site];
    FormRow {
        id: problem.id.clone(),
        number: problem.number.clone(),
        order,
        name: name.into_iter().map(|n| text::one_line(n)).find(|n| !n.is_empty()).unwrap_or_default(),
        unit: text::one_line(&problem.unit),
        problem: if problem.stage == Stage::Suspected { format!("【疑似】{said}") } else { said },
        measure: text::clean(&problem.measure),
        due: due(problem),
    }
}

fn due(problem: &ProblemView) -> String {
    if problem.stage == Stage::Closed {
        return match problem.closed_at {
            Some(at) => {
                let day = local(at);
                format!("已整改（{}月{}日）", day.month(), day.day())
            }
            None => "已整改".to_owned(),
        };
    }
    let Some(at) = problem.due else {
        return if problem.stage == Stage::Suspected { "核实后确定" } else { "待定" }.to_owned();
    };
    let mut out = words::due(at);
    let notes: Vec<&str> = [(problem.due_provisional, "暂定"), (problem.stage == Stage::Deferred, "挂账")]
        .into_iter()
        .filter_map(|(holds, word)| holds.then_some(word))
        .collect();
    if !notes.is_empty() {
        out.push_str(&format!("（{}）", notes.join("，")));
    }
    out
}

#[cfg(test)]
mod tests;
