//! `patrol` and `audit`: a run, its summary, its exit code.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Time;
use tokio_util::sync::CancellationToken;

use super::args::{AuditArgs, Format, PatrolArgs, SeverityArg};
use super::config::load_both;
use super::ledger::{has_at_or_above, ledger_error};
use super::progress::Bar;
use super::{CliError, Exit, Outcome, block_on, print, say};
use crate::clock::Clock;
use crate::diagnostic::io_reason;
use crate::evidence::format::FormatError;
use crate::export;
use crate::ledger::{Filter, Ledger};
use crate::register::{Register, Site};
use crate::render::{self, Renderer};
use crate::rule::{self, Labels, RuleSet};
use crate::run::{self, Ended, Line, Ran, RunError};
use crate::schedule::next_daily;

/// Everything `patrol`, `audit` and the demo share.
pub(super) struct Session {
    pub(super) register: Register,
    pub(super) rules: Arc<RuleSet>,
    pub(super) data: PathBuf,
    pub(super) clock: Clock,
    pub(super) quiet: bool,
    pub(super) render: render::Settings,
}

impl Session {
    /// Runs the line over `sites`; Ctrl-C stops it in order.
    pub(super) async fn run(&self, kind: &'static str, sites: &[&Site], keep: bool) -> Result<Ran, CliError> {
        let cancel = CancellationToken::new();
        let listener = tokio::spawn(stop_on_signal(cancel.clone()));
        let renderer = Arc::new(Renderer::new(self.render.clone(), self.clock.clone()));
        let line = Line {
            register: &self.register,
            rules: self.rules.clone(),
            data: &self.data,
            clock: self.clock.clone(),
            renderer: Some(renderer.clone()),
            cancel,
        };
        let ran = run::run(&line, kind, sites, keep, &Bar::new(self.quiet)).await;
        let report = renderer.close().await;
        listener.abort();
        ran.map(|ran| Ran { rendering: Some(report), ..ran }).map_err(run_error)
    }
}

