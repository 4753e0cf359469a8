//! The rows and the end of the log inside one transaction: the only way to write an event.

use std::collections::{HashMap, HashSet};

use sqlx::SqliteConnection;

use super::LedgerError;
use super::chain::ulid;
use super::project::Projection;
use super::record::{Actor, Creation, Detail, Event, Head, Kind, Listing, Micros, ProblemRow, Renewal, moment};
use super::sql::{self, Log};
use super::view::{Attachment, Stage};
use crate::clock::local;
use crate::inspect::Finding;
use crate::rule::Calendar;

/// What an event says; sequence, moment, actor and run are the book's.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) problem: Option<String>,
    pub(super) to: Option<Stage>,
    pub(super) reason: String,
    pub(super) evidence: Vec<String>,
    pub(super) detail: Detail,
}

impl Entry {
    pub(super) fn new(kind: Kind, problem: Option<String>, to: Option<Stage>) -> Self {
        Entry { kind, problem, to, reason: String::new(), evidence: Vec::new(), detail: Detail::None }
    }

    pub(super) fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    pub(super) fn citing(mut self, evidence: Option<&String>) -> Self {
        self.evidence = evidence.into_iter().cloned().collect();
        self
    }

    pub(super) fn citing_all(mut self, attachments: &[Attachment]) -> Self {
        self.evidence.extend(attachments.iter().map(|a| a.sha256.clone()));
        self
    }

    pub(super) fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }
}

/// Clocks that are set by the network step back a little now and then: the log goes on from its newest moment. A clock set back
/// by more would put new steps before old ones, and every period and time limit would be wrong.
const STEP_BACK: Micros = 10 * 60 * 1_000_000;

/// The moment of the next event.
///
/// # Errors
/// [`LedgerError::ClockBack`].
pub(super) fn in_order(now: Micros, last: Micros) -> Result<Micros, LedgerError> {
    if now < last.saturating_sub(STEP_BACK) {
        return Err(LedgerError::ClockBack { now: moment(now), last: moment(last) });
    }
    Ok(now.max(last))
}

/// Loaded rows, changed only by events.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) now: Micros,
    run: Option<String>,
    actor: Actor,
    log: Log,
    projection: Projection,
    /// Item → its newest problem.
    newest: HashMap<String, String>,
    touched: HashSet<String>,
}

impl Book {
    pub(super) async fn open(
        conn: &mut SqliteConnection,
        now: Micros,
        run: Option<&str>,
        actor: Actor,
    ) -> Result<Book, LedgerError> {
        let projection = Projection { numbers: sql::numbers(conn).await?, ..Projection::default() };
        let log = Log::open(conn).await?;
        let now = in_order(now, log.last_at)?;
        Ok(Book {
            now,
            run: run.map(str::to_owned),
            actor,
            log,
            projection,
            newest: HashMap::new(),
            touched: HashSet::new(),
        })
    }

    /// Loads every problem of the given items.
    pub(super) async fn load(&mut self, conn: &mut SqliteConnection, items: &[&str]) -> Result<(), LedgerError> {
        for problem in sql::problems_of(conn, items).await? {
            self.newest.insert(problem.item.clone(), problem.id.clone());
            self.projection.problems.insert(problem.id.clone(), problem);
        }
        Ok(())
    }

    /// The newest problem of an item; at most this one is live.
    pub(super) fn problem(&self, item: &str) -> Option<&ProblemRow> {
        self.projection.problems.get(self.newest.get(item)?)
    }

    /// A loaded row by its id.
    pub(super) fn row(&self, id: &str) -> Option<&ProblemRow> {
        self.projection.problems.get(id)
    }

    /// Writes one event and lets it change its row.
    pub(super) fn write(&mut self, entry: Entry) -> Result<(), LedgerError> {
        let Entry { kind, problem, to, reason, evidence, detail } = entry;
        let from = match to {
            Some(_) => problem.as_ref().and_then(|id| self.projection.problems.get(id)).map(|p| p.stage),
            None => None,
        };
        let event = self.log.append(Event {
            v: 1,
            seq: 0,
            at: self.now,
            actor: self.actor.clone(),
            run: self.run.clone(),
            kind,
            problem,
            from,
            to,
            reason,
            evidence,
            detail,
        })?;
        self.projection.apply(&event).map_err(LedgerError::Input)?;
        self.touched.extend(event.problem);
        Ok(())
    }

    /// What follows is decided by machine, though a person set it going.
    pub(super) fn by_machine(&mut self) {
        self.actor = Actor::Machine;
    }

    /// A new row: 疑似, or on the list at once.
    pub(super) fn create(
        &mut self,
        to: Stage,
        creation: Creation,
        evidence: Option<&String>,
    ) -> Result<(), LedgerError> {
        let entry = self.creating(to, creation);
        self.write(entry.citing(evidence))
    }

    /// A row that a person enters.
    pub(super) fn create_because(
        &mut self,
        creation: Creation,
        reason: &str,
        attachments: &[Attachment],
    ) -> Result<(), LedgerError> {
        let entry = self.creating(Stage::Open, creation);
        self.write(entry.because(reason).citing_all(attachments))
    }

    fn creating(&mut self, to: Stage, creation: Creation) -> Entry {
        let seed = [creation.item.as_str(), self.run.as_deref().unwrap_or(""), &self.log.seq.to_string()];
        let id = ulid(self.now, &seed);
        self.newest.insert(creation.item.clone(), id.clone());
        let kind = if to == Stage::Open { Kind::Opened } else { Kind::Suspected };
        Entry::new(kind, Some(id), Some(to)).with(Detail::Created(Box::new(creation)))
    }

    /// The next number of the region in the year of opening, and the time limit counted from now.
    pub(super) fn listing(&self, region: &str, head: &Head, calendar: &Calendar, finding: Option<Finding>) -> Listing {
        let due = calendar.due(moment(self.now), head.deadline);
        let year = local(moment(self.now)).year();
        Listing {
            region: region.to_owned(),
            year,
            serial: self.projection.next_serial(region, year),
            due: due.at.as_microsecond(),
            due_provisional: due.provisional,
            finding,
        }
    }

    pub(super) fn renewal(&self, head: &Head, calendar: &Calendar, finding: Option<Finding>) -> Renewal {
        let due = calendar.due(moment(self.now), head.deadline);
        Renewal { due: due.at.as_microsecond(), due_provisional: due.provisional, finding }
    }

    pub(super) async fn save(mut self, conn: &mut SqliteConnection) -> Result<(), LedgerError> {
        let problems = self.touched.iter().filter_map(|id| self.projection.problems.get(id));
        sql::save_problems(conn, problems).await?;
        sql::save_numbers(conn, &self.projection).await?;
        self.log.flush(conn).await
    }
}
