//! Mistakes in TOML files, drawn with the line underlined, in Chinese.
//!
//! *Owns*: source text, spans, drawing, reading a table so that one mistake does not hide the next.
//! *May not*: know what a site or a rule is. *Start reading at* [`Diagnostic`].

mod nearest;
mod read;
mod toml_words;

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};

pub use nearest::nearest;
pub use read::{is_readable, parse_document, read_table};
pub use toml_words::from_toml_error;

/// At most this many mistakes are drawn; the rest are counted.
const DRAWN: usize = 100;
/// A second place at most this many lines away is drawn in the same excerpt.
const SAME_EXCERPT_LINES: usize = 4;

/// A text file as the user knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Name shown to the user: the path as typed.
    pub name: String,
    /// Text that spans point into, without a byte order mark.
    pub text: String,
}

/// One mistake and where it is. Spans are byte ranges of [`SourceFile::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub span: Range<usize>,
    /// What is wrong, in Chinese, without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Other places that belong to the same mistake, each with a few words.
    pub also: Vec<(Range<usize>, String)>,
}

impl Diagnostic {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Diagnostic { span, message: message.into(), help: None, also: Vec::new() }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }
}

/// Mistakes of one or more files, already drawn. The person who edits the file must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rendered}")]
pub struct DiagnosticsError {
    pub rendered: String,
    pub count: usize,
}

impl DiagnosticsError {
    /// Draws `diagnostics` of one file without colour.
    pub fn of(file: &SourceFile, diagnostics: &[Diagnostic]) -> Self {
        DiagnosticsError { rendered: render(file, diagnostics, false), count: diagnostics.len() }
    }
}

/// Draws all mistakes of one file in the order of their places, one blank line between.
pub fn render(file: &SourceFile, diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let lines = Lines::of(&file.text);
    let mut ordered: Vec<&Diagnostic> = diagnostics.iter().collect();
    ordered.sort_by_key(|d| (d.span.start, d.span.end));
    let mut drawn: Vec<String> =
        ordered.iter().take(DRAWN).map(|d| trim_lines(&draw(file, &lines, d, &renderer))).collect();
    if ordered.len() > DRAWN {
        drawn.push(format!("另有 {} 处错误未列出，请先改正以上各处", ordered.len() - DRAWN));
    }
    drawn.join("\n\n")
}

/// 1-based line of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// Lines drawn together and what is underlined in them.
struct Excerpt<'a> {
    /// 0-based.
    lines: Range<usize>,
    marks: Vec<(AnnotationKind, Range<usize>, Option<&'a str>)>,
}

fn draw(file: &SourceFile, lines: &Lines<'_>, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let primary = lines.clamp(&diagnostic.span);
    let home = lines.at(primary.start);
    let mut excerpts = vec![Excerpt { lines: home..home + 1, marks: vec![(AnnotationKind::Primary, primary, None)] }];
    for (span, label) in &diagnostic.also {
        let span = lines.clamp(span);
        let line = lines.at(span.start);
        let mark = (AnnotationKind::Context, span, Some(label.as_str()));
        if line.abs_diff(home) <= SAME_EXCERPT_LINES {
            let near = &mut excerpts[0];
            near.lines = near.lines.start.min(line)..near.lines.end.max(line + 1);
            near.marks.push(mark);
        } else {
            excerpts.push(Excerpt { lines: line..line + 1, marks: vec![mark] });
        }
    }
    let mut group = Group::with_title(Level::ERROR.with_name("错误").primary_title(diagnostic.message.as_str()));
    for excerpt in excerpts {
        // Only the lines concerned are handed over: the drawing library walks every line it is given.
        let from = lines.start(excerpt.lines.start);
        let snippet = Snippet::source(&file.text[from..lines.start(excerpt.lines.end)])
            .path(file.name.as_str())
            .line_start(excerpt.lines.start + 1);
        group = group.element(snippet.annotations(excerpt.marks.into_iter().map(|(kind, span, label)| {
            let label = label.map(normalize_untrusted_str);
            kind.span(span.start - from..span.end - from).label(label)
        })));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.with_name("提示").message(normalize_untrusted_str(help)));
    }
    renderer.render(&[group])
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// 0-based line of an offset inside the text.
    fn at(&self, offset: usize) -> usize {
        self.starts.partition_point(|s| *s <= offset) - 1
    }

    /// Where a line begins; the end of the text for lines behind the last.
    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The span on whole characters, inside the text and on one line: its first.
    fn clamp(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |at: usize| self.text.floor_char_boundary(at.min(self.text.len()));
        let start = floor(span.start);
        let line = self.text[start..].split(['\n', '\r']).next().unwrap_or_default();
        start..floor(span.end).clamp(start, start + line.len())
    }
}

/// The drawing library pads lines with spaces up to the widest.
fn trim_lines(drawn: &str) -> String {
    drawn.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Why a file could not be read or written, in the user's words: those of the system are English.
pub fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "文件或文件夹不存在".to_owned(),
        ErrorKind::PermissionDenied => "没有权限".to_owned(),
        ErrorKind::AlreadyExists => "已经存在".to_owned(),
        ErrorKind::IsADirectory => "这是文件夹，不是文件".to_owned(),
        ErrorKind::NotADirectory => "路径中有一段不是文件夹".to_owned(),
        ErrorKind::InvalidData => "内容不是 UTF-8 文本".to_owned(),
        ErrorKind::InvalidFilename => "文件名不合系统要求".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘已满".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "磁盘只读".to_owned(),
        ErrorKind::UnexpectedEof => "文件不完整".to_owned(),
        _ => match error.raw_os_error() {
            Some(code) => format!("系统错误 {code}"),
            None => "读写出错".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
