//! Foreign TLS servers of every kind, judged by the product and, when asked for, by the specialists' tools.

mod classes;
mod servers;

use std::collections::BTreeMap;
use std::process::Command;

use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::evidence::hello::{HelloAnswer, Offer};
use xunjian::evidence::{Evidence, Needs, SiteFacts, SiteProfile};
use xunjian::fetch::{self, Fetcher, Settings};
use xunjian::inspect::{self, Verdict};
use xunjian::rule::RuleSet;

use classes::{By, Class, HOST};
use servers::{Ports, Servers};

/// A look as an audit makes it, over a connection of its own.
async fn looked(servers: &Servers, ports: Ports) -> Evidence {
    let root = std::fs::read(servers.path("root.pem")).expect("made");
    let settings = Settings {
        dial: BTreeMap::from([(format!("{HOST}:443"), ports.tls), (format!("{HOST}:80"), ports.plain)]),
        // Nobody answers there; names are dialled by the map.
        resolvers: vec![servers::NOBODY],
        requests_per_second: 1000.0,
        trust_roots: fetch::roots_from_pem(&root).expect("a root"),
        ..Settings::default()
    };
    let fetcher = Fetcher::new(settings, Clock::system()).expect("a fetcher");
    let profile = SiteProfile {
        id: "6108000001".into(),
        url: format!("https://{HOST}/"),
        hosts: vec![HOST.into()],
        ..SiteProfile::default()
    };
    let needs = Needs { tls_survey: true, other_scheme: true, ..Needs::default() };
    xunjian::crawl::look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await
}

/// Failing and undecided rules of encryption and liveness.
fn judged(rules: &RuleSet, evidence: &Evidence) -> (Vec<String>, Vec<String>) {
    let verdict = inspect::judge(rules, &SiteFacts::of(evidence), &[]);
    let ours = |id: &str| rules.get(id).is_some_and(|r| r.group == "tls" || r.group == "liveness");
    let (mut failing, mut open) = (Vec::new(), Vec::new());
    for (rule, subject) in verdict.answers().filter(|(rule, _)| ours(&rule.rule)) {
        match subject.verdict {
            Verdict::Fail(_) => failing.push(rule.rule.clone()),
            Verdict::Undetermined(_) => open.push(rule.rule.clone()),
            _ => {}
        }
    }
    (failing, open)
}

/// What was answered to each offer, as `version suite`.
fn answers(evidence: &Evidence) -> BTreeMap<Offer, String> {
    let words = |answer: &HelloAnswer| match answer {
        HelloAnswer::Accepted(a) => format!("{} {}", a.version.name(), a.suite),
        other => format!("{other:?}"),
    };
    evidence.hellos.iter().map(|h| (h.offer, words(&h.answer))).collect()
}

/// Headers and pages of `s_server` and its like are nobody's fault.
fn speaks_http(class: &Class) -> bool {
    matches!(class.by, By::Nginx { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_class_of_server_is_known_for_what_it_is_and_nothing_else() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: needs openssl");
        return;
    }
    let servers = Servers::start();
    let rules = RuleSet::embedded(&[]).expect("valid rules");
    let mut wrong = Vec::new();
    for (class, ports) in servers.classes() {
        let evidence = looked(&servers, ports).await;
        let handshakes = evidence.tls.len() + evidence.hellos.iter().filter(|h| h.nth > 0).count();
        assert!(handshakes <= 10, "{}: {handshakes} handshakes", class.name);
        let (mut failing, open) = judged(&rules, &evidence);
        failing.retain(|rule| speaks_http(class) || rule != "hsts-missing");
        if failing != class.fails {
            let tls: Vec<_> = evidence.tls.iter().map(|t| (&t.faults, &t.failure)).collect();
            wrong.push(format!(
                "{}\n  found {failing:?}, expected {:?}\n  open {open:?}\n  {:?}\n  {tls:?}",
                class.name,
                class.fails,
                answers(&evidence)
            ));
        } else if std::env::var_os("TLS_CLASSES").is_some() {
            println!("{} {failing:?} open {open:?} {:?}", class.name, answers(&evidence));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Keeps all servers running for other tools, until standard input ends; see docs/agreement.md.
#[test]
#[ignore = "for use by hand"]
fn servers_for_other_tools() {
    let servers = Servers::start();
    println!("register {}", servers.register("hsts").display());
    for (class, ports) in servers.classes() {
        println!("{} {}", class.name, ports.tls);
    }
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input");
}
