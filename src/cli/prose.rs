//! `report monthly`, `overall`, `notice`, `list`, `show`: reports in prose, drafts or frozen.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::args::{DataArgs, MonthlyArgs, NoticeArgs, OverallArgs, ProseArgs, ShowReportArgs};
use super::config::{load_register, load_rules};
use super::ledger::{day, export_error, ledger_error, open};
use super::report::{applied_patrols, unclear};
use super::{CliError, Exit, Outcome, block_on, print, say, write_file};
use crate::clock::{Clock, end_of, start_of};
use crate::diagnostic::{Diagnostic, DiagnosticsError, SourceFile, io_reason};
use crate::evidence::SiteStatus;
use crate::export::form::{Annex, Coverage, FormOptions, FormSpec};
use crate::export::forms::{self, Issuer};
use crate::export::report::{Correction, Input, KNOWN, ReportKind, Template, paper};
use crate::export::{docx, html};
use crate::ledger::{self, Filter, Frozen, Ledger, LedgerError, ToFreeze};
use crate::register::Register;
use crate::rule::RuleSet;

/// What is reported about.
struct Span {
    kind: ReportKind,
    /// `2026-11`, `2026Q4`, `all`; of one length within a kind, so that later ones sort later.
    key: String,
    words: String,
    from: Timestamp,
    /// Exclusive.
    to: Timestamp,
}

pub(super) fn monthly(args: &MonthlyArgs) -> Outcome {
    let wrong = || CliError::new(Exit::Usage, format!("月份“{}”不对。请写成 2026-11 的样子。", args.period));
    let first: Date = format!("{}-01", args.period).parse().map_err(|_| wrong())?;
    if args.period.len() != 7 {
        return Err(wrong());
    }
    let span = Span {
        kind: ReportKind::Monthly,
        key: args.period.clone(),
        words: format!("{}年{}月", first.year(), first.month()),
        from: start_of(first),
        to: end_of(first.last_of_month()),
    };
    report(&args.prose, span)
}

pub(super) fn overall(args: &OverallArgs) -> Outcome {
    let from = args.from.map_or(Timestamp::UNIX_EPOCH, start_of);
    let span = Span {
        kind: ReportKind::Overall,
        key: "all".to_owned(),
        words: "专项整治".to_owned(),
        from,
        to: Timestamp::MAX,
    };
    report(&args.prose, span)
}

pub(super) fn notice(args: &NoticeArgs) -> Outcome {
    let wrong = || CliError::new(Exit::Usage, format!("季度“{}”不对。请写成 2026Q4 的样子。", args.quarter));
    let (year, quarter) = args.quarter.split_once('Q').ok_or_else(wrong)?;
    let year: i16 = year.parse().ok().filter(|y| (2000..3000).contains(y)).ok_or_else(wrong)?;
    let quarter: i8 = quarter.parse().ok().filter(|q| (1..=4).contains(q)).ok_or_else(wrong)?;
    let name = ["一", "二", "三", "四"][quarter as usize - 1];
    let span = Span {
        kind: ReportKind::Notice,
        key: format!("{year}Q{quarter}"),
        words: format!("{year}年第{name}季度"),
        from: start_of(date(year, quarter * 3 - 2, 1)),
        to: end_of(date(year, quarter * 3, 1).last_of_month()),
    };
    report(&args.prose, span)
}

