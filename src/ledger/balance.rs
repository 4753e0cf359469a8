//! 期初 + 新增 + 反弹 + 恢复 − 销号 − 剔除 = 期末, from the log alone.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::Serialize;

use super::project::Projection;
use super::record::{Event, Kind, ProblemRow};
use super::view::Stage;
use super::{Ledger, LedgerError, sql};

/// Movements of the list over one period. Counted are rows that have, or had, a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// 期初 未销号
    pub opening: u32,
    /// 新增
    pub new: u32,
    /// 反弹: after 销号
    pub relapsed: u32,
    /// 恢复: after 不予列入, by late evidence, or by taking back a step
    pub restored: u32,
    /// 销号
    pub closed: u32,
    /// 剔除
    pub removed: u32,
    /// 期末 未销号
    pub closing: u32,
}

impl Balance {
    /// The figures agree with one another.
    pub fn adds_up(&self) -> bool {
        self.opening + self.new + self.relapsed + self.restored == self.closed + self.removed + self.closing
    }

    /// Sums of several balances of one period.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Balance>) -> Balance {
        parts.into_iter().fold(Balance::default(), |a, b| Balance {
            opening: a.opening + b.opening,
            new: a.new + b.new,
            relapsed: a.relapsed + b.relapsed,
            restored: a.restored + b.restored,
            closed: a.closed + b.closed,
            removed: a.removed + b.removed,
            closing: a.closing + b.closing,
        })
    }

    pub(super) fn note(&mut self, step: Step) {
        match step {
            Step::New => self.new += 1,
            Step::Relapsed => self.relapsed += 1,
            Step::Restored => self.restored += 1,
            Step::Closed => self.closed += 1,
            Step::Removed => self.removed += 1,
        }
    }
}

/// Whose rows, of which key point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Share {
    pub unit_id: String,
    /// 主办单位 as of opening.
    pub unit: String,
    pub key_point: u8,
}

/// On the list or off it.
#[derive(Clone, Copy)]
pub(super) enum Step {
    New,
    Relapsed,
    Restored,
    Closed,
    Removed,
}

impl Ledger {
    /// Balances of the period from `from` to before `to`, by unit and key point (the one of the row's first rule, so that a row
    /// stays where it was counted in). Shares without rows are left out.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when the log contradicts itself.
    pub async fn balances(&self, from: Timestamp, to: Timestamp) -> Result<BTreeMap<Share, Balance>, LedgerError> {
        let (from, to) = (from.as_microsecond(), to.as_microsecond());
        let mut tx = self.pool.begin().await?;
        let heads = sql::all_heads(&mut tx).await?;
        let mut projection = Projection::default();
        let mut shares: HashMap<String, Share> = HashMap::new();
        let mut balances: BTreeMap<Share, Balance> = BTreeMap::new();
        let mut inside = false;
        let mut stream =
            sqlx::query_as::<_, (String,)>("SELECT body FROM event WHERE problem IS NOT NULL ORDER BY seq")
                .fetch(&mut *tx);
        while let Some((body,)) = stream.try_next().await? {
            let event: Event = serde_json::from_str(&body)?;
            // By the order of the log, whatever was done to the clock of the machine.
            if event.at >= to {
                break;
            }
            inside |= event.at >= from;
            let Some(id) = event.problem.clone() else { continue };
            let before = projection.problems.get(&id).map(|row| (row.stage, row.number.is_some()));
            projection.apply(&event).map_err(LedgerError::Damaged)?;
            let Some(row) = projection.problems.get(&id) else { continue };
            let Some(step) = step(before, row, event.kind) else { continue };
            let share = shares.entry(id).or_insert_with(|| Share {
                unit_id: row.site.unit_id.clone(),
                unit: row.site.unit.clone(),
                key_point: heads.get(&row.head).map_or(0, |head| head.key_point),
            });
            let balance = balances.entry(share.clone()).or_default();
            if inside {
                balance.note(step);
            } else if row.stage.is_unsolved() {
                balance.opening += 1;
            } else {
                balance.opening -= 1;
            }
        }
        for row in projection.problems.values().filter(|row| row.stage.is_unsolved()) {
            if let Some(share) = shares.get(&row.id) {
                balances.entry(share.clone()).or_default().closing += 1;
            }
        }
        balances.retain(|_, balance| *balance != Balance::default());
        Ok(balances)
    }
}

/// How one event moved a row, if it moved it on or off the list.
pub(super) fn step(before: Option<(Stage, bool)>, row: &ProblemRow, kind: Kind) -> Option<Step> {
    let was = before.is_some_and(|(stage, _)| stage.is_unsolved());
    match (was, row.stage.is_unsolved()) {
        (false, true) if before.is_none_or(|(_, numbered)| !numbered) => Some(Step::New),
        (false, true) if kind == Kind::Reopened => Some(Step::Relapsed),
        (false, true) => Some(Step::Restored),
        (true, false) if row.stage == Stage::Closed => Some(Step::Closed),
        (true, false) => Some(Step::Removed),
        _ => None,
    }
}
