//! Kind `host_name`: the name a site is registered under and the name a visitor ends on.

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Cause, Home, Needs, Reason, SiteFacts, SiteProfile, Undetermined};
use crate::facts;

/// Parameters of `[check.host_name]`. The subject is the site: a corrected register row must be able to pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostName {
    pub aspect: Aspect,
    /// For `suffix`: accepted endings, A-labels, without leading dot.
    #[serde(default)]
    pub suffixes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Ends in one of `suffixes` (国办函〔2018〕55号: .gov.cn, .政务).
    Suffix,
    /// Is a name, not an address.
    Ip,
    /// Uses the port of its scheme.
    Port,
    /// The name a visitor ends on is listed by the register.
    Unlisted,
    /// A portal's name is `www.□□□.gov.cn` (国办函〔2018〕55号).
    PortalForm,
    /// A department's name lies below that of its government: `○○○.□□□.gov.cn`.
    DepartmentForm,
    /// A Chinese name is `△△△.政务`, with the unit's full or short name.
    ChineseForm,
}

impl Check for HostName {
    const FACTS: &'static [&'static str] = &["host", "address", "port"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let Some(registered) = look::registered(site) else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::Parse, &site.evidence.site.url))];
        };
        if let Some(judgement) = self.form(site, &registered, &subject) {
            return vec![judgement];
        }
        let ended = self.ended(site);
        let register_counts = self.aspect != Aspect::Unlisted;
        let asked: Vec<&Url> = ended.iter().chain(register_counts.then_some(&registered)).collect();
        if let Some(bad) = asked.iter().rev().find(|u| self.is_bad(site, u)) {
            let port = bad.port_or_known_default().map_or(0, i64::from);
            let seen = Seen::one(Location::at(bad.as_str()));
            let facts = facts! {
                "host" => look::host_of(bad),
                "address" => bad.as_str(),
                "port" => Fact::Number(port),
            };
            return vec![Judgement::fail(subject, seen, facts)];
        }
        vec![match ended {
            Some(url) if self.aspect == Aspect::Unlisted && look::is_ip(&url) && !self.lists(site, &url) => {
                Judgement::not_applicable(subject, NotApplicable::NoSuchThing)
            }
            Some(url) => Judgement::pass(subject, Seen::one(Location::at(url.as_str()))),
            None => Judgement::undetermined(subject, site.home_missing()),
        }]
    }
}

impl HostName {
    /// Where a visitor ends. A redirect to a name that nobody registered is not followed; that it leads there is seen anyway.
    fn ended(&self, site: &SiteFacts<'_>) -> Option<Url> {
        match &site.home {
            Home::Page(_) => look::landed(site),
            Home::Failed(f)
                if f.cause == Cause::OutOfReach && self.aspect == Aspect::Unlisted && look::was_redirected(site) =>
            {
                look::landed(site).filter(|url| self.is_bad(site, url))
            }
            _ => None,
        }
    }

    /// What the register's own name says by its form; `None` for the aspects that look at where a visitor ends.
    fn form(&self, site: &SiteFacts<'_>, registered: &Url, subject: &Subject) -> Option<Judgement> {
        let profile = &site.evidence.site;
        let main = look::host_of(registered);
        let of_suffix =
            |host: &str| self.suffixes.iter().find_map(|s| host.strip_suffix(s)?.strip_suffix('.').map(str::to_owned));
        let (host, good) = match self.aspect {
            Aspect::PortalForm => {
                let labels = of_suffix(&main);
                (main, labels.map(|l| !look::bare(&l).contains('.')))
            }
            Aspect::DepartmentForm => {
                let labels = of_suffix(&main);
                (main, labels.map(|l| look::bare(&l).contains('.')))
            }
            Aspect::ChineseForm => {
                let names = std::iter::once(&main).chain(profile.hosts.iter().skip(1));
                let chinese = names.filter_map(|n| Some((n.clone(), of_suffix(n)?)));
                let judged: Vec<(String, bool)> =
                    chinese.map(|(n, label)| (n, is_named_after(profile, &label))).collect();
                let bad = judged.iter().find(|(_, good)| !good).or(judged.first()).cloned();
                bad.map_or((main, None), |(name, good)| (name, Some(good)))
            }
            _ => return None,
        };
        let seen = Seen::one(Location::at(registered.as_str()));
        Some(match good {
            None => Judgement::not_applicable(subject.clone(), NotApplicable::NoSuchThing),
            Some(true) => Judgement::pass(subject.clone(), seen),
            Some(false) => {
                let port = registered.port_or_known_default().map_or(0, i64::from);
                let facts = facts! { "host" => shown_name(&host), "address" => registered.as_str(), "port" => Fact::Number(port) };
                Judgement::fail(subject.clone(), seen, facts)
            }
        })
    }

    fn is_bad(&self, site: &SiteFacts<'_>, url: &Url) -> bool {
        let host = look::host_of(url);
        match self.aspect {
            Aspect::Suffix => !look::is_ip(url) && !self.suffixes.iter().any(|s| ends_in(&host, s)),
            Aspect::Ip => look::is_ip(url),
            Aspect::Port => url.port().is_some(),
            Aspect::Unlisted => !look::is_ip(url) && !self.lists(site, url),
            Aspect::PortalForm | Aspect::DepartmentForm | Aspect::ChineseForm => false,
        }
    }

    fn lists(&self, site: &SiteFacts<'_>, url: &Url) -> bool {
        look::is_known(&site.evidence.site, &look::host_of(url))
    }
}

/// Whether `host` lies under `suffix`.
pub(super) fn ends_in(host: &str, suffix: &str) -> bool {
    let suffix = suffix.trim_start_matches('.');
    host == suffix || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
}

/// A Chinese name's own label, spelt as people read it, is part of the unit's or the site's name, or the reverse.
fn is_named_after(profile: &SiteProfile, label: &str) -> bool {
    let label = shown_name(look::bare(label));
    let unit = &profile.sponsor;
    let mut names = std::iter::once(&unit.name).chain(&unit.aliases).chain([&profile.name]);
    !label.contains('.') && names.any(|n| !n.is_empty() && (n.contains(&label) || label.contains(n.as_str())))
}

/// A name in the spelling people read.
fn shown_name(name: &str) -> String {
    url::quirks::domain_to_unicode(name)
}
