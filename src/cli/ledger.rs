//! `runs`, `report`, `ledger`: reading the ledger, settling runs.

use std::path::Path;

use jiff::civil::Date;

use super::args::{
    ActRunArgs, DataArgs, FormArgs, Format, LedgerAction, LedgerArgs, ReportAction, ReportArgs, RunsAction, RunsArgs,
    SeverityArg, WhitelistArgs,
};
use super::config::{load_both, load_register, load_rules};
use super::{CliError, Exit, Outcome, block_on, print, say, terminal_width, write_file};
use crate::clock::Clock;
use crate::diagnostic::io_reason;
use crate::export::form::{Annex, Coverage, FormOptions, FormSpec};
use crate::export::{self, ExportError, letter};
use crate::ledger::view::ProblemView;
use crate::ledger::{self, Filter, Ledger, LedgerError, RunId};
use crate::register::Register;
use crate::rule::{Labels, RuleSet, Severity};

pub(super) fn ledger_error(error: LedgerError) -> CliError {
    let exit = match &error {
        LedgerError::Busy { .. } | LedgerError::Locked => Exit::Busy,
        LedgerError::Damaged(_) | LedgerError::Foreign(_) | LedgerError::Newer { .. } => Exit::Integrity,
        LedgerError::Refused { .. } | LedgerError::RunState { .. } | LedgerError::ClockBack { .. } => Exit::Refused,
        LedgerError::Overtaken { .. } | LedgerError::Account(_) => Exit::Refused,
        LedgerError::Missing(_) | LedgerError::NoSuchProblem(_) | LedgerError::NoSuchRun(_) => Exit::NotFound,
        LedgerError::DiskFull | LedgerError::ReadOnly | LedgerError::File { .. } | LedgerError::Sql(_) => Exit::Output,
        LedgerError::NetworkDisk { .. } => Exit::Output,
        LedgerError::Input(_) => Exit::Output,
    };
    match &error {
        LedgerError::File { path, source } => {
            let why = io_reason(source);
            CliError::new(
                exit,
                format!("读写 {} 失败（{why}）。请检查数据目录是否完整、磁盘是否正常。", path.display()),
            )
        }
        _ => CliError::new(exit, error.to_string()),
    }
}

pub(super) fn export_error(error: ExportError) -> CliError {
    CliError::new(Exit::Output, error.to_string())
}

/// Labels alone, for commands that need no register: the built-in words with those of `rules/` here. A rule somebody is
/// just writing must not hide the list.
pub(super) fn labels() -> Result<Labels, CliError> {
    match load_rules(None, "") {
        Ok(rules) => Ok(rules.labels),
        Err(_) => {
            say("注意：rules/ 里的规则文件有误（运行 xunjian rules check 查看），这里用程序自带的用语显示。");
            let built_in = RuleSet::embedded(&[]).map_err(|e| CliError::new(Exit::Config, e.to_string()))?;
            Ok(built_in.labels)
        }
    }
}

pub(super) async fn open(data: &DataArgs, clock: &Clock) -> Result<Ledger, CliError> {
    Ledger::open_read(&data.data, clock.clone()).await.map_err(ledger_error)
}

/// Whether the list holds unsolved rows at or above a severity.
pub(super) fn has_at_or_above(problems: &[ProblemView], level: SeverityArg) -> bool {
    let level = match level {
        SeverityArg::Veto => Severity::Veto,
        SeverityArg::Serious => Severity::Serious,
        SeverityArg::General => Severity::General,
    };
    problems.iter().any(|p| p.stage.is_unsolved() && p.severity >= level)
}

pub(super) fn runs(args: &RunsArgs) -> Outcome {
    match &args.action {
        RunsAction::List { data, format } => {
            let labels = labels()?;
            block_on(async {
                let runs = open(data, &Clock::system()).await?.runs().await.map_err(ledger_error)?;
                let text = match format {
                    Format::Table => export::table::runs(&runs, &labels, terminal_width()),
                    Format::Csv => export::csv::runs(&runs, &labels),
                    Format::Json => export::json::runs(&runs).map_err(export_error)?,
                    Format::Ndjson => export::json::run_lines(&runs).map_err(export_error)?,
                };
                print(&text).map(|()| Exit::Done)
            })?
        }
        RunsAction::Show { run, data, format } => {
            let labels = labels()?;
            block_on(async {
                let ledger = open(data, &Clock::system()).await?;
                let run = ledger.run(run).await.map_err(ledger_error)?;
                let unclear = ledger.unclear(&run.id).await.map_err(ledger_error)?;
                let text = match format {
                    Format::Table => export::table::run(&run, &unclear, &labels, terminal_width()),
                    Format::Csv => export::csv::runs(std::slice::from_ref(&run), &labels),
                    Format::Json | Format::Ndjson => {
                        export::json::run_with_sites(&run, &unclear).map_err(export_error)?
                    }
                };
                print(&text).map(|()| Exit::Done)
            })?
        }
        RunsAction::Release(args) => settle(args, true),
        RunsAction::Drop(args) => settle(args, false),
    }
}

