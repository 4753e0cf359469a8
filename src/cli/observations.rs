//! `export observations` and `import observations`: one machine sees, another keeps the ledger, a file goes between them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use jiff::ToSpan;
use tokio_util::sync::CancellationToken;

use super::args::{ConfigArgs, DataArgs, ExportAction, ExportArgs, ImportAction, ImportArgs};
use super::config::load_both;
use super::ledger::{day, ledger_error};
use super::patrol::run_error;
use super::{CliError, Exit, Outcome, block_on, print};
use crate::clock::Clock;
use crate::export::json::event_line;
use crate::ledger::Applied;
use crate::register::Register;
use crate::rule::template;
use crate::run::{self, Ended, Imported, Line, ParcelFault};

/// Days written when nobody says since when: a week and the day it ends in.
const DAYS: i32 = 8;
/// Sites named in one line.
const NAMED: usize = 10;

pub(super) fn export(args: &ExportArgs) -> Outcome {
    let (since, output, config, data) = match &args.action {
        ExportAction::Observations { since, output, config, data } => (since, output, config, data),
        ExportAction::Events { since, output, data } => return events(*since, output.as_deref(), data),
    };
    with_line(config, data, async |line| {
        let mut first = day(since.as_deref(), &line.clock)?;
        if since.is_none() {
            first = first.checked_sub(DAYS.days()).unwrap_or(first);
        }
        let exported = run::export_observations(&line, first, output).await.map_err(run_error)?;
        let vantage = &line.register.settings.vantage;
        let mut text = format!(
            "已写出 {}：探测点“{vantage}”，{first} 以来访问 {} 次，巡查所见 {} 份",
            output.display(),
            exported.visits,
            exported.looks
        );
        if exported.doubtful > 0 {
            text.push_str(&format!("；另有 {} 份看到时本机网络不稳或没有看完，未写入", exported.doubtful));
        }
        text.push('。');
        print(&text).map(|()| Exit::Done)
    })
}

/// Events read at a time.
const PAGE: u32 = 1_000;

/// The log, one line for each event, as it is stored.
fn events(since: i64, output: Option<&Path>, data: &DataArgs) -> Outcome {
    let Some(path) = output else {
        return block_on(each_page(since, data, |text| print(text.trim_end()).map(|()| Exit::Done)))?
            .map(|_| Exit::Done);
    };
    // The file appears whole or not at all.
    let partial = path.with_extension("partial");
    let failed = |e: std::io::Error| CliError::file("写文件", path, &e);
    let written = || {
        let mut file = BufWriter::new(File::create(&partial).map_err(failed)?);
        let (count, last) = block_on(each_page(since, data, |text| {
            file.write_all(text.as_bytes()).map(|()| Exit::Done).map_err(failed)
        }))??;
        file.into_inner().map_err(|e| failed(e.into_error()))?.sync_all().map_err(failed)?;
        std::fs::rename(&partial, path).map_err(failed)?;
        print(&format!("已写出 {}：事件 {count} 条，至第 {last} 条。", path.display())).map(|()| Exit::Done)
    };
    written().inspect_err(|_| drop(std::fs::remove_file(&partial)))
}

/// Hands over the events after `since` as lines, some at a time; returns how many, and the last one's number.
async fn each_page(
    since: i64,
    data: &DataArgs,
    mut sink: impl FnMut(&str) -> Outcome,
) -> Result<(usize, i64), CliError> {
    let ledger = super::ledger::open(data, &Clock::system()).await?;
    let (mut last, mut count) = (since, 0);
    loop {
        let page = ledger.events_after(last, PAGE).await.map_err(ledger_error)?;
        let Some(end) = page.last() else { return Ok((count, last)) };
        last = end.seq;
        count += page.len();
        sink(&page.iter().map(event_line).collect::<String>())?;
    }
}

pub(super) fn import(args: &ImportArgs) -> Outcome {
    let (file, config, data) = match &args.action {
        ImportAction::Observations { file, config, data } => (file, config, data),
        ImportAction::Problems(list) => return super::intake::import_problems(list),
    };
    with_line(config, data, async |line| {
        let imported = run::import_observations(&line, file).await.map_err(run_error)?;
        print(&told(&imported, line.register))?;
        let applied = imported.ran.iter().filter_map(applied);
        Ok(if applied.into_iter().any(|a| a.held.is_some()) { Exit::Held } else { Exit::Done })
    })
}

