//! `problems list`.

use crate::ledger::view::ProblemView;
use crate::rule::Labels;

use super::super::text::one_line;
use super::super::{Totals, words};
use super::fold_row;

/// Lines a cell may take before it is cut.
const MOST_LINES: usize = 3;

/// The table of `shown`, then the count with the figures of the whole ledger. `width` in terminal columns, at least 80.
pub fn problems(shown: &[ProblemView], totals: Totals, labels: &Labels, width: usize) -> String {
    let widths = widths(width);
    let mut lines = Vec::new();
    if shown.is_empty() {
        lines.push("没有符合条件的问题。".to_owned());
    } else {
        let heads = ["编号", "站点", "问题", "阶段", "时限", "证据", "色"].map(str::to_owned);
        lines.extend(fold_row(&heads, &widths, 1));
        for problem in shown {
            lines.extend(fold_row(&cells(problem, labels), &widths, MOST_LINES));
        }
    }
    lines.push(format!(
        "共 {} 条（未销号总数 {}；疑似 {}；无法判定 {}）",
        shown.len(),
        totals.unsolved,
        totals.suspected,
        totals.undetermined
    ));
    lines.join("\n") + "\n"
}

/// 编号 and the narrow columns are fixed; site and problem share the rest.
fn widths(width: usize) -> [usize; 7] {
    const FIXED: usize = 17 + 6 + 10 + 8 + 2 + 6;
    let rest = width.max(super::WIDTH) - FIXED;
    let site = (rest * 2 / 5).min(30);
    [17, site, rest - site, 6, 10, 8, 2]
}

fn cells(problem: &ProblemView, labels: &Labels) -> [String; 7] {
    let name = if problem.site_name.is_empty() { &problem.site } else { &problem.site_name };
    let title = if problem.rule_title.is_empty() { &problem.text } else { &problem.rule_title };
    [
        one_line(problem.handle()),
        one_line(name),
        one_line(title),
        words::stage(labels, problem.stage).to_owned(),
        due(problem),
        words::evidence(labels, problem).to_owned(),
        words::colour(problem.clock).to_owned(),
    ]
}

/// The last day of the limit, which ends at 24:00; an hour only when it ends within the day.
fn due(problem: &ProblemView) -> String {
    let Some(at) = problem.due else { return "－".to_owned() };
    let (day, hour) = words::last_day(at);
    let mut out = day.to_string();
    for note in [hour.as_deref(), problem.due_provisional.then_some("暂定")].into_iter().flatten() {
        out.push('\n');
        out.push_str(note);
    }
    out
}
