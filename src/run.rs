//! One run, wired: register and rules in, looks, judgements, ledger out.
//!
//! *Owns*: the order of the steps, how many sites are under way, the second look, what makes a run void. *May not*: contain a
//! stage's logic. The only file that imports every stage. *Start reading at* [`run`].

mod look;
mod outage;
mod parcel;
mod probe;
mod register;
mod rejudge;
mod selfcheck;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::evidence::{Needs, Reason, SiteStatus, format};
use crate::fetch::{self, CanaryReport, Fetcher};
use crate::inspect::SiteVerdict;
use crate::ledger::{self, Applied, Journal, Ledger, RunId, RunOutcome, RunStart, SiteSnapshot};
use crate::register::{Register, RenderMode, Settings, Site, Unit, UnitLevel};
use crate::render::{self, Renderer};
use crate::rule::RuleSet;

use look::Patrol;
use outage::{CanaryWatch, Outages};
pub use parcel::{Exported, Imported, ParcelFault, export_observations, import_observations};
pub use probe::{Due, Probed, is_busy, judge_visits, newest_visit, visit};
pub use register::register_facts;
pub use rejudge::{Judged, apply_judged, judge_again};
pub use selfcheck::{selfcheck_entries, selfcheck_file};

/// What a run works with.
pub struct Line<'a> {
    pub register: &'a Register,
    pub rules: Arc<RuleSet>,
    /// Data folder.
    pub data: &'a Path,
    pub clock: Clock,
    /// Shows what static reading leaves open; ended by whoever made it.
    pub renderer: Option<Arc<Renderer>>,
    /// Stops the run: no new sites, what is under way ends as cancelled.
    pub cancel: CancellationToken,
}

/// Where the run tells how far it is.
pub trait Progress: Sync {
    fn start(&self, total: usize);
    /// One site is finished.
    fn step(&self, site: &str);
    fn finish(&self);
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Applied, wholly or in part, or held by the brake (see [`Applied::held`]).
    Applied(Box<Applied>),
    /// Our own network failed: nothing was changed.
    Void,
}

/// A finished run.
#[derive(Debug)]
pub struct Ran {
    pub run: RunId,
    pub kind: &'static str,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub planned: usize,
    /// Sites looked at to the end.
    pub covered: usize,
    pub interrupted: bool,
    pub ended: Ended,
    pub opening: CanaryReport,
    pub closing: Option<CanaryReport>,
    /// Runs a killed process had left behind, now set aside.
    pub abandoned: Vec<ledger::view::RunView>,
    /// Verdicts in register order; kept only when asked for (audits of a few sites).
    pub verdicts: Vec<SiteVerdict>,
    /// What the browser came to, where one might have been asked; told by whoever ends it.
    pub rendering: Option<render::Report>,
}

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    #[error(transparent)]
    Fetch(#[from] crate::fetch::SetupError),
    /// A setting of the register that cannot be used: act on the register.
    #[error("{0}")]
    Setting(String),
    /// A file the user named, or the data folder.
    #[error("{0}")]
    File(String),
    /// A file given as evidence is none, or is damaged: act on the file.
    #[error("{}: {source}", path.display())]
    Evidence { path: PathBuf, source: format::FormatError },
    /// A file given as observations is none, is damaged, or must not be mixed with ours: act on the file.
    #[error("{}: line {line}: {fault:?}", path.display())]
    Parcel { path: PathBuf, line: u64, fault: ParcelFault },
}

/// Kind of the run over the whole register.
pub const PATROL: &str = "patrol";

/// Kind of a run that inspects single sites in depth.
pub const AUDIT: &str = "audit";

/// Kind of a run that looks again at what units say is mended.
pub const RECHECK: &str = "recheck";

/// Visits nearer than this to a patrol show that a probe is at work.
const PROBED: jiff::SignedDuration = jiff::SignedDuration::from_hours(6);

/// Journals kept: a month of nightly patrols.
const JOURNALS: usize = 31;

