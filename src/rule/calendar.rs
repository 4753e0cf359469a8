//! The work calendar: public holidays and make-up working days, for deadlines (民法典 201–203).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Deadline;

/// Holidays and make-up days of the years that are loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    pub years: BTreeSet<i16>,
    pub holidays: BTreeSet<Date>,
    pub make_up_days: BTreeSet<Date>,
}

/// An absolute time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Exclusive end: 24:00 of the last day in the office's zone.
    pub at: Timestamp,
    /// A year without published holidays was touched: weekends only, to be confirmed.
    pub provisional: bool,
}

impl Calendar {
    /// The end of `deadline` counted from `from`; the first day is not counted.
    pub fn due(&self, from: Timestamp, deadline: Deadline) -> Due {
        let _ = (from, deadline);
        Due { at: from, provisional: true }
    }
}
