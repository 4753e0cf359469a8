//! Kind `further_name`: names the register lists beside the main one (国办函〔2018〕55号: one English and one Chinese name, the
//! main one told apart).

use std::collections::{BTreeSet, HashSet};

use serde::Deserialize;
use url::Url;

use super::host_name::ends_in;
use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::facts::page_of;
use crate::evidence::page::{CodeOrigin, Standing};
use crate::evidence::{Fetch, Home, Needs, PageFacts, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.further_name]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherName {
    pub aspect: Aspect,
    /// Accepted endings of English names and of Chinese names, A-labels, without leading dot.
    #[serde(default = "english")]
    pub english: Vec<String>,
    #[serde(default = "chinese")]
    pub chinese: Vec<String>,
}

fn english() -> Vec<String> {
    vec!["gov.cn".to_owned()]
}

fn chinese() -> Vec<String> {
    vec!["xn--zfr164b".to_owned()]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Each further name ends in an accepted suffix, or is gone. One subject per name.
    Suffix,
    /// Each further name of the same script leads to the main one instead of serving the site again.
    Mirrored,
    /// At most one registrable name of each script is in use.
    Several,
}

/// Lines of text long enough to tell pages apart, and how many of them two pages of one site have in common.
const LINE: usize = 6;
const LINES: usize = 8;
const COMMON_PERCENT: usize = 80;

impl Check for FurtherName {
    const FACTS: &'static [&'static str] = &["host", "main", "names"];

    fn needs(&self) -> Needs {
        Needs { further_names: true, marks: self.aspect == Aspect::Mirrored, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let further: Vec<&String> = site.evidence.site.hosts.iter().skip(1).filter(|h| !is_address(h)).collect();
        if further.is_empty() {
            return vec![Judgement::not_applicable(Subject::site(), NotApplicable::NoSuchThing)];
        }
        match self.aspect {
            Aspect::Several => vec![self.several(site, &further)],
            Aspect::Suffix => further.iter().map(|name| self.suffix(site, name)).collect(),
            Aspect::Mirrored => further.iter().map(|name| self.mirrored(site, name)).collect(),
        }
    }
}

impl FurtherName {
    fn is_english(&self, name: &str) -> bool {
        self.english.iter().any(|s| ends_in(name, s))
    }

    fn is_chinese(&self, name: &str) -> bool {
        self.chinese.iter().any(|s| ends_in(name, s))
    }

    fn suffix(&self, site: &SiteFacts<'_>, name: &str) -> Judgement {
        let subject = Subject::host(name);
        let seen = Seen::one(Location::at(format!("dns:{name}")));
        if self.is_english(name) || self.is_chinese(name) {
            return Judgement::pass(subject, seen);
        }
        match resolves(site, name) {
            Ok(true) => Judgement::fail(subject, seen, facts_of(site, name, Vec::new())),
            Ok(false) => Judgement::pass(subject, seen),
            Err(why) => Judgement::undetermined(subject, why),
        }
    }

