//! The brake (熔断): many sites changing the same answer at once have one cause, and it is rarely the sites.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Flips below or at this many sites never brake.
pub(super) const MIN_SITES: u32 = 5;
/// Flips above one in this many covered sites brake.
const ONE_IN: u32 = 5;
/// Sites named in a hold.
pub(super) const EXAMPLES: usize = 20;

/// Why a run is held for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub rule: String,
    /// Sites whose known answer changed between pass and fail, both directions together.
    pub flips: u32,
    /// Of these, from pass to fail.
    pub to_fail: u32,
    /// Sites this rule gave a determinate answer for in this run.
    pub covered: u32,
    /// Flips allowed: max(5, 20 % of covered), or what the rule's own past allows.
    pub threshold: u32,
    #[serde(default)]
    pub why: Why,
    /// Examples, at most 20.
    pub sites: Vec<String>,
}

/// What tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// More changes than any rule may bring in one run.
    #[default]
    Flips,
    /// Far more new failures than the rule ever brought.
    Loud,
    /// Far fewer answers, or findings, than the rule always gave.
    Silent,
}

/// Answers of one site, one letter per rule place: before and now.
pub(super) struct Change<'a> {
    pub(super) site: &'a str,
    /// Last known determinate letters; empty on the first look.
    pub(super) known: &'a str,
    pub(super) now: Cow<'a, str>,
}

/// The worst rule above its threshold, if any. `watched` maps rule places to ids; only rules that can put rows on the list
/// are watched, since nothing else has a stage to protect.
///
/// `looked_at` is the number of sites looked at where only those with something to say are among the changes.
pub(super) fn test(changes: &[Change<'_>], watched: &HashMap<usize, (&str, u32)>, looked_at: u32) -> Option<Hold> {
    let mut holds: HashMap<usize, Hold> = HashMap::new();
    for change in changes {
        for (place, (now, known)) in
            change.now.bytes().zip(change.known.bytes().chain(std::iter::repeat(b'-'))).enumerate()
        {
            let (b'P' | b'F', Some((rule, _))) = (broken(now), watched.get(&place)) else { continue };
            let now = broken(now);
            let hold = holds.entry(place).or_insert_with(|| Hold {
                rule: (*rule).to_owned(),
                flips: 0,
                to_fail: 0,
                covered: 0,
                threshold: 0,
                why: Why::Flips,
                sites: Vec::new(),
            });
            hold.covered += 1;
            if matches!(known, b'P' | b'F') && known != now {
                hold.flips += 1;
                hold.to_fail += u32::from(now == b'F');
                if hold.sites.len() < EXAMPLES {
                    hold.sites.push(change.site.to_owned());
                }
            }
        }
    }
    for hold in holds.values_mut() {
        hold.covered = hold.covered.max(looked_at);
    }
    let over = |hold: &Hold| hold.flips > MIN_SITES && hold.flips * ONE_IN > hold.covered;
    let mut over: Vec<Hold> = holds.into_values().filter(over).collect();
    over.sort_by(|a, b| b.flips.cmp(&a.flips).then_with(|| a.rule.cmp(&b.rule)));
    let mut worst = over.into_iter().next()?;
    worst.threshold = MIN_SITES.max(worst.covered / ONE_IN);
    Some(worst)
}

/// What is broken over its period counts as failing.
pub(super) fn broken(letter: u8) -> u8 {
    if letter == b'R' { b'F' } else { letter }
}

/// Letters of a second look after those of a first: what the second could not tell the first still says.
pub(super) fn follow(first: &str, second: &str) -> String {
    let first = first.bytes().chain(std::iter::repeat(b'-')).take(first.len().max(second.len()));
    let second = second.bytes().chain(std::iter::repeat(b'-'));
    let determinate = |letter: u8| matches!(broken(letter), b'P' | b'F');
    first.zip(second).map(|(a, b)| if determinate(b) || !determinate(a) && b != b'-' { b } else { a } as char).collect()
}

/// Letters after a look: determinate answers replace what was known, nothing else does.
pub(super) fn learn(known: &str, now: &str) -> String {
    let known = known.bytes().chain(std::iter::repeat(b'-')).take(known.len().max(now.len()));
    let now = now.bytes().chain(std::iter::repeat(b'-'));
    known.zip(now).map(|(k, n)| if matches!(broken(n), b'P' | b'F') { broken(n) as char } else { k as char }).collect()
}
