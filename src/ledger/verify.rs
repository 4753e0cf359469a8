//! Proving that the ledger is what its log says, and making it so again.

use std::collections::{BTreeMap, HashMap};

use sqlx::SqliteConnection;

use super::brake;
use super::chain::{Link, content_id, sha256_hex};
use super::fold::ItemState;
use super::project::Projection;
use super::reconcile::fold;
use super::record::{Detail, Event, Kind};
use super::sql;
use super::{Ledger, LedgerError};

/// Result of [`Ledger::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Events in the log.
    pub events: i64,
    /// 台账校验码 of the log's end, `ABCD-EFGH-IJKL@seq`.
    pub code: String,
    /// Everything that does not fit, in Chinese; empty when the ledger is sound.
    pub faults: Vec<String>,
}

impl VerifyReport {
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// What events, observations and coverage say the projections must be.
struct Rebuilt {
    projection: Projection,
    items: HashMap<String, ItemState>,
    letters: BTreeMap<String, String>,
}

/// The log read from its start: events that parse, links, faults.
#[derive(Default)]
struct Walk {
    events: Vec<Event>,
    end: Link,
    seq: i64,
    faults: Vec<String>,
}

impl Ledger {
    /// Walks the chain, compares every projection with a rebuild, the runs' rows with their seals, and cited evidence files
    /// with their names.
    ///
    /// # Errors
    /// Data-base errors only; what does not fit is in the report.
    pub async fn verify(&self) -> Result<VerifyReport, LedgerError> {
        let mut tx = self.pool.begin().await?;
        let mut faults = Vec::new();
        let checks: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check(5)").fetch_all(&mut *tx).await?;
        faults.extend(checks.into_iter().filter(|(c,)| c != "ok").map(|(c,)| format!("数据库文件检查未通过：{c}")));
        let mut walk = walk(&mut tx).await?;
        faults.append(&mut walk.faults);
        if faults.is_empty() {
            match rebuilt(&mut tx, &walk.events).await {
                Ok(rebuilt) => faults.extend(compare(&mut tx, &rebuilt).await?),
                Err(LedgerError::Damaged(why) | LedgerError::Input(why)) => {
                    faults.push(format!("无法由事件重建：{why}"))
                }
                Err(other) => return Err(other),
            }
            faults.extend(check_runs(&mut tx, &walk.events).await?);
            faults.extend(check_findings(&mut tx).await?);
        }
        let store = self.evidence();
        let cited = sql::keys(walk.events.iter().flat_map(|e| &e.evidence).map(String::as_str));
        faults.extend(cited.iter().filter(|a| !store.verify(a)).map(|a| format!("证据文件缺失或被改动：{a}")));
        Ok(VerifyReport { events: walk.seq, code: walk.end.code(walk.seq), faults })
    }

    /// 台账校验码 of the log's present end.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn code(&self) -> Result<String, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let log = sql::Log::open(&mut conn).await?;
        Ok(log.link.code(log.seq))
    }

