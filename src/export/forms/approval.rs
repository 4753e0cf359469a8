//! 复核意见表 and 挂账审批表: one page per row, to be signed.

use crate::ledger::view::{EventView, ProblemView, Stage};
use crate::rule::Labels;

use super::super::paper::{Block, Layout, Paper, Row, Table};
use super::super::text::{clean, one_line};
use super::super::words;
use super::{Histories, Issuer, actor, day, limit, newest, said, site_name};

const WIDTHS: [f64; 4] = [34.0, 44.0, 34.0, 44.0];

fn pair(a: &str, b: String, c: &str, d: String) -> Row {
    Row::new(vec![a.to_owned(), b, c.to_owned(), d])
}

fn wide(label: &str, value: String, mm: f64) -> Row {
    Row::tall(vec![label.to_owned(), value], mm)
}

fn or_dash(value: String) -> String {
    if value.is_empty() { "—".to_owned() } else { value }
}

fn pages(
    name: &str,
    issuer: &Issuer,
    problems: &[&ProblemView],
    rows: impl Fn(&ProblemView) -> Vec<Row>,
) -> Option<Paper> {
    let mut paper = Paper::new(name, &issuer.office, issuer.date, Layout::Portrait);
    for (i, problem) in problems.iter().enumerate() {
        if i > 0 {
            paper.blocks.push(Block::Break { restart: true });
        }
        paper.blocks.extend([
            Block::Title(name.to_owned()),
            Block::Line(format!("编号：{}", problem.handle()), format!("填表日期：{}", issuer.date_text())),
            Block::Table(Table::facts(&WIDTHS, rows(problem))),
            Block::Note(issuer.code_line()),
        ]);
    }
    (!problems.is_empty()).then_some(paper)
}

fn common(problem: &ProblemView) -> Vec<Row> {
    vec![
        pair("网站名称", site_name(problem), "主办单位", one_line(&problem.unit)),
        wide("网站地址", one_line(&problem.site_url), 10.0),
        wide("存在问题", said(problem), 18.0),
        wide("整改措施", or_dash(clean(&problem.measure)), 14.0),
        pair("列入日期", problem.opened_at.map_or_else(String::new, day), "整改时限", limit(problem)),
    ]
}

/// 复核意见表 of the rows in 待复核. `None` when there are none.
pub fn reviews(issuer: &Issuer, problems: &[ProblemView], histories: &Histories, labels: &Labels) -> Option<Paper> {
    let rows: Vec<&ProblemView> = problems.iter().filter(|p| p.stage == Stage::AwaitingReview).collect();
    pages("政府网站问题整改复核意见表", issuer, &rows, |p| {
        let claim = newest(histories, p, "claimed").filter(|_| p.claimed_at.is_some());
        let claimed = claim.map_or_else(
            || "主办单位尚未申请，巡查复查未再发现后转入".to_owned(),
            |e| format!("{}　{}", day(e.at), actor(e)),
        );
        let report = claim.map_or_else(|| "—".to_owned(), |e| or_dash(clean(&e.reason)));
        let files: Vec<String> = p.attachments.iter().map(|a| one_line(&a.name)).collect();
        let mut out = common(p);
        out.extend([
            wide("申请复核", claimed, 10.0),
            wide("整改情况", report, 14.0),
            wide("佐证材料", or_dash(files.join("；")), 10.0),
            wide(
                "巡查复查",
                format!("{}（最近一次{}）", words::evidence(labels, p), words::minute(p.last_checked)),
                10.0,
            ),
            pair("退回次数", p.returned.to_string(), "反弹次数", p.reopened.to_string()),
            wide("复核方式", "□巡查复查　　□人工访问核查　　□现场核查".to_owned(), 10.0),
            wide("复核意见", "□同意销号\n□退回整改，原因：".to_owned(), 26.0),
            pair("复核人（签字）", String::new(), "复核日期", String::new()),
            pair("审核人（签字）", String::new(), "审核日期", String::new()),
        ]);
        out
    })
}

/// 挂账审批表 of the rows in 挂账; with `asked` of exactly these rows, whatever stage they are in, to be filled in before the decision.
pub fn deferrals(issuer: &Issuer, problems: &[ProblemView], histories: &Histories, asked: bool) -> Option<Paper> {
    let rows: Vec<&ProblemView> = problems.iter().filter(|p| asked || p.stage == Stage::Deferred).collect();
    pages("政府网站问题整改挂账审批表", issuer, &rows, |p| {
        let decided = newest(histories, p, "deferred").filter(|_| p.stage == Stage::Deferred);
        let said_then =
            |of: fn(&EventView) -> Option<String>| decided.and_then(of).map(|t| clean(&t)).unwrap_or_default();
        let reason = decided.map(|e| clean(&e.reason)).unwrap_or_default();
        let until = decided.and_then(|e| e.handling.as_ref()?.until).map_or_else(String::new, words::due);
        let approver = said_then(|e| e.handling.as_ref()?.approver.clone());
        let on = decided.map_or_else(String::new, |e| day(e.at));
        let mut out = common(p);
        out.extend([
            wide("挂账原因", reason, 20.0),
            wide("挂账期限", until, 10.0),
            wide("分步整改计划", said_then(|e| e.handling.as_ref()?.plan.clone()), 20.0),
            wide("依据文件", said_then(|e| e.handling.as_ref()?.document.clone()), 10.0),
            wide("主办单位意见", "\n\n　　　　　　　　　　（盖章）　　　　年　　月　　日".to_owned(), 22.0),
            wide("监管单位意见", "\n\n　　　　　　　　　　（盖章）　　　　年　　月　　日".to_owned(), 22.0),
            pair("批准人", approver, "批准日期", on),
        ]);
        out
    })
}
