//! What steps of people did, and the balance of a period.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::text::{one_line, pad, width};
use super::super::words;
use crate::ledger::view::Stage;
use crate::ledger::{Balance, Done, Share};
use crate::rule::Labels;

/// One line per row: number, stage before and after, time limit.
pub fn done(action: &str, done: &[Done], labels: &Labels, preview: bool) -> String {
    let mut out = String::new();
    for step in done {
        let (from, to) = (words::stage(labels, step.from), words::stage(labels, step.to));
        let moved = if step.from == step.to { from.to_owned() } else { format!("{from} → {to}") };
        let due = match step.due {
            Some(due) if !matches!(step.to, Stage::Closed | Stage::Dismissed) => {
                format!("，时限 {}", words::due(due))
            }
            _ => String::new(),
        };
        let will = if preview { "将" } else { "已" };
        out.push_str(&format!("{} {will}{action}：{moved}{due}\n", step.problem));
    }
    out
}

const HEADS: [&str; 7] = ["期初", "新增", "反弹", "恢复", "销号", "剔除", "期末"];

fn figures(balance: &Balance) -> [u32; 7] {
    let b = balance;
    [b.opening, b.new, b.relapsed, b.restored, b.closed, b.removed, b.closing]
}

/// The balance as a whole, by unit and by key point.
pub fn balance(from: Date, to: Date, balances: &BTreeMap<Share, Balance>, labels: &Labels) -> String {
    let mut units: BTreeMap<&str, Vec<&Balance>> = BTreeMap::new();
    let mut points: BTreeMap<u8, Vec<&Balance>> = (1..=10).map(|point| (point, Vec::new())).collect();
    for (share, balance) in balances {
        units.entry(&share.unit).or_default().push(balance);
        points.entry(share.key_point).or_default().push(balance);
    }
    let all = Balance::sum(balances.values());
    let mut rows: Vec<(String, Option<Balance>)> = vec![("合计".to_owned(), Some(all)), ("按单位".to_owned(), None)];
    rows.extend(units.into_iter().map(|(unit, parts)| (one_line(unit), Some(Balance::sum(parts)))));
    rows.push(("按重点内容".to_owned(), None));
    rows.extend(
        points
            .into_iter()
            .map(|(point, parts)| (words::key_point(labels, point).to_owned(), Some(Balance::sum(parts)))),
    );
    let column = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(40);
    let mut out = format!("{from} 至 {to} 问题清单收支（期初＋新增＋反弹＋恢复－销号－剔除＝期末）\n\n");
    out.push_str(&format!("{} {}\n", pad("", column), HEADS.join("   ")));
    for (name, balance) in rows {
        let figures = balance.map(|b| figures(&b).map(|n| format!("{n:>4}")).join("   ")).unwrap_or_default();
        out.push_str(
            format!("{} {figures}", pad(&super::super::text::wrap(&name, column, 1).join(""), column)).trim_end(),
        );
        out.push('\n');
    }
    out
}
