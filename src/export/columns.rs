//! The flat table of problems that CSV and the data sheet share: one head row, one problem a row, one fact a column.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ledger::view::ProblemView;
use crate::rule::Labels;

use super::{text, words};

/// A value of the flat table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(u32),
    Day(Date),
    Moment(Timestamp),
    Blank,
}

/// Heads with the width of each column in half-width characters.
pub(super) const HEADS: [(&str, f64); 27] = [
    ("编号", 24.0),
    ("标识码", 16.0),
    ("网站名称", 28.0),
    ("网址", 30.0),
    ("主办单位", 24.0),
    ("主办单位代号", 14.0),
    ("表别", 10.0),
    ("规则", 24.0),
    ("问题名称", 28.0),
    ("严重程度", 10.0),
    ("重点内容", 26.0),
    ("阶段", 10.0),
    ("存在问题", 60.0),
    ("整改措施", 50.0),
    ("依据", 40.0),
    ("首次发现", 22.0),
    ("最近发现", 22.0),
    ("最近检查", 22.0),
    ("机器判定", 12.0),
    ("无法判定原因", 30.0),
    ("列入时间", 22.0),
    ("整改时限", 15.0),
    ("时限说明", 12.0),
    ("时限状态", 10.0),
    ("销号时间", 22.0),
    ("反弹次数", 10.0),
    ("退回次数", 10.0),
];

/// Values of one problem, in the order of [`HEADS`].
pub(super) fn values(problem: &ProblemView, labels: &Labels) -> [Value; 27] {
    let said = |text: &str| Value::Text(text::clean(text));
    let moment = |at: Option<Timestamp>| at.map_or(Value::Blank, Value::Moment);
    let (due, hour) = match problem.due.map(words::last_day) {
        Some((day, hour)) => (Value::Day(day), hour.unwrap_or_default()),
        None => (Value::Blank, String::new()),
    };
    let note = match (problem.due_provisional, hour.is_empty()) {
        (true, true) => "暂定".to_owned(),
        (true, false) => format!("{hour}，暂定"),
        (false, _) => hour,
    };
    [
        said(&problem.number),
        said(&problem.site),
        said(&problem.site_name),
        said(&problem.site_url),
        said(&problem.unit),
        said(&problem.unit_id),
        said(words::unit_level(&problem.unit_level)),
        said(&problem.rule),
        said(&problem.rule_title),
        said(words::severity(labels, problem.severity)),
        said(&words::key_point(labels, problem.key_point)),
        said(words::stage(labels, problem.stage)),
        said(&problem.text),
        said(&problem.measure),
        said(&problem.basis),
        Value::Moment(problem.first_seen),
        Value::Moment(problem.last_seen),
        Value::Moment(problem.last_checked),
        said(&words::evidence(labels, problem)),
        said(&words::undetermined(labels, problem).unwrap_or_default()),
        moment(problem.opened_at),
        due,
        said(&note),
        said(words::clock(labels, problem.clock)),
        moment(problem.closed_at),
        Value::Number(problem.reopened),
        Value::Number(problem.returned),
    ]
}
