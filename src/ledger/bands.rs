//! Rate bands: a detector that changes far more answers than it ever did, or no longer answers where it always has, has broken
//! more often than the sites have. The brake knows one threshold for everybody; here each rule is held against its own past.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::LedgerError;
use super::brake::{Change, EXAMPLES, Hold, MIN_SITES, Why, broken};
use super::sql::RunRow;

/// Past runs looked at, and how many of them must know the rule in its present version.
const RUNS: u32 = 14;
const ENOUGH: usize = 5;
/// One in so many sites may always change beside [`MIN_SITES`].
const ONE_IN: u32 = 50;
/// Findings of a rule, at least, of which more than nine tenths vanish overnight when the rule falls silent.
const FINDINGS: u32 = 10;

/// What one rule did in one run among sites whose answer was known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u32; 6]", into = "[u32; 6]")]
pub(super) struct Rate {
    version: u32,
    /// Sites known to pass, and to fail.
    passing: u32,
    failing: u32,
    /// From pass to fail; from fail to anything else; from either to no answer.
    to_fail: u32,
    gone: u32,
    lost: u32,
}

impl From<[u32; 6]> for Rate {
    fn from([version, passing, failing, to_fail, gone, lost]: [u32; 6]) -> Rate {
        Rate { version, passing, failing, to_fail, gone, lost }
    }
}

impl From<Rate> for [u32; 6] {
    fn from(r: Rate) -> [u32; 6] {
        [r.version, r.passing, r.failing, r.to_fail, r.gone, r.lost]
    }
}

impl Rate {
    fn known(&self) -> u32 {
        self.passing + self.failing
    }

    fn note(&mut self, step: Step) {
        match step.known {
            b'P' => self.passing += 1,
            _ => self.failing += 1,
        }
        self.to_fail += u32::from(step.to_fail());
        self.gone += u32::from(step.is_gone());
        self.lost += u32::from(step.is_lost());
    }
}

/// Rule → what it did.
pub(super) type Rates = BTreeMap<String, Rate>;

/// One site's answer under one rule, known before and given now.
#[derive(Clone, Copy)]
struct Step {
    known: u8,
    now: u8,
}

impl Step {
    fn to_fail(self) -> bool {
        (self.known, self.now) == (b'P', b'F')
    }
    fn is_gone(self) -> bool {
        self.known == b'F' && self.now != b'F'
    }
    fn is_lost(self) -> bool {
        !matches!(self.now, b'P' | b'F')
    }
}

/// The steps of the rules that ran and have an answer from before.
fn steps<'c>(changes: &'c [Change<'_>]) -> impl Iterator<Item = (usize, &'c str, Step)> {
    changes.iter().flat_map(|change| {
        let letters = change.known.bytes().zip(change.now.bytes()).enumerate();
        let known = letters.filter(|(_, (known, now))| matches!(known, b'P' | b'F') && *now != b'-');
        known.map(|(place, (known, now))| (place, change.site, Step { known, now: broken(now) }))
    })
}

/// What each of the `watched` rules (place → id and version) did.
pub(super) fn rates(changes: &[Change<'_>], watched: &HashMap<usize, (&str, u32)>) -> Rates {
    let mut rates = Rates::new();
    for (place, _, step) in steps(changes) {
        let Some((rule, version)) = watched.get(&place) else { continue };
        let rate = rates.entry((*rule).to_owned()).or_insert(Rate { version: *version, ..Rate::default() });
        rate.note(step);
    }
    rates
}

/// Rates of the runs before this one that counted, newest first.
pub(super) async fn history(conn: &mut SqliteConnection, run: &RunRow) -> Result<Vec<Rates>, LedgerError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT rates FROM run WHERE kind = $1 AND vantage = $2 AND id <> $3 AND state IN ('applied', 'partial')
            AND rates IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT $4",
    )
    .bind(&run.kind)
    .bind(&run.vantage)
    .bind(&run.id)
    .bind(RUNS)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(text,)| Ok(serde_json::from_str(&text)?)).collect()
}

