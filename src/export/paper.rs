//! A paper as data: what stands on it, block by block. The Word, Excel and HTML writers print the same [`Paper`], so that they cannot
//! differ. All text may come from scanned pages; the writers make it safe.

use jiff::civil::Date;

use super::text::one_line;

/// How the sheet lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Portrait,
    Landscape,
}

impl Layout {
    /// Width of the body, millimetres (GB/T 9704—2012: 156 × 225 mm).
    pub fn body_mm(self) -> f64 {
        match self {
            Layout::Portrait => 156.0,
            Layout::Landscape => 225.0,
        }
    }
}

/// A document to print.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// Name of the document, for its properties.
    pub name: String,
    /// Who makes it out.
    pub office: String,
    pub date: Date,
    pub layout: Layout,
    /// Marked 草稿 on every page.
    pub draft: bool,
    pub blocks: Vec<Block>,
}

impl Paper {
    pub fn new(name: &str, office: &str, date: Date, layout: Layout) -> Self {
        let (name, office) = (one_line(name), one_line(office));
        Paper { name, office, date, layout, draft: false, blocks: Vec::new() }
    }
}

/// One piece of a paper, top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// 附件1
    Mark(String),
    Title(String),
    /// 抬头, flush left.
    Salute(String),
    /// 一、
    Heading(String),
    /// （一）
    Subheading(String),
    /// A paragraph, indented by two characters.
    Text(String),
    /// One line with two ends.
    Line(String, String),
    Table(Table),
    /// A quotation; `true` marks the span that matters.
    Excerpt(Vec<(String, bool)>),
    /// Small print.
    Note(String),
    /// 落款: the office above the date, room for the seal.
    Signature(String, String),
    /// A new page; `restart` counts its pages from 1.
    Break {
        restart: bool,
    },
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Centred,
    /// Names what stands right of it.
    Label,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Empty in tables without a head.
    pub head: &'static str,
    pub mm: f64,
    pub kind: Kind,
}

/// A row; the last cell takes the columns that are left.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub cells: Vec<String>,
    /// Least height, millimetres.
    pub mm: f64,
}

impl Row {
    pub fn new(cells: Vec<String>) -> Row {
        Row { cells, mm: 10.0 }
    }

    /// A row with room for writing.
    pub fn tall(cells: Vec<String>, mm: f64) -> Row {
        Row { cells, mm }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// The only row of a table without rows.
    pub nothing: String,
}

impl Table {
    /// A table with a head.
    pub fn headed(columns: &[(&'static str, f64, Kind)], rows: Vec<Vec<String>>, nothing: &str) -> Table {
        let columns = columns.iter().map(|&(head, mm, kind)| Column { head, mm, kind }).collect();
        Table { columns, rows: rows.into_iter().map(Row::new).collect(), nothing: nothing.to_owned() }
    }

    /// Labels and values, alternating.
    pub fn facts(widths: &[f64], rows: Vec<Row>) -> Table {
        let kind = |i: usize| if i.is_multiple_of(2) { Kind::Label } else { Kind::Text };
        let columns = widths.iter().enumerate().map(|(i, &mm)| Column { head: "", mm, kind: kind(i) }).collect();
        Table { columns, rows, nothing: String::new() }
    }

    pub(super) fn has_head(&self) -> bool {
        self.columns.iter().any(|c| !c.head.is_empty())
    }

    /// Cells of a row with their width (millimetres), how many columns they take, and how they stand.
    pub(super) fn cells<'t>(&'t self, row: &'t Row) -> impl Iterator<Item = (&'t str, f64, usize, Kind)> {
        let last = row.cells.len().min(self.columns.len()).saturating_sub(1);
        row.cells.iter().zip(&self.columns).enumerate().map(move |(i, (text, column))| {
            let rest = if i == last { &self.columns[i..] } else { &self.columns[i..=i] };
            let kind = if rest.len() > 1 && row.cells.len() == 1 { Kind::Text } else { column.kind };
            (text.as_str(), rest.iter().map(|c| c.mm).sum(), rest.len(), kind)
        })
    }
}
