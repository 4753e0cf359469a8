//! Weeks of visits: on the simulated city over real sockets in its own time, and over months of simulated visits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::demo::{City, CityOptions, Profile};
use xunjian::evidence::{Cause, Reason, Visit, VisitDay, VisitEnd};
use xunjian::ledger::view::{ProblemView, Stage};
use xunjian::ledger::{Filter, Ledger};
use xunjian::register::Register;
use xunjian::rule::{RuleSet, Severity};
use xunjian::run::{self, Due, Ended, Line, Progress};

mod months;
mod parcels;

struct Silent;

impl Progress for Silent {
    fn start(&self, _: usize) {}
    fn step(&self, _: &str) {}
    fn finish(&self) {}
}

/// An office with a register and an empty data folder.
struct Office {
    register: Register,
    rules: Arc<RuleSet>,
    clock: Clock,
    dir: TempDir,
}

impl Office {
    /// At 00:05 of a day in the office's zone.
    fn start() -> Timestamp {
        "2026-05-05T16:05:00Z".parse().expect("a timestamp")
    }

    async fn beside(cast: &[&str]) -> (City, Office) {
        let cast: Vec<_> = cast.iter().map(|name| Profile::named(name).expect("a profile")).collect();
        let start = Office::start();
        let dir = tempfile::tempdir().expect("a folder");
        let city = City::start(&CityOptions { sites: cast.len(), seed: 5, start, cast }).await.expect("a city");
        let mut register = Register::load(&city.register_toml(dir.path()).expect("written")).expect("a valid register");
        register.settings.politeness.sites_in_flight = 1;
        let rules = Arc::new(RuleSet::embedded(&[]).expect("valid rules"));
        let clock = Clock::starting_at(start);
        city.follow(&clock);
        (city, Office { register, rules, clock, dir })
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn line<'a>(&'a self, data: &'a Path) -> Line<'a> {
        let (rules, clock) = (self.rules.clone(), self.clock.clone());
        Line { register: &self.register, rules, data, clock, renderer: None, cancel: CancellationToken::new() }
    }

    /// Visits every site once and judges.
    async fn visit(&self) -> run::Probed {
        let data = self.data();
        let line = self.line(&data);
        let at = self.clock.now();
        let due = self.register.sites.iter().map(|site| Due { site, at }).collect();
        let probed = run::visit(&line, due, &Silent).await.expect("visits");
        run::judge_visits(&line, "probe").await.expect("judged");
        probed
    }

    /// Adds visits without a network, and judges.
    async fn add(&self, visits: Vec<(String, VisitDay)>) -> Option<run::Ran> {
        let data = self.data();
        let ledger = self.ledger().await;
        ledger.add_visits(visits, false).await.expect("stored");
        ledger.shutdown().await;
        run::judge_visits(&self.line(&data), "import").await.expect("judged")
    }

    async fn ledger(&self) -> Ledger {
        Ledger::open(&self.data(), self.clock.clone()).await.expect("a ledger")
    }

    async fn rows(&self) -> BTreeMap<String, Vec<ProblemView>> {
        let mut rows: BTreeMap<String, Vec<ProblemView>> = BTreeMap::new();
        for row in self.ledger().await.problems(&Filter::everything()).await.expect("problems") {
            rows.entry(row.site.clone()).or_default().push(row);
        }
        rows
    }

    fn site(&self, index: usize) -> String {
        self.register.sites[index].id.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_hourly_visits_tells_six_per_cent_from_four_and_sixteen_seconds_from_fourteen() {
    let cast = ["ok-static", "slow14", "slow16", "flaky4", "flaky6", "rs412", "unreachable-server"];
    let (_city, office) = Office::beside(&cast).await;
    for hour in 0..7 * 24 {
        let due = Office::start() + SignedDuration::from_hours(hour);
        office.clock.advance(due.duration_since(office.clock.now()));
        let probed = office.visit().await;
        assert!(!probed.void && probed.undetermined == 0, "hour {hour}: {probed:?}");
        if hour == 4 {
            assert!(office.rows().await.is_empty(), "five failures in a row are no outage yet");
        }
        if hour == 6 {
            let rows = office.rows().await;
            assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), [office.site(2), office.site(6)].into());
            assert!(rows.values().flatten().all(|r| r.rule == "site-outage" && r.stage == Stage::Open));
        }
    }
    let rows = office.rows().await;
    let listed: Vec<(&str, &str, Severity, Stage)> =
        rows.values().flatten().map(|r| (r.site.as_str(), r.rule.as_str(), r.severity, r.stage)).collect();
    let veto = |i: usize| (office.register.sites[i].id.as_str(), "site-unavailable", Severity::Veto, Stage::Open);
    // Whether the silent one went off without filing is for a person to say.
    let off = (office.register.sites[6].id.as_str(), "offline-without-filing", Severity::Serious, Stage::Suspected);
    let mut listed = listed;
    let mut expected = vec![veto(2), veto(4), veto(6), off];
    expected.sort_by_key(|e| (e.0, e.1));
    listed.sort_by_key(|e| (e.0, e.1));
    assert_eq!(listed, expected, "one row each, however many rules see it");
    let flaky = &rows[&office.site(4)][0];
    // Written when the seventh day had its twentieth visit.
    assert!(flaky.text.contains("5月6日至12日监测164次，首页15秒内未打开10次，占6.1%（≥5%）"), "{}", flaky.text);
    assert!(!flaky.evidence.is_empty());
    let hints = office.ledger().await.hints().await.expect("hints");
    assert_eq!(
        hints.iter().map(|h| (h.site.clone(), h.rule.as_str())).collect::<Vec<_>>(),
        [(office.site(5), "inspection-blocked")]
    );
    assert!(office.ledger().await.verify().await.expect("readable").is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_of_our_own_line_leaves_visits_that_say_nothing() {
    let (city, office) = Office::beside(&["ok-static", "ok-static"]).await;
    city.cut_network(true);
    let probed = office.visit().await;
    assert!(probed.void);
    assert_eq!((probed.opened, probed.failed, probed.undetermined), (0, 0, 2));
    city.cut_network(false);
    office.clock.advance(SignedDuration::from_hours(1));
    let probed = office.visit().await;
    assert_eq!((probed.opened, probed.failed, probed.undetermined), (2, 0, 0));
    let today = "2026-05-06".parse().expect("a day");
    let stored = office.ledger().await.visits(today, today, None).await.expect("visits");
    let ends: Vec<String> = stored[&office.site(0)][0].visits.iter().map(|v| v.end.to_string()).collect();
    assert_eq!(ends, ["unseen:self_offline", "opened"]);
}
