//! A ledger of a whole country, measured: how long a night's run takes to enter, one unit's list to come up, the file to open.
//!
//! `cargo bench --bench ledger -- 45000 22` makes a ledger of 45,000 sites with 22 problem points each, all found, seen put right
//! and struck off again (three events each), and then enters a night in which every site was looked at and one in a hundred has a
//! new finding. Smaller figures give a shorter run. The folder named by a third word is kept and used again.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use xunjian::check::{Location, Subject};
use xunjian::clock::Clock;
use xunjian::inspect::{Finding, Fingerprint, RuleVerdict, SiteVerdict, SubjectVerdict, Verdict};
use xunjian::ledger::{Filter, Ledger, RunOutcome, RunStart, SiteDigest, SiteSnapshot};
use xunjian::rule::{Calendar, Close, Confirm, Deadline, RuleHead, RuleStatus, Severity};

/// Sites entered with one run while the ledger is made.
const PART: usize = 1_000;
/// Sites of one unit.
const OF_UNIT: usize = 20;

struct Bench {
    ledger: Ledger,
    clock: Clock,
    rules: Vec<RuleHead>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let number = |at: usize, or: usize| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(or);
    let (sites, rules) = (number(0, 2_000), number(1, 22));
    let temp = std::env::temp_dir().join(format!("xunjian-ledger-{}", std::process::id()));
    let dir = words.get(2).map_or(temp.clone(), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure(&dir, sites, rules));
    if words.len() < 3 {
        drop(std::fs::remove_dir_all(&temp));
    }
}

async fn measure(dir: &Path, sites: usize, rules: usize) {
    let start: Timestamp = "2026-03-02T18:00:00Z".parse().expect("a moment");
    let clock = Clock::fake(start);
    let made = !dir.join("ledger.db").exists();
    let ledger = Ledger::open(dir, clock.clone()).await.expect("a ledger");
    let bench = Bench { ledger, clock, rules: (0..rules).map(rule).collect() };
    if made {
        let begin = Instant::now();
        bench.fill(sites).await;
        let items = sites * rules;
        println!("made {items} items, {} events in {:.0?}", bench.events().await, begin.elapsed());
    }
    bench.clock.advance(SignedDuration::from_hours(24 * 30));
    for night in 0..3 {
        bench.clock.advance(SignedDuration::from_hours(24));
        let before = cpu();
        let took = bench.night(0..sites, sites, |site, rule| site % 100 == 0 && rule == night).await;
        println!("a night of {sites} sites: {took:.2} s, {:.2} CPU-s in all with its verdicts", cpu() - before);
    }
    let Bench { ledger, clock, .. } = bench;
    ledger.shutdown().await;
    let begin = Instant::now();
    let ledger = Ledger::open(dir, clock).await.expect("again");
    println!("opened in {:.0?}", begin.elapsed());
    let unit = Filter { unit: Some("u0".to_owned()), ..Filter::default() };
    let begin = Instant::now();
    let rows = ledger.problems(&unit).await.expect("rows").len();
    println!("one unit's {rows} unsolved rows in {:.0?}", begin.elapsed());
    let bytes = |name: &str| dir.join(name).metadata().map_or(0, |m| m.len()) as f64 / 1e6;
    println!("on disk {:.0} MB; peak memory {:.0} MB", bytes("ledger.db") + bytes("ledger.db-wal"), peak());
}

impl Bench {
    /// Every problem point found, and seen put right on two further days.
    async fn fill(&self, sites: usize) {
        for first in (0..sites).step_by(PART) {
            let part = first..sites.min(first + PART);
            self.night(part.clone(), sites, |_, _| true).await;
            for _ in 0..2 {
                self.clock.advance(SignedDuration::from_hours(24));
                self.night(part.clone(), sites, |_, _| false).await;
            }
        }
    }

