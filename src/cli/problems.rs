//! `problems`, `recheck`, `report balance`: the list, and the steps people take with its rows.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{
    AddArgs, AttachArgs, BalanceArgs, DataArgs, Format, GroundArg, ListArgs, ProblemsAction, ProblemsArgs, RecheckArgs,
    RowsArgs, SeverityWord, SourceArg,
};
use super::config::{load_both, load_for_handling};
use super::ledger::{export_error, find_unit, has_at_or_above, labels, ledger_error, open};
use super::patrol::Session;
use super::{CliError, Exit, Outcome, block_on, print, say, terminal_width, write_file};
use crate::clock::Clock;
use crate::export::{self, Totals};
use crate::inspect::Finding;
use crate::ledger::view::{Attachment, Ground, ProblemView, Source, Stage};
use crate::ledger::{self, By, Deed, EvidenceStore, Filter, Ledger, NewEntry, SiteSnapshot};
use crate::register::Site;
use crate::rule::Severity;
use crate::run;

/// Largest file that may be put to a row.
const ATTACHMENT_BYTES: u64 = 50 * 1024 * 1024;

pub(super) fn problems(args: &ProblemsArgs) -> Outcome {
    match &args.action {
        ProblemsAction::List(args) => list(args),
        ProblemsAction::Show { number, picture, data, format } => show(number, picture.as_deref(), data, *format),
        ProblemsAction::Confirm(a) => act(&a.rows, &a.reason, &[], |_| Deed::Confirm),
        ProblemsAction::Issue(a) => act(&a.rows, &a.reason, &[], |_| Deed::Issue),
        ProblemsAction::Take(a) => act(&a.rows, &a.reason, &[], |_| Deed::Take {
            measure: a.measure.clone(),
            by: a.until,
            assignee: a.assignee.clone(),
        }),
        ProblemsAction::Claim(a) => {
            act(&a.act.rows, &a.act.reason, &a.attach, |attachments| Deed::Claim { attachments })
        }
        ProblemsAction::Close(a) => {
            act(&a.act.rows, &a.act.reason, &a.attach, |attachments| Deed::Close { attachments })
        }
        ProblemsAction::Return(a) => act(&a.rows, &a.reason, &[], |_| Deed::SendBack),
        ProblemsAction::Reopen(a) => act(&a.rows, &a.reason, &[], |_| Deed::Reopen),
        ProblemsAction::Hang(a) => act(&a.act.rows, &a.act.reason, &[], |_| Deed::Defer {
            until: a.until,
            approver: a.approver.clone(),
            plan: a.plan.clone(),
            document: a.document.clone(),
        }),
        ProblemsAction::Resume(a) => act(&a.rows, &a.reason, &[], |_| Deed::Resume),
        ProblemsAction::Extend(a) => act(&a.act.rows, &a.act.reason, &[], |_| Deed::Extend { until: a.until }),
        ProblemsAction::Dismiss(a) => {
            let AttachArgs { act: step, attach } = &a.attach;
            act(&step.rows, &step.reason, attach, |attachments| Deed::Dismiss {
                ground: ground(a.ground),
                until: a.until,
                document: a.document.clone(),
                target: a.same_as.clone(),
                attachments,
            })
        }
        ProblemsAction::Restore(a) => act(&a.rows, &a.reason, &[], |_| Deed::Restore),
        ProblemsAction::Assign(a) => {
            act(&a.rows, &a.reason, &[], |_| Deed::Edit { measure: a.measure.clone(), assignee: a.assignee.clone() })
        }
        ProblemsAction::Note(a) => act(&a.act.rows, &a.act.reason, &a.attach, |attachments| Deed::Note { attachments }),
        ProblemsAction::Undo(a) => act(&a.rows, &a.reason, &[], |_| Deed::Undo),
        ProblemsAction::Add(args) => add(args),
    }
}

fn ground(arg: GroundArg) -> Ground {
    match arg {
        GroundArg::FalseAlarm => Ground::FalseAlarm,
        GroundArg::Duplicate => Ground::Duplicate,
        GroundArg::OtherUnit => Ground::OtherUnit,
        GroundArg::Permitted => Ground::Permitted,
        GroundArg::OutOfScope => Ground::OutOfScope,
        GroundArg::SiteClosed => Ground::SiteClosed,
    }
}

