//! Version 1 of the JSON and NDJSON output. These structs are frozen copies: inner types change, these only gain fields.
//! Keys and values are language-neutral (words are in the labels); times are RFC 3339, UTC.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::ledger::StoredEvent;
use crate::ledger::view::{Attachment, EventView, HandlingView, ProblemView, RunView, UnclearView};
use crate::ledger::{Balance, Share};

use super::{ExportError, Totals};

const VERSION: u32 = 1;

/// `problems list --format json`.
#[derive(Serialize)]
struct ProblemsV1<'a> {
    v: u32,
    problems: Vec<ProblemV1<'a>>,
    totals: TotalsV1,
}

/// Figures of the whole ledger; `listed` counts the problems in this very output.
#[derive(Serialize)]
struct TotalsV1 {
    listed: usize,
    unsolved: usize,
    suspected: usize,
    undetermined: usize,
    closed: usize,
}

#[derive(Serialize)]
struct ProblemV1<'a> {
    id: &'a str,
    /// Absent while suspected.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    site: SiteV1<'a>,
    unit: UnitV1<'a>,
    rule: RuleV1<'a>,
    stage: String,
    text: &'a str,
    measure: &'a str,
    basis: &'a str,
    locations: Vec<LocationV1<'a>>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    last_checked: Timestamp,
    evidence_state: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    flapping: bool,
    undetermined: Option<UndeterminedV1<'a>>,
    opened_at: Option<Timestamp>,
    /// Exclusive end of the time limit.
    due: Option<Timestamp>,
    due_provisional: bool,
    clock: String,
    closed_at: Option<Timestamp>,
    reopened: u32,
    returned: u32,
    /// SHA-256 of stored evidence, newest last.
    evidence: &'a [String],
    source: String,
    measure_confirmed: bool,
    assignee: Option<&'a str>,
    issued_at: Option<Timestamp>,
    batch: Option<&'a str>,
    taken_at: Option<Timestamp>,
    /// Exclusive end of the unit's own time limit.
    promised: Option<Timestamp>,
    claimed_at: Option<Timestamp>,
    ground: Option<String>,
    dismissed_until: Option<Timestamp>,
    original_due: Option<Timestamp>,
    extended: u32,
    attachments: &'a [Attachment],
}

#[derive(Serialize)]
struct SiteV1<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct UnitV1<'a> {
    id: &'a str,
    name: &'a str,
    level: &'a str,
}

#[derive(Serialize)]
struct RuleV1<'a> {
    id: &'a str,
    title: &'a str,
    severity: String,
    key_point: u8,
}

#[derive(Serialize)]
struct LocationV1<'a> {
    url: &'a str,
    selector: &'a str,
    excerpt: &'a str,
}

#[derive(Serialize)]
struct UndeterminedV1<'a> {
    reason: &'a str,
    since: Timestamp,
}

#[derive(Serialize)]
struct EventV1<'a> {
    seq: i64,
    at: Timestamp,
    actor: &'a str,
    kind: &'a str,
    from: Option<String>,
    to: Option<String>,
    reason: &'a str,
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handling: Option<&'a HandlingView>,
}

#[derive(Serialize)]
struct RunV1<'a> {
    id: &'a str,
    kind: &'a str,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    state: &'a str,
    planned: u32,
    covered: u32,
    undetermined: u32,
    note: &'a str,
}

/// `runs show`.
#[derive(Serialize)]
struct RunSitesV1<'a> {
    #[serde(flatten)]
    run: RunV1<'a>,
    undetermined_sites: Vec<UnclearV1<'a>>,
}

#[derive(Serialize)]
struct UnclearV1<'a> {
    site: &'a str,
    name: &'a str,
    reasons: &'a [String],
}

/// `problems show --format json`.
#[derive(Serialize)]
struct DossierV1<'a> {
    v: u32,
    problem: ProblemV1<'a>,
    events: Vec<EventV1<'a>>,
}

