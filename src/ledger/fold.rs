//! Machine evidence of one item: a pure fold over the set of its observations, in the order of [`Look::key`].
//!
//! Undetermined answers only say since when nothing is known; they neither count, break nor age a streak.

use serde::{Deserialize, Serialize};

use super::record::{Micros, moment};
use crate::clock::local;

/// One answer, by one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Letter {
    #[serde(rename = "P")]
    Pass,
    #[serde(rename = "N")]
    NotApplicable,
    #[serde(rename = "U")]
    Undetermined,
    #[serde(rename = "E")]
    Error,
    /// Broken over its period, but over: folded as a failure, moves rows on as a first pass does.
    #[serde(rename = "R")]
    Recovering,
    #[serde(rename = "F")]
    Fail,
}

impl Letter {
    pub(super) fn char(self) -> char {
        match self {
            Letter::Pass => 'P',
            Letter::NotApplicable => 'N',
            Letter::Undetermined => 'U',
            Letter::Error => 'E',
            Letter::Recovering => 'R',
            Letter::Fail => 'F',
        }
    }

    pub(super) fn from_char(c: char) -> Option<Letter> {
        Some(match c {
            'P' => Letter::Pass,
            'N' => Letter::NotApplicable,
            'U' => Letter::Undetermined,
            'E' => Letter::Error,
            'R' => Letter::Recovering,
            'F' => Letter::Fail,
            _ => return None,
        })
    }
}

/// One observation as the fold sees it.
#[derive(Debug, Clone)]
pub(super) struct Look<'a> {
    pub(super) id: &'a str,
    pub(super) at: Micros,
    pub(super) verdict: Letter,
    pub(super) rule: &'a str,
    pub(super) version: u32,
    pub(super) reason: &'a str,
    /// Rule head in force in the observation's own run.
    pub(super) head: &'a str,
    /// Least distance of two failures that both count.
    pub(super) spacing: Micros,
}

/// Place of an observation in an item's history. At the same moment a failure comes last: judging one look twice with
/// different rules never acquits.
pub(super) type Key = (Micros, Letter, String);

impl Look<'_> {
    pub(super) fn key(&self) -> Key {
        (self.at, self.verdict, self.id.to_owned())
    }
}

/// What one more observation meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Pass,
    Fail,
    Recovering,
    Neutral,
}

/// Answers weighed for [`ItemState::flapping`], and the shares of changes among them, in thousandths, above which it begins and
/// at or below which it ends.
const RECENT: usize = 20;
const FLAPPING_ON: usize = 300;
const FLAPPING_OFF: usize = 250;

/// How often the newest answers changed, in thousandths of how often they could have, the newest change weighing half as much
/// again as the oldest. Answers not yet given count as unchanged: a short history proves nothing.
fn restlessness(recent: &str) -> usize {
    let letters = recent.as_bytes();
    let first = RECENT - letters.len();
    let weight = |place: usize| 80 + 40 * place / (RECENT - 1);
    let all: usize = (1..RECENT).map(weight).sum();
    let changed = letters.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
    changed.map(|(i, _)| weight(first + i + 1)).sum::<usize>() * 1000 / all
}

/// The fold's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ItemState {
    /// Newest determinate answer.
    pub(super) verdict: Option<Letter>,
    /// Rule and head of the newest failure.
    pub(super) rule: String,
    pub(super) head: String,
    /// Version of the newest determinate answer, and since when it answers.
    pub(super) version: u32,
    pub(super) version_since: Micros,
    pub(super) first_fail: Option<Micros>,
    pub(super) last_fail: Option<Micros>,
    /// Observation id of the newest failure.
    pub(super) fail_obs: Option<String>,
    pub(super) last_pass: Option<Micros>,
    /// Failures in a row that are far enough apart, the first of them, the newest counted one.
    pub(super) fails: u32,
    pub(super) fails_from: Micros,
    pub(super) fails_counted: Micros,
    /// Passes since the newest failure, and on how many local days.
    pub(super) passes: u32,
    pub(super) pass_days: u32,
    pub(super) last_pass_day: Option<jiff::civil::Date>,
    /// Reason key while the newest answer is undetermined, and since when.
    pub(super) undetermined: Option<(String, Micros)>,
    /// The newest determinate answers, oldest first, one letter each.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) recent: String,
    /// They change too often for one of them to be believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) flapping: bool,
    /// Place of the newest observation folded in.
    pub(super) newest: Option<Key>,
}

