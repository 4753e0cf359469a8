//! What periods that ran out bring about. Nothing here depends on an observation, so it is no part of applying a run.

use super::book::{Book, Entry};
use super::fold::ItemState;
use super::record::{Actor, Detail, Kind, Micros, ProblemRow};
use super::view::Stage;
use super::{Ledger, LedgerError, sql};
use crate::rule::Calendar;

/// 疑似 that did not fail again for so long did not confirm (T4).
const SUSPICION: Micros = 30 * 24 * 3_600_000_000;

impl Ledger {
    /// T4 after thirty days without a further failure; T14 when 挂账 ends; T16 when 不予列入 ends for an entry that no machine
    /// observes (others come back when they are seen failing). Returns the number of rows moved; the same moment twice moves none.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn tick(&self, calendar: &Calendar) -> Result<usize, LedgerError> {
        let now = self.now();
        let mut tx = self.write().await?;
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT body FROM problem WHERE stage IN ('suspected', 'deferred', 'dismissed') ORDER BY created",
        )
        .fetch_all(&mut *tx)
        .await?;
        let rows: Result<Vec<ProblemRow>, _> = rows.iter().map(|(body,)| serde_json::from_str(body)).collect();
        let rows = rows?;
        let items: Vec<&str> = rows.iter().filter(|r| r.stage == Stage::Suspected).map(|r| r.item.as_str()).collect();
        let states = sql::item_states(&mut tx, &items).await?;
        let due: Vec<&ProblemRow> = rows.iter().filter(|row| is_over(row, states.get(&row.item), now)).collect();
        if due.is_empty() {
            return Ok(0);
        }
        let mut book = Book::open(&mut tx, now, None, Actor::Clock).await?;
        let mut moved = 0;
        for row in due {
            book.load(&mut tx, &[&row.item]).await?;
            if book.problem(&row.item).is_some_and(|newest| newest.id != row.id) {
                continue;
            }
            let entry = |kind, to| Entry::new(kind, Some(row.id.clone()), Some(to));
            let entry = match row.stage {
                Stage::Suspected => entry(Kind::NotConfirmed, Stage::Unconfirmed).because("30日内未再发现，未证实"),
                Stage::Deferred => entry(Kind::Resumed, Stage::Rectifying).because("挂账期满"),
                _ => {
                    let head = sql::head(&mut tx, &row.head).await?;
                    let renewal = book.renewal(&head, calendar, None);
                    entry(Kind::Restored, Stage::Open)
                        .because("不予列入期满，恢复列入")
                        .with(Detail::Renewed(Box::new(renewal)))
                }
            };
            book.write(entry)?;
            moved += 1;
        }
        book.save(&mut tx).await?;
        tx.commit().await?;
        Ok(moved)
    }
}

fn is_over(row: &ProblemRow, item: Option<&ItemState>, now: Micros) -> bool {
    match row.stage {
        Stage::Suspected => {
            let seen = item.and_then(|i| i.last_fail).unwrap_or(row.first_seen);
            now - seen >= SUSPICION
        }
        Stage::Deferred => row.due.is_some_and(|due| due <= now),
        Stage::Dismissed => {
            !row.source.is_patrol() && row.number.is_some() && row.dismissed_until.is_some_and(|until| until <= now)
        }
        _ => false,
    }
}
