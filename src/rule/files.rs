//! The files of a rule set, from the binary or from a folder, and the mistakes found in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::ValueDeserializer;

use crate::check::CheckKind;
use crate::diagnostic::{self, Diagnostic, DiagnosticsError, SourceFile, from_toml_error, io_reason};

/// `rules/` as it was when the program was built.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Folders below the rules folder that are read: one more than the format uses, so that files too deep are named.
const DEEPEST: usize = 3;
/// How `check` begins its refusal of a regular expression.
const PATTERN_PREFIX: &str = "invalid pattern: ";

/// Why a rule set could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file in it cannot be read: act on the disk or the path.
    #[error("无法读取规则文件 {}（{}）。请检查路径是否正确、是否有读取权限、文件是否为UTF-8编码", path.display(), io_reason(source))]
    Io { path: PathBuf, source: io::Error },
    /// The folder holds no rule that runs: give the right folder.
    #[error("{} 里没有一条生效的规则，不能据此巡查。请核对规则目录；要用程序自带的规则，请把这个空目录改名或删去", .0.display())]
    Empty(PathBuf),
    /// The files contradict the format: act on the files, every mistake is drawn.
    #[error("规则文件有 {} 处错误：\n\n{}", .0.count, .0.rendered)]
    Mistakes(DiagnosticsError),
}

/// Texts of a rule set by path relative to its folder, `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct RuleFiles(BTreeMap<String, SourceFile>);

impl RuleFiles {
    /// The rules inside the program.
    pub fn embedded() -> Self {
        fn collect(dir: &Dir<'static>, files: &mut RuleFiles) {
            // Report templates lie beside the rules and are none.
            for file in dir.files().filter(|f| f.path().extension().is_some_and(|e| e == "toml")) {
                if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                    files.insert(path, &format!("rules/{path}"), text);
                }
            }
            dir.dirs().for_each(|d| collect(d, files));
        }
        let mut files = RuleFiles::default();
        collect(&EMBEDDED, &mut files);
        files
    }

    /// The file of that name inside the program and the one in `self`, in this order; the second only where it differs.
    pub(super) fn layers(&self, relative: &str) -> (Option<SourceFile>, Option<&SourceFile>) {
        let text = EMBEDDED.get_file(relative).and_then(|f| f.contents_utf8()).map(str::to_owned);
        let built_in = text.map(|text| SourceFile { name: format!("rules/{relative}"), text });
        let own = self.0.get(relative).filter(|f| built_in.as_ref().is_none_or(|b| b.text != f.text));
        (built_in, own)
    }

    /// All `.toml` files under `dir`; hidden files and folders are left out.
    pub fn read(dir: &Path) -> Result<Self, LoadError> {
        let mut files = RuleFiles::default();
        let mut folders = vec![(dir.to_owned(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let io = |path: &Path, source| LoadError::Io { path: path.to_owned(), source };
            for entry in fs::read_dir(&folder).map_err(|e| io(&folder, e))? {
                let entry = entry.map_err(|e| io(&folder, e))?;
                let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
                if name.starts_with('.') {
                    continue;
                }
                let relative = format!("{prefix}{name}");
                if path.is_dir() {
                    // A folder linked into itself must not be walked for ever.
                    if relative.matches('/').count() >= DEEPEST {
                        continue;
                    }
                    folders.push((path, format!("{relative}/")));
                } else if name.ends_with(".toml") {
                    let text = fs::read_to_string(&path).map_err(|e| io(&path, e))?;
                    files.insert(&relative, &path.display().to_string(), &text);
                }
            }
        }
        Ok(files)
    }

    /// Files given as text: (relative path, text).
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut files = RuleFiles::default();
        texts.into_iter().for_each(|(path, text)| files.insert(path, path, text));
        files
    }

    /// `self` with the files of `newer` in place of those with the same relative path.
    #[must_use]
    pub fn with(mut self, newer: RuleFiles) -> Self {
        self.0.extend(newer.0);
        self
    }

    fn insert(&mut self, relative: &str, shown: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        self.0.insert(relative.to_owned(), SourceFile { name: shown.to_owned(), text });
    }

    pub(super) fn get(&self, relative: &str) -> Option<&SourceFile> {
        self.0.get(relative)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &SourceFile)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }
}

/// Mistakes of all files, gathered before anything is refused.
#[derive(Debug, Default)]
pub(super) struct Mistakes(BTreeMap<String, (SourceFile, Vec<Diagnostic>)>);

impl Mistakes {
    pub(super) fn push(&mut self, file: &SourceFile, diagnostic: Diagnostic) {
        self.of(file).push(diagnostic);
    }

    pub(super) fn add(
        &mut self,
        file: &SourceFile,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        let mut diagnostic = Diagnostic::new(span, message);
        diagnostic.help = help.map(str::to_owned);
        self.push(file, diagnostic);
    }

    /// Deserializes a whole file, noting every mistake; `None` when nothing could be made of it.
    pub(super) fn read<T: DeserializeOwned>(&mut self, file: &SourceFile) -> Option<T> {
        let noted = self.of(file);
        let table = diagnostic::parse_document(&file.text, noted);
        diagnostic::read_table(&table, noted)
    }

    /// As [`Mistakes::read`], for files with a `check`, which is read by itself: an enum without its one entry would be
    /// called a second mistake.
    pub(super) fn read_rule<T: DeserializeOwned>(
        &mut self,
        file: &SourceFile,
    ) -> (Option<T>, Option<Spanned<CheckKind>>) {
        let noted = self.of(file);
        let mut table = diagnostic::parse_document(&file.text, noted);
        let check = table.get_mut().remove("check").and_then(|value| {
            let span = value.span();
            Spanned::<CheckKind>::deserialize(ValueDeserializer::from(value))
                .map_err(|error| noted.push(pattern_words(from_toml_error(&error), &error, span)))
                .ok()
        });
        (diagnostic::read_table(&table, noted), check)
    }

    /// Mistakes noted so far in `file`.
    pub(super) fn count(&self, file: &SourceFile) -> usize {
        self.0.get(&file.name).map_or(0, |(_, noted)| noted.len())
    }

    /// An error when there was any mistake.
    pub(super) fn finish(self) -> Result<(), LoadError> {
        let faulty: Vec<_> = self.0.into_values().filter(|(_, noted)| !noted.is_empty()).collect();
        if faulty.is_empty() {
            return Ok(());
        }
        let count = faulty.iter().map(|(_, noted)| noted.len()).sum();
        let drawn: Vec<String> = faulty.iter().map(|(file, noted)| diagnostic::render(file, noted, false)).collect();
        Err(LoadError::Mistakes(DiagnosticsError { rendered: drawn.join("\n\n"), count }))
    }

    fn of(&mut self, file: &SourceFile) -> &mut Vec<Diagnostic> {
        &mut self.0.entry(file.name.clone()).or_insert_with(|| (file.clone(), Vec::new())).1
    }
}

/// A refused regular expression in Chinese; the library's own reason stays, it names the place inside the pattern.
fn pattern_words(mut diagnostic: Diagnostic, error: &toml::de::Error, table: Range<usize>) -> Diagnostic {
    if error.span().is_none() {
        diagnostic.span = table;
    }
    if let Some(why) = error.message().strip_prefix(PATTERN_PREFIX) {
        let reason = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        diagnostic.message = "正则表达式写法有误".to_owned();
        diagnostic.help = Some(format!("请检查括号、方括号和反斜杠是否配对（{reason}）"));
    }
    diagnostic
}

/// Writes the rules inside the program to `dir`, for an office that wants to change them.
pub fn write_embedded(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    EMBEDDED.extract(dir)
}
