//! Behaviour of judging and of agreement.

use std::collections::HashSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::judge::contained;
use super::*;
use crate::check::{Judgement, NotApplicable, Outcome, Subject};
use crate::evidence::{
    Cause, Evidence, Failure, Fetch, Hop, HopKind, Purpose, Reason, SiteClass, SiteFacts, SiteProfile, SiteStatus,
    Stage, Undetermined,
};
use crate::register::Exemption;
use crate::rule::{Rule, RuleSet, RuleStatus, Severity};

/// Ids are never renamed or reused: other parts of the program, documents and ledgers name them.
const IDS: &str = "
    accessibility-missing article-label-missing bare-ip-address chinese-name-form closed-name-resolving
    closed-notice-overdue closed-notice-without-target closed-placeholder closed-rebuilding closed-redirect-astray
    closed-still-serving closed-without-filing closing-overdue column-label-missing conac-missing conac-picture-only
    conac-province-differs contact-missing content-unmigrated copied-template dangling-alias dead-attachment
    dead-external-link dead-home-link dead-internal-link dead-successor department-name-form
    disclosure-report-missing dnssec-broken dnssec-unlinked error-report-missing error-report-retired error-status
    expired-certificate expiring-certificate expiring-certificate-14 expiring-certificate-3 expiring-certificate-7
    failed-handshake false-ipv6-claim hidden-foreign-link home-stale hsts-missing icp-link-missing icp-link-retired
    icp-link-wrong icp-malformed icp-mismatch icp-missing icp-province-differs idle-name-resolving
    idle-name-taken-over incomplete-chain indexed-content-missing inner-mark-differs inner-mark-missing
    inspection-blocked
    institution-on-gov-name lame-name-server leaked-id-number leaked-mobile-numbers licence-shown
    listed-nonstandard-suffix maintenance-overdue misordered-chain mixed-active-content mixed-form-target
    mixed-passive-content moved-without-filing name-server-is-alias name-server-open-recursion
    name-server-private-address name-server-sets-differ name-server-tcp-closed name-server-unresolvable
    name-server-version-shown name-servers-one-address name-servers-one-network name-without-main
    national-crypto-offered national-crypto-only no-https no-ipv6 nonstandard-port nonstandard-suffix
    not-yet-valid-certificate offline-without-filing old-suites-only old-tls-offered old-tls-only outside-system
    placeholder-home plain-http-open portal-name-form private-address psb-link-missing psb-link-retired
    psb-link-wrong psb-malformed psb-mismatch psb-missing psb-province-conflict psb-province-differs
    publish-date-label-malformed rebuilding-without-filing reposted-articles self-signed-certificate several-names
    silent-name-server single-name-server site-code-conflict site-code-malformed site-code-mismatch site-code-missing
    site-domain-label-differs site-label-missing site-name-label-differs site-outage site-unavailable
    site-unavailable-provisional sitemap-missing spf-malformed sponsor-mismatch sponsor-missing stale-glue
    suspended-still-serving suspension-again suspension-overdue tampered-home-page unfiled-on-cloud unlisted-name
    unreachable-server unregistered-name unresolvable-name unsafe-renegotiation untrusted-certificate
    weak-certificate weak-dh-group weak-suites-offered wrong-host-certificate yearly-report-missing
    zone-master-is-alias zone-not-delegated zone-soa-count zone-transfer-open zone-versions-differ
    zone-without-working-server";

fn rules() -> RuleSet {
    RuleSet::embedded(&[]).unwrap_or_else(|e| panic!("{e}"))
}

/// A look at a site whose name does not exist.
fn gone(status: SiteStatus) -> Evidence {
    let url = "https://www.test.gov.cn/".to_owned();
    let profile = SiteProfile {
        id: "6199000001".to_owned(),
        name: "测试市人民政府".to_owned(),
        url: url.clone(),
        class: SiteClass::Portal,
        status,
        hosts: vec!["www.test.gov.cn".to_owned()],
        ..SiteProfile::default()
    };
    let hop =
        Hop { failure: Some(Failure::new(Stage::Dns, Cause::DnsNoSuchName, "")), ..Hop::new(&url, HopKind::Start) };
    let mut evidence = Evidence::new(profile, "test", 1, Timestamp::from_second(1_788_203_520).unwrap());
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![hop], tries: 1 });
    evidence
}

