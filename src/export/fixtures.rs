//! Views for the tests of this module.

use jiff::Timestamp;

use crate::check::Location;
use crate::ledger::view::{Clockface, EvidenceState, ProblemView, Source, Stage};
use crate::rule::{Labels, Severity};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub(super) fn labels() -> Labels {
    Labels(toml::from_str(include_str!("../../rules/labels.toml")).expect("labels.toml"))
}

/// Problem `n` of a municipal department: 待整改, due 2020-07-31.
pub(super) fn problem(n: u32) -> ProblemView {
    ProblemView {
        number: format!("610800-2020-{n:05}"),
        id: format!("01J9ZPROBLEM{n:05}"),
        site: format!("61080000{n:02}"),
        site_name: format!("榆林市第{n}局网站"),
        site_url: format!("https://dept{n}.example.gov.cn/"),
        unit: format!("榆林市第{n}局"),
        unit_id: format!("unit-{n}"),
        unit_level: "municipal".to_owned(),
        rule: "icp-missing".to_owned(),
        rule_title: "首页未标注ICP备案编号".to_owned(),
        severity: Severity::General,
        key_point: 3,
        stage: Stage::Open,
        text: format!("2020年5月6日02:13检查https://dept{n}.example.gov.cn/，首页底部未标注ICP备案编号。"),
        measure: "立即在全部页面底部标注ICP备案编号并链接至备案管理系统，举一反三，全面自查。".to_owned(),
        basis: "《政府网站发展指引》（国办发〔2017〕47号）".to_owned(),
        locations: vec![Location::at(format!("https://dept{n}.example.gov.cn/")).quote("版权所有 榆林市")],
        first_seen: at("2020-05-05T18:13:00Z"),
        last_seen: at("2020-05-11T18:13:00Z"),
        last_checked: at("2020-05-11T18:13:00Z"),
        source: Source::Patrol,
        measure_confirmed: true,
        assignee: None,
        issued_at: None,
        batch: None,
        taken_at: None,
        promised: None,
        claimed_at: None,
        ground: None,
        dismissed_until: None,
        original_due: None,
        extended: 0,
        attachments: Vec::new(),
        evidence_state: EvidenceState::StillThere,
        flapping: false,
        undetermined: None,
        opened_at: Some(at("2020-05-05T18:30:00Z")),
        due: Some(at("2020-07-31T16:00:00Z")),
        due_provisional: false,
        clock: Clockface::Normal,
        closed_at: None,
        reopened: 0,
        returned: 0,
        evidence: vec!["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()],
    }
}

/// Every tag closes in order and every character and entity is one XML 1.0 allows; enough for the XML this module writes.
pub(super) fn is_well_formed(document: &str) -> bool {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !document.chars().all(allowed) {
        return false;
    }
    let Some(mut rest) = document.strip_prefix("<?xml ").and_then(|r| r.split_once("?>")).map(|(_, r)| r) else {
        return false;
    };
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    while let Some((text, tail)) = rest.split_once('<') {
        let Some((tag, tail)) = tail.split_once('>') else { return false };
        if !entities_are_known(text) || (open.is_empty() && !text.trim().is_empty()) || tag.contains('<') {
            return false;
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else {
            let body = tag.strip_suffix('/').unwrap_or(tag);
            let (name, attributes) = body.split_once(' ').unwrap_or((body, ""));
            let quotes = attributes.matches('"').count();
            if name.is_empty() || quotes % 2 == 1 || !entities_are_known(attributes) {
                return false;
            }
            roots += usize::from(open.is_empty());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = tail;
    }
    roots == 1 && open.is_empty() && rest.trim().is_empty()
}

fn entities_are_known(text: &str) -> bool {
    text.split('&').skip(1).all(|after| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|e| after.starts_with(e)))
}
