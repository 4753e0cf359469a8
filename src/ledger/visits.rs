//! The store of visits: packed per site, vantage and day, merged without duplicates, rolled up after their time.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use sqlx::SqliteConnection;

use super::chain::sha256_hex;
use super::record::{Micros, moment};
use super::{Ledger, LedgerError, sql};
use crate::check::Measure;
use crate::clock::local;
use crate::evidence::{Visit, VisitDay, VisitEnd};

/// Days whose single visits are kept.
const KEPT_DAYS: i32 = 90;
/// Bytes of one packed visit.
const PACKED: usize = 7;

/// What an addition brought that was not known before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVisits {
    /// Site → its earliest new visit.
    pub sites: BTreeMap<String, Timestamp>,
    pub added: usize,
    pub known: usize,
    /// Of days already rolled up: too late to count.
    pub late: usize,
}

/// A site with visits that no run has judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    pub site: String,
    /// The earliest of them.
    pub since: Timestamp,
    /// How often something was added.
    pub(super) additions: i64,
}

/// What is left of one site's visits of one day, once they are rolled up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDay {
    pub vantage: String,
    pub day: Date,
    /// Determinate visits by the national measure, failed ones among them, and those that say nothing.
    pub visits: u32,
    pub failed: u32,
    pub unseen: u32,
}

/// Day, vantage, site.
type Key = (i64, String, String);

