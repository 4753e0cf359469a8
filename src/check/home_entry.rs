//! Kind `home_entry`: something every home page must name or link to, perhaps anew every year.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::{Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Needs, OFFICE, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.home_entry]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeEntry {
    /// Regular expression over one line of visible text or the text of one link.
    pub text: Pattern,
    /// Regular expression over addresses of links and scripts that serve as well as the words.
    #[serde(default)]
    pub address: Option<Pattern>,
    /// The entry is due anew every year from this day on, and names the year before; without it no year is looked for.
    #[serde(default)]
    pub due: Option<Due>,
}

/// `"02-01"`: month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Due {
    month: i8,
    day: i8,
}

impl TryFrom<String> for Due {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = |(month, day): (&str, &str)| Some(Due { month: month.parse().ok()?, day: day.parse().ok()? });
        let due = text.split_once('-').and_then(read);
        due.filter(|d| (1..=12).contains(&d.month) && (1..=31).contains(&d.day))
            .ok_or_else(|| format!("invalid day {text:?}, write \"02-01\""))
    }
}

impl Check for HomeEntry {
    const FACTS: &'static [&'static str] = &["year"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        // The day of the look in the office's zone.
        let today = OFFICE.to_datetime(site.evidence.started_at).date();
        if self.due.is_some_and(|due| (today.month(), today.day()) < (due.month, due.day)) {
            return vec![Judgement::not_applicable(subject, NotApplicable::NotDue)];
        }
        let year = (today.year() - 1).to_string();
        let links = page.links.iter().filter(|l| !l.hidden);
        let texts: Vec<&str> = links.map(|l| l.text.as_str()).chain(page.text.lines()).collect();
        let named: Vec<&str> = texts.into_iter().filter(|t| self.text.is_match(t)).collect();
        let addresses =
            page.links.iter().filter_map(|l| l.url.as_deref()).chain(page.links.iter().map(|l| l.href.as_str()));
        let addresses = addresses.chain(page.scripts.iter().filter_map(|s| s.url.as_deref()));
        let by_address = || self.address.as_ref().and_then(|p| addresses.into_iter().find(|a| p.is_match(a)));
        let found = named.iter().copied().find(|t| self.due.is_none() || t.contains(&year)).or_else(by_address);
        let at = |quote: &str| Seen::one(Location::at(&page.url).quote(quote));
        vec![if let Some(found) = found {
            Judgement::pass(subject, at(found))
        } else if !named.is_empty() {
            // The entry is there; the page behind it was not looked at.
            Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, &page.url))
        } else if let Some(why) = site.undecided.first() {
            Judgement::undetermined(subject, why.clone())
        } else {
            Judgement::fail(subject, at(""), facts! { "year" => year })
        }]
    }
}
