//! Views: one query behind every list, so that every page and form shows the same totals.

use std::collections::{HashMap, HashSet};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::clockface::clockface;
use super::fold::{ItemState, Letter};
use super::record::{Actor, Detail, Event, Head, Micros, ProblemRow, moment};
use super::view::{EventView, EvidenceState, HandlingView, HintView, ProblemView, Stage};
use super::{Ledger, LedgerError, SiteSnapshot, sql};
use crate::inspect::{Finding, Fingerprint};
use crate::rule::Severity;

/// Which problems a list shows. The default is the list itself: every 未销号 row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only these stages; empty means every 未销号 stage.
    pub stages: Vec<Stage>,
    /// Name or id of the 主办单位.
    pub unit: Option<String>,
    /// Register id of the site.
    pub site: Option<String>,
    pub rule: Option<String>,
    pub severity: Option<Severity>,
    pub key_point: Option<u8>,
    /// Also 疑似, and closed rows seen failing again without confirmation yet.
    pub include_suspected: bool,
}

impl Filter {
    /// Every problem ever recorded.
    pub fn everything() -> Self {
        let stages = vec![
            Stage::Suspected,
            Stage::Unconfirmed,
            Stage::Open,
            Stage::Rectifying,
            Stage::AwaitingReview,
            Stage::Closed,
            Stage::Deferred,
            Stage::Dismissed,
        ];
        Filter { stages, ..Filter::default() }
    }

    /// Ids of the rows that may be shown: most rows of an old ledger are closed and of other units, and are not even read.
    async fn candidates(&self, conn: &mut SqliteConnection) -> Result<Vec<String>, LedgerError> {
        let unsolved = || Filter::everything().stages.into_iter().filter(|s| s.is_unsolved()).collect();
        let mut stages: Vec<Stage> = if self.stages.is_empty() { unsolved() } else { self.stages.clone() };
        if self.include_suspected {
            stages.push(Stage::Suspected);
        }
        // A unit called by its name may have had another id.
        let by_id = match &self.unit {
            None => false,
            Some(unit) => {
                let sql = "SELECT id FROM problem WHERE unit = $1 LIMIT 1";
                sqlx::query_as::<_, (String,)>(sql).bind(unit).fetch_optional(&mut *conn).await?.is_some()
            }
        };
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT id FROM problem WHERE stage IN (SELECT value FROM json_each(");
        query.push_bind(serde_json::to_string(&stages)?).push("))");
        if let Some(site) = &self.site {
            query.push(" AND site = ").push_bind(site);
        }
        if let Some(unit) = self.unit.as_ref().filter(|_| by_id) {
            query.push(" AND unit = ").push_bind(unit);
        }
        if self.include_suspected {
            query.push(
                " UNION SELECT p.id FROM item_state i JOIN problem p ON p.item = i.fp
                  WHERE i.verdict = 'F' AND p.stage = 'closed'",
            );
        }
        let rows: Vec<(String,)> = query.build_query_as().fetch_all(conn).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    fn shows(&self, view: &ProblemView) -> bool {
        let relapsing = view.stage == Stage::Closed && view.evidence_state == EvidenceState::StillThere;
        let stage = match self.stages.is_empty() {
            true => view.stage.is_unsolved(),
            false => self.stages.contains(&view.stage),
        } || self.include_suspected && (view.stage == Stage::Suspected || relapsing);
        let same = |wish: &Option<String>, value: &str| wish.as_ref().is_none_or(|w| w == value);
        stage
            && self.unit.as_ref().is_none_or(|u| *u == view.unit || *u == view.unit_id)
            && same(&self.site, &view.site)
            && same(&self.rule, &view.rule)
            && self.severity.is_none_or(|s| s == view.severity)
            && self.key_point.is_none_or(|k| k == view.key_point)
    }
}

/// Rows read at a time.
const ROWS: usize = 500;

/// Rows of these ids, a JSON array, in the order of lists.
const NAMED: &str = "SELECT p.body, i.body, o.finding FROM problem p
    LEFT JOIN item_state i ON i.fp = p.item
    LEFT JOIN observation o ON o.id = i.fail_obs
    WHERE p.id IN (SELECT value FROM json_each($1))
    ORDER BY p.place";

const HINTS: &str = "SELECT t.site, s.body, i.body, o.finding FROM item_state i
    JOIN item t ON t.fp = i.fp
    JOIN site s ON s.id = t.site
    LEFT JOIN observation o ON o.id = i.fail_obs
    WHERE i.verdict IN ('F', 'R') AND NOT EXISTS (SELECT 1 FROM problem p WHERE p.item = i.fp
        AND p.stage IN ('suspected', 'open', 'rectifying', 'awaiting_review', 'deferred', 'closed', 'dismissed'))
    ORDER BY t.site, t.family, t.subject";

impl Ledger {
    /// Problems in the order of their numbers, 疑似 last.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn problems(&self, filter: &Filter) -> Result<Vec<ProblemView>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let mut views = Vec::new();
        for ids in filter.candidates(&mut conn).await?.chunks(ROWS) {
            views.extend(named(&mut conn, ids, self.now()).await?.into_iter().filter(|view| filter.shows(view)));
        }
        let place = |v: &ProblemView| (v.number.is_empty(), v.number.clone(), v.site.clone(), v.id.clone());
        views.sort_by_cached_key(place);
        Ok(views)
    }

    /// Every site a run was ever planned for, as last planned, in id order.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn sites(&self) -> Result<Vec<SiteSnapshot>, LedgerError> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM site ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
    }

    /// Ids of the rules of all runs.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn rules(&self) -> Result<HashSet<String>, LedgerError> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT rule FROM rule_place").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(rule,)| rule).collect())
    }

