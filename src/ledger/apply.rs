//! One run applied in one transaction, or held.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::bands;
use super::book::{Book, Entry};
use super::brake::{self, Hold, Why};
use super::chain::content_id;
use super::cover::{Places, any_new_coverage, changes, count_run, coverage_of, learn, take_in};
use super::digest::SiteDigest;
use super::reconcile::Reconcile;
use super::record::{Actor, Detail, Head, Kind, Micros, Seal};
use super::sql::{self, Heads, RunRow};
use super::{Ledger, LedgerError, RunId};
use crate::rule::Calendar;

/// How far the run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    Complete,
    /// Ended early: what was looked at counts, the rest is simply not covered.
    Partial,
}

/// What one run changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// This run, or every look it holds, had been applied before: nothing was written, the numbers are those of then.
    pub repeated: bool,
    /// 应查 sites.
    pub planned: u32,
    /// 已查: sites with at least one determinate answer.
    pub covered: u32,
    /// 无法判定: reason key → sites where a listing rule could not tell. A site can also be covered.
    pub undetermined: BTreeMap<String, Vec<String>>,
    /// Sites where one of our own checks failed (contained bug).
    pub errors: u32,
    /// New 疑似 (T1).
    pub suspected: u32,
    /// New rows of the list (T3, T12).
    pub opened: u32,
    /// 疑似 that became rows (T2).
    pub confirmed: u32,
    /// Known problems seen again.
    pub seen_again: u32,
    /// To 待复核 (T7).
    pub awaiting_review: u32,
    /// Struck off by machine (T9).
    pub closed: u32,
    /// Back from 待复核 (T10), and closed rows put under review by late evidence (T20).
    pub returned: u32,
    /// Reopened after 已销号 (T11).
    pub reopened: u32,
    /// 疑似 that did not confirm (T4).
    pub not_confirmed: u32,
    /// Closed problems that failed again but need more visits before they reopen.
    pub relapsing: u32,
    /// Failures of hints and rules on trial.
    pub hints: u32,
    /// Set when the brake stopped the run: nothing above happened.
    pub held: Option<Hold>,
    pub opened_numbers: Vec<String>,
    pub awaiting_numbers: Vec<String>,
    pub closed_numbers: Vec<String>,
    pub returned_numbers: Vec<String>,
    pub reopened_numbers: Vec<String>,
}

impl Applied {
    /// Sites where a listing rule could not tell, each once, in id order.
    pub fn undetermined_sites(&self) -> std::collections::BTreeSet<String> {
        self.undetermined.values().flatten().cloned().collect()
    }
}

