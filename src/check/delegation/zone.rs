//! Faults of the zone as a whole.

use std::collections::BTreeSet;

use super::{Answer, is_within};
use crate::check::{NotApplicable, look};
use crate::evidence::{Authority, DnsStatus, ParentSaid, Reason, ServerLook, SiteFacts, ZoneLook};

/// Only where nobody resolves the name: a resolver that does knows more than its parent shows us.
pub(super) fn not_delegated(site: &SiteFacts<'_>, zone: &ZoneLook, authority: &Authority) -> Answer {
    let cause = match authority.parent.said {
        ParentSaid::NoSuchName => "no_such_zone",
        ParentSaid::NoDelegation => "no_delegation",
        _ => return Answer::Pass,
    };
    let resolves = look::home_name(site).is_none_or(|n| !n.addresses().is_empty() || !n.aliases().is_empty());
    match resolves || !zone.name_servers().is_empty() {
        true => Answer::unknown(Reason::Dependency, "resolves"),
        false => Answer::fail(cause, authority.parent.asked.clone()),
    }
}

/// Servers that spoke for the zone.
fn speaking(authority: &Authority) -> impl Iterator<Item = &ServerLook> + Clone {
    authority.servers.iter().filter(|s| s.works())
}

fn no_server() -> Answer {
    Answer::unknown(Reason::Dependency, "no_server_works")
}

pub(super) fn alias_server(authority: &Authority) -> Answer {
    let found = authority.hosts.iter().filter_map(|h| Some((h, h.alias.as_ref()?)));
    let (servers, values): (Vec<String>, Vec<String>) = found.map(|(h, a)| (h.name.clone(), a.clone())).unzip();
    match servers.is_empty() {
        false => Answer::Fail { cause: "alias_server", servers, values },
        true => hosts_known(authority),
    }
}

/// A pass when every server's name was asked for with success.
fn hosts_known(authority: &Authority) -> Answer {
    match authority.hosts.iter().find(|h| matches!(h.said, DnsStatus::Failed(_))) {
        Some(host) => Answer::unknown(Reason::Dependency, host.name.clone()),
        None if authority.hosts.is_empty() => Answer::unknown(Reason::Dependency, "addresses"),
        None => Answer::Pass,
    }
}

pub(super) fn unresolvable_server(authority: &Authority) -> Answer {
    let gone = |said: &DnsStatus| matches!(said, DnsStatus::NoData | DnsStatus::NoSuchName);
    let found: Vec<String> = authority.hosts.iter().filter(|h| gone(&h.said)).map(|h| h.name.clone()).collect();
    match found.is_empty() {
        false => Answer::fail("unresolvable_server", found),
        true => hosts_known(authority),
    }
}

pub(super) fn server_sets(authority: &Authority) -> Answer {
    let sets: Vec<(&ServerLook, &Vec<String>)> =
        speaking(authority).filter_map(|s| Some((s, s.ns.as_ref()?))).collect();
    let Some((_, first)) = sets.first() else { return no_server() };
    let union: BTreeSet<&String> = sets.iter().flat_map(|(_, names)| names.iter()).collect();
    if sets.iter().any(|(_, names)| names != first) {
        let servers = sets.iter().map(|(s, _)| s.label()).collect();
        let common = |n: &&&String| !sets.iter().all(|(_, names)| names.contains(n));
        let values = union.iter().filter(common).map(|n| (**n).clone()).collect();
        return Answer::Fail { cause: "servers_disagree", servers, values };
    }
    if authority.parent.said == ParentSaid::Delegates {
        let parent: BTreeSet<&String> = authority.parent.names.iter().collect();
        let values: Vec<String> = parent.symmetric_difference(&union).map(|n| (**n).clone()).collect();
        if !values.is_empty() {
            let servers = authority.parent.names.clone();
            return Answer::Fail { cause: "parent_differs", servers, values };
        }
    }
    Answer::Pass
}

pub(super) fn stale_glue(zone: &ZoneLook, authority: &Authority) -> Answer {
    let mut values = Vec::new();
    let mut compared = false;
    // Of its own servers the zone itself speaks; of others only our resolver did.
    let inside = |name: &str| is_within(name, &zone.zone);
    let delegates = authority.parent.said == ParentSaid::Delegates;
    for glue in authority.parent.glue.iter().filter(|g| delegates && inside(&g.name)) {
        let Some(host) = authority.hosts.iter().find(|h| h.name == glue.name) else { continue };
        match host.said {
            DnsStatus::Failed(_) => return Answer::unknown(Reason::Dependency, host.name.clone()),
            _ => compared = true,
        }
        if !host.addresses.contains(&glue.address) {
            values.push(format!("{}/{}", glue.name, glue.address));
        }
    }
    match (values.is_empty(), compared) {
        (false, _) => {
            let servers = look::distinct(values.iter().filter_map(|v| v.split('/').next()));
            Answer::Fail { cause: "stale_glue", servers, values }
        }
        (true, true) => Answer::Pass,
        // Servers outside the zone need no glue.
        (true, false) if !delegates || !authority.parent.glue.iter().any(|g| inside(&g.name)) => {
            Answer::Nothing(NotApplicable::NoSuchThing)
        }
        (true, false) => no_server(),
    }
}

pub(super) fn soa_count(authority: &Authority) -> Answer {
    let of = |wrong: fn(usize) -> bool| -> Vec<String> {
        let read = |s: &&ServerLook| s.soa.as_ref().is_some_and(|soa| wrong(soa.len()));
        speaking(authority).filter(read).map(ServerLook::label).collect()
    };
    let (none, many) = (of(|n| n == 0), of(|n| n > 1));
    if !none.is_empty() {
        Answer::fail("no_soa", none)
    } else if !many.is_empty() {
        Answer::fail("several_soa", many)
    } else if let Some(server) = speaking(authority).find(|s| s.soa.is_none()) {
        Answer::unknown(Reason::Dependency, server.label())
    } else if speaking(authority).next().is_none() {
        no_server()
    } else {
        Answer::Pass
    }
}

pub(super) fn versions(authority: &Authority) -> Answer {
    let read: Vec<(&ServerLook, u32, &str)> = speaking(authority)
        .filter_map(|s| Some((s, s.soa.as_deref()?.first()?)))
        .map(|(s, soa)| (s, soa.serial, soa.master.as_str()))
        .collect();
    let Some((_, serial, master)) = read.first() else { return no_server() };
    let told = |of: &dyn Fn(u32, &str) -> String| -> Answer {
        let values = read.iter().map(|(s, serial, master)| format!("{} {}", s.label(), of(*serial, master))).collect();
        Answer::Fail {
            cause: if read.iter().any(|r| r.2 != *master) { "masters_differ" } else { "serials_differ" },
            servers: read.iter().map(|(s, ..)| s.label()).collect(),
            values,
        }
    };
    if read.iter().any(|r| r.2 != *master) {
        told(&|_, master| master.to_owned())
    } else if read.iter().any(|r| r.1 != *serial) {
        told(&|serial, _| serial.to_string())
    } else {
        Answer::Pass
    }
}

pub(super) fn alias_master(authority: &Authority) -> Answer {
    match authority.master_alias.as_deref() {
        None => Answer::unknown(Reason::Dependency, "master"),
        Some("") => Answer::Pass,
        Some(target) => {
            let master = speaking(authority).find_map(|s| s.soa.as_deref()?.first()).map(|s| s.master.clone());
            let values = vec![target.to_owned()];
            Answer::Fail { cause: "alias_master", servers: master.into_iter().collect(), values }
        }
    }
}
