//! Kind `code_agreement`: the site codes on one page must be one and the same.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, NotApplicable, Seen, Subject, look};
use crate::evidence::page::{CodeMark, CodeOrigin};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.code_agreement]`: none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeAgreement {}

impl Check for CodeAgreement {
    const FACTS: &'static [&'static str] = &["printed", "meta", "jiucuo"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element("site_code");
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let codes: Vec<&CodeMark> = site
            .marks
            .codes
            .iter()
            .filter(|c| {
                c.well_formed && (c.visible || c.origin == CodeOrigin::Meta) && look::is_settled(site, &c.place)
            })
            .collect();
        let folded = |c: &CodeMark| c.shown.trim().to_ascii_lowercase();
        let Some(seen) = Seen::all(codes.iter().map(|c| look::place(page, &c.place)).collect()) else {
            return vec![match site.undecided.first() {
                Some(why) => Judgement::undetermined(subject, why.clone()),
                None => Judgement::not_applicable(subject, NotApplicable::Absent),
            }];
        };
        if codes.iter().all(|c| folded(c) == folded(codes[0])) {
            return vec![Judgement::pass(subject, seen)];
        }
        let of = |origin| {
            let values = look::distinct(codes.iter().filter(|c| c.origin == origin).map(|c| c.shown.trim()));
            if values.is_empty() { Fact::label("value", "unmarked") } else { Fact::List(values) }
        };
        let facts = facts! {
            "printed" => of(CodeOrigin::Printed),
            "meta" => of(CodeOrigin::Meta),
            "jiucuo" => of(CodeOrigin::Jiucuo),
        };
        vec![Judgement::fail(subject, seen, facts)]
    }
}
