//! Official words of the register's closed lists, each with the English form that is accepted too.

use crate::evidence::{SiteClass, SiteStatus, UnitNature};

use super::UnitLevel;

pub(super) const STATUS: &[(&str, &str, SiteStatus)] = &[
    ("正常运行", "running", SiteStatus::Running),
    ("例行维护", "maintenance", SiteStatus::Maintenance),
    ("临时下线", "suspended", SiteStatus::Suspended),
    ("申请关停", "closing", SiteStatus::Closing),
    ("已关停", "closed", SiteStatus::Closed),
];

pub(super) const CLASS: &[(&str, &str, SiteClass)] =
    &[("门户", "portal", SiteClass::Portal), ("部门", "department", SiteClass::Department)];

pub(super) const LEVEL: &[(&str, &str, UnitLevel)] =
    &[("市级部门", "municipal", UnitLevel::Municipal), ("县市区", "county", UnitLevel::County)];

pub(super) const NATURE: &[(&str, &str, UnitNature)] = &[
    ("党政机关", "organ", UnitNature::Organ),
    ("承担行政职能的事业单位", "administrative_institution", UnitNature::AdministrativeInstitution),
    ("事业单位", "institution", UnitNature::Institution),
    ("企业", "company", UnitNature::Company),
];
