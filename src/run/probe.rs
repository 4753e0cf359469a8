//! Visits to home pages: made in batches between good reference points, stored, and judged where there is something to judge.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::TaskTracker;

use super::outage::{CanaryWatch, Outages};
use super::{Ended, Line, Progress, Ran, RunError, canary_log, fetch_settings, run_start};
use crate::check::Measure;
use crate::clock::local;
use crate::evidence::{Cause, Evidence, Reason, SiteFacts, SiteProfile, Visit, VisitDay, VisitEnd, format};
use crate::fetch::{Budget, CanaryReport, Fetcher, Settings};
use crate::inspect::{self, Fingerprint, SiteVerdict, Verdict};
use crate::ledger::{self, Ledger, LedgerError, NewVisits, RunOutcome, SiteDigest};
use crate::register::Site;
use crate::rule::RuleSet;

/// Days of visits a judgement may look back on: a week, and the day it ends in.
const LOOK_BACK: i32 = 8;
/// Sites whose visits are in memory at once.
pub(super) const AT_ONCE: usize = 256;

/// A visit to be made.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    pub site: &'a Site,
    /// Not before this moment.
    pub at: Timestamp,
}

/// What became of one batch.
#[derive(Debug)]
pub struct Probed {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// Visits by what they say; the three add up.
    pub opened: usize,
    pub failed: usize,
    pub undetermined: usize,
    /// Of the opened, those where a protection device answered.
    pub blocked: usize,
    /// Our own line was down: every visit of the batch says nothing.
    pub void: bool,
    pub interrupted: bool,
    pub new: NewVisits,
    pub opening: CanaryReport,
    pub closing: Option<CanaryReport>,
}

/// Makes the visits of one batch, in the order of their moments, and stores them. Needs no lock: a patrol may be under way.
pub async fn visit(line: &Line<'_>, mut due: Vec<Due<'_>>, progress: &dyn Progress) -> Result<Probed, RunError> {
    let started_at = line.clock.now();
    let settings = Settings { budget: Budget::visit(), ..fetch_settings(line.register)? };
    let fetcher = Fetcher::new(settings, line.clock.clone())?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    due.sort_by_key(|d| d.at);
    let opening = fetcher.canaries().await;
    let (visits, outages, closing) = if opening.healthy == Some(false) {
        (due.iter().map(|d| (d.site.id.clone(), Visit::unseen(started_at, Reason::SelfOffline))).collect(), None, None)
    } else {
        let watch = CanaryWatch::start(fetcher.clone(), line.clock.clone());
        let visits = make(line, &fetcher, &due, progress).await;
        (visits, Some(watch.stop().await), Some(fetcher.canaries().await))
    };
    let nobody = opening.healthy.is_none()
        && !visits.is_empty()
        && visits.iter().all(|(_, v)| matches!(v.end, VisitEnd::Failed(_) | VisitEnd::Unseen(_)));
    let down = |report: &CanaryReport| report.healthy == Some(false);
    let void = down(&opening) || closing.as_ref().is_some_and(down) || nobody;
    let visits: Vec<(String, Visit)> =
        visits.into_iter().map(|(site, visit)| (site, believed(visit, void, outages.as_ref()))).collect();
    let mut probed = Probed {
        started_at,
        finished_at: line.clock.now(),
        opened: 0,
        failed: 0,
        undetermined: 0,
        blocked: 0,
        void,
        interrupted: line.cancel.is_cancelled(),
        new: NewVisits::default(),
        opening,
        closing,
    };
    let measure = Measure::default();
    for (_, visit) in &visits {
        match measure.failed(visit) {
            Some(false) => probed.opened += 1,
            Some(true) => probed.failed += 1,
            None => probed.undetermined += 1,
        }
        probed.blocked += usize::from(matches!(visit.end, VisitEnd::Blocked(_)));
    }
    let vantage = &line.register.settings.vantage;
    probed.new = ledger.add_visits(in_days(vantage, visits), false).await?;
    ledger.roll_up_visits().await?;
    Ok(probed)
}

/// While our own line was down no visit says anything; around a bad reference point no failed one does.
fn believed(visit: Visit, void: bool, outages: Option<&Outages>) -> Visit {
    let doubtful =
        !matches!(visit.end, VisitEnd::Opened | VisitEnd::Blocked(_)) && outages.is_some_and(|o| o.covers(visit.at));
    if void || doubtful { Visit::unseen(visit.at, Reason::SelfOffline) } else { visit }
}

/// Visits as the store takes them: by site and day.
pub(super) fn in_days(vantage: &str, visits: Vec<(String, Visit)>) -> Vec<(String, VisitDay)> {
    let day = |visit: Visit| VisitDay { vantage: vantage.to_owned(), day: visit.day(), visits: vec![visit] };
    visits.into_iter().map(|(site, visit)| (site, day(visit))).collect()
}

