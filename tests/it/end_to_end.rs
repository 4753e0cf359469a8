//! The whole line on the simulated city: register → patrol → list, day after day.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::demo::{self, City, CityOptions, Comparison, Found};
use xunjian::evidence::SiteStatus;
use xunjian::ledger::view::{Clockface, EvidenceState, ProblemView, Stage};
use xunjian::ledger::{Filter, Ledger};
use xunjian::register::{Register, Site};
use xunjian::rule::RuleSet;
use xunjian::run::{self, Ended, Line, Progress, Ran};

struct Silent;

impl Progress for Silent {
    fn start(&self, _: usize) {}
    fn step(&self, _: &str) {}
    fn finish(&self) {}
}

/// A city with an office that patrols it.
struct World {
    city: City,
    register: Register,
    rules: Arc<RuleSet>,
    clock: Clock,
    dir: TempDir,
}

impl World {
    async fn new(sites: usize, seed: u64) -> World {
        let start: Timestamp = "2026-05-05T18:00:00Z".parse().expect("a timestamp");
        let dir = tempfile::tempdir().expect("a folder");
        let city = City::start(&CityOptions { sites, seed, start, cast: Vec::new() }).await.expect("a city");
        let register = Register::load(&city.register_toml(dir.path()).expect("written")).expect("a valid register");
        let rules = Arc::new(RuleSet::embedded(&[]).expect("valid rules"));
        World { city, register, rules, clock: Clock::starting_at(start), dir }
    }

    fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    async fn patrol(&self) -> Ran {
        let sites: Vec<&Site> = self.register.sites.iter().collect();
        let data = self.data();
        let line = self.line(&data);
        run::run(&line, "patrol", &sites, true, &Silent).await.expect("a run")
    }

    fn line<'a>(&'a self, data: &'a Path) -> Line<'a> {
        Line {
            register: &self.register,
            rules: self.rules.clone(),
            data,
            clock: self.clock.clone(),
            renderer: None,
            cancel: CancellationToken::new(),
        }
    }

    async fn ledger(&self) -> Ledger {
        Ledger::open_read(&self.data(), self.clock.clone()).await.expect("a ledger")
    }

    async fn problems(&self) -> Vec<ProblemView> {
        self.ledger().await.problems(&Filter::everything()).await.expect("problems")
    }

    /// Planted against found, for rows whose newest determinate answer is a failure.
    async fn compare(&self, day: u32) -> Comparison {
        let found: Vec<Found> = self
            .problems()
            .await
            .iter()
            .filter(|p| p.evidence_state == EvidenceState::StillThere)
            .filter_map(|p| {
                let stage = match p.stage {
                    Stage::Suspected => demo::Stage::Suspected,
                    stage if stage.is_unsolved() => demo::Stage::Open,
                    _ => return None,
                };
                Some(Found { site: p.site.clone(), rule: p.rule.clone(), stage })
            })
            .collect();
        demo::compare(&self.city.planted(day), &found, day == 0)
    }

    fn tomorrow(&self) {
        self.clock.advance(SignedDuration::from_hours(24));
        self.city.set_day(self.city.day() + 1);
    }
}

fn applied(ran: &Ran) -> &xunjian::ledger::Applied {
    match &ran.ended {
        Ended::Applied(applied) => applied,
        Ended::Void => panic!("the run was void"),
    }
}

