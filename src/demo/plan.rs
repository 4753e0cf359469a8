//! The plan of a city: units, sites, what is planted where, and how it changes by the day. Pure: same options, same plan.

use std::net::Ipv4Addr;

use super::manner::{
    Conac, Encoding, Entry, Extra, Footer, Inner, Jiucuo, Manner, Mark, PageManner, Placed, Report, Squatter,
};
use super::names::{self, CITY, CITY_REGION, CITY_ZONE, OFFICES};
use super::profile::{Expected, Group, Kind, Profile};
use super::profiles::psb_link;
use super::rng::Rng;
use crate::evidence::{SiteClass, SiteStatus};
use crate::register::UnitLevel;

/// Port of the sites on a nonstandard port, as their addresses show it.
pub const ODD_PORT: u16 = 8443;

/// Purposes of random streams; each draws for itself.
const DEAL: u64 = 1;
const SITE: u64 = 2;
const LIFE: u64 = 3;

/// A unit of the register; every site has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub level: UnitLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

/// What a host of a site is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The registered address.
    Home,
    /// A further name the register lists.
    Listed,
    /// One that sends visitors on to the registered address.
    Forward,
    /// A name the register does not list, serving the site's page.
    Moved,
    Idle,
    /// Where a closed site went, outside the register.
    Successor,
    /// Somebody else's site.
    Stray,
}

/// Numbers a site really has; what it shows and what the register says may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub icp: String,
    /// 14 digits.
    pub psb: String,
    pub code: String,
}

/// One site: the register's row and the profile acted out on the first day.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub index: usize,
    /// Seed of everything drawn for this site.
    pub seed: u64,
    pub id: String,
    pub name: String,
    /// Index into [`Plan::units`].
    pub unit: usize,
    /// The unit's name, and another accepted form of it.
    pub sponsor: String,
    pub alias: Option<String>,
    /// Area the site belongs to, e.g. 云岭市 or 青禾县.
    pub area: String,
    pub scheme: Scheme,
    pub host: String,
    /// Shown in the address; `None` is the scheme's own.
    pub port: Option<u16>,
    /// First label of the ordinary host name, and the zone below which it lives.
    pub label: String,
    pub zone: String,
    pub class: SiteClass,
    pub status: SiteStatus,
    /// How many days before the city's first day the status was filed.
    pub status_days: Option<u16>,
    /// Last day the status is filed for, counted from the city's first day.
    pub until_days: Option<i32>,
    /// How many days before the city's first day the site was suspended once already.
    pub suspended_days: Option<u16>,
    pub own: Own,
    pub row_icp: Option<String>,
    pub row_psb: Option<String>,
    pub row_code: Option<String>,
    pub domains: Vec<String>,
    pub idle: Vec<String>,
    pub migrated_to: Option<String>,
    /// The register names pages the site once had.
    pub former: bool,
    /// These pages are on the successor now.
    pub migrated: bool,
    /// The register calls the unit an institution (事业单位).
    pub institution: bool,
    /// The register's dial map leads to the site: its address is nobody's on this machine.
    pub dialled: bool,
    /// Hosts beside the registered one.
    pub others: Vec<(String, Role)>,
    pub profile: &'static Profile,
}

impl Site {
    /// An address of the range for benchmarking (RFC 2544), which nobody has; public to whoever does not know the range.
    pub fn public_address(&self) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, (self.index / 250 % 250) as u8, (1 + self.index % 250) as u8)
    }

    /// Adds `prefix-label.zone`.
    pub(super) fn add_host(&mut self, prefix: &str, role: Role) {
        self.others.push((format!("{prefix}-{}.{}", self.label, self.zone), role));
    }

    /// The host of this role; the registered one when there is none.
    pub(super) fn other(&self, role: Role) -> &str {
        self.others.iter().find(|(_, r)| *r == role).map_or(&self.host, |(host, _)| host)
    }

    /// The registered address.
    pub fn url(&self) -> String {
        let scheme = if self.scheme == Scheme::Https { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{}:{port}/", self.host),
            None => format!("{scheme}://{}/", self.host),
        }
    }

    /// Every host with its role, the registered one first.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, Role)> {
        std::iter::once((self.host.as_str(), Role::Home)).chain(self.others.iter().map(|(h, r)| (h.as_str(), *r)))
    }
}

/// What a site is doing on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// As on the first day.
    Planted,
    /// The planted fault is repaired.
    Mended,
    /// A sound site has caught this fault.
    Caught(&'static Profile),
}

/// A whole city.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub seed: u64,
    pub units: Vec<Unit>,
    pub sites: Vec<Site>,
}

impl Plan {
    /// A city of `sites` sites. One third healthy, one third with a planted fault, one third look-alikes.
    pub fn new(sites: usize, seed: u64) -> Self {
        Plan::dealt(sites, seed, &Deck::new(seed))
    }

