//! Every array-shaped statement. Rows travel as one JSON array per statement (`json_each`), never one statement per row.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::LedgerError;
use super::chain::{Link, content_id};
use super::fold::{ItemState, Letter};
use super::input::SiteSnapshot;
use super::project::Projection;
use super::record::{Event, Head, Micros, ProblemRow};
use super::view::HANDLE;
use crate::inspect::Finding;

/// Rows per statement; its JSON text and what SQLite makes of it stay small beside a run.
const CHUNK: usize = 500;

/// Rule id → (sha, head) of one run.
pub(super) type Heads = HashMap<String, (String, Head)>;

/// Runs `sql` once per chunk of `rows`, bound as `$1`.
pub(super) async fn each<T: Serialize>(
    conn: &mut SqliteConnection,
    sql: &'static str,
    rows: &[T],
) -> Result<(), LedgerError> {
    for chunk in rows.chunks(CHUNK) {
        sqlx::query(sql).bind(serde_json::to_string(chunk)?).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Like [`each`] for statements that return rows.
pub(super) async fn fetch<T: Serialize, R>(
    conn: &mut SqliteConnection,
    sql: &'static str,
    keys: &[T],
) -> Result<Vec<R>, LedgerError>
where
    R: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let mut rows = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        rows.extend(sqlx::query_as(sql).bind(serde_json::to_string(chunk)?).fetch_all(&mut *conn).await?);
    }
    Ok(rows)
}

/// A run's row.
#[derive(Debug, Clone)]
pub(super) struct RunRow {
    pub(super) id: String,
    /// What set it going: `patrol`, `audit`, `probe`, `import`, `rejudge`.
    pub(super) kind: String,
    pub(super) vantage: String,
    pub(super) state: String,
    pub(super) planned: u32,
    pub(super) planned_ids: Vec<String>,
    /// Shas in rule-id order.
    pub(super) heads: Vec<String>,
    pub(super) applied: Option<String>,
}

/// The id of the problem a person calls `name`: number, id, or an unmistakable end of an id, in any case.
///
/// # Errors
/// [`LedgerError::NoSuchProblem`], also when several are meant.
pub(super) async fn problem_id(conn: &mut SqliteConnection, name: &str) -> Result<String, LedgerError> {
    let name = name.trim();
    let exact = "SELECT id FROM problem WHERE number = $1 UNION SELECT id FROM problem WHERE id = upper($1)";
    let mut found: Vec<(String,)> = sqlx::query_as(exact).bind(name).fetch_all(&mut *conn).await?;
    // Ends of ids are looked for in every row, so only when nothing else is meant.
    if found.is_empty() && name.len() >= HANDLE {
        found = sqlx::query_as("SELECT id FROM problem WHERE substr(id, -length($1)) = upper($1) LIMIT 2")
            .bind(name)
            .fetch_all(&mut *conn)
            .await?;
    }
    match (found.pop(), found.is_empty()) {
        (Some((id,)), true) => Ok(id),
        _ => Err(LedgerError::NoSuchProblem(name.to_owned())),
    }
}

pub(super) async fn run(conn: &mut SqliteConnection, id: &str) -> Result<RunRow, LedgerError> {
    type Row = (String, String, String, i64, Option<String>, String, Option<String>);
    let row: Option<Row> =
        sqlx::query_as("SELECT kind, vantage, state, planned, planned_ids, heads, applied FROM run WHERE id = $1")
            .bind(id)
            .fetch_optional(conn)
            .await?;
    let (kind, vantage, state, planned, ids, heads, applied) =
        row.ok_or_else(|| LedgerError::NoSuchRun(id.to_owned()))?;
    Ok(RunRow {
        id: id.to_owned(),
        kind,
        vantage,
        state,
        planned: u32::try_from(planned).unwrap_or(u32::MAX),
        planned_ids: ids.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text))?,
        heads: serde_json::from_str(&heads)?,
        applied,
    })
}

/// Every head ever used, by sha: a few hundred rows at most.
pub(super) async fn all_heads(conn: &mut SqliteConnection) -> Result<HashMap<String, Head>, LedgerError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT sha, body FROM head").fetch_all(conn).await?;
    rows.into_iter().map(|(sha, body)| Ok((sha, serde_json::from_str(&body)?))).collect()
}