impl Ledger {
    /// Merges visits into the store, one transaction. A second that already has a visit keeps it, so that adding the same
    /// visits again changes nothing. New ones are noted as [`unjudged`](Self::unjudged_visits) in the same transaction,
    /// unless whoever adds them has judged the site by himself.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn add_visits(&self, days: Vec<(String, VisitDay)>, judged: bool) -> Result<NewVisits, LedgerError> {
        let mut tx = self.write().await?;
        let mut words = Words::load(&mut tx).await?;
        let mut groups: BTreeMap<Key, Vec<Visit>> = BTreeMap::new();
        for (site, day) in days {
            groups.entry((number(day.day), day.vantage, site)).or_default().extend(day.visits);
        }
        let oldest = self.oldest_kept();
        let keys: Vec<&Key> = groups.keys().filter(|k| k.0 >= oldest).collect();
        let known = stored(&mut tx, &keys).await?;
        let (mut new, mut rows) = (NewVisits::default(), Vec::new());
        for (key, mut visits) in groups {
            if key.0 < oldest {
                new.late += visits.len();
                continue;
            }
            let mut all = known.get(&key).map_or(Ok(Vec::new()), |raw| words.unpack(key.0, raw))?;
            visits.sort();
            let before = all.len();
            for visit in visits {
                match all.binary_search_by_key(&visit.at, |v| v.at) {
                    Ok(_) => new.known += 1,
                    Err(place) => {
                        let first = new.sites.entry(key.2.clone()).or_insert(visit.at);
                        *first = (*first).min(visit.at);
                        new.added += 1;
                        all.insert(place, visit);
                    }
                }
            }
            if all.len() > before {
                let raw = data_encoding::HEXLOWER.encode(&words.pack(&all));
                rows.push((key.0, key.1, key.2, raw));
            }
        }
        words.save(&mut tx).await?;
        let sql = "INSERT INTO visit_day (day, vantage, site, raw)
            SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', unhex(value ->> '$[3]') FROM json_each($1) WHERE true
            ON CONFLICT DO UPDATE SET raw = excluded.raw";
        sql::each(&mut tx, sql, &rows).await?;
        if !judged {
            let rows: Vec<_> = new.sites.iter().map(|(site, at)| (site, at.as_microsecond())).collect();
            let sql = "INSERT INTO visit_unjudged (site, since, additions)
                SELECT value ->> '$[0]', value ->> '$[1]', 1 FROM json_each($1) WHERE true
                ON CONFLICT DO UPDATE SET since = min(since, excluded.since), additions = additions + 1";
            sql::each(&mut tx, sql, &rows).await?;
        }
        tx.commit().await?;
        Ok(new)
    }

    /// Sites with visits that no run has judged.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn unjudged_visits(&self) -> Result<Vec<Unjudged>, LedgerError> {
        let rows: Vec<(String, Micros, i64)> =
            sqlx::query_as("SELECT site, since, additions FROM visit_unjudged ORDER BY site")
                .fetch_all(&self.pool)
                .await?;
        let unjudged = |(site, since, additions)| Unjudged { site, since: moment(since), additions };
        Ok(rows.into_iter().map(unjudged).collect())
    }

    /// Takes from the list what has been judged, but for sites that got further visits meanwhile.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn visits_were_judged(&self, judged: &[Unjudged]) -> Result<(), LedgerError> {
        let rows: Vec<_> = judged.iter().map(|u| (&u.site, u.additions)).collect();
        let mut tx = self.write().await?;
        let sql = "DELETE FROM visit_unjudged WHERE (site, additions) IN
            (SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1))";
        sql::each(&mut tx, sql, &rows).await?;
        Ok(tx.commit().await?)
    }

    /// Visits of whole days, of all sites or of these: site → days by vantage and date. Days rolled up are not among them.
    ///
    /// # Errors
    /// Data-base errors; [`LedgerError::Damaged`] for rows that cannot be unpacked.
    pub async fn visits(
        &self,
        from: Date,
        to: Date,
        sites: Option<&[&str]>,
    ) -> Result<BTreeMap<String, Vec<VisitDay>>, LedgerError> {
        let mut conn = self.pool.acquire().await?;
        let words = Words::load(&mut conn).await?;
        let all =
            "SELECT site, vantage, day, raw FROM visit_day WHERE day BETWEEN $1 AND $2 ORDER BY site, vantage, day";
        let some = "SELECT v.site, vantage, day, raw FROM json_each($3) s JOIN visit_day v ON v.site = s.value
            WHERE day BETWEEN $1 AND $2 ORDER BY v.site, vantage, day";
        let query = sqlx::query_as(if sites.is_some() { some } else { all }).bind(number(from)).bind(number(to));
        let rows: Vec<(String, String, i64, Vec<u8>)> = match sites {
            Some(sites) => query.bind(serde_json::to_string(sites)?).fetch_all(&mut *conn).await?,
            None => query.fetch_all(&mut *conn).await?,
        };
        let mut sites: BTreeMap<String, Vec<VisitDay>> = BTreeMap::new();
        for (site, vantage, day, raw) in rows {
            let visits = words.unpack(day, &raw)?;
            sites.entry(site).or_default().push(VisitDay { vantage, day: date(day)?, visits });
        }
        Ok(sites)
    }

    /// Days of `site` whose single visits are no longer kept, by vantage and date.
    ///
    /// # Errors
    /// As [`visits`](Self::visits).
    pub async fn past_visits(&self, site: &str) -> Result<Vec<PastDay>, LedgerError> {
        let sql = "SELECT vantage, day, visits, failed, unseen FROM visit_past WHERE site = $1 ORDER BY vantage, day";
        let rows: Vec<(String, i64, u32, u32, u32)> = sqlx::query_as(sql).bind(site).fetch_all(&self.pool).await?;
        rows.into_iter()
            .map(|(vantage, day, visits, failed, unseen)| {
                Ok(PastDay { vantage, day: date(day)?, visits, failed, unseen })
            })
            .collect()
    }

    /// The newest visit made from `vantage`.
    ///
    /// # Errors
    /// As [`visits`](Self::visits).
    pub async fn newest_visit(&self, vantage: &str) -> Result<Option<Timestamp>, LedgerError> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT day FROM visit_day WHERE vantage = $1 ORDER BY day DESC LIMIT 1")
                .bind(vantage)
                .fetch_optional(&self.pool)
                .await?;
        let Some((day,)) = row else { return Ok(None) };
        let day = date(day)?;
        let sites = self.visits(day, day, None).await?;
        let mine = sites.values().flatten().filter(|d| d.vantage == vantage);
        Ok(mine.filter_map(|d| d.visits.last()).map(|v| v.at).max())
    }

    /// Rolls days past their time up into their figures and the digest of what they were. Returns how many rows.
    ///
    /// # Errors
    /// As [`visits`](Self::visits).
    pub async fn roll_up_visits(&self) -> Result<usize, LedgerError> {
        let oldest = self.oldest_kept();
        let mut tx = self.write().await?;
        let words = Words::load(&mut tx).await?;
        let past: Vec<(i64, String, String, Vec<u8>)> =
            sqlx::query_as("SELECT day, vantage, site, raw FROM visit_day WHERE day < $1")
                .bind(oldest)
                .fetch_all(&mut *tx)
                .await?;
        let mut rows = Vec::with_capacity(past.len());
        for (day, vantage, site, raw) in past {
            let (visits, failed, unseen) = tally(&words.unpack(day, &raw)?);
            rows.push((day, vantage, site, visits, failed, unseen, sha256_hex(&raw)));
        }
        let sql = "INSERT OR IGNORE INTO visit_past (day, vantage, site, visits, failed, unseen, hash)
            SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
                value ->> '$[6]' FROM json_each($1)";
        sql::each(&mut tx, sql, &rows).await?;
        sqlx::query("DELETE FROM visit_day WHERE day < $1").bind(oldest).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(rows.len())
    }

    /// The oldest day whose single visits are kept.
    fn oldest_kept(&self) -> i64 {
        number(local(self.clock.now()).date()) - i64::from(KEPT_DAYS)
    }
}

