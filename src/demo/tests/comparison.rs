//! Planted against found.

use super::super::compare::Line;
use super::super::profile::Group;
use super::super::*;

fn planted(site: &str, expected: &[Expected]) -> Planted {
    let kind = if expected.is_empty() { Kind::LookAlike } else { Kind::Fault(Group::Filing) };
    Planted { site: site.into(), name: "某局".into(), profile: "p".into(), kind, expected: expected.to_vec() }
}

fn found(site: &str, rule: &str, stage: Stage) -> Found {
    Found { site: site.into(), rule: rule.into(), stage }
}

#[test]
fn hits_misses_false_rows_and_wrong_stages_are_told_apart() {
    let open = |rule| Expected { rule, stage: Stage::Open };
    let truth = [
        planted("a", &[open("icp-missing")]),
        planted("b", &[open("psb-missing")]),
        planted("c", &[Expected { rule: "error-status", stage: Stage::Suspected }]),
        planted("d", &[]),
        planted("e", &[Expected { rule: "no-https", stage: Stage::Hint }]),
    ];
    let result = compare(
        &truth,
        &[
            found("a", "icp-missing", Stage::Open),
            found("a", "icp-missing", Stage::Open),
            found("c", "error-status", Stage::Open),
            found("d", "conac-missing", Stage::Open),
            found("e", "no-ipv6", Stage::Hint),
            found("z", "icp-missing", Stage::Suspected),
        ],
        true,
    );
    let rules = |lines: &[Line]| lines.iter().map(|l| format!("{}:{}", l.site, l.rule)).collect::<Vec<_>>();
    assert_eq!(rules(&result.hits), ["a:icp-missing"]);
    assert_eq!(rules(&result.missed), ["b:psb-missing"]);
    assert_eq!(rules(&result.misplaced), ["c:error-status"]);
    assert_eq!(rules(&result.wrong), ["d:conac-missing", "z:icp-missing"]);
    assert_eq!((result.innocent, result.innocent_clean), (2, 1));
    assert!(!result.is_perfect());
    let text = result.text();
    assert!(text.contains("预设问题3个：命中1个，阶段不符1个，漏报1个；误报2个"), "{text}");
}

#[test]
fn a_patrol_that_finds_exactly_the_truth_is_perfect() {
    let plan = Plan::new(90, 11);
    let truth: Vec<Planted> = plan.expected(0).into_iter().map(|(id, expected)| planted(&id, &expected)).collect();
    let rows: Vec<Found> =
        truth.iter().flat_map(|p| p.expected.iter().map(|e| found(&p.site, e.rule, e.stage))).collect();
    let result = compare(&truth, &rows, true);
    assert!(result.is_perfect());
    assert_eq!(result.innocent_clean, result.innocent);
    assert!(result.text().contains("无误报"));
}

#[test]
fn a_suspicion_may_be_confirmed_by_later_patrols_but_a_measured_fault_may_not_be_doubted() {
    let truth = [
        planted("a", &[Expected { rule: "error-status", stage: Stage::Suspected }]),
        planted("b", &[Expected { rule: "icp-missing", stage: Stage::Open }]),
    ];
    let rows = [found("a", "error-status", Stage::Open), found("b", "icp-missing", Stage::Suspected)];
    let later = compare(&truth, &rows, false);
    assert_eq!((later.hits.len(), later.misplaced.len()), (1, 1));
    assert_eq!(compare(&truth, &rows, true).misplaced.len(), 2);
}
