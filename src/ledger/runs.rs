//! Beginning runs and ending them without an application.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::apply::{Applied, head_rows};
use super::book::{Book, Entry, in_order};
use super::chain::ulid;
use super::record::{Actor, Kind, Micros, moment};
use super::view::{RunView, UnclearView};
use super::{Ledger, LedgerError, RunId, RunLock, RunStart, sql};

const VIEW: &str = "SELECT id, kind, started_at, finished_at, state, planned, covered, undetermined, note FROM run
    WHERE $1 IS NULL OR id = $1 ORDER BY started_at DESC, id DESC";

impl Ledger {
    /// Records what is about to be done. Nothing of the run counts before [`apply`](Self::apply).
    ///
    /// # Errors
    /// [`LedgerError::Input`] for a rule given twice.
    pub async fn begin_run(&self, start: &RunStart) -> Result<RunId, LedgerError> {
        let now = self.now();
        let heads = head_rows(&start.rules)?;
        let mut tx = self.write().await?;
        // Before anything is looked at: what a run finds could not be entered either.
        in_order(now, sql::Log::open(&mut tx).await?.last_at)?;
        let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM run").fetch_one(&mut *tx).await?;
        let id = ulid(now, &["run", &start.vantage, &count.to_string(), &self.dir.to_string_lossy()]);
        let sql = "INSERT OR IGNORE INTO head (sha, body) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1)";
        sql::each(&mut tx, sql, &heads).await?;
        let mut rules: Vec<&str> = start.rules.iter().map(|r| r.id.as_str()).collect();
        rules.sort_unstable();
        for rule in rules {
            sqlx::query(
                "INSERT OR IGNORE INTO rule_place (rule, place) SELECT $1, coalesce(max(place) + 1, 0) FROM rule_place",
            )
            .bind(rule)
            .execute(&mut *tx)
            .await?;
        }
        let sites: Result<Vec<(&str, String)>, serde_json::Error> =
            start.planned.iter().map(|s| Ok((s.site.as_str(), serde_json::to_string(s)?))).collect();
        let sql = "INSERT INTO site (id, body) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1) WHERE true
            ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE body <> excluded.body";
        sql::each(&mut tx, sql, &sites?).await?;
        let planned: Vec<&str> = start.planned.iter().map(|s| s.site.as_str()).collect();
        let shas: Vec<&str> = heads.iter().map(|(sha, _)| sha.as_str()).collect();
        sqlx::query(
            "INSERT INTO run (id, kind, vantage, program, started_at, state, planned, planned_ids, heads)
             VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8)",
        )
        .bind(&id)
        .bind(&start.kind)
        .bind(&start.vantage)
        .bind(&start.program)
        .bind(now)
        .bind(i64::try_from(planned.len()).unwrap_or(i64::MAX))
        .bind(serde_json::to_string(&planned)?)
        .bind(serde_json::to_string(&shas)?)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(RunId(id))
    }

    /// Marks runs left `running` by a process that died. Holding the lock proves that none of them is alive; nothing of
    /// them counted, so nothing is taken back.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn abandon_stale(&self, lock: &RunLock) -> Result<Vec<RunView>, LedgerError> {
        let _held = lock;
        let stale: Vec<(String,)> =
            sqlx::query_as("SELECT id FROM run WHERE state = 'running' ORDER BY started_at, id")
                .fetch_all(&self.pool)
                .await?;
        let mut views = Vec::new();
        for (id,) in stale {
            self.end(&RunId(id.clone()), "abandoned", Kind::RunAbandoned, "程序中途退出，未写入台账", None).await?;
            views.push(self.run(&id).await?);
        }
        Ok(views)
    }

    /// Ends a run the user interrupted without applying it.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`], [`LedgerError::RunState`] when it has already ended.
    pub async fn interrupt(&self, run: &RunId, reason: &str) -> Result<(), LedgerError> {
        self.end(run, "abandoned", Kind::RunAbandoned, reason, None).await
    }

    /// Declares a run void (our own line was down): nothing of it ever counts. `canaries` is kept as the proof.
    ///
    /// # Errors
    /// As [`interrupt`](Self::interrupt).
    pub async fn void_run(&self, run: &RunId, reason: &str, canaries: Value) -> Result<(), LedgerError> {
        self.end(run, "void", Kind::RunVoid, reason, Some(canaries)).await
    }

    async fn end(
        &self,
        run: &RunId,
        state: &'static str,
        kind: Kind,
        reason: &str,
        canaries: Option<Value>,
    ) -> Result<(), LedgerError> {
        let now = self.now();
        let mut tx = self.write().await?;
        let row = sql::run(&mut tx, &run.0).await?;
        if row.state != "running" {
            return Err(LedgerError::RunState { run: row.id, state: row.state, action: "中止" });
        }
        let mut book = Book::open(&mut tx, now, Some(&row.id), Actor::Machine).await?;
        book.write(Entry::new(kind, None, None).because(reason))?;
        book.save(&mut tx).await?;
        sqlx::query(
            "UPDATE run SET state = $2, finished_at = $3, note = $4, canaries = $5, planned_ids = NULL WHERE id = $1",
        )
        .bind(&row.id)
        .bind(state)
        .bind(now)
        .bind(reason)
        .bind(canaries.map(|c| c.to_string()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// All runs, newest first.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn runs(&self) -> Result<Vec<RunView>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        views(&mut conn, None).await
    }

    /// Runs made from `vantage` since a moment that count and whose looks are in their journals, oldest first, each with
    /// what was noted of its reference points.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn looks_since(&self, since: Timestamp, vantage: &str) -> Result<Vec<(RunId, Value)>, LedgerError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, coalesce(canaries, 'null') FROM run WHERE started_at >= $1 AND vantage = $2
                AND state IN ('applied', 'partial') AND kind IN ('patrol', 'audit') ORDER BY started_at, id",
        )
        .bind(since.as_microsecond())
        .bind(vantage)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|(id, canaries)| Ok((RunId(id), serde_json::from_str(&canaries)?))).collect()
    }

    /// Whether run `id` was void, and what was noted of its reference points; `None` for a run of another ledger.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn line_during(&self, id: &str) -> Result<Option<(bool, Value)>, LedgerError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT state, coalesce(canaries, 'null') FROM run WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        row.map(|(state, canaries)| Ok((state == "void", serde_json::from_str(&canaries)?))).transpose()
    }

    /// One run.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`].
    pub async fn run(&self, id: &str) -> Result<RunView, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        views(&mut conn, Some(id)).await?.pop().ok_or_else(|| LedgerError::NoSuchRun(id.to_owned()))
    }

    /// Sites where a listing rule of this run could not tell, in id order; empty for runs that were never applied or held.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchRun`].
    pub async fn unclear(&self, id: &str) -> Result<Vec<UnclearView>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let applied = sql::run(&mut conn, id).await?.applied;
        let applied: Applied = applied.as_deref().map_or(Ok(Applied::default()), serde_json::from_str)?;
        let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (reason, sites) in applied.undetermined {
            for site in sites {
                reasons.entry(site).or_default().push(reason.clone());
            }
        }
        let mut known = sql::sites(&mut conn, &sql::keys(reasons.keys().map(String::as_str))).await?;
        let view = |(site, reasons)| {
            let name = known.remove(&site).map_or_else(String::new, |s| s.name);
            UnclearView { site, name, reasons }
        };
        Ok(reasons.into_iter().map(view).collect())
    }
}

type Row = (String, String, Micros, Option<Micros>, String, u32, u32, u32, String);

async fn views(conn: &mut SqliteConnection, id: Option<&str>) -> Result<Vec<RunView>, LedgerError> {
    let rows: Vec<Row> = sqlx::query_as(VIEW).bind(id).fetch_all(conn).await?;
    let view = |(id, kind, started_at, finished_at, state, planned, covered, undetermined, note): Row| RunView {
        id,
        kind,
        started_at: moment(started_at),
        finished_at: finished_at.map(moment),
        state,
        planned,
        covered,
        undetermined,
        note,
    };
    Ok(rows.into_iter().map(view).collect())
}
