//! What people decide: each step one event, with a name and a reason, or a refusal that says what is missing.
//!
//! *Start reading at* [`Ledger::act`]: it loads the rows, lets `steps` decide, and writes all of them or none. What was refused
//! is written too, so that the trail shows what somebody tried.

mod enter;
mod steps;
mod undo;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::SqliteConnection;

use super::book::{Book, Entry};
use super::chain::content_id;
use super::fold::{ItemState, Letter};
use super::record::{Actor, Detail, Handling, Head, Kind, Micros, ProblemRow, hours, moment};
use super::view::{Attachment, Ground, Stage};
use super::{Ledger, LedgerError, sql};
use crate::clock::local;
use crate::rule::Calendar;
pub use enter::{Entered, NewEntry, RegisterFact, RegisterSaid, SelfCheckFile};

/// A pass older than this does not support striking off.
const FRESH: Micros = 72 * 3_600_000_000;

/// One step that a person takes with a row; T-numbers are those of the transition table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// T2 确认: 疑似 → 待整改
    Confirm,
    /// 下发: the time limit runs from here.
    Issue,
    /// T5 认领: 待整改 → 整改中. Without `measure` the suggested one is taken as it stands. `by` is the unit's own last day.
    Take { measure: Option<String>, by: Option<Date>, assignee: Option<String> },
    /// T6 申请复核. What no machine observes needs an attachment.
    Claim { attachments: Vec<Attachment> },
    /// T8 销号
    Close { attachments: Vec<Attachment> },
    /// T10 退回
    SendBack,
    /// T11 恢复 within the number: 已销号 → 待整改
    Reopen,
    /// T13 挂账 until the end of a day
    Defer { until: Date, approver: String, plan: String, document: Option<String> },
    /// T14 挂账 → 整改中
    Resume,
    /// T15, T17 不予列入 until the end of a day
    Dismiss {
        ground: Ground,
        until: Date,
        document: Option<String>,
        target: Option<String>,
        attachments: Vec<Attachment>,
    },
    /// T16 撤销不予列入
    Restore,
    /// T18 延期
    Extend { until: Date },
    /// T18 整改措施, 责任人
    Edit { measure: Option<String>, assignee: Option<String> },
    /// 备注
    Note { attachments: Vec<Attachment> },
    /// Takes back the newest step of a person, on the same day.
    Undo,
}

impl Deed {
    /// The word people use for it.
    pub fn word(&self) -> &'static str {
        match self {
            Deed::Confirm => "确认",
            Deed::Issue => "下发",
            Deed::Take { .. } => "认领",
            Deed::Claim { .. } => "申请复核",
            Deed::Close { .. } => "销号",
            Deed::SendBack => "退回",
            Deed::Reopen => "恢复",
            Deed::Defer { .. } => "挂账",
            Deed::Resume => "解除挂账",
            Deed::Dismiss { .. } => "不予列入",
            Deed::Restore => "恢复列入",
            Deed::Extend { .. } => "延期",
            Deed::Edit { .. } => "修改",
            Deed::Note { .. } => "备注",
            Deed::Undo => "撤销上一步",
        }
    }

    fn attachments(&self) -> &[Attachment] {
        match self {
            Deed::Claim { attachments }
            | Deed::Close { attachments }
            | Deed::Note { attachments }
            | Deed::Dismiss { attachments, .. } => attachments,
            _ => &[],
        }
    }
}

/// Who acts, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub actor: &'a str,
    pub reason: &'a str,
}

/// What one step did, or in a preview would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Number or, while there is none, the id.
    pub problem: String,
    pub from: Stage,
    pub to: Stage,
    /// Exclusive end of the time limit afterwards.
    pub due: Option<Timestamp>,
}

/// A loaded problem and everything a decision needs.
struct Matter {
    problem: ProblemRow,
    item: ItemState,
    head: Head,
    label: String,
    action: &'static str,
    now: Micros,
}

impl Ledger {
    /// Takes the same step with each of `problems` (numbers, ids or handles), in one transaction: all or none. With `preview`
    /// nothing is written.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchProblem`]; [`LedgerError::Refused`] when the table or a guard forbids it, without reason or name, and
    /// then the refusal is on record.
    pub async fn act(
        &self,
        problems: &[String],
        deed: &Deed,
        by: By<'_>,
        calendar: &Calendar,
        preview: bool,
    ) -> Result<Vec<Done>, LedgerError> {
        self.act_on_seen(problems, deed, by, calendar, preview, None).await
    }

