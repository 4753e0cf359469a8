//! One run applied in one transaction, or held.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;

use super::book::{Book, Entry};
use super::brake::{self, Change, Hold};
use super::chain::{content_id, sha256_hex};
use super::digest::{SiteDigest, tag};
use super::reconcile::Reconcile;
use super::record::{Actor, Detail, Head, Kind, Micros, Seal};
use super::sql::{self, Heads, Obs, RunRow};
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
        let coverage = cover(&row, &digests, &places, &mut applied)?;
        let fresh = store(&mut tx, &row, &heads, digests, &coverage).await?;
        let mut book = Book::open(&mut tx, now, Some(&row.id), Actor::Machine).await?;
        let state = if fresh.is_empty() && !coverage.is_empty() && !any_new_coverage(&mut tx, &row.id).await? {
            applied.repeated = true;
            "applied"
        } else {
            let known = sql::known_letters(&mut tx, &sql::keys(coverage.iter().map(|c| c.site.as_str()))).await?;
            applied.held = brake::test(changes(&coverage, &known), &places.watched);
            let seal = seal(&mut tx, &row, outcome, &applied, &heads).await?;
            let state = match (&applied.held, outcome) {
                (Some(_), _) => "held",
                (None, RunOutcome::Complete) => "applied",
                (None, RunOutcome::Partial) => "partial",
            };
            if let Some(hold) = &applied.held {
                let reason = format!("熔断：规则 {} 有 {} 个站点结果同时变化", hold.rule, hold.flips);
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
        let actor = super::person::who(&run.0, "解除熔断", reason, actor)?;
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
        let actor = super::person::who(&run.0, "作废", reason, actor)?;
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

/// Where rules have their letters, and which of them may put rows on the list.
struct Places<'h> {
    by_tag: HashMap<u32, usize>,
    watched: HashMap<usize, &'h str>,
    width: usize,
}

impl<'h> Places<'h> {
    async fn of(conn: &mut SqliteConnection, heads: &'h Heads) -> Result<Places<'h>, LedgerError> {
        let all = sql::places(conn).await?;
        let mut places = Places { by_tag: HashMap::new(), watched: HashMap::new(), width: 0 };
        for (id, (_, head)) in heads {
            let place = *all.get(id).ok_or_else(|| LedgerError::Damaged(format!("规则 {id} 没有登记位置")))?;
            if places.by_tag.insert(tag(id), place).is_some() {
                return Err(LedgerError::Input(format!("the tag of rule {id} collides, rename it")));
            }
            if head.may_list() {
                places.watched.insert(place, id);
            }
            places.width = places.width.max(place + 1);
        }
        Ok(places)
    }
}

/// One coverage row.
#[derive(Debug)]
struct Cover {
    id: String,
    site: String,
    at: Micros,
    looks: u8,
    letters: String,
    reasons: BTreeMap<String, Vec<usize>>,
    evidence: Option<String>,
}

/// Coverage rows of the digests, and the totals people are shown.
fn cover(
    run: &RunRow,
    digests: &[SiteDigest],
    places: &Places<'_>,
    applied: &mut Applied,
) -> Result<Vec<Cover>, LedgerError> {
    let mut rows = Vec::with_capacity(digests.len());
    for digest in digests {
        let mut letters = vec!['-'; places.width];
        let mut at = Vec::with_capacity(digest.rules.len());
        for (tag, letter) in &digest.rules {
            let unknown =
                || LedgerError::Input(format!("site {} was judged by a rule the run does not have", digest.site));
            let place = *places.by_tag.get(tag).ok_or_else(unknown)?;
            letters[place] = letter.char();
            at.push(place);
        }
        let mut reasons: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, reason) in &digest.reasons {
            reasons.entry(reason.key()).or_default().push(at[usize::from(*i)]);
        }
        for (reason, rules) in &reasons {
            if rules.iter().any(|place| places.watched.contains_key(place)) {
                applied.undetermined.entry(reason.clone()).or_default().push(digest.site.clone());
            }
        }
        applied.covered += u32::from(digest.is_covered());
        applied.errors += u32::from(letters.contains(&'E'));
        let letters: String = letters.into_iter().collect();
        rows.push(Cover {
            id: content_id(&[&digest.site, &digest.at.to_string(), &run.vantage, &letters]),
            site: digest.site.clone(),
            at: digest.at,
            looks: digest.looks,
            letters,
            reasons,
            evidence: digest.evidence.clone(),
        });
    }
    Ok(rows)
}

/// Stores coverage, identities and observations; returns the observations that were not known before.
async fn store(
    conn: &mut SqliteConnection,
    run: &RunRow,
    heads: &Heads,
    digests: Vec<SiteDigest>,
    coverage: &[Cover],
) -> Result<Vec<Obs>, LedgerError> {
    let sites = sql::keys(coverage.iter().map(|c| c.site.as_str()));
    let known = sql::sites(conn, &sites).await?;
    if let Some(site) = sites.iter().find(|s| !known.contains_key(**s)) {
        return Err(LedgerError::Input(format!("site {site} was never planned")));
    }
    let rows: Vec<_> = coverage
        .iter()
        .map(|c| (&c.id, &run.id, &c.site, c.at, c.looks, &c.letters, &c.reasons, &c.evidence))
        .collect();
    let sql = "INSERT OR IGNORE INTO coverage (id, run, site, at, looks, letters, reasons, evidence)
        SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
            value -> '$[6]', value ->> '$[7]' FROM json_each($1)";
    sql::each(conn, sql, &rows).await?;

    let mut identities = Vec::new();
    let mut observations: Vec<Obs> = Vec::new();
    for digest in digests {
        for answer in digest.answers {
            let unknown = || LedgerError::Input(format!("rule {} is not one of the run's rules", answer.rule));
            let (_, head) = heads.get(&answer.rule).ok_or_else(unknown)?;
            let (kind, at) = (answer.subject.kind, digest.at);
            identities.push((answer.item.clone(), digest.site.clone(), &head.family, kind, answer.subject.key.clone()));
            let version = answer.version.to_string();
            let letter = answer.verdict.char().to_string();
            let parts =
                [answer.item.as_str(), &answer.rule, &version, &at.to_string(), &letter, &answer.reason, &run.vantage];
            observations.push(Obs {
                id: content_id(&parts),
                run: run.id.clone(),
                item: answer.item,
                site: digest.site.clone(),
                subject: answer.subject.key,
                rule: answer.rule,
                version: answer.version,
                at,
                verdict: answer.verdict,
                reason: answer.reason,
                evidence: digest.evidence.clone(),
                finding: answer.finding,
            });
        }
    }
    let sql = "INSERT OR IGNORE INTO item (fp, site, family, kind, subject)
        SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]' FROM json_each($1)";
    sql::each(conn, sql, &identities).await?;
    insert_observations(conn, &observations).await?;
    let mine: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM observation WHERE run = $1").bind(&run.id).fetch_all(conn).await?;
    let mine: std::collections::HashSet<String> = mine.into_iter().map(|(id,)| id).collect();
    let mut seen = std::collections::HashSet::new();
    observations.retain(|o| mine.contains(&o.id) && seen.insert(o.id.clone()));
    Ok(observations)
}

