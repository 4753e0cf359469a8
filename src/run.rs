//! One run, wired: register and rules in, looks, judgements, ledger out.
//!
//! *Owns*: the order of the steps, how many sites are under way, the second look, what makes a run void. *May not*: contain a
//! stage's logic. The only file that imports every stage. *Start reading at* [`run`].

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::crawl;
use crate::evidence::{Evidence, Needs, Reason, SiteFacts, SiteProfile, format};
use crate::fetch::{self, CanaryReport, Fetcher};
use crate::inspect::{self, Fingerprint, SiteVerdict};
use crate::ledger::{self, Applied, Journal, Ledger, RunId, RunOutcome, RunStart, SiteDigest, SiteSnapshot};
use crate::register::{Exemption, Register, Site, UnitLevel};
use crate::rule::RuleSet;
use crate::schedule::spread;

/// What a run works with.
pub struct Line<'a> {
    pub register: &'a Register,
    pub rules: Arc<RuleSet>,
    /// Data folder.
    pub data: &'a Path,
    pub clock: Clock,
    /// Stops the run: no new sites, what is under way ends as cancelled.
    pub cancel: CancellationToken,
}

/// Where the run tells how far it is.
pub trait Progress: Sync {
    fn start(&self, total: usize);
    /// One site is finished.
    fn step(&self, site: &str);
    fn finish(&self);
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Applied, wholly or in part, or held by the brake (see [`Applied::held`]).
    Applied(Box<Applied>),
    /// Our own network failed: nothing was changed.
    Void,
}

