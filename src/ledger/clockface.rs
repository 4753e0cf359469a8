//! 时限 colours: a pure function, never stored.

use jiff::Timestamp;

use super::view::{Clockface, Stage};

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// Colour of a problem's time limit at `now`. `start` (下发, before that the opening) and `due` are absent while 疑似;
/// `untaken` is an issued row that no unit has taken on yet.
///
/// Red past `due` (an exclusive end); yellow once returned, or with half the period gone untaken; blue in the last third of the
/// period or its last 24 hours; the clock stands in 待复核 and after the end.
pub fn clockface(
    due: Option<Timestamp>,
    stage: Stage,
    start: Option<Timestamp>,
    returned: u32,
    untaken: bool,
    now: Timestamp,
) -> Clockface {
    match stage {
        Stage::Suspected | Stage::Unconfirmed | Stage::Dismissed => return Clockface::Normal,
        Stage::AwaitingReview | Stage::Closed => return Clockface::Stopped,
        Stage::Open | Stage::Rectifying | Stage::Deferred => {}
    }
    let Some(due) = due else { return Clockface::Normal };
    if now >= due {
        return Clockface::Red;
    }
    let left = due.as_microsecond() - now.as_microsecond();
    let period = due.as_microsecond() - start.unwrap_or(now).as_microsecond();
    if returned > 0 || untaken && stage == Stage::Open && left <= period / 2 {
        return Clockface::Yellow;
    }
    if left <= DAY_MICROS || left <= period / 3 { Clockface::Blue } else { Clockface::Normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    /// Opened on 1 June, due at the end of 9 June (ten days), seen at `now`.
    #[track_caller]
    fn check(stage: Stage, returned: u32, now: &str, expected: Clockface) {
        let (opened, due) = (at("2020-05-31T16:00:00Z"), at("2020-06-09T16:00:00Z"));
        assert_eq!(
            clockface(Some(due), stage, Some(opened), returned, false, at(now)),
            expected,
            "{stage:?} {returned} {now}"
        );
    }

    #[test]
    fn colours_follow_the_time_left() {
        check(Stage::Open, 0, "2020-06-01T00:00:00Z", Clockface::Normal);
        check(Stage::Open, 0, "2020-06-06T15:59:59Z", Clockface::Normal);
        check(Stage::Open, 0, "2020-06-06T16:00:00Z", Clockface::Blue);
        check(Stage::Open, 0, "2020-06-09T15:59:59Z", Clockface::Blue);
        check(Stage::Rectifying, 0, "2020-06-09T16:00:00Z", Clockface::Red);
    }

    #[test]
    fn a_returned_row_is_yellow_until_it_is_red() {
        check(Stage::Open, 1, "2020-06-01T00:00:00Z", Clockface::Yellow);
        check(Stage::Open, 1, "2020-06-09T16:00:00Z", Clockface::Red);
    }

    #[test]
    fn half_the_period_untaken_is_yellow() {
        let (issued, due) = (at("2020-05-31T16:00:00Z"), at("2020-06-09T16:00:00Z"));
        let colour = |stage, untaken, now| clockface(Some(due), stage, Some(issued), 0, untaken, at(now));
        assert_eq!(colour(Stage::Open, true, "2020-06-05T03:59:59Z"), Clockface::Normal);
        assert_eq!(colour(Stage::Open, true, "2020-06-05T04:00:00Z"), Clockface::Yellow);
        assert_eq!(colour(Stage::Open, false, "2020-06-05T04:00:00Z"), Clockface::Normal);
        assert_eq!(colour(Stage::Rectifying, true, "2020-06-05T04:00:00Z"), Clockface::Normal);
    }

    #[test]
    fn nobody_turns_red_while_waiting_for_review_or_after_the_end() {
        for stage in [Stage::AwaitingReview, Stage::Closed] {
            check(stage, 1, "2021-01-01T00:00:00Z", Clockface::Stopped);
        }
        check(Stage::Suspected, 0, "2021-01-01T00:00:00Z", Clockface::Normal);
        assert_eq!(clockface(None, Stage::Open, None, 0, false, at("2021-01-01T00:00:00Z")), Clockface::Normal);
    }

    #[test]
    fn the_last_day_of_a_short_limit_is_blue() {
        let (opened, due) = (at("2020-06-01T00:00:00Z"), at("2020-06-02T16:00:00Z"));
        let now = at("2020-06-01T16:00:00Z");
        assert_eq!(clockface(Some(due), Stage::Open, Some(opened), 0, false, now), Clockface::Blue);
    }
}
