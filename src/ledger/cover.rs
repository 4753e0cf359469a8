//! What a run looked at, stored: coverage per site, identities and observations of items, the last known letters.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::SqliteConnection;

use super::LedgerError;
use super::apply::Applied;
use super::brake::{self, Change};
use super::chain::{content_id, sha256_hex};
use super::digest::{SiteDigest, tag};
use super::record::Micros;
use super::sql::{self, Heads, Obs, RunRow};

/// Where rules have their letters, and which of them may put rows on the list.
pub(super) struct Places<'h> {
    by_tag: HashMap<u32, usize>,
    /// Rule ids and versions by place.
    pub(super) watched: HashMap<usize, (&'h str, u32)>,
    width: usize,
}

impl<'h> Places<'h> {
    pub(super) async fn of(conn: &mut SqliteConnection, heads: &'h Heads) -> Result<Places<'h>, LedgerError> {
        let all = sql::places(conn).await?;
        let mut places = Places { by_tag: HashMap::new(), watched: HashMap::new(), width: 0 };
        for (id, (_, head)) in heads {
            let place = *all.get(id).ok_or_else(|| LedgerError::Damaged(format!("规则 {id} 没有登记位置")))?;
            if places.by_tag.insert(tag(id), place).is_some() {
                return Err(LedgerError::Input(format!("the tag of rule {id} collides, rename it")));
            }
            if head.may_list() {
                places.watched.insert(place, (id, head.version));
            }
            places.width = places.width.max(place + 1);
        }
        Ok(places)
    }
}

/// What one look said of its site: the part of a coverage row that applying works with.
#[derive(Debug)]
pub(super) struct Cover {
    id: String,
    pub(super) site: String,
    at: Micros,
    letters: String,
}

/// Reason key → places of the rules that could not tell for it.
type Reasons = BTreeMap<String, Vec<usize>>;

/// Sites whose digests are worked on at a time: what a run holds in memory grows by little more than its letters.
const CHUNK: usize = 256;

/// Stores what the digests say and adds up the totals people are shown. Returns the coverage, and the observations that were
/// not known before.
pub(super) async fn take_in(
    conn: &mut SqliteConnection,
    run: &RunRow,
    heads: &Heads,
    places: &Places<'_>,
    digests: Vec<SiteDigest>,
    applied: &mut Applied,
) -> Result<(Vec<Cover>, Vec<Obs>), LedgerError> {
    let mut coverage = Vec::with_capacity(digests.len());
    let mut observations = Vec::with_capacity(digests.iter().map(|d| d.answers.len()).sum());
    let mut digests = digests.into_iter();
    loop {
        let chunk: Vec<SiteDigest> = digests.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let rows = cover(run, &chunk, places, applied)?;
        store_coverage(conn, run, &chunk, &rows).await?;
        observations.extend(store_observations(conn, run, heads, chunk).await?);
        coverage.extend(rows.into_iter().map(|(cover, _)| cover));
    }
    let mine: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM observation WHERE run = $1").bind(&run.id).fetch_all(conn).await?;
    let mine: HashSet<String> = mine.into_iter().map(|(id,)| id).collect();
    let mut seen = HashSet::new();
    observations.retain(|o: &Obs| mine.contains(&o.id) && seen.insert(o.id.clone()));
    Ok((coverage, observations))
}

/// One row per digest, in their order.
fn cover(
    run: &RunRow,
    digests: &[SiteDigest],
    places: &Places<'_>,
    applied: &mut Applied,
) -> Result<Vec<(Cover, Reasons)>, LedgerError> {
    let mut rows = Vec::with_capacity(digests.len());
    for digest in digests {
        let mut letters = vec!['-'; places.width];
        let mut at = Vec::with_capacity(places.width);
        for (tag, letter) in digest.rules() {
            let unknown =
                || LedgerError::Input(format!("site {} was judged by a rule the run does not have", digest.site));
            let place = *places.by_tag.get(&tag).ok_or_else(unknown)?;
            letters[place] = letter.char();
            at.push(place);
        }
        let mut reasons = Reasons::new();
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
        let id = content_id(&[&digest.site, &digest.at.to_string(), &run.vantage, &letters]);
        rows.push((Cover { id, site: digest.site.clone(), at: digest.at, letters }, reasons));
    }
    Ok(rows)
}

async fn store_coverage(
    conn: &mut SqliteConnection,
    run: &RunRow,
    digests: &[SiteDigest],
    coverage: &[(Cover, Reasons)],
) -> Result<(), LedgerError> {
    let sites = sql::keys(digests.iter().map(SiteDigest::site));
    let known = sql::sites(conn, &sites).await?;
    if let Some(site) = sites.iter().find(|s| !known.contains_key(**s)) {
        return Err(LedgerError::Input(format!("site {site} was never planned")));
    }
    let rows: Vec<_> = coverage
        .iter()
        .zip(digests)
        .map(|((c, reasons), d)| (&c.id, &run.id, &c.site, c.at, d.looks, &c.letters, reasons, &d.evidence))
        .collect();
    let sql = "INSERT OR IGNORE INTO coverage (id, run, site, at, looks, letters, reasons, evidence)
        SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
            value -> '$[6]', value ->> '$[7]' FROM json_each($1)";
    sql::each(conn, sql, &rows).await
}

/// Stores identities and observations; returns the observations.
async fn store_observations(
    conn: &mut SqliteConnection,
    run: &RunRow,
    heads: &Heads,
    digests: Vec<SiteDigest>,
) -> Result<Vec<Obs>, LedgerError> {
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

pub(super) async fn any_new_coverage(conn: &mut SqliteConnection, run: &str) -> Result<bool, LedgerError> {
    let found: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM coverage WHERE run = $1 LIMIT 1").bind(run).fetch_optional(conn).await?;
    Ok(found.is_some())
}

pub(super) async fn count_run(conn: &mut SqliteConnection, run: &str) -> Result<(), LedgerError> {
    sqlx::query("UPDATE run SET counted = 1 WHERE id = $1").bind(run).execute(conn).await?;
    Ok(())
}

pub(super) async fn coverage_of(conn: &mut SqliteConnection, run: &str) -> Result<Vec<Cover>, LedgerError> {
    let rows: Vec<(String, String, i64, String)> =
        sqlx::query_as("SELECT id, site, at, letters FROM coverage WHERE run = $1 ORDER BY at, id")
            .bind(run)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(id, site, at, letters)| Cover { id, site, at, letters }).collect())
}