/// A finished run.
#[derive(Debug)]
pub struct Ran {
    pub run: RunId,
    pub kind: &'static str,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub planned: usize,
    /// Sites looked at to the end.
    pub covered: usize,
    pub interrupted: bool,
    pub ended: Ended,
    pub opening: CanaryReport,
    pub closing: Option<CanaryReport>,
    /// Runs a killed process had left behind, now set aside.
    pub abandoned: Vec<ledger::view::RunView>,
    /// Verdicts in register order; kept only when asked for (audits of a few sites).
    pub verdicts: Vec<SiteVerdict>,
}

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    #[error(transparent)]
    Fetch(#[from] crate::fetch::SetupError),
    /// A setting of the register that cannot be used: act on the register.
    #[error("{0}")]
    Setting(String),
    /// A file the user named, or the data folder.
    #[error("{0}")]
    File(String),
    #[error(transparent)]
    Evidence(#[from] format::FormatError),
}

/// How often reference points are tried while a run is under way.
const CANARY_EVERY: Duration = Duration::from_secs(300);

/// Looks at `sites`, judges, and writes the ledger in one transaction.
pub async fn run(
    line: &Line<'_>,
    kind: &'static str,
    sites: &[&Site],
    keep_verdicts: bool,
    progress: &dyn Progress,
) -> Result<Ran, RunError> {
    let started_at = line.clock.now();
    let fetcher = Fetcher::new(fetch_settings(line.register)?, line.clock.clone())?;

    let lock = ledger::lock(line.data)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let abandoned = ledger.abandon_stale(&lock).await?;
    let run = ledger.begin_run(&run_start(line, kind, sites)).await?;
    let live = Arc::new(ledger.live_fingerprints().await?);

    let opening = fetcher.canaries().await;
    if opening.healthy == Some(false) {
        ledger.void_run(&run, &Reason::SelfOffline.key(), canary_log(&opening, None)).await?;
        return Ok(Ran {
            run,
            kind,
            started_at,
            finished_at: line.clock.now(),
            planned: sites.len(),
            covered: 0,
            interrupted: false,
            ended: Ended::Void,
            opening,
            closing: None,
            abandoned,
            verdicts: Vec::new(),
        });
    }

    // Look and judge. The journal keeps what was seen; the database is not touched until everything is in.
    let mut journal = Journal::create(line.data, &run)?;
    let watch = CanaryWatch::start(fetcher.clone(), line.clock.clone());
    let patrol = Patrol { line, fetcher: &fetcher, live: &live, ledger: &ledger, keep_verdicts, progress };
    let looked = patrol.look_at_all(sites, &mut journal).await?;
    journal.sync()?;
    let outages = watch.stop().await;
    let interrupted = line.cancel.is_cancelled();

    let closing = fetcher.canaries().await;
    let nobody_answered = opening.healthy.is_none() && looked.covered > 0 && !looked.anyone_answered;
    let ended = if closing.healthy == Some(false) || nobody_answered {
        ledger.void_run(&run, &Reason::SelfOffline.key(), canary_log(&opening, Some(&closing))).await?;
        Ended::Void
    } else {
        let mut digests = looked.digests;
        for digest in &mut digests {
            if outages.covers(digest.at()) {
                digest.withdraw_failures(Reason::SelfOffline);
            }
        }
        let outcome = if interrupted { RunOutcome::Partial } else { RunOutcome::Complete };
        let canaries = canary_log(&opening, Some(&closing));
        let applied = ledger.apply(&run, digests, canaries, outcome, &line.rules.calendar).await?;
        Ended::Applied(Box::new(applied))
    };
    Ok(Ran {
        run,
        kind,
        started_at,
        finished_at: line.clock.now(),
        planned: sites.len(),
        covered: looked.covered,
        interrupted,
        ended,
        opening,
        closing: Some(closing),
        abandoned,
        verdicts: looked.verdicts,
    })
}

/// The register's settings as `fetch` wants them; trust roots are read here.
pub fn fetch_settings(register: &Register) -> Result<fetch::Settings, RunError> {
    let settings = &register.settings;
    let (network, politeness, budget) = (&settings.network, &settings.politeness, &settings.budget);
    let mut trust_roots = Vec::new();
    for path in &network.trust_roots {
        let unusable = |why: &dyn std::fmt::Display| {
            let place = "请核对登记表的 settings.network.trust_roots";
            RunError::Setting(format!(
                "信任根证书无法使用：{}（{why}）。{place}，须为 PEM 格式的证书。",
                path.display()
            ))
        };
        let pem = std::fs::read(path).map_err(|e| unusable(&e))?;
        trust_roots.extend(fetch::roots_from_pem(&pem).map_err(|e| unusable(&e))?);
    }
    let secs = |s: u32| Duration::from_secs(u64::from(s));
    Ok(fetch::Settings {
        vantage: settings.vantage.clone(),
        resolvers: network.resolvers.clone(),
        trust_roots,
        ports: network.ports.clone(),
        dial: network.dial.clone(),
        allow_private: network.allow_private,
        agent_contact: network.agent_contact.clone(),
        canaries: network.canaries.clone(),
        requests_per_second: politeness.requests_per_second,
        connections_per_address: politeness.connections_per_address,
        sites_in_flight: politeness.sites_in_flight,
        robots: politeness.robots,
        budget: fetch::Budget {
            site: secs(budget.site_secs),
            page: secs(budget.page_secs),
            connect: secs(budget.connect_secs),
            dns: secs(budget.dns_secs),
            body_bytes: budget.body_bytes,
            requests: budget.requests,
            hops: budget.hops,
            ..fetch::Budget::default()
        },
    })
}

/// What all looks of a run came to.
#[derive(Default)]
struct LookedAt {
    digests: Vec<SiteDigest>,
    verdicts: Vec<SiteVerdict>,
    covered: usize,
    anyone_answered: bool,
}

/// One site, finished.
struct Looked {
    verdict: SiteVerdict,
    /// Evidence lines of all looks.
    lines: Vec<String>,
    answered: bool,
    cut: bool,
}

/// One run under way: what all its sites share.
struct Patrol<'a> {
    line: &'a Line<'a>,
    fetcher: &'a Fetcher,
    /// Fingerprints of live problems.
    live: &'a Arc<HashSet<Fingerprint>>,
    ledger: &'a Ledger,
    keep_verdicts: bool,
    progress: &'a dyn Progress,
}

