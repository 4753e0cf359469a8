//! What is due, and in what order.
//!
//! *Owns*: the daily time of patrols, and the order in which a run starts its sites. *May not*: know how a stage works.

use jiff::Timestamp;
use jiff::civil::Time;

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
    fn sites_of_one_platform_are_kept_apart() {
        let order = spread(vec!["a1", "a2", "a3", "b1", "c1"], |s| s[..1].to_owned());
        assert_eq!(order, ["a1", "a2", "b1", "c1", "a3"]);
        assert!(spread(Vec::<&str>::new(), |s| s.to_string()).is_empty());
    }
}