pub(super) async fn stop_on_signal(cancel: CancellationToken) {
    if stop_requested().await.is_ok() {
        say("正在停止：不再开始新的网站，已查完的将保存（再按一次 Ctrl-C 立即退出，本次巡查作废）。");
        cancel.cancel();
        if stop_requested().await.is_ok() {
            // The run in progress is set aside whole at the next start; nothing of it reached the ledger.
            #[expect(clippy::exit, reason = "the user asked twice; an open transaction rolls back by itself")]
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    }
}

/// Ctrl-C, or the request of a service manager to stop.
pub(super) async fn stop_requested() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = term.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

pub(super) fn run_error(error: RunError) -> CliError {
    match error {
        RunError::Ledger(e) => ledger_error(e),
        RunError::Fetch(e) => {
            let next = "请核对登记表的 settings.politeness 和 settings.network";
            CliError::new(Exit::Config, format!("网络设置无法使用（{e}）。{next}。"))
        }
        RunError::Setting(message) => CliError::new(Exit::Config, message),
        RunError::File(message) => CliError::new(Exit::Output, message),
        RunError::Evidence { path, source } => {
            let (what, next) = match source {
                FormatError::Parse { line, .. } => {
                    (format!("第 {line} 行不是巡查证据，或没有写完整"), "请确认给出的是 runs 目录下的 ndjson 文件")
                }
                FormatError::Newer { line, .. } => (format!("第 {line} 行由更新版本的程序写成"), "请升级程序后再用"),
                FormatError::Io(e) => (io_reason(&e), "请确认给出的是 runs 目录下的 ndjson 文件"),
            };
            CliError::new(Exit::Integrity, format!("证据文件无法读取：{}（{what}）。{next}。", path.display()))
        }
        RunError::Parcel { path, line, fault } => super::observations::refused(&path, line, &fault),
    }
}

pub(super) fn patrol(args: &PatrolArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let rules = Arc::new(rules);
    for warning in &register.warnings {
        say(&format!("注意：{warning}"));
    }
    // Judging again asks no browser.
    let render = match args.from_evidence.is_empty() {
        true => super::config::render_settings(&register, args.render)?,
        false => run::render_settings(&register),
    };
    let data = args.data.data.clone();
    let session = Session { register, rules, data, clock: Clock::system(), quiet: args.quiet, render };
    if !args.from_evidence.is_empty() {
        return rejudge(&session, args);
    }
    let once = |session: &Session| -> Outcome {
        let sites: Vec<&Site> = session.register.sites.iter().collect();
        block_on(async {
            let ran = session.run("patrol", &sites, false).await?;
            finish(session, &ran, Some(args.format), args.fail_on, Some(args.max_undetermined)).await
        })?
    };
    match &args.daily {
        None => once(&session),
        Some(text) => daily(&session, text, once),
    }
}

/// Stays resident and patrols once a day; a day slept through is made up once.
fn daily(session: &Session, text: &str, once: impl Fn(&Session) -> Outcome) -> Outcome {
    let at: Time = format!("{text}:00")
        .parse()
        .map_err(|_| CliError::new(Exit::Usage, format!("时刻“{text}”不对。请写成 时:分，如 02:00。")))?;
    loop {
        let due = next_daily(session.clock.now(), at);
        say(&format!("下次巡查：{}。按 Ctrl-C 结束。", rule::template::instant(due)));
        let stopped = block_on(async {
            loop {
                let left = due.duration_since(session.clock.now());
                let Ok(left) = std::time::Duration::try_from(left) else { return false };
                if left.is_zero() {
                    return false;
                }
                // Short naps: a machine that slept, or whose clock was set, notices within a minute.
                tokio::select! {
                    _ = stop_requested() => return true,
                    () = tokio::time::sleep(left.min(std::time::Duration::from_secs(60))) => {}
                }
            }
        })?;
        if stopped {
            return Ok(Exit::Done);
        }
        match once(session) {
            Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
            Ok(_) => {}
            Err(error) => say(&error.message),
        }
    }
}

/// Prints the summary (as talk when no format is given) and decides the exit code; the order of the table in [`Exit`] holds.
pub(super) async fn finish(
    session: &Session,
    ran: &Ran,
    format: Option<Format>,
    fail_on: Option<SeverityArg>,
    max_undetermined: Option<u8>,
) -> Outcome {
    let ledger = Ledger::open_read(&session.data, session.clock.clone()).await.map_err(ledger_error)?;
    let problems = ledger.problems(&Filter::everything()).await.map_err(ledger_error)?;
    let summary = super::summary::of(session, ran, &problems);
    match format {
        Some(Format::Json | Format::Ndjson) => print(&export::summary::json(&summary))?,
        Some(Format::Csv) => {
            print(&export::csv::runs(&[ledger.run(&ran.run.0).await.map_err(ledger_error)?], &session.rules.labels))?
        }
        Some(Format::Table) => print(&export::summary::run(&summary, &session.rules.labels))?,
        None => say(&export::summary::run(&summary, &session.rules.labels)),
    }
    let exit = match &ran.ended {
        Ended::Void => Exit::Void,
        Ended::Applied(applied) if applied.held.is_some() => Exit::Held,
        Ended::Applied(_) if ran.interrupted => Exit::Interrupted,
        Ended::Applied(applied) => {
            let undetermined = applied.undetermined_sites().len() * 100;
            let limit = max_undetermined.map_or(usize::MAX, |p| usize::from(p) * ran.planned.max(1));
            if undetermined > limit {
                Exit::Incomplete
            } else if let Some(level) = fail_on
                && has_at_or_above(&problems, level)
            {
                Exit::Unsolved
            } else {
                Exit::Done
            }
        }
    };
    Ok(exit)
}

pub(super) fn audit(args: &AuditArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let rules = Arc::new(rules);
    let render = super::config::render_settings(&register, args.render)?;
    let data = args.data.data.clone();
    let session = Session { register, rules, data, clock: Clock::system(), quiet: args.quiet, render };
    let mut sites: Vec<&Site> = Vec::new();
    for what in &args.site {
        let found = session.register.select(what).map_err(|e| CliError::new(Exit::NotFound, e.to_string()))?;
        for site in found {
            if !sites.iter().any(|s| s.id == site.id) {
                sites.push(site);
            }
        }
    }
    block_on(async {
        let ran = session.run(run::AUDIT, &sites, true).await?;
        let sheets: Vec<export::audit::Sheet> =
            ran.verdicts.iter().map(|v| super::summary::sheet(&session, v)).collect();
        // A void run looked at nothing: its one message is the summary's.
        if !sheets.is_empty() {
            print(&sheets_as(args.format, &sheets, &session.rules.labels))?;
        }
        // Data stays one document: beside it the summary is talk.
        let summary = if args.format == Format::Table { Some(Format::Table) } else { None };
        finish(&session, &ran, summary, Some(args.fail_on), None).await
    })?
}

fn sheets_as(format: Format, sheets: &[export::audit::Sheet], labels: &Labels) -> String {
    match format {
        Format::Json => export::audit::json(sheets),
        Format::Ndjson => export::audit::lines(sheets),
        Format::Csv => export::csv::audit(sheets, labels),
        Format::Table => export::audit::text(sheets, labels),
    }
}

fn rejudge(session: &Session, args: &PatrolArgs) -> Outcome {
    block_on(async {
        let line = Line {
            register: &session.register,
            rules: session.rules.clone(),
            data: &session.data,
            clock: session.clock.clone(),
            renderer: None,
            cancel: CancellationToken::new(),
        };
        let judged = run::judge_again(&line, &args.from_evidence).map_err(run_error)?;
        if args.dry_run {
            let sheets: Vec<export::audit::Sheet> =
                judged.verdicts.iter().map(|v| super::summary::sheet(session, v)).collect();
            print(&sheets_as(args.format, &sheets, &session.rules.labels))?;
            return Ok(Exit::Done);
        }
        let ran = run::apply_judged(&line, judged).await.map_err(run_error)?;
        finish(session, &ran, Some(args.format), args.fail_on, Some(args.max_undetermined)).await
    })?
}