fn verdict(evidence: &Evidence, exemptions: &[Exemption]) -> SiteVerdict {
    judge(&rules(), &SiteFacts::of(evidence), exemptions)
}

fn answer<'v>(verdict: &'v SiteVerdict, rule: &str) -> &'v Verdict {
    &verdict.rules.iter().find(|r| r.rule == rule).unwrap().subjects[0].verdict
}

#[test]
fn the_rules_inside_the_program_hold_their_own_cases() {
    let report = rules().run_cases(None);
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    assert!(report.passed > 200, "{}", report.passed);
}

#[test]
fn a_rule_stands_back_only_for_one_that_is_seen_at_least_as_well() {
    use RuleStatus::{Experimental, Stable};
    let parts = [
        ("part-hint", Stable, Severity::Hint),
        ("part-listed", Stable, Severity::General),
        ("part-trial", Experimental, Severity::General),
    ];
    for (status, severity, silenced) in [
        (Stable, Severity::Serious, &["part-hint", "part-listed", "part-trial"][..]),
        (Stable, Severity::Hint, &["part-hint", "part-trial"]),
        (Experimental, Severity::Serious, &["part-trial"]),
    ] {
        let mut rules = rules();
        let fact = rules.get("unresolvable-name").unwrap().clone();
        let covers = parts.map(|(id, ..)| id.to_owned()).to_vec();
        rules.rules.push(Rule { id: "whole".to_owned(), status, severity, covers, ..fact.clone() });
        for (id, status, severity) in parts {
            rules.rules.push(Rule { id: id.to_owned(), status, severity, ..fact.clone() });
        }
        rules.rules.sort_by(|a, b| a.id.cmp(&b.id));
        let verdict = judge(&rules, &SiteFacts::of(&gone(SiteStatus::Running)), &[]);
        let covered = |v: &Verdict| *v == Verdict::NotApplicable(NotApplicable::Covered);
        let found: Vec<&str> =
            verdict.answers().filter(|(_, s)| covered(&s.verdict)).map(|(r, _)| r.rule.as_str()).collect();
        assert_eq!(found, silenced, "{status:?} {severity:?}");
    }
}

