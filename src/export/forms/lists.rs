//! 销号台账 and 无法判定清单: tables to print and to keep as workbooks.

use jiff::Timestamp;

use crate::ledger::view::{ProblemView, Stage};
use crate::rule::{Labels, Severity};

use super::super::paper::{Block, Kind, Layout, Paper, Table};
use super::super::text::{clean, one_line};
use super::super::words;
use super::{Histories, Issuer, actor, day, limit, narrow, newest, said, site_name};

fn sheet(name: &str, issuer: &Issuer, table: Table, note: String) -> Paper {
    let mut paper = Paper::new(name, &issuer.office, issuer.date, Layout::Landscape);
    paper.blocks = vec![
        Block::Title(name.to_owned()),
        Block::Line(
            format!("填报单位（盖章）：{}", one_line(&issuer.office)),
            format!("填表日期：{}", issuer.date_text()),
        ),
        Block::Table(table),
        Block::Note(note),
        Block::Line(
            format!("联系人：{}", one_line(&issuer.contact_person)),
            format!("联系电话：{}　　　　　　", one_line(&issuer.contact_phone)),
        ),
        Block::Note(issuer.code_line()),
    ];
    paper
}

/// 销号台账: every row that was struck off, in the order of striking off.
pub fn closings(issuer: &Issuer, problems: &[ProblemView], histories: &Histories) -> Paper {
    let mut rows: Vec<&ProblemView> =
        problems.iter().filter(|p| p.stage == Stage::Closed && p.severity > Severity::Hint).collect();
    rows.sort_by_key(|p| (p.closed_at, p.number.clone()));
    let mut in_time = 0;
    let lines = rows.iter().enumerate().map(|(i, p)| {
        let ended = p.closed_at.map_or_else(String::new, |at| narrow(&day(at)));
        let first = p.original_due.or(p.due);
        // What was reported as done within the limit and then accepted was done within the limit.
        let done = p.claimed_at.or(p.closed_at);
        let timely = match (done, first) {
            (Some(done), Some(due)) if done <= due => {
                in_time += 1;
                "按期"
            }
            (Some(_), Some(_)) => "逾期",
            _ => "未定时限",
        };
        let ground = match newest(histories, p, "closed") {
            Some(e) if e.actor == "machine" => "巡查连续复查通过".to_owned(),
            Some(e) => format!("{}复核：{}", actor(e), clean(&e.reason)),
            None => "—".to_owned(),
        };
        vec![
            (i + 1).to_string(),
            p.number.clone(),
            site_name(p),
            one_line(&p.unit),
            said(p),
            p.opened_at.map_or_else(String::new, |at| narrow(&day(at))),
            narrow(&limit(p)),
            format!("{ended}\n（{timely}）"),
            ground,
        ]
    });
    let lines: Vec<_> = lines.collect();
    let columns = [
        ("序号", 12.0, Kind::Centred),
        ("编号", 22.0, Kind::Centred),
        ("网站名称", 28.0, Kind::Text),
        ("主办单位", 24.0, Kind::Text),
        ("存在问题", 43.0, Kind::Text),
        ("列入日期", 23.0, Kind::Centred),
        ("整改时限", 24.0, Kind::Centred),
        ("销号日期", 23.0, Kind::Centred),
        ("销号依据", 26.0, Kind::Text),
    ];
    let unsolved = problems.iter().filter(|p| p.stage.is_unsolved() && p.severity > Severity::Hint).count();
    let note = format!(
        "注：截至本表所据台账，已销号{}个，其中按期{in_time}个；未销号{unsolved}个，不在本表。是否按期以首次确定的整改时限为准。",
        lines.len()
    );
    sheet("政府网站问题销号台账", issuer, Table::headed(&columns, lines, "尚无已销号的问题"), note)
}

/// A site about which a listing rule could not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    pub site: String,
    pub name: String,
    pub unit: String,
    /// Reason keys.
    pub reasons: Vec<String>,
    /// First of the patrols in a row that could not tell.
    pub since: Timestamp,
}

/// 无法判定清单 after the patrol that began at `looked`: neither a problem nor the absence of one.
pub fn undetermined(issuer: &Issuer, unclear: &[Unclear], looked: Option<Timestamp>, labels: &Labels) -> Paper {
    let rows = unclear.iter().enumerate().map(|(i, u)| {
        let reasons: Vec<&str> = u.reasons.iter().map(|r| labels.word("reason", r)).collect();
        let mut steps: Vec<&str> = Vec::new();
        for reason in &u.reasons {
            let step = next_step(reason);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        let name = if u.name.is_empty() { &u.site } else { &u.name };
        vec![
            (i + 1).to_string(),
            one_line(name),
            one_line(&u.unit),
            reasons.join("；"),
            narrow(&day(u.since)),
            steps.join("；"),
            String::new(),
        ]
    });
    let columns = [
        ("序号", 12.0, Kind::Centred),
        ("网站名称", 42.0, Kind::Text),
        ("主办单位", 34.0, Kind::Text),
        ("无法判定的原因", 44.0, Kind::Text),
        ("起始日期", 24.0, Kind::Centred),
        ("处理办法", 40.0, Kind::Text),
        ("人工核查结果", 29.0, Kind::Text),
    ];
    let (nothing, when) = match looked {
        Some(at) => ("本次巡查没有无法判定的网站", format!("注：本表依据{}的巡查结果。", words::minute(at))),
        None => ("尚未完成巡查，不作结论", "注：尚无巡查结果。".to_owned()),
    };
    let note = format!("{when}无法判定既不作为存在问题，也不作为未发现问题。");
    sheet("政府网站巡查无法判定清单", issuer, Table::headed(&columns, rows.collect(), nothing), note)
}

/// What settles it.
fn next_step(reason: &str) -> &'static str {
    match reason {
        "blocked" | "rate_limited" | "robots" => "发函请主办单位放行巡检，放行前由人工访问核查",
        "national_crypto" => "用国密浏览器人工核查",
        "private_network" => "在网站所在网络核查",
        "login" | "client_certificate" => "由主办单位提供账号后人工核查",
        "maintenance" => "维护结束后核查",
        "self_offline" | "dns_local" | "clock" | "tool_missing" | "internal" | "version_skew" => {
            "排除本机故障后重新巡查"
        }
        "picture_footer" | "script_footer" | "few_pages" | "one_sign" | "dates_unclear" | "parse" | "legacy_tls" => {
            "人工访问核查"
        }
        _ => "下次巡查继续检查，连续3天仍无法判定的由人工访问核查",
    }
}
