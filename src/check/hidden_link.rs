//! Kind `hidden_link`: links to strangers that visitors are not meant to see (暗链). Out of sight alone is no fault — menus are —
//! and neither is one sign: at least two must agree.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::foul::{Lure, Sign, TELLTALE};
use crate::evidence::page::PageFacts;
use crate::evidence::walk::WalkEnd;
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined, WalkPlan};
use crate::facts;

/// Signs that must agree.
pub(super) const AGREEING: usize = 2;
/// Links named in the problem text.
const EXAMPLES: usize = 3;

/// Parameters of `[check.hidden_link]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HiddenLink {}

impl Check for HiddenLink {
    const FACTS: &'static [&'static str] = &["count", "links", "signs"];

    fn needs(&self) -> Needs {
        Needs { masks: true, walk: Some(WalkPlan::default()), ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element("hidden_link");
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let profile = &site.evidence.site;
        let known: Vec<&String> = profile.hosts.iter().chain(&profile.neighbours).collect();
        let mut lures = Lure::of(page, &known);
        lures.extend(site.evidence.walk.iter().flat_map(|w| w.lures.iter().cloned()));
        let mut signs = Lure::signs(lures.iter());
        // What is shown to search engines only speaks for links that were put in, not by itself.
        if !signs.is_empty() && is_masked(site, page) {
            signs.insert(Sign::Cloak);
        }
        let telling: Vec<&Lure> = lures.iter().filter(|l| !l.signs.is_empty()).collect();
        let named = if telling.is_empty() { lures.iter().collect() } else { telling };
        let places = named.iter().map(|l| Location::at(&l.on).quote(&format!("{} {}", l.text, l.url))).collect();
        vec![match (signs.len(), Seen::all(places)) {
            (0, _) | (_, None) => in_order(site, subject, page),
            (AGREEING.., Some(seen)) => {
                let link =
                    |l: &&&Lure| if l.text.is_empty() { l.url.clone() } else { format!("{}（{}）", l.text, l.url) };
                let facts = facts! {
                    "count" => named.len() as i64,
                    "links" => Fact::List(named.iter().take(EXAMPLES).map(|l| link(&l)).collect()),
                    "signs" => signs.len() as i64,
                };
                Judgement::fail(subject, seen, facts)
            }
            (_, Some(_)) => Judgement::undetermined(subject, Undetermined::new(Reason::OneSign, named[0].url.clone())),
        }]
    }
}

/// A row may be about any page of the site: a look at the home page alone does not take it back.
fn in_order(site: &SiteFacts<'_>, subject: Subject, page: &PageFacts) -> Judgement {
    let budget = |detail: String| Judgement::undetermined(subject.clone(), Undetermined::new(Reason::Budget, detail));
    match (&site.evidence.walk, site.evidence.cut) {
        (None, Some(cause)) => budget(cause.key()),
        (None, None) => Judgement::not_applicable(subject, NotApplicable::NotPlanned),
        (Some(walk), _) if matches!(walk.short, Some(WalkEnd::Time | WalkEnd::Bytes | WalkEnd::Cancelled)) => {
            budget(walk.pages.len().to_string())
        }
        (Some(_), _) => Judgement::pass(subject, Seen::one(Location::at(&page.url))),
    }
}

/// Whether search engines, or visitors who come from one, were shown signs that the page itself does not show.
pub(super) fn is_masked(site: &SiteFacts<'_>, page: &PageFacts) -> bool {
    // Reading the whole page for signs is dear, and nearly no site was looked at in another guise.
    if site.evidence.masked.is_empty() {
        return false;
    }
    let own = look::signs_of(site, page);
    let new = |sign: &Sign| TELLTALE.contains(sign) && !own.contains(sign);
    site.evidence.masked.iter().any(|m| m.status == Some(200) && m.signs.iter().any(new))
}
