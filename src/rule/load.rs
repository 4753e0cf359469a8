//! Files → validated rules. Every mistake of every file is noted before anything is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use super::case::{Case, Expected};
use super::files::{LoadError, Mistakes, RuleFiles};
use super::raw::{RawBasis, RawClose, RawConfirm, RawDeadline, RawOverlay, RawRule, RawSources};
use super::set::{RuleDoc, RuleSet};
use super::template::{BUILT_IN, Brace, Template};
use super::{Applies, Basis, Calendar, Close, Confirm, Deadline, Labels, Rule, RuleStatus, Source};
use crate::check::CheckKind;
use crate::diagnostic::{Diagnostic, SourceFile, nearest};
use crate::evidence::SiteStatus;

const LABELS: &str = "labels.toml";
const CALENDAR: &str = "calendar.toml";
const SOURCES: &str = "sources.toml";
const OVERLAYS: &str = "overlays";

impl RuleSet {
    /// Validates `files` and applies the overlays of `regions`, widest first.
    pub fn from_files(files: RuleFiles, regions: &[String]) -> Result<RuleSet, LoadError> {
        let mut mistakes = Mistakes::default();
        let mut set = RuleSet {
            rules: Vec::new(),
            labels: labels(&files, &mut mistakes),
            calendar: calendar(&files, &mut mistakes),
            sources: sources(&files, &mut mistakes),
            docs: BTreeMap::new(),
        };
        let mut drafts: BTreeMap<String, Draft<'_>> = BTreeMap::new();
        let mut unread = BTreeSet::new();
        let mut overlays = Vec::new();
        for (path, file) in files.iter() {
            let parts: Vec<&str> = path.split('/').collect();
            match parts[..] {
                [LABELS | CALENDAR | SOURCES] => {}
                [OVERLAYS, region, name] => overlays.push((region, id_of(name), file)),
                [group, name] if group != OVERLAYS => {
                    let id = id_of(name);
                    check_id(file, id, &mut mistakes);
                    if let Some(first) = drafts.get(id) {
                        let text = format!("规则“{id}”已在 {} 中定义", first.file.name);
                        mistakes.add(file, 0..0, text, Some("规则编号（文件名）在各组之间不能重复"));
                        continue;
                    }
                    match mistakes.read_rule::<RawRule>(file) {
                        (Some(raw), check) => {
                            let raw = RawRule { check, ..raw };
                            drafts.insert(id.to_owned(), Draft::new(file, group, raw));
                        }
                        (None, _) => drop(unread.insert(id)),
                    }
                }
                _ => {
                    let text = format!("不认识的文件“{path}”");
                    mistakes.add(
                        file,
                        0..0,
                        text,
                        Some("规则文件放在 <组>/<规则编号>.toml，地方调整放在 overlays/<区划代码>/<规则编号>.toml"),
                    );
                }
            }
        }
        // Sorted by path, so one region's files follow each other; the order asked for decides.
        overlays.sort_by_key(|(region, ..)| regions.iter().position(|r| r == region));
        for (region, id, file) in overlays {
            let (Some(raw), check) = mistakes.read_rule::<RawOverlay>(file) else { continue };
            let raw = RawOverlay { check, ..raw };
            match drafts.get_mut(id) {
                Some(draft) if regions.iter().any(|r| r == region) => draft.overlay(region, file, raw),
                Some(_) => {}
                None if unread.contains(id) => {}
                None => {
                    let near = nearest(id, drafts.keys().map(String::as_str));
                    let help = near.map(|n| format!("是否指“{n}”？文件名应与要调整的规则编号相同"));
                    mistakes.add(file, 0..0, format!("没有编号为“{id}”的规则可供调整"), help.as_deref());
                }
            }
        }
        let ids: Vec<String> = drafts.keys().cloned().collect();
        for (id, draft) in drafts {
            if let Some((rule, doc)) = draft.finish(&id, &ids, &set.sources, &mut mistakes) {
                set.rules.push(rule);
                set.docs.insert(id, doc);
            }
        }
        mistakes.finish()?;
        Ok(set)
    }

