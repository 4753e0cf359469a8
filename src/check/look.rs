//! Readings of one site's evidence that several kinds share.

use std::collections::BTreeSet;
use std::net::IpAddr;

use url::{Host, Url};

use super::Location;
use crate::evidence::foul::{self, Sign};
use crate::evidence::page::{NeedKind, NumberMark, Place, Source, Standing, Where};
use crate::evidence::{
    Cause, Failure, HelloAnswer, Home, HopKind, NameLook, Offer, PageFacts, Purpose, Reason, SiteFacts, SiteProfile,
    Stage, Undetermined,
};

/// Lower case, no trailing dot.
pub(super) fn fold_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Host of an address in A-labels; brackets kept for IPv6.
pub(super) fn host_of(url: &Url) -> String {
    fold_host(url.host_str().unwrap_or_default())
}

pub(super) fn is_ip(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
}

/// The register's address, when it can be parsed at all.
pub(super) fn registered(site: &SiteFacts<'_>) -> Option<Url> {
    Url::parse(site.evidence.site.url.trim()).ok()
}

/// The register's host, the name all DNS questions about the site are about.
pub(super) fn home_host(site: &SiteFacts<'_>) -> String {
    let profile = &site.evidence.site;
    registered(site).map(|u| host_of(&u)).or_else(|| profile.hosts.first().cloned()).unwrap_or_default()
}

/// The DNS look at the register's host.
pub(super) fn home_name<'a>(site: &'a SiteFacts<'_>) -> Option<&'a NameLook> {
    site.evidence.name(&home_host(site))
}

/// The address a visitor was last sent to, whether or not it answered.
pub(super) fn landed(site: &SiteFacts<'_>) -> Option<Url> {
    Url::parse(&site.evidence.fetch(Purpose::Home)?.last().url).ok()
}

/// Whether the last hop of the home page was read from a redirect (a header or `<meta refresh>`). A jump read from a script
/// may hold for some visitors only, and is believed only where it was followed to a page.
pub(super) fn was_redirected(site: &SiteFacts<'_>) -> bool {
    site.evidence
        .fetch(Purpose::Home)
        .is_some_and(|f| f.hops.len() > 1 && matches!(f.last().kind, HopKind::Location | HopKind::MetaRefresh))
}

/// Whether `host` is the site's own: listed, a listed name with or without `www.`, or below a listed name. Names that other
/// sites of the register own are theirs.
pub(super) fn is_own(profile: &SiteProfile, host: &str) -> bool {
    let listed = |names: &[String]| names.iter().any(|n| bare(n) == bare(host));
    listed(&profile.hosts) || (!listed(&profile.neighbours) && profile.hosts.iter().any(|own| covers(own, host)))
}

/// As [`is_own`], or a name another site of the same register owns.
pub(super) fn is_known(profile: &SiteProfile, host: &str) -> bool {
    is_own(profile, host) || profile.neighbours.iter().any(|n| bare(n) == bare(host))
}

/// Whether a listed name speaks for `host`: the same but for `www.`, or `host` lies below it.
pub(super) fn covers(listed: &str, host: &str) -> bool {
    bare(host) == bare(listed) || host.strip_suffix(listed).is_some_and(|rest| rest.ends_with('.'))
}

/// A name without its `www.`.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// The home page, provided it is a page of this site: what stands on a page elsewhere is not this site's doing, and a notice in
/// its place has no marks to miss.
pub(super) fn own_page<'a>(site: &'a SiteFacts<'_>) -> Result<&'a PageFacts, Undetermined> {
    let page = any_own_page(site)?;
    match Standing::of(page) {
        standing if standing != Standing::Content && is_whole(site, page) => {
            Err(Undetermined::new(Reason::Placeholder, standing.key()))
        }
        _ => Ok(page),
    }
}

/// What the page under the site's own address stands for.
pub(super) fn standing<'a>(site: &'a SiteFacts<'_>) -> Result<(&'a PageFacts, Standing), Undetermined> {
    let page = any_own_page(site)?;
    match Standing::of(page) {
        Standing::Content => Ok((page, Standing::Content)),
        standing if is_whole(site, page) => Ok((page, standing)),
        _ => Err(site.undecided.first().cloned().unwrap_or_else(|| Undetermined::new(Reason::ScriptFooter, &page.url))),
    }
}

