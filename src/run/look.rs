//! Looking at every site of a run and judging it, so many at once as the register allows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Line, Progress, RunError};
use crate::clock::Clock;
use crate::crawl;
use crate::evidence::migration::{Former, index_of};
use crate::evidence::{
    Evidence, Home, Needs, Purpose, SiteFacts, SiteProfile, SiteStatus, Visit, VisitDay, Walk, format,
};
use crate::fetch::Fetcher;
use crate::inspect::{self, Fingerprint, SiteVerdict};
use crate::ledger::{Contents, Journal, Ledger, SiteDigest};
use crate::register::{Exemption, Site};
use crate::render::Renderer;
use crate::rule::RuleSet;
use crate::schedule::spread;

/// What all looks of a run came to.
#[derive(Default)]
pub(super) struct LookedAt {
    /// In register order.
    pub(super) digests: Vec<SiteDigest>,
    /// In register order; empty unless wanted.
    pub(super) verdicts: Vec<SiteVerdict>,
    pub(super) covered: usize,
    pub(super) anyone_answered: bool,
    /// The first looks at home pages, as visits.
    pub(super) visits: Vec<(String, Visit)>,
    /// Content seen and not written yet.
    contents: Contents,
}

/// What a site's task reports, in this order: each look as an evidence line, then the end.
enum Report {
    Look(String),
    End(Box<Looked>),
}

/// One site, finished.
struct Looked {
    verdict: SiteVerdict,
    /// The deciding look's evidence line when it goes to the evidence store.
    keep: Option<String>,
    /// … and the picture that a browser took of its page.
    picture: Option<Arc<[u8]>>,
    answered: bool,
    /// The first look at the home page.
    visit: Option<Visit>,
    /// Articles the home page of a running site links to.
    content: Vec<(i64, Former)>,
    /// Not looked at to the end: the site is not covered by this run.
    cut: bool,
}

/// Sites that wait for their recheck, as a multiple of the sites under way: what waits is held in memory.
const WAITING: usize = 8;

/// Sites whose content is written at a time; what waits is held in memory.
const CONTENTS: usize = 200;

/// One run under way: what all its sites share.
pub(super) struct Patrol<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) fetcher: &'a Fetcher,
    /// Fingerprints of live problems.
    pub(super) live: &'a Arc<HashSet<Fingerprint>>,
    /// Visits of the days before, of the sites where they say something.
    pub(super) visits: &'a Arc<BTreeMap<String, Vec<VisitDay>>>,
    pub(super) ledger: &'a Ledger,
    pub(super) keep_verdicts: bool,
    /// What every look must bring back.
    pub(super) needs: Needs,
    /// What patrols saw of sites that are closed now.
    pub(super) former: &'a BTreeMap<String, Vec<Former>>,
    pub(super) progress: &'a dyn Progress,
}

