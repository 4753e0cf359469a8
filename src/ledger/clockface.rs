//! 时限 colours: a pure function, never stored.

use jiff::Timestamp;

use super::view::{Clockface, Stage};

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// Colour of a problem's time limit at `now`. `opened` and `due` are absent while 疑似.
///
/// Red past `due` (an exclusive end); yellow once returned; blue in the last third of the period or its last 24 hours; the
/// clock stands in 待复核 and after the end. Time limits start at opening: 下发 and 认领 do not exist yet, so the yellow of
/// "half the period gone without 认领" starts with them.
pub fn clockface(
    due: Option<Timestamp>,
    stage: Stage,
    opened: Option<Timestamp>,
    returned: u32,
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
    if returned > 0 {
        return Clockface::Yellow;
    }
    let left = due.as_microsecond() - now.as_microsecond();
    let period = due.as_microsecond() - opened.unwrap_or(now).as_microsecond();
    if left <= DAY_MICROS || left <= period / 3 { Clockface::Blue } else { Clockface::Normal }
}
