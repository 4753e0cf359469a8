//! `selfcheck`, `register compare`: blank sheets out, filled ones in, and what of the ten key points nobody has looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::args::{CompareArgs, SelfCheckAction, SelfCheckArgs};
use super::config::load_both;
use super::ledger::{find_unit, ledger_error, open};
use super::problems::attachment;
use super::{CliError, Exit, Outcome, block_on, print, say, write_file};
use crate::clock::Clock;
use crate::export;
use crate::intake::selfcheck::{SelfCheck, read};
use crate::ledger::view::Attachment;
use crate::ledger::{self, By, Filter, Ledger, NewEntry};
use crate::register::{Register, Unit};
use crate::rule::RuleSet;
use crate::run;

pub(super) fn selfcheck(args: &SelfCheckArgs) -> Outcome {
    match &args.action {
        SelfCheckAction::New { unit, output, config } => {
            let (register, rules) = load_both(config)?;
            match unit {
                Some(what) => {
                    let id = find_unit(&register, what)?;
                    let unit = register.units.iter().find(|u| u.id == id);
                    unit.map_or(Ok(Exit::Done), |unit| blank(&rules, unit, output))
                }
                None => all_blanks(&register, &rules, output),
            }
        }
        SelfCheckAction::Import { files, apply, until, by, config, data } => {
            let (register, rules) = load_both(config)?;
            let mut exit = Exit::Done;
            for file in files {
                match import(&register, &rules, file, *until, by, *apply, &data.data) {
                    Ok(text) => print(&text)?,
                    Err(error) if files.len() > 1 => {
                        say(&error.message);
                        exit = error.exit;
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(exit)
        }
        SelfCheckAction::Status { config, data } => {
            let (register, rules) = load_both(config)?;
            status(&register, &rules, data)
        }
    }
}

fn blank(rules: &RuleSet, unit: &Unit, path: &Path) -> Outcome {
    let today = Clock::system().today();
    let bytes = export::xlsx::selfcheck((&unit.id, &unit.name), &rules.questions, &rules.labels, today)
        .map_err(super::ledger::export_error)?;
    write_file(path, &bytes)?;
    say(&format!("已写出 {}（{} 项）", path.display(), rules.questions.len()));
    Ok(Exit::Done)
}

fn all_blanks(register: &Register, rules: &RuleSet, folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|e| CliError::file("建文件夹", folder, &e))?;
    for unit in &register.units {
        let safe: String = unit.name.chars().map(|c| if r#"/\:*?"<>|"#.contains(c) { '_' } else { c }).collect();
        blank(rules, unit, &folder.join(format!("自查表-{safe}.xlsx")))?;
    }
    Ok(Exit::Done)
}

fn import(
    register: &Register,
    rules: &RuleSet,
    path: &Path,
    until: Option<jiff::civil::Date>,
    by: &str,
    apply: bool,
    data: &Path,
) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|e| CliError::file("读自查表", path, &e))?;
    let sheet = read(&bytes, &rules.questions)
        .map_err(|e| CliError::new(Exit::Usage, format!("{}：{e}。", path.display())))?
        .map_err(|mistakes| {
            let lines: Vec<String> = mistakes.iter().map(|m| format!("  {m}")).collect();
            let count = mistakes.len();
            CliError::new(
                Exit::Usage,
                format!("{} 有 {count} 处错误，没有写入任何内容：\n{}", path.display(), lines.join("\n")),
            )
        })?;
    let unit = register.units.iter().find(|u| u.name == sheet.unit || u.aliases.contains(&sheet.unit));
    let unit = unit.ok_or_else(|| {
        let next = "请核对填报单位，或先在登记表里登记该单位";
        CliError::new(Exit::NotFound, format!("{}：登记表里没有单位“{}”。{next}。", path.display(), sheet.unit))
    })?;
    let today = Clock::system().today();
    if sheet.date > today {
        let text = format!("{}：填表日期 {} 晚于今天，请核对。", path.display(), sheet.date);
        return Err(CliError::new(Exit::Usage, text));
    }
    block_on(async {
        let ledger = Ledger::open(data, Clock::system()).await.map_err(ledger_error)?;
        let file: Attachment = attachment(&ledger, path, !apply)?;
        let newest = ledger.selfchecks().await.map_err(ledger_error)?.remove(&unit.id);
        if let Some(newer) = newest.filter(|n| n.on > sheet.date) {
            let text = format!(
                "{}：{}已交过 {} 填报的自查表，这份填于 {}，是旧表。没有写入任何内容。",
                path.display(),
                unit.name,
                newer.on,
                sheet.date
            );
            return Err(CliError::new(Exit::Refused, text));
        }
        let entries = run::selfcheck_entries(register, unit, &sheet, rules, until, &file);
        let filed = run::selfcheck_file(unit, &sheet, rules, file);
        let reason = format!("{}自查表（{}填报）", unit.name, sheet.person);
        let who = By { actor: by, reason: &reason };
        let entered =
            ledger.take_in(Some(&filed), &entries, who, &rules.calendar, !apply).await.map_err(ledger_error)?;
        Ok(told(path, unit, &sheet, rules, &entries, &entered, apply))
    })?
}

fn told(
    path: &Path,
    unit: &Unit,
    sheet: &SelfCheck,
    rules: &RuleSet,
    entries: &[NewEntry],
    entered: &[ledger::Entered],
    apply: bool,
) -> String {
    let good = sheet.answers.len() - entries.len();
    let known = entered.iter().filter(|e| e.known).count();
    let back = entered.iter().filter(|e| e.reopened).count();
    let mut out = format!(
        "{}：{}，{} 填报，共 {} 项：已答 {}，其中做到或不适用 {good}，列入 {}（此前已列入 {known}，销号后恢复 {back}），未答 {}。\n",
        path.display(),
        unit.name,
        sheet.date,
        rules.questions.len(),
        sheet.answers.len(),
        entries.len(),
        sheet.unanswered.len()
    );
    for (entry, done) in entries.iter().zip(entered) {
        out.push_str(&format!("  {} {}\n", done.number, entry.finding.text));
    }
    if !sheet.unanswered.is_empty() {
        let names: Vec<&str> = sheet.unanswered.iter().take(5).map(|i| rules.questions[*i].ask.as_str()).collect();
        let more = if sheet.unanswered.len() > 5 { "等" } else { "" };
        out.push_str(&format!("  未答：{}{more}\n", names.join("；")));
    }
    for note in &sheet.notes {
        out.push_str(&format!("  {note}\n"));
    }
    out.push_str(if apply {
        "已写入台账。\n"
    } else {
        "没有写入任何内容；核对无误后加 --apply 写入。\n"
    });
    out
}

/// Every key point, with what is known of it: rows of the list, answers, or 未查.
fn status(register: &Register, rules: &RuleSet, data: &super::args::DataArgs) -> Outcome {
    block_on(async {
        let ledger = open(data, &Clock::system()).await?;
        let sheets = ledger.selfchecks().await.map_err(ledger_error)?;
        let rows = ledger.problems(&Filter::default()).await.map_err(ledger_error)?;
        let patrolled: BTreeSet<u8> = match ledger.runs().await.map_err(ledger_error)?.is_empty() {
            true => BTreeSet::new(),
            false => rules.running().map(|rule| rule.key_point).collect(),
        };
        let mut points: BTreeMap<u8, (usize, usize)> = (1..=10).map(|p| (p, (0, 0))).collect();
        for row in &rows {
            points.entry(row.key_point).or_default().0 += 1;
        }
        for question in &rules.questions {
            let answered = sheets.values().filter(|s| s.answers.contains_key(&question.id)).count();
            let point = &mut points.entry(question.key_point).or_default().1;
            *point = (*point).max(answered);
        }
        let units = register.units.len();
        let mut out =
            format!("自查表：{} 个单位，已交 {}，未交 {}。\n\n", units, sheets.len(), units - sheets.len().min(units));
        for (point, (open, answered)) in points {
            let seen = match (patrolled.contains(&point), answered) {
                (false, 0) => format!("未查（{units} 个单位均未自查）"),
                (true, 0) => "巡查已查，单位未自查".to_owned(),
                (true, n) => format!("巡查已查，{n} 个单位已自查"),
                (false, n) => format!("{n} 个单位已自查，{} 个未查", units - n.min(units)),
            };
            out.push_str(&format!("{}：未销号 {open}；{seen}\n", export::key_point_words(&rules.labels, point)));
        }
        let missing: Vec<&str> =
            register.units.iter().filter(|u| !sheets.contains_key(&u.id)).map(|u| u.name.as_str()).collect();
        if !missing.is_empty() {
            out.push_str(&format!("\n未交：{}\n", missing.join("、")));
        }
        print(&out).map(|()| Exit::Done)
    })?
}

/// What the register shows by itself.
pub(super) fn compare(args: &CompareArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let clock = Clock::system();
    let facts = run::register_facts(&register, &rules, clock.today());
    let unknown = register.media.len().saturating_sub(facts.len());
    block_on(async {
        let ledger = Ledger::open(&args.data.data, clock).await.map_err(ledger_error)?;
        let said = ledger.register_says(&facts, &rules.calendar, args.dry_run).await.map_err(ledger_error)?;
        let mut out =
            format!("新媒体 {} 个：可以判断 {}，没有查看日期或不在用 {unknown}。\n", register.media.len(), facts.len());
        let moved = [
            ("列入", &said.opened),
            ("销号后恢复", &said.reopened),
            ("退回", &said.returned),
            ("转待复核", &said.awaiting_review),
        ];
        for (word, numbers) in moved {
            if !numbers.is_empty() {
                out.push_str(&format!("{word} {}：{}\n", numbers.len(), numbers.join("、")));
            }
        }
        out.push_str(if args.dry_run { "未写入台账。" } else { "已写入台账。" });
        print(&out).map(|()| Exit::Done)
    })?
}