impl Ledger {
    /// Applies a finished run in one transaction, or stores and holds it when the brake acts.
    ///
    /// Applying the same run again, or a run that brings only looks already known, writes no event.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`], [`LedgerError::RunState`] for void or abandoned runs, [`LedgerError::Input`] for digests of
    /// unknown sites or rules; on any error nothing was written.
    pub async fn apply(
        &self,
        run: &RunId,
        digests: Vec<SiteDigest>,
        canaries: Value,
        outcome: RunOutcome,
        calendar: &Calendar,
    ) -> Result<Applied, LedgerError> {
        let now = self.now();
        let mut tx = self.write().await?;
        let row = sql::run(&mut tx, &run.0).await?;
        match row.state.as_str() {
            "running" => {}
            "applied" | "partial" | "held" => {
                let mut before: Applied =
                    row.applied.as_deref().map_or(Ok(Applied::default()), serde_json::from_str)?;
                before.repeated = true;
                return Ok(before);
            }
            _ => return Err(LedgerError::RunState { run: row.id, state: row.state, action: "写入台账" }),
        }
        let all_heads = sql::all_heads(&mut tx).await?;
        let heads = sql::heads_of(&row.heads, &all_heads)?;
        let places = Places::of(&mut tx, &heads).await?;
        let mut applied = Applied { planned: row.planned, ..Applied::default() };
        let (coverage, fresh) = take_in(&mut tx, &row, &heads, &places, digests, &mut applied).await?;
        let mut book = Book::open(&mut tx, now, Some(&row.id), Actor::Machine).await?;
        let state = if fresh.is_empty() && !coverage.is_empty() && !any_new_coverage(&mut tx, &row.id).await? {
            applied.repeated = true;
            "applied"
        } else {
            let known = sql::known_letters(&mut tx, &sql::keys(coverage.iter().map(|c| c.site.as_str()))).await?;
            let looked_at = if matches!(row.kind.as_str(), "patrol" | "audit" | "recheck") { 0 } else { row.planned };
            let changes = changes(&coverage, &known);
            applied.held = brake::test(&changes, &places.watched, looked_at);
            if row.kind == "patrol" {
                let rates = bands::rates(&changes, &places.watched);
                let past = bands::history(&mut tx, &row).await?;
                applied.held = applied.held.or_else(|| bands::test(&rates, &past, &changes, &places.watched));
                bands::remember(&mut tx, &row.id, &rates).await?;
            }
            let seal = seal(&mut tx, &row, outcome, &applied, &heads).await?;
            let state = match (&applied.held, outcome) {
                (Some(_), _) => "held",
                (None, RunOutcome::Complete) => "applied",
                (None, RunOutcome::Partial) => "partial",
            };
            if let Some(hold) = &applied.held {
                let reason = format!("熔断：{}", words(hold));
                book.write(Entry::new(Kind::RunHeld, None, None).because(&reason).with(Detail::Run(Box::new(seal))))?;
            } else {
                count_run(&mut tx, &row.id).await?;
                let work = Reconcile::new(&row, calendar, &all_heads, &mut book, &mut applied)?;
                work.go(&mut tx, &fresh).await?;
                learn(&mut tx, &coverage, &known).await?;
                book.write(Entry::new(Kind::RunApplied, None, None).with(Detail::Run(Box::new(seal))))?;
            }
            state
        };
        book.save(&mut tx).await?;
        finish(&mut tx, &row, now, state, Some(&canaries), &applied).await?;
        tx.commit().await?;
        Ok(applied)
    }

    /// Lets a held run count, as if the brake had not acted.
    ///
    /// # Errors
    /// [`LedgerError::RunState`] when the run is not held; [`LedgerError::Refused`] without reason or name.
    pub async fn release(
        &self,
        run: &RunId,
        reason: &str,
        actor: &str,
        calendar: &Calendar,
    ) -> Result<Applied, LedgerError> {
        let actor = super::act::who(&run.0, "解除熔断", reason, actor)?;
        let now = self.now();
        let mut tx = self.write().await?;
        let row = held(&mut tx, run, "解除熔断").await?;
        let mut applied: Applied = row.applied.as_deref().map_or(Ok(Applied::default()), serde_json::from_str)?;
        applied.held = None;
        let all_heads = sql::all_heads(&mut tx).await?;
        let observations = sql::observations_of_run(&mut tx, &row.id).await?;
        let coverage = coverage_of(&mut tx, &row.id).await?;
        let known = sql::known_letters(&mut tx, &sql::keys(coverage.iter().map(|c| c.site.as_str()))).await?;
        let mut book = Book::open(&mut tx, now, Some(&row.id), actor).await?;
        book.write(Entry::new(Kind::RunReleased, None, None).because(reason))?;
        book.by_machine();
        count_run(&mut tx, &row.id).await?;
        let work = Reconcile::new(&row, calendar, &all_heads, &mut book, &mut applied)?;
        work.go(&mut tx, &observations).await?;
        learn(&mut tx, &coverage, &known).await?;
        book.save(&mut tx).await?;
        finish(&mut tx, &row, now, "applied", None, &applied).await?;
        tx.commit().await?;
        Ok(applied)
    }