    fn several(&self, site: &SiteFacts<'_>, further: &[&String]) -> Judgement {
        let subject = Subject::field("domains");
        let mut unknown = None;
        let (mut english, mut chinese) = (BTreeSet::new(), BTreeSet::new());
        let main = look::home_host(site);
        for name in std::iter::once(&main).chain(further.iter().copied()) {
            if *name != main {
                match resolves(site, name) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(why) => {
                        unknown = unknown.or(Some(why));
                        continue;
                    }
                }
            }
            if self.is_english(name) {
                english.insert(registrable(name));
            } else if self.is_chinese(name) {
                chinese.insert(registrable(name));
            }
        }
        let seen = Seen::one(Location::at(site.evidence.site.url.trim()));
        let extra = [english, chinese].into_iter().filter(|names| names.len() > 1);
        let names: Vec<String> = extra.flatten().map(str::to_owned).collect();
        match (names.is_empty(), unknown) {
            (false, _) => Judgement::fail(subject, seen, facts_of(site, "", names)),
            (true, Some(why)) => Judgement::undetermined(subject, why),
            (true, None) => Judgement::pass(subject, seen),
        }
    }

    fn mirrored(&self, site: &SiteFacts<'_>, name: &str) -> Judgement {
        let subject = Subject::host(name);
        let main = look::home_host(site);
        let of_one_script =
            (self.is_english(name) && self.is_english(&main)) || (self.is_chinese(name) && self.is_chinese(&main));
        if !of_one_script || registrable(name) == registrable(&main) {
            return Judgement::not_applicable(subject, NotApplicable::NoSuchThing);
        }
        let Some((index, fetch)) = fetched(site, name) else {
            return match resolves(site, name) {
                Ok(false) => Judgement::pass(subject, Seen::one(Location::at(format!("dns:{name}")))),
                Ok(true) => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name)),
                Err(why) => Judgement::undetermined(subject, why),
            };
        };
        let last = &fetch.last().url;
        let landed = Url::parse(last).map(|u| look::host_of(&u)).unwrap_or_default();
        let seen = Seen::one(Location::at(last));
        if registrable(&landed) != registrable(name) {
            return Judgement::pass(subject, seen);
        }
        let unknown = |why| Judgement::undetermined(subject.clone(), why);
        if let Some(failure) = fetch.failure() {
            return unknown(Undetermined::from_failure(failure));
        }
        // Where a visitor of the main name ends is known only from the page itself.
        let (Home::Page(home), Some((200..=299, _))) = (&site.home, fetch.answered()) else {
            return unknown(site.home_missing());
        };
        let ended = look::landed(site).map(|u| look::host_of(&u)).unwrap_or_default();
        if registrable(&ended) == registrable(name) {
            return Judgement::pass(subject, seen);
        }
        let page = page_of(site.evidence, index);
        match Standing::of(&page) {
            Standing::Content if are_one(home, &page) => {
                Judgement::fail(subject, seen, facts_of(site, name, Vec::new()))
            }
            Standing::Closing | Standing::Moved => Judgement::pass(subject, seen),
            _ => unknown(Undetermined::new(Reason::NotLooked, last)),
        }
    }
}

fn facts_of(site: &SiteFacts<'_>, name: &str, names: Vec<String>) -> super::Facts {
    facts! { "host" => name, "main" => look::home_host(site), "names" => Fact::List(names) }
}

/// Whether a name is in use at all.
fn resolves(site: &SiteFacts<'_>, name: &str) -> Result<bool, Undetermined> {
    let not_looked = || Undetermined::new(Reason::NotLooked, name);
    let look = site.evidence.name(name).ok_or_else(not_looked)?;
    match look.failure() {
        _ if !look.addresses().is_empty() => Ok(true),
        Some(failure) => Err(Undetermined::from_failure(failure)),
        None if look.no_such_name() || look.resolves_to_nothing() => Ok(false),
        None => Err(not_looked()),
    }
}

/// The exchange with a further or idle name.
pub(super) fn fetched<'a>(site: &'a SiteFacts<'_>, name: &str) -> Option<(usize, &'a Fetch)> {
    let under = |url: &str| Url::parse(url).is_ok_and(|u| look::host_of(&u) == name);
    let mut all = site.evidence.fetches.iter().enumerate();
    all.find(|(_, f)| f.purpose == Purpose::FurtherName && under(f.asked()))
}

pub(super) fn registrable(name: &str) -> &str {
    psl::domain_str(name).unwrap_or(name)
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}

/// The same site under two names: one site code or one title, and nearly the same lines.
fn are_one(a: &PageFacts, b: &PageFacts) -> bool {
    let codes = |page: &PageFacts| -> HashSet<String> {
        let named = page.marks.codes.iter().filter(|c| c.well_formed && (c.visible || c.origin == CodeOrigin::Meta));
        named.map(|c| c.shown.trim().to_ascii_lowercase()).collect()
    };
    let (x, y) = (codes(a), codes(b));
    let named_alike = x.intersection(&y).next().is_some() || (!a.title.trim().is_empty() && a.title == b.title);
    let lines = |page: &PageFacts| -> HashSet<String> {
        let long = page.text.lines().map(str::trim).filter(|l| l.chars().count() >= LINE);
        long.map(str::to_owned).collect()
    };
    let (x, y) = (lines(a), lines(b));
    let common = x.intersection(&y).count();
    named_alike && x.len().min(y.len()) >= LINES && common * 100 >= COMMON_PERCENT * x.len().max(y.len())
}
