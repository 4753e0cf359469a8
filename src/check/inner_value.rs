//! Kind `inner_value`: numbers that the other templates of the site show otherwise than the home page.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::kind::Check;
use super::number_form::Numbered;
use super::register_match::{digits, icp_subject};
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{CodeOrigin, NumberKind, NumberMark};
use crate::evidence::{Home, Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.inner_value]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerValue {
    /// Each is judged by itself.
    pub elements: Vec<Numbered>,
    /// Templates that must show another value, or the same one, before anything is said.
    #[serde(default = "two")]
    pub templates: usize,
}

fn two() -> usize {
    2
}

/// A number as displayed, and what of it is compared.
struct Shown {
    text: String,
    key: String,
}

impl Check for InnerValue {
    const FACTS: &'static [&'static str] = &["element", "home", "inner", "pages"];

    fn needs(&self) -> Needs {
        Needs { marks: true, inner_pages: Needs::ANY, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        self.elements.iter().map(|element| self.judge(*element, site)).collect()
    }
}

impl InnerValue {
    fn judge(&self, element: Numbered, site: &SiteFacts<'_>) -> Judgement {
        let subject = Subject::element(element.key());
        if let Err(why) = look::own_page(site) {
            return Judgement::undetermined(subject, why);
        }
        if site.evidence.inner_pages == 0 {
            return Judgement::not_applicable(subject, NotApplicable::NotPlanned);
        }
        let home = shown(element, site);
        if home.is_empty() {
            return match site.undecided.first() {
                Some(why) => Judgement::undetermined(subject, why.clone()),
                None => Judgement::not_applicable(subject, NotApplicable::Absent),
            };
        }
        let (mut same, mut other) = (BTreeSet::new(), BTreeSet::new());
        let (mut examined, mut pages, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut unknown: Option<Undetermined> = None;
        for page in &site.inner {
            let inner = shown(element, &page.facts);
            if inner.is_empty() {
                // A page without the number is another rule's; one that could not be read may show any.
                unknown = unknown.or_else(|| unread(&page.facts));
                continue;
            }
            // One common number is enough: pages of a platform carry the platform's beside the site's own.
            if inner.iter().any(|i| home.iter().any(|h| h.key == i.key)) {
                same.insert(page.template.as_str());
                examined.push(Location::at(&page.url));
            } else {
                other.insert(page.template.as_str());
                pages.push(page.url.clone());
                values.extend(inner.into_iter().map(|i| i.text));
            }
        }
        if other.len() >= self.templates
            && let Some(seen) = Seen::all(pages.iter().map(Location::at).collect())
        {
            let facts = facts! {
                "element" => Fact::label("element", element.key()),
                "home" => Fact::List(look::distinct(home.iter().map(|h| h.text.as_str()))),
                "inner" => Fact::List(look::distinct(values.iter().map(String::as_str))),
                "pages" => Fact::List(pages),
            };
            return Judgement::fail(subject, seen, facts);
        }
        match (unknown, Seen::all(examined)) {
            (None, Some(seen)) if pages.is_empty() && same.len() >= self.templates => Judgement::pass(subject, seen),
            (why, _) => {
                let few = || Undetermined::new(Reason::FewPages, pages.first().cloned().unwrap_or_default());
                Judgement::undetermined(subject, why.unwrap_or_else(few))
            }
        }
    }
}

/// Why nothing can be said of what a page shows, if so.
fn unread(page: &SiteFacts<'_>) -> Option<Undetermined> {
    match &page.home {
        Home::Page(_) => page.undecided.first().cloned(),
        _ => Some(page.home_missing()),
    }
}

/// What speaks for a page, in the form in which it is compared.
fn shown(element: Numbered, site: &SiteFacts<'_>) -> Vec<Shown> {
    let numbers = |marks: &[NumberMark], key: fn(&str) -> String| {
        let filings = look::speaking(site, marks);
        let filings = filings.into_iter().filter(|m| m.kind == NumberKind::Filing);
        filings.map(|m| Shown { text: m.shown.clone(), key: key(&m.normalised) }).collect()
    };
    match element {
        Numbered::Icp => numbers(&site.marks.icp, |number| {
            let (letter, digits) = icp_subject(number);
            letter.into_iter().chain(digits.chars()).collect()
        }),
        Numbered::Psb => numbers(&site.marks.psb, digits),
        Numbered::SiteCode => {
            let printed =
                site.marks.codes.iter().filter(|c| c.origin == CodeOrigin::Printed && c.visible && c.well_formed);
            let settled = printed.filter(|c| look::is_settled(site, &c.place));
            settled.map(|c| Shown { text: c.shown.clone(), key: c.shown.trim().to_lowercase() }).collect()
        }
    }
}
