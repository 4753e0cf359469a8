//! What an audit (体检) prints of one site: every rule with its answer, checks that passed included.

use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::SiteStatus;
use crate::rule::{Labels, Severity};

use super::text;

/// The three values, and the two that are none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Pass,
    Fail,
    Undetermined,
    NotApplicable,
    Error,
}

impl Answer {
    /// The answer in the words of the sheet.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Pass => "通过",
            Answer::Fail => "不通过",
            Answer::Undetermined => "无法判定",
            Answer::NotApplicable => "不涉及",
            Answer::Error => "程序内部错误",
        }
    }
}

/// One rule about one subject of the site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub rule: String,
    pub title: String,
    pub severity: Severity,
    pub key_point: u8,
    pub answer: Answer,
    /// 存在问题 of a failure.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub problem: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub measure: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub basis: String,
    /// Reason key of an undetermined answer, with the address or name it hangs on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Line {
    /// Why it could not be told, in words; empty for other answers.
    pub fn why(&self, labels: &Labels) -> String {
        match self.answer {
            Answer::Undetermined => with_detail(labels.word("reason", &self.reason), &self.detail, labels),
            _ => String::new(),
        }
    }
}

/// All answers about one site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    pub site: String,
    pub name: String,
    pub url: String,
    /// Filed state; several rules do not concern sites that are not running.
    pub status: SiteStatus,
    pub at: Timestamp,
    pub looks: u8,
    pub lines: Vec<Line>,
}

/// Sheets under a versioned top-level object, NDJSON-friendly on one line.
pub fn json(sheets: &[Sheet]) -> String {
    #[derive(Serialize)]
    struct Out<'a> {
        v: u32,
        audits: &'a [Sheet],
    }
    serde_json::to_string(&Out { v: 1, audits: sheets }).expect("plain data serialises")
}

/// A line `{"v":1,"type":"audit",…}` per site.
pub fn lines(sheets: &[Sheet]) -> String {
    #[derive(Serialize)]
    struct Out<'a> {
        v: u32,
        r#type: &'static str,
        #[serde(flatten)]
        sheet: &'a Sheet,
    }
    let line = |sheet| serde_json::to_string(&Out { v: 1, r#type: "audit", sheet }).expect("plain data serialises");
    sheets.iter().map(|s| line(s) + "\n").collect()
}

/// Sheets for an 80-column terminal.
pub fn text(sheets: &[Sheet], labels: &Labels) -> String {
    sheets.iter().map(|s| sheet(s, labels)).collect::<Vec<_>>().join("\n")
}

fn sheet(sheet: &Sheet, labels: &Labels) -> String {
    let mut out = format!(
        "体检  {}（{}，{}）\n      {}  {}检查{}\n",
        text::one_line(&sheet.name),
        sheet.site,
        labels.word("status", status_key(sheet.status)),
        text::one_line(&sheet.url),
        super::words::minute(sheet.at),
        if sheet.looks > 1 { "，已复查" } else { "" }
    );
    for severity in [Severity::Veto, Severity::Serious, Severity::General, Severity::Hint] {
        let lines: Vec<&Line> = sheet.lines.iter().filter(|l| l.severity == severity).collect();
        if lines.is_empty() {
            continue;
        }
        let count = |answer| lines.iter().filter(|l| l.answer == answer).count();
        out.push_str(&format!(
            "{}  {} 项：通过 {}，不通过 {}，无法判定 {}，不涉及 {}{}\n",
            super::words::severity(labels, severity),
            lines.len(),
            count(Answer::Pass),
            count(Answer::Fail),
            count(Answer::Undetermined),
            count(Answer::NotApplicable),
            match count(Answer::Error) {
                0 => String::new(),
                n => format!("，程序内部错误 {n}"),
            }
        ));
        for line in &lines {
            match line.answer {
                Answer::Fail => {
                    out.push_str(&format!("  ✗ {}（{}）\n", line.title, line.rule));
                    out.push_str(&wrapped(&line.problem, 80, "      "));
                }
                Answer::Error => {
                    out.push_str(&format!("  ！{}（{}）程序内部错误：{}\n", line.title, line.rule, line.detail));
                }
                Answer::Pass | Answer::NotApplicable | Answer::Undetermined => {}
            }
        }
    }
    for (why, titles) in undetermined(&sheet.lines, labels) {
        out.push_str(&wrapped(&format!("？无法判定：{why}"), 80, "  "));
        out.push_str(&wrapped(&titles.join("、"), 80, "      "));
    }
    // Titles say what would be wrong, so what passed is "not found".
    let passed = titles(&sheet.lines, |l| l.answer == Answer::Pass);
    if !passed.is_empty() {
        out.push_str(&wrapped(&format!("✓ 未发现：{}", passed.join("、")), 80, "  "));
    }
    out
}

/// Titles of what could not be told, by reason: a site that did not answer leaves everything open for one reason.
fn undetermined<'s>(lines: &'s [Line], labels: &Labels) -> Vec<(String, Vec<&'s str>)> {
    let mut reasons: Vec<String> = Vec::new();
    for line in lines.iter().filter(|l| l.answer == Answer::Undetermined) {
        let why = line.why(labels);
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
    let of = |why: &String| titles(lines, |l| l.answer == Answer::Undetermined && l.why(labels) == *why);
    reasons
        .into_iter()
        .map(|why| {
            let titles = of(&why);
            (why, titles)
        })
        .collect()
}

/// Titles of the chosen lines, each once: a rule may have answered about several subjects.
fn titles(lines: &[Line], chosen: impl Fn(&Line) -> bool) -> Vec<&str> {
    let mut titles: Vec<&str> = Vec::new();
    for line in lines.iter().filter(|l| chosen(l)) {
        if !titles.contains(&line.title.as_str()) {
            titles.push(&line.title);
        }
    }
    titles
}

/// `被防护设备拦截（加速乐）`: the detail in words where there are any. A code nobody can read is left out.
fn with_detail(why: &str, detail: &str, labels: &Labels) -> String {
    let known = ["block", "cause"].iter().map(|g| labels.word(g, detail)).find(|w| *w != detail);
    let words = known.or_else(|| (detail.contains(['.', ':'])).then(|| detail.split('#').next().unwrap_or(detail)));
    words.map_or_else(|| why.to_owned(), |w| format!("{why}（{}）", text::one_line(w)))
}

fn status_key(status: SiteStatus) -> &'static str {
    match status {
        SiteStatus::Running => "running",
        SiteStatus::Maintenance => "maintenance",
        SiteStatus::Suspended => "suspended",
        SiteStatus::Closing => "closing",
        SiteStatus::Closed => "closed",
    }
}

/// Lines of at most `width` columns, each behind `indent`.
fn wrapped(content: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(indent.len());
    text::wrap(&text::clean(content), room, usize::MAX).iter().map(|line| format!("{indent}{line}\n")).collect()
}
