use std::sync::LazyLock;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::rule::files::RuleFiles;

fn published() -> &'static Calendar {
    static PUBLISHED: LazyLock<Calendar> = LazyLock::new(|| {
        let mut mistakes = Mistakes::default();
        let calendar = Calendar::read(RuleFiles::embedded().get("calendar.toml").unwrap(), &mut mistakes);
        mistakes.finish().unwrap();
        calendar
    });
    &PUBLISHED
}

fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0).to_zoned(clock::office_zone()).unwrap().timestamp()
}

/// The last day of a period, from its exclusive end.
fn last_day(due: Due) -> Date {
    clock::local(due.at).date().yesterday().unwrap()
}

fn mistakes_of(text: &str) -> String {
    let mut mistakes = Mistakes::default();
    Calendar::read(&SourceFile { name: "calendar.toml".into(), text: text.into() }, &mut mistakes);
    mistakes.finish().map(|()| String::new()).unwrap_or_else(|e| e.to_string())
}

#[test]
fn every_year_from_2020_to_2026_is_there_with_its_statutory_holidays() {
    let calendar = published();
    assert_eq!(calendar.years.iter().copied().collect::<Vec<_>>(), (2020..=2026).collect::<Vec<i16>>());
    for year in 2020..=2026 {
        for (month, day) in [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)] {
            assert!(!calendar.is_working_day(date(year, month, day)), "{year}-{month}-{day}");
        }
    }
}

#[test]
fn make_up_days_pay_for_the_working_days_taken() {
    let calendar = published();
    // Weekdays off by law rise to 13 days a year in 2025; the rest of the long holidays is made up at weekends. The
    // prolonged spring holiday of 2020 gave back its make-up Saturday and took no weekday.
    for (year, statutory) in [(2021, 11), (2022, 11), (2023, 11), (2024, 11), (2025, 13), (2026, 13)] {
        let in_year = |days: &BTreeSet<Date>| days.iter().filter(|d| d.year() == year).copied().collect::<Vec<_>>();
        let weekend = |d: &Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
        let weekdays_off = in_year(&calendar.holidays).iter().filter(|d| !weekend(d)).count();
        let made_up = in_year(&calendar.make_up_days).len();
        assert!(weekdays_off - made_up <= statutory, "{year}: {weekdays_off} - {made_up}");
        assert!(weekdays_off > made_up, "{year}");
    }
}

#[test]
fn known_days_are_what_the_arrangements_say() {
    let calendar = published();
    let works = |y, m, d| calendar.is_working_day(date(y, m, d));
    assert!(!works(2020, 1, 31) && !works(2020, 2, 1) && works(2020, 2, 3), "春节2020 prolonged to 2 February");
    assert!(works(2020, 5, 9) && !works(2020, 5, 5) && works(2020, 6, 28));
    assert!(works(2024, 2, 9), "除夕2024 is no holiday");
    assert!(works(2026, 1, 4) && !works(2026, 1, 2) && works(2026, 10, 10) && works(2026, 2, 28));
}

#[test]
fn working_days_skip_the_first_day_holidays_and_count_make_up_saturdays() {
    let calendar = published();
    // Thursday before the labour holiday: 6, 7, 8, 9 (make-up Saturday), 11 May.
    let due = calendar.due(noon(date(2020, 4, 30)), Deadline::WorkingDays(5));
    assert_eq!((last_day(due), due.provisional), (date(2020, 5, 11), false));
    assert_eq!(due.at, "2020-05-11T16:00:00Z".parse().unwrap());
}

#[test]
fn a_calendar_period_ending_on_a_rest_day_runs_to_the_next_working_day() {
    let calendar = published();
    // Ends on 1 October 2020, a holiday until the 8th.
    let due = calendar.due(noon(date(2020, 9, 21)), Deadline::CalendarDays(10));
    assert_eq!(last_day(due), date(2020, 10, 9));
    // Ends on a make-up Sunday: a working day.
    let due = calendar.due(noon(date(2020, 9, 25)), Deadline::CalendarDays(2));
    assert_eq!(last_day(due), date(2020, 9, 27));
}

#[test]
fn hours_are_taken_literally() {
    let from: Timestamp = "2020-10-01T08:30:00+08:00".parse().unwrap();
    let due = published().due(from, Deadline::Hours(24));
    assert_eq!((due.at, due.provisional), ("2020-10-02T08:30:00+08:00".parse().unwrap(), false));
}

