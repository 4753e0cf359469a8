//! The figures of a report: every number that its prose may name, from one snapshot of the ledger.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::clock::local;
use crate::ledger::view::{EventView, ProblemView, RunView, Stage};
use crate::ledger::{Balance, Period};
use crate::rule::Severity;

use super::super::form::Coverage;
use super::super::forms::{Histories, Issuer, Unclear};
use super::super::text::one_line;
use super::super::words;
use super::template::Known;

/// Names in a sentence before the rest is only counted.
const NAMED: usize = 5;
/// What is near: due within this time.
const NEAR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Fields and parts of the report templates.
pub const KNOWN: Known = Known {
    fields: &[
        "期间",
        "截止日期",
        "抬头",
        "单位",
        "登记网站数",
        "登记新媒体数",
        "应查数",
        "已查数",
        "检查率",
        "无法判定数",
        "期初",
        "新增",
        "反弹",
        "恢复",
        "销号",
        "剔除",
        "期末",
        "超期",
        "挂账",
        "待复核",
        "疑似数",
        "到期数",
        "按期数",
        "按期办结率",
        "复核数",
        "复核通过数",
        "复核合格率",
        "退回数",
        "近期到期数",
        "下发数",
        "巡查次数",
        "体检次数",
        "复查次数",
        "合格数",
        "不合格数",
        "暂不评定数",
        "合格率",
        "反弹名单",
        "退回名单",
        "超期名单",
    ],
    parts: &["收支表", "单位表", "主要问题", "否决名单", "附件", "落款", "校验码"],
};

/// One snapshot of the ledger and what the register says.
#[derive(Debug, Clone)]
pub struct Input {
    pub issuer: Issuer,
    /// 2026年11月
    pub span: String,
    pub addressee: String,
    pub period: Period,
    /// When the first event of the period may have been written, and the moment of the snapshot.
    pub from: Timestamp,
    pub now: Timestamp,
    /// The whole ledger.
    pub problems: Vec<ProblemView>,
    pub histories: Histories,
    /// All runs, newest first.
    pub runs: Vec<RunView>,
    pub unclear: Vec<Unclear>,
    /// Registered sites: id and name, in register order.
    pub sites: Vec<(String, String)>,
    pub media: usize,
    /// Unit ids in register order.
    pub units: Vec<String>,
}

/// Why a report is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unbalanced {
    /// 期初 + 新增 + 反弹 + 恢复 − 销号 − 剔除 is not 期末.
    Sum(Balance),
    /// The list holds another number of unsolved rows than the log says.
    List { log: u32, list: u32 },
}

impl Unbalanced {
    pub fn words(&self) -> String {
        match self {
            Unbalanced::Sum(b) => format!(
                "期初{}＋新增{}＋反弹{}＋恢复{}－销号{}－剔除{}，不等于期末{}",
                b.opening, b.new, b.relapsed, b.restored, b.closed, b.removed, b.closing
            ),
            Unbalanced::List { log, list } => format!("事件链上未销号{log}个，清单上未销号{list}个"),
        }
    }
}

impl Input {
    /// Sums of the period.
    pub fn balance(&self) -> Balance {
        Balance::sum(self.period.balances.values())
    }

    /// # Errors
    /// When the figures do not add up.
    pub fn check(&self) -> Result<(), Unbalanced> {
        let sum = self.balance();
        let wrong = self.period.balances.values().find(|b| !b.adds_up());
        if let Some(balance) = wrong.or((!sum.adds_up()).then_some(&sum)) {
            return Err(Unbalanced::Sum(*balance));
        }
        let list = self.problems.iter().filter(|p| p.stage.is_unsolved()).count() as u32;
        if list == sum.closing { Ok(()) } else { Err(Unbalanced::List { log: sum.closing, list }) }
    }

    pub(super) fn unsolved(&self) -> impl Iterator<Item = &ProblemView> {
        self.problems.iter().filter(|p| p.stage.is_unsolved())
    }

    /// Applied patrols of all time, newest first.
    pub(super) fn coverage(&self) -> Option<Coverage> {
        self.runs.iter().find(|r| counts(r) && r.kind == "patrol").map(Coverage::from)
    }

    fn runs_of(&self, kind: &str) -> usize {
        self.runs.iter().filter(|r| counts(r) && r.kind == kind && r.started_at >= self.from).count()
    }

    /// Events of a kind within the period, with their rows.
    fn events(&self, kind: &str) -> impl Iterator<Item = (&ProblemView, &EventView)> {
        let inside = |e: &&EventView| e.seq > self.period.after && e.seq <= self.period.upto;
        self.problems.iter().flat_map(move |p| {
            let events = self.histories.get(&p.id).map_or(&[][..], Vec::as_slice);
            events.iter().filter(inside).filter(move |e| e.kind == kind).map(move |e| (p, e))
        })
    }

