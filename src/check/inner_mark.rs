//! Kind `inner_mark`: marks that the home page shows and the other templates of the site do not.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::kind::Check;
use super::mark_present::{Element, MarkPresent};
use super::{Fact, Judgement, Location, NotApplicable, Outcome, Seen, Subject, look};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.inner_mark]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InnerMark {
    /// Each is judged by itself.
    pub elements: Vec<Element>,
    /// Templates that must lack a mark before it is missing, and show it before it is there: one page may be an exception.
    #[serde(default = "two")]
    pub templates: usize,
}

fn two() -> usize {
    2
}

impl Check for InnerMark {
    const FACTS: &'static [&'static str] = &["element", "pages"];

    fn needs(&self) -> Needs {
        Needs { marks: true, inner_pages: Needs::ANY, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        self.elements.iter().map(|element| self.judge(*element, site)).collect()
    }
}

impl InnerMark {
    fn judge(&self, element: Element, site: &SiteFacts<'_>) -> Judgement {
        let subject = Subject::element(element.key());
        if let Err(why) = look::own_page(site) {
            return Judgement::undetermined(subject, why);
        }
        if site.evidence.inner_pages == 0 {
            return Judgement::not_applicable(subject, NotApplicable::NotPlanned);
        }
        let present = MarkPresent { element, accept_picture: true };
        let on = |facts: &SiteFacts<'_>| present.evaluate(facts).pop().map(|j| j.outcome);
        match on(site) {
            Some(Outcome::Pass(_)) => {}
            Some(Outcome::Undetermined(why)) => return Judgement::undetermined(subject, why),
            // What the home page lacks is a finding of its own.
            _ => return Judgement::not_applicable(subject, NotApplicable::Absent),
        }
        let (mut lacking, mut showing) = (BTreeSet::new(), BTreeSet::new());
        let mut pages: Vec<String> = Vec::new();
        let mut examined: Vec<Location> = Vec::new();
        let mut unknown: Option<Undetermined> = None;
        for page in &site.inner {
            match on(&page.facts) {
                Some(Outcome::Pass(_)) => {
                    showing.insert(page.template.as_str());
                    examined.push(Location::at(&page.url));
                }
                Some(Outcome::Fail(_)) => {
                    lacking.insert(page.template.as_str());
                    pages.push(page.url.clone());
                }
                Some(Outcome::Undetermined(why)) => unknown = unknown.or(Some(why)),
                _ => {}
            }
        }
        if lacking.len() >= self.templates
            && let Some(seen) = Seen::all(pages.iter().map(Location::at).collect())
        {
            let element = Fact::label("element", element.key());
            return Judgement::fail(subject, seen, facts! { "element" => element, "pages" => Fact::List(pages) });
        }
        match (unknown, Seen::all(examined)) {
            (None, Some(seen)) if pages.is_empty() && showing.len() >= self.templates => Judgement::pass(subject, seen),
            (why, _) => {
                let few = || Undetermined::new(Reason::FewPages, pages.first().cloned().unwrap_or_default());
                Judgement::undetermined(subject, why.unwrap_or_else(few))
            }
        }
    }
}