/// Looks at `sites`, judges, and writes the ledger in one transaction.
pub async fn run(
    line: &Line<'_>,
    kind: &'static str,
    sites: &[&Site],
    keep_verdicts: bool,
    progress: &dyn Progress,
) -> Result<Ran, RunError> {
    let started_at = line.clock.now();
    let fetcher = Fetcher::new(fetch_settings(line.register)?, line.clock.clone())?;

    let lock = ledger::lock(line.data)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let abandoned = ledger.abandon_stale(&lock).await?;
    let run = ledger.begin_run(&run_start(line, kind, sites)).await?;
    let live = Arc::new(ledger.live_fingerprints().await?);
    let visits = Arc::new(probe::for_looks(&ledger, &line.rules, &live, sites, started_at).await?);

    let opening = fetcher.canaries().await;
    if opening.healthy == Some(false) {
        ledger.void_run(&run, &Reason::SelfOffline.key(), canary_log(&opening, None, &Outages::default())).await?;
        return Ok(Ran {
            run,
            kind,
            started_at,
            finished_at: line.clock.now(),
            planned: sites.len(),
            covered: 0,
            interrupted: false,
            ended: Ended::Void,
            opening,
            closing: None,
            abandoned,
            verdicts: Vec::new(),
            rendering: None,
        });
    }

    // Look and judge. The journal keeps what was seen; the list is not touched until everything is in (only the index of
    // content is, of which nothing on the list follows).
    let mut journal = Journal::create(line.data, &run)?;
    let watch = CanaryWatch::start(fetcher.clone(), line.clock.clone());
    // A patrol does not pay for what no problem of the list depends on. Name servers are mostly those of providers, which a
    // whole register asking all of them every day would trouble for facts that change once in years; that a name does not
    // resolve is seen daily without them.
    let (audit, allowed) = (kind != PATROL, line.register.settings.inner_pages);
    let walk = line.register.settings.walk;
    let wanted = line
        .rules
        .needs()
        .with_inner_pages(if audit { allowed.audit } else { allowed.patrol })
        .with_walk((audit || walk.patrol).then_some(walk.plan));
    let needs = Needs { tls_survey: audit && wanted.tls_survey, authority: audit && wanted.authority, ..wanted };
    let closed = sites.iter().filter(|s| s.status == SiteStatus::Closed).map(|s| s.id.as_str());
    let former = ledger.contents_of(&closed.collect::<Vec<_>>()).await?;
    let patrol = Patrol {
        line,
        former: &former,
        fetcher: &fetcher,
        live: &live,
        visits: &visits,
        ledger: &ledger,
        keep_verdicts,
        needs,
        progress,
    };
    let looked = patrol.look_at_all(sites, &mut journal).await?;
    journal.sync()?;
    let outages = watch.stop().await;
    let interrupted = line.cancel.is_cancelled();

    let closing = fetcher.canaries().await;
    let nobody_answered = opening.healthy.is_none() && looked.covered > 0 && !looked.anyone_answered;
    let ended = if closing.healthy == Some(false) || nobody_answered {
        ledger.void_run(&run, &Reason::SelfOffline.key(), canary_log(&opening, Some(&closing), &outages)).await?;
        Ended::Void
    } else {
        let mut digests = looked.digests;
        for digest in &mut digests {
            if outages.covers(digest.at()) {
                digest.withdraw_failures(Reason::SelfOffline);
            }
        }
        // Where home pages are visited every hour, a look more would only count when it opened: a failed one is tried again.
        let newest = ledger.newest_visit(&line.register.settings.vantage).await?;
        let visited = newest.is_some_and(|at| at.duration_since(started_at).abs() < PROBED);
        if kind == PATROL && !visited {
            let seen = looked.visits.into_iter().filter(|(_, v)| !outages.covers(v.at)).collect();
            ledger.add_visits(probe::in_days(&line.register.settings.vantage, seen), true).await?;
        }
        // By a wrong clock no period has run out.
        if fetcher.clock_off().is_none() {
            ledger.tick(&line.rules.calendar).await?;
        }
        let outcome = if interrupted { RunOutcome::Partial } else { RunOutcome::Complete };
        let canaries = canary_log(&opening, Some(&closing), &outages);
        let applied = ledger.apply(&run, digests, canaries, outcome, &line.rules.calendar).await?;
        Ended::Applied(Box::new(applied))
    };
    // What a problem cites is in the evidence store; old journals only serve judging again. Failing to clear them harms nobody.
    if let Err(error) = Journal::prune(line.data, JOURNALS) {
        tracing::warn!(%error, "old journals could not be cleared");
    }
    Ok(Ran {
        run,
        kind,
        started_at,
        finished_at: line.clock.now(),
        planned: sites.len(),
        covered: looked.covered,
        interrupted,
        ended,
        opening,
        closing: Some(closing),
        abandoned,
        verdicts: looked.verdicts,
        rendering: None,
    })
}