    /// Discards a held run: its observations stay on record and never count.
    ///
    /// # Errors
    /// As [`release`](Self::release).
    pub async fn drop_run(&self, run: &RunId, reason: &str, actor: &str) -> Result<(), LedgerError> {
        let actor = super::act::who(&run.0, "作废", reason, actor)?;
        let now = self.now();
        let mut tx = self.write().await?;
        let row = held(&mut tx, run, "作废").await?;
        let mut book = Book::open(&mut tx, now, Some(&row.id), actor).await?;
        book.write(Entry::new(Kind::RunDropped, None, None).because(reason))?;
        book.save(&mut tx).await?;
        sqlx::query("UPDATE run SET state = 'dropped', note = $2, planned_ids = NULL WHERE id = $1")
            .bind(&row.id)
            .bind(reason)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn held(conn: &mut SqliteConnection, run: &RunId, action: &'static str) -> Result<RunRow, LedgerError> {
    let row = sql::run(conn, &run.0).await?;
    if row.state == "held" { Ok(row) } else { Err(LedgerError::RunState { run: row.id, state: row.state, action }) }
}

async fn seal(
    conn: &mut SqliteConnection,
    run: &RunRow,
    outcome: RunOutcome,
    applied: &Applied,
    heads: &Heads,
) -> Result<Seal, LedgerError> {
    let (observations, observed) = sql::seal_observations(conn, &run.id).await?;
    debug_assert_eq!(heads.len(), run.heads.len(), "one head per rule");
    Ok(Seal {
        outcome: if outcome == RunOutcome::Complete { "complete" } else { "partial" }.to_owned(),
        planned: run.planned,
        covered: applied.covered,
        undetermined: undetermined_sites(applied),
        observations,
        observed,
        coverage: sql::seal_coverage(conn, &run.id).await?,
        rules: content_id(&run.heads.iter().map(String::as_str).collect::<Vec<_>>()),
    })
}

/// Sites where at least one listing rule could not tell.
fn undetermined_sites(applied: &Applied) -> u32 {
    let sites = sql::keys(applied.undetermined.values().flatten().map(String::as_str));
    u32::try_from(sites.len()).unwrap_or(u32::MAX)
}

fn words(hold: &Hold) -> String {
    let what = match hold.why {
        Why::Flips => "结果同时变化",
        Why::Loud => "新发现问题，远多于以往",
        Why::Silent => "突然没有结论或不再发现问题，与以往不符",
    };
    format!("规则 {} 有 {} 个站点{what}", hold.rule, hold.flips)
}

async fn finish(
    conn: &mut SqliteConnection,
    run: &RunRow,
    now: Micros,
    state: &str,
    canaries: Option<&Value>,
    applied: &Applied,
) -> Result<(), LedgerError> {
    let note = match (&applied.held, applied.repeated) {
        (Some(hold), _) => {
            format!("熔断：{}（上限 {}）", words(hold), hold.threshold)
        }
        (None, true) => "内容与已有记录完全相同".to_owned(),
        (None, false) => String::new(),
    };
    sqlx::query(
        "UPDATE run SET state = $2, finished_at = coalesce(finished_at, $3), covered = $4, undetermined = $5, note = $6,
            applied = $7, canaries = coalesce($8, canaries), planned_ids = CASE WHEN $2 = 'held' THEN planned_ids END
         WHERE id = $1",
    )
    .bind(&run.id)
    .bind(state)
    .bind(now)
    .bind(applied.covered)
    .bind(undetermined_sites(applied))
    .bind(note)
    .bind(serde_json::to_string(applied)?)
    .bind(canaries.map(Value::to_string))
    .execute(conn)
    .await?;
    Ok(())
}

/// Heads in rule-id order with their content addresses.
pub(super) fn head_rows(rules: &[crate::rule::RuleHead]) -> Result<Vec<(String, String)>, LedgerError> {
    let mut heads: Vec<Head> = rules.iter().map(Head::from).collect();
    heads.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = heads.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(LedgerError::Input(format!("rule {} given twice", pair[0].id)));
    }
    heads
        .iter()
        .map(|head| {
            let body = serde_json::to_string(head)?;
            Ok((content_id(&[&body]), body))
        })
        .collect()
}
