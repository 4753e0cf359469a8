//! The city as its servers see it: the plan, the day, and who answers under which name.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Span;
use jiff::civil::Date;

use super::manner::{Dns, Manner, Tls};
use super::names::CITY_ZONE;
use super::pki::Pki;
use super::plan::{Plan, Role, Site};
use crate::clock::Clock;

/// Zone of the reference points that prove the line.
const CANARY_ZONE: &str = "demo.test";
/// Zone of the platform aliases point into.
const PLATFORM_ZONE: &str = "yunling-platform.cn";

/// Addresses of the city on this machine.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where sites are served; at least one.
    pub pool: Vec<Ipv4Addr>,
    /// Where both ports are taken and nothing listens.
    pub deserted: IpAddr,
    /// Where only plain HTTP listens.
    pub plain_only: IpAddr,
    pub https: u16,
    pub http: u16,
}

/// Who answers under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerer {
    Site(usize, Role),
    Canary,
    NameServer,
}

/// What the name server knows of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    Address(IpAddr),
    Addresses(Vec<IpAddr>),
    /// An alias and what it leads to.
    Alias(String, Option<IpAddr>),
    /// The name exists without an address.
    Empty,
    NoSuchName,
    ServerFailure,
}

/// Bodies by site and path.
type Bodies = HashMap<(usize, String), Arc<[u8]>>;

/// Shared by all servers of a city.
pub struct World {
    pub plan: Plan,
    pub pki: Pki,
    pub addresses: Addresses,
    first_day: Date,
    day: AtomicU32,
    canaries_down: AtomicBool,
    names: HashMap<String, Answerer>,
    zones: HashSet<String>,
    lone_zones: HashSet<String>,
    /// Sites that have failed once today already.
    failed_once: Mutex<HashSet<usize>>,
    /// Compressed bodies of today by site and path.
    pub(super) bodies: Mutex<Bodies>,
    /// The clock of whoever visits the city.
    pub(super) clock: OnceLock<Clock>,
}

impl World {
    pub fn new(plan: Plan, pki: Pki, addresses: Addresses, first_day: Date) -> Self {
        let mut names = HashMap::new();
        let mut zones: HashSet<String> =
            ["cn", "gov.cn", "com", "test", CITY_ZONE, CANARY_ZONE, PLATFORM_ZONE].map(str::to_owned).into();
        let mut lone_zones = HashSet::new();
        for host in canaries() {
            names.insert(host, Answerer::Canary);
        }
        for host in name_servers() {
            names.insert(host, Answerer::NameServer);
        }
        for site in &plan.sites {
            for (host, role) in site.hosts() {
                names.insert(host.to_owned(), Answerer::Site(site.index, role));
                if host.parse::<IpAddr>().is_err()
                    && let Some((_, zone)) = host.split_once('.')
                {
                    zones.insert(zone.to_owned());
                    if plan.manner(site, 0).single_ns {
                        lone_zones.insert(zone.to_owned());
                    }
                }
            }
        }
        World {
            plan,
            pki,
            addresses,
            first_day,
            day: AtomicU32::new(0),
            canaries_down: AtomicBool::new(false),
            names,
            zones,
            lone_zones,
            failed_once: Mutex::default(),
            bodies: Mutex::default(),
            clock: OnceLock::new(),
        }
    }

    /// The day printed on news.
    pub fn today(&self) -> Date {
        self.first_day.saturating_add(Span::new().days(i64::from(self.day())))
    }

    pub fn day(&self) -> u32 {
        self.day.load(Ordering::SeqCst)
    }

