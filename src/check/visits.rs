//! What visits amount to: which of them failed, the week's figure, whether the site is down or has recovered. Every number is
//! an integer; a visit that says nothing is in no number but its own.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::look::{self, Silence};
use super::{Fact, Facts, Judgement, Location, NotApplicable, Seen, Subject};
use crate::evidence::{Cause, Reason, SiteFacts, Undetermined, Visit, VisitDay, VisitEnd};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How visits are measured; the defaults are the national indicator's (国办秘函〔2019〕19号, “站点无法访问”).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Measure {
    /// A home page that has not opened after this many seconds (itself included) counts as not opening.
    pub seconds: u32,
    /// Share of failed visits, itself included, that breaks the requirement, percent.
    pub percent: u32,
    /// Days of the window.
    pub window: u32,
    /// Determinate visits a day needs to count.
    pub per_day: u32,
    /// Days that must count, and visits of all of them together, before anything is said.
    pub days: u32,
    pub visits: u32,
    /// Visits closer together than this many minutes count once: the indicator asks for visits at intervals.
    pub spacing_minutes: u32,
    /// Vantages that must agree before a site counts as failing.
    pub vantages: u32,
}

impl Default for Measure {
    fn default() -> Self {
        Measure {
            seconds: 15,
            percent: 5,
            window: 7,
            per_day: 20,
            days: 5,
            visits: 100,
            spacing_minutes: 15,
            vantages: 1,
        }
    }
}

/// One vantage's visits.
pub(super) struct Series<'v> {
    pub(super) vantage: &'v str,
    /// Determinate ones at least the spacing apart, in time order.
    pub(super) tries: Vec<Try<'v>>,
    unseen: Vec<Date>,
}

#[derive(Clone, Copy)]
pub(super) struct Try<'v> {
    pub(super) visit: &'v Visit,
    pub(super) failed: bool,
}

/// The figure of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    pub from: Date,
    pub to: Date,
    /// Days with enough visits; the figures below are theirs alone.
    pub days: u32,
    pub visits: u64,
    pub failed: u64,
    /// Visits of the window that say nothing.
    pub unseen: u64,
}

impl Measure {
    /// Whether a visit failed; `None` when it says nothing.
    pub fn failed(&self, visit: &Visit) -> Option<bool> {
        let late = visit.ms >= self.seconds.saturating_mul(1000);
        match &visit.end {
            // A protection device's page: a browser gets past it.
            VisitEnd::Opened | VisitEnd::Blocked(_) => Some(late),
            VisitEnd::Status(status) => matches!(look::status_silence(*status), Silence::Dead).then_some(true),
            VisitEnd::Failed(cause) if is_of_tls(*cause) => None,
            VisitEnd::Failed(cause) if is_timeout(*cause) => late.then_some(true),
            VisitEnd::Failed(cause) => look::is_dead(*cause).then_some(true),
            VisitEnd::Unseen(_) => None,
        }
    }

    /// One series per vantage, visits after `until` left out.
    pub(super) fn series<'v>(&self, days: &'v [VisitDay], until: Timestamp) -> Vec<Series<'v>> {
        let mut order: Vec<&VisitDay> = days.iter().collect();
        order.sort_by(|a, b| (&a.vantage, a.day).cmp(&(&b.vantage, b.day)));
        let spacing = SignedDuration::from_mins(i64::from(self.spacing_minutes));
        let mut all: Vec<Series<'v>> = Vec::new();
        for day in order {
            if all.last().is_none_or(|s| s.vantage != day.vantage) {
                all.push(Series { vantage: &day.vantage, tries: Vec::new(), unseen: Vec::new() });
            }
            let Some(series) = all.last_mut() else { continue };
            for visit in day.visits.iter().filter(|v| v.at <= until) {
                match self.failed(visit) {
                    None => series.unseen.push(day.day),
                    Some(_) if series.tries.last().is_some_and(|t| visit.at.duration_since(t.visit.at) < spacing) => {}
                    Some(failed) => series.tries.push(Try { visit, failed }),
                }
            }
        }
        all
    }

    /// The newest determinate visit of all vantages: the moment a judgement speaks of.
    pub fn newest(&self, days: &[VisitDay]) -> Option<Timestamp> {
        days.iter().flat_map(|d| &d.visits).filter(|v| self.failed(v).is_some()).map(|v| v.at).max()
    }

    /// Figure of the window that ends with `on`, or the day before while `on` has too few visits to count.
    pub fn week(&self, days: &[VisitDay], vantage: &str, until: Timestamp) -> Option<Week> {
        self.series(days, until).iter().find(|s| s.vantage == vantage).map(|s| s.week(self, until))
    }

    /// Whether the share of failed visits breaks the requirement.
    pub fn breaks(&self, week: &Week) -> bool {
        u128::from(week.failed) * 100 >= u128::from(self.percent) * u128::from(week.visits) && week.visits > 0
    }

    /// Whether the window says anything at all.
    pub fn is_enough(&self, week: &Week) -> bool {
        week.days >= self.days && week.visits >= u64::from(self.visits)
    }

    /// Further failures that break the requirement in a week of `planned` visits; 0: nothing can save it any more.
    pub fn left(&self, week: &Week, planned: u64) -> u64 {
        let planned = planned.max(week.visits);
        (planned * u64::from(self.percent)).div_ceil(100).saturating_sub(week.failed)
    }
}

