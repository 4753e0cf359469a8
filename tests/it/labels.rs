//! Every key that can reach a reader has an official word.

use serde::de::DeserializeOwned;
use xunjian::check::{NotApplicable, SubjectKind};
use xunjian::evidence::{Cause, CertFault, Reason, ShortfallKind, SiteClass, SiteStatus, Stage as LookStage};
use xunjian::ledger::view::{Clockface, EvidenceState, Stage};
use xunjian::rule::{Confidence, RuleSet, RuleStatus, Severity};

/// The serde names of all variants, from the message that refuses an impossible one.
fn keys<T: DeserializeOwned>() -> Vec<String> {
    let refusal = serde_json::from_str::<T>("\"?\"").err().expect("no variant is named ?").to_string();
    let keys: Vec<String> = refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(keys.len() >= 2, "{refusal}");
    keys
}

#[test]
fn every_variant_of_every_shown_enum_has_a_word() {
    let set = RuleSet::embedded(&[]).unwrap();
    let groups = [
        ("cause", keys::<Cause>()),
        ("reason", keys::<Reason>()),
        ("fault", keys::<CertFault>()),
        ("shortfall", keys::<ShortfallKind>()),
        ("look_stage", keys::<LookStage>()),
        ("status", keys::<SiteStatus>()),
        ("class", keys::<SiteClass>()),
        ("stage", keys::<Stage>()),
        ("evidence_state", keys::<EvidenceState>()),
        ("clock", keys::<Clockface>()),
        ("severity", keys::<Severity>()),
        ("rule_status", keys::<RuleStatus>()),
        ("confidence", keys::<Confidence>()),
        ("not_applicable", keys::<NotApplicable>()),
        ("subject", keys::<SubjectKind>()),
        ("outcome", ["pass", "fail", "not_applicable", "undetermined", "error"].map(String::from).to_vec()),
        ("key_point", (1..=10).map(|n| n.to_string()).collect()),
        ("kind", xunjian::check::CheckKind::NAMES.iter().map(|n| (*n).to_owned()).collect()),
    ];
    let mut missing = Vec::new();
    for (group, keys) in groups {
        for key in keys {
            if set.labels.word(group, &key) == key {
                missing.push(format!("[{group}] {key}"));
            }
        }
    }
    assert!(missing.is_empty(), "words missing in rules/labels.toml:\n{}", missing.join("\n"));
}

#[test]
fn no_word_belongs_to_a_key_that_no_longer_exists() {
    let set = RuleSet::embedded(&[]).unwrap();
    for (group, known) in [("cause", keys::<Cause>()), ("reason", keys::<Reason>()), ("fault", keys::<CertFault>())] {
        for key in set.labels.0[group].keys() {
            assert!(known.contains(key), "[{group}] {key}");
        }
    }
}
