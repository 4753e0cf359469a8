//! The list a page at a time: filtered, counted and turned over by indexes alone, so that its cost is that of one page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite};

use super::read::{event_view, named};
use super::record::Head;
use super::view::{EventView, ProblemView, Stage};
use super::{Ledger, LedgerError, sql};
use crate::rule::Severity;

/// Which rows. Empty and `None` mean all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListFilter {
    pub stages: Vec<Stage>,
    /// Register id of the unit as of opening.
    pub unit: Option<String>,
    /// Register ids of sites.
    pub sites: Option<Vec<String>>,
    pub rule: Option<String>,
    pub key_point: Option<u8>,
    pub severity: Option<Severity>,
    /// Only rows at work whose time limit ends at or before this moment.
    pub due_by: Option<Timestamp>,
    /// Only rows that came back after 销号.
    pub relapsed: bool,
}

/// Rows of one page, and where the next one begins.
#[derive(Debug, Clone)]
pub struct ListPage {
    pub rows: Vec<ProblemView>,
    /// All rows the filter shows.
    pub total: u64,
    /// Hand in to get the next page.
    pub next: Option<String>,
}

/// Figures of the whole list, or of one unit's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub by_stage: BTreeMap<Stage, u64>,
    /// 未销号 by key point, 1 to 10.
    pub unsolved: BTreeMap<u8, u64>,
    /// At work and past the time limit.
    pub overdue: u64,
    /// 未销号 rows that came back after 销号.
    pub relapsed: u64,
    /// Listed, and struck off, since a moment.
    pub opened: u64,
    pub closed: u64,
}

impl Figures {
    /// 未销号
    pub fn total_unsolved(&self) -> u64 {
        self.by_stage.iter().filter(|(stage, _)| stage.is_unsolved()).map(|(_, n)| n).sum()
    }

    pub fn of(&self, stage: Stage) -> u64 {
        self.by_stage.get(&stage).copied().unwrap_or(0)
    }
}

/// One event of the list's log, with what people call its row.
#[derive(Debug, Clone)]
pub struct LogView {
    pub event: EventView,
    /// Number of the row, its id while it has none, nothing for events of runs.
    pub problem: Option<String>,
}

/// The newest determinate answer of a rule about a site: `P`, `F` or another letter of the coverage rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLetter {
    pub rule: String,
    pub letter: char,
}

/// Stages in which a time limit runs.
const AT_WORK: &str = "('open', 'rectifying', 'deferred')";

fn key(stage: Stage) -> String {
    serde_json::to_value(stage).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

impl ListFilter {
    fn wanted_heads(&self, heads: &std::collections::HashMap<String, Head>) -> Option<Vec<String>> {
        if self.rule.is_none() && self.key_point.is_none() && self.severity.is_none() {
            return None;
        }
        let wanted = |h: &Head| {
            self.rule.as_ref().is_none_or(|r| *r == h.id)
                && self.key_point.is_none_or(|k| k == h.key_point)
                && self.severity.is_none_or(|s| s == h.severity)
        };
        Some(heads.iter().filter(|(_, h)| wanted(h)).map(|(sha, _)| sha.clone()).collect())
    }

    /// The filter as conditions; only columns of the lists' indexes are named.
    fn conditions(&self, query: &mut QueryBuilder<Sqlite>, heads: Option<&[String]>) {
        query.push(" WHERE true");
        let mut among = |column: &'static str, values: String| {
            query.push(format!(" AND {column} IN (SELECT value FROM json_each(")).push_bind(values).push("))");
        };
        let json = |values: &[String]| serde_json::to_string(values).unwrap_or_default();
        if !self.stages.is_empty() {
            among("stage", json(&self.stages.iter().copied().map(key).collect::<Vec<_>>()));
        }
        if let Some(sites) = &self.sites {
            among("site", json(sites));
        }
        if let Some(heads) = heads {
            among("head", json(heads));
        }
        if let Some(unit) = &self.unit {
            query.push(" AND unit = ").push_bind(unit.clone());
        }
        if let Some(due) = self.due_by {
            query.push(format!(" AND stage IN {AT_WORK} AND due <= ")).push_bind(due.as_microsecond());
        }
        if self.relapsed {
            query.push(" AND reopened > 0");
        }
    }
}

