//! Observations that begin to count → folded items and transitions. One call inside one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::SqliteConnection;

use super::LedgerError;
use super::apply::Applied;
use super::book::{Book, Entry};
use super::fold::{Effect, ItemState, Letter, Look};
use super::input::SiteSnapshot;
use super::record::{Creation, Detail, Head, Kind};
use super::sql::{self, Heads, Obs, RunRow};
use super::transition::{Step, decide};
use super::view::{Source, Stage};
use crate::rule::Calendar;

/// Items whose state is held at a time.
const BATCH: usize = 500;

/// What one reconciliation works on.
pub(super) struct Reconcile<'a> {
    run: &'a RunRow,
    calendar: &'a Calendar,
    all_heads: &'a HashMap<String, Head>,
    heads: Heads,
    book: &'a mut Book,
    applied: &'a mut Applied,
    sites: HashMap<String, SiteSnapshot>,
    items: HashMap<String, ItemState>,
    /// Observations whose finding a newer failure replaced.
    outdated: Vec<String>,
}

impl<'a> Reconcile<'a> {
    pub(super) fn new(
        run: &'a RunRow,
        calendar: &'a Calendar,
        all_heads: &'a HashMap<String, Head>,
        book: &'a mut Book,
        applied: &'a mut Applied,
    ) -> Result<Self, LedgerError> {
        let heads = sql::heads_of(&run.heads, all_heads)?;
        let (sites, items, outdated) = (HashMap::new(), HashMap::new(), Vec::new());
        Ok(Reconcile { run, calendar, all_heads, heads, book, applied, sites, items, outdated })
    }

    /// Folds `observations` (all of this run, none counted before). The run's row already says that it counts.
    pub(super) async fn go(mut self, conn: &mut SqliteConnection, observations: &[Obs]) -> Result<(), LedgerError> {
        let groups = self.groups(observations);
        let mut late: Vec<&[&Obs]> = Vec::new();
        for batch in groups.chunks(BATCH) {
            let keys: Vec<&str> = batch.iter().map(|g| g[0].item.as_str()).collect();
            let sites = batch.iter().flatten().map(|o| o.site.as_str());
            self.sites = sql::sites(conn, &sql::keys(sites)).await?;
            self.items = sql::item_states(conn, &keys).await?;
            self.book.load(conn, &keys).await?;
            for group in batch {
                let newest = self.items.get(&group[0].item);
                if newest.is_some_and(|state| state.newest > Some((group[0].at, group[0].verdict, group[0].id.clone())))
                {
                    late.push(group);
                } else {
                    self.in_order(group)?;
                }
            }
            sql::save_items(conn, self.items.iter()).await?;
        }
        self.refold(conn, &late).await?;
        let sql = "UPDATE observation SET finding = NULL WHERE id IN (SELECT value FROM json_each($1))";
        sql::each(conn, sql, &self.outdated).await
    }

