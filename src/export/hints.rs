//! Hints (提示) and findings of rules on trial: recorded, shown on request, never rows of the list.

use serde::Serialize;

use crate::ledger::view::HintView;
use crate::rule::{Labels, RuleStatus};

use super::{text, words};

#[derive(Serialize)]
struct Row<'a> {
    site: &'a str,
    site_name: &'a str,
    unit: &'a str,
    rule: &'a str,
    title: &'a str,
    on_trial: bool,
    text: &'a str,
    measure: &'a str,
    first_seen: jiff::Timestamp,
    last_seen: jiff::Timestamp,
}

fn row(hint: &HintView) -> Row<'_> {
    Row {
        site: &hint.site,
        site_name: &hint.site_name,
        unit: &hint.unit,
        rule: &hint.rule,
        title: &hint.rule_title,
        on_trial: hint.status == RuleStatus::Experimental,
        text: &hint.text,
        measure: &hint.measure,
        first_seen: hint.first_seen,
        last_seen: hint.last_seen,
    }
}

/// Hints as one versioned JSON object.
pub fn json(hints: &[HintView]) -> String {
    #[derive(Serialize)]
    struct Out<'a> {
        v: u32,
        hints: Vec<Row<'a>>,
    }
    serde_json::to_string(&Out { v: 1, hints: hints.iter().map(row).collect() }).expect("plain data serialises")
}

/// A line `{"v":1,"type":"hint",…}` per hint.
pub fn lines(hints: &[HintView]) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        v: u32,
        r#type: &'static str,
        #[serde(flatten)]
        row: Row<'a>,
    }
    let line = |h| serde_json::to_string(&Line { v: 1, r#type: "hint", row: row(h) }).expect("plain data serialises");
    hints.iter().map(|h| line(h) + "\n").collect()
}

/// Hints grouped by site for a terminal.
pub fn text(hints: &[HintView], labels: &Labels) -> String {
    let mut out = String::new();
    let mut site = "";
    for hint in hints {
        if hint.site != site {
            site = &hint.site;
            out.push_str(&format!("{}（{}）\n", text::one_line(&hint.site_name), hint.site));
        }
        let trial =
            if hint.status == RuleStatus::Experimental { "试行" } else { words::severity(labels, hint.severity) };
        for (index, line) in text::wrap(&text::clean(&hint.text), 70, usize::MAX).iter().enumerate() {
            out.push_str(&if index == 0 { format!("  [{trial}] {line}\n") } else { format!("         {line}\n") });
        }
    }
    out.push_str(&format!("共 {} 条提示。提示不列入清单，不计入未销号。\n", hints.len()));
    out
}