    /// One problem by number, id or [handle](ProblemView::handle), with its history, oldest event first.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchProblem`].
    pub async fn problem(&self, name: &str) -> Result<(ProblemView, Vec<EventView>), LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let id = sql::problem_id(&mut conn, name).await?;
        let view = named(&mut conn, &[id], self.now()).await?.pop();
        let view = view.ok_or_else(|| LedgerError::NoSuchProblem(name.to_owned()))?;
        let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM event WHERE problem = $1 ORDER BY seq")
            .bind(&view.id)
            .fetch_all(&mut *conn)
            .await?;
        let events: Result<Vec<EventView>, LedgerError> = rows.iter().map(|(body,)| event_view(body)).collect();
        Ok((view, events?))
    }

    /// Failures that are no rows of the list: hints and rules on trial, seen failing at the last determinate look.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn hints(&self) -> Result<Vec<HintView>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let heads = sql::all_heads(&mut conn).await?;
        let rows: Vec<(String, String, String, Option<String>)> = sqlx::query_as(HINTS).fetch_all(&mut *conn).await?;
        rows.into_iter()
            .map(|(site, snapshot, state, finding)| {
                let snapshot: SiteSnapshot = serde_json::from_str(&snapshot)?;
                let state: ItemState = serde_json::from_str(&state)?;
                let head = head(&heads, &state.head)?;
                let finding = parse_finding(finding.as_deref())?;
                Ok(HintView {
                    site,
                    site_name: snapshot.name,
                    unit: snapshot.unit,
                    rule: state.rule.clone(),
                    rule_title: head.title.clone(),
                    severity: head.severity,
                    status: head.status,
                    key_point: head.key_point,
                    text: finding.text,
                    measure: finding.measure,
                    locations: finding.locations,
                    first_seen: moment(state.first_fail.unwrap_or_default()),
                    last_seen: moment(state.last_fail.unwrap_or_default()),
                })
            })
            .collect()
    }

    /// Items whose passes matter: those of problems that have not ended, and any item last seen failing.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn live_fingerprints(&self) -> Result<HashSet<Fingerprint>, LedgerError> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT item FROM problem WHERE stage IN ('suspected', 'open', 'rectifying', 'awaiting_review', 'deferred')
             UNION SELECT fp FROM item_state WHERE verdict IN ('F', 'R')",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(fp,)| Fingerprint(fp)).collect())
    }
}

fn head<'h>(heads: &'h HashMap<String, Head>, sha: &str) -> Result<&'h Head, LedgerError> {
    heads.get(sha).ok_or_else(|| LedgerError::Damaged(format!("缺少规则记录 {sha}")))
}

/// The words of the newest failure; only a damaged file has none.
fn parse_finding(text: Option<&str>) -> Result<Finding, LedgerError> {
    let none = Finding { text: String::new(), measure: String::new(), basis: String::new(), locations: Vec::new() };
    Ok(text.map(serde_json::from_str).transpose()?.unwrap_or(none))
}

