//! The work calendar: public holidays and make-up working days, for deadlines (民法典 201–203).

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use toml::Spanned;

use super::Deadline;
use super::files::Mistakes;
use super::raw::Day;
use crate::clock;
use crate::diagnostic::SourceFile;

/// Holidays and make-up days of the years that are loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    pub years: BTreeSet<i16>,
    pub holidays: BTreeSet<Date>,
    pub make_up_days: BTreeSet<Date>,
    /// While a campaign goes on.
    pub cap: Option<Cap>,
}

/// Time limits given from the day `from` on end at the latest with the day `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    pub from: Date,
    pub until: Date,
}

/// An absolute time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Exclusive end: 24:00 of the last day in the office's zone.
    pub at: Timestamp,
    /// A year without published holidays was touched: weekends only, to be confirmed.
    pub provisional: bool,
}

/// No arrangement has ever been longer; a loaded calendar with a longer one is a mistake in the file.
const LONGEST_HOLIDAY_DAYS: i32 = 15;

/// From this December day on, the arrangement of the next year may move days too (2018-12-29 was a working Saturday by
/// the arrangement for 2019).
const NEXT_YEAR_REACHES_BACK_TO: i8 = 25;

impl Calendar {
    /// The end of `deadline` counted from `from`.
    ///
    /// Working and calendar days: the first day is not counted, the period ends at 24:00 of its last day, and a last day
    /// of rest gives way to the next working day (民法典 201, 202, 203). Hours run from the moment itself (201). A campaign's
    /// [`cap`](Self::cap) shortens what would end after it.
    pub fn due(&self, from: Timestamp, deadline: Deadline) -> Due {
        let due = self.uncapped(from, deadline);
        let day = clock::local(from).date();
        match self.cap {
            Some(cap) if (cap.from..=cap.until).contains(&day) && due.at > clock::end_of(cap.until) => {
                Due { at: clock::end_of(cap.until), provisional: false }
            }
            _ => due,
        }
    }

    fn uncapped(&self, from: Timestamp, deadline: Deadline) -> Due {
        let first = clock::local(from).date();
        let last = match deadline {
            Deadline::Hours(hours) => {
                let at = from.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::MAX);
                return Due { at, provisional: false };
            }
            Deadline::WorkingDays(days) => self.add_working_days(first, days),
            Deadline::CalendarDays(days) => self.working_day_from(later(first, days)),
        };
        Due { at: clock::end_of(last), provisional: !self.knows(first, last) }
    }

    /// Whether offices work on `date`: by the arrangement of its year, by weekends where none is loaded.
    pub fn is_working_day(&self, date: Date) -> bool {
        if self.make_up_days.contains(&date) {
            return true;
        }
        !self.holidays.contains(&date) && !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The `days`-th working day after `first`; for zero the first working day not before it.
    pub fn add_working_days(&self, first: Date, days: u32) -> Date {
        let mut date = self.working_day_from(first);
        if days == 0 {
            return date;
        }
        date = first;
        for _ in 0..days {
            let next = self.working_day_from(later(date, 1));
            if next == date {
                break; // the end of representable time
            }
            date = next;
        }
        date
    }

    /// The arrangements of all days from `first` to `last` are loaded.
    pub fn knows(&self, first: Date, last: Date) -> bool {
        let reaches_next = last.month() == 12 && last.day() >= NEXT_YEAR_REACHES_BACK_TO;
        let through = last.year() + i16::from(reaches_next);
        (first.year()..=through).all(|year| self.years.contains(&year))
    }

    fn working_day_from(&self, mut date: Date) -> Date {
        while !self.is_working_day(date) {
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        date
    }

    /// Takes over the years `newer` holds, whole year by whole year.
    pub(super) fn overlay(&mut self, newer: Calendar) {
        self.holidays.retain(|d| !newer.years.contains(&d.year()));
        self.make_up_days.retain(|d| !newer.years.contains(&d.year()));
        self.years.extend(newer.years);
        self.holidays.extend(newer.holidays);
        self.make_up_days.extend(newer.make_up_days);
    }

    /// Reads `calendar.toml`; mistakes go to `mistakes`, good years are kept.
    pub(super) fn read(file: &SourceFile, mistakes: &mut Mistakes) -> Calendar {
        let Some(raw) = mistakes.read::<RawCalendar>(file) else { return Calendar::default() };
        let mut calendar = Calendar::default();
        if *raw.version.get_ref() != 1 {
            mistakes.add(file, raw.version.span(), "工作日历的格式版本不是 1", Some("本程序只认识 version = 1"));
        }
        for year in raw.year {
            let number = *year.year.get_ref();
            if !calendar.years.insert(number) {
                mistakes.add(file, year.year.span(), format!("{number}年重复列出"), Some("每个年份只写一段，请合并"));
            }
            if year.documents.get_ref().iter().all(|d| d.trim().is_empty()) {
                mistakes.add(file, year.documents.span(), "没有写明放假安排的文号", Some("documents 至少写一个文号"));
            }
            for holiday in year.holidays {
                let (from, to) = (holiday.from.get_ref().0, holiday.to.get_ref().0);
                let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
                if !(0..LONGEST_HOLIDAY_DAYS).contains(&days) {
                    let text = format!("“{}”的起止日期不对", holiday.name);
                    mistakes.add(file, holiday.to.span(), text, Some("to 不早于 from，且首尾相距不超过 15 天"));
                    continue;
                }
                if from.year() != number && to.year() != number {
                    let text = format!("“{}”不在{number}年", holiday.name);
                    mistakes.add(file, holiday.from.span(), text, Some("日期的年份应与 year 一致"));
                }
                calendar.holidays.extend(from.series(1.day()).take_while(|d| *d <= to));
            }
            for day in year.make_up_days {
                let date = day.get_ref().0;
                if date.year() != number && date.year() != number - 1 {
                    mistakes.add(file, day.span(), format!("{date}不在{number}年"), Some("日期的年份应与 year 一致"));
                }
                if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                    mistakes.add(file, day.span(), format!("{date}不是周六或周日"), Some("调休上班日只能是周末"));
                }
                if calendar.holidays.contains(&date) {
                    mistakes.add(file, day.span(), format!("{date}既列为假日又列为上班日"), None);
                }
                calendar.make_up_days.insert(date);
            }
        }
        calendar
    }
}

/// `days` days after `date`, the last representable day at most.
fn later(date: Date, days: u32) -> Date {
    date.checked_add(i64::from(days).days()).unwrap_or(Date::MAX)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCalendar {
    version: Spanned<u32>,
    #[serde(default)]
    year: Vec<RawYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: Spanned<i16>,
    documents: Spanned<Vec<String>>,
    holidays: Vec<RawHoliday>,
    #[serde(default)]
    make_up_days: Vec<Spanned<Day>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHoliday {
    name: String,
    from: Spanned<Day>,
    to: Spanned<Day>,
}

#[cfg(test)]
mod tests;