/// Raw bytes of stored days.
async fn stored(conn: &mut SqliteConnection, keys: &[&Key]) -> Result<HashMap<Key, Vec<u8>>, LedgerError> {
    let sql = "SELECT v.day, v.vantage, v.site, v.raw FROM json_each($1) k
        JOIN visit_day v ON v.day = k.value ->> '$[0]' AND v.vantage = k.value ->> '$[1]' AND v.site = k.value ->> '$[2]'";
    let rows: Vec<(i64, String, String, Vec<u8>)> = sql::fetch(conn, sql, keys).await?;
    Ok(rows.into_iter().map(|(day, vantage, site, raw)| ((day, vantage, site), raw)).collect())
}

/// Determinate, failed and silent visits of a day by the national measure.
fn tally(visits: &[Visit]) -> (usize, usize, usize) {
    let measure = Measure::default();
    let answers: Vec<Option<bool>> = visits.iter().map(|v| measure.failed(v)).collect();
    let unseen = answers.iter().filter(|a| a.is_none()).count();
    (answers.len() - unseen, answers.iter().filter(|a| **a == Some(true)).count(), unseen)
}

const EPOCH: Date = Date::constant(1970, 1, 1);

fn number(day: Date) -> i64 {
    day.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| i64::from(span.get_days()))
}

fn date(number: i64) -> Result<Date, LedgerError> {
    let damaged = || LedgerError::Damaged(format!("访问记录的日期 {number} 无法解读"));
    let days = i32::try_from(number).map_err(|_| damaged())?;
    EPOCH.checked_add(days.days()).map_err(|_| damaged())
}

/// The ledger's dictionary of ends.
#[derive(Default)]
struct Words {
    numbers: HashMap<String, u16>,
    ends: HashMap<u16, VisitEnd>,
    new: Vec<(u16, String)>,
}

impl Words {
    async fn load(conn: &mut SqliteConnection) -> Result<Words, LedgerError> {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, word FROM visit_word").fetch_all(conn).await?;
        let mut words = Words::default();
        for (id, word) in rows {
            let damaged = |_| LedgerError::Damaged(format!("访问结果“{}”无法解读", word.escape_debug()));
            let end = word.parse().map_err(damaged)?;
            let id = u16::try_from(id).map_err(|_| LedgerError::Damaged(format!("访问结果编号 {id} 无法解读")))?;
            words.numbers.insert(word, id);
            words.ends.insert(id, end);
        }
        Ok(words)
    }

    /// The lists behind ends are closed, so sixteen bits hold them all.
    fn number(&mut self, end: &VisitEnd) -> u16 {
        let word = end.to_string();
        if let Some(id) = self.numbers.get(&word) {
            return *id;
        }
        let id = u16::try_from(self.numbers.len() + 1).unwrap_or(u16::MAX);
        self.numbers.insert(word.clone(), id);
        self.ends.insert(id, end.clone());
        self.new.push((id, word));
        id
    }

    fn pack(&mut self, visits: &[Visit]) -> Vec<u8> {
        let mut raw = Vec::with_capacity(visits.len() * PACKED);
        for visit in visits {
            raw.extend(&visit.second_of_day().to_be_bytes()[1..]);
            raw.extend(self.number(&visit.end).to_be_bytes());
            raw.extend(u16::try_from(visit.ms).unwrap_or(u16::MAX).to_be_bytes());
        }
        raw
    }

    fn unpack(&self, day: i64, raw: &[u8]) -> Result<Vec<Visit>, LedgerError> {
        let damaged = || LedgerError::Damaged("访问记录无法解读".to_owned());
        let (chunks, rest) = raw.as_chunks::<PACKED>();
        if !rest.is_empty() {
            return Err(damaged());
        }
        let day = date(day)?;
        let visit = |&[a, b, c, w, x, y, z]: &[u8; PACKED]| {
            let end = self.ends.get(&u16::from_be_bytes([w, x]))?.clone();
            Visit::at_second(day, u32::from_be_bytes([0, a, b, c]), end, u16::from_be_bytes([y, z]).into())
        };
        chunks.iter().map(|chunk| visit(chunk).ok_or_else(damaged)).collect()
    }

    async fn save(&self, conn: &mut SqliteConnection) -> Result<(), LedgerError> {
        let sql = "INSERT INTO visit_word (id, word) SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each($1)";
        sql::each(conn, sql, &self.new).await
    }
}
