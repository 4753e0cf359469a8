//! Short visits to a home page: when, how each ended, after how long. Facts only; whether one counts as a failure is for the
//! checks to say.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Cause, Fetch, OFFICE, Reason, Stage, block};

/// Most visits of one day and vantage that are read: one a minute.
const PER_DAY: usize = 1440;

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Visit {
    /// Begin, whole seconds.
    pub at: Timestamp,
    pub end: VisitEnd,
    /// From the first question to the resolver until the end, without waiting of our own. Milliseconds.
    pub ms: u32,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VisitEnd {
    /// The first bytes of the page came.
    Opened,
    /// A protection device's page of this family came instead.
    Blocked(&'static str),
    /// Another status than success, from the site itself.
    Status(u16),
    Failed(Cause),
    /// The visit says nothing: not made, or taken back because our own line was down.
    Unseen(Reason),
}

/// All visits of one day (UTC+8) from one vantage, in time order, each second once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitDay {
    pub vantage: String,
    pub day: Date,
    pub visits: Vec<Visit>,
}

impl Visit {
    /// What an exchange with the home page amounts to, when it began at `at` and took `ms` without waiting of our own.
    pub fn of(fetch: &Fetch, at: Timestamp, ms: u32) -> Visit {
        let hop = fetch.last();
        let bytes: &[u8] = hop.body.as_ref().map_or(&[], |b| &b.bytes);
        let page = hop.status.is_some_and(|s| (200..300).contains(&s)) && !bytes.is_empty();
        // A page has opened with its first bytes, however long the rest takes and even if the rest breaks off.
        let opened = || ms.saturating_sub(hop.timing.body_ms.unwrap_or(0));
        let (end, ms) = match &hop.failure {
            Some(f) if page && f.stage == Stage::Body && f.cause != Cause::HttpBadEncoding => {
                (VisitEnd::Opened, opened())
            }
            Some(f) => (VisitEnd::Failed(f.cause), ms),
            None => (answer(hop.status, &hop.headers, bytes), if page { opened() } else { ms }),
        };
        Visit { at: seconds(at), end, ms }
    }

    /// A visit that says nothing.
    pub fn unseen(at: Timestamp, reason: Reason) -> Visit {
        Visit { at: seconds(at), end: VisitEnd::Unseen(reason), ms: 0 }
    }

    /// Day of the visit, UTC+8.
    pub fn day(&self) -> Date {
        self.local().date()
    }

    fn local(&self) -> DateTime {
        OFFICE.to_datetime(self.at)
    }

    /// Seconds since the day began.
    pub fn second_of_day(&self) -> u32 {
        let t = self.local();
        t.hour().unsigned_abs() as u32 * 3600 + t.minute().unsigned_abs() as u32 * 60 + t.second().unsigned_abs() as u32
    }

    /// The visit at `second` of `day`; `None` past the day's end.
    pub fn at_second(day: Date, second: u32, end: VisitEnd, ms: u32) -> Option<Visit> {
        let at = OFFICE.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        let at = at.checked_add(jiff::SignedDuration::from_secs(i64::from(second))).ok()?;
        (second < 86_400).then_some(Visit { at, end, ms })
    }
}

fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_microsecond().div_euclid(1_000_000)).unwrap_or(at)
}

fn answer(status: Option<u16>, headers: &[(String, String)], bytes: &[u8]) -> VisitEnd {
    let Some(status) = status else { return VisitEnd::Unseen(Reason::Internal) };
    if let Some(family) = block::recognise(status, headers, bytes) {
        return VisitEnd::Blocked(family);
    }
    match status {
        200..=299 if bytes.is_empty() => VisitEnd::Unseen(Reason::Parse),
        200..=299 => VisitEnd::Opened,
        _ => VisitEnd::Status(status),
    }
}

/// `opened`, `blocked:ruishu`, `status:502`, `failed:tcp_timeout`, `unseen:self_offline`.
impl fmt::Display for VisitEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VisitEnd::Opened => f.write_str("opened"),
            VisitEnd::Blocked(family) => write!(f, "blocked:{family}"),
            VisitEnd::Status(status) => write!(f, "status:{status}"),
            VisitEnd::Failed(cause) => write!(f, "failed:{}", cause.key()),
            VisitEnd::Unseen(reason) => write!(f, "unseen:{}", reason.key()),
        }
    }
}

impl FromStr for VisitEnd {
    type Err = NotAVisit;

    fn from_str(text: &str) -> Result<Self, NotAVisit> {
        let (kind, what) = text.split_once(':').unwrap_or((text, ""));
        let key = |what: &str| serde_json::Value::from(what);
        Ok(match kind {
            "opened" if what.is_empty() => VisitEnd::Opened,
            "blocked" => VisitEnd::Blocked(block::FAMILIES.iter().find(|f| **f == what).ok_or(NotAVisit)?),
            "status" => VisitEnd::Status(what.parse().ok().filter(|s| (100..1000).contains(s)).ok_or(NotAVisit)?),
            "failed" => VisitEnd::Failed(serde_json::from_value(key(what)).map_err(|_| NotAVisit)?),
            "unseen" => VisitEnd::Unseen(serde_json::from_value(key(what)).map_err(|_| NotAVisit)?),
            _ => return Err(NotAVisit),
        })
    }
}