fn settle(args: &ActRunArgs, release: bool) -> Outcome {
    let (_, rules) = load_both(&args.config)?;
    block_on(async {
        let _lock = ledger::lock(&args.data.data).map_err(ledger_error)?;
        let ledger = Ledger::open(&args.data.data, Clock::system()).await.map_err(ledger_error)?;
        let run = RunId(args.run.clone());
        let text = if release {
            let applied = ledger.release(&run, &args.reason, &args.by, &rules.calendar).await.map_err(ledger_error)?;
            format!(
                "已放行 {run}：列入 {}，新增疑似 {}，转待复核 {}，销号 {}，反弹 {}。",
                applied.opened + applied.confirmed,
                applied.suspected,
                applied.awaiting_review,
                applied.closed,
                applied.reopened
            )
        } else {
            ledger.drop_run(&run, &args.reason, &args.by).await.map_err(ledger_error)?;
            format!("已放弃 {run} 的结果，清单未改动。")
        };
        print(&text).map(|()| Exit::Done)
    })?
}

pub(super) fn report(args: &ReportArgs) -> Outcome {
    match &args.action {
        ReportAction::Form(form) => match form.kind {
            Some(kind) => super::report::paper_form(form, kind),
            None => report_form(form),
        },
        ReportAction::Monthly(args) => super::prose::monthly(args),
        ReportAction::Overall(args) => super::prose::overall(args),
        ReportAction::Notice(args) => super::prose::notice(args),
        ReportAction::List(data) => super::prose::list(data),
        ReportAction::Show(args) => super::prose::show(args),
        ReportAction::Balance(args) => super::problems::balance(args),
        ReportAction::Whitelist(letter) => whitelist(letter),
    }
}

fn report_form(form: &FormArgs) -> Outcome {
    if form.output.is_none() && form.xlsx.is_none() && form.csv.is_none() {
        let hint = "请用 -o 文件.docx、--xlsx 文件.xlsx 或 --csv 文件.csv 写明输出到哪里";
        return Err(CliError::new(Exit::Usage, format!("没有写明输出文件。{hint}。")));
    }
    let register = load_register(&form.config)?;
    let rules = load_rules(form.config.rules.as_deref(), &register.settings.region)?;
    let clock = Clock::system();
    let date = day(form.date.as_deref(), &clock)?;
    let unit = form.unit.as_deref().map(|what| find_unit(&register, what)).transpose()?;
    block_on(async {
        let ledger = open(&form.data, &clock).await?;
        let filter = Filter { unit, ..Filter::everything() };
        let problems = ledger.problems(&filter).await.map_err(ledger_error)?;
        let coverage = ledger.runs().await.map_err(ledger_error)?;
        let newest = coverage.iter().find(|r| matches!(r.state.as_str(), "applied" | "partial") && r.kind == "patrol");
        let options =
            form_options(form, &register, date, newest.map(Coverage::from), ledger.code().await.map_err(ledger_error)?);
        write_forms(form, &FormSpec::build(&options, &problems), &problems, &rules.labels)
    })?
}

/// The day somebody wrote, or today.
pub(super) fn day(text: Option<&str>, clock: &Clock) -> Result<Date, CliError> {
    let Some(text) = text else { return Ok(clock.today()) };
    text.parse().map_err(|_| CliError::new(Exit::Usage, format!("日期“{text}”不对。请写成 2020-05-12 的样子。")))
}

/// Letters to the units whose protection devices have kept us out for days.
fn whitelist(args: &WhitelistArgs) -> Outcome {
    let register = load_register(&args.config)?;
    let rules = load_rules(args.config.rules.as_deref(), &register.settings.region)?;
    let clock = Clock::system();
    let date = day(args.date.as_deref(), &clock)?;
    let unit = args.unit.as_deref().map(|what| find_unit(&register, what)).transpose()?;
    let only = unit.as_ref().and_then(|id| register.units.iter().find(|u| u.id == *id)).map(|u| u.name.as_str());
    block_on(async {
        let mut hints = open(&args.data, &clock).await?.hints().await.map_err(ledger_error)?;
        hints.retain(|h| only.is_none_or(|name| h.unit == name));
        let blocked: Vec<&str> =
            rules.running().filter(|r| r.check.name() == "blocked").map(|r| r.id.as_str()).collect();
        let letters = letter::letters(&hints, &blocked);
        if letters.is_empty() {
            return print("目前没有持续被防护设备拦截的网站，不需要放行函。").map(|()| Exit::Done);
        }
        let settings = &register.settings;
        let sender = letter::Sender {
            office: settings.contact.office.clone(),
            contact_person: settings.contact.person.clone(),
            contact_phone: settings.contact.phone.clone(),
            addresses: args.address.iter().map(ToString::to_string).collect(),
            agent: crate::fetch::user_agent(&settings.network.agent_contact),
            requests_per_second: settings.politeness.requests_per_second,
            date,
        };
        write_file(&args.output, &export::docx::build_letters(&letters, &sender).map_err(export_error)?)?;
        let sites: usize = letters.iter().map(|l| l.rows.len()).sum();
        say(&format!("已写出 {}（{} 个单位，{sites} 个网站）", args.output.display(), letters.len()));
        Ok(Exit::Done)
    })?
}