impl Series<'_> {
    pub(super) fn week(&self, measure: &Measure, until: Timestamp) -> Week {
        let counts = |day: Date| self.tries.iter().filter(move |t| t.visit.day() == day);
        let enough = |day: Date| counts(day).count() as u64 >= u64::from(measure.per_day);
        let on = Visit::unseen(until, Reason::Internal).day();
        let to = if enough(on) { on } else { on.yesterday().unwrap_or(on) };
        let mut week = Week { from: to, to, days: 0, visits: 0, failed: 0, unseen: 0 };
        for back in 0..measure.window {
            let Ok(day) = to.checked_sub(jiff::Span::new().days(i64::from(back))) else { break };
            week.from = day;
            week.unseen += self.unseen.iter().filter(|d| **d == day).count() as u64;
            if enough(day) {
                week.days += 1;
                week.visits += counts(day).count() as u64;
                week.failed += counts(day).filter(|t| t.failed).count() as u64;
            }
        }
        week
    }

    /// A whole day without a failed visit, with as many visits as a day needs.
    pub(super) fn is_clean(&self, measure: &Measure, until: Timestamp) -> bool {
        let recent = || self.tries.iter().rev().take_while(|t| until.duration_since(t.visit.at) < DAY);
        recent().all(|t| !t.failed) && recent().count() as u64 >= u64::from(measure.per_day)
    }
}

/// The failed visits in a row at the end of `tries`, no two further apart than `gap`.
pub(super) fn streak<'s, 'v>(tries: &'s [Try<'v>], gap: SignedDuration) -> &'s [Try<'v>] {
    let mut begin = tries.len();
    while begin > 0
        && tries[begin - 1].failed
        && tries.get(begin).is_none_or(|next| next.visit.at.duration_since(tries[begin - 1].visit.at) <= gap)
    {
        begin -= 1;
    }
    &tries[begin..]
}

/// Timeouts only count when the whole time was given.
fn is_timeout(cause: Cause) -> bool {
    use Cause::*;
    matches!(cause, DnsTimeout | TcpTimeout | HttpTimeoutHeaders | HttpTimeoutBody)
}

/// A handshake that comes to nothing may be a server that speaks something else (old TLS, national cryptography). A visit does
/// not ask further, so it says nothing; patrols do.
fn is_of_tls(cause: Cause) -> bool {
    use Cause::*;
    (TlsTimeout..=TlsMalformed).contains(&cause)
}

/// What one vantage says.
pub(super) enum Opinion {
    Pass,
    Fail(Facts),
    Recovering(Facts),
    None(Undetermined),
}

/// Asks every vantage and puts their answers together: they must not contradict each other, and `measure.vantages` of them
/// must agree on a failure.
pub(super) fn judge(
    site: &SiteFacts<'_>,
    measure: &Measure,
    ask: impl Fn(&Series<'_>, Timestamp) -> Opinion,
) -> Vec<Judgement> {
    let subject = Subject::site();
    let visits = &site.evidence.visits;
    if visits.is_empty() {
        return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
    }
    let nothing = || Undetermined::new(Reason::TooFewVisits, "");
    let Some(until) = measure.newest(visits) else { return vec![Judgement::undetermined(subject, nothing())] };
    // What was so the day before yesterday is no finding of today: a patrol may come long after the last visit.
    if site.evidence.finished_at.duration_since(until) > DAY {
        return vec![Judgement::undetermined(subject, Undetermined::new(Reason::Stale, ""))];
    }
    let (mut failing, mut recovering, mut passing) = (Vec::new(), Vec::new(), 0);
    let (mut few, mut doubt) = (None, None);
    for series in measure.series(visits, until) {
        match ask(&series, until) {
            Opinion::Pass => passing += 1,
            Opinion::Fail(facts) => failing.push(facts),
            Opinion::Recovering(facts) => recovering.push(facts),
            // A vantage with too few visits has no say; one that saw trouble without an end has, and none may pass over it.
            Opinion::None(why) if why.reason == Reason::TooFewVisits => few = few.or(Some(why)),
            Opinion::None(why) => doubt = doubt.or(Some(why)),
        }
    }
    let against = failing.len() + recovering.len();
    let seen = Seen::one(Location::at(site.evidence.site.url.trim()));
    vec![match (against, passing) {
        (0, _) if doubt.is_some() || passing == 0 => {
            Judgement::undetermined(subject, doubt.or(few).unwrap_or_else(nothing))
        }
        (0, _) => Judgement::pass(subject, seen),
        (n, 0) if n as u64 >= u64::from(measure.vantages) => match failing.into_iter().next() {
            Some(facts) => Judgement::fail(subject, seen, facts),
            None => Judgement::recovering(subject, seen, recovering.swap_remove(0)),
        },
        _ => Judgement::undetermined(subject, Undetermined::new(Reason::VantagesDisagree, "")),
    }]
}

/// How a failed visit ended, for a template.
pub(super) fn cause(visit: &Visit) -> Fact {
    match &visit.end {
        VisitEnd::Status(status) => Fact::from(format!("HTTP {status}")),
        VisitEnd::Failed(cause) => Fact::label("cause", cause.key()),
        // It came, but too late.
        _ => Fact::label("cause", Cause::HttpTimeoutHeaders.key()),
    }
}

/// `5.4%`, rounded to one place but never across the limit: what is below it does not read as reaching it.
pub fn share_text(failed: u64, visits: u64, percent: u32) -> String {
    if visits == 0 {
        return "0.0%".to_owned();
    }
    let (failed, visits) = (u128::from(failed), u128::from(visits));
    let mut tenths = (failed * 2000 + visits) / (visits * 2);
    let limit = u128::from(percent) * 10;
    if failed * 100 < u128::from(percent) * visits && tenths.cmp(&limit) != Ordering::Less {
        tenths = limit.saturating_sub(1);
    }
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests;
