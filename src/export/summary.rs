//! What `patrol` prints when it ends. The caller fills a [`RunSummary`]; the words are here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ledger::Why;
use crate::rule::Labels;

use super::{text, words};

/// Names listed per line before 等.
const EXAMPLES: usize = 5;

/// How the run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// Written to the ledger.
    Applied,
    /// Interrupted; what was measured was written.
    Partial,
    /// 熔断: stored, nothing written.
    Held(Hold),
    /// Our own line failed: nothing of it counts.
    Void,
}

/// Why the brake held a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hold {
    pub rule: String,
    pub rule_title: String,
    /// Sites that would change, and sites judged by the rule.
    pub changed: u32,
    pub judged: u32,
    /// From pass to fail (false: from fail to pass).
    pub to_fail: bool,
    /// Changes allowed in one run.
    pub allowed: u32,
    pub why: Why,
    /// Names of some of the sites.
    pub sites: Vec<String>,
}

/// What the ledger did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movements {
    /// 新增疑似
    pub suspected: u32,
    /// 列入清单 (待整改)
    pub opened: u32,
    /// 仍存在
    pub still_there: u32,
    /// 复查未再发现 → 待复核
    pub awaiting_review: u32,
    /// 销号
    pub closed: u32,
    /// 反弹
    pub reopened: u32,
    /// 退回: 待复核 whose recheck failed
    pub returned: u32,
    /// 疑似 → 未证实
    pub unconfirmed: u32,
}

/// Facts of a finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    pub run: String,
    /// `patrol`, `audit`, …
    pub kind: String,
    pub started_at: Timestamp,
    /// Wall time, seconds.
    pub seconds: u64,
    pub end: RunEnd,
    /// 应查 sites.
    pub planned: u32,
    /// 已查: sites looked at with an answer.
    pub covered: u32,
    /// 无法判定 sites.
    pub undetermined: u32,
    /// Undetermined sites by reason key of the `reason` labels.
    pub reasons: BTreeMap<String, u32>,
    /// Names of undetermined sites, for the line of examples.
    pub undetermined_sites: Vec<String>,
    pub movements: Movements,
    /// New rows to look at first: site name and rule title.
    pub examples: Vec<(String, String)>,
    /// Reference points that answered before and after, and how many there are; `None` when the register names none.
    pub canaries: Option<Canaries>,
    /// 未销号 and 疑似 of the ledger after the run.
    pub unsolved: u32,
    pub suspects: u32,
    /// Files written, as the user named them.
    pub files: Vec<String>,
    /// What the reader should know beside the figures.
    pub notes: Vec<String>,
    /// Commands or steps to go on with.
    pub next: Vec<String>,
}

/// Reference points (参照点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Canaries {
    pub opening: u32,
    /// `None` when the run ended before the closing round.
    pub closing: Option<u32>,
    pub total: u32,
}

/// The summary as one versioned JSON object; keys are only added.
pub fn json(summary: &RunSummary) -> String {
    let end = match &summary.end {
        RunEnd::Applied => "applied",
        RunEnd::Partial => "partial",
        RunEnd::Held(_) => "held",
        RunEnd::Void => "void",
    };
    let hold = match &summary.end {
        RunEnd::Held(hold) => serde_json::json!({
            "rule": hold.rule, "why": hold.why, "changed": hold.changed, "judged": hold.judged, "allowed": hold.allowed, "sites": hold.sites,
        }),
        _ => serde_json::Value::Null,
    };
    let moved = &summary.movements;
    serde_json::json!({
        "v": 1,
        "type": "run.finished",
        "run": summary.run,
        "kind": summary.kind,
        "started_at": summary.started_at,
        "seconds": summary.seconds,
        "state": end,
        "hold": hold,
        "planned": summary.planned,
        "covered": summary.covered,
        "undetermined": summary.undetermined,
        "reasons": summary.reasons,
        "suspected": moved.suspected,
        "opened": moved.opened,
        "still_there": moved.still_there,
        "awaiting_review": moved.awaiting_review,
        "closed": moved.closed,
        "reopened": moved.reopened,
        "returned": moved.returned,
        "unconfirmed": moved.unconfirmed,
        "unsolved": summary.unsolved,
        "suspects": summary.suspects,
    })
    .to_string()
}

/// The text of the whole summary, ended by a line feed.
pub fn run(summary: &RunSummary, labels: &Labels) -> String {
    let mut lines = vec![head(summary, labels)];
    if let Some(canaries) = summary.canaries {
        lines.push(canary_line(canaries));
    }
    if summary.end == RunEnd::Void {
        lines.push("本机网络故障，本次巡查作废".to_owned());
        lines.push("  未写入任何结果：不新增、不销号，也不改变任何条目。".to_owned());
        lines.push("  请检查本机网线、域名解析服务器和参照点设置后重新巡查。".to_owned());
        lines.extend(notes(summary));
        lines.extend(summary.next.iter().map(|n| format!("下一步：{}", text::one_line(n))));
        return finish(lines);
    }
    lines.extend(coverage(summary, labels));
    match &summary.end {
        RunEnd::Held(hold) => lines.extend(hold_lines(summary, hold)),
        RunEnd::Partial => {
            lines.push("！巡查提前结束：已查部分已入账，其余站点本次不作结论。".to_owned());
            lines.extend(movements(summary));
        }
        _ => lines.extend(movements(summary)),
    }
    lines.extend(summary.files.iter().map(|f| format!("已生成：{}", text::one_line(f))));
    lines.extend(notes(summary));
    lines.extend(summary.next.iter().map(|n| format!("下一步：{}", text::one_line(n))));
    finish(lines)
}

