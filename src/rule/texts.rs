//! Templates may name only what their kind supplies.

use std::collections::BTreeMap;
use std::ops::Range;

use super::draft::Set;
use super::files::Mistakes;
use super::template::{BUILT_IN, Brace, Template};
use crate::diagnostic::{Diagnostic, SourceFile, nearest};

/// Notes what is wrong with the text of `key`; `supplied` are the facts of the kind, `None` when the kind is not known.
pub(super) fn check(text: &Set<'_, String>, key: &str, supplied: Option<&[&str]>, mistakes: &mut Mistakes) {
    let Set { file, value } = text;
    let written = value.get_ref();
    if written.trim().is_empty() {
        mistakes.add(file, value.span(), format!("“{key}”不能为空"), None);
    }
    match Template::parse(written) {
        Err(wrong) => {
            let (message, help) = match wrong.why {
                Brace::Unclosed => ("左花括号“{”没有配对的“}”", "要印出花括号本身，请写两个：{{"),
                Brace::Stray => ("右花括号“}”没有配对的“{”", "要印出花括号本身，请写两个：}}"),
                Brace::NoName => ("花括号里不是事实的名称", "名称由小写英文字母、数字和下划线组成，例如 {examined}"),
            };
            let before = written[..wrong.at.start].matches(&written[wrong.at.clone()]).count();
            mistakes.add(file, inside(file, &value.span(), &written[wrong.at], before), message, Some(help));
        }
        Ok(template) => {
            let Some(supplied) = supplied else { return };
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
