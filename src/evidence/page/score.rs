//! Scores the reader against a folder of labelled pages: precision and recall per field and per shape, and every
//! disagreement.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::types::{BadgeForm, CodeOrigin, NumberKind, NumberMark, PageFacts, Where};
use super::{PageInput, read, read_script};
use super::{charset, words};

/// Result of [`score`].
#[derive(Debug, Clone, Default)]
pub struct ScoreReport {
    /// The whole report, ready to print.
    pub text: String,
    /// Fields in report order.
    pub fields: Vec<(String, Tally)>,
    /// One line per disagreement: file, field, what was expected and what was read.
    pub disagreements: Vec<String>,
    /// Pages read.
    pub pages: usize,
    /// Lines of the label file that could not be used: unreadable JSON, missing file.
    pub unusable: Vec<String>,
}

/// Counts of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub hits: usize,
    /// Read, but not labelled.
    pub extra: usize,
    /// Labelled, but not read.
    pub missed: usize,
}

impl Tally {
    /// Share of what was read that is right, 0..=1; 1 when nothing was read.
    pub fn precision(&self) -> f64 {
        share(self.hits, self.hits + self.extra)
    }

    /// Share of what is there that was read, 0..=1; 1 when nothing was there.
    pub fn recall(&self) -> f64 {
        share(self.hits, self.hits + self.missed)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl ScoreReport {
    /// Counts of a field.
    pub fn field(&self, name: &str) -> Tally {
        self.fields.iter().find(|(n, _)| n == name).map_or_else(Tally::default, |(_, t)| *t)
    }
}

#[derive(Deserialize)]
struct Labelled {
    id: String,
    file: String,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
    labels: Labels,
}

#[derive(Deserialize)]
struct Labels {
    #[serde(default)]
    icp: Vec<Entry>,
    #[serde(default)]
    psb: Vec<Entry>,
    #[serde(default)]
    site_code: Option<String>,
    #[serde(default)]
    conac: bool,
    #[serde(default)]
    jiucuo: bool,
    #[serde(default)]
    sponsor: Option<String>,
    #[serde(default)]
    contact: bool,
    #[serde(default)]
    sitemap: bool,
    #[serde(default)]
    meta: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
struct Entry {
    number: String,
    #[serde(default)]
    normalised: Option<String>,
    #[serde(default)]
    link: Option<String>,
    visible: bool,
    #[serde(rename = "where")]
    at: String,
    kind: String,
    /// Attribute that holds it inside what a script writes.
    #[serde(default)]
    in_attr: Option<String>,
    /// A companion script writes it: a single file cannot show it.
    #[serde(default)]
    external: bool,
}

/// An entry as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: &'static str,
    number: String,
    at: &'static str,
}

/// Reads every file named in `labels_jsonl` through `read_file` and compares.
///
/// Entries count when a visitor sees them. An alternative text that repeats a visible number may be labelled or not. Text of
/// the page and text its script writes are one place. An entry that stands in a script's strings counts as read also where
/// the reader leaves open whether it is shown: that answer is "not decided", never "missing".
pub fn score(labels_jsonl: &str, read_file: &dyn Fn(&str) -> Option<Vec<u8>>) -> ScoreReport {
    let mut sheet = Sheet::default();
    for (index, line) in labels_jsonl.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let page: Labelled = match serde_json::from_str(line) {
            Ok(page) => page,
            Err(error) => {
                sheet.report.unusable.push(format!("line {}: {error}", index + 1));
                continue;
            }
        };
        let Some(bytes) = read_file(&page.file) else {
            sheet.report.unusable.push(format!("{}: {} cannot be read", page.id, page.file));
            continue;
        };
        sheet.report.pages += 1;
        let facts = facts_of(&page, &bytes);
        sheet.compare(&page, &facts);
    }
    sheet.finish()
}

fn facts_of(page: &Labelled, bytes: &[u8]) -> PageFacts {
    let url = format!("https://{}/", page.site.as_deref().unwrap_or("www.example.gov.cn"));
    let charset = page.encoding.as_deref();
    let (text, _) = charset::decode(bytes, None, charset, true);
    let script = page.file.ends_with(".js") || page.file.ends_with(".ts.txt");
    if script && !text.trim_start().starts_with('<') {
        return read_script(text.as_bytes(), &url, None, Some("utf-8"), &url);
    }
    let html = source::as_html(&text, &page.file);
    read(&PageInput {
        bytes: html.as_bytes(),
        url: &url,
        content_type: Some("text/html; charset=utf-8"),
        fragment: false,
    })
}

#[derive(Default)]
struct Sheet {
    report: ScoreReport,
    fields: BTreeMap<&'static str, Tally>,
    shapes: BTreeMap<String, Tally>,
}

impl Sheet {
    fn compare(&mut self, page: &Labelled, facts: &PageFacts) {
        let marks = &facts.marks;
        self.numbers(page, "icp", &page.labels.icp, &marks.icp);
        self.numbers(page, "psb", &page.labels.psb, &marks.psb);
        let masked = |c: &str| c.contains(|c: char| words::MASKS.contains(c));
        let printed = marks.codes.iter().filter(|c| c.origin == CodeOrigin::Printed && c.visible && !masked(&c.shown));
        let printed: Vec<&str> = printed.map(|c| c.shown.as_str()).collect();
        self.value(page, "site_code", page.labels.site_code.as_deref(), &printed);
        let shown = |badges: &[super::types::Badge]| badges.iter().any(|b| b.visible && b.form != BadgeForm::Comment);
        self.flag(page, "conac", page.labels.conac, shown(&marks.conac));
        self.flag(page, "jiucuo", page.labels.jiucuo, shown(&marks.jiucuo));
        let sponsors: Vec<&str> = marks.sponsor.iter().filter(|s| s.visible).map(|s| s.value.as_str()).collect();
        self.value(page, "sponsor", page.labels.sponsor.as_deref(), &sponsors);
        self.flag(page, "contact", page.labels.contact, marks.contact.iter().any(|c| c.visible));
        self.flag(page, "sitemap", page.labels.sitemap, marks.sitemap.iter().any(|c| c.visible));
        for (name, expected) in &page.labels.meta {
            let found = facts.metas.iter().filter(|m| m.name.eq_ignore_ascii_case(name));
            let filled = found.filter(|m| !m.content.is_empty()).count() > 0;
            self.flag(page, "meta", *expected, filled);
        }
    }

