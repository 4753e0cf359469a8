//! Faults of single servers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Answer;
use crate::check::{NotApplicable, look};
use crate::evidence::{Authority, Cause, Direct, DnsStatus, Failure, Reason, ServerLook, SiteFacts};

/// Tries over UDP that must have stayed unanswered.
const SILENT: u8 = 3;

fn labels<'a>(servers: impl Iterator<Item = &'a ServerLook>) -> Vec<String> {
    servers.map(ServerLook::label).collect()
}

/// Servers the delegation leads visitors to.
fn delegated(authority: &Authority) -> impl Iterator<Item = &ServerLook> + Clone {
    authority.servers.iter().filter(|s| s.by_parent)
}

/// A server that this vantage never asks says nothing today and nothing tomorrow; one that was left out this time only
/// keeps a pass from being complete.
fn was_left_out(server: &ServerLook) -> bool {
    matches!(server.udp, Direct::NotAsked(cause) if !matches!(cause, Cause::NoRoute | Cause::DnsPrivateAddress))
}

/// A pass, unless a server was left out.
fn pass_of_all(authority: &Authority) -> Answer {
    match authority.servers.iter().find(|s| was_left_out(s)) {
        Some(server) => Answer::unknown(Reason::Budget, server.label()),
        None => Answer::Pass,
    }
}

fn is_own(failure: &Failure) -> bool {
    failure.cause.is_own_side()
}

/// Three datagrams without an answer. Malformed answers are answers, and our own trouble is ours.
fn is_silent(server: &ServerLook) -> bool {
    matches!(&server.udp, Direct::Failed(f) if f.cause == Cause::DnsTimeout && !is_own(f)) && server.lost >= SILENT
}

/// It answered, and not with the zone. A server failure between lost datagrams is a server under stress; one that speaks
/// for the zone over TCP did not give the answer over UDP itself.
fn is_lame(server: &ServerLook) -> bool {
    match server.udp {
        _ if server.works() => false,
        Direct::Lame | Direct::Refused | Direct::NoSuchName => true,
        Direct::ServerFailure => server.lost == 0,
        _ => false,
    }
}

pub(super) fn none_works(site: &SiteFacts<'_>, authority: &Authority) -> Answer {
    if authority.servers.iter().any(ServerLook::works) {
        return Answer::Pass;
    }
    let name = look::home_name(site);
    if name.is_none_or(|n| !n.addresses().is_empty()) {
        // Somebody resolves the name, so somebody answers: just not to us.
        return Answer::unknown(Reason::Dependency, "resolves");
    }
    let unknown = authority.servers.iter().find(|s| !is_lame(s) && !is_silent(s));
    if let Some(server) = unknown {
        return Answer::unknown(Reason::Dependency, server.label());
    }
    if let Some(host) = authority.hosts.iter().find(|h| matches!(h.said, DnsStatus::Failed(_))) {
        return Answer::unknown(Reason::Dependency, host.name.clone());
    }
    match authority.servers.is_empty() {
        true => Answer::fail("no_server_address", authority.parent.names.clone()),
        false => Answer::fail("no_server_works", labels(authority.servers.iter())),
    }
}

pub(super) fn lame(authority: &Authority) -> Answer {
    if !authority.servers.iter().any(ServerLook::works) {
        return Answer::unknown(Reason::Dependency, "no_server_works");
    }
    let found = labels(delegated(authority).filter(|s| is_lame(s)));
    if !found.is_empty() {
        return Answer::fail("lame", found);
    }
    let open = |s: &&ServerLook| !matches!(s.udp, Direct::Authoritative | Direct::NotAsked(_));
    match delegated(authority).find(open) {
        Some(server) => Answer::unknown(Reason::Dependency, server.label()),
        None => pass_of_all(authority),
    }
}

pub(super) fn silent(authority: &Authority) -> Answer {
    if !authority.servers.iter().any(|s| s.udp == Direct::Authoritative) {
        return Answer::unknown(Reason::Dependency, "no_server_works");
    }
    let found: Vec<&ServerLook> = delegated(authority).filter(|s| is_silent(s)).collect();
    if !found.is_empty() {
        let closed = found.iter().all(|s| s.tcp == Direct::Authoritative);
        return Answer::fail(if closed { "udp_closed" } else { "silent" }, labels(found.into_iter()));
    }
    match delegated(authority).find(|s| matches!(s.udp, Direct::Failed(_))) {
        Some(server) => Answer::unknown(Reason::Dependency, server.label()),
        None => pass_of_all(authority),
    }
}

