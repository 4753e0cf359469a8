//! The arithmetic against an oracle that counts with big numbers and names every visit.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::evidence::{Evidence, SiteProfile};

fn start() -> Timestamp {
    "2026-05-01T16:00:00Z".parse().unwrap()
}

/// Visits at these minutes after 2 May 00:00 in the office's zone.
fn days(visits: &[(u32, VisitEnd, u32)]) -> Vec<VisitDay> {
    let mut days: BTreeMap<Date, Vec<Visit>> = BTreeMap::new();
    for (minute, end, ms) in visits {
        let at = start() + SignedDuration::from_mins(i64::from(*minute));
        let visit = Visit { at, end: end.clone(), ms: *ms };
        days.entry(visit.day()).or_default().push(visit);
    }
    let day = |(day, mut visits): (Date, Vec<Visit>)| {
        visits.sort();
        visits.dedup_by_key(|v| v.at);
        VisitDay { vantage: "a".to_owned(), day, visits }
    };
    days.into_iter().map(day).collect()
}

fn end() -> impl Strategy<Value = (VisitEnd, u32)> {
    prop_oneof![
        6 => (0u32..15_000).prop_map(|ms| (VisitEnd::Opened, ms)),
        1 => (14_998u32..15_003).prop_map(|ms| (VisitEnd::Opened, ms)),
        1 => Just((VisitEnd::Blocked("ruishu"), 90)),
        1 => Just((VisitEnd::Status(502), 90)),
        1 => (14_000u32..16_000).prop_map(|ms| (VisitEnd::Failed(Cause::TcpTimeout), ms)),
        1 => Just((VisitEnd::Failed(Cause::TcpRefused), 3)),
        1 => Just((VisitEnd::Status(403), 90)),
        1 => Just((VisitEnd::Unseen(Reason::SelfOffline), 0)),
    ]
}

fn history() -> impl Strategy<Value = Vec<(u32, VisitEnd, u32)>> {
    let visit = (0u32..20, end()).prop_map(|(jitter, (end, ms))| (jitter, end, ms));
    proptest::collection::vec(visit, 0..240).prop_map(|all| {
        all.into_iter().zip(0u32..).map(|((jitter, end, ms), hour)| (hour * 60 + jitter, end, ms)).collect()
    })
}

/// What the indicator says, word by word, with numbers of any size.
fn oracle(visits: &[(u32, VisitEnd, u32)]) -> Option<(u128, u128, usize)> {
    let answer = |(_, end, ms): &(u32, VisitEnd, u32)| match end {
        VisitEnd::Opened | VisitEnd::Blocked(_) => Some(*ms >= 15_000),
        VisitEnd::Status(502) | VisitEnd::Failed(Cause::TcpRefused) => Some(true),
        VisitEnd::Failed(Cause::TcpTimeout) if *ms >= 15_000 => Some(true),
        _ => None,
    };
    let said: Vec<(u32, bool)> = visits.iter().filter_map(|v| Some((v.0, answer(v)?))).collect();
    let on_day = |d: u32| said.iter().filter(move |(m, _)| m / 1440 == d);
    let newest = said.last()?.0 / 1440;
    let last = if on_day(newest).count() >= 20 { newest } else { newest.checked_sub(1)? };
    let counted: Vec<u32> = (last.saturating_sub(6)..=last).filter(|d| on_day(*d).count() >= 20).collect();
    let total: u128 = counted.iter().map(|d| on_day(*d).count() as u128).sum();
    let failed: u128 = counted.iter().map(|d| on_day(*d).filter(|(_, f)| *f).count() as u128).sum();
    Some((total, failed, counted.len()))
}

fn week(visits: &[(u32, VisitEnd, u32)]) -> Option<Week> {
    let (measure, days) = (Measure::default(), days(visits));
    measure.week(&days, "a", measure.newest(&days)?)
}

