//! Kind `meta`: labels in the head of the page (国办发〔2017〕47号附件: 网页标签).

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
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
    /// The value is the register's name of the site.
    SiteName,
    /// The value is the register's site code.
    SiteCode,
}

impl Check for Meta {
    const FACTS: &'static [&'static str] = &["names", "value"];

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let values = |name: &str| -> Vec<&str> {
            page.metas.iter().filter(|m| m.name.trim().eq_ignore_ascii_case(name)).map(|m| m.content.trim()).collect()
        };
        let profile = &site.evidence.site;
        let expected = match self.expect {
            MetaExpect::SiteName => Some(profile.name.as_str()),
            MetaExpect::SiteCode => profile.site_code.as_deref(),
            _ => Some(""),
        };
        let Some(expected) = expected else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        let good = |value: &str| match self.expect {
            MetaExpect::Present => true,
            MetaExpect::NonEmpty => !value.is_empty(),
            MetaExpect::Pattern => self.pattern.as_ref().is_none_or(|p| p.is_match(value)),
            MetaExpect::SiteName | MetaExpect::SiteCode => value.eq_ignore_ascii_case(expected),
        };
        let demands_presence = matches!(self.expect, MetaExpect::Present | MetaExpect::NonEmpty);
        let filled = |name: &str| values(name).iter().any(|v| !v.is_empty());
        let concerned: Vec<&String> = self.names.iter().filter(|n| demands_presence || filled(n)).collect();
        if concerned.is_empty() {
            return vec![Judgement::not_applicable(subject, NotApplicable::Absent)];
        }
        let bad: Vec<&String> = concerned.into_iter().filter(|n| !values(n).iter().any(|v| good(v))).collect();
        let seen = Seen::one(Location::at(&page.url));
        vec![if bad.is_empty() {
            Judgement::pass(subject, seen)
        } else if let Some(shell) = page.opaque.iter().find(|o| o.why == "shell").filter(|_| demands_presence) {
            // An application writes its own head.
            Judgement::undetermined(subject, Undetermined::new(Reason::ScriptFooter, &shell.source))
        } else {
            let value = bad.iter().flat_map(|n| values(n)).next().unwrap_or_default();
            let value = if value.is_empty() { Fact::label("value", "absent") } else { Fact::from(value) };
            let names = Fact::List(bad.into_iter().cloned().collect());
            Judgement::fail(subject, seen, facts! { "names" => names, "value" => value })
        }]
    }
}
