//! Entries that persons bring: by hand, from notices of above, from lists of below, from self-checks.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{By, who};
use crate::inspect::Finding;
use crate::ledger::book::Book;
use crate::ledger::chain::content_id;
use crate::ledger::record::{Creation, Head, Listing, moment};
use crate::ledger::view::{Attachment, Source};
use crate::ledger::{Ledger, LedgerError, SiteSnapshot, sql};
use crate::rule::{Calendar, Deadline, RuleStatus, Severity};

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
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    pub number: String,
    /// It had been entered before; nothing was written.
    pub known: bool,
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
        let actor = who("新问题", "列入", by.reason, by.actor)?;
        let now = self.now();
        let mut tx = self.write().await?;
        let mut book = Book::open(&mut tx, now, None, actor).await?;
        let mut entered = Vec::with_capacity(entries.len());
        for entry in entries {
            let refuse = |why: &str| LedgerError::refused(&entry.subject.name, None, "列入", why);
            if entry.finding.text.trim().is_empty() {
                return Err(refuse("请写明存在问题"));
            }
            if !(1..=10).contains(&entry.key_point) {
                return Err(refuse("请写明属于通知的哪一个要点（1 至 10）"));
            }
            let item = fingerprint(entry);
            book.load(&mut tx, &[&item]).await?;
            if let Some(known) = book.problem(&item) {
                let number = known.number.clone().unwrap_or_default();
                entered.push(Entered { number, known: true, due: known.due.map(moment) });
                continue;
            }
            let head = head_of(entry);
            let sha = sql::put_head(&mut tx, &head).await?;
            let mut listing: Listing = book.listing(&entry.subject.region, &head, calendar, None);
            if let Some(day) = entry.due {
                let end = crate::clock::end_of(day).as_microsecond();
                if end <= now {
                    return Err(refuse(&format!("整改时限{day}已经过去，请写今天或以后的日期")));
                }
                (listing.due, listing.due_provisional) = (end, false);
            }
            entered.push(Entered { number: listing.number(), known: false, due: Some(moment(listing.due)) });
            let creation = Creation {
                item,
                rule: head.id,
                head: sha,
                site: entry.subject.clone(),
                first_seen: now,
                finding: Some(entry.finding.clone()),
                previous: None,
                listing: Some(listing),
                source: entry.source,
                attachments: entry.attachments.clone(),
            };
            book.create_because(creation, by.reason.trim(), &entry.attachments)?;
        }
        if !preview {
            book.save(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(entered)
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