proptest! {
    #[test]
    fn the_figure_is_the_oracles(visits in history()) {
        let measure = Measure::default();
        match (week(&visits), oracle(&visits)) {
            (Some(week), Some((total, failed, counted))) => {
                prop_assert_eq!((week.visits.into(), week.failed.into(), week.days as usize), (total, failed, counted));
                prop_assert_eq!(measure.breaks(&week), total > 0 && 20 * failed >= total);
                prop_assert_eq!(measure.is_enough(&week), counted >= 5 && total >= 100);
            }
            // Nothing but a first, unfinished day.
            (Some(week), None) => prop_assert_eq!(week.visits, 0),
            (None, None) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_visit_that_says_nothing_changes_neither_side(visits in history(), at in 0u32..14_400) {
        let mut more = visits.clone();
        let silent = (at, VisitEnd::Unseen(Reason::SelfOffline), 0);
        let place = more.partition_point(|v| v.0 <= at);
        more.insert(place, silent);
        let figures = |w: Option<Week>| w.map(|w| (w.from, w.to, w.days, w.visits, w.failed));
        prop_assert_eq!(figures(week(&visits)), figures(week(&more)));
    }

    #[test]
    fn what_is_left_is_exactly_what_breaks_it(visits in 0u64..3000, failed in 0u64..400, percent in 1u32..100) {
        let measure = Measure { percent, ..Measure::default() };
        let day = "2026-05-02".parse().unwrap();
        let week = |failed| Week { from: day, to: day, days: 7, visits: visits.max(failed), failed, unseen: 0 };
        let planned = visits.max(failed);
        let left = measure.left(&week(failed), planned);
        let of_planned = |f: u64| planned > 0 && u128::from(f) * 100 >= u128::from(percent) * u128::from(planned);
        if planned > 0 {
            prop_assert!(of_planned(failed + left));
            prop_assert!(left == 0 || !of_planned(failed + left - 1));
        }
        let shown = share_text(failed, visits.max(failed), percent);
        let tenths: u128 = shown.trim_end_matches('%').replace('.', "").parse().unwrap();
        prop_assert_eq!(tenths >= u128::from(percent) * 10, of_planned(failed));
    }
}

#[test]
fn fifteen_seconds_fail_and_a_millisecond_less_does_not() {
    let measure = Measure::default();
    let visit = |end, ms| Visit { at: start(), end, ms };
    assert_eq!(measure.failed(&visit(VisitEnd::Opened, 14_999)), Some(false));
    assert_eq!(measure.failed(&visit(VisitEnd::Opened, 15_000)), Some(true));
    assert_eq!(measure.failed(&visit(VisitEnd::Failed(Cause::HttpTimeoutHeaders), 14_999)), None);
    assert_eq!(measure.failed(&visit(VisitEnd::Failed(Cause::TlsReset), 15_000)), None);
    assert_eq!(measure.failed(&visit(VisitEnd::Failed(Cause::NoRoute), 15_000)), None);
}

#[test]
fn the_numbers_of_the_indicator() {
    for (visits, needed) in [(140, 7), (144, 8), (168, 9), (2016, 101)] {
        let day = "2026-05-02".parse().unwrap();
        let week = |failed| Week { from: day, to: day, days: 7, visits, failed, unseen: 0 };
        assert!(Measure::default().breaks(&week(needed)) && !Measure::default().breaks(&week(needed - 1)));
    }
    let day = "2026-05-02".parse().unwrap();
    let week = Week { from: day, to: day, days: 7, visits: 168, failed: 7, unseen: 0 };
    assert_eq!((Measure::default().left(&week, 168), share_text(7, 168, 5).as_str()), (2, "4.2%"));
    assert_eq!((share_text(9, 168, 5).as_str(), share_text(499, 10_000, 5).as_str()), ("5.4%", "4.9%"));
}

#[test]
fn a_button_pressed_twenty_times_is_one_visit() {
    let visits: Vec<_> = (0..20).map(|i| (i / 2, VisitEnd::Status(502), 9)).collect();
    let days = days(&visits);
    let measure = Measure::default();
    assert_eq!(measure.series(&days, start() + DAY)[0].tries.len(), 1);
}

#[test]
fn a_row_of_failures_is_broken_by_a_long_silence() {
    let failed = |hour: u32| (hour * 60, VisitEnd::Status(502), 9);
    let hours: Vec<_> = [0, 1, 2, 20, 21, 22].map(failed).to_vec();
    let days = days(&hours);
    let measure = Measure::default();
    let series = measure.series(&days, start() + DAY);
    assert_eq!(streak(&series[0].tries, SignedDuration::from_hours(6)).len(), 3);
    assert_eq!(streak(&series[0].tries, SignedDuration::from_hours(18)).len(), 6);
}

#[test]
fn no_visits_are_no_business_of_these_rules() {
    let evidence = Evidence::new(SiteProfile::default(), "a", 1, start());
    let judged = judge(&SiteFacts::of(&evidence), &Measure::default(), |_, _| Opinion::Pass);
    assert!(matches!(judged[..], [Judgement { outcome: crate::check::Outcome::NotApplicable(_), .. }]));
}

#[test]
fn visits_of_days_ago_say_nothing_of_today() {
    let visits: Vec<_> = (0..24).map(|hour| (hour * 60, VisitEnd::Status(502), 9)).collect();
    let judged = |hours_after: i64| {
        let newest = start() + SignedDuration::from_hours(23);
        let mut evidence =
            Evidence::new(SiteProfile::default(), "a", 1, newest + SignedDuration::from_hours(hours_after));
        evidence.visits = days(&visits);
        let fail = |_: &Series<'_>, _| Opinion::Fail(Facts::new());
        judge(&SiteFacts::of(&evidence), &Measure::default(), fail).remove(0).outcome
    };
    assert!(matches!(judged(0), crate::check::Outcome::Fail(_)));
    assert!(matches!(judged(24), crate::check::Outcome::Fail(_)));
    assert!(matches!(judged(25), crate::check::Outcome::Undetermined(why) if why.reason == Reason::Stale));
}
