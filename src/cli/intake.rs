//! `import problems`: measures that come back on our forms, lists of below, notices of above.

use std::path::Path;

use super::args::{ImportProblemsArgs, ListSourceArg};
use super::config::load_both;
use super::ledger::ledger_error;
use super::problems::attachment;
use super::{CliError, Exit, Outcome, block_on, print};
use crate::clock::Clock;
use crate::inspect::Finding;
use crate::intake::problems::{List, Listed, read};
use crate::ledger::view::{Attachment, ProblemView, Source, Stage};
use crate::ledger::{self, By, Deed, Ledger, LedgerError, NewEntry, SiteSnapshot};
use crate::register::Register;
use crate::rule::{RuleSet, Severity};
use crate::run;

/// What one row of a list asks for.
enum Wish {
    /// Another measure for a row we have.
    Measure {
        number: String,
        measure: String,
    },
    Enter(Box<NewEntry>),
    Same,
}

pub(super) fn import_problems(args: &ImportProblemsArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let path = args.file.as_path();
    let bytes = std::fs::read(path).map_err(|e| CliError::file("读清单", path, &e))?;
    let list = read(&bytes).map_err(|e| CliError::new(Exit::Usage, format!("{}：{e}。", path.display())))?;
    let list = list.map_err(|m| refused(path, &m.iter().map(ToString::to_string).collect::<Vec<_>>()))?;
    block_on(async {
        // Several steps that belong together: no run and no second import in between.
        let _lock = ledger::lock(&args.data.data).map_err(ledger_error)?;
        let ledger = Ledger::open(&args.data.data, Clock::system()).await.map_err(ledger_error)?;
        let file = attachment(&ledger, path, !args.apply)?;
        let mut wishes = Vec::with_capacity(list.rows.len());
        let mut faults = Vec::new();
        for row in &list.rows {
            match wish(&ledger, &register, args, &list, row, &file).await? {
                Ok(wish) => wishes.push(wish),
                Err(why) => faults.push(format!("“{}”表第{}行：{why}", list.sheet, row.row)),
            }
        }
        if !faults.is_empty() {
            return Err(refused(path, &faults));
        }
        let text = carry_out(&ledger, &rules, args, &list, wishes).await.map_err(ledger_error)?;
        print(&text).map(|()| Exit::Done)
    })?
}

fn refused(path: &Path, faults: &[String]) -> CliError {
    const SHOWN: usize = 50;
    let lines: Vec<String> = faults.iter().take(SHOWN).map(|fault| format!("  {fault}")).collect();
    let more =
        if faults.len() > SHOWN { format!("\n  ……另有 {} 处", faults.len() - SHOWN) } else { String::new() };
    let text =
        format!("{} 有 {} 处需要处理，没有写入任何内容：\n{}{more}", path.display(), faults.len(), lines.join("\n"));
    CliError::new(Exit::Usage, text)
}

/// By number first; else a new entry for the site or unit it names. The inner error is for the person who keeps the file.
async fn wish(
    ledger: &Ledger,
    register: &Register,
    args: &ImportProblemsArgs,
    list: &List,
    row: &Listed,
    file: &Attachment,
) -> Result<Result<Wish, String>, CliError> {
    if let Some(number) = &row.number {
        let (view, events) = match ledger.problem(number).await {
            Ok(found) => found,
            Err(LedgerError::NoSuchProblem(_)) => {
                return Ok(Err(format!("台账里没有编号 {number}，请核对是不是另一份台账的表")));
            }
            Err(error) => return Err(ledger_error(error)),
        };
        // Somebody wrote another measure after this file was made.
        let newer = events
            .iter()
            .filter(|e| list.made_at.is_some_and(|made| e.seq > made))
            .any(|e| e.handling.as_ref().is_some_and(|h| h.measure.is_some()));
        return Ok(measure(&view, row, newer));
    }
    let subject = match subject(register, row) {
        Ok(subject) => subject,
        Err(why) => return Ok(Err(why)),
    };
    let Some(key_point) = row.key_point.or(args.key_point) else {
        return Ok(Err("没有写明属于哪一项重点内容：请在表中加“重点内容”列，或用 --key-point 指定".to_owned()));
    };
    let title = row.problem.split(['，', '。', '；', ',']).next().unwrap_or_default().to_owned();
    Ok(Ok(Wish::Enter(Box::new(NewEntry {
        source: match args.source {
            ListSourceArg::Above => Source::Above,
            ListSourceArg::Below => Source::Below,
        },
        // Without a reference the words themselves tell one entry from another.
        key: vec![args.reference.clone().unwrap_or_default(), row.problem.clone()],
        subject,
        key_point,
        severity: Severity::General,
        title,
        finding: Finding {
            text: row.problem.clone(),
            measure: row.measure.clone(),
            basis: args.reference.clone().unwrap_or_default(),
            locations: Vec::new(),
        },
        due: row.due,
        attachments: vec![file.clone()],
        seen: args.dated.map_or(jiff::Timestamp::MIN, crate::clock::start_of),
    }))))
}