    /// Seconds that entering the run took.
    async fn night(&self, part: std::ops::Range<usize>, sites: usize, fails: impl Fn(usize, usize) -> bool) -> f64 {
        let start = RunStart {
            kind: "patrol".to_owned(),
            vantage: "bench".to_owned(),
            program: "xunjian bench".to_owned(),
            planned: part.clone().map(snapshot).collect(),
            rules: self.rules.clone(),
        };
        let run = self.ledger.begin_run(&start).await.expect("begun");
        let live = self.ledger.live_fingerprints().await.expect("live");
        let at = self.clock.now();
        let mut digests: Vec<SiteDigest> = Vec::with_capacity(sites.min(part.len()));
        for site in part {
            let mut digest = SiteDigest::new(&self.verdict(site, at, |rule| fails(site, rule)), None, &live);
            if let Some(first) = digests.first() {
                digest.share(first);
            }
            digests.push(digest);
        }
        let begin = Instant::now();
        let calendar = Calendar::default();
        let applied = self
            .ledger
            .apply(&run, digests, serde_json::json!({}), RunOutcome::Complete, &calendar)
            .await
            .expect("applied");
        if applied.held.is_some() {
            self.ledger.release(&run, "bench", "bench", &calendar).await.expect("released");
        }
        begin.elapsed().as_secs_f64()
    }

    fn verdict(&self, site: usize, at: Timestamp, fails: impl Fn(usize) -> bool) -> SiteVerdict {
        let answer = |(place, rule): (usize, &RuleHead)| {
            let subject = Subject::element("page");
            let fingerprint = Fingerprint(format!("p1-{site:06}-{place:03}-abcdefgh"));
            let verdict = match fails(place) {
                false => Verdict::Pass,
                true => Verdict::Fail(Finding {
                    text: "2026年3月2日巡查发现，网站首页底部未标明公安机关备案编号，不符合有关规定。".to_owned(),
                    measure: "按要求在网站底部规范标明备案编号并链接到查询页面，完成后逐页核对。".to_owned(),
                    basis: "国办发〔2017〕47号".to_owned(),
                    locations: vec![Location::at(format!("https://www.site{site}.gov.cn/"))],
                }),
            };
            RuleVerdict {
                rule: rule.id.clone(),
                version: 1,
                rank: 0,
                subjects: vec![SubjectVerdict { subject, fingerprint, verdict }],
            }
        };
        SiteVerdict {
            site: format!("{site:06}"),
            at,
            looks: 1,
            rules: self.rules.iter().enumerate().map(answer).collect(),
        }
    }

    async fn events(&self) -> i64 {
        let code = self.ledger.code().await.expect("a code");
        code.rsplit_once('@').and_then(|(_, seq)| seq.parse().ok()).unwrap_or(0)
    }
}

fn snapshot(site: usize) -> SiteSnapshot {
    let unit = site / OF_UNIT;
    SiteSnapshot {
        site: format!("{site:06}"),
        name: format!("某市某局{site}网站"),
        url: format!("https://www.site{site}.gov.cn/"),
        unit: format!("某市某局{unit}"),
        unit_id: format!("u{unit}"),
        unit_level: "municipal".to_owned(),
        region: "610800".to_owned(),
    }
}

fn rule(place: usize) -> RuleHead {
    RuleHead {
        id: format!("rule-{place:03}"),
        version: 1,
        status: RuleStatus::Stable,
        family: format!("family-{place:03}"),
        severity: Severity::General,
        key_point: 3,
        title: "公安机关备案编号".to_owned(),
        basis: "国办发〔2017〕47号".to_owned(),
        confirm: Confirm::Direct,
        close: Close { passes: 2, days: 2, auto: true },
        deadline: Deadline::WorkingDays(5),
    }
}

/// CPU seconds of this process so far, by Linux's account (proc(5): utime and stime in hundredths of a second).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = |at: usize| after.split_whitespace().nth(at).and_then(|w| w.parse::<f64>().ok()).unwrap_or(0.0);
    (field(11) + field(12)) / 100.0
}

/// Peak resident memory, MB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