#[test]
fn no_rule_id_is_lost() {
    let rules = rules();
    let ids: Vec<&str> = rules.running().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, IDS.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_rule_answers_once_and_a_failure_is_put_into_words() {
    let evidence = gone(SiteStatus::Running);
    let verdict = verdict(&evidence, &[]);
    let ids: Vec<&str> = verdict.rules.iter().map(|r| r.rule.as_str()).collect();
    assert_eq!(ids, rules().running().map(|r| r.id.as_str()).collect::<Vec<_>>());
    assert!(verdict.rules.iter().all(|r| !r.subjects.is_empty()));
    let Verdict::Fail(finding) = answer(&verdict, "unresolvable-name") else { panic!("{verdict:?}") };
    assert_eq!(
        finding.text,
        "访问首页https://www.test.gov.cn/，域名www.test.gov.cn无法解析：域名不存在（2026年9月1日03:12检查）"
    );
    assert!(finding.basis.contains("国办秘函〔2019〕19号"), "{}", finding.basis);
    assert_eq!(finding.locations[0].url, "https://www.test.gov.cn/");
    let failing: Vec<&str> = verdict
        .answers()
        .filter(|(_, s)| matches!(s.verdict, Verdict::Fail(_)))
        .map(|(r, _)| r.rule.as_str())
        .collect();
    assert_eq!(failing, ["unresolvable-name"], "one cause, one finding");
}

#[test]
fn rules_do_not_concern_sites_of_another_status_and_exempt_sites() {
    let closed = verdict(&gone(SiteStatus::Closed), &[]);
    assert_eq!(*answer(&closed, "unresolvable-name"), Verdict::NotApplicable(NotApplicable::Status));
    assert_eq!(*answer(&closed, "icp-missing"), Verdict::NotApplicable(NotApplicable::Status));
    assert_eq!(*answer(&closed, "closed-still-serving"), Verdict::Pass);
    let exemption = |until: &str| Exemption {
        site: "6199000001".to_owned(),
        rule: "unresolvable-name".to_owned(),
        reason: "迁移机房".to_owned(),
        until: until.parse().unwrap(),
    };
    let on = |until| answer(&verdict(&gone(SiteStatus::Running), &[exemption(until)]), "unresolvable-name").clone();
    // The look was taken on 1 September at 03:12 in the office's zone, still 31 August in UTC.
    assert_eq!(on("2026-09-01"), Verdict::NotApplicable(NotApplicable::Exempt));
    assert!(matches!(on("2026-08-31"), Verdict::Fail(_)));
}

#[test]
fn a_panicking_check_is_an_error_of_its_rule_only() {
    let none: &[u8] = &[];
    let judged = contained(|| {
        vec![Judgement::not_applicable(Subject::host(none[none.len()].to_string()), NotApplicable::Absent)]
    });
    assert!(
        matches!(&judged[..], [Judgement { outcome: Outcome::Error(text), .. }] if text.contains("index out of bounds"))
    );
    let silent = contained(Vec::new);
    assert!(matches!(&silent[..], [Judgement { outcome: Outcome::Error(_), .. }]), "no judgement is no answer");
}

#[test]
fn a_fingerprint_is_bound_to_family_site_and_subject_alone() {
    let print = |family, site, subject: Subject| fingerprint(family, site, &subject).0;
    let known = print("icp-missing", "6199000001", Subject::element("icp"));
    assert_eq!(known.len(), 29);
    assert!(known.strip_prefix("p1-").unwrap().chars().all(|c| matches!(c, 'a'..='z' | '2'..='7')), "{known}");
    let others = [
        print("icp-malformed", "6199000001", Subject::element("icp")),
        print("icp-missing", "6199000002", Subject::element("icp")),
        print("icp-missing", "6199000001", Subject::field("icp")),
        print("icp-missing", "6199000001", Subject::element("psb")),
    ];
    assert!(others.iter().all(|o| *o != known));
    // Composed and decomposed characters are the same name.
    assert_eq!(print("f", "s", Subject::host("caf\u{e9}")), print("f", "s", Subject::host("cafe\u{301}")));
    // Written down once: a change would close and reopen everything in every ledger.
    assert_eq!(known, "p1-sueykuxhzz6ctb7mk2g7m6rzuc");
}

#[test]
fn the_same_evidence_gives_the_same_verdict() {
    let evidence = gone(SiteStatus::Running);
    assert_eq!(verdict(&evidence, &[]), verdict(&evidence, &[]));
}

fn single(rule: &str, verdict: Verdict) -> SiteVerdict {
    let subject = Subject::site();
    let fingerprint = fingerprint(rule, "s", &subject);
    SiteVerdict {
        site: "s".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        looks: 1,
        rules: vec![RuleVerdict {
            rule: rule.to_owned(),
            version: 1,
            rank: 0,
            subjects: vec![SubjectVerdict { subject, fingerprint, verdict }],
        }],
    }
}

fn fail(text: &str) -> Verdict {
    Verdict::Fail(Finding {
        text: text.to_owned(),
        measure: String::new(),
        basis: String::new(),
        locations: Vec::new(),
    })
}

fn undetermined(reason: Reason) -> Verdict {
    Verdict::Undetermined(Undetermined::new(reason, ""))
}

fn agreed(first: Verdict, second: Verdict) -> Verdict {
    agree(single("r", first), single("r", second)).rules.remove(0).subjects.remove(0).verdict
}

#[test]
fn two_looks_fail_or_pass_only_together() {
    assert_eq!(agreed(fail("first"), fail("second")), fail("second"));
    assert_eq!(agreed(Verdict::Pass, Verdict::Pass), Verdict::Pass);
    assert_eq!(agreed(fail("x"), Verdict::Pass), undetermined(Reason::Unconfirmed));
    assert_eq!(agreed(Verdict::Pass, fail("x")), undetermined(Reason::Unconfirmed));
    assert_eq!(agreed(undetermined(Reason::Blocked), fail("x")), undetermined(Reason::Blocked));
    assert_eq!(agreed(undetermined(Reason::Blocked), undetermined(Reason::Budget)), undetermined(Reason::Budget));
    assert_eq!(agreed(fail("x"), Verdict::NotApplicable(NotApplicable::Absent)), undetermined(Reason::Unconfirmed));
    assert_eq!(agreed(Verdict::Error("bug".to_owned()), fail("x")), Verdict::Error("bug".to_owned()));
}

#[test]
fn what_only_one_look_spoke_of_is_unconfirmed() {
    let both = agree(single("a", fail("x")), single("b", fail("y")));
    assert_eq!(both.looks, 2);
    let verdicts: Vec<&Verdict> = both.answers().map(|(_, s)| &s.verdict).collect();
    assert_eq!(verdicts, [&undetermined(Reason::Unconfirmed), &undetermined(Reason::Unconfirmed)]);
}

#[test]
fn a_second_look_is_wanted_to_open_and_to_believe_a_first_pass() {
    let rules = rules();
    let wants = |rule: &str, verdict: Verdict, live: bool| {
        let verdict = single(rule, verdict);
        let known = verdict.rules[0].subjects[0].fingerprint.clone();
        let live: HashSet<Fingerprint> = live.then_some(known).into_iter().collect();
        wants_second_look(&verdict, &rules, &live)
    };
    assert!(wants("icp-missing", fail("x"), false));
    assert!(!wants("no-ipv6", fail("x"), false), "a hint opens nothing");
    assert_eq!(rules.get("no-ipv6").map(|r| r.severity), Some(Severity::Hint));
    assert!(!wants("icp-missing", Verdict::Pass, false));
    assert!(wants("icp-missing", Verdict::Pass, true));
    assert!(!wants("icp-missing", undetermined(Reason::Blocked), true));
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Pass),
        Just(fail("x")),
        Just(Verdict::NotApplicable(NotApplicable::Absent)),
        Just(undetermined(Reason::Blocked)),
        Just(Verdict::Error("bug".to_owned())),
    ]
}