#[test]
fn the_moment_of_the_day_in_the_office_decides_the_first_day() {
    let calendar = published();
    // 23:30 of Friday and 00:30 of Saturday in the office's zone.
    let friday = calendar.due("2020-05-15T15:30:00Z".parse().unwrap(), Deadline::WorkingDays(1));
    let saturday = calendar.due("2020-05-15T16:30:00Z".parse().unwrap(), Deadline::WorkingDays(1));
    assert_eq!((last_day(friday), last_day(saturday)), (date(2020, 5, 18), date(2020, 5, 18)));
    let thursday = calendar.due("2020-05-14T15:30:00Z".parse().unwrap(), Deadline::WorkingDays(1));
    assert_eq!(last_day(thursday), date(2020, 5, 15));
}

#[test]
fn a_year_without_an_arrangement_makes_the_limit_provisional() {
    let calendar = published();
    let far = calendar.due(noon(date(2030, 5, 8)), Deadline::WorkingDays(5));
    assert_eq!((last_day(far), far.provisional), (date(2030, 5, 15), true));
    assert!(calendar.due(noon(date(2026, 12, 30)), Deadline::WorkingDays(5)).provisional);
    // The last days of a year may still be moved by the arrangement of the next.
    assert!(calendar.due(noon(date(2026, 12, 24)), Deadline::WorkingDays(2)).provisional);
    assert!(!calendar.due(noon(date(2026, 12, 15)), Deadline::WorkingDays(2)).provisional);
    assert!(!calendar.due(noon(date(2025, 12, 29)), Deadline::WorkingDays(5)).provisional);
}

#[test]
fn mistakes_in_the_calendar_are_underlined() {
    let year = |rest: &str| format!("version = 1\n[[year]]\nyear = 2027\ndocuments = [\"文号\"]\n{rest}");
    let holiday = |from, to| year(&format!("holidays = [{{ name = \"元旦\", from = \"{from}\", to = \"{to}\" }}]\n"));
    assert!(mistakes_of(&holiday("2027-01-03", "2027-01-01")).contains("“元旦”的起止日期不对"));
    assert!(mistakes_of(&holiday("2027-01-01", "2027-03-01")).contains("“元旦”的起止日期不对"));
    assert!(mistakes_of(&holiday("2072-01-01", "2072-01-02")).contains("“元旦”不在2027年"));
    assert!(mistakes_of(&holiday("2027-02-30", "2027-03-01")).contains("日期应写作"));
    assert!(mistakes_of(&year("holidays = []\nmake_up_days = [\"2027-01-04\"]")).contains("2027-01-04不是周六或周日"));
    assert_eq!(mistakes_of(&year("holidays = []\nmake_up_days = [2027-01-03]")), "", "a TOML date is a date too");
    assert!(mistakes_of("version = 2").contains("格式版本不是 1"));
}

/// Day by day, straight from the law's words.
fn naive(calendar: &Calendar, from: Date, deadline: Deadline) -> Date {
    let rest = |d: Date| {
        let weekend = d.weekday() == Weekday::Saturday || d.weekday() == Weekday::Sunday;
        if calendar.make_up_days.contains(&d) { false } else { weekend || calendar.holidays.contains(&d) }
    };
    let mut day = from;
    match deadline {
        Deadline::WorkingDays(n) => {
            let mut left = n;
            while left > 0 {
                day = day.tomorrow().unwrap();
                left -= u32::from(!rest(day));
            }
        }
        Deadline::CalendarDays(n) => {
            for _ in 0..n {
                day = day.tomorrow().unwrap();
            }
            while rest(day) {
                day = day.tomorrow().unwrap();
            }
        }
        Deadline::Hours(_) => unreachable!("not asked"),
    }
    day
}

fn deadlines() -> impl Strategy<Value = Deadline> {
    prop_oneof![(1u32..60).prop_map(Deadline::WorkingDays), (1u32..90).prop_map(Deadline::CalendarDays)]
}

proptest! {
    #[test]
    fn the_last_day_is_a_working_day_and_the_one_the_law_gives(offset in 0i32..2900, deadline in deadlines()) {
        let calendar = published();
        let from = date(2019, 12, 1).checked_add(offset.days()).unwrap();
        let due = calendar.due(noon(from), deadline);
        prop_assert!(calendar.is_working_day(last_day(due)));
        prop_assert_eq!(last_day(due), naive(calendar, from, deadline));
    }

    #[test]
    fn later_starts_and_longer_periods_never_end_earlier(offset in 0i32..2900, days in 1u32..60) {
        let calendar = published();
        let from = date(2019, 12, 1).checked_add(offset.days()).unwrap();
        let next = from.tomorrow().unwrap();
        for kind in [Deadline::WorkingDays, Deadline::CalendarDays] {
            let at = |day, n| calendar.due(noon(day), kind(n)).at;
            prop_assert!(at(from, days) <= at(next, days));
            prop_assert!(at(from, days) <= at(from, days + 1));
        }
    }
}