    /// A city in which the sites take `cast` in turn; as a whole city where `cast` is empty.
    pub fn cast(sites: usize, seed: u64, cast: &[&'static Profile]) -> Self {
        if cast.is_empty() {
            return Plan::new(sites, seed);
        }
        let (healthy, faults, alikes) = (cast.to_vec(), Vec::new(), Vec::new());
        Plan::dealt(sites, seed, &Deck { healthy, faults, alikes })
    }

    fn dealt(sites: usize, seed: u64, deck: &Deck) -> Self {
        let mut plan = Plan { seed, units: Vec::with_capacity(sites), sites: Vec::with_capacity(sites) };
        for index in 0..sites {
            let seat = Seat::of(index);
            let profile = deck.deal(index);
            let (unit, site) = seat.take(index, seed, profile);
            plan.units.push(unit);
            plan.sites.push(site);
        }
        plan
    }

    /// What `site` is doing on `day` (first day: 0).
    pub fn phase(&self, site: &Site, day: u32) -> Phase {
        let mut rng = Rng::stream(self.seed, LIFE, site.index as u64);
        let lot = rng.below(20);
        let turn = 1 + rng.below(6) as u32;
        match site.profile.kind {
            Kind::Fault(_) if site.profile.mended.is_some() => match lot {
                // Repaired for good.
                0..=7 if day >= turn => Phase::Mended,
                // Repaired, and broken again three days later.
                8..=9 if day >= turn && day < turn + 3 => Phase::Mended,
                // Comes and goes.
                10..=11 if day % 2 == 1 => Phase::Mended,
                _ => Phase::Planted,
            },
            Kind::Healthy if site.index > 0 && site.profile.row.is_none() && lot == 0 && day > turn => {
                let faults = Profile::catching();
                Phase::Caught(faults[rng.below(faults.len())])
            }
            _ => Phase::Planted,
        }
    }

    /// How `site` behaves on `day`.
    pub fn manner(&self, site: &Site, day: u32) -> Manner {
        let mut manner = sound(site);
        match self.phase(site, day) {
            Phase::Planted => (site.profile.act)(&mut manner, site),
            Phase::Mended => {
                if let Some(act) = site.profile.mended {
                    act(&mut manner, site);
                }
            }
            Phase::Caught(fault) => {
                (site.profile.act)(&mut manner, site);
                (fault.act)(&mut manner, site);
            }
        }
        manner
    }

    /// What a right inspector finds on `day`, site by site, in register order. Complete for rows; hints are not complete.
    pub fn expected(&self, day: u32) -> Vec<(String, Vec<Expected>)> {
        let truth = |site: &Site| match self.phase(site, day) {
            Phase::Planted => site.profile.expected_on(day).to_vec(),
            Phase::Mended => Vec::new(),
            Phase::Caught(fault) => fault.expected_on(day).to_vec(),
        };
        self.sites.iter().map(|site| (site.id.clone(), truth(site))).collect()
    }
}

/// Profiles in the order in which this seed deals them.
struct Deck {
    healthy: Vec<&'static Profile>,
    faults: Vec<&'static Profile>,
    alikes: Vec<&'static Profile>,
}

impl Deck {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, DEAL, 0);
        let mut shuffled = |kind| {
            let mut profiles = Profile::of(kind);
            rng.shuffle(&mut profiles);
            profiles
        };
        let healthy = shuffled(Kind::Healthy);
        let alikes = shuffled(Kind::LookAlike);
        let mut groups: Vec<_> = Group::ALL.iter().map(|g| shuffled(Kind::Fault(*g)).into_iter()).collect();
        let mut faults = Vec::new();
        while groups.iter().any(|g| g.len() > 0) {
            faults.extend(groups.iter_mut().filter_map(Iterator::next));
        }
        Deck { healthy, faults, alikes }
    }

    /// Each third cycles through all its profiles. The city's portal stays sound: closed sites lead there.
    fn deal(&self, index: usize) -> &'static Profile {
        if self.faults.is_empty() {
            return self.healthy[index % self.healthy.len()];
        }
        if index == 0 {
            return Profile::named("ok-static").unwrap_or(self.healthy[0]);
        }
        let turn = index / 3;
        match index % 3 {
            0 => self.healthy[(turn - 1) % self.healthy.len()],
            1 => self.faults[turn % self.faults.len()],
            _ => self.alikes[turn % self.alikes.len()],
        }
    }
}

/// A place in the city's administration.
enum Seat {
    City,
    CityOffice(usize),
    County(usize),
    CountyOffice(usize, usize),
}

impl Seat {
    /// The portal first, then departments and counties in turn; county departments once the first counties have portals.
    fn of(index: usize) -> Seat {
        let offices = OFFICES.len();
        if index == 0 {
            return Seat::City;
        }
        if index % 2 == 1 && index / 2 < offices {
            return Seat::CityOffice(index / 2);
        }
        let k = if index <= 2 * offices { index / 2 - 1 } else { index - 1 - offices };
        const COUNTIES: usize = 12;
        let block = COUNTIES * (1 + offices);
        let (base, rest) = (k / block * COUNTIES, k % block);
        if rest < COUNTIES {
            Seat::County(base + rest)
        } else {
            Seat::CountyOffice(base + rest % COUNTIES, rest / COUNTIES - 1)
        }
    }