impl Patrol<'_> {
    /// Looks at every site. Looks go to the journal as they come; nothing but small digests is kept of a finished site.
    pub(super) async fn look_at_all(&self, sites: &[&Site], journal: &mut Journal) -> Result<LookedAt, RunError> {
        let politeness = &self.line.register.settings.politeness;
        let in_flight = politeness.sites_in_flight.max(1) as usize;
        let (sender, receiver) = mpsc::channel::<Report>(in_flight.min(64));
        let looker = Arc::new(Looker {
            rules: self.line.rules.clone(),
            needs: self.needs.clone(),
            fetcher: self.fetcher.clone(),
            renderer: self.line.renderer.clone(),
            exemptions: self.line.register.exemptions.clone(),
            live: self.live.clone(),
            visits: self.visits.clone(),
            permits: Arc::new(Semaphore::new(in_flight)),
            recheck_after: Duration::from_secs(u64::from(politeness.recheck_after_secs)),
            clock: self.line.clock.clone(),
            cancel: self.line.cancel.clone(),
            reports: sender,
        });
        let tracker = TaskTracker::new();
        self.progress.start(sites.len());
        let produce = async {
            let alive = Arc::new(Semaphore::new(in_flight * WAITING));
            for site in spread(sites.to_vec(), |site| platform_of(site)) {
                let Ok(place) = alive.clone().acquire_owned().await else { break };
                let Ok(permit) = looker.permits.clone().acquire_owned().await else { break };
                if self.line.cancel.is_cancelled() {
                    break;
                }
                let mut profile = self.line.register.profile(site);
                if profile.former.is_empty() {
                    profile.former = self.former.get(&site.id).cloned().unwrap_or_default();
                }
                let looker = looker.clone();
                tracker.spawn(async move {
                    looker.look(profile, permit).await;
                    drop(place);
                });
            }
            // The channel ends with the last task.
            drop(looker);
            tracker.close();
        };
        let consume = async {
            let all = self.collect(receiver, journal).await;
            if all.is_err() {
                // Nothing can be written any more: no use looking further.
                self.line.cancel.cancel();
            }
            all
        };
        let ((), all) = tokio::join!(produce, consume);
        tracker.wait().await;
        self.progress.finish();
        let mut all = all?;
        if !all.contents.is_empty() {
            self.ledger.note_contents(&std::mem::take(&mut all.contents)).await?;
        }
        // Order of arrival depends on the network; what is written must not.
        let place: HashMap<&str, usize> = sites.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect();
        all.digests.sort_by_key(|d| place.get(d.site()).copied());
        all.verdicts.sort_by_key(|v| place.get(v.site.as_str()).copied());
        Ok(all)
    }

    async fn collect(&self, mut reports: mpsc::Receiver<Report>, journal: &mut Journal) -> Result<LookedAt, RunError> {
        let mut all = LookedAt::default();
        while let Some(report) = reports.recv().await {
            let looked = match report {
                Report::Look(text) => {
                    journal.append(&text)?;
                    continue;
                }
                Report::End(looked) => *looked,
            };
            all.anyone_answered |= looked.answered;
            all.visits.extend(looked.visit.map(|v| (looked.verdict.site.clone(), v)));
            if !looked.content.is_empty() {
                all.contents.insert(looked.verdict.site.clone(), looked.content);
            }
            if all.contents.len() >= CONTENTS {
                self.ledger.note_contents(&std::mem::take(&mut all.contents)).await?;
            }
            self.progress.step(&looked.verdict.site);
            if looked.cut {
                continue;
            }
            all.covered += 1;
            let sha = match looked.keep {
                Some(text) => {
                    let store = self.ledger.evidence();
                    // Durable before the transaction that cites it.
                    let put = tokio::task::spawn_blocking(move || {
                        looked.picture.map(|png| store.put(&png)).transpose()?;
                        store.put(text.as_bytes())
                    });
                    Some(put.await.map_err(|e| RunError::File(e.to_string()))??)
                }
                None => None,
            };
            let mut digest = SiteDigest::new(&looked.verdict, sha, self.live);
            if let Some(last) = all.digests.last() {
                digest.share(last);
            }
            all.digests.push(digest);
            if self.keep_verdicts {
                all.verdicts.push(looked.verdict);
            }
        }
        Ok(all)
    }
}

/// Everything one site's task needs.
struct Looker {
    rules: Arc<RuleSet>,
    needs: Needs,
    fetcher: Fetcher,
    renderer: Option<Arc<Renderer>>,
    exemptions: Vec<Exemption>,
    live: Arc<HashSet<Fingerprint>>,
    visits: Arc<BTreeMap<String, Vec<VisitDay>>>,
    permits: Arc<Semaphore>,
    recheck_after: Duration,
    clock: Clock,
    cancel: CancellationToken,
    reports: mpsc::Sender<Report>,
}

