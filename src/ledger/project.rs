//! Events → problem rows. The only code that changes a row, used live and in a rebuild alike.

use std::collections::HashMap;

use super::record::{Actor, Creation, Detail, Event, Handling, Kind, Listing, ProblemRow};
use super::view::Stage;

/// Problem rows and number counters as far as events were applied.
#[derive(Debug, Default)]
pub(super) struct Projection {
    pub(super) problems: HashMap<String, ProblemRow>,
    /// (region, year) → last serial given.
    pub(super) numbers: HashMap<(String, i16), i64>,
}

impl Projection {
    /// Applies one event. `Err` names what contradicts: only damage or our own bug can cause it.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), String> {
        let Some(id) = &event.problem else { return Ok(()) };
        if let Detail::Created(creation) = &event.detail {
            let row = created(id, event, creation)?;
            if self.problems.insert(id.clone(), row).is_some() {
                return Err(format!("event {}: problem {id} created twice", event.seq));
            }
            return creation.listing.as_ref().map_or(Ok(()), |l| self.list(id, event, l));
        }
        let row = self.problems.get_mut(id).ok_or_else(|| format!("event {}: unknown problem {id}", event.seq))?;
        if event.to.is_some() && event.from != Some(row.stage) {
            return Err(format!("event {}: problem {id} stands at {:?}", event.seq, row.stage));
        }
        row.updated = event.seq;
        row.evidence.extend(event.evidence.iter().cloned());
        if let Some(to) = event.to {
            row.stage = to;
        }
        match (&event.kind, &event.detail) {
            (Kind::Confirmed, Detail::Listed(listing)) => return self.list(id, event, listing),
            (Kind::Reopened, Detail::Renewed(renewal)) => {
                row.reopened += 1;
                row.due = Some(renewal.due);
                row.due_provisional = renewal.due_provisional;
                unclose(row);
                start_again(row);
            }
            (Kind::Restored, Detail::Listed(listing)) => {
                start_again(row);
                return self.list(id, event, listing);
            }
            (Kind::Restored, Detail::Renewed(renewal)) => {
                row.due = Some(renewal.due);
                row.due_provisional = renewal.due_provisional;
                start_again(row);
            }
            (Kind::Returned, _) => {
                row.returned += 1;
                row.claimed_at = None;
                row.claimed_by = None;
            }
            (Kind::Undone, Detail::Undo { row: before, .. }) => {
                *row = ProblemRow { updated: event.seq, ..(**before).clone() };
            }
            (kind, Detail::Handled(handling)) => handled(row, *kind, event, handling),
            (Kind::LateEvidence, _) => unclose(row),
            (Kind::Closed, Detail::Closing { auto, evidence_at }) => {
                row.closed_at = Some(event.at);
                row.closed_evidence_at = Some(*evidence_at);
                row.auto_closed = *auto;
            }
            (Kind::RuleChanged, Detail::Rule { rule, head }) => {
                row.rule.clone_from(rule);
                row.head.clone_from(head);
            }
            _ => {}
        }
        Ok(())
    }

    /// Lets the number that `event` gives be the next one: for a replay of one row's events alone.
    pub(super) fn follow_numbers(&mut self, event: &Event) {
        let listing = match &event.detail {
            Detail::Listed(listing) => Some(&**listing),
            Detail::Created(creation) => creation.listing.as_ref(),
            _ => None,
        };
        if let Some(listing) = listing {
            self.numbers.insert((listing.region.clone(), listing.year), listing.serial - 1);
        }
    }

    /// Next free serial of a region and year; the event that uses it moves the counter.
    pub(super) fn next_serial(&self, region: &str, year: i16) -> i64 {
        self.numbers.get(&(region.to_owned(), year)).copied().unwrap_or(0) + 1
    }

    fn list(&mut self, id: &str, event: &Event, listing: &Listing) -> Result<(), String> {
        let last = self.numbers.entry((listing.region.clone(), listing.year)).or_insert(0);
        if listing.serial != *last + 1 {
            return Err(format!("event {}: number {} does not follow {last}", event.seq, listing.number()));
        }
        *last = listing.serial;
        let row = self.problems.get_mut(id).ok_or_else(|| format!("event {}: unknown problem {id}", event.seq))?;
        row.number = Some(listing.number());
        row.opened_at = Some(event.at);
        row.due = Some(listing.due);
        row.due_provisional = listing.due_provisional;
        row.original_due = Some(listing.due);
        Ok(())
    }
}

/// What persons write into a row.
fn handled(row: &mut ProblemRow, kind: Kind, event: &Event, handling: &Handling) {
    if handling.measure.is_some() {
        row.measure.clone_from(&handling.measure);
    }
    if handling.assignee.is_some() {
        row.assignee.clone_from(&handling.assignee);
    }
    row.attachments.extend(handling.attachments.iter().cloned());
    match kind {
        Kind::Taken => {
            row.taken_at = Some(event.at);
            row.promised = handling.until;
        }
        Kind::Claimed => {
            row.claimed_at = Some(event.at);
            row.claimed_by = match &event.actor {
                Actor::Person(name) => Some(name.clone()),
                Actor::Machine | Actor::Clock => None,
            };
        }
        Kind::Issued => {
            row.issued_at = Some(event.at);
            row.batch.clone_from(&handling.batch);
            row.due = handling.until;
            row.due_provisional = handling.until_provisional;
            row.original_due = handling.until;
        }
        Kind::Deferred | Kind::Extended => {
            row.due = handling.until;
            row.due_provisional = handling.until_provisional;
            row.extended += u32::from(kind == Kind::Extended);
        }
        Kind::Dismissed => {
            row.ground = handling.ground;
            row.dismissed_until = handling.until;
        }
        _ => {}
    }
}

/// A row that comes back is handled from the beginning.
fn start_again(row: &mut ProblemRow) {
    row.taken_at = None;
    row.promised = None;
    row.claimed_at = None;
    row.claimed_by = None;
    row.ground = None;
    row.dismissed_until = None;
}

fn unclose(row: &mut ProblemRow) {
    row.closed_at = None;
    row.closed_evidence_at = None;
    row.auto_closed = false;
}

fn created(id: &str, event: &Event, creation: &Creation) -> Result<ProblemRow, String> {
    let Creation { item, rule, head, site, first_seen, finding, previous, listing: _, source, attachments } = creation;
    let stage @ (Stage::Suspected | Stage::Open) =
        event.to.ok_or_else(|| format!("event {}: creation without a stage", event.seq))?
    else {
        return Err(format!("event {}: creation at {:?}", event.seq, event.to));
    };
    Ok(ProblemRow {
        id: id.to_owned(),
        number: None,
        item: item.clone(),
        rule: rule.clone(),
        head: head.clone(),
        site: site.clone(),
        stage,
        first_seen: *first_seen,
        opened_at: None,
        due: None,
        due_provisional: false,
        original_due: None,
        closed_at: None,
        closed_evidence_at: None,
        auto_closed: false,
        reopened: 0,
        returned: 0,
        previous: previous.clone(),
        evidence: event.evidence.clone(),
        created: event.seq,
        updated: event.seq,
        source: *source,
        words: finding.clone().filter(|_| !source.is_patrol()),
        measure: None,
        assignee: None,
        issued_at: None,
        batch: None,
        taken_at: None,
        promised: None,
        claimed_at: None,
        claimed_by: None,
        ground: None,
        dismissed_until: None,
        extended: 0,
        attachments: attachments.clone(),
    })
}
