//! What was planted against what was found.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::profile::{Expected, Kind, Stage};

/// One site of the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planted {
    /// Register id.
    pub site: String,
    pub name: String,
    pub profile: String,
    pub kind: Kind,
    pub expected: Vec<Expected>,
}

/// One answer of the inspector: a live row of the list, or a recorded hint. Give only rows whose newest evidence says "still
/// there"; repaired ones waiting for review are no claim about today.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub site: String,
    pub rule: String,
    pub stage: Stage,
}

/// A difference, or an agreement, worth a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub site: String,
    pub name: String,
    pub profile: String,
    pub rule: String,
    pub stage: Stage,
}

/// The result. Only rows of the list count; hints are neither hits nor false.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    pub sites: usize,
    /// 命中: planted and found, in the right stage.
    pub hits: Vec<Line>,
    /// 阶段不符: planted and found, but 疑似 instead of 待整改 or the reverse; `stage` is the one found.
    pub misplaced: Vec<Line>,
    /// 漏报: planted, not found.
    pub missed: Vec<Line>,
    /// 误报: found, not planted; the worst kind.
    pub wrong: Vec<Line>,
    /// Sites without any planted row: how many, and how many of them stayed clean.
    pub innocent: usize,
    pub innocent_clean: usize,
}

/// Compares; order and repetition of `found` do not matter. After the `first_patrol` further visits or a person may have
/// confirmed what was 疑似, so that 待整改 is right for it too.
pub fn compare(planted: &[Planted], found: &[Found], first_patrol: bool) -> Comparison {
    let found: BTreeSet<&Found> = found.iter().filter(|f| f.stage != Stage::Hint).collect();
    let mut result = Comparison { sites: planted.len(), ..Comparison::default() };
    let mut known = BTreeSet::new();
    for site in planted {
        let line = |rule: &str, stage| Line {
            site: site.site.clone(),
            name: site.name.clone(),
            profile: site.profile.clone(),
            rule: rule.to_owned(),
            stage,
        };
        known.insert(site.site.as_str());
        let rows: Vec<&Expected> = site.expected.iter().filter(|e| e.stage != Stage::Hint).collect();
        let here: Vec<&&Found> = found.iter().filter(|f| f.site == site.site).collect();
        for row in &rows {
            match here.iter().filter(|f| f.rule == row.rule).map(|f| f.stage).max_by_key(|s| *s == row.stage) {
                Some(stage) if stage == row.stage || (!first_patrol && row.stage == Stage::Suspected) => {
                    result.hits.push(line(row.rule, stage));
                }
                Some(stage) => result.misplaced.push(line(row.rule, stage)),
                None => result.missed.push(line(row.rule, row.stage)),
            }
        }
        let wrong: Vec<_> = here.iter().filter(|f| rows.iter().all(|row| row.rule != f.rule)).collect();
        if rows.is_empty() {
            result.innocent += 1;
            result.innocent_clean += usize::from(wrong.is_empty());
        }
        result.wrong.extend(wrong.into_iter().map(|f| line(&f.rule, f.stage)));
    }
    for stranger in found.into_iter().filter(|f| !known.contains(f.site.as_str())) {
        let Found { site, rule, stage } = stranger.clone();
        result.wrong.push(Line { site, name: String::new(), profile: String::new(), rule, stage });
    }
    result
}

impl Comparison {
    /// Everything planted was found where it belongs, and nothing else.
    pub fn is_perfect(&self) -> bool {
        self.misplaced.is_empty() && self.missed.is_empty() && self.wrong.is_empty()
    }

    /// The report printed at the end of the demonstration, in Chinese.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let planted = self.hits.len() + self.misplaced.len() + self.missed.len();
        // Writing into a string does not fail.
        let _ = writeln!(out, "预设与查出对照（{}个网站）", self.sites);
        let _ = writeln!(
            out,
            "  预设问题{planted}个：命中{}个，阶段不符{}个，漏报{}个；误报{}个",
            self.hits.len(),
            self.misplaced.len(),
            self.missed.len(),
            self.wrong.len()
        );
        let _ = writeln!(out, "  正常及易误判网站{}个，其中未被列入问题{}个", self.innocent, self.innocent_clean);
        for (title, lines) in [("阶段不符", &self.misplaced), ("漏报", &self.missed), ("误报", &self.wrong)] {
            table(&mut out, title, lines);
        }
        if self.is_perfect() {
            out += "  结论：预设问题全部查出，无误报。\n";
        } else {
            out += "  结论：与预设不一致，见上表。\n";
        }
        out
    }

    /// All planted problems found, one line each, in the same form as the differences.
    pub fn hits_text(&self) -> String {
        let mut out = String::new();
        table(&mut out, "命中", &self.hits);
        out
    }
}

fn table(out: &mut String, title: &str, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let head = ["网站", "情形", "规则", "阶段"].map(str::to_owned);
    let rows: Vec<[String; 4]> = std::iter::once(head)
        .chain(lines.iter().map(|l| {
            let name = if l.name.is_empty() { l.site.clone() } else { format!("{} {}", l.site, l.name) };
            [name, l.profile.clone(), l.rule.clone(), word(l.stage).to_owned()]
        }))
        .collect();
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let _ = writeln!(out, "  {title}：");
    for row in &rows {
        let mut line = String::from("   ");
        for (cell, width) in row.iter().zip(widths) {
            line += " ";
            line += cell;
            line.extend(std::iter::repeat_n(' ', 1 + width - cell.width()));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "待整改",
        Stage::Suspected => "疑似",
        Stage::Hint => "提示",
    }
}