/// What the run says of each site in the end, beside what was known: a run may hold many looks at one site.
pub(super) fn changes<'a>(coverage: &'a [Cover], known: &'a HashMap<String, String>) -> Vec<Change<'a>> {
    let mut after: BTreeMap<&str, Cow<'_, str>> = BTreeMap::new();
    for cover in in_order(coverage) {
        after
            .entry(&cover.site)
            .and_modify(|before| *before = brake::follow(before, &cover.letters).into())
            .or_insert_with(|| cover.letters.as_str().into());
    }
    let change = |(site, now)| Change { site, known: known.get(site).map_or("", String::as_str), now };
    after.into_iter().map(change).collect()
}

fn in_order(coverage: &[Cover]) -> Vec<&Cover> {
    let mut order: Vec<&Cover> = coverage.iter().collect();
    order.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    order
}

/// Replaces what is known of each site by what was seen now; unchanged sites are not written.
pub(super) async fn learn(
    conn: &mut SqliteConnection,
    coverage: &[Cover],
    known: &HashMap<String, String>,
) -> Result<(), LedgerError> {
    let mut after: BTreeMap<&str, String> = BTreeMap::new();
    for cover in in_order(coverage) {
        let before = after.get(cover.site.as_str()).or_else(|| known.get(&cover.site)).map_or("", String::as_str);
        let now = brake::learn(before, &cover.letters);
        if after.contains_key(cover.site.as_str()) || now != before {
            after.insert(&cover.site, now);
        }
    }
    let changed: Vec<(&str, String)> =
        after.into_iter().filter(|(site, letters)| known.get(*site) != Some(letters)).collect();
    sql::save_letters(conn, &changed).await
}