async fn make(line: &Line<'_>, fetcher: &Fetcher, due: &[Due<'_>], progress: &dyn Progress) -> Vec<(String, Visit)> {
    let in_flight = line.register.settings.politeness.sites_in_flight.max(1) as usize;
    // Many wait for their turn at a shared address; those hold no connection.
    let permits = Arc::new(Semaphore::new(1 + (in_flight - 1) * 8));
    let (sender, mut receiver) = mpsc::channel(64);
    let tracker = TaskTracker::new();
    progress.start(due.len());
    let produce = async {
        for due in due {
            let wait = Duration::try_from(due.at.duration_since(line.clock.now())).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait), if !wait.is_zero() => {}
                () = line.cancel.cancelled() => break,
                () = std::future::ready(()), if wait.is_zero() => {}
            }
            let Ok(permit) = permits.clone().acquire_owned().await else { break };
            if line.cancel.is_cancelled() {
                break;
            }
            let profile = line.register.profile(due.site);
            let (fetcher, cancel, sender) = (fetcher.clone(), line.cancel.clone(), sender.clone());
            tracker.spawn(async move {
                let site = profile.id.clone();
                let visit = crate::crawl::visit(profile, &fetcher, &cancel).await;
                let _ = sender.send((site, visit)).await;
                drop(permit);
            });
        }
        tracker.close();
        drop(sender);
    };
    let consume = async {
        let mut visits = Vec::with_capacity(due.len());
        while let Some((site, visit)) = receiver.recv().await {
            progress.step(&site);
            // A visit we broke off was not made.
            if visit.end != VisitEnd::Failed(Cause::Cancelled) {
                visits.push((site, visit));
            }
        }
        visits
    };
    let ((), visits) = tokio::join!(produce, consume);
    tracker.wait().await;
    progress.finish();
    visits
}

/// The rules that judge visits.
pub(super) fn visit_rules(rules: &RuleSet) -> RuleSet {
    rules.only(|r| r.check.needs().visits)
}

/// Visits of the days up to `until` for the sites where they say more than "opens": somebody failed, a device answered, or a
/// live problem waits for them.
pub(super) fn telling(rules: &RuleSet, live: &HashSet<Fingerprint>, site: &str, days: &[VisitDay]) -> bool {
    let measure = Measure::default();
    let odd = |v: &Visit| measure.failed(v) == Some(true) || matches!(v.end, VisitEnd::Blocked(_));
    let waited_for =
        |r: &crate::rule::Rule| live.contains(&inspect::fingerprint(&r.family, site, &crate::check::Subject::site()));
    days.iter().flat_map(|d| &d.visits).any(odd) || rules.running().filter(|r| r.check.needs().visits).any(waited_for)
}

/// Judges what the visits nobody has judged yet have changed and writes it to the ledger as a run of kind `kind`. `None` when
/// nothing changed.
///
/// # Errors
/// [`LedgerError::Busy`] while another run is under way: the visits wait for the next time.
pub async fn judge_visits(line: &Line<'_>, kind: &'static str) -> Result<Option<Ran>, RunError> {
    let started_at = line.clock.now();
    let lock = ledger::lock(line.data)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let unjudged = ledger.unjudged_visits().await?;
    let new: HashMap<&str, Timestamp> = unjudged.iter().map(|u| (u.site.as_str(), u.since)).collect();
    let rules = Arc::new(visit_rules(&line.rules));
    let live = ledger.live_fingerprints().await?;
    let store = ledger.evidence();
    let mut digests = Vec::new();
    let sites: Vec<&Site> = line.register.sites.iter().filter(|s| new.contains_key(s.id.as_str())).collect();
    for some in sites.chunks(AT_ONCE) {
        let ids: Vec<&str> = some.iter().map(|s| s.id.as_str()).collect();
        let earliest = ids.iter().filter_map(|id| new.get(*id)).min().copied().unwrap_or(started_at);
        let stored = ledger.visits(days_before(earliest), Date::MAX, Some(&ids)).await?;
        for site in some {
            let (Some(from), Some(days)) = (new.get(site.id.as_str()), stored.get(&site.id)) else { continue };
            if !telling(&rules, &live, &site.id, days) {
                continue;
            }
            let replay = Replay { line, rules: &rules, profile: line.register.profile(site), days };
            for (verdict, text, watched) in replay.changes(*from, &live) {
                let sha = text.map(|t| store.put(t.as_bytes())).transpose()?;
                digests.push(SiteDigest::new(&verdict, sha, &watched));
            }
        }
    }
    if digests.is_empty() {
        ledger.visits_were_judged(&unjudged).await?;
        return Ok(None);
    }
    let abandoned = ledger.abandon_stale(&lock).await?;
    let (cancel, clock) = (line.cancel.clone(), line.clock.clone());
    let own = Line { rules, cancel, clock, renderer: None, ..*line };
    let run = ledger.begin_run(&run_start(&own, kind, &sites)).await?;
    let covered = digests.len();
    let opening = CanaryReport { points: Vec::new(), healthy: None };
    let log = canary_log(&opening, None, &Outages::default());
    let applied = ledger.apply(&run, digests, log, RunOutcome::Complete, &line.rules.calendar).await?;
    ledger.visits_were_judged(&unjudged).await?;
    Ok(Some(Ran {
        run,
        kind,
        started_at,
        finished_at: line.clock.now(),
        planned: sites.len(),
        covered,
        interrupted: false,
        ended: Ended::Applied(Box::new(applied)),
        opening,
        closing: None,
        abandoned,
        verdicts: Vec::new(),
        rendering: None,
    }))
}