pub(super) async fn remember(conn: &mut SqliteConnection, run: &str, rates: &Rates) -> Result<(), LedgerError> {
    let text = serde_json::to_string(rates)?;
    sqlx::query("UPDATE run SET rates = $2 WHERE id = $1").bind(run).bind(text).execute(conn).await?;
    Ok(())
}

/// The rule furthest outside its own band, if any.
pub(super) fn test(
    now: &Rates,
    history: &[Rates],
    changes: &[Change<'_>],
    watched: &HashMap<usize, (&str, u32)>,
) -> Option<Hold> {
    let mut holds: Vec<Hold> = now.iter().filter_map(|(rule, rate)| outside(rule, rate, now, history)).collect();
    holds.sort_by(|a, b| (b.flips * a.threshold).cmp(&(a.flips * b.threshold)).then_with(|| a.rule.cmp(&b.rule)));
    let mut worst = holds.into_iter().next()?;
    let concerned = |(place, _, step): &(usize, &str, Step)| {
        watched.get(place).is_some_and(|(rule, _)| *rule == worst.rule)
            && match worst.why {
                Why::Loud => step.to_fail(),
                _ => step.is_gone() || step.is_lost(),
            }
    };
    worst.sites = steps(changes).filter(concerned).take(EXAMPLES).map(|(_, site, _)| site.to_owned()).collect();
    Some(worst)
}

fn outside(rule: &str, rate: &Rate, all: &Rates, history: &[Rates]) -> Option<Hold> {
    let past: Vec<&Rate> =
        history.iter().filter_map(|rates| rates.get(rule)).filter(|r| r.version == rate.version).collect();
    if past.len() < ENOUGH {
        return None;
    }
    let most = |part: fn(&Rate) -> u32, of: fn(&Rate) -> u32| {
        past.iter().map(|r| f64::from(part(r)) / f64::from(of(r).max(1))).fold(0.0, f64::max)
    };
    let hold = |flips: u32, to_fail: u32, covered: u32, threshold: u32, why: Why| {
        (flips > threshold).then(|| Hold {
            rule: rule.to_owned(),
            flips,
            to_fail,
            covered,
            threshold,
            why,
            sites: Vec::new(),
        })
    };
    let loud = allowed(rate.passing, most(|r| r.to_fail, |r| r.passing));
    let loud = hold(rate.to_fail, rate.to_fail, rate.passing, loud, Why::Loud);
    // Where every rule has lost its answers, sites do not answer or turn us away: no rule is to blame.
    let general = general_loss(all) < 0.25;
    let silent = allowed(rate.known(), most(|r| r.lost, Rate::known));
    let silent =
        hold(rate.lost, 0, rate.known(), silent, Why::Silent).filter(|_| general && 2 * rate.lost > rate.known());
    let gone = allowed(rate.failing, most(|r| r.gone, |r| r.failing));
    let gone = hold(rate.gone, 0, rate.failing, gone, Why::Silent)
        .filter(|_| general && rate.failing >= FINDINGS && 10 * rate.gone > 9 * rate.failing);
    loud.or(silent).or(gone)
}

/// Changes allowed among `of` sites for a rule that never changed more than `share` of them in one run: twice that, three
/// standard deviations, and what anybody may change.
fn allowed(of: u32, share: f64) -> u32 {
    let expected = 2.0 * share * f64::from(of);
    let band = (expected + 3.0 * expected.sqrt()).ceil();
    MIN_SITES + of / ONE_IN + band as u32
}

/// Median over all rules of the share of known answers that were not given again.
fn general_loss(all: &Rates) -> f64 {
    let mut shares: Vec<f64> = all.values().map(|r| f64::from(r.lost) / f64::from(r.known().max(1))).collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}