async fn insert_observations(conn: &mut SqliteConnection, observations: &[Obs]) -> Result<(), LedgerError> {
    let rows: Result<Vec<_>, LedgerError> = observations
        .iter()
        .map(|o| {
            let finding = o.finding.as_ref().map(serde_json::to_string).transpose()?;
            let sha = finding.as_ref().map(|text| sha256_hex(text.as_bytes()));
            let letter = o.verdict.char();
            Ok((&o.id, &o.run, &o.item, &o.rule, o.version, o.at, letter, &o.reason, &o.evidence, sha, finding))
        })
        .collect();
    let sql = "INSERT OR IGNORE INTO observation
            (id, run, item, rule, version, at, verdict, reason, evidence, finding_sha, finding)
        SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
            value ->> '$[6]', value ->> '$[7]', value ->> '$[8]', value ->> '$[9]', value ->> '$[10]' FROM json_each($1)";
    sql::each(conn, sql, &rows?).await
}

async fn any_new_coverage(conn: &mut SqliteConnection, run: &str) -> Result<bool, LedgerError> {
    let found: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM coverage WHERE run = $1 LIMIT 1").bind(run).fetch_optional(conn).await?;
    Ok(found.is_some())
}

async fn count_run(conn: &mut SqliteConnection, run: &str) -> Result<(), LedgerError> {
    sqlx::query("UPDATE run SET counted = 1 WHERE id = $1").bind(run).execute(conn).await?;
    Ok(())
}

async fn coverage_of(conn: &mut SqliteConnection, run: &str) -> Result<Vec<Cover>, LedgerError> {
    let rows: Vec<(String, String, i64, String)> =
        sqlx::query_as("SELECT id, site, at, letters FROM coverage WHERE run = $1 ORDER BY at, id")
            .bind(run)
            .fetch_all(conn)
            .await?;
    let cover =
        |(id, site, at, letters)| Cover { id, site, at, looks: 1, letters, reasons: BTreeMap::new(), evidence: None };
    Ok(rows.into_iter().map(cover).collect())
}

fn changes<'a>(coverage: &'a [Cover], known: &'a HashMap<String, String>) -> impl Iterator<Item = Change<'a>> {
    coverage.iter().map(|c| Change {
        site: &c.site,
        known: known.get(&c.site).map_or("", String::as_str),
        now: &c.letters,
    })
}

/// Replaces what is known of each site by what was seen now; unchanged sites are not written.
async fn learn(
    conn: &mut SqliteConnection,
    coverage: &[Cover],
    known: &HashMap<String, String>,
) -> Result<(), LedgerError> {
    let mut order: Vec<&Cover> = coverage.iter().collect();
    order.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let mut after: BTreeMap<&str, String> = BTreeMap::new();
    for cover in order {
        let before = after.get(cover.site.as_str()).or_else(|| known.get(&cover.site)).map_or("", String::as_str);
        let now = brake::learn(before, &cover.letters);
        after.insert(&cover.site, now);
    }
    let changed: Vec<(String, String)> = after
        .into_iter()
        .filter(|(site, letters)| known.get(*site) != Some(letters))
        .map(|(site, letters)| (site.to_owned(), letters))
        .collect();
    sql::save_letters(conn, &changed).await
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
            format!("熔断：规则 {}，{} 个站点结果同时变化（上限 {}）", hold.rule, hold.flips, hold.threshold)
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