impl Patrol<'_> {
    /// Looks at every site, at most so many at once as the register allows; finished sites go to the journal at once.
    async fn look_at_all(&self, sites: &[&Site], journal: &mut Journal) -> Result<LookedAt, RunError> {
        let in_flight = self.line.register.settings.politeness.sites_in_flight.max(1) as usize;
        // Stopped with the run, and when what was seen cannot be written.
        let stop = self.line.cancel.child_token();
        let looker = Arc::new(Looker {
            rules: self.line.rules.clone(),
            needs: self.line.rules.needs(),
            fetcher: self.fetcher.clone(),
            exemptions: self.line.register.exemptions.clone(),
            live: self.live.clone(),
            permits: Arc::new(Semaphore::new(in_flight)),
            recheck_after: Duration::from_secs(u64::from(self.line.register.settings.politeness.recheck_after_secs)),
            clock: self.line.clock.clone(),
            cancel: stop.clone(),
        });
        let store = self.ledger.evidence();
        let (sender, mut receiver) = mpsc::channel::<Looked>(in_flight.min(64));
        let tracker = TaskTracker::new();
        self.progress.start(sites.len());

        let guard = stop.clone().drop_guard();
        let produce = async {
            for site in spread(sites.to_vec(), |site| platform_of(site)) {
                if stop.is_cancelled() {
                    break;
                }
                // The permit is taken here so that no more tasks exist than sites under way (plus those waiting for a recheck).
                let Ok(permit) = looker.permits.clone().acquire_owned().await else { break };
                let profile = self.line.register.profile(site);
                let (looker, sender) = (looker.clone(), sender.clone());
                tracker.spawn(async move {
                    let looked = looker.look(profile, permit).await;
                    // The receiver only goes away when the run itself failed.
                    let _ = sender.send(looked).await;
                });
            }
            drop(sender);
            tracker.close();
        };

        // Taken by value: when writing fails the receiver goes, and with it the wait of every site that is finished; the guard
        // stops those under way.
        let consume = async move {
            let _guard = guard;
            let mut all = LookedAt::default();
            while let Some(looked) = receiver.recv().await {
                all.anyone_answered |= looked.answered;
                for text in &looked.lines {
                    journal.append(text)?;
                }
                if !looked.cut {
                    all.covered += 1;
                    let sha = if inspect::has_listed_failure(&looked.verdict, &self.line.rules) {
                        let bytes = looked.lines.join("\n");
                        let store = store.clone();
                        // Durable before the transaction that cites it.
                        let put = tokio::task::spawn_blocking(move || store.put(bytes.as_bytes()));
                        Some(put.await.map_err(|e| RunError::File(e.to_string()))??)
                    } else {
                        None
                    };
                    all.digests.push(SiteDigest::new(&looked.verdict, sha, self.live));
                }
                self.progress.step(&looked.verdict.site);
                if self.keep_verdicts {
                    all.verdicts.push(looked.verdict);
                }
            }
            Ok::<_, RunError>(all)
        };
        let ((), all) = tokio::join!(produce, consume);
        tracker.wait().await;
        self.progress.finish();
        let mut all = all?;
        // Order of arrival depends on the network; what is written must not.
        let place: std::collections::HashMap<&str, usize> =
            sites.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect();
        all.digests.sort_by_key(|d| place.get(d.site()).copied());
        all.verdicts.sort_by_key(|v| place.get(v.site.as_str()).copied());
        Ok(all)
    }
}

/// Everything one site's task needs.
struct Looker {
    rules: Arc<RuleSet>,
    needs: Needs,
    fetcher: Fetcher,
    exemptions: Vec<Exemption>,
    live: Arc<HashSet<Fingerprint>>,
    permits: Arc<Semaphore>,
    recheck_after: Duration,
    clock: Clock,
    cancel: CancellationToken,
}

impl Looker {
    async fn look(&self, profile: SiteProfile, permit: OwnedSemaphorePermit) -> Looked {
        let site = profile.id.clone();
        AssertUnwindSafe(self.look_twice(profile, permit)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(site, "a look panicked; the site counts as not looked at");
            let verdict = SiteVerdict { site, at: self.clock.now(), looks: 0, rules: Vec::new() };
            Looked { verdict, lines: Vec::new(), answered: false, cut: true }
        })
    }

    async fn look_twice(&self, profile: SiteProfile, permit: OwnedSemaphorePermit) -> Looked {
        let first = crawl::look(profile.clone(), &self.needs, &self.fetcher, 1, &self.cancel).await;
        let mut looked = Looked {
            verdict: self.judge(&first),
            lines: vec![format::to_line(&first)],
            answered: answered(&first),
            cut: self.cancel.is_cancelled() && first.cut.is_some(),
        };
        drop(first);
        drop(permit);
        if inspect::wants_second_look(&looked.verdict, &self.rules, &self.live) {
            // Waiting holds no permit: healthy sites go on meanwhile.
            tokio::select! {
                () = tokio::time::sleep(self.recheck_after) => {}
                () = self.cancel.cancelled() => {}
            }
            match self.permits.acquire().await {
                Ok(_permit) if !self.cancel.is_cancelled() => {
                    let second = crawl::look(profile, &self.needs, &self.fetcher, 2, &self.cancel).await;
                    looked.verdict = inspect::agree(looked.verdict, self.judge(&second));
                    looked.lines.push(format::to_line(&second));
                    looked.answered |= answered(&second);
                }
                // A failure seen once is no finding.
                _ => looked.cut = true,
            }
        }
        looked
    }

    fn judge(&self, evidence: &Evidence) -> SiteVerdict {
        let facts = SiteFacts::of(evidence);
        inspect::judge(&self.rules, &facts, &self.exemptions)
    }
}