/// Rows by id.
pub(super) async fn named(
    conn: &mut SqliteConnection,
    ids: &[String],
    now: Micros,
) -> Result<Vec<ProblemView>, LedgerError> {
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as(NAMED).bind(serde_json::to_string(ids)?).fetch_all(&mut *conn).await?;
    let parsed: Result<Vec<ProblemRow>, _> = rows.iter().map(|(row, _, _)| serde_json::from_str(row)).collect();
    let parsed = parsed?;
    // Every entry of a person may bring a head of its own: only those of these rows are read.
    let heads = sql::heads_named(conn, parsed.iter().map(|row| row.head.as_str())).await?;
    parsed
        .into_iter()
        .zip(rows)
        .map(|(row, (_, item, finding))| {
            let item: ItemState = item.as_deref().map_or(Ok(ItemState::default()), serde_json::from_str)?;
            let head = head(&heads, &row.head)?;
            let finding = row.words.clone().map_or_else(|| parse_finding(finding.as_deref()), Ok)?;
            Ok(view(row, &item, head, finding, now))
        })
        .collect()
}

fn view(row: ProblemRow, item: &ItemState, head: &Head, finding: Finding, now: Micros) -> ProblemView {
    let (opened_at, due) = (row.opened_at.map(moment), row.due.map(moment));
    ProblemView {
        number: row.number.unwrap_or_default(),
        id: row.id,
        site: row.site.site,
        site_name: row.site.name,
        site_url: row.site.url,
        unit: row.site.unit,
        unit_id: row.site.unit_id,
        unit_level: row.site.unit_level,
        rule: row.rule,
        rule_title: head.title.clone(),
        severity: head.severity,
        key_point: head.key_point,
        stage: row.stage,
        text: finding.text,
        measure_confirmed: row.measure.is_some(),
        measure: row.measure.unwrap_or(finding.measure),
        basis: if finding.basis.is_empty() { head.basis.clone() } else { finding.basis },
        locations: finding.locations,
        first_seen: moment(row.first_seen),
        last_seen: moment(item.last_fail.unwrap_or(row.first_seen)),
        last_checked: moment(item.last_checked().unwrap_or(row.first_seen)),
        evidence_state: match (&item.undetermined, item.verdict) {
            _ if !row.source.is_patrol() => EvidenceState::ByPerson,
            (Some(_), _) => EvidenceState::Undetermined,
            (None, Some(Letter::Pass | Letter::Recovering)) => EvidenceState::NotSeenAgain,
            (None, _) => EvidenceState::StillThere,
        },
        flapping: item.flapping && row.stage.is_unsolved(),
        undetermined: item.undetermined.as_ref().map(|(reason, since)| (reason.clone(), moment(*since))),
        opened_at,
        due,
        due_provisional: row.due_provisional,
        clock: clockface(
            due,
            row.stage,
            row.issued_at.map(moment).or(opened_at),
            row.returned,
            row.issued_at.is_some() && row.taken_at.is_none(),
            moment(now),
        ),
        closed_at: row.closed_at.map(moment),
        reopened: row.reopened,
        returned: row.returned,
        evidence: row.evidence,
        source: row.source,
        assignee: row.assignee,
        issued_at: row.issued_at.map(moment),
        batch: row.batch,
        taken_at: row.taken_at.map(moment),
        promised: row.promised.map(moment),
        claimed_at: row.claimed_at.map(moment),
        ground: row.ground,
        dismissed_until: row.dismissed_until.map(moment),
        original_due: row.original_due.map(moment),
        extended: row.extended,
        attachments: row.attachments,
    }
}

pub(super) fn event_view(body: &str) -> Result<EventView, LedgerError> {
    let event: Event = serde_json::from_str(body)?;
    Ok(EventView {
        seq: event.seq,
        at: moment(event.at),
        actor: match event.actor {
            Actor::Machine => "machine".to_owned(),
            Actor::Clock => "clock".to_owned(),
            Actor::Person(name) => name,
        },
        kind: event.kind.key(),
        from: event.from,
        to: event.to,
        reason: event.reason,
        run: event.run,
        handling: match event.detail {
            Detail::Handled(h) => Some(HandlingView {
                measure: h.measure,
                assignee: h.assignee,
                until: h.until.map(moment),
                approver: h.approver,
                document: h.document,
                plan: h.plan,
                ground: h.ground,
                attachments: h.attachments,
            }),
            _ => None,
        },
    })
}
