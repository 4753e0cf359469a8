//! Basis, cases, and the confirm, close and deadline policies: from as written to valid.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::case::{Case, Expected};
use super::draft::{Set, mentions};
use super::files::Mistakes;
use super::raw::{RawBasis, RawClose, RawConfirm, RawDeadline};
use super::{Basis, Close, Confirm, Deadline, Source};
use crate::diagnostic::{Diagnostic, SourceFile, nearest};

pub(super) fn bases(
    file: &SourceFile,
    raw: &[Spanned<RawBasis>],
    sources: &BTreeMap<String, Source>,
    sound: bool,
    mistakes: &mut Mistakes,
) -> Vec<Basis> {
    if raw.is_empty() && (sound || !mentions(&file.text, "basis")) {
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
pub(super) fn check_cases(
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

pub(super) fn confirm(set: &Set<'_, RawConfirm>, mistakes: &mut Mistakes) -> Option<Confirm> {
    match (&set.value.get_ref().direct, &set.value.get_ref().suspect) {
        (Some(direct), None) if *direct.get_ref() => Some(Confirm::Direct),
        (None, Some(suspect)) => {
            let s = suspect.get_ref();
            Some(Confirm::Suspect { failures: s.failures, spacing_hours: s.spacing_hours, span_hours: s.span_hours })
        }
        _ => {
            let help = "二者写一个：direct = true，或 suspect = { failures = 3, spacing_hours = 4, span_hours = 24 }";
            mistakes.add(set.file, set.value.span(), "[confirm] 写法不对", Some(help));
            None
        }
    }
}

pub(super) fn close(set: &Set<'_, RawClose>, mistakes: &mut Mistakes) -> Option<Close> {
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

pub(super) fn deadline(set: &Set<'_, RawDeadline>, mistakes: &mut Mistakes) -> Option<Deadline> {
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