/// What the run answered where the comparison differs.
fn why(ran: &Ran, comparison: &Comparison) -> String {
    let mut out = String::new();
    for line in comparison.missed.iter().chain(&comparison.misplaced).chain(&comparison.wrong) {
        let site = ran.verdicts.iter().find(|v| v.site == line.site);
        let answers = site.into_iter().flat_map(|v| v.answers()).filter(|(rule, _)| rule.rule == line.rule);
        for (_, answer) in answers {
            out += &format!("{} {}: {:?}\n", line.site, line.rule, answer.verdict);
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_cities_yield_every_planted_fault_and_nothing_else() {
    let mut cities = tokio::task::JoinSet::new();
    for seed in 100..120 {
        // A few at a time: a machine too busy to answer its own servers would rightly leave things undetermined.
        if cities.len() == 3 {
            cities.join_next().await.expect("one is running").expect("a city without mistakes");
        }
        cities.spawn(async move {
            let world = World::new(24, seed).await;
            let ran = world.patrol().await;
            assert_eq!(ran.covered, 24);
            let comparison = world.compare(0).await;
            assert!(comparison.is_perfect(), "seed {seed}:\n{}{}", comparison.text(), why(&ran, &comparison));
            assert!(!comparison.hits.is_empty(), "seed {seed} planted something");
        });
    }
    while let Some(city) = cities.join_next().await {
        city.expect("a city without mistakes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_opens_closes_and_reopens_as_the_city_changes() {
    let world = World::new(60, 7).await;
    let mut struck_off = 0;
    for day in 0..8 {
        if day > 0 {
            world.tomorrow();
        }
        let ran = world.patrol().await;
        let moved = applied(&ran);
        assert!(moved.held.is_none(), "day {day}: {:?}", moved.held);
        struck_off += moved.closed;
        let comparison = world.compare(day).await;
        assert!(comparison.is_perfect(), "day {day}:\n{}{}", comparison.text(), why(&ran, &comparison));
    }
    assert!(struck_off > 0, "some repairs were seen on two days");
    let report = world.ledger().await.verify().await.expect("readable");
    assert!(report.is_sound(), "{:?}", report.faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_patrols_saw_of_a_site_is_looked_for_once_it_is_closed() {
    let world = World::new(30, 3).await;
    world.patrol().await;
    let mut register = world.register.clone();
    let target = register.sites.iter().find_map(|s| s.migrated_to.clone()).expect("a site that went to the portal");
    let contents = world.ledger().await;
    let ids: Vec<&str> = register.sites.iter().map(|s| s.id.as_str()).collect();
    let known = contents.contents_of(&ids).await.expect("contents");
    let site = register
        .sites
        .iter_mut()
        .find(|s| {
            s.status == SiteStatus::Running
                && s.url.host() != target.host()
                && known.get(&s.id).is_some_and(|k| k.len() >= 5)
        })
        .expect("a running site whose content is known");
    site.status = SiteStatus::Closed;
    site.status_since = Some(world.clock.today());
    site.migrated_to = Some(target);
    assert!(site.former_titles.is_empty() && site.former_urls.is_empty(), "the register names nothing");
    let id = site.id.clone();
    world.tomorrow();
    let world = World { register, ..world };
    world.patrol().await;
    let hints = world.ledger().await.hints().await.expect("hints");
    let rules: Vec<&str> = hints.iter().filter(|h| h.site == id).map(|h| h.rule.as_str()).collect();
    assert!(rules.contains(&"indexed-content-missing"), "{rules:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchanged_city_changes_nothing() {
    let world = World::new(30, 3).await;
    world.patrol().await;
    let before = world.problems().await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.city.set_day(0);
    let ran = world.patrol().await;
    let moved = applied(&ran);
    let quiet = (moved.opened, moved.suspected, moved.closed, moved.awaiting_review, moved.reopened, moved.returned);
    assert_eq!(quiet, (0, 0, 0, 0, 0, 0));
    let after = world.problems().await;
    let stages = |problems: &[ProblemView]| -> Vec<(String, Stage)> {
        problems.iter().map(|p| (p.id.clone(), p.stage)).collect()
    };
    assert_eq!(stages(&before), stages(&after));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patrol_during_a_cut_of_our_own_line_is_void() {
    let world = World::new(24, 5).await;
    world.patrol().await;
    let before = world.problems().await;
    world.tomorrow();
    world.city.cut_network(true);
    let ran = world.patrol().await;
    assert!(matches!(ran.ended, Ended::Void));
    world.city.cut_network(false);
    // The clock of a deadline goes on by itself.
    let apart_from_clocks = |problems: Vec<ProblemView>| -> Vec<ProblemView> {
        problems.into_iter().map(|p| ProblemView { clock: Clockface::Normal, ..p }).collect()
    };
    let after = apart_from_clocks(world.problems().await);
    assert_eq!(apart_from_clocks(before), after, "a void run changes nothing");
    // Without canaries a silent country is still not believed.
    let mut register = world.register.clone();
    register.settings.network.canaries.clear();
    let world = World { register, ..world };
    world.city.cut_network(true);
    assert!(matches!(world.patrol().await.ended, Ended::Void));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stored_evidence_gives_the_same_verdicts_and_no_new_events() {
    let world = World::new(40, 11).await;
    let ran = world.patrol().await;
    let journal = world.data().join("runs").join(format!("{}.ndjson", ran.run));
    let data = world.data();
    let line = world.line(&data);
    let judged = run::judge_again(&line, std::slice::from_ref(&journal)).expect("readable evidence");
    let mut verdicts = judged.verdicts.clone();
    verdicts.sort_by_key(|v| ran.verdicts.iter().position(|w| w.site == v.site));
    assert_eq!(ran.verdicts, verdicts);
    let before = world.problems().await;
    let again = run::apply_judged(&line, judged).await.expect("applied");
    assert_eq!(applied(&again).opened, 0);
    assert_eq!(before, world.problems().await);
}

/// The line fails as soon as the first site is finished.
struct Spoiler<'a>(&'a City);

impl Progress for Spoiler<'_> {
    fn start(&self, _: usize) {}
    fn step(&self, _: &str) {
        self.0.spoil_canaries(true);
    }
    fn finish(&self) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_void_run_saw_stays_without_consequence_when_judged_again() {
    let world = World::new(24, 100).await;
    let data = world.data();
    let line = world.line(&data);
    let sites: Vec<&Site> = world.register.sites.iter().collect();
    let ran = run::run(&line, "patrol", &sites, false, &Spoiler(&world.city)).await.expect("a run");
    assert!(matches!(ran.ended, Ended::Void));
    let journal = data.join("runs").join(format!("{}.ndjson", ran.run));
    let judged = run::judge_again(&line, std::slice::from_ref(&journal)).expect("readable evidence");
    assert_eq!(judged.verdicts.len(), sites.len());
    let again = run::apply_judged(&line, judged).await.expect("applied");
    assert_eq!((applied(&again).opened, applied(&again).suspected, applied(&again).hints), (0, 0, 0));
    assert!(world.problems().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_would_flip_half_the_city_is_held() {
    let world = World::new(30, 9).await;
    world.patrol().await;
    world.tomorrow();
    // The register is edited so that every site's number differs: our own mistake, most likely.
    let mut register = world.register.clone();
    for site in &mut register.sites {
        if site.icp.is_some() {
            site.icp = Some("陕ICP备09999999号-1".to_owned());
        }
    }
    let world = World { register, ..world };
    let before = world.problems().await;
    let ran = world.patrol().await;
    let hold = applied(&ran).held.clone().expect("the brake acts");
    assert_eq!(hold.rule, "icp-mismatch");
    let stages = |problems: &[ProblemView]| -> Vec<(String, Stage)> {
        problems.iter().map(|p| (p.id.clone(), p.stage)).collect()
    };
    assert_eq!(stages(&before), stages(&world.problems().await), "a held run moves nothing");
}
