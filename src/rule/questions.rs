//! What units answer about themselves: `rules/selfcheck.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::Source;
use super::files::Mistakes;
use super::load::is_kebab;
use crate::diagnostic::SourceFile;

/// One item of the self-check sheet (自查事项).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Never renamed: part of an entry's identity.
    pub id: String,
    /// 1 to 10.
    pub key_point: u8,
    pub ask: String,
    /// 存在问题 of a 否.
    pub problem: String,
    /// Suggested 整改措施.
    pub measure: String,
    /// 依据 as printed.
    pub basis: String,
    /// A 是 needs a document number or an attachment, else it counts as 部分.
    pub proof: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    version: Spanned<u32>,
    source: Spanned<String>,
    #[serde(default)]
    question: Vec<RawQuestion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    id: Spanned<String>,
    key_point: Spanned<u8>,
    ask: Spanned<String>,
    problem: Spanned<String>,
    measure: Spanned<String>,
    clause: String,
    #[serde(default)]
    proof: bool,
}

/// Reads the sheet; mistakes go to `mistakes`, good questions are kept.
pub(super) fn read(file: &SourceFile, sources: &BTreeMap<String, Source>, mistakes: &mut Mistakes) -> Vec<Question> {
    let Some(raw) = mistakes.read::<RawSheet>(file) else { return Vec::new() };
    if *raw.version.get_ref() != 1 {
        mistakes.add(file, raw.version.span(), "自查表的格式版本不是 1", Some("本程序只认识 version = 1"));
    }
    let basis = match sources.get(raw.source.get_ref()) {
        Some(source) if source.number.is_empty() => format!("《{}》", source.document),
        Some(source) => format!("《{}》（{}）", source.document, source.number),
        None => {
            let text = format!("没有登记依据文件“{}”", raw.source.get_ref());
            mistakes.add(file, raw.source.span(), text, Some("source 写 sources.toml 中的键"));
            String::new()
        }
    };
    let mut ids = BTreeSet::new();
    let mut questions = Vec::with_capacity(raw.question.len());
    for q in raw.question {
        if !is_kebab(q.id.get_ref()) {
            mistakes.add(file, q.id.span(), "编号写法不对", Some("只用小写英文字母、数字和连字符"));
        }
        if !ids.insert(q.id.get_ref().clone()) {
            mistakes.add(file, q.id.span(), format!("编号“{}”重复", q.id.get_ref()), None);
        }
        if !(1..=10).contains(q.key_point.get_ref()) {
            mistakes.add(file, q.key_point.span(), "重点内容只有 1 至 10", None);
        }
        for text in [&q.ask, &q.problem, &q.measure] {
            if text.get_ref().trim().is_empty() {
                mistakes.add(file, text.span(), "不能为空", None);
            }
        }
        questions.push(Question {
            id: q.id.into_inner(),
            key_point: q.key_point.into_inner(),
            ask: q.ask.into_inner(),
            problem: q.problem.into_inner(),
            measure: q.measure.into_inner(),
            basis: format!("{basis}{}", q.clause),
            proof: q.proof,
        });
    }
    questions
}
