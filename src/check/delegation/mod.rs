//! Kind `delegation`: what the parent and the zone's own servers said, fault by fault.
//!
//! A zone belongs to the site that stands at its name; other sites of the register inside it are not blamed for it.
//! Nothing is concluded about a server that was not asked, and nothing at all where the parent could not be asked: then it
//! is the vantage that is blind. Start reading at [`Fault`].

mod servers;
mod signing;
mod spf;
mod zone;

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Authority, Needs, ParentSaid, Reason, SiteFacts, Undetermined, ZoneLook};
use crate::facts;

/// Parameters of `[check.delegation]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    pub fault: Fault,
}

/// The faults, each with the Zonemaster cases it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The parent knows no such zone (BASIC01).
    NotDelegated,
    /// No server of the delegation works (BASIC02).
    NoWorkingServer,
    /// A server of the delegation does not speak for the zone (DELEGATION04).
    LameServer,
    /// A server of the delegation does not answer over UDP (CONNECTIVITY01).
    SilentServer,
    /// A server answers over UDP only (CONNECTIVITY02).
    TcpClosed,
    /// Several server names, one address (DELEGATION02).
    OneAddress,
    /// All addresses in one network (CONNECTIVITY04).
    OneNetwork,
    /// The name of a server is an alias (DELEGATION05).
    AliasServer,
    /// The name of a server has no address (NAMESERVER06).
    UnresolvableServer,
    /// Parent and zone name different servers, or the servers do among themselves (DELEGATION07, CONSISTENCY04).
    ServerSets,
    /// The parent's glue is not what the zone says (CONSISTENCY05).
    StaleGlue,
    /// No SOA record, or several (DELEGATION06, ZONE10).
    SoaCount,
    /// Servers hold different versions of the zone (CONSISTENCY01, CONSISTENCY06).
    ZoneVersions,
    /// The master of the SOA record is an alias (ZONE07).
    AliasMaster,
    /// Servers at addresses the public cannot reach (ADDRESS01).
    PrivateServer,
    /// A server looks up foreign names for strangers (NAMESERVER01).
    OpenRecursion,
    /// A server hands the zone to strangers (NAMESERVER03).
    OpenTransfer,
    /// A server tells its version (NAMESERVER15).
    VersionShown,
    /// The SPF policy cannot be read, or there are several (ZONE11).
    Spf,
    /// The chain of trust is broken (DNSSEC02, DNSSEC07, DNSSEC09).
    BrokenSigning,
    /// Signed, but the parent holds no DS record (DNSSEC07).
    UnlinkedSigning,
}

/// What one fault comes to.
enum Answer {
    Pass,
    /// Why, of which servers, with which values.
    Fail {
        cause: &'static str,
        servers: Vec<String>,
        values: Vec<String>,
    },
    Unknown(Undetermined),
    Nothing(NotApplicable),
}

impl Answer {
    fn unknown(reason: Reason, detail: impl Into<String>) -> Answer {
        Answer::Unknown(Undetermined::new(reason, detail))
    }

    fn fail(cause: &'static str, servers: Vec<String>) -> Answer {
        Answer::Fail { cause, servers, values: Vec::new() }
    }
}

impl Check for Delegation {
    const FACTS: &'static [&'static str] = &["zone", "parent", "cause", "servers", "values"];

    fn needs(&self) -> Needs {
        Needs { zone: true, authority: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let holds = |z: &&ZoneLook| is_within(&host, &z.zone);
        let found = site.evidence.zones.iter().filter(holds).max_by_key(|z| z.zone.len());
        let Some(zone) = found else {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, host))];
        };
        let Some(authority) = zone.authority.as_deref() else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NotAsked)];
        };
        if is_anothers(site, &host, &zone.zone) {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        }
        let seen = Seen::one(Location::at(format!("dns:{}", zone.zone)).quote(&quoted(authority)));
        vec![match self.answer(site, zone, authority) {
            // Where the resolver did not name the zone, another than the site's own may have been looked at: what is wrong
            // there is, what is right says nothing.
            Answer::Pass if zone.name_servers().is_empty() => {
                Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, "zone"))
            }
            Answer::Pass => Judgement::pass(subject, seen),
            Answer::Unknown(why) => Judgement::undetermined(subject, why),
            Answer::Nothing(why) => Judgement::not_applicable(subject, why),
            Answer::Fail { cause, servers, values } => {
                let facts = facts! {
                    "zone" => zone.zone.as_str(),
                    "parent" => if authority.parent.zone.is_empty() { "." } else { authority.parent.zone.as_str() },
                    "cause" => Fact::label("dns_fault", cause),
                    "servers" => Fact::List(servers),
                    "values" => Fact::List(values),
                };
                Judgement::fail(subject, seen, facts)
            }
        }]
    }
}

impl Delegation {
    fn answer(&self, site: &SiteFacts<'_>, zone: &ZoneLook, authority: &Authority) -> Answer {
        match &authority.parent.said {
            ParentSaid::Failed(failure) => return Answer::Unknown(Undetermined::from_failure(failure)),
            ParentSaid::NoSuchName | ParentSaid::NoDelegation if self.fault != Fault::NotDelegated => {
                return Answer::unknown(Reason::Dependency, "not_delegated");
            }
            _ => {}
        }
        match self.fault {
            Fault::NotDelegated => zone::not_delegated(site, zone, authority),
            Fault::NoWorkingServer => servers::none_works(site, authority),
            Fault::LameServer => servers::lame(authority),
            Fault::SilentServer => servers::silent(authority),
            Fault::TcpClosed => servers::tcp_closed(authority),
            Fault::OneAddress => servers::one_address(authority),
            Fault::OneNetwork => servers::one_network(authority),
            Fault::AliasServer => zone::alias_server(authority),
            Fault::UnresolvableServer => zone::unresolvable_server(authority),
            Fault::ServerSets => zone::server_sets(authority),
            Fault::StaleGlue => zone::stale_glue(zone, authority),
            Fault::SoaCount => zone::soa_count(authority),
            Fault::ZoneVersions => zone::versions(authority),
            Fault::AliasMaster => zone::alias_master(authority),
            Fault::PrivateServer => servers::private(authority),
            Fault::OpenRecursion => servers::told(authority, "recursion", |s| s.recursive),
            Fault::OpenTransfer => servers::told(authority, "transfer", |s| s.transfers),
            Fault::VersionShown => servers::version(authority),
            Fault::Spf => spf::policy(authority),
            Fault::BrokenSigning => signing::broken(authority, site.evidence.clock_off),
            Fault::UnlinkedSigning => signing::unlinked(authority),
        }
    }
}

/// Whether `name` is `zone` or lies below it.
pub(super) fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether another site of the register stands at the zone's own name.
fn is_anothers(site: &SiteFacts<'_>, host: &str, zone: &str) -> bool {
    look::bare(host) != zone && site.evidence.site.neighbours.iter().any(|n| look::bare(n) == zone)
}

/// Who was asked, for the record.
fn quoted(authority: &Authority) -> String {
    let parents = authority.parent.asked.iter().cloned();
    parents.chain(authority.servers.iter().map(|s| s.label())).collect::<Vec<_>>().join(" ")
}
