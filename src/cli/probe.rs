//! `probe` and `visits`: visiting home pages, and what the visits come to.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use tokio_util::sync::CancellationToken;

use super::args::{Format, ProbeArgs, VisitsArgs};
use super::config::{load_both, load_register};
use super::ledger::{labels, ledger_error};
use super::patrol::{run_error, stop_on_signal};
use super::progress::Bar;
use super::{CliError, Exit, Outcome, block_on, print, say};
use crate::check::Measure;
use crate::clock::{Clock, local};
use crate::evidence::SiteStatus;
use crate::export::visits::{self, Batch, SiteWeek};
use crate::ledger::Ledger;
use crate::register::Site;
use crate::run::{self, Due, Ended, Line, Probed};
use crate::schedule::visits_due;

/// A batch of the resident probe covers this much time.
const BATCH: SignedDuration = SignedDuration::from_mins(10);
/// Failed visits in a row from which a site is named.
const NAMED: usize = 3;

pub(super) fn probe(args: &ProbeArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    for warning in &register.warnings {
        say(&format!("注意：{warning}"));
    }
    let cancel = CancellationToken::new();
    let line = Line {
        register: &register,
        rules: Arc::new(rules),
        data: &args.data.data,
        clock: Clock::system(),
        renderer: None,
        cancel: cancel.clone(),
    };
    block_on(async {
        let listener = tokio::spawn(stop_on_signal(cancel));
        let done = if args.resident { resident(&line, args).await } else { once(&line, args).await };
        listener.abort();
        done
    })?
}

async fn once(line: &Line<'_>, args: &ProbeArgs) -> Outcome {
    let now = line.clock.now();
    let host = |s: &&Site| crate::register::host_of(&s.url);
    let due = crate::schedule::spread(running(&line.register.sites), host)
        .into_iter()
        .map(|site| Due { site, at: now })
        .collect();
    let batch = one_batch(line, due, args).await?;
    Ok(match &batch {
        batch if batch.void => Exit::Void,
        batch if batch.held.is_some() => Exit::Held,
        _ if line.cancel.is_cancelled() => Exit::Interrupted,
        _ => Exit::Done,
    })
}

/// Stays, and visits every site at its 24 moments of the day.
async fn resident(line: &Line<'_>, args: &ProbeArgs) -> Outcome {
    let newest = run::newest_visit(line, line.data).await.map_err(run_error)?;
    let mut since = newest.unwrap_or(Timestamp::MIN);
    say("常驻访问：每个网站每天 24 次，间隔错开。按 Ctrl-C 结束。");
    loop {
        let now = line.clock.now();
        let until = now + BATCH;
        let due: Vec<Due<'_>> = running(&line.register.sites)
            .into_iter()
            .flat_map(|site| visits_due(&site.id, since, now, until).into_iter().map(move |at| Due { site, at }))
            .collect();
        since = until;
        if !due.is_empty()
            && let Err(error) = one_batch(line, due, args).await
        {
            // The next batch may fare better: a full disk gets cleared, a lock released.
            say(&error.message);
        }
        let rest = std::time::Duration::try_from(until.duration_since(line.clock.now())).unwrap_or_default();
        tokio::select! {
            () = line.cancel.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
        }
        if line.cancel.is_cancelled() {
            return Ok(Exit::Done);
        }
    }
}

/// One batch: visits, judgement, words.
async fn one_batch(line: &Line<'_>, due: Vec<Due<'_>>, args: &ProbeArgs) -> Result<Batch, CliError> {
    let probed = run::visit(line, due, &Bar::new(args.quiet || args.resident)).await.map_err(run_error)?;
    let ran = match run::judge_visits(line, "probe").await {
        Ok(ran) => ran,
        Err(error) if run::is_busy(&error) => {
            say("另一次巡查正在进行：访问已保存，留待下一次一并判定。");
            None
        }
        Err(error) => return Err(run_error(error)),
    };
    let mut batch = facts(&probed, failing(line, &probed).await?);
    if let Some(Ended::Applied(applied)) = ran.as_ref().map(|r| &r.ended) {
        batch.opened_rows = applied.opened + applied.confirmed + applied.reopened;
        batch.suspected = applied.suspected;
        batch.awaiting_review = applied.awaiting_review;
        batch.closed = applied.closed;
        batch.held = applied.held.as_ref().map(|h| h.rule.clone());
    }
    print(&match args.format {
        Format::Json | Format::Ndjson => visits::batch_line(&batch),
        Format::Table | Format::Csv => visits::batch(&batch),
    })?;
    Ok(batch)
}

