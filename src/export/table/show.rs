//! `problems show`: one problem on one page.

use crate::ledger::view::{EventView, ProblemView, Stage};
use crate::rule::Labels;

use super::super::text::one_line;
use super::super::words;
use super::field;

/// Facts, basis, measure, limit, places, history and what comes next. `width` in terminal columns.
pub fn problem(shown: &ProblemView, history: &[EventView], labels: &Labels, width: usize) -> String {
    let width = width.max(40);
    let mut lines = Vec::new();
    let number = match shown.number.is_empty() {
        true => format!("{}（疑似，未正式编号）", shown.handle()),
        false => shown.number.clone(),
    };
    lines.extend(field("编号", &number, width));
    lines.extend(field("问题", &shown.rule_title, width));
    lines.extend(field("站点", &format!("{}（{}）", one_line(&shown.site_name), one_line(&shown.site)), width));
    lines.extend(field("网址", &shown.site_url, width));
    let level = words::unit_level(&shown.unit_level);
    lines.extend(field("主办单位", &format!("{}（{level}）", one_line(&shown.unit)), width));
    let grade = words::severity(labels, shown.severity);
    lines.extend(field("严重程度", &format!("{grade}；重点内容{}", words::key_point(labels, shown.key_point)), width));
    lines.extend(field("阶段", &stage_line(shown, labels), width));
    lines.extend(field("机器判定", &evidence_line(shown, labels), width));
    lines.extend(field("整改时限", &due_line(shown, labels), width));
    lines.push(String::new());
    lines.extend(field("存在问题", &shown.text, width));
    lines.extend(field("依据", &shown.basis, width));
    lines.extend(field("整改措施", &shown.measure, width));
    lines.push(String::new());
    lines.extend(places(shown, width));
    lines.extend(history_lines(history, labels, width));
    lines.extend(field("下一步", &next_step(shown, labels), width));
    lines.join("\n") + "\n"
}

fn stage_line(shown: &ProblemView, labels: &Labels) -> String {
    let mut out = words::stage(labels, shown.stage).to_owned();
    if let Some(at) = shown.opened_at {
        out.push_str(&format!("；{}列入", words::minute(at)));
    }
    if let (Stage::Closed, Some(at)) = (shown.stage, shown.closed_at) {
        out.push_str(&format!("；{}销号", words::minute(at)));
    }
    for (count, word) in [(shown.reopened, "反弹"), (shown.returned, "退回")] {
        if count > 0 {
            out.push_str(&format!("；{word}{count}次"));
        }
    }
    out
}

fn evidence_line(shown: &ProblemView, labels: &Labels) -> String {
    let mut out = words::evidence(labels, shown).to_owned();
    if let Some(reason) = words::undetermined(labels, shown) {
        out.push_str(&format!("：{reason}"));
    }
    out.push_str(&format!(
        "；首次发现{}，最近发现{}，最近检查{}",
        words::minute(shown.first_seen),
        words::minute(shown.last_seen),
        words::minute(shown.last_checked)
    ));
    out
}

fn due_line(shown: &ProblemView, labels: &Labels) -> String {
    let Some(at) = shown.due else {
        return if shown.stage == Stage::Suspected { "核实后确定" } else { "未定" }.to_owned();
    };
    let mut out = words::due(at);
    if shown.due_provisional {
        out.push_str("（暂定，当年节假日安排尚未载入）");
    }
    out.push_str(&format!("；{}", words::clock(labels, shown.clock)));
    out
}

fn places(shown: &ProblemView, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (i, place) in shown.locations.iter().enumerate() {
        let label = if i == 0 { "发现位置" } else { "" };
        lines.extend(field(label, &place.url, width));
        if !place.excerpt.is_empty() {
            lines.extend(field("", &format!("原文：“{}”", one_line(&place.excerpt)), width));
        }
    }
    for (i, address) in shown.evidence.iter().enumerate() {
        lines.extend(field(if i == 0 { "证据" } else { "" }, address, width));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn history_lines(history: &[EventView], labels: &Labels, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (i, event) in history.iter().enumerate() {
        let mut said = format!(
            "{}  {}  {}",
            words::minute(event.at),
            one_line(words::actor(&event.actor)),
            words::event(labels, event)
        );
        let reason = one_line(labels.word("reason", &event.reason));
        if !reason.is_empty() {
            said.push_str(&format!("：{reason}"));
        }
        if let Some(run) = &event.run {
            said.push_str(&format!("（巡查 {run}）"));
        }
        lines.extend(field(if i == 0 { "办理经过" } else { "" }, &said, width));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// What will happen now, by stage. An undetermined answer never stands for a fixed problem, and the page says so.
fn next_step(shown: &ProblemView, labels: &Labels) -> String {
    let step = match shown.stage {
        Stage::Suspected => "继续巡查核实；达到规则规定的次数或经人工确认后列入清单，未证实的不列入。",
        Stage::Unconfirmed => "未列入清单，无需办理；再次发现时重新核实。",
        Stage::Open => "由主办单位按时限整改；改好后巡查复查通过即转待复核。",
        Stage::Rectifying => "主办单位正在整改；改好后巡查复查通过即转待复核。",
        Stage::AwaitingReview => "等待后续复查或人工复核：通过即销号，不通过则退回待整改。",
        Stage::Closed => "已销号，无需办理；再次发现按反弹重新列入。",
        Stage::Deferred => "已挂账，按批准的期限整改；到期恢复整改，期间仍计入未销号。",
        Stage::Dismissed => "不予列入；到期或撤销后恢复检查。",
    };
    match words::undetermined(labels, shown) {
        Some(reason) if shown.stage != Stage::Closed => {
            format!("{step}当前无法判定：{reason}，请先排除该原因；无法判定不作为已整改的依据。")
        }
        _ => step.to_owned(),
    }
}
