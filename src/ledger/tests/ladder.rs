//! Several rules, one fact: a certificate that nears its end and runs out is one entry that grows graver.

use jiff::{SignedDuration, Timestamp};

use super::world::World;
use crate::evidence::{CertFacts, CertFault, Evidence, Fetch, Hop, HopKind, Purpose, SiteFacts, SiteProfile, TlsLook};
use crate::inspect::{self, SiteVerdict};
use crate::ledger::{ProblemView, SiteDigest, Stage};
use crate::rule::RuleSet;

const FAMILY: &str = "expired-certificate";

/// A look at an https site at `at` whose certificate holds for a year and ends at `not_after`.
fn look(at: Timestamp, not_after: Timestamp) -> Evidence {
    let url = "https://a.gov.cn/".to_owned();
    let site = SiteProfile {
        id: "a".to_owned(),
        url: url.clone(),
        hosts: vec!["a.gov.cn".to_owned()],
        ..SiteProfile::default()
    };
    let mut evidence = Evidence::new(site, "office", 1, at);
    evidence.tls.push(TlsLook {
        host: "a.gov.cn".to_owned(),
        port: 443,
        address: "192.0.2.1:443".to_owned(),
        at,
        failure: None,
        protocol: None,
        cipher: None,
        group: None,
        alpn: None,
        chain: vec![CertFacts {
            sha256: String::new(),
            subject: String::new(),
            issuer: String::new(),
            serial: String::new(),
            not_before: not_after - SignedDuration::from_hours(24 * 365),
            not_after,
            names: Vec::new(),
            names_total: 0,
            key: String::new(),
            signature: String::new(),
            is_ca: false,
            der: None,
        }],
        faults: if at > not_after { vec![CertFault::Expired] } else { Vec::new() },
        missing_issuer: None,
        notes: Vec::new(),
        judged: true,
        elapsed_ms: 1,
    });
    let hop = Hop { status: Some(200), tls: Some(0), ..Hop::new(&url, HopKind::Start) };
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![hop], tries: 1 });
    evidence
}

/// One night under the real rules of the ladder.
async fn night(world: &World, rules: &RuleSet, not_after: Timestamp) -> SiteVerdict {
    let at = world.clock.now();
    let evidence = look(at, not_after);
    let mut verdict = inspect::judge(rules, &SiteFacts::of(&evidence), &[]);
    verdict.rules.retain(|r| world.rules.iter().any(|head| head.id == r.rule));
    let live = world.ledger.live_fingerprints().await.expect("live");
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    world.apply(&run, vec![SiteDigest::new(&verdict, None, &live)]).await.expect("apply");
    verdict
}

#[tokio::test]
async fn a_certificate_that_runs_out_is_one_entry_that_grows_graver() {
    let rules = RuleSet::embedded(&[]).expect("valid rules");
    let heads = rules.running().filter(|r| r.family == FAMILY).map(|r| rules.head(r)).collect();
    let world = World::new(heads, &["a"]).await;
    let day = |days: i64| SignedDuration::from_hours(24 * days);
    let end = world.clock.now() + day(40);
    let shown = |all: &[ProblemView]| -> Vec<String> {
        all.iter().map(|p| format!("{} {} {:?} {:?}", p.number, p.rule, p.severity, p.stage)).collect()
    };
    let mut fingerprints = Vec::new();
    // Days left, rule that must fail, what the list holds afterwards.
    let row = |rule: &str, severity: &str| vec![format!("610800-2020-00001 {rule} {severity} Open")];
    for (left, rule, list) in [
        (40, None, vec![]),
        (29, Some("expiring-certificate"), vec![]),
        (13, Some("expiring-certificate-14"), vec![]),
        (6, Some("expiring-certificate-7"), row("expiring-certificate-7", "General")),
        (5, Some("expiring-certificate-7"), row("expiring-certificate-7", "General")),
        (2, Some("expiring-certificate-3"), row("expiring-certificate-3", "General")),
        (-1, Some("expired-certificate"), row("expired-certificate", "General")),
    ] {
        world.clock.advance(end.duration_since(world.clock.now()) - day(left) - SignedDuration::from_mins(1));
        let verdict = night(&world, &rules, end).await;
        let failing: Vec<_> =
            verdict.answers().filter(|(_, s)| matches!(s.verdict, inspect::Verdict::Fail(_))).collect();
        assert_eq!(failing.iter().map(|(r, _)| r.rule.as_str()).collect::<Vec<_>>(), Vec::from_iter(rule), "{left}");
        fingerprints.extend(failing.iter().map(|(_, s)| s.fingerprint.clone()));
        assert_eq!(shown(&world.all().await), list, "{left} days left");
    }
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 1, "one fact, one identity");
    assert_eq!(world.stage_events().await, ["opened", "rule_changed", "rule_changed"]);

    // Renewed for a year: two passes on two days strike the one entry off.
    for stage in [Stage::AwaitingReview, Stage::Closed] {
        world.hours(24);
        night(&world, &rules, end + day(365)).await;
        assert_eq!(world.all().await.iter().map(|p| p.stage).collect::<Vec<_>>(), [stage]);
    }
    // A later certificate of a month nears its end: a hint, which neither returns nor reopens the entry.
    world.hours(24);
    night(&world, &rules, world.clock.now() + day(20)).await;
    assert_eq!(world.all().await.iter().map(|p| (p.stage, p.reopened)).collect::<Vec<_>>(), [(Stage::Closed, 0)]);
    world.sound().await;
}