/// One step with one row or with many; many are shown first and written only with the code of that preview.
fn act(rows: &RowsArgs, reason: &str, files: &[PathBuf], deed: impl FnOnce(Vec<Attachment>) -> Deed) -> Outcome {
    let rules = load_for_handling()?;
    let numbers = numbers(&rows.numbers)?;
    block_on(async {
        if !rows.data.data.join("ledger.db").exists() {
            return Err(ledger_error(ledger::LedgerError::Missing(rows.data.data.clone())));
        }
        let ledger = Ledger::open(&rows.data.data, Clock::system()).await.map_err(ledger_error)?;
        if !rows.dry_run {
            ledger.tick(&rules.calendar).await.map_err(ledger_error)?;
        }
        let deed = deed(attachments(&ledger, files, rows.dry_run)?);
        let by = By { actor: &rows.by, reason };
        let token = ledger.token(deed.word(), &numbers).await.map_err(ledger_error)?;
        let many = numbers.len() > 1 && rows.confirm.is_none();
        if let Some(given) = &rows.confirm
            && *given != token
        {
            let next = "请不带 --confirm 重新预览，核对后用新的确认码";
            return Err(CliError::new(Exit::Refused, format!("确认码“{given}”已失效：问题或台账有变化。{next}。")));
        }
        let preview = rows.dry_run || many;
        let done = ledger.act(&numbers, &deed, by, &rules.calendar, preview).await.map_err(ledger_error)?;
        let mut text = export::table::done(deed.word(), &done, &rules.labels, preview);
        if preview {
            text.push_str("未写入台账。");
        }
        if many && !rows.dry_run {
            text.push_str(&format!("核对无误后，在原命令后加上 --confirm {token} 写入。"));
        }
        if !preview && matches!(deed, Deed::Claim { .. }) {
            text.push_str("运行 xunjian recheck 立即复查。");
        }
        print(&text).map(|()| Exit::Done)
    })?
}

/// Numbers as typed, or from standard input.
fn numbers(given: &[String]) -> Result<Vec<String>, CliError> {
    if !given.iter().any(|n| n == "-") {
        return Ok(given.to_vec());
    }
    let mut text = String::new();
    std::io::stdin().take(16 * 1024 * 1024).read_to_string(&mut text).map_err(|e| {
        CliError::new(Exit::Usage, format!("从标准输入读编号失败（{}）。", crate::diagnostic::io_reason(&e)))
    })?;
    let typed = given.iter().filter(|n| *n != "-").map(String::as_str);
    let read = text.split_whitespace();
    let numbers: Vec<String> = typed.chain(read).map(str::to_owned).collect();
    match numbers.is_empty() {
        true => Err(CliError::new(Exit::Usage, "标准输入里没有编号。请每行写一个问题编号。".to_owned())),
        false => Ok(numbers),
    }
}

/// Puts files into the evidence store; a dry run only looks at them.
fn attachments(ledger: &Ledger, files: &[PathBuf], dry_run: bool) -> Result<Vec<Attachment>, CliError> {
    files.iter().map(|path| attachment(ledger, path, dry_run)).collect()
}

pub(super) fn attachment(ledger: &Ledger, path: &Path, dry_run: bool) -> Result<Attachment, CliError> {
    let size = std::fs::metadata(path).map_err(|e| CliError::file("读材料", path, &e))?.len();
    if size > ATTACHMENT_BYTES {
        let limit = ATTACHMENT_BYTES / 1024 / 1024;
        let why = format!("材料 {} 超过 {limit} MB。请压缩或只附必要的部分。", path.display());
        return Err(CliError::new(Exit::Usage, why));
    }
    let bytes = std::fs::read(path).map_err(|e| CliError::file("读材料", path, &e))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let sha256 = match dry_run {
        true => String::new(),
        false => ledger.evidence().put(&bytes).map_err(ledger_error)?,
    };
    Ok(Attachment { sha256, name, bytes: bytes.len() as u64 })
}