/// Nothing unread or read elsewhere could put more on the page than its own text.
pub(super) fn is_whole(site: &SiteFacts<'_>, page: &PageFacts) -> bool {
    site.undecided.is_empty()
        && page.frames.is_empty()
        && page.opaque.is_empty()
        && !page.builds
        && page.needs.iter().all(|n| n.kind == NeedKind::Script)
}

fn any_own_page<'a>(site: &'a SiteFacts<'_>) -> Result<&'a PageFacts, Undetermined> {
    let Home::Page(page) = &site.home else { return Err(site.home_missing()) };
    let url = landed(site).or_else(|| Url::parse(&page.url).ok());
    match url {
        Some(url) if !is_ip(&url) && !is_own(&site.evidence.site, &host_of(&url)) => {
            Err(Undetermined::new(Reason::OutOfReach, host_of(&url)))
        }
        _ => Ok(page),
    }
}

/// The signs of somebody else on the home page.
pub(super) fn signs_of(site: &SiteFacts<'_>, page: &PageFacts) -> BTreeSet<Sign> {
    let home = site.evidence.fetches.iter().rfind(|f| f.last().url == page.url && f.last().body.is_some());
    let source = home.and_then(|f| f.last().body.as_ref()).map_or(&[][..], |b| &b.bytes);
    foul::telltale(page, source)
}

/// Text of the footer; where none can be told apart, the end of the page.
pub(super) fn footer_text(page: &PageFacts) -> &str {
    if !page.footer.trim().is_empty() {
        return &page.footer;
    }
    let start = page.text.char_indices().rev().nth(599).map_or(0, |(at, _)| at);
    &page.text[start..]
}

/// Everything examined for marks, the home page first.
pub(super) fn examined(site: &SiteFacts<'_>, page: &PageFacts) -> Vec<String> {
    if site.examined.is_empty() { vec![page.url.clone()] } else { site.examined.clone() }
}

/// Where a mark stands.
pub(super) fn place(page: &PageFacts, place: &Place) -> Location {
    let url = match &place.source {
        Source::Page | Source::Rendered => &page.url,
        Source::Frame(url) | Source::Fragment(url) | Source::Script(url) => url,
    };
    let mut location = Location::at(url).quote(&place.excerpt);
    location.selector.clone_from(&place.selector);
    location
}

/// The visible numbers that speak for the page: those of the footer when it has any (elsewhere stand articles and friendly
/// links of other units), and text before picture texts and tool tips.
pub(super) fn speaking<'m>(site: &SiteFacts<'_>, marks: &'m [NumberMark]) -> Vec<&'m NumberMark> {
    let mut chosen: Vec<&NumberMark> = marks.iter().filter(|m| m.visible && is_settled(site, &m.place)).collect();
    for preferred in [|m: &NumberMark| m.in_footer, |m: &NumberMark| matches!(m.at, Where::Text | Where::Script)] {
        if chosen.iter().any(|m| preferred(m)) {
            chosen.retain(|m| preferred(m));
        }
    }
    chosen
}

/// Whether what stands there speaks for the site: a script's text does not while it is open what else the scripts write
/// (one script may hold the footers of many units), nor does what a browser shows before the page came to rest.
pub(super) fn is_settled(site: &SiteFacts<'_>, place: &Place) -> bool {
    site.undecided.is_empty() || !matches!(place.source, Source::Script(_) | Source::Rendered)
}

/// Texts without repetition, in their order.
pub(super) fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.iter().any(|s| s == text) {
            seen.push(text.to_owned());
        }
    }
    seen
}

/// What a failed look means for the question whether somebody answers there.
pub(super) enum Silence {
    /// A visitor's browser would fail too.
    Dead,
    Unknown(Undetermined),
}

