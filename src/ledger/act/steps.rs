//! Guards and contents of the steps: one function from row and deed to the event, or to a refusal.

use jiff::civil::Date;
use sqlx::SqliteConnection;

use super::{Deed, Matter};
use crate::clock::end_of;
use crate::ledger::book::{Book, Entry};
use crate::ledger::record::{Detail, Handling, Kind, hours, moment};
use crate::ledger::view::{Attachment, Ground, Source, Stage};
use crate::ledger::{LedgerError, sql};
use crate::rule::Calendar;

/// Longest time a row may be kept off the list.
const LONGEST_DISMISSAL_DAYS: i64 = 365;

/// The rows a unit works on.
const AT_WORK: [Stage; 3] = [Stage::Open, Stage::Rectifying, Stage::Deferred];

pub(super) async fn entry(
    conn: &mut SqliteConnection,
    book: &Book,
    m: &Matter,
    deed: &Deed,
    batch: &str,
    calendar: &Calendar,
) -> Result<Entry, LedgerError> {
    match deed {
        Deed::Confirm => {
            m.expect(&[Stage::Suspected], "只有“疑似”问题需要确认")?;
            let listing = book.listing(&m.problem.site.region, &m.head, calendar, None);
            Ok(m.entry(Kind::Confirmed, Some(Stage::Open)).with(Detail::Listed(Box::new(listing))))
        }
        Deed::Issue => issue(book, m, batch, calendar),
        Deed::Take { measure, by, assignee } => take(conn, m, measure.as_deref(), *by, assignee.as_deref()).await,
        Deed::Claim { attachments } => claim(m, attachments),
        Deed::Close { attachments } => close(m, attachments),
        Deed::SendBack => {
            m.expect(&[Stage::AwaitingReview], "只有“待复核”的问题可以退回")?;
            Ok(m.entry(Kind::Returned, Some(Stage::Open)))
        }
        Deed::Reopen => {
            m.expect(&[Stage::Closed], "只有“已销号”的问题可以恢复")?;
            newest(book, m)?;
            let renewal = book.renewal(&m.head, calendar, None);
            Ok(m.entry(Kind::Reopened, Some(Stage::Open)).with(Detail::Renewed(Box::new(renewal))))
        }
        Deed::Defer { until, approver, plan, document } => {
            m.expect(&[Stage::Open, Stage::Rectifying], "只有“待整改”“整改中”的问题可以挂账")?;
            let until = m.until(*until)?;
            let (approver, plan) = (filled(m, approver, "批准人")?, filled(m, plan, "后续整改安排")?);
            let handling = Handling {
                until: Some(until),
                approver: Some(approver),
                plan: Some(plan),
                document: document.clone(),
                ..Handling::default()
            };
            Ok(m.handled(Kind::Deferred, Some(Stage::Deferred), handling))
        }
        Deed::Resume => {
            m.expect(&[Stage::Deferred], "只有“挂账”的问题可以解除挂账")?;
            Ok(m.entry(Kind::Resumed, Some(Stage::Rectifying)))
        }
        Deed::Dismiss { .. } => dismiss(conn, m, deed).await,
        Deed::Restore => {
            m.expect(&[Stage::Dismissed], "只有“不予列入”的问题可以恢复列入")?;
            newest(book, m)?;
            let entry = m.entry(Kind::Restored, Some(Stage::Open));
            Ok(if m.problem.number.is_some() {
                entry.with(Detail::Renewed(Box::new(book.renewal(&m.head, calendar, None))))
            } else {
                entry.with(Detail::Listed(Box::new(book.listing(&m.problem.site.region, &m.head, calendar, None))))
            })
        }
        Deed::Extend { until } => {
            m.expect(&AT_WORK, "只有未销号且不在复核中的问题可以延期")?;
            let until = m.until(*until)?;
            if m.problem.due.is_some_and(|due| until <= due) {
                let due = last_day(m.problem.due.unwrap_or_default());
                return Err(m.refuse(format!("新的时限不晚于现在的时限（{due}）")));
            }
            let handling = Handling { until: Some(until), ..Handling::default() };
            Ok(m.handled(Kind::Extended, None, handling))
        }
        Deed::Edit { measure, assignee } => {
            on_record(m)?;
            let handling = Handling { measure: text(measure), assignee: text(assignee), ..Handling::default() };
            if handling == Handling::default() {
                return Err(m.refuse("没有写明要改什么：整改措施或责任人"));
            }
            Ok(m.handled(Kind::Edited, None, handling))
        }
        Deed::Note { attachments } => {
            Ok(m.handled(Kind::Noted, None, Handling { attachments: attachments.clone(), ..Handling::default() }))
        }
        Deed::Undo => Err(LedgerError::Input("undo is not a step forward".to_owned())),
    }
}