/// Heads of these shas.
pub(super) async fn heads_named(
    conn: &mut SqliteConnection,
    shas: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Head>, LedgerError> {
    let sql = "SELECT sha, body FROM head WHERE sha IN (SELECT value FROM json_each($1))";
    let wanted: std::collections::HashSet<&str> = shas.collect();
    parse_pairs(fetch(conn, sql, &keys(wanted.into_iter())).await?)
}

pub(super) fn heads_of(shas: &[String], all: &HashMap<String, Head>) -> Result<Heads, LedgerError> {
    let head = |sha: &String| {
        let head = all.get(sha).ok_or_else(|| LedgerError::Damaged(format!("缺少规则记录 {sha}")))?;
        Ok((head.id.clone(), (sha.clone(), head.clone())))
    };
    shas.iter().map(head).collect()
}

/// Heads of every run whose observations count.
pub(super) async fn heads_by_run(
    conn: &mut SqliteConnection,
    all: &HashMap<String, Head>,
) -> Result<HashMap<String, Arc<Heads>>, LedgerError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, heads FROM run WHERE counted = 1").fetch_all(conn).await?;
    let mut shared: HashMap<String, Arc<Heads>> = HashMap::new();
    let mut by_run = HashMap::new();
    for (id, text) in rows {
        let heads = match shared.get(&text) {
            Some(heads) => Arc::clone(heads),
            None => Arc::new(heads_of(&serde_json::from_str::<Vec<String>>(&text)?, all)?),
        };
        shared.insert(text, Arc::clone(&heads));
        by_run.insert(id, heads);
    }
    Ok(by_run)
}

pub(super) async fn places(conn: &mut SqliteConnection) -> Result<BTreeMap<String, usize>, LedgerError> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT rule, place FROM rule_place").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(rule, place)| (rule, usize::try_from(place).unwrap_or(usize::MAX))).collect())
}

pub(super) async fn sites(
    conn: &mut SqliteConnection,
    ids: &[&str],
) -> Result<HashMap<String, SiteSnapshot>, LedgerError> {
    let sql = "SELECT id, body FROM site WHERE id IN (SELECT value FROM json_each($1))";
    parse_pairs(fetch(conn, sql, ids).await?)
}

pub(super) async fn known_letters(
    conn: &mut SqliteConnection,
    ids: &[&str],
) -> Result<HashMap<String, String>, LedgerError> {
    let sql = "SELECT site, letters FROM site_state WHERE site IN (SELECT value FROM json_each($1))";
    Ok(fetch(conn, sql, ids).await?.into_iter().collect())
}

pub(super) async fn item_states(
    conn: &mut SqliteConnection,
    items: &[&str],
) -> Result<HashMap<String, ItemState>, LedgerError> {
    let sql = "SELECT fp, body FROM item_state WHERE fp IN (SELECT value FROM json_each($1))";
    parse_pairs(fetch(conn, sql, items).await?)
}

/// One rule head by its content address.
pub(super) async fn head(conn: &mut SqliteConnection, sha: &str) -> Result<Head, LedgerError> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT body FROM head WHERE sha = $1").bind(sha).fetch_optional(conn).await?;
    let (body,) = found.ok_or_else(|| LedgerError::Damaged(format!("缺少规则记录 {sha}")))?;
    Ok(serde_json::from_str(&body)?)
}

/// Stores a head; returns its content address.
pub(super) async fn put_head(conn: &mut SqliteConnection, head: &Head) -> Result<String, LedgerError> {
    let body = serde_json::to_string(head)?;
    let sha = super::chain::content_id(&[&body]);
    let sql = "INSERT OR IGNORE INTO head (sha, body) VALUES ($1, $2)";
    sqlx::query(sql).bind(&sha).bind(&body).execute(conn).await?;
    Ok(sha)
}

/// The words of an item's newest failure.
pub(super) async fn finding_of(conn: &mut SqliteConnection, item: &ItemState) -> Result<Option<Finding>, LedgerError> {
    let found: Option<(Option<String>,)> = sqlx::query_as("SELECT finding FROM observation WHERE id = $1")
        .bind(&item.fail_obs)
        .fetch_optional(conn)
        .await?;
    Ok(found.and_then(|(text,)| text).map(|text| serde_json::from_str(&text)).transpose()?)
}

pub(super) async fn problem_row(conn: &mut SqliteConnection, id: &str) -> Result<ProblemRow, LedgerError> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT body FROM problem WHERE id = $1").bind(id).fetch_optional(conn).await?;
    let (body,) = found.ok_or_else(|| LedgerError::NoSuchProblem(id.to_owned()))?;
    Ok(serde_json::from_str(&body)?)
}

/// One row's events, oldest first.
pub(super) async fn events_of(conn: &mut SqliteConnection, problem: &str) -> Result<Vec<Event>, LedgerError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT body FROM event WHERE problem = $1 ORDER BY seq").bind(problem).fetch_all(conn).await?;
    rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
}