fn report(args: &ProseArgs, span: Span) -> Outcome {
    let register = load_register(&args.config)?;
    let rules = load_rules(args.config.rules.as_deref(), &register.settings.region)?;
    let template = template(span.kind, args.config.rules.as_deref())?;
    let clock = Clock::system();
    let day = day(args.date.as_deref(), &clock)?;
    if span.from > clock.now() {
        return Err(CliError::new(Exit::Usage, format!("{}还没有开始。", span.words)));
    }
    block_on(async {
        // Held while a report is frozen, so that nothing moves between its figures and its place in the ledger.
        let (_lock, ledger) = if args.freeze {
            let lock = ledger::lock(&args.data.data).map_err(ledger_error)?;
            (Some(lock), Ledger::open(&args.data.data, clock.clone()).await.map_err(ledger_error)?)
        } else {
            (None, open(&args.data, &clock).await?)
        };
        let before = ledger.frozen(Some(span.kind.key())).await.map_err(ledger_error)?;
        let (after, from) = beginning(&ledger, &span, &before, args.correct).await?;
        let input = gather(&ledger, &register, &span, args, day, (after, from), clock.now()).await?;
        if let Err(unbalanced) = input.check() {
            let why = unbalanced.words();
            let next = "请运行 xunjian ledger verify 查明原因，未生成报告";
            return Err(CliError::new(Exit::Integrity, format!("数字对不上：{why}。{next}。")));
        }
        let fields = input.fields();
        let corrected = args.correct.and_then(|id| before.iter().find(|r| r.id == id));
        let correction = corrected.map(|r| Correction::between(r.id, &r.fields, &fields));
        let paper = paper(&template, &input, correction.as_ref(), !args.freeze, &rules.labels);
        let bytes = docx::build_paper(&paper).map_err(export_error)?;
        if args.freeze {
            let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            let id = ledger
                .freeze(&ToFreeze {
                    kind: span.kind.key(),
                    period: &span.key,
                    after: input.period.after,
                    upto: input.period.upto,
                    by: &args.by,
                    fields: &fields,
                    bytes: &bytes,
                    corrects: args.correct,
                })
                .await
                .map_err(ledger_error)?;
            say(&format!("已定稿，编号 {id}，台账校验码 {}。", input.issuer.code));
        }
        write_file(&args.output, &bytes)?;
        say(&format!("已写出 {}", args.output.display()));
        if let Some(path) = &args.html {
            write_file(path, html::build(&paper).as_bytes())?;
            say(&format!("已写出 {}", path.display()));
        }
        if let Some(dir) = &args.annexes {
            annexes(dir, &input, &register, &rules, &ledger).await?;
        }
        Ok(Exit::Done)
    })?
}

/// The sequence the period begins after, and the moment: where the last frozen report of the kind ended, so that nothing falls between two.
async fn beginning(
    ledger: &Ledger,
    span: &Span,
    before: &[Frozen],
    correct: Option<i64>,
) -> Result<(i64, Timestamp), CliError> {
    let refuse = |why: String| Err(CliError::new(Exit::Refused, why));
    if let Some(id) = correct {
        return match before.iter().find(|r| r.id == id && r.period == span.key) {
            Some(report) => {
                let earlier = before.iter().rfind(|r| r.upto <= report.after && r.period != span.key);
                Ok((report.after, earlier.map_or(span.from, |r| r.made_at)))
            }
            None => refuse(format!("{}没有编号为 {id} 的定稿报告，无从更正。请用 report list 查看。", span.words)),
        };
    }
    if let Some(report) = before.iter().rfind(|r| r.period == span.key) {
        let next = format!("要更正，请加 --freeze --correct {}", report.id);
        return refuse(format!("{}的报告已定稿（编号 {}）。{next}。", span.words, report.id));
    }
    if let Some(later) = before.iter().find(|r| r.period > span.key) {
        return refuse(format!("更晚一期（{}）的报告已定稿，不能再编{}的。", later.period, span.words));
    }
    match before.last() {
        Some(last) => Ok((last.upto, last.made_at)),
        None => Ok((ledger.seq_before(span.from).await.map_err(ledger_error)?, span.from)),
    }
}

/// One snapshot: read again while the ledger moves.
async fn gather(
    ledger: &Ledger,
    register: &Register,
    span: &Span,
    args: &ProseArgs,
    date: Date,
    (after, from): (i64, Timestamp),
    now: Timestamp,
) -> Result<Input, CliError> {
    let contact = &register.settings.contact;
    for _ in 0..5 {
        let upto = ledger.newest_event().await.map_err(ledger_error)?;
        let runs = ledger.runs().await.map_err(ledger_error)?;
        let patrols = applied_patrols(&runs);
        let running = register.sites.iter().filter(|s| s.status != SiteStatus::Closed);
        let input = Input {
            issuer: Issuer {
                office: contact.office.clone(),
                contact_person: contact.person.clone(),
                contact_phone: contact.phone.clone(),
                date,
                code: ledger.code_at(upto).await.map_err(ledger_error)?,
            },
            span: span.words.clone(),
            addressee: args.to.clone(),
            period: ledger.period(after, upto).await.map_err(ledger_error)?,
            from,
            now,
            problems: ledger.problems(&Filter::everything()).await.map_err(ledger_error)?,
            histories: ledger.histories().await.map_err(ledger_error)?,
            unclear: unclear(ledger, register, &patrols, None).await?,
            runs,
            sites: running.map(|s| (s.id.clone(), s.name.clone())).collect(),
            media: register.media.len(),
            units: register.units.iter().map(|u| u.id.clone()).collect(),
        };
        if ledger.newest_event().await.map_err(ledger_error)? == upto {
            if now >= span.to {
                say(&format!("注意：本期一直算到现在（台账第 {upto} 号事件），上期定稿之后的都在其中。"));
            }
            return Ok(input);
        }
    }
    Err(CliError::new(Exit::Busy, "台账正在变动，请稍后再生成报告。".to_owned()))
}