fn issue(book: &Book, m: &Matter, batch: &str, calendar: &Calendar) -> Result<Entry, LedgerError> {
    m.expect(&[Stage::Open, Stage::Rectifying], "只有“待整改”“整改中”的问题可以下发")?;
    if m.problem.issued_at.is_some() {
        return Err(m.refuse("已经下发过，不能重复下发"));
    }
    // Entries of persons bring their own day.
    let due = match m.problem.source.is_patrol() {
        true => {
            let due = book.renewal(&m.head, calendar, None);
            (Some(due.due), due.due_provisional)
        }
        false => (m.problem.due, m.problem.due_provisional),
    };
    let handling =
        Handling { until: due.0, until_provisional: due.1, batch: Some(batch.to_owned()), ..Handling::default() };
    Ok(m.handled(Kind::Issued, None, handling))
}

async fn take(
    conn: &mut SqliteConnection,
    m: &Matter,
    measure: Option<&str>,
    by: Option<Date>,
    assignee: Option<&str>,
) -> Result<Entry, LedgerError> {
    m.expect(&[Stage::Open], "只有“待整改”的问题可以认领")?;
    let suggested = match &m.problem.words {
        Some(words) => Some(words.measure.clone()),
        None => sql::finding_of(conn, &m.item).await?.map(|f| f.measure),
    };
    let written = measure.map(str::to_owned).or_else(|| m.problem.measure.clone()).or(suggested);
    let measure = written.map(|w| w.trim().to_owned()).filter(|w| !w.is_empty());
    let Some(measure) = measure else { return Err(m.refuse("请写明整改措施")) };
    let until = by.map(|day| m.until(day)).transpose()?;
    if let (Some(until), Some(due)) = (until, m.problem.due)
        && until > due
    {
        return Err(m.refuse(format!("本单位时限不能晚于整改时限（{}），确需推迟请申请延期", last_day(due))));
    }
    let handling =
        Handling { measure: Some(measure), until, assignee: text(&assignee.map(str::to_owned)), ..Handling::default() };
    Ok(m.handled(Kind::Taken, Some(Stage::Rectifying), handling))
}

fn claim(m: &Matter, attachments: &[Attachment]) -> Result<Entry, LedgerError> {
    m.expect(&AT_WORK, "只有“待整改”“整改中”“挂账”的问题可以申请复核")?;
    if attachments.is_empty() && !m.problem.source.is_patrol() {
        return Err(m.refuse("该问题不由机器复查，申请复核须附佐证材料（--attach 文件）"));
    }
    let handling = Handling { attachments: attachments.to_vec(), ..Handling::default() };
    Ok(m.handled(Kind::Claimed, Some(Stage::AwaitingReview), handling))
}

fn close(m: &Matter, attachments: &[Attachment]) -> Result<Entry, LedgerError> {
    let observed = m.problem.source.is_patrol();
    let otherwise = match observed {
        true => "须先经机器复查未再发现、或由单位申请复核，转入“待复核”，方可销号",
        false => "须先申请复核，转入“待复核”，方可销号",
    };
    m.expect(&[Stage::AwaitingReview], otherwise)?;
    // What the register showed and shows no longer is proved by the register.
    let shown = m.problem.source == Source::Register && m.problem.claimed_at.is_none();
    if observed {
        if !(m.beyond_machine() && (!attachments.is_empty() || !m.problem.attachments.is_empty())) {
            m.supported()?;
        }
    } else if !shown && attachments.is_empty() && m.problem.attachments.is_empty() {
        return Err(m.refuse("没有佐证材料，请先由单位补充（备注 --attach 文件）"));
    }
    let detail = Detail::Closing { auto: false, evidence_at: m.now };
    Ok(m.entry(Kind::Closed, Some(Stage::Closed)).with(detail))
}

