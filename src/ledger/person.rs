//! What people decide: each step one event, with a name and a reason, or a refusal that says what is missing.

use sqlx::SqliteConnection;

use super::book::{Book, Entry};
use super::fold::{ItemState, Letter};
use super::record::{Actor, Detail, Head, Kind, Micros, ProblemRow, hours, moment};
use super::view::Stage;
use super::{Ledger, LedgerError, sql};
use crate::clock::local;
use crate::rule::Calendar;

/// A pass older than this does not support striking off.
const FRESH: Micros = 72 * 3_600_000_000;

/// A loaded problem and everything a decision needs.
struct Matter {
    problem: ProblemRow,
    item: ItemState,
    head: Head,
    label: String,
}

impl Ledger {
    /// T2 by a person: 疑似 → 待整改. Returns the number given.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchProblem`]; [`LedgerError::Refused`] at any other stage, or without reason or name.
    pub async fn confirm(
        &self,
        problem: &str,
        reason: &str,
        actor: &str,
        calendar: &Calendar,
    ) -> Result<String, LedgerError> {
        let actor = who(problem, "确认", reason, actor)?;
        self.step(problem, actor, |book, m| {
            m.expect("确认", Stage::Suspected, "只有“疑似”问题需要确认")?;
            let listing = book.listing(&m.problem.site.region, &m.head, calendar, None);
            let number = listing.number();
            let detail = Detail::Listed(Box::new(listing));
            book.write(m.entry(Kind::Confirmed, Stage::Open).because(reason).with(detail))?;
            Ok(number)
        })
        .await
    }

    /// T8: 待复核 → 已销号. The newest determinate answer must be a pass, newer than the last failure and at most 72 h old.
    ///
    /// # Errors
    /// As [`confirm`](Self::confirm).
    pub async fn close(&self, problem: &str, reason: &str, actor: &str) -> Result<(), LedgerError> {
        let actor = who(problem, "销号", reason, actor)?;
        self.step(problem, actor, |book, m| {
            m.expect("销号", Stage::AwaitingReview, "须先经机器复查未再发现、转入“待复核”，方可销号")?;
            m.supported("销号", book.now)?;
            let detail = Detail::Closing { auto: false, evidence_at: book.now };
            book.write(m.entry(Kind::Closed, Stage::Closed).because(reason).with(detail))
        })
        .await
    }

    /// T10 by a person: 待复核 → 待整改 (退回). The time limit does not change.
    ///
    /// # Errors
    /// As [`confirm`](Self::confirm).
    pub async fn send_back(&self, problem: &str, reason: &str, actor: &str) -> Result<(), LedgerError> {
        let actor = who(problem, "退回", reason, actor)?;
        self.step(problem, actor, |book, m| {
            m.expect("退回", Stage::AwaitingReview, "只有“待复核”的问题可以退回")?;
            book.write(m.entry(Kind::Returned, Stage::Open).because(reason))
        })
        .await
    }

    /// T11 by a person: 已销号 → 待整改 under the same number, with a new time limit.
    ///
    /// # Errors
    /// As [`confirm`](Self::confirm); also when the item already has a newer problem.
    pub async fn reopen(
        &self,
        problem: &str,
        reason: &str,
        actor: &str,
        calendar: &Calendar,
    ) -> Result<(), LedgerError> {
        let actor = who(problem, "恢复", reason, actor)?;
        self.step(problem, actor, |book, m| {
            m.expect("恢复", Stage::Closed, "只有“已销号”的问题可以恢复")?;
            if let Some(newer) = book.problem(&m.problem.item).filter(|p| p.id != m.problem.id) {
                let name = newer.number.clone().unwrap_or_else(|| newer.id.clone());
                return Err(m.refuse("恢复", format!("同一问题已另行列入，见 {name}")));
            }
            let detail = Detail::Renewed(Box::new(book.renewal(&m.head, calendar, None)));
            book.write(m.entry(Kind::Reopened, Stage::Open).because(reason).with(detail))
        })
        .await
    }

    async fn step<T>(
        &self,
        problem: &str,
        actor: Actor,
        act: impl FnOnce(&mut Book, &Matter) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let now = self.now();
        let mut tx = self.write().await?;
        let matter = matter(&mut tx, problem).await?;
        let mut book = Book::open(&mut tx, now, None, actor).await?;
        book.load(&mut tx, &[&matter.problem.item]).await?;
        let done = act(&mut book, &matter)?;
        book.save(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
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

async fn matter(conn: &mut SqliteConnection, problem: &str) -> Result<Matter, LedgerError> {
    let id = sql::problem_id(conn, problem).await?;
    let found: Option<(String,)> =
        sqlx::query_as("SELECT body FROM problem WHERE id = $1").bind(&id).fetch_optional(&mut *conn).await?;
    let (body,) = found.ok_or_else(|| LedgerError::NoSuchProblem(problem.to_owned()))?;
    let problem: ProblemRow = serde_json::from_str(&body)?;
    let item = sql::item_states(conn, &[&problem.item]).await?.remove(&problem.item).unwrap_or_default();
    let head = sql::all_heads(conn).await?.remove(&problem.head);
    let head = head.ok_or_else(|| LedgerError::Damaged(format!("缺少规则记录 {}", problem.head)))?;
    let label = problem.number.clone().unwrap_or_else(|| problem.id.clone());
    Ok(Matter { problem, item, head, label })
}

impl Matter {
    fn refuse(&self, action: &'static str, reason: impl Into<String>) -> LedgerError {
        LedgerError::refused(&self.label, Some(self.problem.stage), action, reason)
    }

    fn expect(&self, action: &'static str, stage: Stage, otherwise: &str) -> Result<(), LedgerError> {
        if self.problem.stage == stage {
            return Ok(());
        }
        Err(self.refuse(action, format!("该问题现为“{}”，{otherwise}", word(self.problem.stage))))
    }

    fn entry(&self, kind: Kind, to: Stage) -> Entry {
        Entry::new(kind, Some(self.problem.id.clone()), Some(to))
    }

    /// T8's guard.
    fn supported(&self, action: &'static str, now: Micros) -> Result<(), LedgerError> {
        let item = &self.item;
        if item.verdict == Some(Letter::Recovering) {
            let why = "已恢复访问，但监测期内打不开的比例仍未降到标准以下，请待比例达标后再销号";
            return Err(self.refuse(action, why));
        }
        if item.verdict == Some(Letter::Fail) {
            return Err(self.refuse(action, "最近一次机器复查结果为仍存在，请先督促整改"));
        }
        let Some(pass) = item.last_pass.filter(|pass| Some(*pass) > item.last_fail) else {
            return Err(self.refuse(action, "尚无机器复查通过的记录，请先重新巡查"));
        };
        if now - pass > FRESH {
            let at = local(moment(pass)).strftime("%Y-%m-%d %H:%M");
            let limit = FRESH / hours(1);
            return Err(self.refuse(action, format!("最近一次复查通过于 {at}，已超过 {limit} 小时，请先重新巡查")));
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
