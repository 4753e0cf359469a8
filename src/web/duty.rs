//! The schedule at work beside the pages: nightly patrols, rechecks of claimed rows within the hour, visits all day.
//!
//! *Start reading at* [`work`]. One run at a time, in the order of what is due; the folder's lock keeps other processes' runs
//! apart. Pages never wait for it: they read what the ledger holds and how far the run is from a [`Board`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{House, Office};
use crate::evidence::SiteStatus;
use crate::ledger::view::{ProblemView, Stage};
use crate::ledger::{Ledger, LedgerError, ListFilter};
use crate::register::{Register, Site};
use crate::render::Renderer;
use crate::rule::RuleSet;
use crate::run::{self, Due, Line, Progress, RunError};
use crate::schedule::{self, Plan};

/// The schedule is looked at this often, so that a machine that slept notices soon.
const TICK: Duration = Duration::from_secs(20);
/// How often it is looked at which periods (挂账, 不予列入, 疑似) have run out.
const PERIODS: SignedDuration = SignedDuration::from_mins(30);
/// A batch of visits covers this much time.
const BATCH: SignedDuration = SignedDuration::from_mins(10);
/// A claimed row is looked at again after so long at the earliest: units often claim several in a row.
const SETTLE: SignedDuration = SignedDuration::from_mins(5);
/// What could not be told is not asked again before.
const AGAIN: SignedDuration = SignedDuration::from_mins(60);
/// Rows rechecked in one run.
const ROWS: u32 = 10_000;

/// What somebody asked for from a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Patrol,
    /// Claimed rows at once.
    Recheck,
    /// One site in depth, by register id.
    Audit(String),
}

/// A run under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Going {
    pub kind: &'static str,
    pub since: Timestamp,
    pub total: usize,
    pub done: usize,
}

/// How far things are, for the pages.
#[derive(Debug, Default)]
pub struct Board(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    going: Option<Going>,
    /// What went wrong last, in words for the page.
    trouble: Option<(Timestamp, String)>,
}

impl Board {
    pub fn going(&self) -> Option<Going> {
        self.with(|state| state.going)
    }

    pub fn trouble(&self) -> Option<(Timestamp, String)> {
        self.with(|state| state.trouble.clone())
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Board {
    fn start(&self, total: usize) {
        self.with(|state| state.going.iter_mut().for_each(|going| going.total = total));
    }

    fn step(&self, _site: &str) {
        self.with(|state| state.going.iter_mut().for_each(|going| going.done += 1));
    }

    fn finish(&self) {}
}

/// Visits are too many and too short to be followed one by one.
struct Silent;

impl Progress for Silent {
    fn start(&self, _total: usize) {}
    fn step(&self, _site: &str) {}
    fn finish(&self) {}
}

/// What the schedule's loop needs from whoever starts it.
pub struct Duty<'a> {
    pub data: &'a Path,
    pub orders: mpsc::Receiver<Order>,
    /// Register and rules when their files have changed; the words of what is wrong with them.
    pub reload: &'a dyn Fn() -> Result<Option<(Register, RuleSet)>, String>,
    /// Lines for the operator.
    pub tell: &'a dyn Fn(&str),
    pub stop: CancellationToken,
}

/// Works until `stop`. A run under way then ends in order: no new sites, what is done is kept.
pub async fn work(house: &House, duty: Duty<'_>) {
    let Duty { data, mut orders, reload, tell, stop } = duty;
    let hand = Hand { house, data, tell, stop: &stop };
    tokio::join!(hand.runs(&mut orders, reload), hand.visits());
}

/// What this process has done so far.
struct Past {
    begin: Timestamp,
    /// When a patrol was last begun: one that could not even begin is not tried again before the next day.
    tried: Option<Timestamp>,
    /// When it was last looked at which periods had run out.
    ticked: Option<Timestamp>,
    /// Rows looked at again, by id, and when.
    asked: HashMap<String, Timestamp>,
}

struct Hand<'a> {
    house: &'a House,
    data: &'a Path,
    tell: &'a dyn Fn(&str),
    stop: &'a CancellationToken,
}

