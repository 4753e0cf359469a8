//! Reference points: if most of them fail, it is our own line that is down.

use std::time::Instant;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::evidence::{Failure, Fetch, Purpose};

use super::fault::{Until, millis};
use super::fetcher::Fetcher;
use super::hand;
use super::reach::Reach;
use super::site::{Hand, SiteFetcher};
use super::target::Target;

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
}

pub(super) async fn all(fetcher: &Fetcher) -> CanaryReport {
    let points = join_all(fetcher.settings().canaries.iter().map(|target| one(fetcher, target))).await;
    let good = points.iter().filter(|p| p.ok).count();
    let healthy = (!points.is_empty()).then_some(good * 2 >= points.len());
    CanaryReport { points, healthy }
}

async fn one(fetcher: &Fetcher, target: &str) -> CanaryPoint {
    let start = Instant::now();
    let failure = match target.contains("://") {
        true => http(fetcher, target).await,
        false => tcp(fetcher, target).await.err(),
    };
    CanaryPoint { target: target.to_owned(), ok: failure.is_none(), failure, ms: millis(start) }
}

/// Any HTTP answer counts, an error status too: the line carried it.
async fn http(fetcher: &Fetcher, url: &str) -> Option<Failure> {
    let mut site = SiteFetcher::new(fetcher.clone(), Reach::any(), CancellationToken::new());
    let fetch: Fetch = site.get(url, Purpose::Home, Hand::Pool).await;
    if fetch.hops.iter().any(|h| h.status.is_some()) { None } else { fetch.failure().cloned() }
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