    /// The words inside the program.
    #[cfg(test)]
    pub(super) fn embedded_labels() -> Labels {
        labels(&RuleFiles::embedded(), &mut Mistakes::default())
    }
}

fn labels(files: &RuleFiles, mistakes: &mut Mistakes) -> Labels {
    let built_in = RuleFiles::embedded();
    let mut labels = built_in.get(LABELS).map(|f| Labels::read(f, None, mistakes)).unwrap_or_default();
    if let Some(file) = files.get(LABELS)
        && built_in.get(LABELS).is_none_or(|b| b.text != file.text)
    {
        let newer = Labels::read(file, Some(&labels), mistakes);
        labels.overlay(newer);
    }
    labels
}

fn calendar(files: &RuleFiles, mistakes: &mut Mistakes) -> Calendar {
    let built_in = RuleFiles::embedded();
    let mut calendar = Calendar::default();
    for file in [built_in.get(CALENDAR), files.get(CALENDAR)].into_iter().flatten() {
        let newer = Calendar::read(file, mistakes);
        calendar.overlay(newer);
    }
    calendar
}

fn sources(files: &RuleFiles, mistakes: &mut Mistakes) -> BTreeMap<String, Source> {
    let built_in = RuleFiles::embedded();
    let mut sources = BTreeMap::new();
    for file in [built_in.get(SOURCES), files.get(SOURCES)].into_iter().flatten() {
        for (key, raw) in mistakes.read::<RawSources>(file).unwrap_or_default() {
            if raw.document.get_ref().trim().is_empty() {
                mistakes.add(file, raw.document.span(), "文件名称不能为空", None);
            }
            let source = Source {
                document: raw.document.into_inner(),
                number: raw.number,
                effective_from: raw.effective_from.map(|d| d.into_inner().0),
                effective_until: raw.effective_until.map(|d| d.into_inner().0),
            };
            sources.insert(key.into_inner(), source);
        }
    }
    sources
}

fn id_of(name: &str) -> &str {
    name.strip_suffix(".toml").unwrap_or(name)
}

pub(super) fn is_kebab(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.split('-').all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

fn check_id(file: &SourceFile, id: &str, mistakes: &mut Mistakes) {
    if !is_kebab(id) {
        let text = format!("规则编号（文件名）“{id}”写法不对");
        mistakes.add(file, 0..0, text, Some("只用小写英文字母和数字，单词之间用一个连字符，例如 icp-missing"));
    }
}

/// A value with the file it was last set in.
struct Set<'f, T> {
    file: &'f SourceFile,
    value: Spanned<T>,
}

/// A rule while layers are being put over each other.
struct Draft<'f> {
    file: &'f SourceFile,
    group: String,
    raw: RawRule,
    problem: Option<Set<'f, String>>,
    measure: Option<Set<'f, String>>,
    successor: Option<Set<'f, String>>,
    confirm: Option<Set<'f, RawConfirm>>,
    close: Option<Set<'f, RawClose>>,
    deadline: Option<Set<'f, RawDeadline>>,
    check: Option<Set<'f, CheckKind>>,
    regions: Vec<String>,
}

fn set<T>(file: &SourceFile, value: Option<Spanned<T>>) -> Option<Set<'_, T>> {
    value.map(|value| Set { file, value })
}

impl<'f> Draft<'f> {
    fn new(file: &'f SourceFile, group: &str, mut raw: RawRule) -> Self {
        Draft {
            file,
            group: group.to_owned(),
            problem: set(file, raw.problem.take()),
            measure: set(file, raw.measure.take()),
            successor: set(file, raw.successor.take()),
            confirm: set(file, raw.confirm.take()),
            close: set(file, raw.close.take()),
            deadline: set(file, raw.deadline.take()),
            check: set(file, raw.check.take()),
            raw,
            regions: Vec::new(),
        }
    }