pub(super) fn find_unit(register: &Register, what: &str) -> Result<String, CliError> {
    register.units.iter().find(|u| u.id == what || u.name == what || u.aliases.iter().any(|a| a == what)).map_or_else(
        || Err(CliError::new(Exit::NotFound, format!("登记表里没有单位“{what}”。请写单位编号或全称。"))),
        |unit| Ok(unit.id.clone()),
    )
}

/// What the register and the command line say about a form.
pub(super) fn form_options(
    form: &FormArgs,
    register: &Register,
    date: Date,
    coverage: Option<Coverage>,
    code: String,
) -> FormOptions {
    let annex = if form.annex == Some(2) { Annex::Two } else { Annex::One };
    let contact = &register.settings.contact;
    let unit = form.unit.as_deref().and_then(|w| register.units.iter().find(|u| u.id == w || u.name == w));
    FormOptions {
        title: form.title.clone(),
        office: unit.map_or_else(|| contact.office.clone(), |u| u.name.clone()),
        contact_person: unit.and_then(|u| u.contact.clone()).unwrap_or_else(|| contact.person.clone()),
        contact_phone: unit.and_then(|u| u.phone.clone()).unwrap_or_else(|| contact.phone.clone()),
        suspected: form.include_suspected,
        unit_order: register.units.iter().map(|u| u.id.clone()).collect(),
        coverage,
        checksum: Some(code),
        draft: form.draft,
        ..FormOptions::new(annex, date)
    }
}

/// Builds and writes the files asked for, and says what was written.
pub(super) fn write_forms(form: &FormArgs, spec: &FormSpec, problems: &[ProblemView], labels: &Labels) -> Outcome {
    let put = |path: &Path, bytes: Vec<u8>| -> Result<(), CliError> {
        write_file(path, &bytes)?;
        say(&format!("已写出 {}（{} 条）", path.display(), spec.rows.len()));
        Ok(())
    };
    if spec.draft && !form.draft {
        say(
            "注意：有整改措施仍是系统建议、尚未确认，已加“草稿”字样。认领（take）、修改（edit）或下发（issue）后再印即无此字样。",
        );
    }
    if let Some(path) = &form.output {
        put(path, export::docx::build(spec).map_err(export_error)?)?;
    }
    if let Some(path) = &form.xlsx {
        put(path, export::xlsx::build(spec, problems, labels).map_err(export_error)?)?;
    }
    if let Some(path) = &form.csv {
        let ids: std::collections::HashSet<&str> = spec.rows.iter().map(|r| r.id.as_str()).collect();
        let rows: Vec<ProblemView> = problems.iter().filter(|p| ids.contains(p.id.as_str())).cloned().collect();
        put(path, export::csv::problems(&rows, labels).into_bytes())?;
    }
    Ok(Exit::Done)
}

pub(super) fn ledger(args: &LedgerArgs) -> Outcome {
    let clock = Clock::system();
    match &args.action {
        LedgerAction::Verify { at, data } => block_on(async {
            let ledger = open(data, &clock).await?;
            let report = ledger.verify().await.map_err(ledger_error)?;
            if report.is_sound() {
                let text = format!("事件 {} 条，链完整；投影与证据一致。\n台账校验码 {}", report.events, report.code);
                print(&text)?;
                let Some(code) = at else { return Ok(Exit::Done) };
                if ledger.holds(code).await.map_err(ledger_error)? {
                    return print(&format!("校验码 {code} 出自本台账。")).map(|()| Exit::Done);
                }
                let why = format!("校验码 {code} 不出自本台账：写错了，或者该报表出自另一本、被改动过的台账。");
                return Err(CliError::new(Exit::Integrity, why));
            }
            print(&format!("台账校验未通过：\n  {}", report.faults.join("\n  ")))?;
            let next =
                "请勿继续写入：先另存整个数据目录，再用最近的备份恢复，或运行 xunjian ledger rebuild 由事件重建清单";
            Err(CliError::new(Exit::Integrity, format!("共 {} 处不符。{next}。", report.faults.len())))
        })?,
        LedgerAction::Backup { to, data } => block_on(async {
            let ledger = open(data, &clock).await?;
            let backup = ledger.backup(to).await.map_err(ledger_error)?;
            let text = format!(
                "已备份到 {}：事件 {} 条，证据新复制 {} 个、原有 {} 个，校验通过。\n台账校验码 {}\n恢复时把该目录复制回来，或直接用 --data 指向它。",
                to.display(),
                backup.events,
                backup.copied,
                backup.kept,
                backup.code
            );
            print(&text).map(|()| Exit::Done)
        })?,
        LedgerAction::Rebuild { data } => block_on(async {
            let _lock = ledger::lock(&data.data).map_err(ledger_error)?;
            let ledger = Ledger::open(&data.data, clock.clone()).await.map_err(ledger_error)?;
            ledger.rebuild().await.map_err(ledger_error)?;
            let code = ledger.code().await.map_err(ledger_error)?;
            print(&format!("已由事件和观测重建清单。台账校验码 {code}")).map(|()| Exit::Done)
        })?,
    }
}
