//! Entries that persons bring: by hand, from notices of above, from lists of below, from self-checks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::SqliteConnection;

use super::{By, who};
use crate::inspect::Finding;
use crate::ledger::book::{Book, Entry};
use crate::ledger::chain::content_id;
use crate::ledger::record::{Actor, Creation, Detail, Event, Head, Intake, Kind, Listing, moment};
use crate::ledger::view::{Attachment, Source, Stage};
use crate::ledger::{Ledger, LedgerError, SiteSnapshot, sql};
use crate::rule::{Calendar, Deadline, RuleStatus, Severity};

/// Kind of a file taken in.
const SELF_CHECK: &str = "selfcheck";

/// Time limit of an entry that brings none.
const USUAL: Deadline = Deadline::WorkingDays(10);

/// An entry as a person states it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    pub source: Source,
    /// What tells it from every other entry of its source (notice and line, sheet and question); the same twice is one entry.
    pub key: Vec<String>,
    /// Whom it concerns; `site` is empty where it concerns the unit as a whole.
    pub subject: SiteSnapshot,
    /// 1 to 10.
    pub key_point: u8,
    pub severity: Severity,
    /// Short name of the problem.
    pub title: String,
    /// 存在问题, 整改措施, 依据
    pub finding: Finding,
    /// Last day of the time limit; ten working days where none is given.
    pub due: Option<Date>,
    pub attachments: Vec<Attachment>,
    /// When the fact was established: after the entry was struck off, it comes back.
    pub seen: Timestamp,
}

/// Something the register shows by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct RegisterFact {
    pub entry: NewEntry,
    /// It is so; `false` when it is known to be not so.
    pub holds: bool,
}

/// Numbers of the rows that the register moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterSaid {
    pub opened: Vec<String>,
    pub reopened: Vec<String>,
    pub returned: Vec<String>,
    pub awaiting_review: Vec<String>,
}

/// A self-check sheet (自查表) taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfCheckFile {
    /// Register id of the unit.
    pub unit: String,
    /// Who filled it in, and on which day.
    pub person: String,
    pub on: Date,
    pub file: Attachment,
    /// Question id → answer key.
    pub answers: BTreeMap<String, String>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    pub number: String,
    /// It had been entered before; nothing was written.
    pub known: bool,
    /// It had been struck off, and is back under its number.
    pub reopened: bool,
    pub due: Option<Timestamp>,
}

impl Ledger {
    /// T3 by persons: puts entries on the list, in one transaction. With `preview` nothing is written.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] without reason, name or text; on any error nothing was written.
    pub async fn enter(
        &self,
        entries: &[NewEntry],
        by: By<'_>,
        calendar: &Calendar,
        preview: bool,
    ) -> Result<Vec<Entered>, LedgerError> {
        self.take_in(None, entries, by, calendar, preview).await
    }