fn measure(view: &ProblemView, row: &Listed, newer: bool) -> Result<Wish, String> {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    if row.measure.is_empty() || squeeze(&row.measure) == squeeze(&view.measure) {
        return Ok(Wish::Same);
    }
    if newer {
        return Err(format!(
            "{} 的整改措施两边都改过。表中：“{}”；台账：“{}”。请商定后用 problems assign 改写",
            view.number, row.measure, view.measure
        ));
    }
    if matches!(view.stage, Stage::Closed | Stage::Dismissed | Stage::Unconfirmed) {
        return Err(format!("{} 已经办结，整改措施不能再改", view.number));
    }
    Ok(Wish::Measure { number: view.number.clone(), measure: row.measure.clone() })
}

/// The site by its code or name, else the account, else the unit. Never a guess.
fn subject(register: &Register, row: &Listed) -> Result<SiteSnapshot, String> {
    for what in [&row.site_code, &row.name] {
        if what.is_empty() {
            continue;
        }
        if let Ok(found) = register.select(what)
            && let [site] = found[..]
        {
            return Ok(run::snapshot(register, site));
        }
    }
    let bare = row.name.trim_matches(['“', '”', '"']);
    let accounts: Vec<_> = register.media.iter().filter(|m| m.name == bare).collect();
    if let [media] = accounts[..]
        && let Some(unit) = register.units.get(media.sponsor)
    {
        let site = format!("{}:{}", media.platform, media.account);
        return Ok(SiteSnapshot { site, name: media.name.clone(), ..run::unit_snapshot(register, unit) });
    }
    let unit = [&row.unit, &row.name]
        .into_iter()
        .filter(|what| !what.is_empty())
        .find_map(|what| register.units.iter().find(|u| u.name == *what || u.id == *what || u.aliases.contains(what)));
    match unit {
        Some(unit) => {
            let name = if row.name.is_empty() { unit.name.clone() } else { row.name.clone() };
            Ok(SiteSnapshot { name, ..run::unit_snapshot(register, unit) })
        }
        None => {
            let what = if row.name.is_empty() { &row.unit } else { &row.name };
            Err(format!("登记表里没有“{what}”这个网站、新媒体或单位，请核对名称或先登记"))
        }
    }
}

async fn carry_out(
    ledger: &Ledger,
    rules: &RuleSet,
    args: &ImportProblemsArgs,
    list: &List,
    wishes: Vec<Wish>,
) -> Result<String, LedgerError> {
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let reason = format!("导入{name}");
    let by = By { actor: &args.by, reason: &reason };
    let (mut entries, mut edits, mut same) = (Vec::new(), Vec::new(), 0);
    for wish in wishes {
        match wish {
            Wish::Same => same += 1,
            Wish::Enter(entry) => entries.push(*entry),
            Wish::Measure { number, measure } => edits.push((number, measure)),
        }
    }
    let preview = !args.apply;
    // Two transactions: a cut between them is mended by importing the same file again.
    let entered = ledger.enter(&entries, by, &rules.calendar, preview).await?;
    for (number, measure) in &edits {
        let deed = Deed::Edit { measure: Some(measure.clone()), assignee: None };
        ledger.act(std::slice::from_ref(number), &deed, by, &rules.calendar, preview).await?;
    }
    let known = entered.iter().filter(|e| e.known).count();
    let back = entered.iter().filter(|e| e.reopened).count();
    let mut out = format!(
        "读取 {} 行：列入 {}（此前已列入 {known}，销号后恢复 {back}），改写措施 {}，无变化 {same}。\n",
        list.rows.len(),
        entries.len(),
        edits.len()
    );
    for (entry, done) in entries.iter().zip(&entered).filter(|(_, done)| !done.known) {
        out.push_str(&format!("  {} {}：{}\n", done.number, entry.subject.name, entry.finding.text));
    }
    for (number, measure) in &edits {
        out.push_str(&format!("  {number} 整改措施改为：{measure}\n"));
    }
    if !list.unread.is_empty() {
        out.push_str(&format!("未读取的列：{}\n", list.unread.join("、")));
    }
    out.push_str(if args.apply {
        "已写入台账。\n"
    } else {
        "没有写入任何内容；核对无误后加 --apply 写入。\n"
    });
    Ok(out)
}
