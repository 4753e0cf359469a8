//! `runs list` and `runs show`.

use crate::ledger::view::{RunView, UnclearView};
use crate::rule::Labels;

use super::super::text::one_line;
use super::super::words;
use super::{field, fold_row};

/// The table of runs. `width` in terminal columns, at least 80.
pub fn runs(shown: &[RunView], labels: &Labels, width: usize) -> String {
    if shown.is_empty() {
        return "尚无巡查记录。\n".to_owned();
    }
    const FIXED: usize = 26 + 4 + 16 + 4 + 4 + 8 + 6;
    let widths = [26, 4, 16, width.max(super::WIDTH) - FIXED, 4, 4, 8];
    let heads = ["巡查", "类型", "开始", "状态", "应查", "已查", "无法判定"].map(str::to_owned);
    let mut lines = fold_row(&heads, &widths, 1);
    for run in shown {
        let cells = [
            one_line(&run.id),
            words::run_kind(labels, &run.kind).to_owned(),
            words::minute(run.started_at),
            labels.word("run_state", &run.state).to_owned(),
            run.planned.to_string(),
            run.covered.to_string(),
            run.undetermined.to_string(),
        ];
        lines.extend(fold_row(&cells, &widths, 2));
    }
    lines.push(format!("共 {} 次", shown.len()));
    lines.join("\n") + "\n"
}

/// One run on one page, with the sites it could not tell about and why.
pub fn run(shown: &RunView, unclear: &[UnclearView], labels: &Labels, width: usize) -> String {
    let width = width.max(40);
    let mut lines = field("巡查", &shown.id, width);
    lines.extend(field("类型", words::run_kind(labels, &shown.kind), width));
    lines.extend(field("状态", labels.word("run_state", &shown.state), width));
    lines.extend(field("开始", &words::minute(shown.started_at), width));
    let finished = shown.finished_at.map_or_else(|| "未结束".to_owned(), words::minute);
    lines.extend(field("结束", &finished, width));
    let coverage = format!("应查 {}，已查 {}，无法判定 {}", shown.planned, shown.covered, shown.undetermined);
    lines.extend(field("站点", &coverage, width));
    for (i, site) in unclear.iter().enumerate() {
        let name = if site.name.is_empty() { &site.site } else { &site.name };
        let reasons: Vec<&str> = site.reasons.iter().map(|r| labels.word("reason", r)).collect();
        let text = format!("{}：{}", one_line(name), reasons.join("；"));
        lines.extend(field(if i == 0 { "无法判定" } else { "" }, &text, width));
    }
    if !shown.note.is_empty() {
        lines.extend(field("说明", &shown.note, width));
    }
    let next = match shown.state.as_str() {
        "held" => "熔断待放行：核实是否为同一原因后，由人工放行或放弃；放行前不写入清单。",
        "void" => "本机网络故障，本次巡查作废：检查本机网络后重新巡查。",
        "running" => "巡查正在进行，或上次被强行中断；再次巡查时自动处理。",
        "partial" => "部分站点未查，未查的不作结论；下次巡查补查。",
        _ => "",
    };
    if !next.is_empty() {
        lines.extend(field("下一步", next, width));
    }
    lines.join("\n") + "\n"
}