fn facts(probed: &Probed, failing: Vec<(String, usize)>) -> Batch {
    let seconds = probed.finished_at.duration_since(probed.started_at).as_secs();
    Batch {
        started_at: probed.started_at,
        seconds: seconds.unsigned_abs(),
        opened: probed.opened,
        failed: probed.failed,
        undetermined: probed.undetermined,
        blocked: probed.blocked,
        void: probed.void,
        failing,
        opened_rows: 0,
        suspected: 0,
        awaiting_review: 0,
        closed: 0,
        held: None,
    }
}

/// Sites of the batch whose newest visits failed in a row.
async fn failing(line: &Line<'_>, probed: &Probed) -> Result<Vec<(String, usize)>, CliError> {
    if probed.failed == 0 {
        return Ok(Vec::new());
    }
    let ledger = Ledger::open_read(line.data, line.clock.clone()).await.map_err(ledger_error)?;
    let today = local(line.clock.now()).date();
    let seen: Vec<&str> = probed.new.sites.keys().map(String::as_str).collect();
    let days = ledger.visits(today.yesterday().unwrap_or(today), today, Some(&seen)).await.map_err(ledger_error)?;
    let measure = Measure::default();
    let in_a_row = |site: &Site| {
        let visits = days.get(&site.id)?.iter().filter(|d| d.vantage == line.register.settings.vantage);
        let answers: Vec<bool> = visits.flat_map(|d| &d.visits).filter_map(|v| measure.failed(v)).collect();
        let times = answers.iter().rev().take_while(|failed| **failed).count();
        (times >= NAMED).then(|| (site.name.clone(), times))
    };
    let sites = line.register.sites.iter().filter(|s| probed.new.sites.contains_key(&s.id));
    Ok(sites.filter_map(in_a_row).collect())
}

pub(super) fn visits(args: &VisitsArgs) -> Outcome {
    let register = load_register(&args.config)?;
    let labels = labels()?;
    let wanted: Vec<&Site> = match &args.site {
        Some(what) => register.select(what).map_err(|e| CliError::new(Exit::NotFound, e.to_string()))?,
        None => running(&register.sites),
    };
    block_on(async {
        let clock = Clock::system();
        let ledger = Ledger::open_read(&args.data.data, clock.clone()).await.map_err(ledger_error)?;
        let today = local(clock.now()).date();
        let from = today.checked_sub(i32::from(args.days).days()).unwrap_or(today);
        let only = wanted.first().filter(|_| wanted.len() == 1).map(|s| s.id.as_str());
        let stored = ledger.visits(from, today, only.as_ref().map(std::slice::from_ref)).await.map_err(ledger_error)?;
        let found = || wanted.iter().filter_map(|s| Some((*s, stored.get(&s.id)?)));
        let weeks: Vec<SiteWeek> = found().flat_map(|(s, days)| SiteWeek::of(&s.id, &s.name, days)).collect();
        if weeks.is_empty() {
            let next = "请先运行 xunjian probe（访问一次）或 xunjian probe --resident（常驻访问）";
            return Err(CliError::new(Exit::NotFound, format!("近{}天没有访问记录。{next}。", args.days)));
        }
        let past = match only {
            Some(site) => ledger.past_visits(site).await.map_err(ledger_error)?,
            None => Vec::new(),
        };
        let text = match (args.format, only) {
            (Format::Json, _) => visits::week_json(&weeks),
            (Format::Ndjson | Format::Csv, _) => visits::week_lines(&weeks),
            (Format::Table, Some(site)) => visits::one_site(&weeks, &stored[site], &past, args.all, &labels),
            (Format::Table, None) => visits::weeks(&weeks),
        };
        print(&text).map(|()| Exit::Done)
    })?
}

/// Sites that are to be open: the others are not visited.
fn running(sites: &[Site]) -> Vec<&Site> {
    sites.iter().filter(|s| s.status == SiteStatus::Running).collect()
}
