//! Kind `mark_link`: where a displayed filing number leads.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{LinkGrade, NumberKind, NumberMark};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.mark_link]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkLink {
    pub element: Filing,
    /// The grades this rule objects to. The best link of the page counts, so of several rules over one mark only one fails.
    pub grades: Vec<LinkKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filing {
    Icp,
    Psb,
}

/// Names of [`LinkGrade`] in rule files, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    Right,
    NoCode,
    Retired,
    CodeDiffers,
    WrongService,
    WrongHost,
    Dead,
    None,
}

impl LinkKind {
    fn of(grade: LinkGrade) -> Self {
        match grade {
            LinkGrade::Right => LinkKind::Right,
            LinkGrade::NoCode => LinkKind::NoCode,
            LinkGrade::Retired => LinkKind::Retired,
            LinkGrade::CodeDiffers => LinkKind::CodeDiffers,
            LinkGrade::WrongService => LinkKind::WrongService,
            LinkGrade::WrongHost => LinkKind::WrongHost,
            LinkGrade::Dead => LinkKind::Dead,
            LinkGrade::None => LinkKind::None,
        }
    }

    /// Key in the label group `link_grade`.
    fn key(self) -> &'static str {
        match self {
            LinkKind::Right => "right",
            LinkKind::NoCode => "no_code",
            LinkKind::Retired => "retired",
            LinkKind::CodeDiffers => "code_differs",
            LinkKind::WrongService => "wrong_service",
            LinkKind::WrongHost => "wrong_host",
            LinkKind::Dead => "dead",
            LinkKind::None => "none",
        }
    }
}

impl Check for MarkLink {
    const FACTS: &'static [&'static str] = &["number", "href", "grade"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let (key, marks) = match self.element {
            Filing::Icp => ("icp", &site.marks.icp),
            Filing::Psb => ("psb", &site.marks.psb),
        };
        let subject = Subject::element(key);
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let grade = |m: &NumberMark| LinkKind::of(m.link.grade);
        let best = look::speaking(site, marks)
            .into_iter()
            .filter(|m| matches!(m.kind, NumberKind::Filing | NumberKind::Legacy))
            .min_by_key(|m| grade(m));
        vec![match (best, site.undecided.first()) {
            (None, Some(why)) => Judgement::undetermined(subject, why.clone()),
            (None, None) => Judgement::not_applicable(subject, NotApplicable::Absent),
            (Some(mark), _) => {
                let seen = Seen::one(look::place(page, &mark.place));
                if self.grades.contains(&grade(mark)) {
                    let href = match mark.link.href.as_str() {
                        "" => Fact::label("value", "absent"),
                        href => Fact::from(href),
                    };
                    Judgement::fail(
                        subject,
                        seen,
                        facts! {
                            "number" => mark.shown.as_str(),
                            "href" => href,
                            "grade" => Fact::label("link_grade", grade(mark).key()),
                        },
                    )
                } else {
                    Judgement::pass(subject, seen)
                }
            }
        }]
    }
}