    fn take(self, index: usize, seed: u64, profile: &'static Profile) -> (Unit, Site) {
        let (area, zone, region, level, office) = match self {
            Seat::City => (CITY.to_owned(), CITY_ZONE.to_owned(), CITY_REGION, UnitLevel::Municipal, None),
            Seat::CityOffice(o) => {
                (CITY.to_owned(), CITY_ZONE.to_owned(), CITY_REGION, UnitLevel::Municipal, Some((o, &OFFICES[o])))
            }
            Seat::County(c) | Seat::CountyOffice(c, _) => {
                let (name, zone) = names::county(c);
                let office = if let Seat::CountyOffice(_, o) = self { Some((o, &OFFICES[o])) } else { None };
                (name, zone, names::county_region(c), UnitLevel::County, office)
            }
        };
        let (sponsor, alias, label, class, serial) = match office {
            Some((o, office)) => {
                let short: String = office.name.chars().filter(|c| *c != '和').collect();
                let alias = (short != office.name).then(|| format!("{area}{short}"));
                let alias =
                    alias.unwrap_or_else(|| format!("{}{}", area.trim_end_matches(['市', '县', '区']), office.name));
                (format!("{area}{}", office.name), alias, office.label, SiteClass::Department, o + 2)
            }
            None => (format!("{area}人民政府"), format!("{area}人民政府办公室"), "www", SiteClass::Portal, 1),
        };
        let code = format!("{region:06}{serial:04}");
        let own = Own {
            icp: format!("陕ICP备{:02}9{:05}号-1", 5 + index % 14, index % 100_000),
            psb: format!("61990002{:06}", 1 + index % 900_000),
            code: code.clone(),
        };
        let unit = Unit { id: format!("u{index:05}"), name: sponsor.clone(), aliases: vec![alias.clone()], level };
        let mut site = Site {
            index,
            seed: Rng::stream(seed, SITE, index as u64).next(),
            id: code.clone(),
            name: sponsor.clone(),
            unit: index,
            sponsor,
            alias: Some(alias),
            area,
            scheme: Scheme::Https,
            host: format!("{label}.{zone}"),
            port: None,
            label: label.to_owned(),
            zone,
            class,
            status: SiteStatus::Running,
            status_days: None,
            until_days: None,
            suspended_days: None,
            row_icp: Some(own.icp.clone()),
            row_psb: Some(format!("陕公网安备{}号", own.psb)),
            row_code: Some(code),
            own,
            domains: Vec::new(),
            idle: Vec::new(),
            migrated_to: None,
            former: false,
            migrated: false,
            institution: false,
            dialled: false,
            others: Vec::new(),
            profile,
        };
        if let Some(row) = profile.row {
            row(&mut site);
        }
        (unit, site)
    }
}

/// A site with nothing wrong, in one of many real outfits.
fn sound(site: &Site) -> Manner {
    let mut rng = Rng::new(site.seed);
    let shown = match rng.below(4) {
        0 => format!("陕公网安备{}号", site.own.psb),
        _ => format!("陕公网安备 {}号", site.own.psb),
    };
    let miit =
        ["https://beian.miit.gov.cn/", "https://beian.miit.gov.cn", "https://beian.miit.gov.cn/#/Integrated/index"];
    let footer = Footer {
        icp: Some(Mark { shown: site.own.icp.clone(), href: Some((*rng.pick(&miit)).to_owned()) }),
        psb: Some(Mark { shown, href: Some(psb_link(&site.own.psb)) }),
        code: Some(site.own.code.clone()),
        conac: *rng.pick(&[Conac::Unescape, Conac::Script, Conac::Link]),
        jiucuo: *rng.pick(&[Jiucuo::Script, Jiucuo::Link]),
        jiucuo_code: site.own.code.clone(),
        sponsor: Some(site.sponsor.clone()),
        contact: true,
        sitemap: true,
        comment: None,
        split: false,
        spaced: false,
    };
    Manner {
        dns: Default::default(),
        tls: Default::default(),
        web: Default::default(),
        delay_ms: 0,
        lag_ms: 0,
        bad_hours: 0,
        plain_open: rng.chance(20),
        robots_closed: false,
        soft_404: false,
        single_ns: false,
        idle_alive: false,
        squatter: Squatter::Nobody,
        successor_alive: false,
        page: PageManner {
            footer,
            label_code: Some(site.own.code.clone()),
            encoding: Encoding::Utf8,
            gzip: rng.chance(70),
            entry: Entry::Direct,
            placed: Placed::Page,
            grey: rng.chance(10),
            exit_notice: rng.chance(25),
            device_traces: false,
            foreign_number: false,
            closing_news: false,
            stale: false,
            pause_banner: false,
            inner: Inner::Same,
            extra: Extra::None,
            report: Report::Named,
            claims_ipv6: false,
            second_icp: None,
        },
    }
}