/// One site's visits, judged moment by moment.
struct Replay<'a> {
    line: &'a Line<'a>,
    rules: &'a RuleSet,
    profile: SiteProfile,
    days: &'a [VisitDay],
}

/// A verdict worth writing, its evidence line when it lists something, and the items whose passes count.
type Change = (SiteVerdict, Option<String>, HashSet<Fingerprint>);

impl Replay<'_> {
    /// Verdicts since `from` that differ from the one before, and the first of every day while something is wrong: however
    /// the visits arrive, one by one or a week at once, the same verdicts come out.
    fn changes(&self, from: Timestamp, live: &HashSet<Fingerprint>) -> Vec<Change> {
        let measure = Measure::default();
        let determinate = self.days.iter().flat_map(|d| &d.visits).filter(|v| measure.failed(v).is_some());
        let mut moments: Vec<Timestamp> = determinate.map(|v| v.at).collect();
        moments.sort();
        moments.dedup();
        let first = moments.partition_point(|at| *at < from);
        let mut before = first.checked_sub(1).map(|i| (moments[i], self.at(moments[i]).0));
        let mut watched: Option<HashSet<Fingerprint>> = None;
        let mut changes = Vec::new();
        for &at in &moments[first..] {
            let (verdict, evidence) = self.at(at);
            let watched = watched.get_or_insert_with(|| {
                verdict.answers().map(|(_, s)| &s.fingerprint).filter(|f| live.contains(*f)).cloned().collect()
            });
            let broken = |v: &SiteVerdict| v.answers().any(|(_, s)| s.verdict.violation().is_some());
            let says_something = broken(&verdict) || !watched.is_empty();
            let moved = before
                .as_ref()
                .is_none_or(|(then, old)| letters(old) != letters(&verdict) || local(*then).date() != local(at).date());
            if moved && says_something {
                let violated = verdict.answers().filter(|(_, s)| s.verdict.violation().is_some());
                watched.extend(violated.map(|(_, s)| s.fingerprint.clone()));
                let listed = inspect::has_listed_failure(&verdict, self.rules);
                changes.push((verdict.clone(), listed.then(|| format::to_line(&evidence)), watched.clone()));
            }
            before = Some((at, verdict));
        }
        changes
    }

    fn at(&self, until: Timestamp) -> (SiteVerdict, Evidence) {
        let mut evidence = Evidence::new(self.profile.clone(), &self.line.register.settings.vantage, 1, until);
        evidence.visits = up_to(self.days, until);
        let verdict = inspect::judge(self.rules, &SiteFacts::of(&evidence), &self.line.register.exemptions);
        (verdict, evidence)
    }
}

/// The visits a judgement at `until` looks back on.
pub(super) fn up_to(days: &[VisitDay], until: Timestamp) -> Vec<VisitDay> {
    let from = days_before(until);
    let cut =
        |d: &VisitDay| VisitDay { visits: d.visits.iter().filter(|v| v.at <= until).cloned().collect(), ..d.clone() };
    days.iter().filter(|d| d.day >= from).map(cut).filter(|d| !d.visits.is_empty()).collect()
}

/// The answers that move something.
fn letters(verdict: &SiteVerdict) -> Vec<(&str, u8)> {
    let letter = |v: &Verdict| match v {
        Verdict::Pass => Some(1),
        Verdict::Fail(_) => Some(2),
        Verdict::Recovering(_) => Some(3),
        _ => None,
    };
    verdict.answers().filter_map(|(r, s)| Some((r.rule.as_str(), letter(&s.verdict)?))).collect()
}

/// Stored visits for the looks of a run, of the sites where they say something.
pub(super) async fn for_looks(
    ledger: &Ledger,
    rules: &RuleSet,
    live: &HashSet<Fingerprint>,
    sites: &[&Site],
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<VisitDay>>, LedgerError> {
    let mut all = BTreeMap::new();
    for some in sites.chunks(AT_ONCE) {
        let ids: Vec<&str> = some.iter().map(|s| s.id.as_str()).collect();
        let mut stored = ledger.visits(days_before(now), local(now).date(), Some(&ids)).await?;
        stored.retain(|site, days| telling(rules, live, site, days));
        all.append(&mut stored);
    }
    Ok(all)
}

/// The first day a judgement at `at` looks back on.
fn days_before(at: Timestamp) -> Date {
    local(at).date().checked_sub(LOOK_BACK.days()).unwrap_or(Date::MIN)
}

/// Whether the data folder is busy with another run.
pub fn is_busy(error: &RunError) -> bool {
    matches!(error, RunError::Ledger(LedgerError::Busy { .. } | LedgerError::Locked))
}

/// The newest visit made from this office's vantage.
pub async fn newest_visit(line: &Line<'_>, data: &Path) -> Result<Option<Timestamp>, RunError> {
    let ledger = Ledger::open(data, line.clock.clone()).await?;
    Ok(ledger.newest_visit(&line.register.settings.vantage).await?)
}