fn notes(summary: &RunSummary) -> impl Iterator<Item = String> + '_ {
    summary.notes.iter().map(|n| format!("注意：{}", text::one_line(n)))
}

/// `head` and `rest`, folded to the terminal with a hanging indent.
fn folded(head: &str, rest: &str) -> impl Iterator<Item = String> {
    let indent = text::width(head);
    let lines = text::wrap(rest, 80 - indent, usize::MAX);
    let head = head.to_owned();
    lines.into_iter().enumerate().map(move |(i, line)| {
        let start = if i == 0 { head.clone() } else { " ".repeat(indent) };
        format!("{start}{line}")
    })
}

fn finish(lines: Vec<String>) -> String {
    lines.join("\n") + "\n"
}

fn head(summary: &RunSummary, labels: &Labels) -> String {
    format!(
        "{} {}  开始 {}  用时 {}",
        words::run_kind(labels, &summary.kind),
        summary.run,
        words::minute(summary.started_at),
        duration(summary.seconds)
    )
}

fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s}秒"),
        (0, m, s) => format!("{m}分{s}秒"),
        (h, m, _) => format!("{h}小时{m}分"),
    }
}

fn canary_line(canaries: Canaries) -> String {
    let total = canaries.total;
    match canaries.closing {
        Some(closing) => format!("  参照点：开始时 {}/{total} 正常，结束时 {closing}/{total} 正常", canaries.opening),
        None => format!("  参照点：开始时 {}/{total} 正常，结束时未查", canaries.opening),
    }
}

fn coverage(summary: &RunSummary, labels: &Labels) -> Vec<String> {
    let mut out =
        vec![format!("  应查 {}  已查 {}  无法判定 {}", summary.planned, summary.covered, summary.undetermined)];
    if !summary.reasons.is_empty() {
        let mut reasons: Vec<_> = summary.reasons.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let listed: Vec<String> =
            reasons.into_iter().map(|(key, count)| format!("{} {count}", labels.word("reason", key))).collect();
        // Reasons count sites, and a site can have several: the figures need not add up to the line above.
        let several = if summary.reasons.values().sum::<u32>() > summary.undetermined {
            "（同一网站可有多种原因）"
        } else {
            ""
        };
        out.extend(folded("    无法判定原因：", &format!("{}{several}", listed.join("；"))));
    }
    if !summary.undetermined_sites.is_empty() {
        out.extend(folded("    涉及：", &some(&summary.undetermined_sites)));
    }
    out
}

fn movements(summary: &RunSummary) -> Vec<String> {
    let m = summary.movements;
    let mut out = vec![format!(
        "新增疑似 {}  列入清单 {}  仍存在 {}  复查未再发现 {}（转待复核）  销号 {}  反弹 {}",
        m.suspected, m.opened, m.still_there, m.awaiting_review, m.closed, m.reopened
    )];
    let rarer: Vec<String> = [(m.returned, "复核不通过退回"), (m.unconfirmed, "疑似未证实")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{word} {count}"))
        .collect();
    if !rarer.is_empty() {
        out.push(rarer.join("  "));
    }
    for (site, title) in summary.examples.iter().take(EXAMPLES) {
        out.push(format!("  · {}：{}", text::one_line(site), text::one_line(title)));
    }
    if summary.examples.len() > EXAMPLES {
        out.push(format!("  · 等 {} 条", summary.examples.len()));
    }
    out.push(format!("清单现有：未销号 {}，疑似 {}", summary.unsolved, summary.suspects));
    out
}

fn hold_lines(summary: &RunSummary, hold: &Hold) -> Vec<String> {
    let (from, to) = if hold.to_fail { ("通过", "不通过") } else { ("不通过", "通过") };
    let title = match text::one_line(&hold.rule_title) {
        title if title.is_empty() => " ".to_owned(),
        title => format!("（{title}）"),
    };
    let (changed, judged, allowed) = (hold.changed, hold.judged, hold.allowed);
    let what = match hold.why {
        Why::Flips => format!("将使 {changed}/{judged} 个站点由“{from}”变“{to}”，超过一次巡查允许的 {allowed} 个"),
        Why::Loud => {
            format!("将使 {changed}/{judged} 个站点由“通过”变“不通过”，远多于该规则以往任何一次（至多 {allowed} 个）")
        }
        Why::Silent => {
            format!("在 {changed}/{judged} 个站点突然没有结论或不再不通过，与该规则以往不符（至多 {allowed} 个）")
        }
    };
    let mut out = vec![format!("！熔断：规则 {}{title}{what}。", hold.rule)];
    out.push("  结果已保存，未写入清单；请人工核实是否为同一原因（线路、防护设备、共用平台或规则变更）。".to_owned());
    if !hold.sites.is_empty() {
        out.push(format!("  涉及：{}", some(&hold.sites)));
    }
    out.push(format!("清单未变：未销号 {}，疑似 {}", summary.unsolved, summary.suspects));
    out
}

/// A few names, then how many there are.
fn some(names: &[String]) -> String {
    let listed: Vec<String> = names.iter().take(EXAMPLES).map(|n| text::one_line(n)).collect();
    let more = if names.len() > EXAMPLES { format!("等{}个", names.len()) } else { String::new() };
    listed.join("、") + &more
}

#[cfg(test)]
mod tests;