/// Somebody at the other end said something: a TCP connection stood.
fn answered(evidence: &Evidence) -> bool {
    evidence.fetches.iter().any(|f| f.hops.iter().any(|h| h.status.is_some()))
        || evidence.tls.iter().any(|t| t.failure.is_none())
}

/// Group of sites that probably share a machine: the registrable domain.
fn platform_of(site: &Site) -> String {
    let host = crate::register::host_of(&site.url);
    psl::domain_str(&host).unwrap_or(&host).to_owned()
}

fn run_start(line: &Line<'_>, kind: &str, sites: &[&Site]) -> RunStart {
    let snapshot = |site: &&Site| {
        let unit = line.register.sponsor(site);
        SiteSnapshot {
            site: site.id.clone(),
            name: site.name.clone(),
            url: site.url_text.clone(),
            unit: unit.name.clone(),
            unit_id: unit.id.clone(),
            unit_level: match unit.level {
                UnitLevel::Municipal => "municipal",
                UnitLevel::County => "county",
            }
            .to_owned(),
            region: unit.region.clone().unwrap_or_else(|| line.register.settings.region.clone()),
        }
    };
    RunStart {
        kind: kind.to_owned(),
        vantage: line.register.settings.vantage.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        planned: sites.iter().map(snapshot).collect(),
        rules: line.rules.running().map(|r| line.rules.head(r)).collect(),
    }
}

fn canary_log(opening: &CanaryReport, closing: Option<&CanaryReport>) -> serde_json::Value {
    let points = |report: &CanaryReport| -> Vec<serde_json::Value> {
        let point = |p: &fetch::CanaryPoint| serde_json::json!({ "target": p.target, "ok": p.ok, "ms": p.ms });
        report.points.iter().map(point).collect()
    };
    serde_json::json!({ "opening": points(opening), "closing": closing.map(points) })
}

/// Evidence judged again, not yet applied.
pub struct Judged {
    /// In the order of the files.
    pub verdicts: Vec<SiteVerdict>,
    /// The evidence lines behind each verdict.
    lines: Vec<Vec<String>>,
    /// Sites of the evidence that the register no longer has; left out.
    pub unknown: Vec<String>,
}

/// Judges stored looks again with the rules of `line`, offline. The looks of one site stand together in a journal.
pub fn judge_again(line: &Line<'_>, files: &[std::path::PathBuf]) -> Result<Judged, RunError> {
    let mut judged = Judged { verdicts: Vec::new(), lines: Vec::new(), unknown: Vec::new() };
    let cap = line.register.settings.budget.body_bytes;
    for path in files {
        let file = std::fs::File::open(path)
            .map_err(|e| RunError::File(format!("打开证据文件失败：{}（{e}）。请核对路径。", path.display())))?;
        for (number, text) in BufReader::new(file).lines().enumerate() {
            let text = text.map_err(format::FormatError::from)?;
            if text.trim().is_empty() {
                continue;
            }
            let evidence = format::from_line(&text, number + 1, cap)?;
            if line.register.site(&evidence.site.id).is_none() {
                if judged.unknown.last() != Some(&evidence.site.id) {
                    judged.unknown.push(evidence.site.id.clone());
                }
                continue;
            }
            let verdict = inspect::judge(&line.rules, &SiteFacts::of(&evidence), &line.register.exemptions);
            match (judged.verdicts.last_mut(), judged.lines.last_mut()) {
                (Some(first), Some(lines)) if evidence.look > 1 && first.site == verdict.site => {
                    *first = inspect::agree(first.clone(), verdict);
                    lines.push(text);
                }
                _ => {
                    judged.verdicts.push(verdict);
                    judged.lines.push(vec![text]);
                }
            }
        }
    }
    Ok(judged)
}