    /// Moves to `day`; what fails once a day will fail once again.
    pub fn set_day(&self, day: u32) {
        self.day.store(day, Ordering::SeqCst);
        self.failed_once.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn spoil_canaries(&self, down: bool) {
        self.canaries_down.store(down, Ordering::SeqCst);
    }

    pub fn canaries_down(&self) -> bool {
        self.canaries_down.load(Ordering::SeqCst)
    }

    /// Who answers under `host` (lower case).
    pub fn answerer(&self, host: &str) -> Option<Answerer> {
        self.names.get(host).copied()
    }

    pub fn site(&self, index: usize) -> &Site {
        &self.plan.sites[index]
    }

    /// How a site behaves today.
    pub fn manner(&self, index: usize) -> Manner {
        self.plan.manner(&self.plan.sites[index], self.day())
    }

    /// True the first time it is asked for a site on a day.
    pub fn fails_now(&self, index: usize) -> bool {
        self.failed_once.lock().unwrap_or_else(PoisonError::into_inner).insert(index)
    }

    /// Whether this is one of the hours in which `site` hangs up: `bad_hours` of any 168 in a row.
    pub fn hangs_up(&self, site: &Site, bad_hours: u32) -> bool {
        let Some(clock) = self.clock.get() else { return false };
        let hour = clock.now().as_second().div_euclid(3600).unsigned_abs();
        // 85 and 168 have no common divisor, so every residue comes up once a week.
        (hour * 85 + site.seed % 168) % 168 < u64::from(bad_hours)
    }

    /// What to do with a TLS client that asks for `host`.
    pub fn tls(&self, host: &str) -> Tls {
        let Some(Answerer::Site(index, Role::Home)) = self.answerer(host) else { return Tls::Good };
        match self.manner(index).tls {
            Tls::ResetOnce => match self.fails_now(index) {
                true => Tls::Reset,
                false => Tls::Good,
            },
            tls => tls,
        }
    }

    /// Where a site is served.
    pub fn address(&self, index: usize) -> IpAddr {
        self.addresses.pool[index % self.addresses.pool.len()].into()
    }

    /// Looks up `name` (lower case, no trailing dot).
    pub fn resolve(&self, name: &str) -> Resolved {
        let first = || IpAddr::from(self.addresses.pool[0]);
        let (index, role) = match self.answerer(name) {
            Some(Answerer::Site(index, role)) => (index, role),
            Some(Answerer::Canary) if self.canaries_down() => return Resolved::ServerFailure,
            Some(Answerer::Canary | Answerer::NameServer) => return Resolved::Address(first()),
            None if self.zones.contains(name) => return Resolved::Empty,
            None => return self.platform_name(name),
        };
        let manner = self.manner(index);
        let served = Resolved::Address(self.address(index));
        match role {
            Role::Home => match manner.dns {
                Dns::Served => served,
                Dns::Deserted => Resolved::Address(self.addresses.deserted),
                Dns::PlainOnly => Resolved::Address(self.addresses.plain_only),
                Dns::Mixed => {
                    let private = Ipv4Addr::new(10, 61, 99, (1 + index % 250) as u8);
                    Resolved::Addresses(vec![self.site(index).public_address().into(), private.into()])
                }
                Dns::Public => Resolved::Address(self.site(index).public_address().into()),
                Dns::NoSuchName => Resolved::NoSuchName,
                Dns::ServerFailure => Resolved::ServerFailure,
                Dns::Alias => Resolved::Alias(format!("site{index}.{PLATFORM_ZONE}"), Some(self.address(index))),
                Dns::DanglingAlias => Resolved::Alias(format!("left{index}.{PLATFORM_ZONE}"), None),
            },
            Role::Idle if !manner.idle_alive => Resolved::NoSuchName,
            Role::Successor if !manner.successor_alive => Resolved::NoSuchName,
            Role::Idle | Role::Successor | Role::Listed | Role::Forward | Role::Moved | Role::Stray => served,
        }
    }

    /// Targets of aliases: `siteN.` exists as long as the site does.
    fn platform_name(&self, name: &str) -> Resolved {
        let index =
            name.strip_suffix(PLATFORM_ZONE).and_then(|n| n.strip_prefix("site")?.strip_suffix('.')?.parse().ok());
        match index {
            Some(index) if index < self.plan.sites.len() => Resolved::Address(self.address(index)),
            _ => Resolved::NoSuchName,
        }
    }

    /// The zone `name` lives in; empty for the root.
    pub fn zone_of<'n>(&self, name: &'n str) -> &'n str {
        let mut rest = name;
        loop {
            if rest.is_empty() || self.zones.contains(rest) {
                return rest;
            }
            rest = rest.split_once('.').map_or("", |(_, parent)| parent);
        }
    }

    /// Name servers of a zone cut; empty when `zone` is none.
    pub fn delegation(&self, zone: &str) -> Vec<String> {
        if !self.zones.contains(zone) {
            return Vec::new();
        }
        let mut servers = name_servers().to_vec();
        if self.lone_zones.contains(zone) {
            servers.truncate(1);
        }
        servers
    }
}

/// Hosts that answer whenever the line is up.
pub fn canaries() -> [String; 3] {
    ["canary1", "canary2", "canary3"].map(|label| format!("{label}.{CANARY_ZONE}"))
}

/// The name servers of every zone.
pub fn name_servers() -> [String; 2] {
    [format!("ns1.{CITY_ZONE}"), format!("ns2.{CITY_ZONE}")]
}
