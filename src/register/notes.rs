//! What validation has to say, gathered while it goes on.

use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;

use crate::diagnostic::{Diagnostic, line_of, nearest};

use super::number::Refused;
use super::raw::{RawDate, Text, Texts};

/// More mistakes than this come from one systematic slip, not from many.
const MANY: usize = 1000;

/// A value that was written, trimmed, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// Mistakes and warnings of one file.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    text: &'a str,
    pub(super) mistakes: Vec<Diagnostic>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Notes { text, mistakes: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn wrong(&mut self, diagnostic: Diagnostic) {
        self.mistakes.push(diagnostic);
    }

    /// Guessing compares with every name of the register; among thousands of mistakes nobody reads the guesses.
    pub(super) fn worth_a_guess(&self) -> bool {
        self.mistakes.len() < MANY
    }

    pub(super) fn warn(&mut self, span: &Range<usize>, message: &str) {
        self.warnings.push(format!("第 {} 行：{message}", line_of(self.text, span.start)));
    }

    /// The value if one was written; blanks around it and an empty text count as nothing.
    pub(super) fn optional(&self, value: Text) -> Option<Written> {
        value.map(|v| Written { span: v.span(), text: v.into_inner().trim().to_owned() }).filter(|w| !w.text.is_empty())
    }

    /// As [`Self::optional`]; a mistake when there is none.
    pub(super) fn required(&mut self, value: Text, table: &Range<usize>, key: &str, what: &str) -> Option<Written> {
        let place = value.as_ref().map(Spanned::span);
        let written = self.optional(value);
        match place {
            _ if written.is_some() => {}
            Some(span) => self.wrong(Diagnostic::new(span, format!("{what}不能为空"))),
            None => self.missing(table, key, what, "\"…\""),
        }
        written
    }

    /// Notes that `key` is missing in a table, unless it is there and was refused, or misspelt and was reported as such.
    pub(super) fn missing(&mut self, table: &Range<usize>, key: &str, what: &str, example: &str) {
        let explained = self.mistakes.len() < MANY
            && self.mistakes.iter().any(|m| {
                let Some(between) = self.text.get(table.start..m.span.start) else { return false };
                let line = &self.text[self.text[..m.span.start].rfind('\n').map_or(0, |i| i + 1)..];
                let is_it = line.trim_start().starts_with(key)
                    || m.help.as_ref().is_some_and(|h| h.starts_with(&format!("是否想写“{key}”")));
                is_it && !between.contains("\n[")
            });
        if !explained {
            self.wrong(Diagnostic::new(table.clone(), format!("缺少{what}")).help(format!("请补写 {key} = {example}")));
        }
    }

    /// Drops what was found on lines whose syntax was already refused (the first `syntax_errors` mistakes).
    pub(super) fn drop_repeated(&mut self, syntax_errors: usize) {
        let start = |d: &Diagnostic| self.text.floor_char_boundary(d.span.start.min(self.text.len()));
        let line = |d: &Diagnostic| self.text[..start(d)].rfind('\n');
        let refused: Vec<Option<usize>> = self.mistakes.iter().take(syntax_errors).map(line).collect();
        let mut at = 0;
        self.mistakes.retain(|d| {
            at += 1;
            at <= syntax_errors || !refused.contains(&line(d))
        });
    }

    /// A list of texts; empty ones and repetitions are mistakes.
    pub(super) fn list(&mut self, values: Texts) -> Vec<Written> {
        let mut seen: Vec<Written> = Vec::new();
        for value in values {
            let span = value.span();
            let text = value.into_inner().trim().to_owned();
            if text.is_empty() {
                self.wrong(Diagnostic::new(span, "列表里有空的文字").help("请填写或删去"));
            } else if let Some(first) = seen.iter().find(|w| w.text == text) {
                self.wrong(
                    Diagnostic::new(span, format!("列表里重复写了“{text}”")).also(first.span.clone(), "前面已写在这里"),
                );
            } else {
                seen.push(Written { text, span });
            }
        }
        seen
    }

    /// Reads a written value by its grammar; a refusal becomes a mistake.
    pub(super) fn read<T>(&mut self, written: &Written, grammar: impl FnOnce(&str) -> Result<T, Refused>) -> Option<T> {
        match grammar(&written.text) {
            Ok(value) => Some(value),
            Err(Refused { message, help }) => {
                self.wrong(Diagnostic { help, ..Diagnostic::new(written.span.clone(), message) });
                None
            }
        }
    }

    /// One of a closed list of words, Chinese or English.
    pub(super) fn word<T: Copy>(&mut self, written: &Written, words: &[(&str, &str, T)], what: &str) -> Option<T> {
        let text = written.text.as_str();
        if let Some((_, _, value)) = words.iter().find(|(zh, en, _)| *zh == text || en.eq_ignore_ascii_case(text)) {
            return Some(*value);
        }
        let list = words.iter().map(|(zh, _, _)| *zh).collect::<Vec<_>>().join("、");
        let help = match nearest(text, words.iter().flat_map(|(zh, en, _)| [*zh, *en])) {
            Some(meant) => format!("是否想写“{meant}”？可选的值：{list}"),
            None => format!("可选的值：{list}"),
        };
        self.wrong(Diagnostic::new(written.span.clone(), format!("“{text}”不是{what}")).help(help));
        None
    }

    /// A civil date, in quotes or not.
    pub(super) fn date(&mut self, value: Option<Spanned<RawDate>>) -> Option<Date> {
        const SHAPE: &str = "写成 2020-05-13";
        let value = value?;
        let span = value.span();
        let RawDate(text) = value.into_inner();
        let text = text.trim();
        let complaint = match text.parse::<Date>() {
            Ok(date) if text.len() == 10 && (1990..=2199).contains(&date.year()) => return Some(date),
            Ok(_) if text.len() == 10 => "年份不合理",
            Ok(_) => "这里只写日期，不写时刻",
            Err(_) => "日期写法有误，或没有这一天",
        };
        self.wrong(Diagnostic::new(span, complaint).help(SHAPE));
        None
    }
}
