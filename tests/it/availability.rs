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
    let mut expected = vec![veto(2), veto(4), veto(6)];
    expected.sort_by_key(|e| e.0);
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

/// Random numbers that are the same everywhere.
struct Lots(u64);

impl Lots {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// A site's month, hour by hour: outages of its own, and hours when our own line was down.
fn month(lots: &mut Lots, own: &[bool]) -> Vec<VisitEnd> {
    let mut down = 0;
    own.iter()
        .map(|own_down| {
            if down == 0 && lots.below(150) == 0 {
                down = 1 + lots.below(14);
            }
            let failing = down > 0 || lots.below(90) == 0;
            down = down.saturating_sub(1);
            match (*own_down, failing, lots.below(40)) {
                (true, _, _) => VisitEnd::Unseen(Reason::SelfOffline),
                (_, true, _) => VisitEnd::Failed(Cause::TcpRefused),
                (_, _, 0) => VisitEnd::Unseen(Reason::Budget),
                (_, _, 1) => VisitEnd::Blocked("ruishu"),
                _ => VisitEnd::Opened,
            }
        })
        .collect()
}

/// Whether the hours up to and including `now` make a listed problem, said as plainly as the indicator says it.
fn guilty(hours: &[VisitEnd], now: usize) -> bool {
    let said: Vec<(usize, bool)> = (0..=now)
        .filter_map(|h| match hours[h] {
            VisitEnd::Failed(_) => Some((h, true)),
            VisitEnd::Unseen(_) => None,
            _ => Some((h, false)),
        })
        .collect();
    let row: Vec<usize> = said.iter().rev().take_while(|(_, f)| *f).map(|(h, _)| *h).collect();
    let connected: Vec<usize> = match row.windows(2).position(|w| w[0] - w[1] > 6) {
        Some(gap) => row[..=gap].to_vec(),
        None => row,
    };
    let outage = connected.len() >= 6 && connected[0] - connected[connected.len() - 1] >= 4;
    let Some((newest, _)) = said.last() else { return false };
    let per_day = |d: usize| said.iter().filter(move |(h, _)| h / 24 == d);
    let last = if per_day(newest / 24).count() >= 20 { Some(newest / 24) } else { (newest / 24).checked_sub(1) };
    let week = last.and_then(|last| Some(last.checked_sub(6)?..=last)).is_some_and(|days| {
        let full = days.clone().all(|d| per_day(d).count() >= 20);
        let (n, f) =
            days.fold((0, 0), |(n, f), d| (n + per_day(d).count(), f + per_day(d).filter(|(_, x)| *x).count()));
        full && 20 * f >= n
    });
    outage || week
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn months_of_outages_and_own_failures_open_and_close_nothing_wrongly() {
    let (_city, office) = Office::beside(&["ok-static"; 6]).await;
    let (days, mut lots) = (24, Lots(20_260_506));
    let mut own_down = 0;
    let own: Vec<bool> = (0..days * 24)
        .map(|_| {
            if own_down == 0 && lots.below(70) == 0 {
                own_down = 1 + lots.below(8);
            }
            own_down = u64::saturating_sub(own_down, 1);
            own_down > 0
        })
        .collect();
    let sites: Vec<(String, Vec<VisitEnd>)> =
        office.register.sites.iter().map(|s| (s.id.clone(), month(&mut lots, &own))).collect();
    let visit = |end: &VisitEnd, hour: usize| Visit {
        at: Office::start() + SignedDuration::from_hours(hour as i64),
        end: end.clone(),
        ms: if *end == VisitEnd::Opened { 700 } else { 15 },
    };
    let between = |from: usize, to: usize| -> Vec<(String, VisitDay)> {
        let days = sites.iter().flat_map(|(site, hours)| {
            let visits = (from..to).map(|h| visit(&hours[h], h));
            visits.map(|v| (site.clone(), VisitDay { vantage: "本机".to_owned(), day: v.day(), visits: vec![v] }))
        });
        days.collect()
    };
    let mut was_open: BTreeMap<String, bool> = BTreeMap::new();
    let (mut opened, mut closed) = (0, 0);
    for step in 0..days * 3 {
        let (from, to) = (step * 8, step * 8 + 8);
        office
            .clock
            .advance((Office::start() + SignedDuration::from_hours(to as i64)).duration_since(office.clock.now()));
        office.add(between(from, to)).await;
        let rows = office.rows().await;
        for (site, hours) in &sites {
            let mine = rows.get(site).map_or(&[][..], Vec::as_slice);
            let live: Vec<&ProblemView> = mine.iter().filter(|r| r.stage.is_unsolved()).collect();
            assert!(live.len() <= 1, "{site}: one fact, one row");
            let open = !live.is_empty();
            let accused = (from..to).any(|h| guilty(hours, h));
            let before = was_open.insert(site.clone(), open).unwrap_or(false);
            assert!(!open || before || accused, "{site} was listed without cause before hour {to}");
            assert!(open || !guilty(hours, to - 1), "{site} is not listed at hour {to}");
            opened += usize::from(open && !before);
            closed += usize::from(!open && before);
        }
    }
    assert!(opened > 5 && closed > 3, "the month tried something: {opened} opened, {closed} closed");
    assert!(office.ledger().await.verify().await.expect("readable").is_sound());
    // The same stick once more: nothing is new, no run, no event.
    let code = office.ledger().await.code().await.expect("a code");
    assert!(office.add(between(0, days * 24)).await.is_none());
    assert_eq!(office.ledger().await.code().await.expect("a code"), code);
    // All of it at once, in an office that heard of nothing before: the same stages.
    let (_other_city, other) = Office::beside(&["ok-static"; 6]).await;
    other.clock.advance(office.clock.now().duration_since(other.clock.now()));
    let ran = other.add(between(0, days * 24)).await.expect("a run");
    assert!(matches!(&ran.ended, Ended::Applied(a) if a.held.is_none()));
    let stages = |rows: BTreeMap<String, Vec<ProblemView>>| -> Vec<(String, String, Stage, u32)> {
        rows.into_values().flatten().map(|r| (r.site, r.rule, r.stage, r.reopened)).collect()
    };
    assert_eq!(stages(office.rows().await), stages(other.rows().await));
}