    fn overlay(&mut self, region: &str, file: &'f SourceFile, raw: RawOverlay) {
        self.raw.status = raw.status.or(self.raw.status.take());
        self.raw.severity = raw.severity.or(self.raw.severity.take());
        self.problem = set(file, raw.problem).or(self.problem.take());
        self.measure = set(file, raw.measure).or(self.measure.take());
        self.successor = set(file, raw.successor).or(self.successor.take());
        self.confirm = set(file, raw.confirm).or(self.confirm.take());
        self.close = set(file, raw.close).or(self.close.take());
        self.deadline = set(file, raw.deadline).or(self.deadline.take());
        self.check = set(file, raw.check).or(self.check.take());
        self.regions.push(region.to_owned());
    }

    /// The valid rule, or `None` with at least one mistake noted.
    fn finish(
        self,
        id: &str,
        ids: &[String],
        sources: &BTreeMap<String, Source>,
        mistakes: &mut Mistakes,
    ) -> Option<(Rule, RuleDoc)> {
        let file = self.file;
        let sound = mistakes.count(file) == 0;
        let raw = &self.raw;
        let missing = [
            ("version", raw.version.is_some()),
            ("status", raw.status.is_some()),
            ("severity", raw.severity.is_some()),
            ("key_point", raw.key_point.is_some()),
            ("title", raw.title.is_some()),
            ("problem", self.problem.is_some()),
            ("measure", self.measure.is_some()),
            ("confirm", self.confirm.is_some()),
            ("close", self.close.is_some()),
            ("deadline", self.deadline.is_some()),
            ("check", self.check.is_some()),
        ];
        // A key that is there but wrong was noted already; do not call it missing as well.
        for (key, _) in missing.iter().filter(|(key, there)| !there && !mentions(&file.text, key)) {
            let help = MISSING.iter().find(|(k, _)| k == key).map(|(_, h)| *h);
            mistakes.add(file, 0..0, format!("缺少“{key}”"), help);
        }
        for (value, name) in [(&raw.title, "title"), (&raw.family, "family")] {
            if let Some(text) = value.as_ref().filter(|t| t.get_ref().trim().is_empty()) {
                mistakes.add(file, text.span(), format!("“{name}”不能为空"), None);
            }
        }
        if let Some(text) = raw.family.as_ref().filter(|f| !is_kebab(f.get_ref()) && !f.get_ref().trim().is_empty()) {
            mistakes.add(file, text.span(), "“family”的写法不对", Some("写法与规则编号相同，例如 icp-missing"));
        }
        if let Some(version) = raw.version.as_ref().filter(|v| *v.get_ref() == 0) {
            mistakes.add(file, version.span(), "版本号从 1 开始", None);
        }
        if let Some(point) = raw.key_point.as_ref().filter(|p| !(1..=10).contains(p.get_ref())) {
            mistakes.add(file, point.span(), "重点内容只有一至十", Some("key_point 写 1 到 10 的整数"));
        }
        self.check_texts(mistakes);
        let basis = bases(file, &raw.basis, sources, mistakes);
        check_cases(file, &raw.case, raw.always_decided.as_ref(), sound, mistakes);
        let successor = self.successor(id, ids, mistakes);
        let confirm = self.confirm.as_ref().and_then(|c| confirm(c, mistakes));
        let close = self.close.as_ref().and_then(|c| close(c, mistakes));
        let deadline = self.deadline.as_ref().and_then(|d| deadline(d, mistakes));
        if !sound || mistakes.count(file) > 0 {
            return None;
        }
        let check = self.check?;
        let parameters = parameters(&check.file.text, check.value.get_ref().name());
        let applies = raw.applies.as_ref();
        let rule = Rule {
            id: id.to_owned(),
            version: *raw.version.as_ref()?.get_ref(),
            status: *raw.status.as_ref()?.get_ref(),
            severity: (*raw.severity.as_ref()?.get_ref()).into(),
            key_point: *raw.key_point.as_ref()?.get_ref(),
            family: raw.family.as_ref().map_or_else(|| id.to_owned(), |f| f.get_ref().clone()),
            group: self.group,
            title: raw.title.as_ref()?.get_ref().trim().to_owned(),
            basis,
            problem: self.problem?.value.into_inner().trim().to_owned(),
            measure: self.measure?.value.into_inner().trim().to_owned(),
            applies: Applies {
                status: match applies.and_then(|a| a.status.as_ref()) {
                    Some(named) => named.iter().map(|s| (*s).into()).collect(),
                    None => vec![SiteStatus::Running],
                },
                class: applies.and_then(|a| a.class.as_ref()).into_iter().flatten().map(|c| (*c).into()).collect(),
            },
            confirm: confirm?,
            close: close?,
            deadline: deadline?,
            check: check.value.into_inner(),
            origin: file.name.clone(),
        };
        let doc = RuleDoc {
            cases: self.raw.case.into_iter().map(Spanned::into_inner).collect(),
            successor,
            always_decided: self.raw.always_decided.map(Spanned::into_inner),
            parameters,
            regions: self.regions,
        };
        Some((rule, doc))
    }