    /// A self-check sheet and the entries that follow from it, in one transaction.
    ///
    /// # Errors
    /// As [`enter`](Self::enter).
    pub async fn take_in(
        &self,
        sheet: Option<&SelfCheckFile>,
        entries: &[NewEntry],
        by: By<'_>,
        calendar: &Calendar,
        preview: bool,
    ) -> Result<Vec<Entered>, LedgerError> {
        let actor = who("新问题", "列入", by.reason, by.actor)?;
        let mut tx = self.write().await?;
        let mut book = Book::open(&mut tx, self.now(), None, actor).await?;
        if let Some(sheet) = sheet {
            let intake = Intake {
                what: SELF_CHECK.to_owned(),
                unit: sheet.unit.clone(),
                person: sheet.person.clone(),
                on: sheet.on,
                file: sheet.file.clone(),
                answers: sheet.answers.clone(),
            };
            let entry = Entry::new(Kind::Imported, None, None).because(by.reason.trim());
            let file = std::slice::from_ref(&sheet.file);
            book.write(entry.citing_all(file).with(Detail::Imported(Box::new(intake))))?;
        }
        let mut entered = Vec::with_capacity(entries.len());
        for entry in entries {
            entered.push(put(&mut tx, &mut book, entry, by.reason.trim(), calendar).await?);
        }
        if !preview {
            book.save(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(entered)
    }
}

/// One entry: new, known, or back after it had been struck off.
async fn put(
    conn: &mut SqliteConnection,
    book: &mut Book,
    entry: &NewEntry,
    reason: &str,
    calendar: &Calendar,
) -> Result<Entered, LedgerError> {
    let refuse = |why: &str| LedgerError::refused(&entry.subject.name, None, "列入", why);
    if entry.finding.text.trim().is_empty() {
        return Err(refuse("请写明存在问题"));
    }
    if !(1..=10).contains(&entry.key_point) {
        return Err(refuse("请写明属于通知的哪一个要点（1 至 10）"));
    }
    let item = fingerprint(entry);
    book.load(&mut *conn, &[&item]).await?;
    if let Some(row) = book.problem(&item) {
        let back = row.stage == Stage::Closed && row.closed_at < Some(entry.seen.as_microsecond());
        let (id, number) = (row.id.clone(), row.number.clone().unwrap_or_default());
        let mut due = row.due.map(moment);
        if back {
            let renewal = book.renewal(&sql::head(&mut *conn, &row.head).await?, calendar, None);
            due = Some(moment(renewal.due));
            let again = Entry::new(Kind::Reopened, Some(id), Some(Stage::Open));
            let again = again.because(reason).citing_all(&entry.attachments);
            book.write(again.with(Detail::Renewed(Box::new(renewal))))?;
        }
        return Ok(Entered { number, known: !back, reopened: back, due });
    }
    let head = head_of(entry);
    let sha = sql::put_head(&mut *conn, &head).await?;
    let mut listing: Listing = book.listing(&entry.subject.region, &head, calendar, None);
    if let Some(day) = entry.due {
        let end = crate::clock::end_of(day).as_microsecond();
        // A list of others may hold what is overdue already.
        let sent = matches!(entry.source, Source::Above | Source::Below);
        if end <= book.now && !sent {
            return Err(refuse(&format!("整改时限{day}已经过去，请写今天或以后的日期")));
        }
        (listing.due, listing.due_provisional) = (end, false);
    }
    let done = Entered { number: listing.number(), known: false, reopened: false, due: Some(moment(listing.due)) };
    let creation = Creation {
        item,
        rule: head.id,
        head: sha,
        site: entry.subject.clone(),
        first_seen: book.now,
        finding: Some(entry.finding.clone()),
        previous: None,
        listing: Some(listing),
        source: entry.source,
        attachments: entry.attachments.clone(),
    };
    book.create_because(creation, reason, &entry.attachments)?;
    Ok(done)
}

impl Ledger {
    /// The newest self-check sheet of each unit, by its register id.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn selfchecks(&self) -> Result<BTreeMap<String, SelfCheckFile>, LedgerError> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT body FROM event WHERE problem IS NULL ORDER BY seq").fetch_all(&self.pool).await?;
        let mut newest = BTreeMap::new();
        for (body,) in rows {
            let event: Event = serde_json::from_str(&body)?;
            let Detail::Imported(intake) = event.detail else { continue };
            let Intake { what, unit, person, on, file, answers } = *intake;
            if what == SELF_CHECK {
                newest.insert(unit.clone(), SelfCheckFile { unit, person, on, file, answers });
            }
        }
        Ok(newest)
    }

    /// What the register itself shows, by machine: facts that hold become rows, rows whose fact holds no longer go to review
    /// (T7) and come back when it holds again (T10, T11). Facts that cannot be told are not among them and move nothing.
    ///
    /// # Errors
    /// Data-base errors; on any error nothing was written.
    pub async fn register_says(
        &self,
        facts: &[RegisterFact],
        calendar: &Calendar,
        preview: bool,
    ) -> Result<RegisterSaid, LedgerError> {
        let mut tx = self.write().await?;
        let mut book = Book::open(&mut tx, self.now(), None, Actor::Machine).await?;
        let mut said = RegisterSaid::default();
        for fact in facts {
            let item = fingerprint(&fact.entry);
            book.load(&mut tx, &[&item]).await?;
            let row = book.problem(&item).map(|row| (row.id.clone(), row.stage, row.claimed_at));
            let number = |book: &Book| book.problem(&item).and_then(|row| row.number.clone()).unwrap_or_default();
            match (fact.holds, row) {
                (true, Some((id, Stage::AwaitingReview, claimed)))
                    if claimed < Some(fact.entry.seen.as_microsecond()) =>
                {
                    let entry = Entry::new(Kind::Returned, Some(id), Some(Stage::Open));
                    book.write(entry.because("登记表显示问题仍存在"))?;
                    said.returned.push(number(&book));
                }
                (true, _) => {
                    let done = put(&mut tx, &mut book, &fact.entry, "登记表比对", calendar).await?;
                    match (done.known, done.reopened) {
                        (_, true) => said.reopened.push(done.number),
                        (false, _) => said.opened.push(done.number),
                        _ => {}
                    }
                }
                (false, Some((id, Stage::Open | Stage::Rectifying | Stage::Deferred, _))) => {
                    let entry = Entry::new(Kind::AwaitingReview, Some(id), Some(Stage::AwaitingReview));
                    book.write(entry.because("登记表显示已改正"))?;
                    said.awaiting_review.push(number(&book));
                }
                (false, _) => {}
            }
        }
        if !preview {
            book.save(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(said)
    }
}

fn source_key(source: Source) -> &'static str {
    match source {
        Source::Patrol => "patrol",
        Source::Register => "register",
        Source::SelfCheck => "selfcheck",
        Source::Above => "above",
        Source::Below => "below",
        Source::Manual => "manual",
    }
}

/// Never the fingerprint of something a machine observes: those begin with `p1-`.
fn fingerprint(entry: &NewEntry) -> String {
    let mut parts = vec![source_key(entry.source), &entry.subject.unit_id, &entry.subject.site];
    parts.extend(entry.key.iter().map(String::as_str));
    format!("m1-{}", content_id(&parts))
}

fn head_of(entry: &NewEntry) -> Head {
    Head {
        id: source_key(entry.source).to_owned(),
        version: 1,
        status: RuleStatus::Stable,
        family: source_key(entry.source).to_owned(),
        severity: entry.severity,
        key_point: entry.key_point,
        title: entry.title.clone(),
        basis: entry.finding.basis.clone(),
        suspect: None,
        // No machine strikes it off.
        close: (0, 0, false),
        deadline: USUAL,
    }
}
