mod badge;
mod icp;
mod link;
mod psb;
mod text;
mod whole;

use super::super::dom;
use super::super::types::*;
use super::find;

/// Marks of a piece of HTML served by a site of the tests.
fn read(html: &str) -> Marks {
    let walked = dom::walk_fragment(html);
    find(&walked.flow, "https://www.test.gov.cn/zwgk/", &walked.metas)
}

/// `normalised` or, where there is none, what is displayed, with kind and grade.
fn brief(marks: &[NumberMark]) -> Vec<(String, NumberKind, Grade)> {
    let name = |m: &NumberMark| if m.normalised.is_empty() { m.shown.clone() } else { m.normalised.clone() };
    marks.iter().map(|m| (name(m), m.kind, m.grade)).collect()
}