/// Writes judged evidence to the ledger as a run of its own. Observations the ledger already has change nothing.
pub async fn apply_judged(line: &Line<'_>, judged: Judged) -> Result<Ran, RunError> {
    let started_at = line.clock.now();
    let sites: Vec<&Site> = judged.verdicts.iter().filter_map(|v| line.register.site(&v.site)).collect();
    let lock = ledger::lock(line.data)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let abandoned = ledger.abandon_stale(&lock).await?;
    let run = ledger.begin_run(&run_start(line, "rejudge", &sites)).await?;
    let live = ledger.live_fingerprints().await?;
    let store = ledger.evidence();
    let mut digests = Vec::with_capacity(judged.verdicts.len());
    for (verdict, lines) in judged.verdicts.iter().zip(&judged.lines) {
        let verdict = withdraw_unrechecked(verdict, &line.rules, &live);
        let sha = inspect::has_listed_failure(&verdict, &line.rules)
            .then(|| store.put(lines.join("\n").as_bytes()))
            .transpose()?;
        digests.push(SiteDigest::new(&verdict, sha, &live));
    }
    let planned = sites.len();
    let applied =
        ledger.apply(&run, digests, serde_json::Value::Null, RunOutcome::Complete, &line.rules.calendar).await?;
    Ok(Ran {
        run,
        kind: "rejudge",
        started_at,
        finished_at: line.clock.now(),
        planned,
        covered: planned,
        interrupted: false,
        ended: Ended::Applied(Box::new(applied)),
        opening: CanaryReport { points: Vec::new(), healthy: None },
        closing: None,
        abandoned,
        verdicts: judged.verdicts,
    })
}

/// A failure seen in one look only (the changed rules found it, or the run was cut before its recheck) is no finding yet.
fn withdraw_unrechecked(verdict: &SiteVerdict, rules: &RuleSet, live: &HashSet<Fingerprint>) -> SiteVerdict {
    if verdict.looks < 2 && inspect::wants_second_look(verdict, rules, live) {
        inspect::withdraw(verdict.clone(), Reason::Unconfirmed)
    } else {
        verdict.clone()
    }
}

/// Reference points watched while a run is under way.
struct CanaryWatch {
    stop: CancellationToken,
    log: Arc<Mutex<Vec<(Timestamp, bool)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl CanaryWatch {
    fn start(fetcher: Fetcher, clock: Clock) -> Self {
        let stop = CancellationToken::new();
        let log = Arc::new(Mutex::new(vec![(clock.now(), true)]));
        let task = tokio::spawn({
            let (stop, log) = (stop.clone(), log.clone());
            async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(CANARY_EVERY) => {}
                    }
                    let healthy = fetcher.canaries().await.healthy != Some(false);
                    if let Ok(mut log) = log.lock() {
                        log.push((clock.now(), healthy));
                    }
                }
            }
        });
        CanaryWatch { stop, log, task }
    }

    /// Ends the watch; the closing canary is taken by the caller.
    async fn stop(self) -> Outages {
        self.stop.cancel();
        let _ = self.task.await;
        let log = self.log.lock().map(|l| l.clone()).unwrap_or_default();
        Outages::between(&log)
    }
}

/// Spans of time between the last good and the next good canary around a bad one.
#[derive(Debug, PartialEq)]
struct Outages(Vec<(Timestamp, Timestamp)>);

impl Outages {
    fn between(log: &[(Timestamp, bool)]) -> Self {
        let mut spans = Vec::new();
        let mut last_good = Timestamp::MIN;
        let mut bad_since = None;
        for &(at, good) in log {
            match (good, bad_since) {
                (false, None) => bad_since = Some(last_good),
                (true, Some(from)) => {
                    spans.push((from, at));
                    bad_since = None;
                }
                _ => {}
            }
            if good {
                last_good = at;
            }
        }
        if let Some(from) = bad_since {
            spans.push((from, Timestamp::MAX));
        }
        Outages(spans)
    }

    fn covers(&self, at: Timestamp) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_canary_spoils_everything_between_its_good_neighbours() {
        let t = |s: i64| Timestamp::from_second(s).expect("in range");
        let outages = Outages::between(&[(t(0), true), (t(300), true), (t(600), false), (t(900), true)]);
        assert_eq!(outages, Outages(vec![(t(300), t(900))]));
        assert!(outages.covers(t(450)) && !outages.covers(t(100)) && !outages.covers(t(1000)));
        assert_eq!(Outages::between(&[(t(0), true), (t(300), true)]), Outages(vec![]));
    }

    #[test]
    fn a_line_that_never_came_back_spoils_the_rest() {
        let t = |s: i64| Timestamp::from_second(s).expect("in range");
        assert!(Outages::between(&[(t(0), true), (t(300), false)]).covers(t(5000)));
    }
}