    fn numbers(&mut self, page: &Labelled, field: &'static str, labelled: &[Entry], read: &[NumberMark]) {
        let expected: BTreeMap<Key, &Entry> =
            labelled.iter().filter(|e| e.visible && !e.external).filter_map(|e| Some((label_key(e)?, e))).collect();
        let mut found: BTreeMap<Key, &NumberMark> = BTreeMap::new();
        for mark in read.iter().filter(|m| m.visible || m.at == Where::Script) {
            let known = found.entry(mark_key(mark)).or_insert(mark);
            // Of two footers in one page the labelled one is the one with the link.
            if (!known.visible, known.link.href.is_empty()) > (!mark.visible, mark.link.href.is_empty()) {
                *known = mark;
            }
        }
        let texts: BTreeSet<&str> =
            expected.keys().chain(found.keys()).filter(|k| is_text(k.at)).map(|k| k.number.as_str()).collect();
        let optional = |k: &Key| !is_text(k.at) && texts.contains(k.number.as_str());
        for (key, entry) in &expected {
            // An attribute inside what a script writes may also be read from the bare string.
            let in_script = Key { at: "text", ..key.clone() };
            let hit = found.get(key).or_else(|| found.get(&in_script).filter(|_| entry.at == "script"));
            if hit.is_none() && optional(key) {
                continue;
            }
            let undecided = if hit.is_some_and(|m| !m.visible) { " (left open)" } else { "" };
            let shape = format!("{field}/{}/{}{undecided}", key.kind, entry.at);
            self.count(page, field, Some(shape), hit.is_some(), true, || format!("{key:?}"));
            if let Some(mark) = hit.filter(|m| m.visible) {
                self.link(page, entry, mark);
            }
        }
        for (key, _) in found.iter().filter(|(k, m)| m.visible && !expected.contains_key(k) && !optional(k)) {
            let shape = format!("{field}/{}/{}", key.kind, key.at);
            self.count(page, field, Some(shape), false, false, || format!("{key:?}"));
        }
    }

    /// The address of a link, as written; grades are not labelled.
    fn link(&mut self, page: &Labelled, entry: &Entry, mark: &NumberMark) {
        let plain = |text: &str| text.trim().trim_end_matches('/').to_owned();
        let expected = entry.link.as_deref().map(plain).unwrap_or_default();
        let got = plain(&mark.link.href);
        let same = expected == got;
        self.count(page, "link", None, same, true, || format!("{} expected {expected:?}, read {got:?}", mark.shown));
    }