    /// Writes all projections anew from events, observations and coverage.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when the log itself does not verify; then nothing is written.
    pub async fn rebuild(&self) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        let walk = walk(&mut tx).await?;
        if let Some(fault) = walk.faults.into_iter().next() {
            return Err(LedgerError::Damaged(fault));
        }
        let rebuilt = rebuilt(&mut tx, &walk.events).await?;
        sqlx::raw_sql("DELETE FROM problem; DELETE FROM item_state; DELETE FROM number; DELETE FROM site_state;")
            .execute(&mut *tx)
            .await?;
        sql::save_items(&mut tx, rebuilt.items.iter()).await?;
        sql::save_problems(&mut tx, rebuilt.projection.problems.values()).await?;
        sql::save_numbers(&mut tx, &rebuilt.projection).await?;
        let letters: Vec<_> = rebuilt.letters.iter().map(|(site, letters)| (site.as_str(), letters)).collect();
        sql::save_letters(&mut tx, &letters).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn walk(conn: &mut SqliteConnection) -> Result<Walk, LedgerError> {
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as("SELECT seq, body, hash FROM event ORDER BY seq").fetch_all(conn).await?;
    let mut walk = Walk::default();
    for (seq, body, hash) in rows {
        walk.end = walk.end.next(&body);
        walk.seq += 1;
        if seq != walk.seq {
            walk.faults.push(format!("事件序号不连续：应为 {}，实为 {seq}", walk.seq));
            break;
        }
        if walk.end.to_hex() != hash {
            walk.faults.push(format!("事件 {seq} 的内容与校验值不符"));
            break;
        }
        match serde_json::from_str::<Event>(&body) {
            Ok(event) if event.seq == seq => walk.events.push(event),
            _ => {
                walk.faults.push(format!("事件 {seq} 无法解读"));
                break;
            }
        }
    }
    Ok(walk)
}

async fn rebuilt(conn: &mut SqliteConnection, events: &[Event]) -> Result<Rebuilt, LedgerError> {
    let mut projection = Projection::default();
    for event in events {
        projection.apply(event).map_err(LedgerError::Damaged)?;
    }
    let all = sql::all_heads(conn).await?;
    let by_run = sql::heads_by_run(conn, &all).await?;
    let histories = sql::all_histories(conn).await?;
    let items: Result<HashMap<String, ItemState>, LedgerError> =
        histories.iter().map(|(item, history)| Ok((item.clone(), fold(history, &by_run)?))).collect();
    let mut letters: BTreeMap<String, String> = BTreeMap::new();
    for event in events.iter().filter(|e| matches!(e.kind, Kind::RunApplied | Kind::RunReleased)) {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT site, letters FROM coverage WHERE run = $1 ORDER BY at, id")
                .bind(&event.run)
                .fetch_all(&mut *conn)
                .await?;
        for (site, now) in rows {
            let known = letters.entry(site).or_default();
            *known = brake::learn(known, &now);
        }
    }
    Ok(Rebuilt { projection, items: items?, letters })
}

async fn compare(conn: &mut SqliteConnection, rebuilt: &Rebuilt) -> Result<Vec<String>, LedgerError> {
    let text = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
    let problems = rebuilt.projection.problems.iter().map(|(id, row)| (id.clone(), text(serde_json::to_string(row))));
    let items = rebuilt.items.iter().map(|(fp, state)| (fp.clone(), text(serde_json::to_string(state))));
    let numbers = rebuilt.projection.numbers.iter();
    let numbers = numbers.map(|((region, year), last)| (format!("{region}-{year}"), last.to_string()));
    let letters = rebuilt.letters.iter().map(|(site, letters)| (site.clone(), letters.clone()));
    let mut faults = Vec::new();
    for (what, sql, should) in [
        ("问题", "SELECT id, body FROM problem", problems.collect::<HashMap<_, _>>()),
        ("问题点", "SELECT fp, body FROM item_state", items.collect()),
        ("编号", "SELECT region || '-' || year, CAST(last AS TEXT) FROM number", numbers.collect()),
        ("站点状态", "SELECT site, letters FROM site_state", letters.collect()),
    ] {
        let is: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
        let is: HashMap<String, String> = is.into_iter().collect();
        let mut odd: Vec<&String> = is.iter().filter(|(k, v)| should.get(*k) != Some(v)).map(|(k, _)| k).collect();
        odd.extend(should.keys().filter(|k| !is.contains_key(*k)));
        odd.sort();
        if let Some(first) = odd.first() {
            faults.push(format!(
                "{what}与由事件重建的结果不符，共 {} 条，如 {first}；可用 ledger rebuild 重建",
                odd.len()
            ));
        }
    }
    Ok(faults)
}

/// Runs against their seals: what was stored outside the log is anchored in it.
async fn check_runs(conn: &mut SqliteConnection, events: &[Event]) -> Result<Vec<String>, LedgerError> {
    let mut faults = Vec::new();
    let mut expected: HashMap<String, (&str, bool)> = HashMap::new();
    for event in events {
        let Some(run) = &event.run else { continue };
        let state = match (event.kind, &event.detail) {
            (Kind::RunApplied, Detail::Run(seal)) if seal.outcome == "partial" => ("partial", true),
            (Kind::RunApplied, _) => ("applied", true),
            (Kind::RunReleased, _) => ("applied", true),
            (Kind::RunHeld, _) => ("held", false),
            (Kind::RunDropped, _) => ("dropped", false),
            (Kind::RunVoid, _) => ("void", false),
            (Kind::RunAbandoned, _) => ("abandoned", false),
            _ => continue,
        };
        expected.insert(run.clone(), state);
        if let Detail::Run(seal) = &event.detail {
            let row = sql::run(conn, run).await;
            let Ok(row) = row else {
                faults.push(format!("巡查 {run} 的记录缺失"));
                continue;
            };
            let heads: Vec<&str> = row.heads.iter().map(String::as_str).collect();
            let (count, observed) = sql::seal_observations(conn, run).await?;
            let coverage = sql::seal_coverage(conn, run).await?;
            if (count, &observed, &coverage) != (seal.observations, &seal.observed, &seal.coverage) {
                faults.push(format!("巡查 {run} 的观察记录被改动"));
            }
            if content_id(&heads) != seal.rules || row.planned != seal.planned {
                faults.push(format!("巡查 {run} 的规则或范围记录被改动"));
            }
        }
    }
    let rows: Vec<(String, String, i64)> = sqlx::query_as("SELECT id, state, counted FROM run").fetch_all(conn).await?;
    for (id, state, counted) in rows {
        let fits = match expected.get(&id) {
            Some((should, counts)) => *should == state && *counts == (counted == 1),
            // Not ended yet, or brought nothing new.
            None => (state == "running" || state == "applied") && counted == 0,
        };
        if !fits {
            faults.push(format!("巡查 {id} 的状态“{state}”与事件不符"));
        }
    }
    Ok(faults)
}

/// Contents against their addresses: observations, findings, rule heads.
async fn check_findings(conn: &mut SqliteConnection) -> Result<Vec<String>, LedgerError> {
    let mut faults = Vec::new();
    let heads: Vec<(String, String)> = sqlx::query_as("SELECT sha, body FROM head").fetch_all(&mut *conn).await?;
    faults.extend(
        heads.iter().filter(|(sha, body)| content_id(&[body]) != *sha).map(|(sha, _)| format!("规则记录 {sha} 被改动")),
    );
    type Row = (String, String, String, i64, i64, String, String, String, Option<String>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.id, o.item, o.rule, o.version, o.at, o.verdict, o.reason, r.vantage, o.finding_sha, o.finding
         FROM observation o JOIN run r ON r.id = o.run",
    )
    .fetch_all(&mut *conn)
    .await?;
    for (id, item, rule, version, at, verdict, reason, vantage, sha, finding) in rows {
        let parts = [&item, &rule, &version.to_string(), &at.to_string(), &verdict, &reason, &vantage];
        let address = content_id(&parts.map(String::as_str));
        let words = finding.is_none_or(|f| Some(sha256_hex(f.as_bytes())) == sha);
        if address != id || !words {
            faults.push(format!("观察记录 {id} 被改动"));
        }
    }
    let rows: Vec<(String, String, i64, String, String)> =
        sqlx::query_as("SELECT c.id, c.site, c.at, r.vantage, c.letters FROM coverage c JOIN run r ON r.id = c.run")
            .fetch_all(conn)
            .await?;
    for (id, site, at, vantage, letters) in rows {
        if content_id(&[&site, &at.to_string(), &vantage, &letters]) != id {
            faults.push(format!("覆盖记录 {id} 被改动"));
        }
    }
    Ok(faults)
}
