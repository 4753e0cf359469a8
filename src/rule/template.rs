//! Problem and measure texts: `{name}` places filled with facts.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Labels, Rule, RuleSet};
use crate::check::{Fact, Facts};
use crate::clock;
use crate::evidence::SiteProfile;

/// Names every template may use besides the facts of its kind; a kind's fact of the same name wins.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("site", "网站名称"),
    ("url", "登记的网址"),
    ("unit", "登记的主办单位"),
    ("code", "登记的网站标识码"),
    ("icp", "登记的ICP备案编号"),
    ("psb", "登记的公安备案编号"),
    ("at", "检查时间，如2020年5月8日09:12"),
];

/// No fact takes more room than this in a printed text, in characters.
const FACT_CHARS: usize = 200;
/// Items of a list that are named before the rest is only counted.
const LIST_ITEMS: usize = 5;

/// What a template knows besides the facts of the violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderContext<'a> {
    /// 网站名称.
    pub site: &'a str,
    /// Address as registered.
    pub url: &'a str,
    /// 主办单位.
    pub unit: &'a str,
    /// 网站标识码 as registered, empty when there is none.
    pub code: &'a str,
    /// Registered ICP filing number, empty when there is none.
    pub icp: &'a str,
    /// Registered public-security filing number, empty when there is none.
    pub psb: &'a str,
    /// When the site was looked at.
    pub at: Timestamp,
}

impl<'a> RenderContext<'a> {
    /// The context of a look at `site` that ended at `at`.
    pub fn of(site: &'a SiteProfile, at: Timestamp) -> Self {
        RenderContext {
            site: &site.name,
            url: &site.url,
            unit: &site.sponsor.name,
            code: site.site_code.as_deref().unwrap_or_default(),
            icp: site.icp.as_deref().unwrap_or_default(),
            psb: site.psb.as_deref().unwrap_or_default(),
            at,
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        BUILT_IN.iter().any(|(n, _)| *n == name)
    }

    fn value(&self, name: &str) -> Option<Fact> {
        Some(Fact::from(match name {
            "site" => self.site,
            "url" => self.url,
            "unit" => self.unit,
            "code" => self.code,
            "icp" => self.icp,
            "psb" => self.psb,
            "at" => return Some(Fact::Instant(self.at)),
            _ => return None,
        }))
    }
}

impl RuleSet {
    /// 存在问题 and suggested 整改措施 of a violation, in words. The time of the look stands in the problem text exactly
    /// once: where the template puts it, else at the end.
    pub fn render(&self, rule: &Rule, facts: &Facts, ctx: &RenderContext<'_>) -> (String, String) {
        let fill = |text: &str| {
            let template = Template::parse(text).unwrap_or_else(|_| Template::literal(text));
            (template.fill(|name| self.word(facts, ctx, name)), template.names().any(|n| n == "at"))
        };
        let (mut problem, timed) = fill(&rule.problem);
        if !timed {
            let at = instant(ctx.at);
            problem.push_str(&self.labels.phrase("looked_at", "at", &at));
        }
        (problem, fill(&rule.measure).0)
    }

    fn word(&self, facts: &Facts, ctx: &RenderContext<'_>, name: &str) -> String {
        match facts.get(name).cloned().or_else(|| ctx.value(name)) {
            Some(fact) => print_fact(&self.labels, &fact),
            None => self.labels.word("phrase", "missing").to_owned(),
        }
    }
}

/// A fact as printed.
pub fn print_fact(labels: &Labels, fact: &Fact) -> String {
    let text = match fact {
        Fact::Text(text) => visible(text),
        Fact::Label { group, key } => labels.word(group, key).to_owned(),
        Fact::Number(number) => number.to_string(),
        Fact::Instant(at) => instant(*at),
        Fact::List(items) => return list(labels, items),
        Fact::Days(from, to) => days(*from, *to),
    };
    if text.trim().is_empty() { labels.word("phrase", "empty").to_owned() } else { cap(&text, FACT_CHARS) }
}

/// `2020年5月8日09:12` in the office's zone.
pub fn instant(at: Timestamp) -> String {
    let t = clock::local(at);
    format!("{}年{}月{}日{:02}:{:02}", t.year(), t.month(), t.day(), t.hour(), t.minute())
}

/// `5月6日至12日`, `5月30日至6月5日`.
fn days(from: Date, to: Date) -> String {
    let month = if from.month() == to.month() { String::new() } else { format!("{}月", to.month()) };
    format!("{}月{}日至{month}{}日", from.month(), from.day(), to.day())
}

fn list(labels: &Labels, items: &[String]) -> String {
    let Some((first, rest)) = items.split_first() else {
        return labels.word("phrase", "none").to_owned();
    };
    let mut text = cap(&visible(first), FACT_CHARS);
    let mut named = 1;
    for item in rest.iter().take(LIST_ITEMS - 1) {
        let item = visible(item);
        if text.chars().count() + item.chars().count() + 1 > FACT_CHARS {
            break;
        }
        text.push('、');
        text.push_str(&item);
        named += 1;
    }
    if named < items.len() {
        text.push_str(&labels.phrase("and_others", "n", &items.len().to_string()));
    }
    text
}

/// Blanks folded, characters that cannot be seen (controls, direction marks, zero-width) written out: what a page says
/// must not be able to reorder or hide the text of a form.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            c if c.is_control() || is_invisible(c) => out.push_str(&format!("[U+{:04X}]", c as u32)),
            c => out.push(c),
        }
        // Enough for every cap; a hostile page cannot make this costly.
        if out.len() > FACT_CHARS * 16 {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}')
}

fn cap(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some(_) => text.chars().take(chars - 1).chain(['…']).collect(),
    }
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<'t>(Vec<Part<'t>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    Place(&'t str),
}