fn add(args: &AddArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let subject = match (&args.site, &args.unit) {
        (Some(what), _) => {
            let found = register.select(what).map_err(|e| CliError::new(Exit::NotFound, e.to_string()))?;
            match found[..] {
                [site] => run::snapshot(&register, site),
                _ => {
                    let why = format!("“{what}”对应 {} 个网站。请写网站标识码，或改用 --unit。", found.len());
                    return Err(CliError::new(Exit::Usage, why));
                }
            }
        }
        (None, Some(what)) => {
            let id = find_unit(&register, what)?;
            let unit = register.units.iter().find(|u| u.id == id);
            let unit = unit.ok_or_else(|| CliError::new(Exit::NotFound, format!("登记表里没有单位“{what}”。")))?;
            run::unit_snapshot(&register, unit)
        }
        (None, None) => return Err(CliError::new(Exit::Usage, "请写明网站（--site）或单位（--unit）。".to_owned())),
    };
    let title = args.text.split(['，', '。', '；', ',']).next().unwrap_or_default().to_owned();
    let finding = Finding {
        text: args.text.clone(),
        measure: args.measure.clone(),
        basis: args.basis.clone(),
        locations: Vec::new(),
    };
    block_on(async {
        let ledger = Ledger::open(&args.data.data, Clock::system()).await.map_err(ledger_error)?;
        let entry = NewEntry {
            source: match args.source {
                SourceArg::Manual => Source::Manual,
                SourceArg::Above => Source::Above,
                SourceArg::Below => Source::Below,
                SourceArg::SelfCheck => Source::SelfCheck,
            },
            // Without a reference the words themselves tell one entry from another.
            key: vec![args.reference.clone().unwrap_or_else(|| args.text.clone())],
            subject,
            key_point: args.key_point,
            severity: match args.severity {
                SeverityWord::Veto => Severity::Veto,
                SeverityWord::Serious => Severity::Serious,
                SeverityWord::General => Severity::General,
            },
            title,
            finding,
            due: args.until,
            attachments: attachments(&ledger, &args.attach, args.dry_run)?,
            seen: Clock::system().now(),
        };
        let by = By { actor: &args.by, reason: &args.reason };
        let entered = ledger.enter(&[entry], by, &rules.calendar, args.dry_run).await.map_err(ledger_error)?;
        for done in entered {
            let due = done.due.map(export::due_words).unwrap_or_default();
            print(&match (done.known, args.dry_run) {
                _ if done.reopened => format!("此前已销号，恢复整改，编号 {}，时限 {due}。", done.number),
                (true, _) => format!("此前已列入，编号 {}，未重复列入。", done.number),
                (false, true) => format!("将列入，编号 {}，时限 {due}。未写入台账。", done.number),
                (false, false) => format!("已列入，编号 {}，时限 {due}。", done.number),
            })?;
        }
        Ok(Exit::Done)
    })?
}

/// Looks again at the sites of rows that wait for it.
pub(super) fn recheck(args: &RecheckArgs) -> Outcome {
    let (register, rules) = load_both(&args.config)?;
    let rules = Arc::new(rules);
    let render = super::config::render_settings(&register, None)?;
    let data = args.data.data.clone();
    let session = Session { register, rules, data, clock: Clock::system(), quiet: args.quiet, render };
    block_on(async {
        let ledger = open(&args.data, &session.clock).await?;
        let mut rows: Vec<ProblemView> = Vec::new();
        if args.numbers.is_empty() {
            let filter = Filter { stages: vec![Stage::AwaitingReview], ..Filter::default() };
            rows = ledger.problems(&filter).await.map_err(ledger_error)?;
            rows.retain(|row| row.source.is_patrol() && row.claimed_at.is_some_and(|at| row.last_checked <= at));
        }
        for number in &args.numbers {
            rows.push(ledger.problem(number).await.map_err(ledger_error)?.0);
        }
        ledger.shutdown().await;
        let wanted: std::collections::HashSet<&str> = rows.iter().map(|row| row.site.as_str()).collect();
        let sites: Vec<&Site> = session.register.sites.iter().filter(|s| wanted.contains(s.id.as_str())).collect();
        if sites.is_empty() {
            return print("没有等待复查的问题。").map(|()| Exit::Done);
        }
        say(&format!("复查 {} 条问题所在的 {} 个网站。", rows.len(), sites.len()));
        let ran = session.run(run::RECHECK, &sites, false).await?;
        super::patrol::finish(&session, &ran, Some(args.format), None, None).await
    })?
}

/// 期初 + 新增 + 反弹 + 恢复 − 销号 − 剔除 = 期末
pub(super) fn balance(args: &BalanceArgs) -> Outcome {
    let labels = labels()?;
    let clock = Clock::system();
    let to = args.to.unwrap_or_else(|| clock.today());
    if to < args.from {
        return Err(CliError::new(Exit::Usage, format!("止日 {to} 早于起日 {}。请检查 --from 和 --to。", args.from)));
    }
    block_on(async {
        let ledger = open(&args.data, &clock).await?;
        let (from, end) = (crate::clock::start_of(args.from), crate::clock::end_of(to));
        let balances = ledger.balances(from, end).await.map_err(ledger_error)?;
        print(&match args.format {
            Format::Table => export::table::balance(args.from, to, &balances, &labels),
            Format::Csv => export::csv::balance(&balances),
            Format::Json | Format::Ndjson => export::json::balance(args.from, to, &balances).map_err(export_error)?,
        })
        .map(|()| Exit::Done)
    })?
}

/// The stages a word of `--stage` means; `None` for hints.
fn stages(word: &str) -> Result<Option<Vec<Stage>>, CliError> {
    use Stage::*;
    Ok(Some(match word {
        "未销号" | "unsolved" => vec![Open, Rectifying, AwaitingReview, Deferred, Suspected],
        "全部" | "all" => Filter::everything().stages,
        "疑似" | "suspected" => vec![Suspected],
        "待整改" | "open" => vec![Open],
        "整改中" | "rectifying" => vec![Rectifying],
        "待复核" | "awaiting_review" => vec![AwaitingReview],
        "挂账" | "deferred" => vec![Deferred],
        "已销号" | "closed" => vec![Closed],
        "不予列入" | "dismissed" => vec![Dismissed],
        "提示" | "hint" => return Ok(None),
        other => {
            let choices = "未销号、全部、疑似、待整改、整改中、待复核、挂账、已销号、不予列入、提示";
            return Err(CliError::new(Exit::Usage, format!("没有“{other}”这个阶段。可以写：{choices}。")));
        }
    }))
}

