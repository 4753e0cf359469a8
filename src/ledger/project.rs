//! Events → problem rows. The only code that changes a row, used live and in a rebuild alike.

use std::collections::HashMap;

use super::record::{Creation, Detail, Event, Kind, Listing, ProblemRow};
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
        if event.from != Some(row.stage) && event.kind != Kind::RuleChanged {
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
            }
            (Kind::Returned, _) => row.returned += 1,
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

fn unclose(row: &mut ProblemRow) {
    row.closed_at = None;
    row.closed_evidence_at = None;
    row.auto_closed = false;
}

fn created(id: &str, event: &Event, creation: &Creation) -> Result<ProblemRow, String> {
    let Creation { item, rule, head, site, first_seen, finding: _, previous, listing: _ } = creation;
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
    })
}