/// Own-side causes, old or national cryptography and everything a browser would get over say nothing about the site.
pub(super) fn silence(failure: &Failure) -> Silence {
    use Cause::*;
    let unknown = |reason| Silence::Unknown(Undetermined::new(reason, failure.cause.key()));
    if failure.cause.is_own_side() || failure.stage == Stage::Own {
        return Silence::Unknown(Undetermined::from_failure(failure));
    }
    if failure.cause == TlsAlert && is_negotiation_alert(&failure.detail) {
        return unknown(Reason::LegacyTls);
    }
    if is_dead(failure.cause) {
        return Silence::Dead;
    }
    match failure.cause {
        // A resolver that refuses to answer us speaks of us, not of the name.
        DnsRefused => unknown(Reason::DnsLocal),
        _ => Silence::Unknown(Undetermined::from_failure(failure)),
    }
}

/// As [`silence`], for the end of the home page's handshake: what the server answered to questions by ClientHello decides
/// whether anybody can open it.
pub(super) fn heard(site: &SiteFacts<'_>, failure: &Failure) -> Silence {
    let hellos = &site.evidence.hellos;
    if failure.stage != Stage::Tls || hellos.is_empty() {
        return silence(failure);
    }
    let unknown = |reason| Silence::Unknown(Undetermined::new(reason, failure.cause.key()));
    if let Some(accepted) = hellos.iter().find_map(|h| h.answer.accepted()) {
        return unknown(if accepted.is_national() { Reason::NationalCrypto } else { Reason::LegacyTls });
    }
    let asked = |offer: Offer| hellos.iter().find(|h| h.offer == offer).map(|h| &h.answer);
    let deaf =
        |offer: Offer| asked(offer).is_some_and(|a| !matches!(a, HelloAnswer::Accepted(_) | HelloAnswer::Unasked(_)));
    let all_deaf = deaf(Offer::Old) && deaf(Offer::Tlcp);
    match silence(failure) {
        // Nobody who calls himself a client was let in: neither we, nor an old one, nor one of national cryptography, nor
        // one that speaks everything.
        Silence::Unknown(_)
            if is_negotiation_alert(&failure.detail)
                && all_deaf
                && asked(Offer::Tls13).is_some_and(HelloAnswer::is_refusal) =>
        {
            Silence::Dead
        }
        Silence::Dead if !all_deaf => Silence::Unknown(Undetermined::new(Reason::Budget, failure.cause.key())),
        otherwise => otherwise,
    }
}

/// Causes by which a visitor's browser would fail too.
pub(super) fn is_dead(cause: Cause) -> bool {
    use Cause::*;
    matches!(
        cause,
        DnsNoSuchName
            | DnsNoData
            | DnsServerFailure
            | DnsTimeout
            | DnsMalformed
            | DnsAliasLoop
            | TcpRefused
            | TcpReset
            | TcpTimeout
            | TcpUnreachable
            | TlsTimeout
            | TlsClosed
            | TlsReset
            | TlsAlert
            | TlsNotTls
            | TlsMalformed
            | HttpTimeoutHeaders
            | HttpTimeoutBody
            | HttpClosed
            | HttpMalformed
            | HttpBadEncoding
            | HttpRedirectLoop
            | HttpTooManyRedirects
            | HttpBadLocation
    )
}

/// Alerts by which a server says that it shares no version or cipher with us; a browser may still share one.
fn is_negotiation_alert(detail: &str) -> bool {
    let folded: String = detail.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ["handshakefailure", "protocolversion", "insufficientsecurity"].iter().any(|name| folded.contains(name))
}

/// What an error status means: gone or broken, or a refusal that may concern only us.
pub(super) fn status_silence(status: u16) -> Silence {
    let unknown = |reason| Silence::Unknown(Undetermined::new(reason, format!("http_{status}")));
    match status {
        404 | 410 | 500..=599 => Silence::Dead,
        401 | 407 => unknown(Reason::Login),
        429 => unknown(Reason::RateLimited),
        _ => unknown(Reason::Blocked),
    }
}

/// Not reachable from the public network: private, shared, loopback, link-local, unspecified, unique local.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => {
                let head = v6.segments()[0];
                v6.is_loopback() || v6.is_unspecified() || head & 0xfe00 == 0xfc00 || head & 0xffc0 == 0xfe80
            }
        },
    }
}