fn list(args: &ListArgs) -> Outcome {
    let wanted = stages(&args.stage)?;
    let labels = labels()?;
    let clock = Clock::system();
    block_on(async {
        let ledger = open(&args.data, &clock).await?;
        let Some(stages) = wanted else {
            let hints = ledger.hints().await.map_err(ledger_error)?;
            let text = match args.format {
                Format::Json => export::hints::json(&hints),
                Format::Ndjson => export::hints::lines(&hints),
                Format::Csv => export::csv::hints(&hints, &labels),
                Format::Table => export::hints::text(&hints, &labels),
            };
            return print(&text).map(|()| Exit::Done);
        };
        let everything = ledger.problems(&Filter::everything()).await.map_err(ledger_error)?;
        let filter = Filter { stages, ..wanted_rows(args, &ledger).await? };
        let shown = ledger.problems(&filter).await.map_err(ledger_error)?;
        let totals = Totals::of(&everything);
        let text = match args.format {
            Format::Table => export::table::problems(&shown, totals, &labels, terminal_width()),
            Format::Json => export::json::problems(&shown, totals).map_err(export_error)?,
            Format::Ndjson => export::json::problem_lines(&shown, totals).map_err(export_error)?,
            Format::Csv => export::csv::problems(&shown, &labels),
        };
        print(&text)?;
        let fails = args.fail_on.is_some_and(|level| has_at_or_above(&everything, level));
        Ok(if fails { Exit::Unsolved } else { Exit::Done })
    })?
}

/// What to list, in the ledger's own ids. A slip of the pen must not look like "no problems".
async fn wanted_rows(args: &ListArgs, ledger: &Ledger) -> Result<Filter, CliError> {
    let sites = ledger.sites().await.map_err(ledger_error)?;
    let missing = |what: &str, word: &str, next: &str| {
        CliError::new(Exit::NotFound, format!("台账里没有{what}“{word}”。{next}。"))
    };
    let mut filter = Filter::default();
    if let Some(word) = &args.site {
        let host = |url: &str| url::Url::parse(url).ok().map(|u| crate::register::host_of(&u));
        let wanted = host(word).or_else(|| host(&format!("http://{word}")));
        let named = |s: &&SiteSnapshot| s.name == *word || s.url == *word || wanted.is_some() && host(&s.url) == wanted;
        let found = sites.iter().find(|s| s.site == *word).or_else(|| sites.iter().find(named));
        let found = found.ok_or_else(|| missing("网站", word, "可以写网站标识码、网址、域名或网站名称"))?;
        filter.site = Some(found.site.clone());
    }
    if let Some(word) = &args.unit {
        if !sites.iter().any(|s| s.unit == *word || s.unit_id == *word) {
            return Err(missing("单位", word, "请写单位全称或登记表里的单位代号"));
        }
        filter.unit = Some(word.clone());
    }
    if let Some(word) = &args.rule {
        if !ledger.rules().await.map_err(ledger_error)?.contains(word) {
            return Err(missing("规则", word, "运行 xunjian rules list 查看规则编号"));
        }
        filter.rule = Some(word.clone());
    }
    Ok(filter)
}

fn show(number: &str, picture: Option<&Path>, data: &DataArgs, format: Format) -> Outcome {
    let labels = labels()?;
    let clock = Clock::system();
    block_on(async {
        let ledger = open(data, &clock).await?;
        let (problem, history) = ledger.problem(number).await.map_err(ledger_error)?;
        let text = match format {
            Format::Table => export::table::problem(&problem, &history, &labels, terminal_width()),
            Format::Csv => export::csv::problems(std::slice::from_ref(&problem), &labels),
            Format::Json | Format::Ndjson => export::json::dossier(&problem, &history).map_err(export_error)?,
        };
        if let Some(path) = picture {
            write_file(path, &newest_picture(&ledger.evidence(), &problem)?)?;
        }
        print(&text).map(|()| Exit::Done)
    })?
}

fn newest_picture(store: &EvidenceStore, problem: &ProblemView) -> Result<Vec<u8>, CliError> {
    store.newest_picture(&problem.evidence).map_err(ledger_error)?.ok_or_else(|| {
        let message = format!("问题 {} 没有截图：证据不是用浏览器复看得到的。", problem.handle());
        CliError::new(Exit::NotFound, message)
    })
}
