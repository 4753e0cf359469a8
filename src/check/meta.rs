//! Kind `meta`: labels in the head of pages (国办发〔2017〕47号附件: 网页标签).

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Home, InnerPage, Needs, PageFacts, PageKind, Reason, SiteFacts, SiteProfile, Undetermined};
use crate::facts;

/// Parameters of `[check.meta]`. Names compare without case; of several metas of one name any good one is enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// All of these must be there.
    pub names: Vec<String>,
    pub expect: MetaExpect,
    /// For `pattern`: what the value must match.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// Which pages carry the labels.
    #[serde(default)]
    pub on: On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetaExpect {
    /// There, with any value.
    Present,
    /// There, with a value.
    NonEmpty,
    /// The value matches `pattern`; not applicable where the label is missing or empty.
    Pattern,
    /// The value is the register's name of the site or of its sponsor.
    SiteName,
    /// The value is the register's site code.
    SiteCode,
    /// The value is a name of the site: no scheme, no path.
    SiteDomain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    #[default]
    Home,
    /// Sampled column pages; two must agree.
    Column,
    /// Sampled article pages; two must agree.
    Article,
}

/// Pages of one kind that must agree: one may be an exception.
const AGREEING: usize = 2;

/// The labels of one page.
enum Labels {
    Good,
    /// No label the rule is about.
    Absent,
    Unknown(Undetermined),
    Bad {
        names: Vec<String>,
        value: String,
    },
}

impl Check for Meta {
    const FACTS: &'static [&'static str] = &["names", "value", "pages"];

    fn needs(&self) -> Needs {
        Needs { inner_pages: if self.on == On::Home { 0 } else { Needs::ANY }, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let profile = &site.evidence.site;
        if self.expect == MetaExpect::SiteCode && profile.site_code.is_none() {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        }
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let kind = match self.on {
            On::Home => {
                let seen = Seen::one(Location::at(&page.url));
                return vec![match self.labels(profile, page) {
                    Labels::Good => Judgement::pass(subject, seen),
                    Labels::Absent => Judgement::not_applicable(subject, NotApplicable::Absent),
                    Labels::Unknown(why) => Judgement::undetermined(subject, why),
                    Labels::Bad { names, value } => fail(subject, seen, names, &value, vec![page.url.clone()]),
                }];
            }
            On::Column => PageKind::Column,
            On::Article => PageKind::Article,
        };
        if site.evidence.inner_pages == 0 {
            return vec![Judgement::not_applicable(subject, NotApplicable::NotPlanned)];
        }
        vec![self.of_sample(subject, profile, site.inner.iter().filter(|p| p.kind == kind))]
    }
}

impl Meta {
    fn of_sample<'p>(
        &self,
        subject: Subject,
        profile: &SiteProfile,
        sample: impl Iterator<Item = &'p InnerPage<'p>>,
    ) -> Judgement {
        let (mut good, mut bad): (Vec<Location>, Vec<String>) = (Vec::new(), Vec::new());
        let mut common: Option<Vec<String>> = None;
        let mut example = String::new();
        let mut unknown = None;
        for page in sample {
            let Home::Page(read) = &page.facts.home else {
                unknown = unknown.or_else(|| Some(page.facts.home_missing()));
                continue;
            };
            match self.labels(profile, read) {
                Labels::Good => good.push(Location::at(&page.url)),
                Labels::Absent => {}
                Labels::Unknown(why) => unknown = unknown.or(Some(why)),
                Labels::Bad { names, value } => {
                    bad.push(page.url.clone());
                    example = value;
                    common = Some(match common {
                        Some(common) => common.into_iter().filter(|n| names.contains(n)).collect(),
                        None => names,
                    });
                }
            }
        }
        let common = common.unwrap_or_default();
        if bad.len() >= AGREEING
            && !common.is_empty()
            && let Some(seen) = Seen::all(bad.iter().map(Location::at).collect())
        {
            return fail(subject, seen, common, &example, bad);
        }
        match (unknown, Seen::all(good)) {
            (None, Some(seen)) if bad.is_empty() && seen.locations().len() >= AGREEING => {
                Judgement::pass(subject, seen)
            }
            (why, _) => {
                let few = || Undetermined::new(Reason::FewPages, bad.first().cloned().unwrap_or_default());
                Judgement::undetermined(subject, why.unwrap_or_else(few))
            }
        }
    }

    fn labels(&self, profile: &SiteProfile, page: &PageFacts) -> Labels {
        let values = |name: &str| -> Vec<&str> {
            page.metas.iter().filter(|m| m.name.trim().eq_ignore_ascii_case(name)).map(|m| m.content.trim()).collect()
        };
        let code = profile.site_code.as_deref().unwrap_or_default();
        let good = |value: &str| match self.expect {
            MetaExpect::Present => true,
            MetaExpect::NonEmpty => !value.is_empty(),
            MetaExpect::Pattern => self.pattern.as_ref().is_none_or(|p| p.is_match(value)),
            MetaExpect::SiteName => {
                let sponsor = &profile.sponsor;
                let names = std::iter::once(&profile.name).chain([&sponsor.name]).chain(&sponsor.aliases);
                names
                    .into_iter()
                    .any(|name| !name.is_empty() && (name.contains(value) || value.contains(name.as_str())))
            }
            MetaExpect::SiteCode => value.eq_ignore_ascii_case(code),
            MetaExpect::SiteDomain => {
                profile.hosts.iter().any(|host| look::bare(host) == look::bare(&value.to_ascii_lowercase()))
            }
        };
        let demands_presence = matches!(self.expect, MetaExpect::Present | MetaExpect::NonEmpty);
        let filled = |name: &str| values(name).iter().any(|v| !v.is_empty());
        let concerned: Vec<&String> = self.names.iter().filter(|n| demands_presence || filled(n)).collect();
        if concerned.is_empty() {
            return Labels::Absent;
        }
        let bad: Vec<&String> = concerned.into_iter().filter(|n| !values(n).iter().any(|v| good(v))).collect();
        if bad.is_empty() {
            Labels::Good
        } else if let Some(shell) = page.opaque.iter().find(|o| o.why == "shell").filter(|_| demands_presence) {
            // An application writes its own head.
            Labels::Unknown(Undetermined::new(Reason::ScriptFooter, &shell.source))
        } else {
            let value = bad.iter().flat_map(|n| values(n)).next().unwrap_or_default().to_owned();
            Labels::Bad { names: bad.into_iter().cloned().collect(), value }
        }
    }
}

fn fail(subject: Subject, seen: Seen, names: Vec<String>, value: &str, pages: Vec<String>) -> Judgement {
    let value = if value.is_empty() { Fact::label("value", "absent") } else { Fact::from(value) };
    Judgement::fail(
        subject,
        seen,
        facts! { "names" => Fact::List(names), "value" => value, "pages" => Fact::List(pages) },
    )
}
