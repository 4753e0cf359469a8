//! Kind `blocked`: a protection device has kept the inspector out day after day. No fault of the site's pages; somebody must
//! let the inspector in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::kind::Check;
use super::visits::{Measure, Opinion, judge};
use super::{Fact, Judgement};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined, VisitEnd, block};
use crate::facts;

/// Parameters of `[check.blocked]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// Days in a row, the newest included, on which whatever answered was the device.
    pub days: u32,
}

/// What answered on one day.
#[derive(Default)]
struct Answers {
    device: bool,
    site: bool,
}

impl Check for Blocked {
    const FACTS: &'static [&'static str] = &["days", "count", "family", "vantage"];

    fn needs(&self) -> Needs {
        Needs { visits: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        judge(site, &Measure::default(), |series, _| {
            let mut days: BTreeMap<Date, Answers> = BTreeMap::new();
            let mut newest = None;
            for t in &series.tries {
                let answers = days.entry(t.visit.day()).or_default();
                match t.visit.end {
                    // A cloud host's word that the name is not filed is another rule's.
                    VisitEnd::Blocked(family) if family != block::UNFILED => {
                        answers.device = true;
                        newest = Some((t.visit.day(), family));
                    }
                    // An error page of its own is an answer of the site's, too.
                    VisitEnd::Opened | VisitEnd::Status(_) => answers.site = true,
                    _ => {}
                }
            }
            let Some((to, family)) = newest else { return Opinion::Pass };
            if days.iter().any(|(day, a)| *day >= to && a.site) {
                return Opinion::Pass;
            }
            let mut from = to;
            let mut count = 1;
            while let Ok(before) = from.yesterday()
                && count < self.days
                && days.get(&before).is_some_and(|a| a.device && !a.site)
            {
                from = before;
                count += 1;
            }
            if count < self.days {
                return Opinion::None(Undetermined::new(Reason::Blocked, family));
            }
            Opinion::Fail(facts! {
                "days" => Fact::Days(from, to),
                "count" => i64::from(count),
                "family" => Fact::label("block", family),
                "vantage" => series.vantage,
            })
        })
    }
}
