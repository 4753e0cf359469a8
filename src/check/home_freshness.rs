//! Kind `home_freshness`: when the home page was last updated, by the dates it shows (国办秘函〔2019〕19号, “首页不更新”).
//!
//! Of dates without a year the most favourable reading counts, so that only a page whose every date is old is stale; a date
//! acquits only when its year is certain.

use jiff::Span;
use jiff::civil::Date;
use serde::Deserialize;

use super::kind::Check;
use super::{Judgement, Location, Seen, Subject, look};
use crate::evidence::page::days::{Address, Listed, Shown};
use crate::evidence::{Needs, OFFICE, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.home_freshness]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeFreshness {
    pub aspect: Aspect,
    /// Days within which something must be new.
    pub days: u32,
    /// Dated articles of one form that must be listed before anything is said.
    pub least: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Nothing is new.
    Stale,
    /// Articles with old addresses under new dates.
    Reposted,
}

/// Articles without any date, percent, above which nothing is said against a page.
const UNDATED_PERCENT: usize = 30;
/// Days by which a shown date must be later than the address's to be a clue.
const REPOSTED: i32 = 90;

impl Check for HomeFreshness {
    const FACTS: &'static [&'static str] = &["newest", "days", "count", "example"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        if site.evidence.clock_off.is_some() {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::Clock, ""))];
        }
        let today = OFFICE.to_datetime(site.evidence.started_at).date();
        let articles = site.listed();
        let unclear = || Undetermined::new(Reason::DatesUnclear, &page.url);
        if articles.len() < self.least {
            return vec![Judgement::undetermined(subject, unclear())];
        }
        let at = |quote: &str| Seen::one(Location::at(&page.url).quote(quote));
        let facts = |newest: Option<Date>, count: usize, example: &str| {
            facts! {
                "newest" => newest.map_or_else(String::new, |d| d.to_string()),
                "days" => i64::from(self.days),
                "count" => count as i64,
                "example" => example,
            }
        };
        if self.aspect == Aspect::Reposted {
            let suspicious: Vec<&Listed> = articles.iter().filter(|a| self.is_reposted(a, today)).collect();
            return vec![match suspicious.as_slice() {
                [first, ..] if suspicious.len() >= self.least => {
                    let text = page.links[first.link].text.trim();
                    Judgement::fail(subject, at(text), facts(None, suspicious.len(), text))
                }
                _ => Judgement::pass(subject, at("")),
            }];
        }
        if let Some(new) = articles.iter().find(|a| certain(a).is_some_and(|day| self.is_recent(day, today))) {
            return vec![Judgement::pass(subject, at(&page.links[new.link].text))];
        }
        let undated = articles.iter().filter(|a| a.shown.is_none() && a.address.is_none()).count();
        let of_one_form = articles.iter().filter(|a| matches!(a.shown, Some(Shown::Full(_)))).count();
        let short = articles.iter().filter(|a| matches!(a.shown, Some(Shown::Short(..)))).count();
        let newest = articles.iter().flat_map(|a| favourable(a, today)).max();
        let decided = look::is_whole(site, page)
            && undated * 100 <= UNDATED_PERCENT * articles.len()
            && of_one_form.max(short) >= self.least;
        vec![match newest {
            // A day to come is no news of the day, but says that dates here are not what they seem.
            Some(day) if decided && day <= today && !self.is_recent(day, today) => {
                Judgement::fail(subject, at(""), facts(Some(day), articles.len(), ""))
            }
            _ => Judgement::undetermined(subject, site.undecided.first().cloned().unwrap_or_else(unclear)),
        }]
    }
}

impl HomeFreshness {
    fn is_recent(&self, day: Date, today: Date) -> bool {
        let first = today.saturating_sub(Span::new().days(i64::from(self.days)));
        (first..=today).contains(&day)
    }

    fn is_reposted(&self, article: &Listed, today: Date) -> bool {
        let (Some(Shown::Full(shown)), Some(Address::Day(address))) = (article.shown, article.address) else {
            return false;
        };
        self.is_recent(shown, today) && shown.since(address).is_ok_and(|span| span.get_days() > REPOSTED)
    }
}

/// The day an article was published, where there is no doubt of the year.
fn certain(article: &Listed) -> Option<Date> {
    match (article.shown, article.address) {
        (Some(Shown::Full(day)), _) => Some(day),
        (Some(Shown::Short(month, day)), Some(Address::Day(address))) => {
            ((address.month(), address.day()) == (month, day)).then_some(address)
        }
        _ => None,
    }
}

/// The latest days an article can be of.
fn favourable(article: &Listed, today: Date) -> impl Iterator<Item = Date> {
    let shown = article.shown.and_then(|shown| match shown {
        Shown::Full(day) => Some(day),
        Shown::Short(month, day) => {
            let of = |year: i16| Date::new(year, month, day).ok().filter(|d| *d <= today);
            of(today.year()).or_else(|| of(today.year() - 1)).or_else(|| of(today.year() - 2))
        }
    });
    let address = article.address.map(|address| match address {
        Address::Day(day) => day,
        Address::Month(last) if last > today && (last.year(), last.month()) == (today.year(), today.month()) => today,
        Address::Month(last) => last,
    });
    shown.into_iter().chain(address)
}