impl Hand<'_> {
    async fn runs(
        &self,
        orders: &mut mpsc::Receiver<Order>,
        reload: &dyn Fn() -> Result<Option<(Register, RuleSet)>, String>,
    ) {
        let begin = self.house.office().clock.now();
        let mut past = Past { begin, tried: None, ticked: None, asked: HashMap::new() };
        let mut order = None;
        loop {
            match reload() {
                Ok(None) => {}
                Ok(Some((register, rules))) => {
                    self.house.renew(register, rules);
                    (self.tell)("登记表或规则有改动，已重新载入。");
                }
                Err(why) => self.trouble(format!("登记表或规则改动后有误，仍按原来的执行。{why}")),
            }
            let office = self.house.office();
            match self.due(&office, order.take(), &mut past).await {
                Ok(Some((kind, sites))) => self.go(&office, kind, &sites).await,
                Ok(None) => {}
                // Somebody else's run is being written: the next look finds it done.
                Err(LedgerError::Locked) => {}
                Err(error) => self.trouble(error.to_string()),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(TICK) => {}
                next = orders.recv() => match next {
                    Some(next) => order = Some(next),
                    None => self.stop.cancelled().await,
                },
            }
            if self.stop.is_cancelled() {
                return;
            }
        }
    }

    /// What to do now: what somebody asked for, else what the schedule says.
    async fn due(
        &self,
        office: &Office,
        order: Option<Order>,
        past: &mut Past,
    ) -> Result<Option<(&'static str, Vec<String>)>, LedgerError> {
        let now = office.clock.now();
        if past.ticked.is_none_or(|at| now.duration_since(at) >= PERIODS) {
            office.writer.tick(&office.rules.calendar).await?;
            past.ticked = Some(now);
        }
        let all = || office.register.sites.iter().map(|site| site.id.clone()).collect();
        match order {
            Some(Order::Patrol) => return Ok(Some((run::PATROL, all()))),
            Some(Order::Audit(site)) => return Ok(Some((run::AUDIT, vec![site]))),
            Some(Order::Recheck) => past.asked.clear(),
            None => {}
        }
        let plan = plan(&office.reader).await?;
        let wanted = order == Some(Order::Recheck);
        if plan.paused && !wanted {
            return Ok(None);
        }
        let last = office.reader.runs().await?.iter().find(|r| r.kind == run::PATROL).map(|r| r.started_at);
        let since = last.max(past.tried).unwrap_or(past.begin);
        if !wanted && schedule::is_missed(plan.patrol_at, since, now) {
            past.tried = Some(now);
            return Ok(Some((run::PATROL, all())));
        }
        past.asked.retain(|_, at| now.duration_since(*at) < AGAIN);
        let filter = ListFilter { stages: vec![Stage::AwaitingReview], ..ListFilter::default() };
        let rows = office.reader.page(&filter, None, ROWS).await?.rows;
        let settled = if wanted { SignedDuration::ZERO } else { SETTLE };
        let waits = |row: &&ProblemView| {
            row.source.is_patrol()
                && row.claimed_at.is_some_and(|at| row.last_checked <= at && now.duration_since(at) >= settled)
                && !past.asked.contains_key(&row.id)
        };
        let waiting: Vec<&ProblemView> = rows.iter().filter(waits).collect();
        if waiting.is_empty() {
            return Ok(None);
        }
        let mut sites: Vec<String> = waiting.iter().map(|row| row.site.clone()).collect();
        sites.sort();
        sites.dedup();
        for row in waiting {
            past.asked.insert(row.id.clone(), now);
        }
        Ok(Some((run::RECHECK, sites)))
    }

    async fn go(&self, office: &Office, kind: &'static str, sites: &[String]) {
        let wanted: std::collections::HashSet<&str> = sites.iter().map(String::as_str).collect();
        let sites: Vec<&Site> = office.register.sites.iter().filter(|s| wanted.contains(s.id.as_str())).collect();
        if sites.is_empty() {
            return;
        }
        let since = office.clock.now();
        let going = Going { kind, since, total: sites.len(), done: 0 };
        office.board.with(|state| state.going = Some(going));
        let renderer = Arc::new(Renderer::new(run::render_settings(&office.register), office.clock.clone()));
        let line = self.line(office, Some(renderer.clone()));
        let ran = run::run(&line, kind, &sites, false, &*office.board).await;
        renderer.close().await;
        office.board.with(|state| state.going = None);
        match ran {
            Ok(ran) => {
                office.board.with(|state| state.trouble = None);
                (self.tell)(&format!("{kind} {} 结束：应查 {}，已查 {}。", ran.run, ran.planned, ran.covered));
            }
            Err(error) => self.trouble(words_of(&error)),
        }
    }

    fn line<'o>(&self, office: &'o Office, renderer: Option<Arc<Renderer>>) -> Line<'o>
    where
        Self: 'o,
    {
        Line {
            register: &office.register,
            rules: office.rules.clone(),
            data: office.writer.dir(),
            clock: office.clock.clone(),
            renderer,
            cancel: self.stop.clone(),
        }
    }

    /// Visits in batches, beside whatever run is under way.
    async fn visits(&self) {
        let mut since: Option<Timestamp> = None;
        loop {
            let office = self.house.office();
            let now = office.clock.now();
            let until = now + BATCH;
            let wanted = plan(&office.reader).await.is_ok_and(|plan| plan.visits && !plan.paused);
            if wanted {
                let line = self.line(&office, None);
                let from = match since {
                    Some(from) => from,
                    None => run::newest_visit(&line, self.data).await.ok().flatten().unwrap_or(Timestamp::MIN),
                };
                let running = office.register.sites.iter().filter(|s| s.status == SiteStatus::Running);
                let due: Vec<Due<'_>> = running
                    .flat_map(|site| {
                        schedule::visits_due(&site.id, from, now, until).into_iter().map(move |at| Due { site, at })
                    })
                    .collect();
                since = Some(until);
                if !due.is_empty()
                    && let Err(error) = self.batch(&line, due).await
                {
                    self.trouble(words_of(&error));
                }
            }
            let rest = Duration::try_from(until.duration_since(office.clock.now())).unwrap_or_default();
            // Switched on again, the schedule is noticed within the minute.
            let rest = if wanted { rest } else { rest.min(Duration::from_secs(60)) };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    async fn batch(&self, line: &Line<'_>, due: Vec<Due<'_>>) -> Result<(), RunError> {
        run::visit(line, due, &Silent).await?;
        match run::judge_visits(line, "probe").await {
            // The visits are stored; they are judged after the run that holds the folder.
            Err(error) if run::is_busy(&error) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn trouble(&self, why: String) {
        let office = self.house.office();
        let known = office.board.trouble().is_some_and(|(_, said)| said == why);
        if !known {
            (self.tell)(&why);
            office.board.with(|state| state.trouble = Some((office.clock.now(), why)));
        }
    }
}

fn words_of(error: &RunError) -> String {
    match error {
        RunError::Fetch(e) => {
            format!("网络设置无法使用（{e}）。请核对登记表的 settings.politeness 和 settings.network。")
        }
        other => other.to_string(),
    }
}

/// The plan as set from the pages; what nobody set is as [`Plan::default`] says.
pub(super) async fn plan(reader: &Ledger) -> Result<Plan, LedgerError> {
    let usual = Plan::default();
    let patrol_at = match reader.setting("schedule.patrol_at").await? {
        None => usual.patrol_at,
        Some(text) => text.parse().ok(),
    };
    let on = async |key: &str, usual: bool| {
        Ok::<bool, LedgerError>(reader.setting(key).await?.map_or(usual, |value| value == "on"))
    };
    Ok(Plan {
        patrol_at,
        visits: on("schedule.visits", usual.visits).await?,
        paused: on("schedule.paused", usual.paused).await?,
    })
}
