//! The papers beside the two annexes: 整改通知单, 复核意见表, 销号台账, 挂账审批表, 无法判定清单, 问题档案. Each is a function from views to a
//! [`Paper`](super::paper::Paper). *Start reading at* [`notice`].

mod approval;
mod dossier;
mod lists;
mod notice;

pub use approval::{deferrals, reviews};
pub use dossier::{Dossier, Excerpt, Stored, dossier, excerpts};
pub use lists::{Unclear, closings, undetermined};
pub use notice::notices;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ledger::view::{EventView, ProblemView};

use super::{text, words};

/// Who makes a paper out.
#[derive(Debug, Clone)]
pub struct Issuer {
    pub office: String,
    pub contact_person: String,
    pub contact_phone: String,
    pub date: Date,
    /// 台账校验码 of the snapshot.
    pub code: String,
}

impl Issuer {
    fn date_text(&self) -> String {
        words::date(self.date)
    }

    fn code_line(&self) -> String {
        format!("台账校验码：{}", self.code)
    }
}

/// History of problems by [`ProblemView::id`], oldest event first.
pub type Histories = BTreeMap<String, Vec<EventView>>;

/// 存在问题 as on the annex.
fn said(problem: &ProblemView) -> String {
    let said = text::clean(&problem.text);
    if said.is_empty() { text::clean(&problem.rule_title) } else { said }
}

fn site_name(problem: &ProblemView) -> String {
    let names = [&problem.site_name, &problem.site_url, &problem.site];
    names.into_iter().map(|n| text::one_line(n)).find(|n| !n.is_empty()).unwrap_or_default()
}

/// A day that a narrow column breaks behind the year.
fn narrow(day: &str) -> String {
    day.replacen('年', "年\n", 1)
}

fn day(at: jiff::Timestamp) -> String {
    words::date(crate::clock::local(at).date())
}

fn limit(problem: &ProblemView) -> String {
    problem.due.map_or_else(|| "待定".to_owned(), words::due)
}

/// Newest event of a kind.
fn newest<'h>(histories: &'h Histories, problem: &ProblemView, kind: &str) -> Option<&'h EventView> {
    histories.get(&problem.id)?.iter().rev().find(|e| e.kind == kind)
}

fn actor(event: &EventView) -> String {
    match event.actor.as_str() {
        "machine" => "巡查程序".to_owned(),
        "clock" => "到期自动".to_owned(),
        name => text::one_line(name),
    }
}

#[cfg(test)]
pub(super) mod tests;
