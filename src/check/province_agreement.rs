//! Kind `province_agreement`: a mark of another province than the site code's. Lawful for some sites, so a hint at most.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{BadgeForm, NumberKind};
use crate::evidence::province::{Province, meant_of_icp};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.province_agreement]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvinceAgreement {
    pub mark: Marked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// Letter of the ICP number (蜀, 黔, 滇 and 陇 for 51, 52, 53 and 62).
    Icp,
    /// First two digits of the public-security number.
    Psb,
    /// Province number in the address of the 党政机关 mark's script.
    Conac,
}

impl Check for ProvinceAgreement {
    const FACTS: &'static [&'static str] = &["shown", "code"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(match self.mark {
            Marked::Icp => "icp",
            Marked::Psb => "psb",
            Marked::Conac => "conac",
        });
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let code = site.evidence.site.site_code.as_deref().unwrap_or_default();
        // Codes of ministries have no province.
        let Some(province) = Province::of(code) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        let numbers = |marks| {
            let speaking = look::speaking(site, marks).into_iter();
            speaking.filter(|m| m.kind == NumberKind::Filing && !m.normalised.is_empty()).collect::<Vec<_>>()
        };
        let values: Vec<(bool, String, Location)> = match self.mark {
            Marked::Icp => {
                let same = |n: &str| n.chars().next().map(|c| meant_of_icp(c).unwrap_or(c)) == Some(province.icp);
                let of = numbers(&site.marks.icp);
                of.iter().map(|m| (same(&m.normalised), m.shown.clone(), look::place(page, &m.place))).collect()
            }
            Marked::Psb => {
                let same = |n: &str| n.trim_start_matches(|c: char| !c.is_ascii_digit()).starts_with(province.code);
                let of = numbers(&site.marks.psb);
                of.iter().map(|m| (same(&m.normalised), m.shown.clone(), look::place(page, &m.place))).collect()
            }
            Marked::Conac => {
                let badges = site.marks.conac.iter().filter(|b| b.visible && b.form == BadgeForm::Script);
                let of = badges.filter_map(|b| Some((province_number(&b.href)?, b)));
                of.map(|(n, b)| (n == province.conac || n == CENTRAL, b.href.clone(), look::place(page, &b.place)))
                    .collect()
            }
        };
        let places =
            |agreeing: bool| Seen::all(values.iter().filter(|v| v.0 == agreeing).map(|v| v.2.clone()).collect());
        vec![if let Some(seen) = places(true) {
            Judgement::pass(subject, seen)
        } else if let Some(seen) = places(false) {
            let shown = Fact::List(look::distinct(values.iter().map(|v| v.1.as_str())));
            Judgement::fail(subject, seen, facts! { "shown" => shown, "code" => code })
        } else if let Some(why) = site.undecided.first() {
            Judgement::undetermined(subject, why.clone())
        } else {
            Judgement::not_applicable(subject, NotApplicable::Absent)
        }]
    }
}

/// The issuer's number for bodies of the central government.
const CENTRAL: &str = "33";

/// `27` of `//dcs.conac.cn/js/27/000/0000/…`.
fn province_number(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("dcs.conac.cn/js/")?;
    let (number, _) = rest.split_once('/')?;
    (number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}