impl ItemState {
    /// Folds a whole history, in any order of arrival.
    pub(super) fn of(mut looks: Vec<Look<'_>>) -> ItemState {
        looks.sort_by_key(Look::key);
        let mut state = ItemState::default();
        for look in &looks {
            state.step(look);
        }
        state
    }

    /// Folds the next observation.
    pub(super) fn step(&mut self, look: &Look<'_>) -> Effect {
        self.newest = Some(look.key());
        match look.verdict {
            Letter::NotApplicable => Effect::Neutral,
            Letter::Undetermined | Letter::Error => {
                let since = self.undetermined.take().map_or(look.at, |(_, since)| since);
                self.undetermined = Some((look.reason.to_owned(), since));
                Effect::Neutral
            }
            // Only the rule that found it can take it back.
            Letter::Pass if self.last_fail.is_some() && look.rule != self.rule => Effect::Neutral,
            Letter::Pass => {
                self.restart_for_version(look);
                self.determinate(look);
                self.fails = 0;
                self.passes += 1;
                let day = local(moment(look.at)).date();
                if self.last_pass_day != Some(day) {
                    self.pass_days += 1;
                    self.last_pass_day = Some(day);
                }
                self.last_pass = Some(look.at);
                Effect::Pass
            }
            Letter::Fail | Letter::Recovering => {
                self.restart_for_version(look);
                self.determinate(look);
                self.passes = 0;
                self.pass_days = 0;
                self.last_pass_day = None;
                if self.rule != look.rule {
                    self.fails = 0;
                    look.rule.clone_into(&mut self.rule);
                }
                look.head.clone_into(&mut self.head);
                if self.fails == 0 {
                    self.fails = 1;
                    self.fails_from = look.at;
                    self.fails_counted = look.at;
                } else if look.at - self.fails_counted >= look.spacing {
                    self.fails += 1;
                    self.fails_counted = look.at;
                }
                self.first_fail.get_or_insert(look.at);
                self.last_fail = Some(look.at);
                self.fail_obs = Some(look.id.to_owned());
                if look.verdict == Letter::Fail { Effect::Fail } else { Effect::Recovering }
            }
        }
    }

    fn determinate(&mut self, look: &Look<'_>) {
        self.verdict = Some(look.verdict);
        self.undetermined = None;
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push(if look.verdict == Letter::Pass { 'P' } else { 'F' });
        let share = restlessness(&self.recent);
        self.flapping = share > if self.flapping { FLAPPING_OFF } else { FLAPPING_ON };
    }

    /// A changed rule version starts new streaks in both directions.
    fn restart_for_version(&mut self, look: &Look<'_>) {
        if self.version != look.version {
            self.version = look.version;
            self.version_since = look.at;
            self.fails = 0;
            self.passes = 0;
            self.pass_days = 0;
            self.last_pass_day = None;
        }
    }

    /// Newest determinate answer of either kind.
    pub(super) fn last_checked(&self) -> Option<Micros> {
        self.last_fail.max(self.last_pass)
    }

    /// The effect of the newest determinate answer, for items folded anew.
    pub(super) fn effect(&self) -> Effect {
        match self.verdict {
            Some(Letter::Fail) => Effect::Fail,
            Some(Letter::Recovering) => Effect::Recovering,
            Some(Letter::Pass) => Effect::Pass,
            _ => Effect::Neutral,
        }
    }
}
