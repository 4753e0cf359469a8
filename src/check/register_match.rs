//! Kind `register_match`: what the page shows against what the register says.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::kind::Check;
use super::words::NUMBER_END;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{CodeOrigin, NumberKind, NumberMark, PageFacts};
use crate::evidence::province::meant_of_icp;
use crate::evidence::{Needs, Operator, SiteFacts};
use crate::facts;

/// Parameters of `[check.register_match]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterMatch {
    pub field: Field,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Icp,
    Psb,
    SiteCode,
    Sponsor,
}

impl Field {
    pub fn key(self) -> &'static str {
        match self {
            Field::Icp => "icp",
            Field::Psb => "psb",
            Field::SiteCode => "site_code",
            Field::Sponsor => "sponsor",
        }
    }
}

/// One displayed value: whether it agrees, and whether it may speak against the site.
struct Value {
    text: String,
    agrees: bool,
    speaks: bool,
    at: Location,
}

impl Check for RegisterMatch {
    const FACTS: &'static [&'static str] = &["shown", "expected"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::field(self.field.key());
        let register = &site.evidence.site;
        let expected = match self.field {
            Field::Icp => register.icp.clone(),
            Field::Psb => register.psb.clone(),
            Field::SiteCode => register.site_code.clone(),
            Field::Sponsor => Some(register.sponsor.name.clone()),
        };
        let Some(expected) = expected.filter(|e| !e.trim().is_empty()) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let values = self.values(site, page, &expected);
        vec![if let Some(value) = values.iter().find(|v| v.agrees) {
            Judgement::pass(subject, Seen::one(value.at.clone()))
        } else if let Some(seen) = Seen::all(values.iter().filter(|v| v.speaks).map(|v| v.at.clone()).collect()) {
            let shown = look::distinct(values.iter().filter(|v| v.speaks).map(|v| v.text.as_str()));
            Judgement::fail(subject, seen, facts! { "shown" => Fact::List(shown), "expected" => expected })
        } else if let Some(why) = site.undecided.first() {
            Judgement::undetermined(subject, why.clone())
        } else {
            Judgement::not_applicable(subject, NotApplicable::Absent)
        }]
    }
}

impl RegisterMatch {
    fn values(&self, site: &SiteFacts<'_>, page: &PageFacts, expected: &str) -> Vec<Value> {
        match self.field {
            Field::Icp => numbers(site, page, &site.marks.icp, |shown| icp_subject(shown) == icp_subject(expected)),
            Field::Psb => numbers(site, page, &site.marks.psb, |shown| digits(shown) == digits(expected)),
            Field::SiteCode => site
                .marks
                .codes
                .iter()
                .filter(|c| c.visible || c.origin == CodeOrigin::Meta)
                .map(|c| Value {
                    text: c.shown.clone(),
                    agrees: c.shown.trim().eq_ignore_ascii_case(expected.trim()),
                    speaks: c.well_formed && look::is_settled(site, &c.place),
                    at: look::place(page, &c.place),
                })
                .collect(),
            Field::Sponsor => {
                let sponsor = &site.evidence.site.sponsor;
                let mut values: Vec<Value> = site
                    .marks
                    .sponsor
                    .iter()
                    .filter(|t| t.visible)
                    .map(|t| Value {
                        text: t.value.clone(),
                        agrees: same_unit(sponsor, &t.value) || is_part_of(sponsor, &t.value),
                        speaks: look::is_settled(site, &t.place),
                        at: look::place(page, &t.place),
                    })
                    .collect();
                // Sponsor and undertaker are often printed together, in any order: the name anywhere in the footer agrees.
                if !values.is_empty() && same_unit(sponsor, look::footer_text(page)) {
                    let at = Location::at(&page.url).quote(look::footer_text(page));
                    values.push(Value { text: String::new(), agrees: true, speaks: false, at });
                }
                values
            }
        }
    }
}

/// All visible numbers may agree, in whatever words; only those that speak for the page and are a filing may disagree.
fn numbers(site: &SiteFacts<'_>, page: &PageFacts, marks: &[NumberMark], agrees: impl Fn(&str) -> bool) -> Vec<Value> {
    let speaking = look::speaking(site, marks);
    let filing = |m: &NumberMark| matches!(m.kind, NumberKind::Filing | NumberKind::Legacy);
    marks
        .iter()
        .filter(|m| m.visible)
        .map(|m| {
            let number = if m.normalised.is_empty() { &m.shown } else { &m.normalised };
            Value {
                text: m.shown.clone(),
                agrees: agrees(number),
                speaks: filing(m) && speaking.iter().any(|s| std::ptr::eq(*s, m)),
                at: look::place(page, &m.place),
            }
        })
        .collect()
}

/// Province letter and digits of the subject number (主体号): the site's own suffix `-N` is never compared.
pub(super) fn icp_subject(number: &str) -> (Option<char>, String) {
    let folded: String = number.nfkc().filter(|c| !c.is_whitespace()).collect();
    let letter = folded.chars().next().map(|c| meant_of_icp(c).unwrap_or(c));
    let subject = folded.split([NUMBER_END, '-']).next().unwrap_or_default();
    (letter, digits(subject))
}

pub(super) fn digits(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_digit).collect()
}

/// Whether `text` contains the unit's name or one of its other forms, blanks, widths and punctuation aside.
pub(super) fn same_unit(unit: &Operator, text: &str) -> bool {
    let text = fold(text);
    names(unit).any(|name| text.contains(&name))
}

/// Whether a printed name of some length is part of the registered one (a short form without the place's name).
fn is_part_of(unit: &Operator, text: &str) -> bool {
    let text = fold(text);
    text.chars().count() >= 4 && names(unit).any(|name| name.contains(&text))
}

fn names(unit: &Operator) -> impl Iterator<Item = String> {
    std::iter::once(&unit.name).chain(&unit.aliases).map(|n| fold(n)).filter(|n| !n.is_empty())
}

fn fold(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