/// Our own way out may close TCP towards name servers: some server must have answered over it.
pub(super) fn tcp_closed(authority: &Authority) -> Answer {
    let proven = authority.parent.tcp == Some(true)
        || authority.servers.iter().any(|s| matches!(s.tcp, Direct::Authoritative | Direct::Lame | Direct::Refused));
    let answering = || delegated(authority).filter(|s| s.udp == Direct::Authoritative);
    if answering().next().is_none() {
        return Answer::unknown(Reason::Dependency, "no_server_works");
    }
    let failed = |s: &&ServerLook| matches!(&s.tcp, Direct::Failed(f) if !is_own(f));
    let found = labels(answering().filter(failed));
    if !found.is_empty() {
        return if proven { Answer::fail("tcp_closed", found) } else { Answer::unknown(Reason::DnsLocal, "tcp") };
    }
    match answering().find(|s| matches!(s.tcp, Direct::Failed(_) | Direct::NotAsked(_))) {
        Some(server) => Answer::unknown(Reason::Budget, server.label()),
        None => pass_of_all(authority),
    }
}

/// Distinct addresses of one family.
fn addresses(authority: &Authority, v4: bool) -> BTreeSet<IpAddr> {
    delegated(authority).map(|s| s.address).filter(|a| a.is_ipv4() == v4).collect()
}

/// Every name of the delegation has an address here, so that none can hide behind a failed question.
fn is_complete(authority: &Authority) -> bool {
    authority.parent.names.iter().all(|n| authority.servers.iter().any(|s| s.name == *n))
}

pub(super) fn one_address(authority: &Authority) -> Answer {
    if authority.parent.names.len() < 2 {
        return Answer::Nothing(NotApplicable::Absent);
    }
    let (v4, v6) = (addresses(authority, true), addresses(authority, false));
    match (v4.len(), v6.len()) {
        _ if !is_complete(authority) => Answer::unknown(Reason::Dependency, "addresses"),
        (0, 0) => Answer::unknown(Reason::Dependency, "addresses"),
        (0 | 1, 0 | 1) => Answer::Fail {
            cause: "one_address",
            servers: authority.parent.names.clone(),
            values: v4.iter().chain(&v6).map(ToString::to_string).collect(),
        },
        _ => Answer::Pass,
    }
}

/// Judged over IPv4 alone: where a server has an IPv6 address too, its network is another, however near it stands.
pub(super) fn one_network(authority: &Authority) -> Answer {
    let (v4, v6) = (addresses(authority, true), addresses(authority, false));
    if v4.len() < 2 {
        return Answer::Nothing(NotApplicable::Absent);
    }
    if !is_complete(authority) {
        return Answer::unknown(Reason::Dependency, "addresses");
    }
    let networks: BTreeSet<String> = v4.iter().map(|a| network(*a)).collect();
    match networks.len() {
        1 if v6.is_empty() => Answer::Fail {
            cause: "one_network",
            servers: labels(delegated(authority)),
            values: networks.into_iter().collect(),
        },
        _ => Answer::Pass,
    }
}

/// The /24 around a v4 address: the smallest network that is announced to the world.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        v6 => v6.to_string(),
    }
}

/// Told by the parent's own glue: an address that only our resolver gave may be the view of an inner network. A vantage
/// that may contact such addresses stands in that network itself and cannot tell what the public is told.
pub(super) fn private(authority: &Authority) -> Answer {
    let inner: Vec<&ServerLook> = delegated(authority).filter(|s| look::is_private(s.address)).collect();
    let glued = |s: &ServerLook| authority.parent.glue.iter().any(|g| g.name == s.name && g.address == s.address);
    let barred = |s: &ServerLook| s.udp == Direct::NotAsked(Cause::DnsPrivateAddress);
    let found = labels(inner.iter().copied().filter(|s| glued(s) && barred(s)));
    if !found.is_empty() {
        return Answer::fail("private_server", found);
    }
    if inner.iter().any(|s| !barred(s)) {
        return Answer::Nothing(NotApplicable::NoSuchThing);
    }
    match (inner.first(), authority.servers.is_empty()) {
        (Some(server), _) => Answer::unknown(Reason::DnsLocal, server.label()),
        (None, true) => Answer::unknown(Reason::Dependency, "addresses"),
        (None, false) => Answer::Pass,
    }
}

pub(super) fn told(authority: &Authority, cause: &'static str, of: impl Fn(&ServerLook) -> Option<bool>) -> Answer {
    let found = labels(authority.servers.iter().filter(|s| of(s) == Some(true)));
    if !found.is_empty() {
        return Answer::fail(cause, found);
    }
    let working = || authority.servers.iter().filter(|s| s.udp == Direct::Authoritative);
    match working().find(|s| of(s).is_none()) {
        Some(server) => Answer::unknown(Reason::Dependency, server.label()),
        None if working().next().is_none() => Answer::unknown(Reason::Dependency, "no_server_works"),
        None => Answer::Pass,
    }
}

/// A version has digits; "none" and the like are what those say who hide it.
pub(super) fn version(authority: &Authority) -> Answer {
    let tells = |s: &ServerLook| s.version.as_ref().map(|v| v.bytes().any(|b| b.is_ascii_digit()));
    match told(authority, "version", tells) {
        Answer::Fail { cause, servers, .. } => {
            let shown =
                authority.servers.iter().filter(|s| tells(s) == Some(true)).filter_map(|s| s.version.as_deref());
            Answer::Fail { cause, servers, values: look::distinct(shown) }
        }
        other => other,
    }
}