    /// Sites by 单项否决: fit, unfit, not yet told. A site about which something could not be told and that has no veto row is none of
    /// the first two; neither is one no patrol has looked at.
    pub(super) fn verdicts(&self) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
        let veto: BTreeSet<&str> =
            self.unsolved().filter(|p| p.severity == Severity::Veto).map(|p| p.site.as_str()).collect();
        let suspected: BTreeSet<&str> = self
            .problems
            .iter()
            .filter(|p| p.stage == Stage::Suspected && p.severity == Severity::Veto)
            .map(|p| p.site.as_str())
            .collect();
        let unclear: BTreeSet<&str> = self.unclear.iter().map(|u| u.site.as_str()).collect();
        let looked = self.coverage();
        // Whether every planned site was looked at; if not, none that has no row can be called fit by name.
        let complete = looked.is_some_and(|c| c.covered == c.planned && c.planned as usize == self.sites.len());
        let mut out = (Vec::new(), Vec::new(), Vec::new());
        for (site, _) in &self.sites {
            match site.as_str() {
                s if veto.contains(s) => out.1.push(s),
                s if unclear.contains(s) || suspected.contains(s) || !complete => out.2.push(s),
                s => out.0.push(s),
            }
        }
        out
    }

    /// Every field a template may name.
    pub fn fields(&self) -> BTreeMap<&'static str, String> {
        let b = self.balance();
        let rows: Vec<&ProblemView> = self.unsolved().collect();
        let stage = |stage| rows.iter().filter(|p| p.stage == stage).count();
        let late: Vec<&ProblemView> = rows.iter().filter(|p| self.is_late(p)).copied().collect();
        let due: Vec<&ProblemView> = self.problems.iter().filter(|p| self.fell_due(p)).collect();
        let in_time = due.iter().filter(|p| in_time(p, &self.histories)).count();
        let near = |p: &&&ProblemView| {
            p.stage != Stage::Deferred && p.due.is_some_and(|d| d > self.now && d.duration_since(self.now) <= NEAR)
        };
        let accepted = self.events("closed").count();
        let returned: Vec<&ProblemView> = self.events("returned").map(|(p, _)| p).collect();
        let relapsed: Vec<&ProblemView> = self.events("reopened").map(|(p, _)| p).collect();
        let issued: BTreeSet<&str> = self.events("issued").map(|(p, _)| p.id.as_str()).collect();
        let coverage = self.coverage();
        let (fit, unfit, untold) = self.verdicts();
        let number = |n: usize| n.to_string();
        let of = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        BTreeMap::from([
            ("期间", self.span.clone()),
            ("截止日期", words::date(local(self.now).date())),
            ("抬头", one_line(&self.addressee)),
            ("单位", one_line(&self.issuer.office)),
            ("登记网站数", number(self.sites.len())),
            ("登记新媒体数", number(self.media)),
            ("应查数", of(coverage.map(|c| c.planned))),
            ("已查数", of(coverage.map(|c| c.covered))),
            ("检查率", coverage.map_or_else(String::new, |c| percent(c.covered as usize, c.planned as usize))),
            ("无法判定数", number(self.unclear.len())),
            ("期初", b.opening.to_string()),
            ("新增", b.new.to_string()),
            ("反弹", b.relapsed.to_string()),
            ("恢复", b.restored.to_string()),
            ("销号", b.closed.to_string()),
            ("剔除", b.removed.to_string()),
            ("期末", b.closing.to_string()),
            ("超期", number(late.len())),
            ("挂账", number(stage(Stage::Deferred))),
            ("待复核", number(stage(Stage::AwaitingReview))),
            (
                "疑似数",
                number(
                    self.problems.iter().filter(|p| p.stage == Stage::Suspected && p.severity > Severity::Hint).count(),
                ),
            ),
            ("到期数", number(due.len())),
            ("按期数", number(in_time)),
            ("按期办结率", percent(in_time, due.len())),
            ("复核数", number(accepted + returned.len())),
            ("复核通过数", number(accepted)),
            ("复核合格率", percent(accepted, accepted + returned.len())),
            ("退回数", number(returned.len())),
            ("近期到期数", number(rows.iter().filter(near).count())),
            ("下发数", number(issued.len())),
            ("巡查次数", number(self.runs_of("patrol"))),
            ("体检次数", number(self.runs_of("audit"))),
            ("复查次数", number(self.runs_of("recheck"))),
            ("合格数", number(fit.len())),
            ("不合格数", number(unfit.len())),
            ("暂不评定数", number(untold.len())),
            ("合格率", percent(fit.len(), fit.len() + unfit.len())),
            ("反弹名单", named(&relapsed)),
            ("退回名单", named(&returned)),
            ("超期名单", named(&late)),
        ])
    }

    pub(super) fn is_late(&self, p: &ProblemView) -> bool {
        p.stage.is_unsolved() && p.stage != Stage::Deferred && p.due.is_some_and(|due| due <= self.now)
    }

    /// The first time limit ended within the period.
    fn fell_due(&self, p: &ProblemView) -> bool {
        let listed = p.stage.is_unsolved() || p.stage == Stage::Closed;
        listed && p.original_due.or(p.due).is_some_and(|due| due > self.from && due <= self.now)
    }
}

fn counts(run: &RunView) -> bool {
    matches!(run.state.as_str(), "applied" | "partial")
}

/// Closed, and closed or reported as done within the first time limit.
fn in_time(p: &ProblemView, histories: &Histories) -> bool {
    let Some(due) = p.original_due.or(p.due).filter(|_| p.stage == Stage::Closed) else { return false };
    let claimed =
        histories.get(&p.id).and_then(|events| events.iter().rev().find(|e| e.kind == "claimed")).map(|e| e.at);
    [claimed, p.closed_at].into_iter().flatten().any(|at| at <= due)
}

/// `96.9%`, rounded half up; never 100 % while one is missing, never 0 % while one is there; empty without a whole.
pub(super) fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return String::new();
    }
    let tenths = (part * 2000 + whole) / (whole * 2);
    let tenths = match tenths {
        1000 if part < whole => 999,
        0 if part > 0 => 1,
        other => other,
    };
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Site names without repetition, a few of them, then how many there are.
pub(super) fn named(problems: &[&ProblemView]) -> String {
    let mut names: Vec<String> = Vec::new();
    for problem in problems {
        let name = one_line(&problem.site_name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = if names.len() > NAMED { format!("等{}个", names.len()) } else { String::new() };
    names.truncate(NAMED);
    names.join("、") + &more
}
