//! What is due, and in what order.
//!
//! *Owns*: the daily time of patrols, the hours of visits, and the order in which a run starts its sites. *May not*: know how a stage works.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use crate::clock::{local, office_zone};

/// The next moment after `now` at which the clock in the office shows `at`. A patrol missed while the machine slept is run
/// once, at the next call, not once per missed day.
pub fn next_daily(now: Timestamp, at: Time) -> Timestamp {
    let today = local(now).date();
    let candidate = |date: jiff::civil::Date| {
        date.to_datetime(at).to_zoned(office_zone()).map(|z| z.timestamp()).unwrap_or(Timestamp::MAX)
    };
    let first = candidate(today);
    if first > now { first } else { today.tomorrow().map_or(Timestamp::MAX, candidate) }
}

/// What the office wants done by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Time of the daily patrol by the office's clock.
    pub patrol_at: Option<Time>,
    /// Visits all day.
    pub visits: bool,
    /// Nothing is begun until this is taken back.
    pub paused: bool,
}

impl Default for Plan {
    /// Two in the morning, when nobody is kept waiting, and visits all day: what the national measure of availability needs.
    fn default() -> Self {
        Plan { patrol_at: Some(Time::constant(2, 0, 0, 0)), visits: true, paused: false }
    }
}

/// Whether a daily moment lies after `last` and not after `now`: once, however many were slept through.
pub fn is_missed(at: Option<Time>, last: Timestamp, now: Timestamp) -> bool {
    at.is_some_and(|at| next_daily(last, at) <= now)
}

/// Visits planned per site and day: one in every hour.
pub const VISITS_A_DAY: i8 = 24;
/// A visit falls into the first so many seconds of its hour, so that two are never closer than twenty minutes.
const JITTER_SECS: u64 = 2400;

/// The moments of `day` at which `site` is to be visited, in order. They differ from site to site and from day to day, and
/// are the same whenever they are asked for.
pub fn visits_of(site: &str, day: Date) -> impl Iterator<Item = Timestamp> {
    let midnight = day.to_zoned(office_zone()).map_or(Timestamp::MAX, |z| z.timestamp());
    let seed = fnv(fnv(FNV_START, site.as_bytes()), day.to_string().as_bytes());
    (0..VISITS_A_DAY).filter_map(move |hour| {
        let lot = fnv(seed, &[hour.unsigned_abs()]);
        let second = i64::from(hour) * 3600 + ((lot ^ lot >> 32) % JITTER_SECS) as i64;
        midnight.checked_add(SignedDuration::from_secs(second)).ok()
    })
}

/// The visits of `site` that fall due after `since` and up to `until`. What was missed before `now` is made up by one visit
/// at once, however much it was.
pub fn visits_due(site: &str, since: Timestamp, now: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    // No further back than a day: what was missed before is made up by the same one visit.
    let since = since.max(now - SignedDuration::from_hours(24));
    let days = std::iter::successors(Some(local(since).date()), |d| d.tomorrow().ok());
    let days = days.take_while(|d| *d <= local(until).date());
    let due: Vec<Timestamp> = days.flat_map(|d| visits_of(site, d)).filter(|t| since < *t && *t <= until).collect();
    let missed = due.iter().filter(|t| **t <= now).count();
    (0..missed.min(1)).map(|_| now).chain(due.into_iter().skip(missed)).collect()
}

/// FNV-1a, 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Orders items so that those of one group are as far apart as possible: many sites share one platform, and starting them
/// in a row would only queue them behind each other. Order within a group is kept; the result depends on the input alone.
pub fn spread<T>(items: Vec<T>, group: impl Fn(&T) -> String) -> Vec<T> {
    let mut sizes = std::collections::BTreeMap::<String, usize>::new();
    let keys: Vec<String> = items.iter().map(group).collect();
    for key in &keys {
        *sizes.entry(key.clone()).or_default() += 1;
    }
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut placed: Vec<(f64, usize, T)> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let key = &keys[index];
            let nth = seen.entry(key.clone()).or_default();
            // The nth of m items of a group belongs at (n + ½)/m of the whole.
            let place = (*nth as f64 + 0.5) / sizes[key] as f64;
            *nth += 1;
            (place, index, item)
        })
        .collect();
    placed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    placed.into_iter().map(|(_, _, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn the_next_patrol_is_today_before_its_time_and_tomorrow_after() {
        let two = Time::constant(2, 0, 0, 0);
        // 01:59 and 02:00 in the office.
        assert_eq!(next_daily(at("2026-05-05T17:59:00Z"), two), at("2026-05-05T18:00:00Z"));
        assert_eq!(next_daily(at("2026-05-05T18:00:00Z"), two), at("2026-05-06T18:00:00Z"));
        // New Year's Eve.
        assert_eq!(next_daily(at("2026-12-31T10:00:00Z"), two), at("2026-12-31T18:00:00Z"));
    }

    #[test]
    fn a_patrol_slept_through_is_missed_once() {
        let two = Some(Time::constant(2, 0, 0, 0));
        let last = at("2026-05-01T18:00:00Z");
        assert!(!is_missed(two, last, at("2026-05-02T17:59:59Z")));
        assert!(is_missed(two, last, at("2026-05-02T18:00:00Z")));
        let late = at("2026-05-05T01:00:00Z");
        assert!(is_missed(two, last, late), "three nights missed");
        assert!(!is_missed(two, late, late + SignedDuration::from_hours(16)), "made up by the one run");
        assert!(is_missed(two, late, at("2026-05-05T18:00:00Z")));
        assert!(!is_missed(None, last, late));
    }

    #[test]
    fn a_site_is_visited_once_an_hour_at_intervals_that_nobody_can_foresee_by_the_clock() {
        let day = "2026-05-06".parse().expect("a day");
        let times: Vec<Timestamp> = visits_of("6108000001", day).collect();
        assert_eq!(times.len(), 24);
        assert_eq!(times, visits_of("6108000001", day).collect::<Vec<_>>());
        assert!(times.windows(2).all(|w| w[1].duration_since(w[0]) >= SignedDuration::from_mins(20)));
        assert!(times.iter().all(|t| local(*t).date() == day));
        let other: Vec<Timestamp> = visits_of("6108000002", day).collect();
        assert!(times.iter().zip(&other).filter(|(a, b)| a == b).count() < 3);
        let minutes: std::collections::BTreeSet<i8> = times.iter().map(|t| local(*t).minute()).collect();
        assert!(minutes.len() > 8, "{minutes:?}");
    }

    #[test]
    fn missed_visits_are_made_up_once() {
        let (since, now) = (at("2026-05-06T00:00:00Z"), at("2026-05-06T09:50:00Z"));
        let due = visits_due("6108000001", since, now, now + SignedDuration::from_mins(60));
        assert_eq!(due[0], now);
        assert_eq!(due.len(), 2, "one for the ten missed, one for the next hour");
        assert!(visits_due("6108000001", now, now, now + SignedDuration::from_mins(9)).is_empty());
        assert_eq!(visits_due("6108000001", Timestamp::MIN, now, now), [now], "long ago is no reason for more");
    }

    #[test]
    fn sites_of_one_platform_are_kept_apart() {
        let order = spread(vec!["a1", "a2", "a3", "b1", "c1"], |s| s[..1].to_owned());
        assert_eq!(order, ["a1", "a2", "b1", "c1", "a3"]);
        assert!(spread(Vec::<&str>::new(), |s| s.to_string()).is_empty());
    }
}
