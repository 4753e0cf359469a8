//! Kind `outage`: the site is down now, seen by failed visits in a row.

use jiff::SignedDuration;
use serde::Deserialize;

use super::kind::Check;
use super::visits::{Measure, Opinion, Series, Try, cause, judge, streak};
use super::{Fact, Facts, Judgement};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined, VisitEnd};
use crate::facts;

/// Parameters of `[check.outage]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    #[serde(default)]
    pub measure: Measure,
    /// Failed visits in a row, and hours from the first to the last of them.
    pub failures: u32,
    pub span_hours: u32,
    /// Visits further apart than this are not in a row.
    pub gap_hours: u32,
    /// A site that answers at all, however late, is not off.
    #[serde(default)]
    pub silent: bool,
}

impl Check for Outage {
    const FACTS: &'static [&'static str] = &["since", "failed", "hours", "cause", "seconds", "vantage"];

    fn needs(&self) -> Needs {
        Needs { visits: true, ..Needs::default() }
    }

    /// Back up is only who has been up for a whole day; between that and being down lies "not settled".
    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        judge(site, &self.measure, |series, until| {
            let recent = series.tries.last().is_some_and(|t| until.duration_since(t.visit.at) <= self.gap());
            if !recent {
                return Opinion::None(Undetermined::new(Reason::TooFewVisits, ""));
            }
            if let Some(facts) = self.down(series, streak(&series.tries, self.gap())) {
                return Opinion::Fail(facts);
            }
            if !series.is_clean(&self.measure, until) {
                return Opinion::None(Undetermined::new(Reason::NotSettled, ""));
            }
            // No row of this rule is struck off while the share of its week is broken.
            let broken = self.measure.breaks(&series.week(&self.measure, until));
            match self.newest(series).filter(|_| broken) {
                Some(facts) => Opinion::Recovering(facts),
                None => Opinion::Pass,
            }
        })
    }
}

impl Outage {
    fn gap(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.gap_hours))
    }

    /// What a row of failed visits says, when it makes an outage.
    fn down(&self, series: &Series<'_>, row: &[Try<'_>]) -> Option<Facts> {
        let (first, last) = (row.first()?, row.last()?);
        let span = last.visit.at.duration_since(first.visit.at);
        let answers = |t: &Try<'_>| matches!(t.visit.end, VisitEnd::Opened | VisitEnd::Blocked(_));
        if self.silent && row.iter().any(answers) {
            return None;
        }
        let is_outage = row.len() as u64 >= u64::from(self.failures)
            && span >= SignedDuration::from_hours(i64::from(self.span_hours));
        is_outage.then(|| {
            facts! {
                "since" => Fact::Instant(first.visit.at),
                "failed" => row.len() as i64,
                "hours" => span.as_hours(),
                "cause" => cause(last.visit),
                "seconds" => i64::from(self.measure.seconds),
                "vantage" => series.vantage,
            }
        })
    }

    /// The newest outage there was.
    fn newest(&self, series: &Series<'_>) -> Option<Facts> {
        let mut end = series.tries.len();
        while end > 0 {
            let row = streak(&series.tries[..end], self.gap());
            if let Some(facts) = self.down(series, row) {
                return Some(facts);
            }
            end -= row.len().max(1);
        }
        None
    }
}