    /// Templates may name only what their kind supplies.
    fn check_texts(&self, mistakes: &mut Mistakes) {
        let supplied = self.check.as_ref().map(|c| c.value.get_ref().fact_names());
        for (text, key) in [(&self.problem, "problem"), (&self.measure, "measure")] {
            let Some(Set { file, value }) = text else { continue };
            if value.get_ref().trim().is_empty() {
                mistakes.add(file, value.span(), format!("“{key}”不能为空"), None);
            }
            match Template::parse(value.get_ref()) {
                Err(wrong) => {
                    let (message, help) = match wrong.why {
                        Brace::Unclosed => ("左花括号“{”没有配对的“}”", "要印出花括号本身，请写两个：{{"),
                        Brace::Stray => ("右花括号“}”没有配对的“{”", "要印出花括号本身，请写两个：}}"),
                        Brace::NoName => {
                            ("花括号里不是事实的名称", "名称由小写英文字母、数字和下划线组成，例如 {examined}")
                        }
                    };
                    let part = &value.get_ref()[wrong.at];
                    mistakes.add(file, inside(file, &value.span(), part, 0), message, Some(help));
                }
                Ok(template) => {
                    let Some(supplied) = supplied else { continue };
                    let mut before: BTreeMap<&str, usize> = BTreeMap::new();
                    for name in template.names() {
                        let nth = before.entry(name).or_default();
                        if !supplied.contains(&name) && !BUILT_IN.iter().any(|(n, _)| *n == name) {
                            let span = inside(file, &value.span(), &format!("{{{name}}}"), *nth);
                            mistakes.push(file, unknown_fact(span, name, supplied));
                        }
                        *nth += 1;
                    }
                }
            }
        }
    }

    fn successor(&self, id: &str, ids: &[String], mistakes: &mut Mistakes) -> Option<String> {
        let deprecated = self.raw.status.as_ref().filter(|s| *s.get_ref() == RuleStatus::Deprecated);
        match (&self.successor, deprecated) {
            (None, Some(status)) => {
                mistakes.add(
                    self.file,
                    status.span(),
                    "停用的规则没有写明由哪条规则接替",
                    Some("加一行 successor = \"接替的规则编号\""),
                );
                None
            }
            (Some(Set { file, value }), _) => {
                let named = value.get_ref();
                if named == id || !ids.contains(named) {
                    let near = nearest(named, ids.iter().map(String::as_str).filter(|i| *i != id));
                    let help = near.map(|n| format!("是否指“{n}”？"));
                    mistakes.add(file, value.span(), format!("没有可以接替的规则“{named}”"), help.as_deref());
                }
                Some(named.clone())
            }
            (None, None) => None,
        }
    }
}

/// What to write for a key that is missing.
const MISSING: &[(&str, &str)] = &[
    ("version", "加一行 version = 1"),
    ("status", "加一行 status = \"experimental\"（试行）或 \"stable\"（正式）"),
    ("severity", "加一行 severity = \"一般\"（单项否决、严重、一般、提示之一）"),
    ("key_point", "加一行 key_point = 3（通知的十项重点内容，1 到 10）"),
    ("title", "加一行 title = \"一句话说明问题\""),
    ("problem", "加一行 problem = \"存在问题的文字\"，事实写在花括号里"),
    ("measure", "加一行 measure = \"建议的整改措施\""),
    ("confirm", "加 [confirm] 段：direct = true 或 suspect = { failures = 3, spacing_hours = 4, span_hours = 24 }"),
    ("close", "加 [close] 段：passes = 2、days = 2、auto = true"),
    ("deadline", "加 [deadline] 段：working_days = 5（或 calendar_days、hours）"),
    ("check", "加 [check.<种类>] 段，写明检查什么"),
];

