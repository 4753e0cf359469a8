//! Kind `number_form`: a displayed number whose form is wrong.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{CodeOrigin, Grade, NumberKind, NumberMark, PageFacts};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.number_form]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberForm {
    pub element: Numbered,
    pub defect: Defect,
}

/// Marks that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbered {
    Icp,
    Psb,
    SiteCode,
}

impl Numbered {
    pub fn key(self) -> &'static str {
        match self {
            Numbered::Icp => "icp",
            Numbered::Psb => "psb",
            Numbered::SiteCode => "site_code",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// Of no known form, a placeholder, or of impossible content. Old forms that once were right are not malformed.
    Malformed,
    /// The province letter contradicts the digits.
    ProvinceConflict,
}

impl Check for NumberForm {
    const FACTS: &'static [&'static str] = &["number"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(self.element.key());
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let shown = match self.element {
            Numbered::Icp => self.numbers(site, page, &site.marks.icp),
            Numbered::Psb => self.numbers(site, page, &site.marks.psb),
            Numbered::SiteCode => codes(page, site),
        };
        let bad: Vec<&Shown> = shown.iter().filter(|s| s.bad).collect();
        let places = |of: &[&Shown]| Seen::all(of.iter().map(|s| s.at.clone()).collect());
        vec![if let Some(seen) = places(&bad) {
            let numbers = look::distinct(bad.iter().map(|s| s.text.as_str()));
            Judgement::fail(subject, seen, facts! { "number" => Fact::List(numbers) })
        } else if let Some(seen) = places(&shown.iter().collect::<Vec<_>>()) {
            Judgement::pass(subject, seen)
        } else if let Some(why) = site.undecided.first() {
            Judgement::undetermined(subject, why.clone())
        } else {
            Judgement::not_applicable(subject, NotApplicable::Absent)
        }]
    }
}

struct Shown {
    text: String,
    bad: bool,
    at: Location,
}

impl NumberForm {
    fn numbers(&self, site: &SiteFacts<'_>, page: &PageFacts, marks: &[NumberMark]) -> Vec<Shown> {
        let mut speaking = look::speaking(site, marks);
        // Without a footer to hold on to, a good number proves that the odd one is something else.
        if speaking.iter().any(|m| is_good(m)) {
            speaking.retain(|m| m.in_footer || is_good(m));
        }
        let shown =
            |m: &NumberMark| Shown { text: m.shown.clone(), bad: self.is_bad(m), at: look::place(page, &m.place) };
        speaking.into_iter().filter(|m| m.kind != NumberKind::Licence).map(shown).collect()
    }

    fn is_bad(&self, mark: &NumberMark) -> bool {
        match self.defect {
            Defect::Malformed => match mark.kind {
                NumberKind::Placeholder => true,
                // A whole police number under other words than today's: the number itself is right.
                NumberKind::Malformed => self.element != Numbered::Psb || digits(&mark.shown) != PSB_DIGITS,
                _ => mark.grade == Grade::Impossible,
            },
            Defect::ProvinceConflict => mark.grade == Grade::ProvinceConflict,
        }
    }
}

/// Digits of a public-security filing number: 6 for the office, 2 for the class, 6 in sequence.
const PSB_DIGITS: usize = 14;

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

fn is_good(mark: &NumberMark) -> bool {
    mark.kind == NumberKind::Filing && mark.grade == Grade::Valid
}

/// Codes as printed, in metas and in the error-report entry. A well-formed printed code excuses other printed digits.
fn codes(page: &PageFacts, site: &SiteFacts<'_>) -> Vec<Shown> {
    let printed = |origin| origin == CodeOrigin::Printed;
    let good = site.marks.codes.iter().any(|c| printed(c.origin) && c.visible && c.well_formed);
    site.marks
        .codes
        .iter()
        .filter(|c| (c.visible || c.origin == CodeOrigin::Meta) && look::is_settled(site, &c.place))
        .filter(|c| c.well_formed || !(printed(c.origin) && good))
        .filter(|c| c.shown.chars().any(|ch| ch.is_ascii_digit()))
        .map(|c| Shown { text: c.shown.clone(), bad: !c.well_formed, at: look::place(page, &c.place) })
        .collect()
}