fn with_line(config: &ConfigArgs, data: &DataArgs, work: impl AsyncFnOnce(Line<'_>) -> Outcome) -> Outcome {
    let (register, rules) = load_both(config)?;
    let line = Line {
        register: &register,
        rules: Arc::new(rules),
        data: &data.data,
        clock: Clock::system(),
        renderer: None,
        cancel: CancellationToken::new(),
    };
    block_on(work(line))?
}

fn applied(ran: &run::Ran) -> Option<&Applied> {
    match &ran.ended {
        Ended::Applied(applied) if !applied.repeated => Some(applied),
        _ => None,
    }
}

fn told(imported: &Imported, register: &Register) -> String {
    let visits = &imported.visits;
    let mut out = format!(
        "已并入探测点“{}”的观测：访问 {} 次（新增 {}，已有 {}），巡查所见 {} 份\n",
        imported.vantage,
        visits.added + visits.known,
        visits.added,
        visits.known,
        imported.looks
    );
    if visits.late > 0 {
        out.push_str(&format!("  超过 90 天、不再计入的访问 {} 次\n", visits.late));
    }
    let list = |ids: &[String], name: &dyn Fn(&String) -> String| {
        let more = if ids.len() > NAMED { format!(" 等 {} 个", ids.len()) } else { String::new() };
        ids.iter().take(NAMED).map(name).collect::<Vec<_>>().join("、") + &more
    };
    if !imported.unknown.is_empty() {
        let id = |id: &String| id.escape_debug().take(40).collect();
        out.push_str(&format!("  登记表没有、未并入的网站：{}\n", list(&imported.unknown, &id)));
    }
    if !imported.moved.is_empty() {
        let name = |id: &String| register.site(id).map_or_else(String::new, |s| s.name.clone());
        out.push_str(&format!("  网址与登记表不同、未并入的网站：{}\n", list(&imported.moved, &name)));
    }
    let all: Vec<&Applied> = imported.ran.iter().filter_map(applied).collect();
    let sum = |of: fn(&Applied) -> u32| all.iter().map(|a| of(a)).sum::<u32>();
    if all.is_empty() {
        out.push_str("  清单没有变化\n");
    } else {
        out.push_str(&format!(
            "  列入清单 {}  新增疑似 {}  转待复核 {}  销号 {}  反弹 {}\n",
            sum(|a| a.opened + a.confirmed),
            sum(|a| a.suspected),
            sum(|a| a.awaiting_review),
            sum(|a| a.closed),
            sum(|a| a.reopened)
        ));
    }
    for hold in all.iter().filter_map(|a| a.held.as_ref()) {
        out.push_str(&format!("  ！熔断：规则 {} 将使许多网站同时变化，结果已保存，未写入清单。运行 xunjian runs list 查看，核实后放行或放弃。\n", hold.rule));
    }
    out
}

/// Why a file of observations is not taken over.
pub(super) fn refused(path: &Path, line: u64, fault: &ParcelFault) -> CliError {
    let again = "请在探测点重新写出后再并入";
    let (exit, what, next) = match fault {
        ParcelFault::Foreign => {
            (Exit::Integrity, "不是观测文件".to_owned(), "请给出 xunjian export observations 写出的文件")
        }
        ParcelFault::Newer(v) => {
            (Exit::Integrity, format!("由更新版本的程序写成，格式第 {v} 版"), "请升级本机程序后再并入")
        }
        ParcelFault::Damaged => (Exit::Integrity, format!("第 {line} 行不是观测，或已损坏"), again),
        ParcelFault::TooLong => (Exit::Integrity, format!("第 {line} 行过长"), again),
        ParcelFault::TooMany => (Exit::Integrity, format!("到第 {line} 行为止访问过多"), "请用 --since 分几次写出"),
        ParcelFault::Short => (Exit::Integrity, format!("第 {line} 行起缺失，文件没有写完整或拷贝中断"), "请重新拷贝"),
        ParcelFault::Altered => (Exit::Integrity, "内容与写出时的校验值不符".to_owned(), again),
        ParcelFault::Ahead(at) => (
            Exit::Config,
            format!("第 {line} 行的时间 {} 晚于本机现在的时间", template::instant(*at)),
            "请核对两台机器的时钟",
        ),
        ParcelFault::OurVantage(name) => (
            Exit::Config,
            format!("探测点“{name}”与本机同名，两处所见会混在一起"),
            "请在两台机器的登记表里把 settings.vantage 写成不同的名称，重新写出",
        ),
        ParcelFault::Vantage => {
            (Exit::Integrity, format!("第 {line} 行的探测点名称无法使用，或与文件开头的不同"), again)
        }
    };
    CliError::new(exit, format!("未并入观测文件 {}：{what}。{next}。没有改动任何内容。", path.display()))
}
