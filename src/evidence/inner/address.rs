//! What an address tells of the page behind it: column or article, and which template.

use url::Url;

/// What a page of a government site is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PageKind {
    /// A list of articles, or an entry to further columns.
    Column,
    /// One article.
    Article,
}

impl PageKind {
    /// Key in the label group `page_kind`.
    pub fn key(self) -> &'static str {
        match self {
            PageKind::Column => "column",
            PageKind::Article => "article",
        }
    }
}

/// Digits in a row that only an article's own number or date has.
const NUMBER: usize = 4;
/// First letters of names that programs give to columns, whatever number follows.
const COLUMN_NAMES: &[&str] = &["index", "default", "list", "col", "channel", "node", "class", "catalog", "lm", "more"];
/// Names of programs that show one article.
const ARTICLE_PROGRAMS: &[&str] = &["content", "detail", "article", "info", "news", "show", "view", "art"];

/// Column or article, by path and presence of a query alone; `None` where they do not say (a program of unknown purpose, the
/// root).
pub fn guess(path: &str, query: bool) -> Option<PageKind> {
    let path = path.strip_prefix('/')?;
    let (above, last) = path.rsplit_once('/').map_or((None, path), |(above, last)| (Some(above), last));
    let last = last.to_ascii_lowercase();
    let stem = split(&last).0;
    if query {
        let starts = |names: &[&str]| names.iter().any(|n| stem.starts_with(n));
        return match (starts(ARTICLE_PROGRAMS), starts(COLUMN_NAMES)) {
            (true, false) => Some(PageKind::Article),
            (false, true) => Some(PageKind::Column),
            _ => None,
        };
    }
    if last.is_empty() {
        return path.bytes().any(|b| b != b'/').then_some(PageKind::Column);
    }
    let named_column = COLUMN_NAMES.iter().any(|n| {
        stem.strip_prefix(n).is_some_and(|rest| rest.trim_start_matches(['_', '-']).bytes().all(|b| b.is_ascii_digit()))
    });
    let numbered = longest_number(stem) >= NUMBER;
    // `/info/1001/2345.htm`, `/2026/5/8/17.html`: a number below a number.
    let parent = above.and_then(|above| above.rsplit('/').next());
    let below = parent.is_some_and(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()));
    let digits_only = stem.bytes().all(|b| b.is_ascii_digit());
    Some(match named_column {
        true => PageKind::Column,
        false if numbered || (below && digits_only) => PageKind::Article,
        false => PageKind::Column,
    })
}

/// The pattern of an address: letters become `a`, digits `0`; file extensions, programs with their parameters' names, and
/// the depth stay. Addresses of one shape are made by one template.
pub fn shape(url: &Url) -> String {
    let program = url.query().is_some();
    let mut shape = String::new();
    for segment in url.path_segments().into_iter().flatten() {
        let segment = segment.split(';').next().unwrap_or_default();
        let (stem, extension) = split(segment);
        shape.push('/');
        fold(stem, program, &mut shape);
        shape.push_str(extension);
    }
    let mut names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort();
    for name in names {
        shape.push('?');
        shape.push_str(&name);
    }
    shape
}

/// Name and extension, the dot with the latter.
fn split(segment: &str) -> (&str, &str) {
    let dot = segment.rfind('.').filter(|at| (1..=6).contains(&(segment.len() - at)));
    dot.map_or((segment, ""), |at| segment.split_at(at))
}

fn fold(text: &str, keep_letters: bool, into: &mut String) {
    let mut run = None;
    for c in text.chars() {
        let class = match c {
            _ if c.is_numeric() => Some('0'),
            _ if c.is_alphabetic() && !keep_letters => Some('a'),
            _ => None,
        };
        match class {
            Some(class) if run == Some(class) => {}
            Some(class) => into.push(class),
            None => into.push(c),
        }
        run = class;
    }
}

fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}
