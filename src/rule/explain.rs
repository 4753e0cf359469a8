//! `rules explain` and `rules check` in words, for an 80-column terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::case::Case;
use super::template::BUILT_IN;
use super::{Calendar, CaseReport, Close, Confirm, Deadline, Rule, RuleSet, RuleStatus, Severity};
use crate::diagnostic::nearest;

/// Columns of a line.
const COLUMNS: usize = 80;
/// Columns of the left-hand words.
const INDENT: usize = 10;
const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

/// All about one rule.
pub fn explain(set: &RuleSet, id: &str) -> String {
    let Some(rule) = set.get(id) else {
        let near = nearest(id, set.rules.iter().map(|r| r.id.as_str()));
        let hint = near.map_or_else(String::new, |n| format!("，是否指“{n}”？"));
        return format!("没有编号为“{id}”的规则{hint}\n");
    };
    let doc = set.docs.get(id).cloned().unwrap_or_default();
    let mut page = Page::default();
    page.title(&rule.title);
    page.row("编号", &format!("{}（第{}版，{}）", rule.id, rule.version, status_word(set, rule.status)));
    if let Some(successor) = &doc.successor {
        page.row("接替规则", successor);
    }
    page.row("文件", &rule.origin);
    if !doc.regions.is_empty() {
        page.row("地方调整", &doc.regions.join("、"));
    }
    if rule.family != rule.id {
        page.row("问题类别", &rule.family);
    }
    page.row("严重程度", &severity_words(set, rule.severity));
    page.row("重点内容", &key_point(set, rule.key_point));
    for (i, basis) in rule.basis.iter().enumerate() {
        let confidence = serde_json::to_value(basis.confidence).ok();
        let key = confidence.as_ref().and_then(|v| v.as_str()).unwrap_or_default();
        let from = basis.effective_from.map_or_else(String::new, |d| format!("；{d}起可引用"));
        let word = set.labels.word("confidence", key);
        let text = format!("{}〔{word}{from}〕", set.basis_of(basis));
        page.row(if i == 0 { "依据" } else { "" }, &text);
    }
    if !rule.covers.is_empty() {
        page.row("涵盖规则", &rule.covers.join("、"));
    }
    page.row("适用网站", &applies(set, rule));
    let kind = rule.check.name();
    let kind_word = set.labels.word("kind", kind);
    page.row("检查内容", &if kind_word == kind { kind.to_owned() } else { format!("{kind_word}（{kind}）") });
    for line in doc.parameters.lines() {
        page.row("", line);
    }
    if !doc.references.is_empty() {
        page.row("技术规范", &doc.references.join("；"));
    }
    page.row("存在问题", &rule.problem);
    let facts = rule.check.fact_names();
    let own = if facts.is_empty() { String::new() } else { format!("{}；", facts.join("、")) };
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
    page.row("可用事实", &format!("{own}通用：{}", built_in.join("、")));
    page.row("整改措施", &rule.measure);
    page.row("整改时限", &deadline_words(rule.deadline));
    page.row("列入清单", &confirm_words(rule));
    page.row("销号", &close_words(rule.close));
    if let Some(why) = &doc.always_decided {
        page.row("必有结论", why);
    }
    let word = |case: &Case| set.labels.word("outcome", case.expect.key());
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for case in &doc.cases {
        match counts.iter_mut().find(|(w, _)| *w == word(case)) {
            Some((_, n)) => *n += 1,
            None => counts.push((word(case), 1)),
        }
    }
    let counts: Vec<String> = counts.into_iter().map(|(w, n)| format!("{w}{n}个")).collect();
    page.row("例子", &format!("共{}个：{}", doc.cases.len(), counts.join("、")));
    // Those of the program's own rules are written for programmers.
    for case in doc.cases.iter().filter(|c| !c.name.is_ascii()) {
        page.row("", &format!("{}：{}", word(case), case.name));
    }
    page.0
}

/// What `rules check` says when the files are valid.
pub fn check_report(set: &RuleSet, cases: &CaseReport) -> String {
    let count = |status| set.rules.iter().filter(|r| r.status == status).count();
    let mut page = Page::default();
    let kinds = [RuleStatus::Stable, RuleStatus::Experimental, RuleStatus::Deprecated];
    let parts: Vec<String> =
        kinds.into_iter().filter(|s| count(*s) > 0).map(|s| format!("{}{}条", status_word(set, s), count(s))).collect();
    page.row("规则", &format!("共{}条：{}", set.rules.len(), parts.join("、")));
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for rule in &set.rules {
        match groups.iter_mut().find(|(g, _)| *g == rule.group) {
            Some((_, n)) => *n += 1,
            None => groups.push((&rule.group, 1)),
        }
    }
    groups.sort_unstable();
    let listed: Vec<String> = groups.iter().map(|(g, n)| format!("{g} {n}条")).collect();
    page.row("分组", &listed.join("、"));
    let unverified: Vec<&str> = set
        .running()
        .filter(|r| r.basis.iter().all(|b| b.confidence == super::Confidence::U))
        .map(|r| r.id.as_str())
        .collect();
    if !unverified.is_empty() {
        page.row("依据待核", &format!("{}条：{}", unverified.len(), unverified.join("、")));
    }
    page.row("工作日历", &format!("{}，其他年份的时限为暂定", years(&set.calendar)));
    if cases.failed.is_empty() {
        page.row("例子", &format!("{}个，全部符合预期", cases.passed));
    } else {
        let total = cases.passed + cases.failed.len();
        page.row("例子", &format!("{total}个，其中{}个不符合预期：", cases.failed.len()));
        for line in &cases.failed {
            page.row("", line);
        }
    }
    page.0
}

