//! The register's row as it stood when the site was looked at, kept with the evidence so that judging needs nothing else.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Former;

/// Filed state of a site (政府网站报送系统的运行状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteStatus {
    /// 正常运行
    #[default]
    Running,
    /// 例行维护
    Maintenance,
    /// 临时下线
    Suspended,
    /// 申请关停
    Closing,
    /// 已关停
    Closed,
}

/// Portal of a government (政府门户网站) or site of a department (部门网站).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteClass {
    Portal,
    #[default]
    Department,
}

/// What kind of body runs a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitNature {
    /// 党政机关
    Organ,
    /// 承担行政职能的事业单位
    AdministrativeInstitution,
    /// 事业单位
    Institution,
    /// 企业
    Company,
}

impl UnitNature {
    /// Key in the label group `nature`.
    pub fn key(self) -> &'static str {
        match self {
            UnitNature::Organ => "organ",
            UnitNature::AdministrativeInstitution => "administrative_institution",
            UnitNature::Institution => "institution",
            UnitNature::Company => "company",
        }
    }
}

/// A unit's name as the register has it, with accepted other forms.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Operator {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// What the register says of one site.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SiteProfile {
    /// 网站标识码, or the office's own id.
    pub id: String,
    pub name: String,
    /// Address as written in the register, before any repair.
    pub url: String,
    pub class: SiteClass,
    pub status: SiteStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_since: Option<Date>,
    /// Last day the status is filed for: end of a suspension or of maintenance, of a closing notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_until: Option<Date>,
    /// First days of earlier suspensions (临时下线).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspended_before: Vec<Date>,
    /// 网站标识码 (10 digits or `bm` + 8 digits), when the site has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_code: Option<String>,
    /// 主办单位.
    pub sponsor: Operator,
    /// What kind of body the sponsor is, where the register says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<UnitNature>,
    /// Expected ICP filing number, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icp: Option<String>,
    /// Expected public-security filing number, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psb: Option<String>,
    /// All names the register lists for the site, its URL's host first, A-labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Names the register lists as idle (闲置域名), A-labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle: Vec<String>,
    /// Where the content of a closing or closed site went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated_to: Option<String>,
    /// Pages the site had while it was running.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
    /// Hosts that other sites of the same register own: a redirect there is known, not foreign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<String>,
}