    /// One group per item in fold order; groups in register order, then by rule and subject, so numbers follow the register.
    fn groups<'o>(&self, observations: &'o [Obs]) -> Vec<Vec<&'o Obs>> {
        let order: HashMap<&str, usize> =
            self.run.planned_ids.iter().enumerate().map(|(i, site)| (site.as_str(), i)).collect();
        let place = |o: &Obs| order.get(o.site.as_str()).copied().unwrap_or(usize::MAX);
        let mut sorted: Vec<(usize, &Obs)> = observations.iter().map(|o| (place(o), o)).collect();
        sorted.sort_by(|(i, a), (j, b)| {
            (i, &a.site, &a.rule, &a.subject, &a.item).cmp(&(j, &b.site, &b.rule, &b.subject, &b.item))
        });
        let mut index: HashMap<&str, usize> = HashMap::with_capacity(sorted.len());
        let mut groups: Vec<Vec<&Obs>> = Vec::with_capacity(sorted.len());
        for (_, obs) in sorted {
            let at = *index.entry(&obs.item).or_insert(groups.len());
            if at == groups.len() {
                groups.push(Vec::with_capacity(1));
            }
            groups[at].push(obs);
        }
        for group in &mut groups {
            group.sort_by(|a, b| (a.at, a.verdict, &a.id).cmp(&(b.at, b.verdict, &b.id)));
        }
        groups
    }

    /// The ordinary case: every observation is newer than the item's history.
    fn in_order(&mut self, group: &[&Obs]) -> Result<(), LedgerError> {
        let item = &group[0].item;
        let mut state = self.items.remove(item).unwrap_or_default();
        for obs in group {
            let before = state.fail_obs.clone();
            let effect = state.step(&look(obs, &self.heads)?);
            if matches!(effect, Effect::Fail | Effect::Recovering) {
                self.outdated.extend(before);
            }
            let (sha, head) = rule(&self.heads, &obs.rule)?.clone();
            self.decide(obs, &state, &sha, &head, effect)?;
        }
        self.items.insert(item.clone(), state);
        Ok(())
    }

    /// Late arrivals: the item is folded anew over its whole history and decided once.
    async fn refold(&mut self, conn: &mut SqliteConnection, late: &[&[&Obs]]) -> Result<(), LedgerError> {
        if late.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = late.iter().map(|g| g[0].item.as_str()).collect();
        let sites = late.iter().flat_map(|g| g.iter()).map(|o| o.site.as_str());
        self.sites = sql::sites(conn, &sql::keys(sites)).await?;
        self.items = sql::item_states(conn, &keys).await?;
        let by_run = sql::heads_by_run(conn, self.all_heads).await?;
        let mut histories = sql::histories(conn, &keys).await?;
        for group in late {
            let item = &group[0].item;
            let state = fold(&histories.remove(item).unwrap_or_default(), &by_run)?;
            let before = self.items.insert(item.clone(), state.clone()).unwrap_or_default();
            // Only the newest failure keeps its words.
            let fails = group.iter().filter(|o| o.finding.is_some()).map(|o| o.id.clone());
            self.outdated.extend(fails.chain(before.fail_obs).filter(|id| Some(id) != state.fail_obs.as_ref()));
            let news =
                group.iter().rev().find(|o| matches!(o.verdict, Letter::Pass | Letter::Fail | Letter::Recovering));
            let (Some(obs), Some(head)) = (news, self.all_heads.get(&state.head)) else { continue };
            let effect = state.effect();
            let stage = self.book.problem(item).map(|p| p.stage);
            // An older failure may complete a confirmation; it cannot return what a newer failure already put under review.
            if effect == Effect::Fail && before.last_fail == state.last_fail && stage == Some(Stage::AwaitingReview) {
                continue;
            }
            let mut obs = (*obs).clone();
            if effect != Effect::Pass && state.fail_obs.as_ref() != Some(&obs.id) {
                obs.finding = None;
            }
            self.decide(&obs, &state, &state.head, head, effect)?;
        }
        sql::save_items(conn, self.items.iter()).await
    }

    fn decide(
        &mut self,
        obs: &Obs,
        state: &ItemState,
        sha: &str,
        head: &Head,
        effect: Effect,
    ) -> Result<(), LedgerError> {
        let steps = decide(self.book.problem(&obs.item), state, head, effect);
        let broken = matches!(effect, Effect::Fail | Effect::Recovering);
        if broken && steps.is_empty() && !head.may_list() {
            self.applied.hints += 1;
        }
        for step in steps {
            match step {
                Step::Suspect => self.create(Stage::Suspected, obs, state, sha, head)?,
                Step::Open => self.create(Stage::Open, obs, state, sha, head)?,
                step => self.advance(step, obs, state, head)?,
            }
            self.count(step, &obs.item);
        }
        if broken { self.follow_rule(obs, sha, head) } else { Ok(()) }
    }

    fn create(&mut self, to: Stage, obs: &Obs, state: &ItemState, sha: &str, head: &Head) -> Result<(), LedgerError> {
        let unknown = || LedgerError::Input(format!("site {} was never planned", obs.site));
        let site = self.sites.get(&obs.site).ok_or_else(unknown)?.clone();
        let listing = (to == Stage::Open).then(|| self.book.listing(&site.region, head, self.calendar, None));
        let creation = Creation {
            item: obs.item.clone(),
            rule: head.id.clone(),
            head: sha.to_owned(),
            site,
            // Of this streak: an older problem of the same item has its own history.
            first_seen: if state.fails > 0 { state.fails_from } else { obs.at },
            finding: obs.finding.clone(),
            previous: self.book.problem(&obs.item).map(|p| p.id.clone()),
            listing,
            source: Source::Patrol,
            attachments: Vec::new(),
        };
        self.book.create(to, creation, obs.evidence.as_ref())
    }

    /// Every step that moves an existing row.
    fn advance(&mut self, step: Step, obs: &Obs, state: &ItemState, head: &Head) -> Result<(), LedgerError> {
        let problem = self.book.problem(&obs.item);
        let problem = problem.ok_or_else(|| LedgerError::Input(format!("{step:?} without a problem")))?;
        let entry = |kind, to| Entry::new(kind, Some(problem.id.clone()), Some(to)).citing(obs.evidence.as_ref());
        let finding = obs.finding.clone();
        let entry = match step {
            Step::Suspect | Step::Open | Step::SeenAgain | Step::Relapsing => return Ok(()),
            Step::Confirm => {
                let listing = self.book.listing(&problem.site.region, head, self.calendar, finding);
                entry(Kind::Confirmed, Stage::Open).with(Detail::Listed(Box::new(listing)))
            }
            Step::NotConfirmed => entry(Kind::NotConfirmed, Stage::Unconfirmed),
            Step::AwaitReview => entry(Kind::AwaitingReview, Stage::AwaitingReview).because("机器复查未再发现"),
            Step::Close => {
                let evidence_at = state.last_pass.unwrap_or(obs.at);
                entry(Kind::Closed, Stage::Closed).because("自动销号").with(Detail::Closing { auto: true, evidence_at })
            }
            Step::Return => entry(Kind::Returned, Stage::Open).because("机器复查再次发现"),
            Step::Reopen => {
                let renewal = self.book.renewal(head, self.calendar, finding);
                entry(Kind::Reopened, Stage::Open).because("销号后再次发现").with(Detail::Renewed(Box::new(renewal)))
            }
            Step::Restore => {
                let entry = entry(Kind::Restored, Stage::Open).because("不予列入期满后再次发现");
                if problem.number.is_some() {
                    entry.with(Detail::Renewed(Box::new(self.book.renewal(head, self.calendar, finding))))
                } else {
                    let listing = self.book.listing(&problem.site.region, head, self.calendar, finding);
                    entry.with(Detail::Listed(Box::new(listing)))
                }
            }
            Step::LateEvidence => {
                entry(Kind::LateEvidence, Stage::AwaitingReview).because("迟到证据：销号时问题仍存在，请核实")
            }
        };
        self.book.write(entry)
    }

    /// The rule in force may differ from the one the row was opened under: one event, the stage stays. What was found to be
    /// worse is not made lighter by a lesser rule of the family seeing it too.
    fn follow_rule(&mut self, obs: &Obs, sha: &str, head: &Head) -> Result<(), LedgerError> {
        let Some(problem) = self.book.problem(&obs.item) else { return Ok(()) };
        let (Some(old), true) = (self.all_heads.get(&problem.head), head.may_list()) else { return Ok(()) };
        let live = problem.stage.is_unsolved() || problem.stage == Stage::Suspected;
        let lesser = old.id != head.id && head.severity < old.severity;
        if !live || lesser || (&old.id, old.severity, old.key_point) == (&head.id, head.severity, head.key_point) {
            return Ok(());
        }
        let detail = Detail::Rule { rule: head.id.clone(), head: sha.to_owned() };
        let entry = Entry::new(Kind::RuleChanged, Some(problem.id.clone()), None).with(detail);
        self.book.write(entry)
    }

    fn count(&mut self, step: Step, item: &str) {
        let number = self.book.problem(item).and_then(|p| p.number.clone());
        let a = &mut *self.applied;
        let (count, numbers) = match step {
            Step::Suspect => (&mut a.suspected, None),
            Step::Open => (&mut a.opened, Some(&mut a.opened_numbers)),
            Step::Confirm => (&mut a.confirmed, Some(&mut a.opened_numbers)),
            Step::NotConfirmed => (&mut a.not_confirmed, None),
            Step::AwaitReview => (&mut a.awaiting_review, Some(&mut a.awaiting_numbers)),
            Step::Close => (&mut a.closed, Some(&mut a.closed_numbers)),
            Step::Return | Step::LateEvidence => (&mut a.returned, Some(&mut a.returned_numbers)),
            Step::Reopen | Step::Restore => (&mut a.reopened, Some(&mut a.reopened_numbers)),
            Step::SeenAgain => (&mut a.seen_again, None),
            Step::Relapsing => (&mut a.relapsing, None),
        };
        *count += 1;
        if let Some(numbers) = numbers {
            numbers.extend(number);
        }
    }
}

/// Folds a whole history under the rules of each observation's own run.
pub(super) fn fold(history: &[Obs], by_run: &HashMap<String, Arc<Heads>>) -> Result<ItemState, LedgerError> {
    let looks: Result<Vec<Look<'_>>, LedgerError> = history
        .iter()
        .map(|obs| {
            let heads = by_run.get(&obs.run).ok_or_else(|| LedgerError::Damaged(format!("缺少巡查 {}", obs.run)))?;
            look(obs, heads)
        })
        .collect();
    Ok(ItemState::of(looks?))
}

fn look<'o>(obs: &'o Obs, heads: &'o Heads) -> Result<Look<'o>, LedgerError> {
    let (sha, head) = rule(heads, &obs.rule)?;
    Ok(Look {
        id: &obs.id,
        at: obs.at,
        verdict: obs.verdict,
        rule: &obs.rule,
        version: obs.version,
        reason: &obs.reason,
        head: sha,
        spacing: head.spacing(),
    })
}

fn rule<'h>(heads: &'h Heads, id: &str) -> Result<&'h (String, Head), LedgerError> {
    heads.get(id).ok_or_else(|| LedgerError::Input(format!("rule {id} is not one of the run's rules")))
}
