//! Judging stored evidence again, offline.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};

use super::outage::Outages;
use super::{Ended, Line, Ran, RunError, run_start};
use crate::diagnostic::io_reason;
use crate::evidence::{Evidence, Reason, SiteFacts, format};
use crate::fetch::CanaryReport;
use crate::inspect::{self, Fingerprint, SiteVerdict};
use crate::ledger::{self, Ledger, RunOutcome, RunStart, SiteDigest};
use crate::register::Site;
use crate::rule::RuleSet;

/// Evidence judged again, not yet applied.
pub struct Judged {
    /// In the order of the files.
    pub verdicts: Vec<SiteVerdict>,
    /// The deciding evidence line of each verdict that lists something.
    keep: Vec<Option<String>>,
    /// The run each look is taken from, where that is known: journals are named after their runs.
    runs: Vec<Option<String>>,
    /// Sites of the evidence that the register no longer has; left out.
    pub unknown: Vec<String>,
}

impl Judged {
    pub(super) fn none() -> Judged {
        Judged { verdicts: Vec::new(), keep: Vec::new(), runs: Vec::new(), unknown: Vec::new() }
    }

    /// Judges one more look. `places` holds the verdicts of the looks of the same run.
    pub(super) fn add(&mut self, line: &Line<'_>, places: &mut HashMap<String, usize>, look: &Evidence, text: String) {
        let site = &look.site.id;
        if line.register.site(site).is_none() {
            self.leave_out(site);
            return;
        }
        let verdict = inspect::judge(&line.rules, &SiteFacts::of(look), &line.register.exemptions);
        let place = match places.get(site) {
            Some(&place) if look.look > 1 => {
                self.verdicts[place] = inspect::agree(self.verdicts[place].clone(), verdict);
                place
            }
            _ => {
                self.verdicts.push(verdict);
                self.keep.push(None);
                self.runs.push(None);
                places.insert(site.clone(), self.verdicts.len() - 1);
                self.verdicts.len() - 1
            }
        };
        if inspect::has_listed_failure(&self.verdicts[place], &line.rules) {
            self.keep[place] = Some(text);
        }
    }

    fn leave_out(&mut self, site: &str) {
        if !self.unknown.iter().any(|u| u == site) {
            self.unknown.push(site.to_owned());
        }
    }
}

/// Judges stored looks again with the rules of `line`, offline. A site's looks of one run need not stand together.
pub fn judge_again(line: &Line<'_>, files: &[std::path::PathBuf]) -> Result<Judged, RunError> {
    let mut judged = Judged::none();
    let cap = line.register.settings.budget.body_bytes;
    for path in files {
        let file = std::fs::File::open(path).map_err(|e| {
            let why = io_reason(&e);
            RunError::File(format!("打开证据文件失败：{}（{why}）。请核对路径。", path.display()))
        })?;
        let damaged = |source| RunError::Evidence { path: path.clone(), source };
        let mut places: HashMap<String, usize> = HashMap::new();
        for (number, text) in BufReader::new(file).lines().enumerate() {
            let text = text.map_err(|e| damaged(e.into()))?;
            if text.trim().is_empty() {
                continue;
            }
            let evidence = format::from_line(&text, number + 1, cap).map_err(damaged)?;
            judged.add(line, &mut places, &evidence, text);
        }
        let run = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        for place in places.into_values() {
            judged.runs[place].clone_from(&run);
        }
    }
    Ok(judged)
}

/// Writes judged evidence to the ledger as a run of its own. Observations the ledger already has change nothing.
pub async fn apply_judged(line: &Line<'_>, judged: Judged) -> Result<Ran, RunError> {
    apply_seen(line, judged, "rejudge", &line.register.settings.vantage).await
}

/// As [`apply_judged`], for looks made from `vantage`.
pub(super) async fn apply_seen(
    line: &Line<'_>,
    mut judged: Judged,
    kind: &'static str,
    vantage: &str,
) -> Result<Ran, RunError> {
    let started_at = line.clock.now();
    let looked_at: HashSet<&str> = judged.verdicts.iter().map(|v| v.site.as_str()).collect();
    let sites: Vec<&Site> = line.register.sites.iter().filter(|s| looked_at.contains(s.id.as_str())).collect();
    let lock = ledger::lock(line.data)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let abandoned = ledger.abandon_stale(&lock).await?;
    let run = ledger.begin_run(&RunStart { vantage: vantage.to_owned(), ..run_start(line, kind, &sites) }).await?;
    let live = ledger.live_fingerprints().await?;
    let store = ledger.evidence();
    let mut digests = Vec::with_capacity(judged.verdicts.len());
    withdraw_offline(&ledger, &mut judged).await?;
    for (verdict, text) in judged.verdicts.iter().zip(&judged.keep) {
        let verdict = withdraw_unrechecked(verdict, &line.rules, &live);
        let text = text.as_ref().filter(|_| inspect::has_listed_failure(&verdict, &line.rules));
        let sha = text.map(|t| store.put(t.as_bytes())).transpose()?;
        digests.push(SiteDigest::new(&verdict, sha, &live));
    }
    let planned = sites.len();
    let applied =
        ledger.apply(&run, digests, serde_json::Value::Null, RunOutcome::Complete, &line.rules.calendar).await?;
    Ok(Ran {
        run,
        kind,
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
        rendering: None,
    })
}

/// A journal holds what was seen, not whether our own line was up; the ledger knows that of its own runs.
async fn withdraw_offline(ledger: &Ledger, judged: &mut Judged) -> Result<(), RunError> {
    let mut known: HashMap<&str, Option<Outages>> = HashMap::new();
    for (verdict, run) in judged.verdicts.iter_mut().zip(&judged.runs) {
        let Some(run) = run.as_deref() else { continue };
        if !known.contains_key(run) {
            let outages = ledger.line_during(run).await?.and_then(|(void, canaries)| match void {
                true => Some(Outages::always()),
                false => Outages::noted(&canaries),
            });
            known.insert(run, outages);
        }
        if known[run].as_ref().is_some_and(|outages| outages.covers(verdict.at)) {
            *verdict = inspect::withdraw(verdict.clone(), Reason::SelfOffline);
        }
    }
    Ok(())
}

/// A failure seen in one look only (the changed rules found it, or the run was cut before its recheck) is no finding yet.
fn withdraw_unrechecked(verdict: &SiteVerdict, rules: &RuleSet, live: &HashSet<Fingerprint>) -> SiteVerdict {
    if verdict.looks < 2 && inspect::wants_second_look(verdict, rules, live) {
        inspect::withdraw(verdict.clone(), Reason::Unconfirmed)
    } else {
        verdict.clone()
    }
}
