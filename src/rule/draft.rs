//! One rule while layers are put over each other, and what it must have to be valid.

use std::collections::BTreeMap;

use toml::Spanned;

use super::files::Mistakes;
use super::load::is_kebab;
use super::policy;
use super::raw::{RawClose, RawConfirm, RawDeadline, RawOverlay, RawRule};
use super::scaffold::BLANKS;
use super::set::RuleDoc;
use super::texts;
use super::{Applies, Rule, RuleStatus, Source};
use crate::check::CheckKind;
use crate::diagnostic::{SourceFile, nearest};
use crate::evidence::SiteStatus;

/// A value with the file it was last set in.
pub(super) struct Set<'f, T> {
    pub file: &'f SourceFile,
    pub value: Spanned<T>,
}

/// A rule while layers are being put over each other.
pub(super) struct Draft<'f> {
    pub file: &'f SourceFile,
    group: String,
    raw: RawRule,
    status: Option<Set<'f, RuleStatus>>,
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
    pub(super) fn new(file: &'f SourceFile, group: &str, mut raw: RawRule) -> Self {
        Draft {
            file,
            group: group.to_owned(),
            status: set(file, raw.status.take()),
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

    pub(super) fn overlay(&mut self, region: &str, file: &'f SourceFile, raw: RawOverlay) {
        self.status = set(file, raw.status).or(self.status.take());
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
    pub(super) fn finish(
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
            ("status", self.status.is_some()),
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
        for (key, _) in missing.iter().filter(|(key, there)| !there && (sound || !mentions(&file.text, key))) {
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
        for reference in raw.references.iter().filter(|r| r.get_ref().trim().is_empty()) {
            mistakes.add(
                file,
                reference.span(),
                "“references”不能为空",
                Some("例如 references = [\"RFC 1912\"]，不需要就删去"),
            );
        }
        let supplied = self.check.as_ref().map(|c| c.value.get_ref().fact_names());
        for (text, key) in [(&self.problem, "problem"), (&self.measure, "measure")] {
            if let Some(text) = text {
                texts::check(text, key, supplied, mistakes);
            }
        }
        if self.status.as_ref().is_some_and(|s| *s.value.get_ref() == RuleStatus::Stable) {
            let title = raw.title.as_ref().map(|t| (file, t));
            let written = [self.problem.as_ref(), self.measure.as_ref()].into_iter().flatten();
            for (file, text) in title.into_iter().chain(written.map(|s| (s.file, &s.value))) {
                if BLANKS.iter().any(|blank| text.get_ref().contains(blank)) {
                    let help = "改成这条规则自己的文字；写好之前 status 保持 experimental";
                    mistakes.add(file, text.span(), "这里还是新建规则时的空白文字，会原样印在清单上", Some(help));
                }
            }
        }
        let basis = policy::bases(file, &raw.basis, sources, sound, mistakes);
        policy::check_cases(file, &raw.case, raw.always_decided.as_ref(), sound, mistakes);
        let successor = self.successor(id, ids, mistakes);
        for named in raw.covers.iter().filter(|n| n.get_ref() == id || !ids.contains(n.get_ref())) {
            let near = nearest(named.get_ref(), ids.iter().map(String::as_str).filter(|i| *i != id));
            let help = near.map(|n| format!("是否指“{n}”？"));
            mistakes.add(file, named.span(), format!("没有可以涵盖的规则“{}”", named.get_ref()), help.as_deref());
        }
        let confirm = self.confirm.as_ref().and_then(|c| policy::confirm(c, mistakes));
        let close = self.close.as_ref().and_then(|c| policy::close(c, mistakes));
        let deadline = self.deadline.as_ref().and_then(|d| policy::deadline(d, mistakes));
        if !sound || mistakes.count(file) > 0 {
            return None;
        }
        let check = self.check?;
        let parameters = parameters(&check.file.text, check.value.get_ref().name());
        let applies = raw.applies.as_ref();
        let rule = Rule {
            id: id.to_owned(),
            version: *raw.version.as_ref()?.get_ref(),
            status: *self.status?.value.get_ref(),
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
            covers: raw.covers.iter().map(|n| n.get_ref().clone()).collect(),
            origin: file.name.clone(),
        };
        let doc = RuleDoc {
            cases: self.raw.case.into_iter().map(Spanned::into_inner).collect(),
            successor,
            always_decided: self.raw.always_decided.map(Spanned::into_inner),
            references: self.raw.references.into_iter().map(Spanned::into_inner).collect(),
            parameters,
            regions: self.regions,
        };
        Some((rule, doc))
    }

    /// The rule that replaces this one: obligatory for a deprecated rule, and it must exist.
    fn successor(&self, id: &str, ids: &[String], mistakes: &mut Mistakes) -> Option<String> {
        let deprecated = self.status.as_ref().filter(|s| *s.value.get_ref() == RuleStatus::Deprecated);
        match (&self.successor, deprecated) {
            (None, Some(status)) => {
                mistakes.add(
                    status.file,
                    status.value.span(),
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
pub(super) fn mentions(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches('[').trim_start();
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    })
}

/// The parameters of `[check.<kind>]` as TOML lines, for people.
fn parameters(text: &str, kind: &str) -> String {
    let table = text.parse::<toml::Table>().ok();
    let found = table.as_ref().and_then(|t| t.get("check")?.get(kind)?.as_table());
    found.map(|t| t.to_string().trim_end().to_owned()).unwrap_or_default()
}