/// The office's own template, or the one inside the program.
fn template(kind: ReportKind, dir: Option<&Path>) -> Result<Template, CliError> {
    let name = format!("{}.md", kind.key());
    let path = dir.unwrap_or(Path::new("rules")).join("templates").join(&name);
    let file = match std::fs::read_to_string(&path) {
        Ok(text) => SourceFile { name: path.display().to_string(), text },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            SourceFile { name: format!("rules/templates/{name}"), text: kind.template().to_owned() }
        }
        Err(error) => {
            let why = io_reason(&error);
            return Err(CliError::new(Exit::Config, format!("无法读取报告模板 {}（{why}）。", path.display())));
        }
    };
    Template::parse(&file.text, &KNOWN).map_err(|slips| {
        let drawn: Vec<Diagnostic> = slips
            .iter()
            .map(|slip| {
                let (span, message, help) = slip.words(&KNOWN);
                Diagnostic::new(span, message).help(help)
            })
            .collect();
        let error = DiagnosticsError::of(&file, &drawn);
        CliError::new(Exit::Config, format!("报告模板有 {} 处错误：\n\n{error}", error.count))
    })
}

/// The annexes of the same snapshot.
async fn annexes(
    dir: &Path,
    input: &Input,
    register: &Register,
    rules: &RuleSet,
    ledger: &Ledger,
) -> Result<(), CliError> {
    std::fs::create_dir_all(dir).map_err(|e| CliError::file("建立目录", dir, &e))?;
    let coverage = applied_patrols(&input.runs).first().map(Coverage::from);
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    for (annex, name) in [(Annex::One, "附件1问题清单（市级部门）.docx"), (Annex::Two, "附件1问题清单（县市区）.docx")]
    {
        let options = FormOptions {
            office: input.issuer.office.clone(),
            contact_person: input.issuer.contact_person.clone(),
            contact_phone: input.issuer.contact_phone.clone(),
            unit_order: input.units.clone(),
            coverage,
            checksum: Some(input.issuer.code.clone()),
            ..FormOptions::new(annex, input.issuer.date)
        };
        files.push((name, docx::build(&FormSpec::build(&options, &input.problems)).map_err(export_error)?));
    }
    let closings = forms::closings(&input.issuer, &input.problems, &input.histories);
    files.push(("附件2销号台账.docx", docx::build_paper(&closings).map_err(export_error)?));
    let patrols = applied_patrols(&input.runs);
    let unclear = unclear(ledger, register, &patrols, None).await?;
    let looked = patrols.first().map(|r| r.started_at);
    let unclear = forms::undetermined(&input.issuer, &unclear, looked, &rules.labels);
    files.push(("附件3无法判定清单.docx", docx::build_paper(&unclear).map_err(export_error)?));
    for (name, bytes) in files {
        write_file(&dir.join(name), &bytes)?;
    }
    say(&format!("已写出附件 4 个到 {}", dir.display()));
    Ok(())
}

pub(super) fn list(data: &DataArgs) -> Outcome {
    block_on(async {
        let reports = open(data, &Clock::system()).await?.frozen(None).await.map_err(ledger_error)?;
        if reports.is_empty() {
            return print("还没有定稿的报告。").map(|()| Exit::Done);
        }
        let line = |r: &Frozen| {
            let at = crate::clock::local(r.made_at).strftime("%Y-%m-%d %H:%M");
            let kind = ReportKind::word(&r.kind);
            let corrects = r.corrects.map_or_else(String::new, |id| format!("  更正第{id}号"));
            let period = if r.period == "all" { "" } else { &r.period };
            format!("{}  {kind} {period}  定稿 {at} {}  台账校验码 {}{corrects}\n", r.id, r.by, r.code)
        };
        print(&reports.iter().map(line).collect::<String>()).map(|()| Exit::Done)
    })?
}

pub(super) fn show(args: &ShowReportArgs) -> Outcome {
    block_on(async {
        let ledger = open(&args.data, &Clock::system()).await?;
        let (report, bytes) = match ledger.frozen_file(args.id).await {
            Err(LedgerError::Input(why)) => return Err(CliError::new(Exit::NotFound, format!("{why}。"))),
            other => other.map_err(ledger_error)?,
        };
        write_file(&args.output, &bytes)?;
        let (path, code) = (args.output.display(), &report.code);
        say(&format!("已写出 {path}；与定稿时一致，台账校验码 {code} 与事件链相符。"));
        Ok(Exit::Done)
    })?
}