    fn value(&mut self, page: &Labelled, field: &'static str, expected: Option<&str>, found: &[&str]) {
        let bare = |text: &str| text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
        match (expected, found) {
            (None, []) => {}
            (Some(want), [first, ..]) if bare(want) == bare(first) => {
                self.count(page, field, None, true, true, String::new)
            }
            (want, got) => {
                if want.is_some() {
                    self.count(page, field, None, false, true, || format!("expected {want:?}, read {got:?}"));
                }
                if let Some(first) = got.first() {
                    self.count(page, field, None, false, false, || format!("expected {want:?}, read {first:?}"));
                }
            }
        }
    }

    fn flag(&mut self, page: &Labelled, field: &'static str, expected: bool, found: bool) {
        if expected || found {
            self.count(page, field, None, expected && found, expected, || format!("expected {expected}, read {found}"));
        }
    }

    /// Counts one comparison: a hit, else a miss when it was `expected`, else an extra.
    fn count(
        &mut self,
        page: &Labelled,
        field: &'static str,
        shape: Option<String>,
        hit: bool,
        expected: bool,
        what: impl Fn() -> String,
    ) {
        let mut tallies = vec![self.fields.entry(field).or_default()];
        tallies.extend(shape.map(|s| self.shapes.entry(s).or_default()));
        for tally in tallies {
            match (hit, expected) {
                (true, _) => tally.hits += 1,
                (false, true) => tally.missed += 1,
                (false, false) => tally.extra += 1,
            }
        }
        if !hit {
            let sort = if expected { "missed" } else { "extra" };
            self.report.disagreements.push(format!("{} {} {field} {sort}: {}", page.id, page.file, what()));
        }
    }

    fn finish(mut self) -> ScoreReport {
        let mut text = format!("{} pages\n", self.report.pages);
        let row = |name: &str, t: &Tally| {
            let percent = |x: f64| format!("{:6.2}%", x * 100.0);
            let (p, r) = (percent(t.precision()), percent(t.recall()));
            format!(
                "{name:<28} precision {p} recall {r}  hits {:>4} extra {:>3} missed {:>3}\n",
                t.hits, t.extra, t.missed
            )
        };
        for (name, tally) in &self.fields {
            text.push_str(&row(name, tally));
        }
        text.push('\n');
        for (name, tally) in &self.shapes {
            text.push_str(&row(name, tally));
        }
        for (title, lines) in [("disagreements", &self.report.disagreements), ("unusable", &self.report.unusable)] {
            let _ = writeln!(text, "\n{title}: {}", lines.len());
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        self.report.text = text;
        self.report.fields = self.fields.into_iter().map(|(n, t)| (n.to_owned(), t)).collect();
        self.report
    }
}

fn is_text(at: &str) -> bool {
    at == "text"
}

fn label_key(entry: &Entry) -> Option<Key> {
    let kind = match entry.kind.as_str() {
        "filing" => "filing",
        "licence" => "licence",
        "legacy" => "legacy",
        "placeholder" => "placeholder",
        "malformed" => "malformed",
        _ => return None,
    };
    let at = match entry.in_attr.as_deref().unwrap_or(&entry.at) {
        "alt" => "alt",
        "title" => "title",
        "comment" => "comment",
        _ => "text",
    };
    Some(Key { kind, number: number_key(entry.normalised.as_deref().unwrap_or_default(), &entry.number), at })
}

fn mark_key(mark: &NumberMark) -> Key {
    let kind = match mark.kind {
        NumberKind::Filing => "filing",
        NumberKind::Licence => "licence",
        NumberKind::Legacy => "legacy",
        NumberKind::Placeholder => "placeholder",
        NumberKind::Malformed => "malformed",
    };
    let at = match mark.at {
        Where::Text | Where::Attribute | Where::Script => "text",
        Where::Alt => "alt",
        Where::Title => "title",
        Where::Comment => "comment",
    };
    Key { kind, number: number_key(&mark.normalised, &mark.shown), at }
}

/// The normalised form, else the letters and digits of what is displayed.
fn number_key(normalised: &str, shown: &str) -> String {
    if !normalised.is_empty() {
        return normalised.to_owned();
    }
    let hao = |c: char| c == words::HAO;
    shown.trim_end_matches(hao).chars().filter(|c| c.is_alphanumeric() || *c == '-').collect::<String>().to_lowercase()
}
