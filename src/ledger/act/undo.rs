//! 撤销上一步: a compensating event that puts the row back as it was.

use sqlx::SqliteConnection;

use super::Matter;
use crate::clock::local;
use crate::ledger::LedgerError;
use crate::ledger::book::{Book, Entry};
use crate::ledger::project::Projection;
use crate::ledger::record::{Actor, Detail, Event, Kind, moment};
use crate::ledger::sql;

/// Only the newest step, only a person's, only on its own day, and never one that gave a number: numbers are not taken back.
pub(super) async fn undo(conn: &mut SqliteConnection, book: &Book, m: &Matter) -> Result<Entry, LedgerError> {
    let mut events = sql::events_of(conn, &m.problem.id).await?;
    events.retain(|e| !matches!(e.kind, Kind::Refused | Kind::Noted));
    let Some(last) = events.pop() else { return Err(m.refuse("没有可以撤销的步骤")) };
    if !matches!(last.actor, Actor::Person(_)) {
        return Err(m.refuse("最近一步由机器作出，不能撤销，可按流程恢复或退回"));
    }
    let gives_number = |e: &Event| match &e.detail {
        Detail::Listed(_) => true,
        Detail::Created(creation) => creation.listing.is_some(),
        _ => false,
    };
    if last.kind == Kind::Undone {
        return Err(m.refuse("最近一步已经撤销"));
    }
    if gives_number(&last) {
        return Err(m.refuse("最近一步给出了编号，编号不收回；确属不当请用“不予列入”"));
    }
    if local(moment(last.at)).date() != local(moment(m.now)).date() {
        return Err(m.refuse("只能撤销当天办理的步骤"));
    }
    let mut past = Projection::default();
    for event in &events {
        past.follow_numbers(event);
        past.apply(event).map_err(LedgerError::Damaged)?;
    }
    let Some(row) = past.problems.remove(&m.problem.id) else { return Err(m.refuse("没有可以撤销的步骤")) };
    let newer = book.problem(&m.problem.item).filter(|p| p.id != m.problem.id);
    if let Some(newer) = newer {
        let name = newer.number.clone().unwrap_or_else(|| newer.id.clone());
        return Err(m.refuse(format!("同一问题已另行列入，见 {name}")));
    }
    let to = row.stage;
    Ok(m.entry(Kind::Undone, Some(to)).with(Detail::Undo { of: last.seq, row: Box::new(row) }))
}
