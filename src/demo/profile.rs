//! What a profile is: a kind of site, how it differs from a healthy one, and what a right inspector must say of it.

use serde::Serialize;

use super::manner::{Dns, Manner};
use super::plan::Site;
use super::profiles::PROFILES;

/// How an expected answer reaches the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 待整改 in the first patrol.
    Open,
    /// 疑似: listed, but waiting for more visits or a person.
    Suspected,
    /// Recorded as 提示, never a row. Expected hints are not complete.
    Hint,
}

/// One answer a right inspector gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Expected {
    pub rule: &'static str,
    pub stage: Stage,
}

pub(super) const fn open(rule: &'static str) -> Expected {
    Expected { rule, stage: Stage::Open }
}
pub(super) const fn suspected(rule: &'static str) -> Expected {
    Expected { rule, stage: Stage::Suspected }
}
pub(super) const fn hint(rule: &'static str) -> Expected {
    Expected { rule, stage: Stage::Hint }
}

/// The third of the city a profile belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Healthy,
    Fault(Group),
    /// Looks wrong, is not: no row.
    LookAlike,
}

/// Which requirement a planted fault breaks; faults are dealt out group by group, so that a small city has some of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Filing,
    Identity,
    Domain,
    Liveness,
    Closed,
    Tls,
    Link,
    Security,
}

impl Group {
    pub const ALL: [Group; 8] = [
        Group::Filing,
        Group::Closed,
        Group::Link,
        Group::Security,
        Group::Tls,
        Group::Identity,
        Group::Liveness,
        Group::Domain,
    ];
}

/// How a site behaves; starts from a healthy [`Manner`].
pub type Act = fn(&mut Manner, &Site);
/// How the register's row differs from an ordinary one.
pub type Row = fn(&mut Site);

/// One profile of the table in `profiles.rs`.
#[derive(Debug)]
pub struct Profile {
    pub name: &'static str,
    pub kind: Kind,
    pub expected: &'static [Expected],
    /// From these days on (first day: 0, in order) another truth holds, because time itself changes it.
    pub later: &'static [(u32, &'static [Expected])],
    pub act: Act,
    /// `None`: the row is an ordinary one, and any site can take this profile on another day.
    pub row: Option<Row>,
    /// What the site does once the fault is repaired; `None` when only the register could be changed.
    pub mended: Option<Act>,
}

fn as_it_is(_: &mut Manner, _: &Site) {}
fn gone(manner: &mut Manner, _: &Site) {
    manner.dns = Dns::NoSuchName;
}

impl Profile {
    const fn new(name: &'static str, kind: Kind, expected: &'static [Expected], act: Act) -> Self {
        Profile { name, kind, expected, later: &[], act, row: None, mended: None }
    }
    pub(super) const fn healthy(name: &'static str, act: Act) -> Self {
        Profile::new(name, Kind::Healthy, &[], act)
    }
    pub(super) const fn alike(name: &'static str, act: Act) -> Self {
        Profile::new(name, Kind::LookAlike, &[], act)
    }
    /// A fault that a repair of the site itself ends.
    pub(super) const fn fault(name: &'static str, group: Group, expected: &'static [Expected], act: Act) -> Self {
        let mut profile = Profile::new(name, Kind::Fault(group), expected, act);
        profile.mended = Some(as_it_is);
        profile
    }
    pub(super) const fn hints(mut self, expected: &'static [Expected]) -> Self {
        self.expected = expected;
        self
    }
    pub(super) const fn row(mut self, row: Row) -> Self {
        self.row = Some(row);
        self
    }
    /// Cannot be repaired without changing the register.
    pub(super) const fn lasting(mut self) -> Self {
        self.mended = None;
        self
    }
    /// Repaired by taking the name out of DNS.
    pub(super) const fn ends_by_leaving(mut self) -> Self {
        self.mended = Some(gone);
        self
    }
    pub(super) const fn mended_by(mut self, act: Act) -> Self {
        self.mended = Some(act);
        self
    }
    pub(super) const fn later(mut self, later: &'static [(u32, &'static [Expected])]) -> Self {
        self.later = later;
        self
    }

    /// What must be found on `day` while the profile is acted out.
    pub fn expected_on(&self, day: u32) -> &'static [Expected] {
        self.later.iter().rev().find(|(from, _)| day >= *from).map_or(self.expected, |(_, expected)| expected)
    }

    pub fn named(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|p| p.name == name)
    }

    /// Profiles of one third.
    pub fn of(kind: Kind) -> Vec<&'static Profile> {
        PROFILES.iter().filter(|p| p.kind == kind).collect()
    }

    /// Faults an ordinary running site can catch on a later day.
    pub fn catching() -> Vec<&'static Profile> {
        PROFILES.iter().filter(|p| matches!(p.kind, Kind::Fault(_)) && p.row.is_none() && p.mended.is_some()).collect()
    }
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
