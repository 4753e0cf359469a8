//! `problems show`: one problem on one page.

use crate::ledger::view::{EventView, HandlingView, ProblemView, Stage};
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
    lines.extend(handling_lines(shown, labels, width));
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

/// What people have done with the row so far; nothing for rows nobody has touched.
fn handling_lines(shown: &ProblemView, labels: &Labels, width: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    if !shown.source.is_patrol() {
        parts.push(format!("来源：{}", words::source(labels, shown.source)));
    }
    parts.extend(shown.issued_at.map(|at| format!("{}下发", words::minute(at))));
    parts.extend(shown.taken_at.map(|at| format!("{}认领", words::minute(at))));
    parts.extend(shown.assignee.as_ref().map(|name| format!("责任人{}", one_line(name))));
    parts.extend(shown.promised.map(|at| format!("单位计划{}完成", words::due(at))));
    parts.extend(shown.claimed_at.map(|at| format!("{}申请复核", words::minute(at))));
    if let Some(ground) = shown.ground {
        let until = shown.dismissed_until.map(|at| format!("，至{}", words::due(at))).unwrap_or_default();
        parts.push(format!("不予列入：{}{until}", words::ground(labels, ground)));
    }
    let names = shown.attachments.iter().map(|a| one_line(&a.name)).collect::<Vec<_>>().join("、");
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.extend(field("办理", &parts.join("；"), width));
    }
    if !names.is_empty() {
        lines.extend(field("材料", &names, width));
    }
    lines
}

pub(crate) fn evidence_line(shown: &ProblemView, labels: &Labels) -> String {
    let mut out = words::evidence(labels, shown).to_owned();
    if !shown.source.is_patrol() {
        return out;
    }
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

pub(crate) fn due_line(shown: &ProblemView, labels: &Labels) -> String {
    let Some(at) = shown.due else {
        return if shown.stage == Stage::Suspected { "核实后确定" } else { "未定" }.to_owned();
    };
    let mut out = words::due(at);
    if shown.due_provisional {
        out.push_str("（暂定，当年节假日安排尚未载入）");
    }
    out.push_str(&format!("；{}", words::clock(labels, shown.clock)));
    if let Some(original) = shown.original_due.filter(|original| *original != at) {
        out.push_str(&format!("；原时限{}", words::due(original)));
    }
    if shown.extended > 0 {
        out.push_str(&format!("；延期{}次", shown.extended));
    }
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
        if let Some(handling) = &event.handling {
            said.push_str(&handled(handling, labels));
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

/// The particulars of one step.
pub(crate) fn handled(handling: &HandlingView, labels: &Labels) -> String {
    let h = handling;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(h.ground.map(|ground| words::ground(labels, ground).to_owned()));
    parts.extend(h.until.map(|at| format!("至{}", words::due(at))));
    let written = [
        ("批准人", &h.approver),
        ("文号", &h.document),
        ("安排", &h.plan),
        ("措施", &h.measure),
        ("责任人", &h.assignee),
    ];
    parts.extend(written.iter().filter_map(|(what, text)| Some(format!("{what}{}", one_line(text.as_ref()?)))));
    parts.extend(h.attachments.iter().map(|a| format!("材料{}", one_line(&a.name))));
    if parts.is_empty() { String::new() } else { format!("（{}）", parts.join("；")) }
}

/// What will happen now, by stage. An undetermined answer never stands for a fixed problem, and the page says so.
pub(crate) fn next_step(shown: &ProblemView, labels: &Labels) -> String {
    let observed = shown.source.is_patrol();
    let step = match shown.stage {
        Stage::Open if !observed => "由主办单位按时限整改；改好后附佐证材料申请复核。",
        Stage::Rectifying if !observed => "主办单位正在整改；改好后附佐证材料申请复核。",
        Stage::AwaitingReview if !observed => "等待人工复核：通过即销号，不通过则退回待整改。",
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