/// The key stands in the file, as a key or a table.
fn mentions(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches('[').trim_start();
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    })
}

/// The `nth` occurrence of `part` inside a value as it stands in the file; the whole value when escapes hide it.
fn inside(file: &SourceFile, span: &Range<usize>, part: &str, nth: usize) -> Range<usize> {
    let Some(text) = file.text.get(span.clone()) else { return span.clone() };
    // A doubled brace is no place: `{{a}}` must not be taken for `{a}`.
    let starts = text.match_indices(part).map(|(at, _)| at);
    let lone = starts.filter(|at| part.len() == 1 || !text[..*at].ends_with('{') || text[..*at].ends_with("{{"));
    match lone.clone().nth(nth) {
        Some(at) => span.start + at..span.start + at + part.len(),
        None => span.clone(),
    }
}

fn unknown_fact(span: Range<usize>, name: &str, supplied: &[&str]) -> Diagnostic {
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
    let own = if supplied.is_empty() { "无".to_owned() } else { supplied.join("、") };
    let list = format!("这种检查提供的事实：{own}；通用的：{}", built_in.join("、"));
    let help = match nearest(name, supplied.iter().chain(&built_in).copied()) {
        Some(near) => format!("是否想写“{{{near}}}”？{list}"),
        None => list,
    };
    Diagnostic::new(span, format!("这种检查不提供名为“{name}”的事实")).help(help)
}

fn bases(
    file: &SourceFile,
    raw: &[Spanned<RawBasis>],
    sources: &BTreeMap<String, Source>,
    mistakes: &mut Mistakes,
) -> Vec<Basis> {
    if raw.is_empty() && !mentions(&file.text, "basis") {
        mistakes.add(file, 0..0, "没有写明依据", Some("至少加一段 [[basis]]：source、clause、confidence"));
    }
    let mut bases = Vec::new();
    for basis in raw {
        let RawBasis { source: key, clause, confidence } = basis.get_ref();
        let Some(source) = sources.get(key.get_ref()) else {
            let near = nearest(key.get_ref(), sources.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("是否指“{near}”（{}）？依据文件登记在 sources.toml", sources[near].document),
                None => "依据文件先在 sources.toml 中登记".to_owned(),
            };
            mistakes.add(file, key.span(), format!("依据文件“{}”没有登记", key.get_ref()), Some(&help));
            continue;
        };
        bases.push(Basis {
            document: source.document.clone(),
            number: source.number.clone(),
            clause: clause.clone(),
            confidence: *confidence,
            effective_from: source.effective_from,
            effective_until: source.effective_until,
        });
    }
    bases
}

/// `sound`: nothing was taken out of the file because of a mistake, so what is not in `cases` is not there.
fn check_cases(
    file: &SourceFile,
    cases: &[Spanned<Case>],
    decided: Option<&Spanned<String>>,
    sound: bool,
    mistakes: &mut Mistakes,
) {
    for expected in Expected::COVERED {
        let there = cases.iter().any(|c| c.get_ref().expect == expected)
            || !sound && file.text.contains(&format!("\"{}\"", expected.key()));
        let spared = expected == Expected::Undetermined && decided.is_some_and(|d| !d.get_ref().trim().is_empty());
        if there || spared {
            continue;
        }
        let key = expected.key();
        let help = match expected {
            Expected::Undetermined => {
                "加一段 [[case]]，写 expect = \"undetermined\"；这种检查若总能得出结论，写 always_decided = \"理由\""
            }
            _ => "每条规则至少各有一个应合格、应不合格、应无法判定的例子",
        };
        mistakes.add(file, 0..0, format!("缺少 expect = \"{key}\" 的例子"), Some(help));
    }
    let mut first: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for case in cases {
        let span = case.span();
        let case = case.get_ref();
        if case.name.trim().is_empty() {
            mistakes.add(file, span.clone(), "例子没有名称", None);
        }
        if let Some(earlier) = first.get(case.name.as_str()) {
            let twice = Diagnostic::new(span, format!("例子“{}”重名", case.name));
            mistakes.push(file, twice.also(earlier.clone(), "第一次写在这里"));
            continue;
        }
        first.insert(&case.name, span.clone());
        if case.reason.is_some() && case.expect != Expected::Undetermined {
            mistakes.add(file, span.clone(), "只有 expect = \"undetermined\" 的例子可以写 reason", None);
        }
        if case.failure.is_some() && (case.page.is_some() || case.status.is_some()) {
            mistakes.add(
                file,
                span,
                "例子既写了打开失败（failure），又写了网页（page 或 status）",
                Some("两者只留一种"),
            );
        }
    }
}