/// A mistake in a template, at a byte range of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub at: Range<usize>,
    pub why: Brace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brace {
    /// `{` without `}`.
    Unclosed,
    /// `}` without `{`.
    Stray,
    /// Between the braces stands no name.
    NoName,
}

impl<'t> Template<'t> {
    /// Splits `text` at its `{name}` places; `{{` and `}}` stand for the braces themselves.
    pub(super) fn parse(text: &'t str) -> Result<Template<'t>, Misplaced> {
        let mut parts = Vec::new();
        let mut rest = 0;
        while let Some(found) = text[rest..].find(['{', '}']) {
            let brace = rest + found;
            if brace > rest {
                parts.push(Part::Text(&text[rest..brace]));
            }
            let doubled = text[brace..].starts_with("{{") || text[brace..].starts_with("}}");
            if doubled {
                parts.push(Part::Text(&text[brace..brace + 1]));
                rest = brace + 2;
                continue;
            }
            if text[brace..].starts_with('}') {
                return Err(Misplaced { at: brace..brace + 1, why: Brace::Stray });
            }
            let inside = &text[brace + 1..];
            match inside.find(['{', '}']) {
                Some(end) if inside[end..].starts_with('}') => {
                    let name = &inside[..end];
                    let at = brace..brace + end + 2;
                    if !is_name(name) {
                        return Err(Misplaced { at, why: Brace::NoName });
                    }
                    parts.push(Part::Place(name));
                    rest = at.end;
                }
                _ => return Err(Misplaced { at: brace..brace + 1, why: Brace::Unclosed }),
            }
        }
        if rest < text.len() {
            parts.push(Part::Text(&text[rest..]));
        }
        Ok(Template(parts))
    }

    fn literal(text: &'t str) -> Template<'t> {
        Template(vec![Part::Text(text)])
    }

    /// Names of the places, in order, repeated as often as they stand there.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.0.iter().filter_map(|part| match part {
            Part::Place(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    pub(super) fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Place(name) => out.push_str(&value(name)),
            }
        }
        out
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        RuleSet::embedded_labels()
    }

    fn places(text: &str) -> Vec<&str> {
        Template::parse(text).unwrap().names().collect()
    }

    #[test]
    fn doubled_braces_are_braces() {
        let template = Template::parse("{{a}} 与 {b}}}").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["b"]);
        assert_eq!(template.fill(|_| "值".into()), "{a} 与 值}");
    }

    #[test]
    fn every_wrong_brace_is_told_apart_with_its_place() {
        let why = |text| Template::parse(text).map_err(|m| (m.at, m.why));
        assert_eq!(why("甲{a"), Err((3..4, Brace::Unclosed)));
        assert_eq!(why("{a{b}"), Err((0..1, Brace::Unclosed)));
        assert_eq!(why("a}"), Err((1..2, Brace::Stray)));
        assert_eq!(why("{}"), Err((0..2, Brace::NoName)));
        assert_eq!(why("{名称}"), Err((0..8, Brace::NoName)));
        assert_eq!(places("{a}{b}{a}"), ["a", "b", "a"]);
    }

    proptest::proptest! {
        #[test]
        fn escaped_text_and_places_come_back_in_order(parts in proptest::collection::vec(("[a-z{}，字 ]{0,6}", "[a-z][a-z0-9_]{0,4}"), 0..6)) {
            let (mut written, mut expected) = (String::new(), String::new());
            for (text, name) in &parts {
                written.push_str(&text.replace('{', "{{").replace('}', "}}"));
                written.push_str(&format!("{{{name}}}"));
                expected.push_str(&format!("{text}<{name}>"));
            }
            proptest::prop_assert_eq!(Template::parse(&written).unwrap().fill(|name| format!("<{name}>")), expected);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[a{}，]{0,12}") {
            let _ = Template::parse(&text).map_err(|wrong| assert!(text.get(wrong.at).is_some()));
        }
    }

    #[test]
    fn invisible_characters_are_written_out_and_blanks_folded() {
        let shown = print_fact(&labels(), &Fact::from("陕ICP备\u{202e}\u{200b}05\r\n\t 号\u{7}"));
        assert_eq!(shown, "陕ICP备[U+202E][U+200B]05 号[U+0007]");
    }

    #[test]
    fn a_long_fact_is_cut_at_two_hundred_characters() {
        let shown = print_fact(&labels(), &Fact::from("长".repeat(10_000)));
        assert_eq!(shown.chars().count(), 200);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn a_list_names_five_items_and_counts_all() {
        let items = |n: usize| Fact::List((1..=n).map(|i| format!("h{i}")).collect());
        assert_eq!(print_fact(&labels(), &items(5)), "h1、h2、h3、h4、h5");
        assert_eq!(print_fact(&labels(), &items(8)), "h1、h2、h3、h4、h5等8项");
        assert_eq!(print_fact(&labels(), &items(0)), "无");
        let long = Fact::List(vec!["x".repeat(150), "y".repeat(150), "z".into()]);
        assert_eq!(print_fact(&labels(), &long), format!("{}等3项", "x".repeat(150)));
    }

    #[test]
    fn instants_are_printed_in_the_office_zone_without_leading_zeros() {
        assert_eq!(instant("2020-05-08T01:02:03Z".parse().unwrap()), "2020年5月8日09:02");
    }

    #[test]
    fn nothing_is_ever_blank() {
        assert_eq!(print_fact(&labels(), &Fact::from(" \n")), "（空）");
        assert_eq!(print_fact(&labels(), &Fact::label("cause", "tcp_refused")), "服务器拒绝连接");
        assert_eq!(print_fact(&labels(), &Fact::label("cause", "new_cause")), "new_cause");
    }
}