#[derive(Serialize)]
struct EventsV1<'a> {
    v: u32,
    events: Vec<EventV1<'a>>,
}

#[derive(Serialize)]
struct RunsV1<'a> {
    v: u32,
    runs: Vec<RunV1<'a>>,
}

/// One line of NDJSON output.
#[derive(Serialize)]
struct LineV1<T> {
    v: u32,
    r#type: &'static str,
    #[serde(flatten)]
    body: T,
}

/// `{"v":1,"problems":[…],"totals":{…}}`; `totals` are those of the whole ledger.
pub fn problems(problems: &[ProblemView], totals: Totals) -> Result<String, ExportError> {
    let problems = problems.iter().map(problem).collect::<Result<Vec<_>, _>>()?;
    let totals = totals_of(problems.len(), totals);
    Ok(serde_json::to_string(&ProblemsV1 { v: VERSION, problems, totals })?)
}

/// A line `{"v":1,"type":"problem",…}` per problem, then one `{"v":1,"type":"totals",…}`.
pub fn problem_lines(problems: &[ProblemView], totals: Totals) -> Result<String, ExportError> {
    let mut out = lines("problem", problems.iter().map(problem))?;
    out.push_str(&lines("totals", [Ok(totals_of(problems.len(), totals))])?);
    Ok(out)
}

/// `{"v":1,"problem":{…},"events":[…]}`.
pub fn dossier(shown: &ProblemView, history: &[EventView]) -> Result<String, ExportError> {
    let events = history.iter().map(event).collect::<Result<Vec<_>, _>>()?;
    Ok(serde_json::to_string(&DossierV1 { v: VERSION, problem: problem(shown)?, events })?)
}

/// `{"v":1,"runs":[…]}`.
pub fn runs(runs: &[RunView]) -> Result<String, ExportError> {
    Ok(serde_json::to_string(&RunsV1 { v: VERSION, runs: runs.iter().map(run).collect() })?)
}

/// A line `{"v":1,"type":"run",…}` per run.
pub fn run_lines(runs: &[RunView]) -> Result<String, ExportError> {
    lines("run", runs.iter().map(|r| Ok(run(r))))
}

/// A line `{"v":1,"type":"run",…,"undetermined_sites":[…]}`.
pub fn run_with_sites(shown: &RunView, unclear: &[UnclearView]) -> Result<String, ExportError> {
    lines("run", [Ok(RunSitesV1 { run: run(shown), undetermined_sites: unclear.iter().map(unclear_site).collect() })])
}

/// A line `{"v":1,"type":"event","seq":…,"hash":…,"event":{…}}`; `event` is the text that was hashed, byte for byte.
pub fn event_line(event: &StoredEvent) -> String {
    let StoredEvent { seq, hash, body } = event;
    format!("{{\"v\":{VERSION},\"type\":\"event\",\"seq\":{seq},\"hash\":\"{hash}\",\"event\":{body}}}\n")
}

/// `{"v":1,"events":[…]}`.
pub fn events(events: &[EventView]) -> Result<String, ExportError> {
    let events = events.iter().map(event).collect::<Result<Vec<_>, _>>()?;
    Ok(serde_json::to_string(&EventsV1 { v: VERSION, events })?)
}

/// A line `{"v":1,"type":"event",…}` per event.
pub fn event_lines(events: &[EventView]) -> Result<String, ExportError> {
    lines("event", events.iter().map(event))
}

