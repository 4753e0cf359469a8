//! A workbook as text: sheets of cells, each with its place.

use std::fmt;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use jiff::civil::Date;

/// Largest file read.
const FILE_BYTES: usize = 20 * 1024 * 1024;
/// Most that its parts may unpack to: a small file can hold a mountain of zeros.
const UNPACKED_BYTES: u64 = 200 * 1024 * 1024;
/// Rows and columns looked at.
const ROWS: usize = 20_000;
const COLUMNS: usize = 200;
/// Rows above the head row at most: title, unit, date.
const HEAD_WITHIN: usize = 30;

/// Why a file cannot be read as a workbook at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SheetError {
    #[error("不是 Excel 文件（.xlsx），或文件已损坏。请在 WPS 或 Excel 中打开后另存为 .xlsx")]
    NotAWorkbook,
    #[error("文件过大或解压后过大，未读取。请删去图片和无关的工作表后重试")]
    TooLarge,
    #[error("没有找到需要的表：表头应有{0}。请使用本程序生成的表格填写")]
    NoTable(String),
}

/// Something wrong with one cell; rows and columns as people count them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub sheet: String,
    pub row: usize,
    /// Head of the column, empty for the row as a whole.
    pub column: String,
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”表第{}行", self.sheet, self.row)?;
        if !self.column.is_empty() {
            write!(f, "“{}”列", self.column)?;
        }
        write!(f, "：{}", self.text)
    }
}

/// One sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub name: String,
    /// Cells as text, rows from the first one of the sheet.
    pub rows: Vec<Vec<String>>,
}

/// A head row found, and where its columns stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// Index of the head row.
    pub(super) row: usize,
    /// Beside the wanted columns: where each stands, if it does.
    pub(super) columns: Vec<Option<usize>>,
}

/// Reads every sheet of a workbook.
///
/// # Errors
/// [`SheetError`] for what is no workbook or would not fit.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Grid>, SheetError> {
    if bytes.len() > FILE_BYTES {
        return Err(SheetError::TooLarge);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::NotAWorkbook)?;
    let mut unpacked = 0u64;
    for i in 0..archive.len() {
        let part = archive.by_index_raw(i).map_err(|_| SheetError::NotAWorkbook)?;
        unpacked = unpacked.saturating_add(part.size());
    }
    if unpacked > UNPACKED_BYTES {
        return Err(SheetError::TooLarge);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| SheetError::NotAWorkbook)?;
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            let broken = |_| SheetError::NotAWorkbook;
            // Cell by cell: a sheet with one cell in its last corner would be a mountain if it were laid out whole.
            let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
            let mut rows: Vec<Vec<String>> = Vec::new();
            while let Some(cell) = cells.next_cell().map_err(broken)? {
                let (row, column) = cell.get_position();
                let (row, column) = (row as usize, column as usize);
                if row >= ROWS || column >= COLUMNS {
                    continue;
                }
                let text = text(&Data::from(cell.get_value().clone()));
                if text.is_empty() {
                    continue;
                }
                if rows.len() <= row {
                    rows.resize(row + 1, Vec::new());
                }
                if rows[row].len() <= column {
                    rows[row].resize(column + 1, String::new());
                }
                rows[row][column] = text;
            }
            Ok(Grid { name, rows })
        })
        .collect()
}

impl Grid {
    /// The cell, trimmed; empty where there is none.
    pub(super) fn cell(&self, row: usize, column: Option<usize>) -> &str {
        column.and_then(|c| self.rows.get(row)?.get(c)).map_or("", |text| text.trim())
    }

    /// The first row that holds every needed column. `columns` are the accepted heads of each column, the first one being the
    /// usual one; the `needed` first of them must be there.
    pub(super) fn head(&self, columns: &[&[&str]], needed: usize) -> Option<Head> {
        self.rows.iter().take(HEAD_WITHIN).enumerate().find_map(|(row, cells)| {
            let heads: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
            let place = |names: &&[&str]| names.iter().find_map(|name| heads.iter().position(|head| head == name));
            let found: Vec<Option<usize>> = columns.iter().map(place).collect();
            found[..needed].iter().all(Option::is_some).then_some(Head { row, columns: found })
        })
    }

    /// Heads of columns that were not wanted.
    pub(super) fn unread(&self, head: &Head) -> Vec<String> {
        let cells = self.rows.get(head.row).map_or(&[][..], Vec::as_slice).iter().enumerate();
        let left = cells.filter(|(i, cell)| !cell.trim().is_empty() && !head.columns.contains(&Some(*i)));
        left.map(|(_, cell)| cell.trim().to_owned()).collect()
    }

    /// The text after `label：`, in the same cell or in the next one, above the head row.
    pub(super) fn labelled(&self, label: &str, above: usize) -> &str {
        for row in self.rows.iter().take(above) {
            for (i, cell) in row.iter().enumerate() {
                let Some(at) = cell.find(label) else { continue };
                let rest = cell[at + label.len()..].trim_start();
                let Some(rest) = rest.strip_prefix(['：', ':']) else { continue };
                // Another label may follow in the same cell, after wide room.
                let value = rest.split("　　").next().unwrap_or(rest).trim();
                if !value.is_empty() {
                    return value;
                }
                return row.get(i + 1).map_or("", |next| next.trim());
            }
        }
        ""
    }

    pub(super) fn mistake(&self, row: usize, column: &str, text: impl Into<String>) -> Mistake {
        Mistake { sheet: self.name.clone(), row: row + 1, column: column.to_owned(), text: text.into() }
    }
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    }
}

/// A calendar day as people write it: 2020-05-13, 2020/5/13, 2020.5.13, 2020年5月13日.
pub(super) fn day(text: &str) -> Option<Date> {
    let text = text.split_whitespace().next()?;
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let [year, month, day] = parts[..] else { return None };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|d| d.year() > 1949)
}

/// A head without spaces, line breaks, marks of required fields and what stands in brackets.
fn plain(text: &str) -> String {
    let open = text.find(['（', '(']).unwrap_or(text.len());
    text[..open].chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '＊' | '：' | ':')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        let wanted = jiff::civil::date(2020, 5, 13);
        for text in ["2020-05-13", "2020/5/13", "2020.5.13", "2020年5月13日", "2020-05-13 00:00:00"] {
            assert_eq!(day(text), Some(wanted), "{text}");
        }
        for text in ["", "5月13日", "2020-13-01", "昨天", "43964", "0001-01-01"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_workbook_is_said_to_be_none() {
        for bytes in [&b""[..], b"PK\x03\x04", b"<html>", &[0xff; 300]] {
            assert_eq!(read(bytes), Err(SheetError::NotAWorkbook));
        }
        assert_eq!(read(&vec![0; FILE_BYTES + 1]), Err(SheetError::TooLarge));
    }
}