async fn dismiss(conn: &mut SqliteConnection, m: &Matter, deed: &Deed) -> Result<Entry, LedgerError> {
    let Deed::Dismiss { ground, until, document, target, attachments } = deed else {
        return Err(LedgerError::Input("not a dismissal".to_owned()));
    };
    let stages = [Stage::Suspected, Stage::Open, Stage::Rectifying, Stage::AwaitingReview, Stage::Deferred];
    m.expect(&stages, "只有疑似和未销号的问题可以不予列入")?;
    let end = m.until(*until)?;
    if end - m.now > LONGEST_DISMISSAL_DAYS * hours(24) {
        return Err(m.refuse(format!("不予列入最长 {LONGEST_DISMISSAL_DAYS} 天，到期后再次发现即恢复列入")));
    }
    let target = match (ground, target) {
        (Ground::Duplicate, None) => return Err(m.refuse("理由为“重复”，请写明与哪一条重复")),
        (Ground::Duplicate, Some(name)) => Some(duplicate_of(conn, m, name).await?),
        _ => None,
    };
    if *ground == Ground::FalseAlarm && attachments.is_empty() && m.problem.attachments.is_empty() {
        return Err(m.refuse("理由为“误报”，须附能够说明情况的材料（--attach 文件）"));
    }
    let document = text(document);
    if *ground == Ground::Permitted && document.is_none() {
        return Err(m.refuse("理由为“政策允许”，请写明文号"));
    }
    let handling = Handling {
        ground: Some(*ground),
        until: Some(end),
        document,
        target,
        attachments: attachments.clone(),
        ..Handling::default()
    };
    Ok(m.handled(Kind::Dismissed, Some(Stage::Dismissed), handling))
}

/// T17: the other row exists, is another one, and stands for itself.
async fn duplicate_of(conn: &mut SqliteConnection, m: &Matter, name: &str) -> Result<String, LedgerError> {
    let id = sql::problem_id(conn, name).await?;
    let row = sql::problem_row(conn, &id).await?;
    if row.id == m.problem.id {
        return Err(m.refuse("不能与自己重复"));
    }
    if !row.stage.is_unsolved() {
        return Err(m.refuse(format!("{name} 现为“{}”，不是未销号的问题", super::word(row.stage))));
    }
    Ok(row.id)
}

/// A step that brings a row back must not leave two live rows of one fact.
fn newest(book: &Book, m: &Matter) -> Result<(), LedgerError> {
    match book.problem(&m.problem.item).filter(|p| p.id != m.problem.id) {
        Some(newer) => {
            let name = newer.number.clone().unwrap_or_else(|| newer.id.clone());
            Err(m.refuse(format!("同一问题已另行列入，见 {name}")))
        }
        None => Ok(()),
    }
}

fn on_record(m: &Matter) -> Result<(), LedgerError> {
    let stages = [Stage::Suspected, Stage::Open, Stage::Rectifying, Stage::AwaitingReview, Stage::Deferred];
    m.expect(&stages, "已经办结，不能再修改")
}

fn filled(m: &Matter, value: &str, what: &str) -> Result<String, LedgerError> {
    let value = value.trim();
    if value.is_empty() { Err(m.refuse(format!("请写明{what}"))) } else { Ok(value.to_owned()) }
}

fn text(value: &Option<String>) -> Option<String> {
    value.as_ref().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

/// The last day before an exclusive end.
fn last_day(end: i64) -> Date {
    let day = crate::clock::local(moment(end - 1)).date();
    debug_assert!(end_of(day).as_microsecond() >= end);
    day
}
