//! What reports need beside the lists: histories of many rows at once, since when a site could not be told about, the log between two
//! sequences in figures, and reports as they were frozen (定稿).

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use super::balance::{Balance, Share, step};
use super::chain::{Link, sha256_hex};
use super::project::Projection;
use super::read::event_view;
use super::record::{Event, moment};
use super::view::{EventView, RunView, UnclearView};
use super::{Ledger, LedgerError, sql};

/// Patrols looked back on.
const BACK: usize = 100;

impl Ledger {
    /// Histories of all problems: id → events, oldest first.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn histories(&self) -> Result<BTreeMap<String, Vec<EventView>>, LedgerError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT problem, body FROM event WHERE problem IS NOT NULL ORDER BY seq")
                .fetch_all(&self.pool)
                .await?;
        let mut out: BTreeMap<String, Vec<EventView>> = BTreeMap::new();
        for (problem, body) in rows {
            out.entry(problem).or_default().push(event_view(&body)?);
        }
        Ok(out)
    }

    /// Sites the newest of `patrols` (newest first, all of them applied) could not tell about, each with the beginning of the first
    /// patrol in a row, going back from the newest, that could not either.
    ///
    /// # Errors
    /// As [`unclear`](Self::unclear).
    pub async fn unclear_since(&self, patrols: &[RunView]) -> Result<Vec<(UnclearView, Timestamp)>, LedgerError> {
        let Some(newest) = patrols.first() else { return Ok(Vec::new()) };
        let unclear = self.unclear(&newest.id).await?;
        let mut since: BTreeMap<String, Timestamp> =
            unclear.iter().map(|u| (u.site.clone(), newest.started_at)).collect();
        let mut lasting: Vec<String> = since.keys().cloned().collect();
        for patrol in patrols.iter().skip(1).take(BACK) {
            if lasting.is_empty() {
                break;
            }
            let before: Vec<String> = self.unclear(&patrol.id).await?.into_iter().map(|u| u.site).collect();
            lasting.retain(|site| before.contains(site));
            for site in &lasting {
                since.insert(site.clone(), patrol.started_at);
            }
        }
        let with = |u: UnclearView| {
            let at = since.get(&u.site).copied().unwrap_or(newest.started_at);
            (u, at)
        };
        Ok(unclear.into_iter().map(with).collect())
    }
}

/// The log between two sequences, in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Sequence of the last event before the period, 0 when the log begins in it.
    pub after: i64,
    /// Sequence of its last event.
    pub upto: i64,
    pub balances: BTreeMap<Share, Balance>,
}

/// A frozen report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub id: i64,
    pub kind: String,
    /// `2026-11`, `2026Q4`, `all`.
    pub period: String,
    pub after: i64,
    pub upto: i64,
    /// 台账校验码 at `upto`.
    pub code: String,
    pub made_at: Timestamp,
    pub by: String,
    /// Name and value of every field that was printed.
    pub fields: BTreeMap<String, String>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// The report this one corrects.
    pub corrects: Option<i64>,
}

/// A report about to be frozen.
#[derive(Debug, Clone)]
pub struct ToFreeze<'a> {
    pub kind: &'a str,
    pub period: &'a str,
    pub after: i64,
    pub upto: i64,
    pub by: &'a str,
    pub fields: &'a BTreeMap<String, String>,
    pub bytes: &'a [u8],
    pub corrects: Option<i64>,
}