fn confirm(set: &Set<'_, RawConfirm>, mistakes: &mut Mistakes) -> Option<Confirm> {
    match (&set.value.get_ref().direct, &set.value.get_ref().suspect) {
        (Some(direct), None) if *direct.get_ref() => Some(Confirm::Direct),
        (None, Some(suspect)) => {
            let s = suspect.get_ref();
            if s.failures > 1 && s.span_hours < s.spacing_hours.saturating_mul(s.failures - 1) {
                let help = "span_hours 不小于 spacing_hours ×（failures − 1）";
                mistakes.add(set.file, suspect.span(), "疑似确认的时间跨度小于各次间隔之和", Some(help));
            }
            Some(Confirm::Suspect { failures: s.failures, spacing_hours: s.spacing_hours, span_hours: s.span_hours })
        }
        _ => {
            let help = "二者写一个：direct = true，或 suspect = { failures = 3, spacing_hours = 4, span_hours = 24 }";
            mistakes.add(set.file, set.value.span(), "[confirm] 写法不对", Some(help));
            None
        }
    }
}

fn close(set: &Set<'_, RawClose>, mistakes: &mut Mistakes) -> Option<Close> {
    let raw = set.value.get_ref();
    let (passes, days) = (*raw.passes.get_ref(), *raw.days.get_ref());
    for (key, number) in [("passes", &raw.passes), ("days", &raw.days)] {
        if *number.get_ref() == 0 {
            let text = format!("“{key}”至少为 1");
            mistakes.add(set.file, number.span(), text, Some("没有见到合格就不能销号"));
        }
    }
    if passes > 0 && days > passes {
        mistakes.add(
            set.file,
            raw.days.span(),
            "“days”不能大于“passes”",
            Some("一天至多算一个日子，passes 次合格至多分布在 passes 天"),
        );
    }
    (passes > 0 && days > 0 && days <= passes).then_some(Close { passes, days, auto: raw.auto })
}

fn deadline(set: &Set<'_, RawDeadline>, mistakes: &mut Mistakes) -> Option<Deadline> {
    let raw = set.value.get_ref();
    let (number, deadline): (_, fn(u32) -> Deadline) = match (&raw.working_days, &raw.calendar_days, &raw.hours) {
        (Some(n), None, None) => (n, Deadline::WorkingDays),
        (None, Some(n), None) => (n, Deadline::CalendarDays),
        (None, None, Some(n)) => (n, Deadline::Hours),
        _ => {
            let help = "三者写一个：working_days（工作日）、calendar_days（日历日）、hours（小时）";
            mistakes.add(set.file, set.value.span(), "[deadline] 写法不对", Some(help));
            return None;
        }
    };
    if !(1..=3650).contains(number.get_ref()) {
        mistakes.add(set.file, number.span(), "整改时限应在 1 到 3650 之间", None);
        return None;
    }
    Some(deadline(*number.get_ref()))
}

/// The parameters of `[check.<kind>]` as TOML lines, for people.
fn parameters(text: &str, kind: &str) -> String {
    let table = text.parse::<toml::Table>().ok();
    let found = table.as_ref().and_then(|t| t.get("check")?.get(kind)?.as_table());
    found.map(|t| t.to_string().trim_end().to_owned()).unwrap_or_default()
}
