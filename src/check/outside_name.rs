//! Kind `outside_name`: names the home page links to as the unit's own, beside those the register lists. What they are only a
//! person can say; the check brings candidates.

use serde::Deserialize;

use super::further_name::registrable;
use super::host_name::ends_in;
use super::kind::Check;
use super::platforms::{Entry, Platforms};
use super::words::{OLD_SITE, SYSTEMS};
use super::{Fact, Judgement, Location, Seen, Subject, look};
use crate::evidence::page::address::host_of;
use crate::evidence::{Needs, OFFICE, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.outside_name]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideName {
    pub aspect: Aspect,
    /// Endings of names that governments use, A-labels, without leading dot.
    pub suffixes: Vec<String>,
    #[serde(skip)]
    pub platforms: Platforms,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Columns and business systems lie under names of governments or of platforms of the state.
    System,
    /// Names linked to with the unit's own name, or as its former site, are in the register.
    Unregistered,
}

/// Links looked through, and names shown.
const LINKS_MAX: usize = 3_000;

impl Check for OutsideName {
    const FACTS: &'static [&'static str] = &["hosts", "links"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn know(&mut self, platforms: &Platforms) {
        self.platforms = platforms.clone();
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let today = OFFICE.to_datetime(site.evidence.started_at).date();
        let (mut hosts, mut links, mut at) = (Vec::new(), Vec::new(), Vec::new());
        let mut lapsed = None;
        for link in page.links.iter().take(LINKS_MAX).filter(|l| !l.hidden && !l.in_footer) {
            let Some(url) = link.url.as_deref() else { continue };
            let host = look::fold_host(host_of(url).unwrap_or_default());
            // An address in figures is no name.
            if host.rsplit('.').next().is_none_or(|end| end.ends_with(']') || end.bytes().all(|b| b.is_ascii_digit()))
                || !host.contains('.')
                || look::is_known(&site.evidence.site, &host)
                || hosts.contains(&host)
            {
                continue;
            }
            if !self.is_candidate(site, &host, &link.text) {
                continue;
            }
            match self.platforms.of(&host, today) {
                Entry::Listed => continue,
                Entry::Lapsed => {
                    lapsed = lapsed.or(Some(host));
                    continue;
                }
                Entry::Unknown => {}
            }
            links.push(link.text.trim().to_owned());
            at.push(Location::at(url).quote(&link.text));
            hosts.push(host);
        }
        vec![match (Seen::all(at), lapsed) {
            (Some(seen), _) => {
                Judgement::fail(subject, seen, facts! { "hosts" => Fact::List(hosts), "links" => Fact::List(links) })
            }
            (None, Some(host)) => Judgement::undetermined(subject, Undetermined::new(Reason::Stale, host)),
            (None, None) => match site.undecided.first() {
                Some(why) => Judgement::undetermined(subject, why.clone()),
                None => Judgement::pass(subject, Seen::one(Location::at(&page.url))),
            },
        }]
    }
}

impl OutsideName {
    fn is_candidate(&self, site: &SiteFacts<'_>, host: &str, text: &str) -> bool {
        let official = self.suffixes.iter().any(|s| ends_in(host, s));
        let profile = &site.evidence.site;
        match self.aspect {
            Aspect::System => !official && SYSTEMS.iter().any(|w| text.contains(w)),
            Aspect::Unregistered => {
                let unit = &profile.sponsor;
                let mut names = std::iter::once(&unit.name).chain(&unit.aliases).chain([&profile.name]);
                // A short name is part of many others.
                let named = names.any(|n| n.chars().count() >= 4 && text.contains(n.as_str()));
                let near = registrable(host) == registrable(&look::home_host(site));
                named || (near && OLD_SITE.iter().any(|w| text.contains(w)))
            }
        }
    }
}
