//! Kind `availability`: the official figure over a week of visits (国办秘函〔2019〕19号, “站点无法访问”).

use serde::Deserialize;

use super::kind::Check;
use super::visits::{Measure, Opinion, judge, share_text};
use super::{Fact, Judgement};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.availability]`: those of [`Measure`], and for how many counted days the rule speaks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    #[serde(default)]
    pub measure: Measure,
    /// Fails only when so many days count; below that a broken figure is another rule's.
    pub from_days: u32,
    /// Fails only while fewer days than this count.
    #[serde(default = "u32_max")]
    pub below_days: u32,
}

fn u32_max() -> u32 {
    u32::MAX
}

impl Check for Availability {
    const FACTS: &'static [&'static str] =
        &["days", "counted", "total", "failed", "share", "percent", "seconds", "undetermined", "vantage"];

    fn needs(&self) -> Needs {
        Needs { visits: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let measure = &self.measure;
        judge(site, measure, |series, until| {
            let week = series.week(measure, until);
            if !measure.is_enough(&week) {
                return Opinion::None(Undetermined::new(
                    Reason::TooFewVisits,
                    format!("{}/{}", week.days, week.visits),
                ));
            }
            if !measure.breaks(&week) {
                return Opinion::Pass;
            }
            if !(self.from_days..self.below_days).contains(&week.days) {
                return Opinion::None(Undetermined::new(
                    Reason::TooFewVisits,
                    format!("{}/{}", week.days, week.visits),
                ));
            }
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let facts = facts! {
                "days" => Fact::Days(week.from, week.to),
                "counted" => i64::from(week.days),
                "total" => number(week.visits),
                "failed" => number(week.failed),
                "share" => share_text(week.failed, week.visits, measure.percent),
                "percent" => i64::from(measure.percent),
                "seconds" => i64::from(measure.seconds),
                "undetermined" => number(week.unseen),
                "vantage" => series.vantage,
            };
            if series.is_clean(measure, until) { Opinion::Recovering(facts) } else { Opinion::Fail(facts) }
        })
    }
}