/// All problems of the given items, oldest first.
pub(super) async fn problems_of(conn: &mut SqliteConnection, items: &[&str]) -> Result<Vec<ProblemRow>, LedgerError> {
    let sql = "SELECT body FROM problem WHERE item IN (SELECT value FROM json_each($1)) ORDER BY created";
    let rows: Vec<(String,)> = fetch(conn, sql, items).await?;
    rows.into_iter().map(|(body,)| Ok(serde_json::from_str(&body)?)).collect()
}

pub(super) async fn numbers(conn: &mut SqliteConnection) -> Result<HashMap<(String, i16), i64>, LedgerError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as("SELECT region, year, last FROM number").fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(region, year, last)| ((region, year as i16), last)).collect())
}

fn parse_pairs<T: DeserializeOwned>(rows: Vec<(String, String)>) -> Result<HashMap<String, T>, LedgerError> {
    rows.into_iter().map(|(key, body)| Ok((key, serde_json::from_str(&body)?))).collect()
}

/// A stored observation with the identity of its item.
#[derive(Debug, Clone)]
pub(super) struct Obs {
    pub(super) id: String,
    pub(super) run: String,
    pub(super) item: String,
    pub(super) site: String,
    pub(super) subject: String,
    pub(super) rule: String,
    pub(super) version: u32,
    pub(super) at: Micros,
    pub(super) verdict: Letter,
    pub(super) reason: String,
    pub(super) evidence: Option<String>,
    pub(super) finding: Option<Finding>,
}

type ObsTuple =
    (String, String, String, String, String, String, i64, i64, String, String, Option<String>, Option<String>);

fn obs(row: ObsTuple) -> Result<Obs, LedgerError> {
    let (id, run, item, site, subject, rule, version, at, verdict, reason, evidence, finding) = row;
    let letter = verdict.chars().next().and_then(Letter::from_char);
    Ok(Obs {
        verdict: letter.ok_or_else(|| LedgerError::Damaged(format!("观察记录 {id} 无法解读")))?,
        id,
        run,
        item,
        site,
        subject,
        rule,
        version: u32::try_from(version).unwrap_or(u32::MAX),
        at,
        reason,
        evidence,
        finding: finding.map(|text| serde_json::from_str(&text)).transpose()?,
    })
}

/// Observations of one run, counted or not.
pub(super) async fn observations_of_run(conn: &mut SqliteConnection, run: &str) -> Result<Vec<Obs>, LedgerError> {
    let rows: Vec<ObsTuple> = sqlx::query_as(
        "SELECT o.id, o.run, o.item, i.site, i.subject, o.rule, o.version, o.at, o.verdict, o.reason, o.evidence, o.finding
         FROM observation o JOIN item i ON i.fp = o.item WHERE o.run = $1",
    )
    .bind(run)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(obs).collect()
}

/// The whole counted history of some items, without findings.
pub(super) async fn histories(
    conn: &mut SqliteConnection,
    items: &[&str],
) -> Result<HashMap<String, Vec<Obs>>, LedgerError> {
    let sql = "SELECT o.id, o.run, o.item, '', '', o.rule, o.version, o.at, o.verdict, o.reason, NULL, NULL
         FROM observation o JOIN run r ON r.id = o.run
         WHERE o.item IN (SELECT value FROM json_each($1)) AND r.counted = 1";
    group(fetch(conn, sql, items).await?)
}

/// Every counted history, for a rebuild.
pub(super) async fn all_histories(conn: &mut SqliteConnection) -> Result<HashMap<String, Vec<Obs>>, LedgerError> {
    let rows: Vec<ObsTuple> = sqlx::query_as(
        "SELECT o.id, o.run, o.item, '', '', o.rule, o.version, o.at, o.verdict, o.reason, NULL, NULL
         FROM observation o JOIN run r ON r.id = o.run WHERE r.counted = 1",
    )
    .fetch_all(conn)
    .await?;
    group(rows)
}

fn group(rows: Vec<ObsTuple>) -> Result<HashMap<String, Vec<Obs>>, LedgerError> {
    let mut histories: HashMap<String, Vec<Obs>> = HashMap::new();
    for row in rows {
        let obs = obs(row)?;
        histories.entry(obs.item.clone()).or_default().push(obs);
    }
    Ok(histories)
}

/// Digest over a run's observation rows: order-free, blind to findings emptied later.
pub(super) async fn seal_observations(conn: &mut SqliteConnection, run: &str) -> Result<(u32, String), LedgerError> {
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT id, finding_sha, evidence FROM observation WHERE run = $1 ORDER BY id")
            .bind(run)
            .fetch_all(conn)
            .await?;
    let parts: Vec<&str> = rows
        .iter()
        .flat_map(|(id, sha, evidence)| [id, sha.as_deref().unwrap_or(""), evidence.as_deref().unwrap_or("")])
        .collect();
    Ok((u32::try_from(rows.len()).unwrap_or(u32::MAX), content_id(&parts)))
}

