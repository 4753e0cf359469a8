//! Rule files as written, with the places of everything that is checked later.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, de};
use toml::Spanned;

use super::case::Case;
use super::{Confidence, RuleStatus, Severity};
use crate::check::CheckKind;
use crate::evidence::{SiteClass, SiteStatus, UnitNature};

/// `rules/<group>/<id>.toml`. All keys are optional here so that everything missing is reported together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub version: Option<Spanned<u32>>,
    pub status: Option<Spanned<RuleStatus>>,
    pub severity: Option<Spanned<RawSeverity>>,
    pub key_point: Option<Spanned<u8>>,
    pub family: Option<Spanned<String>>,
    pub title: Option<Spanned<String>>,
    pub problem: Option<Spanned<String>>,
    pub measure: Option<Spanned<String>>,
    pub successor: Option<Spanned<String>>,
    #[serde(default)]
    pub covers: Vec<Spanned<String>>,
    pub always_decided: Option<Spanned<String>>,
    #[serde(default)]
    pub references: Vec<Spanned<String>>,
    #[serde(default)]
    pub basis: Vec<Spanned<RawBasis>>,
    pub applies: Option<RawApplies>,
    pub confirm: Option<Spanned<RawConfirm>>,
    pub close: Option<Spanned<RawClose>>,
    pub deadline: Option<Spanned<RawDeadline>>,
    pub check: Option<Spanned<CheckKind>>,
    #[serde(default)]
    pub case: Vec<Spanned<Case>>,
}

/// `rules/overlays/<region>/<id>.toml`: what a province or city sets differently. `check` replaces the whole table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOverlay {
    pub status: Option<Spanned<RuleStatus>>,
    pub severity: Option<Spanned<RawSeverity>>,
    pub problem: Option<Spanned<String>>,
    pub measure: Option<Spanned<String>>,
    pub successor: Option<Spanned<String>>,
    pub confirm: Option<Spanned<RawConfirm>>,
    pub close: Option<Spanned<RawClose>>,
    pub deadline: Option<Spanned<RawDeadline>>,
    pub check: Option<Spanned<CheckKind>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBasis {
    pub source: Spanned<String>,
    #[serde(default)]
    pub clause: String,
    pub confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApplies {
    pub status: Option<Vec<RawSiteStatus>>,
    pub class: Option<Vec<RawSiteClass>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfirm {
    pub direct: Option<Spanned<bool>>,
    pub suspect: Option<Spanned<RawSuspect>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSuspect {
    pub failures: u32,
    #[serde(default)]
    pub spacing_hours: u32,
    #[serde(default)]
    pub span_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClose {
    pub passes: Spanned<u32>,
    pub days: Spanned<u32>,
    pub auto: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDeadline {
    pub working_days: Option<Spanned<u32>>,
    pub calendar_days: Option<Spanned<u32>>,
    pub hours: Option<Spanned<u32>>,
}

/// One entry of `rules/sources.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub document: Spanned<String>,
    #[serde(default)]
    pub number: String,
    pub effective_from: Option<Spanned<Day>>,
    pub effective_until: Option<Spanned<Day>>,
}

/// One entry of `rules/platforms.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlatform {
    pub name: Spanned<String>,
    pub basis: Spanned<String>,
    pub until: Spanned<Day>,
}

pub(super) type RawPlatforms = BTreeMap<Spanned<String>, RawPlatform>;

pub(super) type RawSources = BTreeMap<Spanned<String>, RawSource>;

/// Enums whose values are written in Chinese or as their English key.
macro_rules! words {
    ($raw:ident => $valid:ident { $($variant:ident: $word:literal $(| $alias:literal)+),+ $(,)? }) => {
        #[derive(Deserialize, Clone, Copy)]
        pub(super) enum $raw {
            $(#[serde(rename = $word, $(alias = $alias),+)] $variant,)+
        }

        impl From<$raw> for $valid {
            fn from(raw: $raw) -> Self {
                match raw { $($raw::$variant => $valid::$variant,)+ }
            }
        }
    };
}

words!(RawSeverity => Severity {
    Veto: "单项否决" | "veto",
    Serious: "严重" | "serious",
    General: "一般" | "general",
    Hint: "提示" | "hint",
});

words!(RawSiteStatus => SiteStatus {
    Running: "正常运行" | "running",
    Maintenance: "例行维护" | "maintenance",
    Suspended: "临时下线" | "suspended",
    Closing: "申请关停" | "closing",
    Closed: "已关停" | "closed",
});

words!(RawNature => UnitNature {
    Organ: "党政机关" | "organ",
    AdministrativeInstitution: "承担行政职能的事业单位" | "administrative_institution",
    Institution: "事业单位" | "institution",
    Company: "企业" | "company",
});

words!(RawSiteClass => SiteClass {
    Portal: "政府门户网站" | "门户" | "portal",
    Department: "部门网站" | "部门" | "department",
});

/// A calendar day, written as text (`"2020-05-08"`) or as a TOML date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct DayVisitor;
        const WRITTEN: &str = "日期应写作 \"2020-05-08\"，且为实有的日期";

        impl<'de> Visitor<'de> for DayVisitor {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
                text.parse().map(Day).map_err(|_| E::custom(WRITTEN))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Day, A::Error> {
                let at = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                let date = at.date.filter(|_| at.time.is_none()).ok_or_else(|| de::Error::custom(WRITTEN))?;
                let day = |n: u8| i8::try_from(n).map_err(|_| de::Error::custom(WRITTEN));
                let year = i16::try_from(date.year).map_err(|_| de::Error::custom(WRITTEN))?;
                Date::new(year, day(date.month)?, day(date.day)?).map(Day).map_err(|_| de::Error::custom(WRITTEN))
            }
        }

        d.deserialize_any(DayVisitor)
    }
}
