//! Kind `migration`: whether a closed site's content is found on its successor (关停网站的内容应迁移整合).
//!
//! A page is missing only when it was looked for by its title with a search that was shown to find what is there. Many old
//! addresses that end on one page are no migration.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::migration::{Former, FormerLook, Landing, Migration as Looked};
use crate::evidence::{Needs, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.migration]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// Pages that must have been decided before anything is said.
    pub least: u32,
    /// Share of missing pages, percent, that the lower end of the 95 % interval must exceed.
    pub percent: u32,
    /// Which list of former pages.
    #[serde(default)]
    pub list: List,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// The register's: somebody said that these pages are to be kept.
    #[default]
    Register,
    /// What patrols saw while the site ran.
    Index,
}

/// Missing pages named.
const EXAMPLES: usize = 3;
/// Two-sided 95 %.
const Z: f64 = 1.959_964;

impl Check for Migration {
    const FACTS: &'static [&'static str] =
        &["address", "known", "sampled", "found", "missing", "share", "low", "high", "examples"];

    fn needs(&self) -> Needs {
        Needs { successor: true, migration: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::field("migrated_to");
        let profile = &site.evidence.site;
        let Some(target) = profile.migrated_to.as_ref().filter(|_| self.is_listed(&profile.former)) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        let Some(looked) = &site.evidence.migration else {
            let why = match site.evidence.fetch(Purpose::Successor).and_then(|f| f.failure()) {
                Some(failure) => Undetermined::from_failure(failure),
                None => Undetermined::new(Reason::NotLooked, target),
            };
            return vec![Judgement::undetermined(subject, why)];
        };
        let verdicts: Vec<Option<bool>> = judge(looked);
        let count = |what: bool| verdicts.iter().filter(|v| **v == Some(what)).count() as u32;
        let (found, missing) = (count(true), count(false));
        let (low, high) = wilson(missing, found + missing);
        let seen = Seen::one(Location::at(&looked.successor));
        if found + missing < self.least {
            let why = if looked.short.is_some() { Reason::Budget } else { Reason::FewPages };
            return vec![Judgement::undetermined(subject, Undetermined::new(why, target))];
        }
        vec![if missing == 0 {
            Judgement::pass(subject, seen)
        } else if low * 100.0 > f64::from(self.percent) {
            let lost = looked.items.iter().zip(&verdicts).filter(|(_, v)| **v == Some(false)).map(|(l, _)| &l.item);
            let examples = lost.map(|item| if item.title.is_empty() { item.url.clone() } else { item.title.clone() });
            let facts = facts! {
                "address" => target.as_str(),
                "known" => i64::from(looked.known),
                "sampled" => i64::from(found + missing),
                "found" => i64::from(found),
                "missing" => i64::from(missing),
                "share" => percent(f64::from(missing) / f64::from(found + missing)),
                "low" => percent(low),
                "high" => percent(high),
                "examples" => Fact::List(examples.take(EXAMPLES).collect()),
            };
            Judgement::fail(subject, seen, facts)
        } else {
            Judgement::undetermined(subject, Undetermined::new(Reason::FewPages, target))
        }]
    }
}

impl Migration {
    /// All former pages come from one list.
    fn is_listed(&self, former: &[Former]) -> bool {
        former.first().is_some_and(|page| page.indexed == (self.list == List::Index))
    }
}

/// Found, missing, or open, item by item.
fn judge(looked: &Looked) -> Vec<Option<bool>> {
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for landing in looked.items.iter().filter_map(|l| l.old.as_ref()) {
        *ends.entry(landing.url.as_str()).or_default() += 1;
    }
    let host = Url::parse(&looked.successor).map(|u| look::host_of(&u)).unwrap_or_default();
    let proven = looked.search.as_ref().is_some_and(|s| s.proven);
    let item = |one: &FormerLook| {
        let titled = !one.item.title.is_empty();
        let arrives = |landing: &Landing| {
            let there = Url::parse(&landing.url).ok().filter(|u| look::covers(&host, &look::host_of(u)));
            landing.status == Some(200)
                && there.is_some_and(|u| !is_home(&u, &looked.successor))
                && (landing.named
                    || (!titled && !looked.soft_404 && ends.get(landing.url.as_str()).is_none_or(|n| *n < 2)))
        };
        let found = one.listed.is_some()
            || one.searched == Some(true)
            || [&one.old, &one.same_path].into_iter().flatten().any(arrives);
        match found {
            true => Some(true),
            // Only a title can be looked for everywhere.
            false => (titled && proven && one.searched == Some(false)).then_some(false),
        }
    };
    looked.items.iter().map(item).collect()
}