impl Ledger {
    /// At most `most` rows after the page's mark `after`, in the order of their numbers, those without one last.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn page(&self, filter: &ListFilter, after: Option<&str>, most: u32) -> Result<ListPage, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let heads = filter.wanted_heads(&sql::all_heads(&mut conn).await?);
        let mut count = QueryBuilder::new("SELECT count(*) FROM problem");
        filter.conditions(&mut count, heads.as_deref());
        let (total,): (i64,) = count.build_query_as().fetch_one(&mut *conn).await?;
        let mut query = QueryBuilder::new("SELECT id, place FROM problem");
        filter.conditions(&mut query, heads.as_deref());
        if let Some(after) = after {
            query.push(" AND place > ").push_bind(after.to_owned());
        }
        query.push(" ORDER BY place LIMIT ").push_bind(i64::from(most) + 1);
        let mut found: Vec<(String, String)> = query.build_query_as().fetch_all(&mut *conn).await?;
        let more = found.len() > most as usize;
        found.truncate(most as usize);
        let next = found.last().filter(|_| more).map(|(_, place)| place.clone());
        let ids: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
        let rows = named(&mut conn, &ids, self.now()).await?;
        Ok(ListPage { rows, total: u64::try_from(total).unwrap_or(0), next })
    }

    /// Figures of the list, of one unit's when named; `since` bounds what was opened and closed.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn figures(&self, unit: Option<&str>, since: Timestamp) -> Result<Figures, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let heads = sql::all_heads(&mut conn).await?;
        let mut query = QueryBuilder::<Sqlite>::new("SELECT stage, head, count(*), sum(reopened > 0), sum(due <= ");
        query.push_bind(self.now()).push(") FROM problem");
        if let Some(unit) = unit {
            query.push(" WHERE unit = ").push_bind(unit.to_owned());
        }
        query.push(" GROUP BY stage, head");
        type Row = (String, String, i64, Option<i64>, Option<i64>);
        let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
        let mut figures = Figures::default();
        let figure = |n: i64| u64::try_from(n).unwrap_or(0);
        for (stage, sha, count, relapsed, past) in rows {
            let stage: Stage = serde_json::from_value(serde_json::Value::String(stage))?;
            *figures.by_stage.entry(stage).or_default() += figure(count);
            if !stage.is_unsolved() {
                continue;
            }
            let point = heads.get(&sha).map_or(0, |head| head.key_point);
            *figures.unsolved.entry(point).or_default() += figure(count);
            figures.relapsed += figure(relapsed.unwrap_or(0));
            if stage != Stage::AwaitingReview {
                figures.overdue += figure(past.unwrap_or(0));
            }
        }
        for (column, slot) in [("opened_at", &mut figures.opened), ("closed_at", &mut figures.closed)] {
            let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT count(*) FROM problem WHERE {column} >= "));
            query.push_bind(since.as_microsecond());
            if let Some(unit) = unit {
                query.push(" AND unit = ").push_bind(unit.to_owned());
            }
            let (count,): (i64,) = query.build_query_as().fetch_one(&mut *conn).await?;
            *slot = figure(count);
        }
        Ok(figures)
    }

    /// 未销号 rows of each of these sites; sites without one are left out.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn unsolved_of_sites(&self, sites: &[&str]) -> Result<BTreeMap<String, u64>, LedgerError> {
        let sql = "SELECT site, count(*) FROM problem WHERE site IN (SELECT value FROM json_each($1))
            AND stage IN ('open', 'rectifying', 'awaiting_review', 'deferred') GROUP BY site";
        let rows: Vec<(String, i64)> =
            sqlx::query_as(sql).bind(serde_json::to_string(sites)?).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(site, n)| (site, u64::try_from(n).unwrap_or(0))).collect())
    }

    /// 未销号 and overdue rows of every unit that has rows, by unit id.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn unsolved_of_units(&self) -> Result<BTreeMap<String, (u64, u64)>, LedgerError> {
        let sql =
            "SELECT unit, count(*), sum(stage <> 'awaiting_review' AND due <= $1) FROM problem INDEXED BY problem_unit
            WHERE stage IN ('open', 'rectifying', 'awaiting_review', 'deferred') GROUP BY unit";
        let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(sql).bind(self.now()).fetch_all(&self.pool).await?;
        let figure = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(rows.into_iter().map(|(unit, n, past)| (unit, (figure(n), figure(past.unwrap_or(0))))).collect())
    }

    /// Rows of the list, 疑似 included, whose newest answer is undetermined.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn undetermined_rows(&self, unit: Option<&str>) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM problem p JOIN item_state i ON i.fp = p.item
            WHERE p.stage IN ('suspected', 'open', 'rectifying', 'awaiting_review', 'deferred')
                AND ($1 IS NULL OR p.unit = $1) AND i.body ->> '$.undetermined' IS NOT NULL";
        let (count,): (i64,) = sqlx::query_as(sql).bind(unit).fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Sequence of the newest event: it changes exactly when the list does.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn newest_event(&self) -> Result<i64, LedgerError> {
        let (seq,): (i64,) = sqlx::query_as("SELECT coalesce(max(seq), 0) FROM event").fetch_one(&self.pool).await?;
        Ok(seq)
    }

    /// Events before number `before`, newest first.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn log(&self, before: i64, most: u32) -> Result<Vec<LogView>, LedgerError> {
        let sql = "SELECT e.body, coalesce(p.number, p.id) FROM event e LEFT JOIN problem p ON p.id = e.problem
            WHERE e.seq < $1 ORDER BY e.seq DESC LIMIT $2";
        let rows: Vec<(String, Option<String>)> =
            sqlx::query_as(sql).bind(before).bind(most).fetch_all(&self.pool).await?;
        rows.iter().map(|(body, problem)| Ok(LogView { event: event_view(body)?, problem: problem.clone() })).collect()
    }

    /// The newest determinate answer of every rule about `site`, in the order in which the ledger came to know the rules.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn letters(&self, site: &str) -> Result<Vec<RuleLetter>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let known = sql::known_letters(&mut conn, &[site]).await?;
        let Some(letters) = known.get(site) else { return Ok(Vec::new()) };
        let letters: Vec<char> = letters.chars().collect();
        let mut places: Vec<(usize, String)> =
            sql::places(&mut conn).await?.into_iter().map(|(rule, place)| (place, rule)).collect();
        places.sort();
        let answered = |(place, rule): (usize, String)| {
            let letter = letters.get(place).copied().filter(|l| *l != '-')?;
            Some(RuleLetter { rule, letter })
        };
        Ok(places.into_iter().filter_map(answered).collect())
    }
}