/// Digest over a run's coverage rows.
pub(super) async fn seal_coverage(conn: &mut SqliteConnection, run: &str) -> Result<String, LedgerError> {
    let sql = "SELECT id, looks, reasons, evidence FROM coverage WHERE run = $1 ORDER BY id";
    let mut stream = sqlx::query_as::<_, (String, i64, String, Option<String>)>(sql).bind(run).fetch(conn);
    let mut rows = Vec::new();
    while let Some((id, looks, reasons, evidence)) = stream.try_next().await? {
        rows.push(content_id(&[&id, &looks.to_string(), &reasons, evidence.as_deref().unwrap_or("")]));
    }
    Ok(content_id(&rows.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The end of the log inside one transaction; every event of the transaction passes through [`Log::append`].
#[derive(Debug)]
pub(super) struct Log {
    pub(super) seq: i64,
    pub(super) link: Link,
    /// Moment of the newest event; the distant past in an empty log.
    pub(super) last_at: Micros,
    pending: Vec<(i64, String, String)>,
}

impl Log {
    pub(super) async fn open(conn: &mut SqliteConnection) -> Result<Log, LedgerError> {
        let last: Option<(i64, String, i64)> =
            sqlx::query_as("SELECT seq, hash, body ->> '$.at' FROM event ORDER BY seq DESC LIMIT 1")
                .fetch_optional(conn)
                .await?;
        let (seq, link, last_at) = match last {
            None => (0, Link::default(), Micros::MIN),
            Some((seq, hash, at)) => (
                seq,
                Link::from_hex(&hash).ok_or_else(|| LedgerError::Damaged(format!("事件 {seq} 的校验值无法解读")))?,
                at,
            ),
        };
        Ok(Log { seq, link, last_at, pending: Vec::new() })
    }

    /// Gives the event its sequence and link.
    pub(super) fn append(&mut self, mut event: Event) -> Result<Event, LedgerError> {
        self.seq += 1;
        event.seq = self.seq;
        let body = serde_json::to_string(&event)?;
        self.link = self.link.next(&body);
        self.pending.push((event.seq, body, self.link.to_hex()));
        Ok(event)
    }

    pub(super) async fn flush(&mut self, conn: &mut SqliteConnection) -> Result<(), LedgerError> {
        let pending = std::mem::take(&mut self.pending);
        let sql = "INSERT INTO event (seq, body, hash)
            SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]' FROM json_each($1)";
        each(conn, sql, &pending).await
    }
}

pub(super) async fn save_items<'a>(
    conn: &mut SqliteConnection,
    items: impl Iterator<Item = (&'a String, &'a ItemState)>,
) -> Result<(), LedgerError> {
    let rows: Result<Vec<_>, LedgerError> = items.map(|(fp, s)| Ok((fp, serde_json::to_string(s)?))).collect();
    let sql =
        "INSERT INTO item_state (fp, body) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1) WHERE true
        ON CONFLICT (fp) DO UPDATE SET body = excluded.body";
    each(conn, sql, &rows?).await
}

pub(super) async fn save_problems<'a>(
    conn: &mut SqliteConnection,
    rows: impl Iterator<Item = &'a ProblemRow>,
) -> Result<(), LedgerError> {
    let mut sorted: Vec<&ProblemRow> = rows.collect();
    sorted.sort_by_key(|p| p.created);
    let rows: Result<Vec<_>, LedgerError> =
        sorted.into_iter().map(|p| Ok((&p.id, serde_json::to_string(p)?))).collect();
    let sql = "INSERT INTO problem (id, body) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1) WHERE true
        ON CONFLICT (id) DO UPDATE SET body = excluded.body";
    each(conn, sql, &rows?).await
}

pub(super) async fn save_numbers(conn: &mut SqliteConnection, projection: &Projection) -> Result<(), LedgerError> {
    let rows: Vec<_> = projection.numbers.iter().map(|((region, year), last)| (region, year, last)).collect();
    let sql = "INSERT INTO number (region, year, last)
        SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]' FROM json_each($1) WHERE true
        ON CONFLICT (region, year) DO UPDATE SET last = excluded.last";
    each(conn, sql, &rows).await
}

pub(super) async fn save_letters<T: Serialize>(
    conn: &mut SqliteConnection,
    letters: &[(&str, T)],
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO site_state (site, letters)
        SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1) WHERE true
        ON CONFLICT (site) DO UPDATE SET letters = excluded.letters";
    each(conn, sql, letters).await
}

/// Items named in `set`, as borrowed keys in a stable order.
pub(super) fn keys<'a>(set: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let unique: HashSet<&str> = set.collect();
    let mut keys: Vec<&str> = unique.into_iter().collect();
    keys.sort_unstable();
    keys
}