fn is_home(url: &Url, home: &str) -> bool {
    let stem = url.path().rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
    url.as_str() == home || (url.path().matches('/').count() == 1 && matches!(stem, "" | "index" | "default" | "home"))
}

/// The Wilson score interval of a share.
fn wilson(hits: u32, of: u32) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (f64::from(of), f64::from(hits) / f64::from(of));
    let middle = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::migration::{Former, SearchLook};

    fn looked(items: Vec<FormerLook>) -> Looked {
        let search = Some(SearchLook { proven: true, ..SearchLook::default() });
        Looked { successor: "https://www.city.gov.cn/".to_owned(), items, search, ..Looked::default() }
    }

    fn item(title: &str) -> FormerLook {
        let url = format!("https://old.test.gov.cn/{title}.html");
        FormerLook { item: Former { title: title.to_owned(), url, ..Former::default() }, ..FormerLook::default() }
    }

    fn landing(url: &str, named: bool) -> Option<Landing> {
        Some(Landing { url: url.to_owned(), status: Some(200), cause: None, named })
    }

    #[test]
    fn the_interval_is_wilsons() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.0005, "{a} {b}");
        let (low, high) = wilson(6, 20);
        near(low, 0.1455);
        near(high, 0.5190);
        assert_eq!(wilson(0, 5).0, 0.0);
        near(wilson(5, 5).0, 0.5655);
    }

    #[test]
    fn many_addresses_that_end_on_one_page_are_no_migration() {
        let url = |n: usize, to: &str| FormerLook {
            old: landing(to, false),
            item: Former { url: format!("https://old.test.gov.cn/{n}.html"), ..Former::default() },
            ..FormerLook::default()
        };
        let home = (0..4).map(|n| url(n, "https://www.city.gov.cn/")).collect();
        assert_eq!(judge(&looked(home)), [None; 4]);
        let column = (0..4).map(|n| url(n, "https://www.city.gov.cn/zt/list.html")).collect();
        assert_eq!(judge(&looked(column)), [None; 4]);
        let each = (0..4).map(|n| url(n, &format!("https://www.city.gov.cn/zt/{n}.html"))).collect();
        assert_eq!(judge(&looked(each)), [Some(true); 4]);
        let mut soft = looked((0..4).map(|n| url(n, &format!("https://www.city.gov.cn/zt/{n}.html"))).collect());
        soft.soft_404 = true;
        assert_eq!(judge(&soft), [None; 4]);
    }

    #[test]
    fn missing_is_only_what_a_proven_search_did_not_find() {
        let mut lost = item("关于开展某项工作的通知");
        lost.searched = Some(false);
        let mut all = looked(vec![lost.clone()]);
        assert_eq!(judge(&all), [Some(false)]);
        all.search = None;
        assert_eq!(judge(&all), [None]);
        let mut redirected = lost.clone();
        redirected.old = landing("https://www.city.gov.cn/zt/1.html", false);
        assert_eq!(judge(&looked(vec![redirected.clone()])), [Some(false)], "another page is not this one");
        redirected.old = landing("https://www.city.gov.cn/zt/1.html", true);
        assert_eq!(judge(&looked(vec![redirected])), [Some(true)]);
        let mut listed = lost;
        listed.listed = Some("https://www.city.gov.cn/zt/1.html".to_owned());
        assert_eq!(judge(&looked(vec![listed])), [Some(true)]);
    }
}
