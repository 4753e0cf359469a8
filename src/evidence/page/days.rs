//! Days that a page shows beside its articles. Only dates of a list count: a date in figures at the head or the end of a line
//! with an article's title, or in an article's address.

use std::sync::LazyLock;

use super::address::path_of;
use super::standing::host;
use super::types::PageFacts;
use crate::evidence::PageKind;
use crate::evidence::inner::guess;
use jiff::civil::Date;
use regex::Regex;

/// An article the page lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Place in the page's `links`.
    pub link: usize,
    pub shown: Option<Shown>,
    /// The day in the article's address; the last of the month where it names no day.
    pub address: Option<Address>,
}

/// A date as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Full(Date),
    /// Month and day: the year is anybody's guess.
    Short(i8, i8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    Day(Date),
    Month(Date),
}

/// Links looked at; occurrences of one title; bytes of a line that can be an entry of a list.
const LINKS: usize = 400;
const OCCURRENCES: usize = 4;
const LINE: usize = 600;
/// Characters of a title that can be told from a menu's entry.
const TITLE: usize = 8;

static FULL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^\d])(20\d\d)([-/.])(\d{1,2})[-/.](\d{1,2})(?:[^\d]|$)"));
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[\[(]?(\d{1,2})[-/](\d{1,2})[\])]?(?:\s|[^\d\-/.\s])|[^\d\-/.](\d{1,2})[-/](\d{1,2})[\])]?\s*$")
});
static IN_ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^\d])(20\d\d)[-/]?(\d\d)(?:[-/]?(\d\d))?(?:[^\d]|$)"));

#[allow(clippy::unwrap_used, reason = "the patterns are constants, and a test uses each")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// The articles a page lists, with the days it shows.
pub fn listed(page: &PageFacts) -> Vec<Listed> {
    let own = host(&page.url);
    let mut lines = Lines { text: &page.text, from: 0 };
    let links = page.links.iter().enumerate();
    let articles = links.filter(|(_, l)| !l.hidden && !l.in_footer && l.text.chars().count() >= TITLE);
    let mut listed = Vec::new();
    for (at, link) in articles.take(LINKS) {
        let Some(url) = link.url.as_deref() else { continue };
        let (path, query) = path_of(url);
        if guess(path, query) != Some(PageKind::Article) || host(url) != own {
            continue;
        }
        let title = link.text.trim();
        let shown = lines.holding(title).and_then(|line| shown(&line.replacen(title, "\u{1}", 1)));
        listed.push(Listed { link: at, shown, address: address(path) });
    }
    listed
}

/// The text of a page, read along with its links: both stand in the order of the document, so a title is looked for from the
/// line of the one before, and from the beginning only if it is not there.
struct Lines<'t> {
    text: &'t str,
    /// Where the newest line found begins.
    from: usize,
}

impl<'t> Lines<'t> {
    fn holding(&mut self, title: &str) -> Option<&'t str> {
        if title.is_empty() || title.contains('\n') {
            return None;
        }
        self.after(self.from, title).or_else(|| self.after(0, title))
    }

    fn after(&mut self, from: usize, title: &str) -> Option<&'t str> {
        for (at, _) in self.text[from..].match_indices(title).take(OCCURRENCES) {
            let at = from + at;
            let begin = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
            let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
            let line = self.text[begin..end].trim();
            if line.len() < LINE {
                self.from = begin;
                return Some(line);
            }
        }
        None
    }
}

/// The date in what a line shows besides its title, which stands as one mark.
fn shown(line: &str) -> Option<Shown> {
    if let Some(found) = FULL.captures(line) {
        return date(&found[1], &found[3], &found[4]).map(Shown::Full);
    }
    let found = SHORT.captures(line)?;
    let (month, day) = found.get(1).zip(found.get(2)).or_else(|| found.get(3).zip(found.get(4)))?;
    let (month, day) = (month.as_str().parse().ok()?, day.as_str().parse().ok()?);
    Date::new(2024, month, day).ok().map(|_| Shown::Short(month, day))
}

fn address(path: &str) -> Option<Address> {
    // The last date in a path is the article's own.
    let found = IN_ADDRESS.captures_iter(path).last()?;
    match found.get(3) {
        Some(day) => date(&found[1], &found[2], day.as_str()).map(Address::Day),
        None => date(&found[1], &found[2], "1").map(|d| Address::Month(d.last_of_month())),
    }
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{PageInput, read};
    use super::*;

    #[test]
    fn dates_of_lists_are_read_and_dates_of_titles_are_not() {
        let html = "<meta charset=utf-8><ul>\
            <li><span>2026-05-03</span><a href=/xw/202605/t20260503_1001.html>全市召开防汛工作会议部署</a></li>\
            <li><a href=/xw/content_100200.html>市政府常务会议研究民生工作</a><em>[05-04]</em></li>\
            <li><a href=/xw/202604/t1002_9999.html>关于2019-01-02号文件的补充通知</a> 4/30</li>\
            <li><a href=/xw/content_100201.html>没有日期的一条政务公开信息</a></li>\
            <li><a href=/xw/>更多信息请查看本栏目的列表</a> 2026-05-05</li></ul>";
        let url = "https://www.test.gov.cn/";
        let page = read(&PageInput { bytes: html.as_bytes(), url, content_type: None, fragment: false });
        let found: Vec<_> = listed(&page).into_iter().map(|l| (l.shown, l.address)).collect();
        assert_eq!(
            found,
            [
                (Some(Shown::Full(date(2026, 5, 3))), Some(Address::Day(date(2026, 5, 3)))),
                (Some(Shown::Short(5, 4)), None),
                (Some(Shown::Short(4, 30)), Some(Address::Month(date(2026, 4, 30)))),
                (None, None),
            ]
        );
    }
}