impl Looker {
    async fn look(&self, profile: SiteProfile, permit: OwnedSemaphorePermit) {
        let site = profile.id.clone();
        let looked = AssertUnwindSafe(self.look_twice(profile, permit)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(site, "a look panicked; the site counts as not looked at");
            let verdict = SiteVerdict { site, at: self.clock.now(), looks: 0, rules: Vec::new() };
            Looked { verdict, keep: None, picture: None, answered: false, visit: None, content: Vec::new(), cut: true }
        });
        self.report(Report::End(Box::new(looked))).await;
    }

    /// The receiver only goes away when the run itself failed.
    async fn report(&self, report: Report) {
        let _ = self.reports.send(report).await;
    }

    async fn look_twice(&self, profile: SiteProfile, permit: OwnedSemaphorePermit) -> Looked {
        let mut first = self.crawl(profile.clone(), 1, None).await;
        let facts = SiteFacts::of(&first);
        let mut looked = Looked {
            verdict: inspect::judge(&self.rules, &facts, &self.exemptions),
            keep: None,
            picture: None,
            answered: answered(&first),
            visit: visit_of(&first),
            content: content_of(&facts),
            cut: self.cancel.is_cancelled() && first.cut.is_some(),
        };
        self.report(Report::Look(format::to_line(&first))).await;
        let walk = first.walk.take();
        drop(first);
        drop(permit);
        if looked.cut || !inspect::wants_second_look(&looked.verdict, &self.rules, &self.live) {
            return looked;
        }
        // Waiting holds no permit: healthy sites go on meanwhile.
        tokio::select! {
            () = tokio::time::sleep(self.recheck_after) => {}
            () = self.cancel.cancelled() => {}
        }
        match self.permits.acquire().await {
            Ok(_permit) if !self.cancel.is_cancelled() => {
                let second = self.crawl(profile, 2, walk).await;
                looked.verdict = inspect::agree(looked.verdict, self.judge(&second));
                looked.answered |= answered(&second);
                looked.cut = self.cancel.is_cancelled() && second.cut.is_some();
                let text = format::to_line(&second);
                if inspect::has_listed_failure(&looked.verdict, &self.rules) {
                    looked.keep = Some(text.clone());
                    looked.picture = second.rendered.as_ref().and_then(|r| r.picture.as_ref()).map(|p| p.png.clone());
                }
                self.report(Report::Look(text)).await;
            }
            // A failure seen once is no finding.
            _ => looked.cut = true,
        }
        looked
    }

    async fn crawl(&self, profile: SiteProfile, look: u8, before: Option<Walk>) -> Evidence {
        let visits = self.visits.get(&profile.id).cloned().unwrap_or_default();
        let renderer = self.renderer.as_deref();
        let mut evidence = match look {
            1 => crawl::look(profile, &self.needs, &self.fetcher, renderer, look, &self.cancel).await,
            _ => crawl::look_again(profile, &self.needs, &self.fetcher, renderer, before, &self.cancel).await,
        };
        evidence.visits = visits;
        evidence
    }

    fn judge(&self, evidence: &Evidence) -> SiteVerdict {
        let facts = SiteFacts::of(evidence);
        inspect::judge(&self.rules, &facts, &self.exemptions)
    }
}

/// A look's way to the home page is a visit like any other, unless it was tried twice.
fn visit_of(evidence: &Evidence) -> Option<Visit> {
    let home = evidence.fetch(Purpose::Home).filter(|f| f.tries == 1 && evidence.cut.is_none())?;
    Some(Visit::of(home, evidence.started_at, home.hops.iter().map(|h| h.timing.total_ms).sum()))
}

/// Articles of a running site's home page.
fn content_of(facts: &SiteFacts<'_>) -> Vec<(i64, Former)> {
    match &facts.home {
        Home::Page(page) if facts.evidence.site.status == SiteStatus::Running => index_of(page),
        _ => Vec::new(),
    }
}

/// Somebody at the other end said something: a TCP connection stood.
fn answered(evidence: &Evidence) -> bool {
    evidence.fetches.iter().any(|f| f.hops.iter().any(|h| h.status.is_some()))
        || evidence.tls.iter().any(|t| t.failure.is_none())
}

/// Group of sites that probably share a machine: the registrable domain.
fn platform_of(site: &Site) -> String {
    let host = crate::register::host_of(&site.url);
    psl::domain_str(&host).unwrap_or(&host).to_owned()
}
