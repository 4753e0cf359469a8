//! Kind `page_text`: a pattern that must, or must not, stand in the page's visible text.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::{Judgement, Location, Seen, Subject, look};
use crate::evidence::{Home, Needs, PageFacts, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.page_text]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageText {
    /// Where to look.
    pub scope: Scope,
    /// Regular expression over the normalised visible text.
    pub pattern: Pattern,
    pub expect: Expect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Page,
    /// The whole page when no footer can be told apart.
    Footer,
    Title,
}

impl Scope {
    pub(super) fn of(self, page: &PageFacts) -> &str {
        match self {
            Scope::Footer if !page.footer.trim().is_empty() => &page.footer,
            Scope::Page | Scope::Footer => &page.text,
            Scope::Title => &page.title,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    Present,
    Absent,
}

impl Check for PageText {
    const FACTS: &'static [&'static str] = &["match"];

    fn needs(&self) -> Needs {
        Needs { marks: self.scope != Scope::Title, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let found = self.pattern.find(self.scope.of(page));
        let seen = Seen::one(Location::at(&page.url).quote(found.unwrap_or_default()));
        // What is not there is believed only when nothing unread could have written it, for a pass as for a failure.
        let unread = site.undecided.first().filter(|_| found.is_none() && self.scope != Scope::Title);
        vec![match (self.expect, found, unread) {
            (_, None, Some(why)) => Judgement::undetermined(subject, why.clone()),
            (Expect::Present, Some(_), _) | (Expect::Absent, None, _) => Judgement::pass(subject, seen),
            (Expect::Absent, Some(hit), _) => Judgement::fail(subject, seen, facts! { "match" => hit }),
            (Expect::Present, None, _) => Judgement::fail(subject, seen, facts! { "match" => "" }),
        }]
    }
}

impl SiteFacts<'_> {
    /// Why there is no home page to judge, for checks that need one.
    pub fn home_missing(&self) -> Undetermined {
        use crate::evidence::Reason;
        match &self.home {
            Home::Page(_) => Undetermined::new(Reason::Internal, "home page present"),
            Home::Blocked { family, .. } => Undetermined::new(Reason::Blocked, *family),
            Home::ErrorStatus(status) => Undetermined::new(Reason::Dependency, format!("http_{status}")),
            Home::Unreadable(why) => why.clone(),
            Home::Failed(failure) => Undetermined::from_failure(failure),
            Home::NotLooked => Undetermined::new(Reason::NotLooked, ""),
        }
    }
}