impl Ledger {
    /// Sequence of the last event before `at`, by the order of the log; 0 without one.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn seq_before(&self, at: Timestamp) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce((SELECT min(seq) - 1 FROM event WHERE json_extract(body, '$.at') >= $1),
            (SELECT coalesce(max(seq), 0) FROM event))";
        let (seq,): (i64,) = sqlx::query_as(sql).bind(at.as_microsecond()).fetch_one(&self.pool).await?;
        Ok(seq)
    }

    /// 台账校验码 at a sequence.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when the log has no such event.
    pub async fn code_at(&self, seq: i64) -> Result<String, LedgerError> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT hash FROM event WHERE seq = $1").bind(seq).fetch_optional(&self.pool).await?;
        match row.and_then(|(hash,)| Link::from_hex(&hash)) {
            Some(link) => Ok(link.code(seq)),
            None if seq == 0 => Ok(Link::default().code(0)),
            None => Err(LedgerError::Damaged(format!("没有第 {seq} 号事件"))),
        }
    }

    /// Movements of the list after one sequence up to another, by unit and key point, from the log alone.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when the log contradicts itself.
    pub async fn period(&self, after: i64, upto: i64) -> Result<Period, LedgerError> {
        let mut tx = self.pool.begin().await?;
        let heads = sql::all_heads(&mut tx).await?;
        let mut projection = Projection::default();
        let mut shares: BTreeMap<String, Share> = BTreeMap::new();
        let mut balances: BTreeMap<Share, Balance> = BTreeMap::new();
        let sql = "SELECT body FROM event WHERE problem IS NOT NULL AND seq <= $1 ORDER BY seq";
        let mut stream = sqlx::query_as::<_, (String,)>(sql).bind(upto).fetch(&mut *tx);
        while let Some((body,)) = stream.try_next().await? {
            let event: Event = serde_json::from_str(&body)?;
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
            match (event.seq > after, row.stage.is_unsolved()) {
                (true, _) => balance.note(step),
                (false, true) => balance.opening += 1,
                (false, false) => balance.opening = balance.opening.saturating_sub(1),
            }
        }
        for row in projection.problems.values().filter(|row| row.stage.is_unsolved()) {
            if let Some(share) = shares.get(&row.id) {
                balances.entry(share.clone()).or_default().closing += 1;
            }
        }
        balances.retain(|_, balance| *balance != Balance::default());
        Ok(Period { after, upto, balances })
    }

    /// Frozen reports, oldest first; of one kind where asked.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn frozen(&self, kind: Option<&str>) -> Result<Vec<Frozen>, LedgerError> {
        let rows: Vec<FrozenRow> = sqlx::query_as(
            "SELECT id, kind, period, after, upto, code, made_at, made_by, fields, sha256, corrects FROM report
             WHERE $1 IS NULL OR kind = $1 ORDER BY id",
        )
        .bind(kind)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(frozen).collect()
    }

    /// The file of a frozen report.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when the stored file is not the one that was frozen, or its 台账校验码 is not of this log;
    /// [`LedgerError::Input`] for an unknown number.
    pub async fn frozen_file(&self, id: i64) -> Result<(Frozen, Vec<u8>), LedgerError> {
        let report = self.frozen(None).await?.into_iter().find(|r| r.id == id);
        let report = report.ok_or_else(|| LedgerError::Input(format!("没有第 {id} 号定稿报告")))?;
        let (bytes,): (Vec<u8>,) =
            sqlx::query_as("SELECT bytes FROM report WHERE id = $1").bind(id).fetch_one(&self.pool).await?;
        if sha256_hex(&bytes) != report.sha256 {
            return Err(LedgerError::Damaged(format!("第 {id} 号定稿报告被改动")));
        }
        if self.code_at(report.upto).await? != report.code {
            return Err(LedgerError::Damaged(format!("第 {id} 号定稿报告的台账校验码与事件链不符")));
        }
        Ok((report, bytes))
    }

    /// Freezes a report (定稿): its bytes are never changed again.
    ///
    /// # Errors
    /// [`LedgerError::Input`] when the ledger has moved past the report's last event, or the corrected report is unknown.
    pub async fn freeze(&self, report: &ToFreeze<'_>) -> Result<i64, LedgerError> {
        let code = self.code_at(report.upto).await?;
        let mut tx = self.write().await?;
        let (head,): (i64,) = sqlx::query_as("SELECT coalesce(max(seq), 0) FROM event").fetch_one(&mut *tx).await?;
        if head != report.upto {
            return Err(LedgerError::Input("台账已有变动，请重新生成报告".to_owned()));
        }
        if let Some(corrected) = report.corrects {
            let (known,): (i64,) =
                sqlx::query_as("SELECT count(*) FROM report WHERE id = $1 AND kind = $2 AND period = $3")
                    .bind(corrected)
                    .bind(report.kind)
                    .bind(report.period)
                    .fetch_one(&mut *tx)
                    .await?;
            if known == 0 {
                return Err(LedgerError::Input(format!("没有可更正的第 {corrected} 号定稿报告")));
            }
        }
        let (id,): (i64,) = sqlx::query_as(
            "INSERT INTO report (kind, period, after, upto, code, made_at, made_by, fields, sha256, bytes, corrects)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        )
        .bind(report.kind)
        .bind(report.period)
        .bind(report.after)
        .bind(report.upto)
        .bind(code)
        .bind(self.now())
        .bind(report.by)
        .bind(serde_json::to_string(report.fields)?)
        .bind(sha256_hex(report.bytes))
        .bind(report.bytes)
        .bind(report.corrects)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }
}

type FrozenRow = (i64, String, String, i64, i64, String, i64, String, String, String, Option<i64>);

fn frozen(row: FrozenRow) -> Result<Frozen, LedgerError> {
    let (id, kind, period, after, upto, code, made_at, by, fields, sha256, corrects) = row;
    let fields = serde_json::from_str(&fields)?;
    Ok(Frozen { id, kind, period, after, upto, code, made_at: moment(made_at), by, fields, sha256, corrects })
}