/// `2020至2026年`, gaps named one by one.
fn years(calendar: &Calendar) -> String {
    let years: Vec<i16> = calendar.years.iter().copied().collect();
    match years[..] {
        [] => "未载入".to_owned(),
        [only] => format!("{only}年"),
        [first, .., last] if usize::try_from(last - first).is_ok_and(|n| n + 1 == years.len()) => {
            format!("{first}至{last}年")
        }
        _ => format!("{}年", years.iter().map(i16::to_string).collect::<Vec<_>>().join("、")),
    }
}

fn status_word(set: &RuleSet, status: RuleStatus) -> &str {
    set.labels.word(
        "rule_status",
        match status {
            RuleStatus::Experimental => "experimental",
            RuleStatus::Stable => "stable",
            RuleStatus::Deprecated => "deprecated",
        },
    )
}

fn severity_words(set: &RuleSet, severity: Severity) -> String {
    let (key, note) = match severity {
        Severity::Veto => ("veto", ""),
        Severity::Serious => ("serious", ""),
        Severity::General => ("general", ""),
        Severity::Hint => ("hint", "（只记录，不列入问题清单）"),
    };
    format!("{}{note}", set.labels.word("severity", key))
}

fn key_point(set: &RuleSet, point: u8) -> String {
    let numeral = NUMERALS.get(usize::from(point).wrapping_sub(1)).copied().unwrap_or_default();
    format!("{numeral}、{}", set.labels.word("key_point", &point.to_string()))
}

fn applies(set: &RuleSet, rule: &Rule) -> String {
    let words = |group: &str, keys: Vec<String>| {
        if keys.is_empty() {
            return "全部".to_owned();
        }
        keys.iter().map(|k| set.labels.word(group, k)).collect::<Vec<_>>().join("、")
    };
    let statuses = rule.applies.status.iter().map(key_of).collect();
    let classes = rule.applies.class.iter().map(key_of).collect();
    format!("运行状态：{}；网站类别：{}", words("status", statuses), words("class", classes))
}

fn key_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn deadline_words(deadline: Deadline) -> String {
    match deadline {
        Deadline::WorkingDays(n) => format!("{n}个工作日"),
        Deadline::CalendarDays(n) => format!("{n}日（最后一日为休息日的顺延至下一工作日）"),
        Deadline::Hours(n) => format!("{n}小时"),
    }
}

fn confirm_words(rule: &Rule) -> String {
    if rule.severity == Severity::Hint {
        return "不列入，需要时查看".to_owned();
    }
    if rule.status == RuleStatus::Experimental {
        return "试行期间只记录，不列入".to_owned();
    }
    match rule.confirm {
        Confirm::Direct => "当次巡查发现、复查一致，即列为待整改".to_owned(),
        Confirm::Suspect { failures: 0, .. } => "先列为疑似，由人核实后转为待整改".to_owned(),
        Confirm::Suspect { failures, spacing_hours, span_hours } => format!(
            "先列为疑似；{failures}次判定为不合格、每次相隔不少于{spacing_hours}小时、前后历时不少于{span_hours}小时，\
             或由人核实后，转为待整改"
        ),
    }
}

fn close_words(close: Close) -> String {
    let Close { passes, days, auto } = close;
    let spread = if days > 1 { format!("、分布在{days}个不同的日子") } else { String::new() };
    let then = format!("{passes}次判定为合格{spread}");
    if auto {
        format!("首次合格转为待复核；{then}，自动销号")
    } else {
        format!("首次合格转为待复核；{then}后，由人复核销号")
    }
}

/// Lines being laid out.
#[derive(Default)]
struct Page(String);

impl Page {
    fn title(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
        self.0.push_str(&"─".repeat(COLUMNS / 2));
        self.0.push('\n');
    }

    /// A word on the left, text wrapped on the right.
    fn row(&mut self, word: &str, text: &str) {
        for (i, line) in wrap(text, COLUMNS - INDENT).into_iter().enumerate() {
            let left = if i == 0 { word } else { "" };
            let pad = INDENT.saturating_sub(left.width_cjk());
            let row = format!("{left}{}{line}", " ".repeat(pad));
            self.0.push_str(row.trim_end());
            self.0.push('\n');
        }
    }
}

/// Lines of at most `columns`; Chinese breaks anywhere but before closing marks, other words stay whole where they fit.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut width = 0;
        let mut rest = paragraph;
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len()).max(first.len_utf8());
            let (unit, after) = rest.split_at(word);
            let closing = unit.chars().next().is_some_and(|c| "，。、；：？！）〕》〉”’".contains(c));
            // One column pair of overhang keeps a closing mark from starting a line.
            let limit = columns + if closing { 2 } else { 0 };
            if width + unit.width_cjk() > limit && width > 0 {
                lines.push(std::mem::take(&mut line));
                width = 0;
            }
            for c in unit.chars() {
                let w = c.width_cjk().unwrap_or(0);
                if width + w > limit {
                    lines.push(std::mem::take(&mut line));
                    width = 0;
                }
                line.push(c);
                width += w;
            }
            rest = after;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "首页底部未标明ICP备案编号（已查看：https://www.test.gov.cn/index.html、https://www.test.gov.cn/js/foot.js）。".repeat(3);
        let lines = wrap(&text, 70);
        assert!(lines.iter().all(|l| l.width_cjk() <= 72), "{lines:#?}");
        assert_eq!(lines.concat(), text);
        assert!(lines.iter().all(|l| !l.starts_with(['。', '）', '、'])), "{lines:#?}");
    }

    #[test]
    fn an_endless_word_is_broken() {
        let lines = wrap(&"a".repeat(200), 70);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [70, 70, 60]);
    }
}
