//! Kind `badge_form`: a badge that is there, but not as its issuer hands it out.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{Badge, BadgeForm as Form};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.badge_form]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadgeForm {
    pub element: BadgeElement,
    pub fault: BadgeFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeElement {
    Conac,
    Jiucuo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeFault {
    /// Only a picture, class name or words, without script, link or handler.
    PictureOnly,
    /// Leads to an address the service no longer uses.
    RetiredHost,
}

impl Check for BadgeForm {
    const FACTS: &'static [&'static str] = &["element", "address"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let (key, badges) = match self.element {
            BadgeElement::Conac => ("conac", &site.marks.conac),
            BadgeElement::Jiucuo => ("jiucuo", &site.marks.jiucuo),
        };
        let subject = Subject::element(key);
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let concerned: Vec<&Badge> = badges
            .iter()
            .filter(|b| b.visible && b.form != Form::Comment)
            .filter(|b| self.fault != BadgeFault::RetiredHost || b.form != Form::PictureOnly)
            .collect();
        // One good badge is enough: pages carry one for desktops and one for phones.
        let good = concerned.iter().find(|b| !self.is_bad(b));
        vec![match (good, concerned.first(), site.undecided.first()) {
            (Some(badge), ..) => Judgement::pass(subject, Seen::one(look::place(page, &badge.place))),
            (None, _, Some(why)) if concerned.is_empty() || self.fault == BadgeFault::PictureOnly => {
                Judgement::undetermined(subject, why.clone())
            }
            (None, None, _) => Judgement::not_applicable(subject, NotApplicable::Absent),
            (None, Some(badge), _) => {
                let address = match badge.href.as_str() {
                    "" => Fact::label("value", "absent"),
                    href => Fact::from(href),
                };
                let facts = facts! { "element" => Fact::label("element", key), "address" => address };
                Judgement::fail(subject, Seen::one(look::place(page, &badge.place)), facts)
            }
        }]
    }
}

impl BadgeForm {
    fn is_bad(&self, badge: &Badge) -> bool {
        match self.fault {
            BadgeFault::PictureOnly => badge.form == Form::PictureOnly && badge.code.is_empty(),
            BadgeFault::RetiredHost => badge.retired_host,
        }
    }
}