fn lines<T: Serialize>(
    kind: &'static str,
    bodies: impl IntoIterator<Item = Result<T, ExportError>>,
) -> Result<String, ExportError> {
    let mut out = String::new();
    for body in bodies {
        out.push_str(&serde_json::to_string(&LineV1 { v: VERSION, r#type: kind, body: body? })?);
        out.push('\n');
    }
    Ok(out)
}

fn totals_of(listed: usize, totals: Totals) -> TotalsV1 {
    TotalsV1 {
        listed,
        unsolved: totals.unsolved,
        suspected: totals.suspected,
        undetermined: totals.undetermined,
        closed: totals.closed,
    }
}

/// The key of a unit variant.
fn key(value: impl Serialize) -> Result<String, ExportError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(key) => Ok(key),
        other => Ok(other.to_string()),
    }
}

fn problem(view: &ProblemView) -> Result<ProblemV1<'_>, ExportError> {
    Ok(ProblemV1 {
        id: &view.id,
        number: (!view.number.is_empty()).then_some(view.number.as_str()),
        site: SiteV1 { id: &view.site, name: &view.site_name, url: &view.site_url },
        unit: UnitV1 { id: &view.unit_id, name: &view.unit, level: &view.unit_level },
        rule: RuleV1 {
            id: &view.rule,
            title: &view.rule_title,
            severity: key(view.severity)?,
            key_point: view.key_point,
        },
        stage: key(view.stage)?,
        text: &view.text,
        measure: &view.measure,
        basis: &view.basis,
        locations: view
            .locations
            .iter()
            .map(|l| LocationV1 { url: &l.url, selector: &l.selector, excerpt: &l.excerpt })
            .collect(),
        first_seen: view.first_seen,
        last_seen: view.last_seen,
        last_checked: view.last_checked,
        evidence_state: key(view.evidence_state)?,
        flapping: view.flapping,
        undetermined: view.undetermined.as_ref().map(|(reason, since)| UndeterminedV1 { reason, since: *since }),
        opened_at: view.opened_at,
        due: view.due,
        due_provisional: view.due_provisional,
        clock: key(view.clock)?,
        closed_at: view.closed_at,
        reopened: view.reopened,
        returned: view.returned,
        evidence: &view.evidence,
        source: key(view.source)?,
        measure_confirmed: view.measure_confirmed,
        assignee: view.assignee.as_deref(),
        issued_at: view.issued_at,
        batch: view.batch.as_deref(),
        taken_at: view.taken_at,
        promised: view.promised,
        claimed_at: view.claimed_at,
        ground: view.ground.map(key).transpose()?,
        dismissed_until: view.dismissed_until,
        original_due: view.original_due,
        extended: view.extended,
        attachments: &view.attachments,
    })
}

fn event(view: &EventView) -> Result<EventV1<'_>, ExportError> {
    Ok(EventV1 {
        seq: view.seq,
        at: view.at,
        actor: &view.actor,
        kind: &view.kind,
        from: view.from.map(key).transpose()?,
        to: view.to.map(key).transpose()?,
        reason: &view.reason,
        run: view.run.as_deref(),
        handling: view.handling.as_ref(),
    })
}

/// Balances by unit and key point, and their sum.
pub fn balance(from: Date, to: Date, balances: &BTreeMap<Share, Balance>) -> Result<String, ExportError> {
    let shares: Vec<ShareV1<'_>> = balances.iter().map(|(share, balance)| ShareV1 { share, balance }).collect();
    let sum = Balance::sum(balances.values());
    Ok(serde_json::to_string(&BalanceV1 { v: VERSION, from, to, sum, shares })?)
}

#[derive(Serialize)]
struct BalanceV1<'a> {
    v: u32,
    from: Date,
    to: Date,
    sum: Balance,
    shares: Vec<ShareV1<'a>>,
}

#[derive(Serialize)]
struct ShareV1<'a> {
    #[serde(flatten)]
    share: &'a Share,
    #[serde(flatten)]
    balance: &'a Balance,
}

fn run(view: &RunView) -> RunV1<'_> {
    RunV1 {
        id: &view.id,
        kind: &view.kind,
        started_at: view.started_at,
        finished_at: view.finished_at,
        state: &view.state,
        planned: view.planned,
        covered: view.covered,
        undetermined: view.undetermined,
        note: &view.note,
    }
}

fn unclear_site(view: &UnclearView) -> UnclearV1<'_> {
    UnclearV1 { site: &view.site, name: &view.name, reasons: &view.reasons }
}

#[cfg(test)]
mod tests;
