//! The only "now".
//!
//! *Owns*: reading the system clock, the office's time zone, and the fake clock of tests and of the simulated city.
//! *May not*: know what time is used for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

/// Asia/Shanghai: UTC+8 without summer time since 1992, so no zone database is needed.
pub fn office_zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// Source of "now"; clones share one fake time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    /// Microseconds since the epoch, moved by hand.
    Fake(Arc<AtomicI64>),
    /// The system clock shifted by this many microseconds: virtual days over real waiting.
    Shifted(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands still at `at` until moved.
    pub fn fake(at: Timestamp) -> Self {
        Clock(Source::Fake(Arc::new(AtomicI64::new(at.as_microsecond()))))
    }

    /// A clock that runs like the system's but started at `at`.
    pub fn starting_at(at: Timestamp) -> Self {
        let shift = at.as_microsecond() - system_now().as_microsecond();
        Clock(Source::Shifted(Arc::new(AtomicI64::new(shift))))
    }

    /// The present moment, UTC, whole microseconds (the ledger's resolution).
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Source::System => system_now().as_microsecond(),
            Source::Fake(at) => at.load(Ordering::SeqCst),
            Source::Shifted(by) => system_now().as_microsecond() + by.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Time passed since some moment in the past; never runs backwards, whatever is done to the system clock.
    pub fn monotonic(&self) -> Duration {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        // A shift into the past is negative; only differences matter.
        let virtually =
            |at: &AtomicI64| Duration::from_micros((at.load(Ordering::SeqCst) / 2).abs_diff(i64::MIN / 2) * 2);
        match &self.0 {
            Source::System => BEGIN.elapsed(),
            Source::Fake(at) => virtually(at),
            Source::Shifted(by) => BEGIN.elapsed() + virtually(by),
        }
    }

    /// Moves a fake or shifted clock forward; the system clock cannot be moved.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Fake(at) | Source::Shifted(at) = &self.0 {
            at.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Today in the office's zone.
    pub fn today(&self) -> Date {
        local(self.now()).date()
    }
}

/// `at` in the office's zone.
pub fn local(at: Timestamp) -> Zoned {
    at.to_zoned(office_zone())
}

/// 0:00 of `date` in the office's zone.
pub fn start_of(date: Date) -> Timestamp {
    date.to_zoned(office_zone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// 24:00 of `date` in the office's zone, the exclusive end of a time limit.
pub fn end_of(date: Date) -> Timestamp {
    start_of(date.tomorrow().unwrap_or(Date::MAX))
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}