/// A text that is no visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a visit")]
pub struct NotAVisit;

/// `{"vantage": …, "day": "2026-05-06", "visits": ["00:13:07 opened 812", …]}`.
#[derive(Serialize, Deserialize)]
struct Written {
    vantage: String,
    day: Date,
    visits: Vec<String>,
}

impl Serialize for VisitDay {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let visits = self.visits.iter().map(|v| format!("{} {} {}", v.local().time(), v.end, v.ms)).collect();
        Written { vantage: self.vantage.clone(), day: self.day, visits }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for VisitDay {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(d)?;
        if written.visits.len() > PER_DAY {
            return Err(D::Error::custom("more visits than a day has minutes"));
        }
        let visits: Result<Vec<Visit>, NotAVisit> = written.visits.iter().map(|v| read(written.day, v)).collect();
        let mut visits = visits.map_err(D::Error::custom)?;
        visits.sort();
        visits.dedup_by_key(|v| v.at);
        Ok(VisitDay { vantage: written.vantage, day: written.day, visits })
    }
}

fn read(day: Date, text: &str) -> Result<Visit, NotAVisit> {
    let mut words = text.split(' ');
    let (Some(time), Some(end), Some(ms), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err(NotAVisit);
    };
    let time: jiff::civil::Time = time.parse().map_err(|_| NotAVisit)?;
    let at = OFFICE.to_timestamp(day.to_datetime(time)).map_err(|_| NotAVisit)?;
    Ok(Visit { at: seconds(at), end: end.parse()?, ms: ms.parse().map_err(|_| NotAVisit)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_words_and_read_again() {
        let day: Date = "2026-05-06".parse().unwrap();
        let ends = [
            VisitEnd::Opened,
            VisitEnd::Blocked("ruishu"),
            VisitEnd::Status(502),
            VisitEnd::Failed(Cause::TcpTimeout),
            VisitEnd::Unseen(Reason::SelfOffline),
        ];
        let visits = ends.into_iter().zip(0..).map(|(e, i)| Visit::at_second(day, 787 + i * 3600, e, 15_000).unwrap());
        let written = VisitDay { vantage: "office".to_owned(), day, visits: visits.collect() };
        let text = serde_json::to_string(&written).unwrap();
        assert!(text.contains("\"00:13:07 opened 15000\",\"01:13:07 blocked:ruishu 15000\""), "{text}");
        assert_eq!(serde_json::from_str::<VisitDay>(&text).unwrap(), written);
        assert!(written.visits.iter().all(|v| v.day() == day));
        assert_eq!(written.visits[1].second_of_day(), 4387);
    }

    /// A page whose body took `body_ms` and ended so.
    fn fetched(body_ms: u32, failure: Option<Cause>) -> Fetch {
        let hop = serde_json::json!({
            "url": "http://www.a.gov.cn/", "kind": "start", "status": 200,
            "timing": { "first_byte_ms": 20, "body_ms": body_ms, "total_ms": 16_000 },
        });
        let mut hop: crate::evidence::Hop = serde_json::from_value(hop).expect("a hop");
        let bytes = b"<html>".to_vec();
        hop.body = Some(crate::evidence::Body { wire: bytes.clone(), bytes: bytes.into(), ..Default::default() });
        hop.failure = failure.map(|cause| crate::evidence::Failure::new(Stage::Body, cause, ""));
        Fetch { purpose: crate::evidence::Purpose::Home, hops: vec![hop], tries: 1 }
    }

    #[test]
    fn a_page_has_opened_with_its_first_bytes_whatever_comes_after() {
        let visit = |fetch: &Fetch| Visit::of(fetch, Timestamp::UNIX_EPOCH, 16_000);
        let opened = |ms| Visit { at: Timestamp::UNIX_EPOCH, end: VisitEnd::Opened, ms };
        assert_eq!(visit(&fetched(4000, None)), opened(12_000));
        assert_eq!(visit(&fetched(900, None)), opened(15_100), "late all the same");
        assert_eq!(visit(&fetched(4000, Some(Cause::HttpTimeoutBody))), opened(12_000));
        // Nothing a browser could show.
        let garbled = visit(&fetched(4000, Some(Cause::HttpBadEncoding)));
        assert_eq!((garbled.end, garbled.ms), (VisitEnd::Failed(Cause::HttpBadEncoding), 16_000));
    }

    #[test]
    fn what_is_no_visit_is_refused() {
        for visit in [
            "",
            "00:13:07 opened",
            "25:00:00 opened 1",
            "00:00:00 blocked:none 1",
            "00:00:00 opened -1",
            "00:00:00 status:99 1",
        ] {
            let text = format!("{{\"vantage\":\"a\",\"day\":\"2026-05-06\",\"visits\":[\"{visit}\"]}}");
            assert!(serde_json::from_str::<VisitDay>(&text).is_err(), "{visit}");
        }
        let flood = vec!["00:00:00 opened 1"; PER_DAY + 1];
        let text = serde_json::json!({ "vantage": "a", "day": "2026-05-06", "visits": flood }).to_string();
        assert!(serde_json::from_str::<VisitDay>(&text).is_err());
    }
}