fn any_look() -> impl Strategy<Value = SiteVerdict> {
    prop::collection::btree_map(0u8..6, prop::collection::btree_map(0u8..4, any_verdict(), 1..4), 0..6).prop_map(
        |rules| {
            let rules = rules.into_iter().map(|(rule, subjects)| {
                let rule = format!("rule-{rule}");
                let subjects = subjects.into_iter().map(|(key, verdict)| {
                    let subject = Subject::host(key.to_string());
                    SubjectVerdict { fingerprint: fingerprint(&rule, "s", &subject), subject, verdict }
                });
                RuleVerdict { subjects: subjects.collect(), rule, version: 1, rank: 0 }
            });
            SiteVerdict { site: "s".to_owned(), at: Timestamp::UNIX_EPOCH, looks: 1, rules: rules.collect() }
        },
    )
}

fn failing(verdict: &SiteVerdict) -> HashSet<Fingerprint> {
    let failing = verdict.answers().filter(|(_, s)| matches!(s.verdict, Verdict::Fail(_)));
    failing.map(|(_, s)| s.fingerprint.clone()).collect()
}

proptest! {
    #[test]
    fn a_second_look_that_saw_nothing_leaves_no_failure_and_no_pass(first in any_look()) {
        let mut second = first.clone();
        second.rules.iter_mut().flat_map(|r| &mut r.subjects).for_each(|s| s.verdict = undetermined(Reason::SelfOffline));
        let both = agree(first, second);
        prop_assert!(!both.answers().any(|(_, s)| matches!(s.verdict, Verdict::Fail(_) | Verdict::Pass)));
    }

    #[test]
    fn agreement_accuses_exactly_where_both_looks_do(first in any_look(), second in any_look()) {
        let both = agree(first.clone(), second.clone());
        let expected: HashSet<Fingerprint> = failing(&first).intersection(&failing(&second)).cloned().collect();
        prop_assert_eq!(failing(&both), expected);
        prop_assert!(both.rules.is_sorted_by(|a, b| a.rule < b.rule));
    }
}