/// The register's settings as `fetch` wants them; trust roots are read here.
pub fn fetch_settings(register: &Register) -> Result<fetch::Settings, RunError> {
    let settings = &register.settings;
    let (network, politeness, budget) = (&settings.network, &settings.politeness, &settings.budget);
    let mut trust_roots = Vec::new();
    for path in &network.trust_roots {
        let unusable = |why: &dyn std::fmt::Display| {
            let place = "请核对登记表的 settings.network.trust_roots";
            RunError::Setting(format!(
                "信任根证书无法使用：{}（{why}）。{place}，须为 PEM 格式的证书。",
                path.display()
            ))
        };
        let pem = std::fs::read(path).map_err(|e| unusable(&e))?;
        trust_roots.extend(fetch::roots_from_pem(&pem).map_err(|e| unusable(&e))?);
    }
    let secs = |s: u32| Duration::from_secs(u64::from(s));
    Ok(fetch::Settings {
        vantage: settings.vantage.clone(),
        resolvers: network.resolvers.clone(),
        dns_roots: network.dns_roots.clone(),
        trust_roots,
        ports: network.ports.clone(),
        dial: network.dial.clone(),
        allow_private: network.allow_private,
        agent_contact: network.agent_contact.clone(),
        canaries: network.canaries.clone(),
        requests_per_second: politeness.requests_per_second,
        connections_per_address: politeness.connections_per_address,
        sites_in_flight: politeness.sites_in_flight,
        robots: politeness.robots,
        budget: fetch::Budget {
            site: secs(budget.site_secs),
            page: secs(budget.page_secs),
            connect: secs(budget.connect_secs),
            dns: secs(budget.dns_secs),
            body_bytes: budget.body_bytes,
            requests: budget.requests,
            hops: budget.hops,
            ..fetch::Budget::default()
        },
    })
}

/// The register's settings as `render` wants them.
pub fn render_settings(register: &Register) -> render::Settings {
    let Settings { render, budget, .. } = &register.settings;
    render::Settings {
        mode: match render.mode {
            RenderMode::Auto => render::Mode::Auto,
            RenderMode::Never => render::Mode::Never,
            RenderMode::Always => render::Mode::Always,
        },
        browser: render.browser.clone(),
        page: Duration::from_secs(u64::from(render.page_secs)),
        tabs: render.tabs as usize,
        dom: budget.body_bytes,
        ..render::Settings::default()
    }
}

/// A register row as the ledger keeps it.
pub fn snapshot(register: &Register, site: &Site) -> SiteSnapshot {
    SiteSnapshot {
        site: site.id.clone(),
        name: site.name.clone(),
        url: site.url_text.clone(),
        ..unit_snapshot(register, register.sponsor(site))
    }
}

/// A unit as the subject of an entry that concerns none of its sites.
pub fn unit_snapshot(register: &Register, unit: &Unit) -> SiteSnapshot {
    SiteSnapshot {
        site: String::new(),
        name: unit.name.clone(),
        url: String::new(),
        unit: unit.name.clone(),
        unit_id: unit.id.clone(),
        unit_level: match unit.level {
            UnitLevel::Municipal => "municipal",
            UnitLevel::County => "county",
        }
        .to_owned(),
        region: unit.region.clone().unwrap_or_else(|| register.settings.region.clone()),
    }
}

fn run_start(line: &Line<'_>, kind: &str, sites: &[&Site]) -> RunStart {
    RunStart {
        kind: kind.to_owned(),
        vantage: line.register.settings.vantage.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        planned: sites.iter().map(|site| snapshot(line.register, site)).collect(),
        rules: line.rules.running().map(|r| line.rules.head(r)).collect(),
    }
}

fn canary_log(opening: &CanaryReport, closing: Option<&CanaryReport>, outages: &Outages) -> serde_json::Value {
    let points = |report: &CanaryReport| -> Vec<serde_json::Value> {
        let point = |p: &fetch::CanaryPoint| serde_json::json!({ "target": p.target, "ok": p.ok, "ms": p.ms });
        report.points.iter().map(point).collect()
    };
    serde_json::json!({ "opening": points(opening), "closing": closing.map(points), "outages": outages })
}
