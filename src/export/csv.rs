//! CSV as Chinese editions of spreadsheet programs open it by a double click: UTF-8 with a byte order mark, CRLF, no cell
//! that could run as a formula.

use crate::ledger::view::ProblemView;
use crate::rule::Labels;

use super::columns::{HEADS, Value, values};
use super::{text, words};

/// The flat table of `problems`, a head line first.
pub fn problems(problems: &[ProblemView], labels: &Labels) -> String {
    let mut out = String::from('\u{feff}');
    line(&mut out, HEADS.iter().map(|(head, _)| (*head).to_owned()));
    for problem in problems {
        line(&mut out, values(problem, labels).into_iter().map(print));
    }
    out
}

fn print(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Day(day) => day.to_string(),
        Value::Moment(at) => words::minute(at),
        Value::Blank => String::new(),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&field(&cell));
    }
    out.push_str("\r\n");
}

/// An apostrophe in front keeps a spreadsheet from running the text; line ends would split records in simple readers.
fn field(cell: &str) -> String {
    let mut safe = text::one_line(cell);
    if text::looks_like_formula(&safe) {
        safe.insert(0, '\'');
    }
    if safe.contains(['"', ',', ';', '\'']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixtures::{labels, problem};
    use super::*;

    #[test]
    fn file_begins_with_a_byte_order_mark_and_ends_lines_with_crlf() {
        let csv = problems(&[problem(1)], &labels());
        assert!(csv.starts_with("\u{feff}编号,标识码,"));
        assert_eq!(csv.matches("\r\n").count(), 2);
        assert_eq!(csv.replace("\r\n", "").matches(['\r', '\n']).count(), 0);
    }

    #[test]
    fn separators_and_quotes_stay_inside_their_field() {
        assert_eq!(field("甲,乙\"丙\"\n丁"), "\"甲,乙\"\"丙\"\" 丁\"");
    }

    proptest! {
        #[test]
        fn no_field_can_run_as_a_formula(text in "[=+@\t\r\n＝＋－＠ -]{0,4}\\PC{0,20}") {
            let cell = field(&text);
            let shown = cell.trim_start_matches('"');
            prop_assert!(!text::looks_like_formula(shown), "{shown:?}");
            prop_assert!(!cell.contains(['\r', '\n', '\t']));
        }
    }
}