    /// [`act`](Self::act) for somebody who saw the one row as of event `seen`: what has moved since must be looked at first.
    ///
    /// # Errors
    /// [`LedgerError::Overtaken`]; otherwise as [`act`](Self::act).
    pub async fn act_on_seen(
        &self,
        problems: &[String],
        deed: &Deed,
        by: By<'_>,
        calendar: &Calendar,
        preview: bool,
        seen: Option<i64>,
    ) -> Result<Vec<Done>, LedgerError> {
        let subject = problems.first().map_or("", String::as_str);
        let actor = who(subject, deed.word(), by.reason, by.actor)?;
        let now = self.now();
        let mut tx = self.write().await?;
        let mut book = Book::open(&mut tx, now, None, actor.clone()).await?;
        let batch = content_id(&[&now.to_string(), by.actor, &problems.join(" ")]);
        let mut done: Vec<Done> = Vec::new();
        for name in problems {
            let matter = matter(&mut tx, name, deed.word(), now).await?;
            if done.iter().any(|d| d.problem == matter.label) {
                continue;
            }
            if let Some(seen) = seen {
                matter.unmoved(&mut tx, seen).await?;
            }
            book.load(&mut tx, &[&matter.problem.item]).await?;
            let entry = match deed {
                Deed::Undo => undo::undo(&mut tx, &book, &matter).await,
                deed => steps::entry(&mut tx, &book, &matter, deed, &batch, calendar).await,
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(LedgerError::Refused { number, stage, action, reason }) if !preview => {
                    tx.rollback().await?;
                    self.record_refusal(&matter, &actor, &format!("{action}：{reason}")).await?;
                    return Err(LedgerError::Refused { number, stage, action, reason });
                }
                Err(error) => return Err(error),
            };
            book.write(entry.because(by.reason.trim()).citing_all(deed.attachments()))?;
            let after = book.row(&matter.problem.id);
            done.push(Done {
                problem: after.and_then(|row| row.number.clone()).unwrap_or_else(|| matter.label.clone()),
                from: matter.problem.stage,
                to: after.map_or(matter.problem.stage, |row| row.stage),
                due: after.and_then(|row| row.due).map(moment),
            });
        }
        if !preview {
            book.save(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Code of a preview of `action` on `problems`: another one as soon as the ledger has moved on.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn token(&self, action: &str, problems: &[String]) -> Result<String, LedgerError> {
        let mut token = content_id(&[&self.code().await?, action, &problems.join(" ")]);
        token.truncate(6);
        Ok(token)
    }

    async fn record_refusal(&self, matter: &Matter, actor: &Actor, reason: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        let mut book = Book::open(&mut tx, self.now(), None, actor.clone()).await?;
        book.load(&mut tx, &[&matter.problem.item]).await?;
        book.write(Entry::new(Kind::Refused, Some(matter.problem.id.clone()), None).because(reason))?;
        book.save(&mut tx).await?;
        Ok(tx.commit().await?)
    }
}

/// A person's name and a reason are part of every human step.
pub(super) fn who(subject: &str, action: &'static str, reason: &str, actor: &str) -> Result<Actor, LedgerError> {
    let (reason, actor) = (reason.trim(), actor.trim());
    if reason.is_empty() {
        return Err(LedgerError::refused(subject, None, action, "请写明理由"));
    }
    if actor.is_empty() {
        return Err(LedgerError::refused(subject, None, action, "请写明办理人"));
    }
    Ok(Actor::Person(actor.to_owned()))
}

async fn matter(
    conn: &mut SqliteConnection,
    name: &str,
    action: &'static str,
    now: Micros,
) -> Result<Matter, LedgerError> {
    let id = sql::problem_id(conn, name).await?;
    let problem = sql::problem_row(conn, &id).await?;
    let item = sql::item_states(conn, &[&problem.item]).await?.remove(&problem.item).unwrap_or_default();
    let head = sql::head(conn, &problem.head).await?;
    let label = problem.number.clone().unwrap_or_else(|| problem.id.clone());
    Ok(Matter { problem, item, head, label, action, now })
}

impl Matter {
    fn refuse(&self, reason: impl Into<String>) -> LedgerError {
        LedgerError::refused(&self.label, Some(self.problem.stage), self.action, reason)
    }

    /// Nothing but refusals was written to the row after event `seen`.
    async fn unmoved(&self, conn: &mut SqliteConnection, seen: i64) -> Result<(), LedgerError> {
        let events = sql::events_of(conn, &self.problem.id).await?;
        match events.into_iter().rfind(|e| e.seq > seen && e.kind != Kind::Refused) {
            None => Ok(()),
            Some(event) => Err(LedgerError::Overtaken {
                number: self.label.clone(),
                at: moment(event.at),
                by: match event.actor {
                    Actor::Machine => "系统".to_owned(),
                    Actor::Clock => "期限到期".to_owned(),
                    Actor::Person(name) => name,
                },
            }),
        }
    }

    fn expect(&self, stages: &[Stage], otherwise: &str) -> Result<(), LedgerError> {
        if stages.contains(&self.problem.stage) {
            return Ok(());
        }
        Err(self.refuse(format!("该问题现为“{}”，{otherwise}", word(self.problem.stage))))
    }

    fn entry(&self, kind: Kind, to: Option<Stage>) -> Entry {
        Entry::new(kind, Some(self.problem.id.clone()), to)
    }

    fn handled(&self, kind: Kind, to: Option<Stage>, handling: Handling) -> Entry {
        self.entry(kind, to).with(Detail::Handled(Box::new(handling)))
    }

    /// The exclusive end of a day that must still come.
    fn until(&self, day: Date) -> Result<Micros, LedgerError> {
        let end = crate::clock::end_of(day).as_microsecond();
        if end <= self.now {
            return Err(self.refuse(format!("{day}已经过去，请写今天或以后的日期")));
        }
        Ok(end)
    }

    /// Since the unit asked for review the machine has looked and could not tell: a device keeps it out, or its walk did not reach
    /// so far. Then a person decides by what the unit sent in, as with entries no machine observes.
    fn beyond_machine(&self) -> bool {
        let Some(claimed) = self.problem.claimed_at else { return false };
        let looked = self.item.newest.as_ref().is_some_and(|(at, letter, _)| {
            *at > claimed && matches!(letter, Letter::Undetermined | Letter::Error | Letter::NotApplicable)
        });
        looked && self.item.last_checked() <= Some(claimed)
    }

    /// T8's guard for what a machine observes.
    fn supported(&self) -> Result<(), LedgerError> {
        let item = &self.item;
        if item.verdict == Some(Letter::Recovering) {
            return Err(self.refuse("已恢复访问，但监测期内打不开的比例仍未降到标准以下，请待比例达标后再销号"));
        }
        if self.beyond_machine() {
            return Err(self.refuse("申请复核后机器复查均无法判定，请附佐证材料（--attach 文件），由人工核实后销号"));
        }
        if item.verdict == Some(Letter::Fail) {
            return Err(self.refuse("最近一次机器复查结果为仍存在，请先督促整改"));
        }
        let Some(pass) = item.last_pass.filter(|pass| Some(*pass) > item.last_fail) else {
            return Err(self.refuse("尚无机器复查通过的记录，请先重新巡查"));
        };
        let minute = |at| local(moment(at)).strftime("%Y-%m-%d %H:%M");
        if self.problem.claimed_at.is_some_and(|claimed| pass <= claimed) {
            let why = format!("申请复核后尚无通过的复查（最近一次通过于 {}），请先重新巡查", minute(pass));
            return Err(self.refuse(why));
        }
        if self.now - pass > FRESH {
            let limit = FRESH / hours(1);
            let why = format!("最近一次复查通过于 {}，已超过 {limit} 小时，请先重新巡查", minute(pass));
            return Err(self.refuse(why));
        }
        Ok(())
    }
}

/// Stage words in refusals.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspected => "疑似",
        Stage::Unconfirmed => "未证实",
        Stage::Open => "待整改",
        Stage::Rectifying => "整改中",
        Stage::AwaitingReview => "待复核",
        Stage::Closed => "已销号",
        Stage::Deferred => "挂账",
        Stage::Dismissed => "不予列入",
    }
}
