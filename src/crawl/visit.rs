//! One short visit to a home page: does it open, and after how long?

use tokio_util::sync::CancellationToken;

use crate::evidence::{Evidence, HopKind, Purpose, SiteProfile, Visit, facts};
use crate::fetch::{Fetcher, Hand, parse_address};

/// Hops a page makes by itself that are followed.
const CLIENT_HOPS: usize = 2;
/// Pages that only send visitors on are shorter than this, bytes. Longer ones are the page itself and are not read.
const DOORSTEP: usize = 4096;

/// Visits the home page once, as a visitor would: the registered address, followed to the page it leads to. The fetcher's
/// budget is meant to be [`crate::fetch::Budget::visit`].
pub async fn visit(profile: SiteProfile, fetcher: &Fetcher, cancel: &CancellationToken) -> Visit {
    let at = fetcher.clock().now();
    let begin = fetcher.clock().monotonic();
    let mut site = fetcher.site(&profile, cancel);
    let url = profile.url.clone();
    let mut evidence = Evidence::new(profile, "", 1, at);
    evidence.fetches.push(site.get(&url, Purpose::Home, Hand::First).await);
    for _ in 0..CLIENT_HOPS {
        let Some(next) = doorstep(&evidence) else { break };
        site.follow(&mut evidence.fetches[0], &next.0, next.1, Hand::First).await;
    }
    let spent = fetcher.clock().monotonic().saturating_sub(begin).saturating_sub(site.waited());
    Visit::of(&evidence.fetches[0], at, u32::try_from(spent.as_millis()).unwrap_or(u32::MAX))
}

/// Where the page sends its visitors on by itself, if it does nothing else.
fn doorstep(evidence: &Evidence) -> Option<(String, HopKind)> {
    let (200..=299, last) = evidence.fetches[0].answered()? else { return None };
    let body = last.body.as_ref().filter(|b| !b.bytes.is_empty() && b.bytes.len() < DOORSTEP)?;
    let looks_like_one =
        body.bytes.windows(8).any(|w| w.eq_ignore_ascii_case(b"location") || w.eq_ignore_ascii_case(b"http-equ"));
    if !looks_like_one {
        return None;
    }
    let hop = facts::page_of(evidence, 0).client_hop.clone()?;
    let there = parse_address(&hop.url)?;
    let visited = evidence.fetches[0].hops.iter().any(|h| parse_address(&h.url).as_ref() == Some(&there));
    let kind = if hop.meta { HopKind::MetaRefresh } else { HopKind::Script };
    (!visited).then_some((hop.url, kind))
}
