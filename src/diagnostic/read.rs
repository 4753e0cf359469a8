//! Reading TOML so that one mistake does not hide the next.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::{Diagnostic, from_toml_error, toml_words};

/// Parses a whole file. All syntax errors are reported; the table holds what could be read in spite of them. Judge its
/// content only when [`is_readable`]: behind a quote that was never closed anything may be missing.
pub fn parse_document<'i>(text: &'i str, diagnostics: &mut Vec<Diagnostic>) -> Spanned<DeTable<'i>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut last_line = None;
    for error in &errors {
        let mut diagnostic = from_toml_error(error);
        let line = text[..text.floor_char_boundary(diagnostic.span.start.min(text.len()))].rfind('\n');
        // One slip often makes the parser stumble several times over the same line.
        let repeated = diagnostic.message == toml_words::UNFINISHED_LIST
            && diagnostics.last().is_some_and(|d| d.message == diagnostic.message);
        if last_line == Some(line) || repeated {
            continue;
        }
        last_line = Some(line);
        toml_words::name_syntax_error(text, &mut diagnostic);
        diagnostics.push(diagnostic);
    }
    table
}

/// Whether the table behind these syntax errors may still be judged: each spoils its own value only.
pub fn is_readable(syntax_errors: &[Diagnostic]) -> bool {
    syntax_errors.iter().all(toml_words::is_confined)
}

/// Deserializes one table. On a mistake the entry at fault is noted, taken out, and the rest is read again, so that every
/// mistake of the table is reported. `None` when a mistake could not be pinned to an entry (a missing field, say): give the
/// fields of `T` defaults or make them `Option` to check presence afterwards.
pub fn read_table<T: DeserializeOwned>(table: &Spanned<DeTable<'_>>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    let mut rest = None;
    loop {
        match T::deserialize(Deserializer::from(rest.as_ref().unwrap_or(table).clone())) {
            Ok(value) => return Some(value),
            Err(error) => {
                let diagnostic = from_toml_error(&error);
                let removed =
                    error.span().is_some_and(|span| remove(rest.get_or_insert_with(|| table.clone()).get_mut(), &span));
                let span = if error.span().is_some() { diagnostic.span.clone() } else { table.span() };
                diagnostics.push(Diagnostic { span, ..diagnostic });
                if !removed {
                    return None;
                }
            }
        }
    }
}

/// Takes out the entry or array element whose key or value has exactly this span.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let key = table.iter().find(|(k, v)| k.span() == *span || v.span() == *span).map(|(k, _)| k.get_ref().to_string());
    if let Some(key) = key {
        return table.remove(key.as_str()).is_some();
    }
    table.iter_mut().any(|(_, v)| remove_inside(v.get_mut(), span))
}

fn remove_inside(value: &mut DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => remove(table, span),
        DeValue::Array(array) => {
            let Some(at) = array.iter().position(|v| v.span() == *span) else {
                return array.iter_mut().any(|v| remove_inside(v.get_mut(), span));
            };
            let kept = array.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, v)| v.clone());
            *array = kept.collect();
            true
        }
        _ => false,
    }
}
