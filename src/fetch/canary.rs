//! Reference points: if most of them fail, it is our own line that is down.

use std::time::Instant;

use futures_util::future::join_all;
use jiff::fmt::rfc2822;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::evidence::{Failure, Fetch, Purpose};

use super::fault::{Until, millis};
use super::fetcher::Fetcher;
use super::hand;
use super::reach::Reach;
use super::site::{Hand, SiteFetcher};
use super::target::Target;

/// Seconds a clock may be off before no date is judged by it.
const CLOCK_OFF: u64 = 60;

/// One round over all reference points.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryReport {
    pub points: Vec<CanaryPoint>,
    /// At least half of the points answered; `None` when none is configured.
    pub healthy: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CanaryPoint {
    /// As configured.
    pub target: String,
    pub ok: bool,
    pub failure: Option<Failure>,
    pub ms: u32,
    /// Seconds our own clock is ahead of this point's `Date` header; to the second, as the header is.
    pub clock_off: Option<i64>,
}

pub(super) async fn all(fetcher: &Fetcher) -> CanaryReport {
    let points = join_all(fetcher.settings().canaries.iter().map(|target| one(fetcher, target))).await;
    let good = points.iter().filter(|p| p.ok).count();
    let healthy = (!points.is_empty()).then_some(good * 2 >= points.len());
    let offsets: Vec<i64> = points.iter().filter_map(|p| p.clock_off).collect();
    if !offsets.is_empty() {
        fetcher.set_clock_off(agreed(&offsets));
    }
    CanaryReport { points, healthy }
}

async fn one(fetcher: &Fetcher, target: &str) -> CanaryPoint {
    let start = Instant::now();
    let (failure, clock_off) = match target.contains("://") {
        true => http(fetcher, target).await,
        false => (tcp(fetcher, target).await.err(), None),
    };
    CanaryPoint { target: target.to_owned(), ok: failure.is_none(), failure, ms: millis(start), clock_off }
}

/// How wrong our clock is: only what at least two points and most of those that have a clock say alike.
fn agreed(offsets: &[i64]) -> Option<i64> {
    let mut wrong: Vec<i64> = offsets.iter().copied().filter(|off| off.unsigned_abs() > CLOCK_OFF).collect();
    wrong.sort_unstable();
    let median = *wrong.get(wrong.len() / 2)?;
    let alike = wrong.iter().filter(|off| off.abs_diff(median) <= CLOCK_OFF).count();
    (alike >= 2 && alike * 2 > offsets.len()).then_some(median)
}

/// Any HTTP answer counts, an error status too: the line carried it.
async fn http(fetcher: &Fetcher, url: &str) -> (Option<Failure>, Option<i64>) {
    let mut site = SiteFetcher::new(fetcher.clone(), Reach::any(), CancellationToken::new());
    let fetch: Fetch = site.get(url, Purpose::Home, Hand::Pool).await;
    let answered = fetch.hops.iter().any(|h| h.status.is_some());
    // The last hop is the newest; what it says is as old as its body took, unless a cache had kept it.
    let last = Some(fetch.last()).filter(|hop| hop.header("age").is_none());
    let date = last
        .and_then(|hop| hop.header("date"))
        .and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
    let off = date.map(|date| fetcher.clock().now().as_second() - date.as_second());
    (if answered { None } else { fetch.failure().cloned() }, off)
}

/// A name that resolves and a port that accepts.
async fn tcp(fetcher: &Fetcher, target: &str) -> Result<(), Failure> {
    use crate::evidence::{Cause, Stage};
    let unreadable = || Failure::new(Stage::Own, Cause::Internal, "the reference point is not an address");
    // Without a port the one that every web server has open is meant.
    let url = Url::parse(&format!("https://{target}")).map_err(|_| unreadable())?;
    let target = Target::of(&url).ok_or_else(unreadable)?;
    let look = match target.ip {
        Some(_) => None,
        None => Some(fetcher.inner.dns.look(&target.host, &[]).await.0),
    };
    let budget = &fetcher.settings().budget;
    let mut failure = None;
    for address in fetcher.inner.addresses(&target, look.as_ref(), true)? {
        let until = Until { at: Instant::now() + budget.connect, ours: false };
        match hand::connect(address, until).await {
            Ok(_) => return Ok(()),
            Err(f) => failure = Some(f),
        }
    }
    Err(failure.unwrap_or_else(unreadable))
}

#[cfg(test)]
mod tests {
    use super::agreed;

    #[test]
    fn a_clock_is_wrong_only_where_two_reference_points_agree_and_none_outvotes_them() {
        for (offsets, expected) in [
            (&[0, 1, -2][..], None),
            (&[60, -60, 60], None),
            (&[4000], None),
            (&[4000, 3999], Some(4000)),
            (&[4000, 3999, 0], Some(4000)),
            (&[4000, 3999, 0, 1], None),
            (&[4000, -4000], None),
            (&[-90, -91, -92], Some(-91)),
            (&[61, i64::MAX, i64::MIN], None),
        ] {
            assert_eq!(agreed(offsets), expected, "{offsets:?}");
        }
    }
}
