//! What the terminal shows: the list, one problem's page, the runs. Lines never pass the given width.

mod handling;
mod list;
mod runs;
mod show;

pub use handling::{balance, done};
pub use list::problems;
pub use runs::{run, runs};
pub use show::problem;
pub(crate) use show::{due_line, evidence_line, handled, next_step};

use super::text::{pad, wrap};

/// Columns when the terminal does not say.
pub const WIDTH: usize = 80;

/// Cells of one row, each folded into its column, two spaces never lost between them.
fn fold_row(cells: &[String], widths: &[usize], most: usize) -> Vec<String> {
    let folded: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width, most)).collect();
    let height = folded.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|line| {
            let cells: Vec<String> = folded
                .iter()
                .zip(widths)
                .map(|(cell, width)| pad(cell.get(line).map_or("", String::as_str), *width))
                .collect();
            cells.join(" ").trim_end().to_owned()
        })
        .collect()
}

/// `标签：` and its text, folded with a hanging indent.
fn field(label: &str, value: &str, width: usize) -> Vec<String> {
    const INDENT: usize = 10;
    let lines = wrap(value, width.saturating_sub(INDENT), usize::MAX);
    lines
        .into_iter()
        .enumerate()
        .map(|(i, line)| {
            let head = if i == 0 { pad(label, INDENT) } else { " ".repeat(INDENT) };
            format!("{head}{line}").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests;
