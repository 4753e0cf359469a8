//! Kind `link`: a link that must, or must not, be on the home page.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::page_text::Expect;
use super::{Judgement, Location, Seen, Subject, look};
use crate::evidence::page::Link as PageLink;
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.link]`. Hidden links count only where `expect = "absent"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub scope: LinkScope,
    /// Regular expression over the absolute address, or the address as written where it has no absolute form.
    #[serde(default)]
    pub href: Option<Pattern>,
    /// Regular expression over the link's text.
    #[serde(default)]
    pub text: Option<Pattern>,
    pub expect: Expect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkScope {
    Page,
    Footer,
}

impl Check for Link {
    const FACTS: &'static [&'static str] = &["href", "text"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let no_footer = !page.links.iter().any(|l| l.in_footer);
        let in_scope = |l: &&PageLink| self.scope == LinkScope::Page || l.in_footer || no_footer;
        let counts = |l: &&PageLink| self.expect == Expect::Absent || !l.hidden;
        let found = page.links.iter().filter(in_scope).filter(counts).find(|l| self.matches(l));
        let seen = Seen::one(Location::at(&page.url).quote(found.map(|l| l.href.as_str()).unwrap_or_default()));
        vec![match (self.expect, found, site.undecided.first()) {
            (_, None, Some(why)) => Judgement::undetermined(subject, why.clone()),
            (Expect::Present, Some(_), _) | (Expect::Absent, None, _) => Judgement::pass(subject, seen),
            (Expect::Present, None, _) => Judgement::fail(subject, seen, facts! { "href" => "", "text" => "" }),
            (Expect::Absent, Some(link), _) => {
                let facts = facts! { "href" => link.href.as_str(), "text" => link.text.as_str() };
                Judgement::fail(subject, seen, facts)
            }
        }]
    }
}

impl Link {
    fn matches(&self, link: &PageLink) -> bool {
        let address = link.url.as_deref().unwrap_or(&link.href);
        self.href.as_ref().is_none_or(|p| p.is_match(address))
            && self.text.as_ref().is_none_or(|p| p.is_match(&link.text))
    }
}
