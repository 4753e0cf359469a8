//! One browser for a run: started when first needed, started again after a crash a few times, ended with the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;

use super::page::{self, Asked};
use super::pipe::{Gone, Pipe, Session};
use super::process::{self, Process};
use super::{Mode, Report, Settings};
use crate::clock::Clock;
use crate::evidence::{Evidence, Fetch, Rendered};
use crate::fetch::SiteFetcher;

/// Starts of a browser in one run, the first included.
const STARTS: u32 = 4;
/// A start on a busy machine.
const STARTING: Duration = Duration::from_secs(30);

/// Shows pages in a local browser, where there is one.
pub struct Renderer {
    settings: Settings,
    clock: Clock,
    program: Option<PathBuf>,
    tabs: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    browser: Option<Arc<Browser>>,
    starts: u32,
    report: Report,
}

/// A browser that runs.
pub(super) struct Browser {
    pub(super) pipe: Pipe,
    /// Its name for itself.
    pub(super) product: String,
    process: Process,
    /// It does not answer as it should, and is not asked again.
    useless: AtomicBool,
}

impl Renderer {
    /// Whether this program can drive a browser at all.
    pub const BUILT: bool = true;

    /// Looks for a browser; starts none.
    pub fn new(settings: Settings, clock: Clock) -> Renderer {
        let program = (settings.mode != Mode::Never).then(|| process::find(settings.browser.as_deref())).flatten();
        let tabs = Semaphore::new(settings.tabs.max(1));
        Renderer { settings, clock, program, tabs, state: Mutex::default() }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether there is a browser to ask.
    pub fn available(&self) -> bool {
        self.program.is_some()
    }

    /// Shows the page of the exchange at `index`, and what the browser asked for on the way. `None` when there is no browser
    /// to ask; a browser that fails leaves a rendering without a page.
    pub async fn show(
        &self,
        evidence: &Evidence,
        index: usize,
        site: &mut SiteFetcher,
        cancel: &CancellationToken,
    ) -> Option<(Rendered, Vec<Fetch>)> {
        self.program.as_ref()?;
        // Whoever shows a page may be waiting for our place at the address.
        site.leave();
        let _tab = tokio::select! {
            biased;
            () = cancel.cancelled() => return None,
            tab = self.tabs.acquire() => tab.ok()?,
        };
        let browser = self.browser().await?;
        let asked = Asked { evidence, index, settings: &self.settings, at: self.clock.now(), cancel };
        let shown = page::show(&browser, asked, site).await;
        let mut state = self.state.lock().await;
        state.report.pages += 1;
        state.report.completed += u32::from(shown.0.completed());
        Some(shown)
    }

    /// Ends the browser.
    pub async fn close(&self) -> Report {
        let mut state = self.state.lock().await;
        state.starts = STARTS;
        if let Some(browser) = state.browser.take() {
            end(browser).await;
        }
        Report { available: self.available(), ..state.report.clone() }
    }

    /// Process group and profile of the browser at hand.
    #[cfg(test)]
    pub(super) async fn traces(&self) -> Option<(rustix::process::Pid, PathBuf)> {
        self.state.lock().await.browser.as_ref().and_then(|browser| browser.process.traces())
    }

    /// The browser at hand, or a new one.
    async fn browser(&self) -> Option<Arc<Browser>> {
        let program = self.program.as_ref()?;
        let mut state = self.state.lock().await;
        if let Some(browser) = &state.browser {
            if !browser.pipe.is_closed() && !browser.useless.load(Ordering::Relaxed) {
                return Some(browser.clone());
            }
            if let Some(ended) = state.browser.take() {
                end(ended).await;
            }
        }
        let sandboxed = process::may_be_sandboxed() && !state.report.unsandboxed;
        for sandboxed in [true, false].into_iter().filter(|s| sandboxed || !s) {
            if state.starts >= STARTS {
                return None;
            }
            state.starts += 1;
            match Browser::start(program, sandboxed).await {
                Ok(browser) => {
                    state.report.unsandboxed |= !sandboxed;
                    let browser = Arc::new(browser);
                    state.browser = Some(browser.clone());
                    return Some(browser);
                }
                Err(error) => {
                    tracing::warn!(sandboxed, %error, "the browser could not be started");
                    state.report.broken = Some(error.to_string());
                }
            }
        }
        // It will not start the next time either.
        state.starts = STARTS;
        None
    }
}

async fn end(browser: Arc<Browser>) {
    // Pages still being shown hold it too; their drop ends it all the same.
    if let Ok(browser) = Arc::try_unwrap(browser) {
        browser.process.end().await;
    }
}

impl Browser {
    async fn start(program: &Path, sandboxed: bool) -> Result<Browser, Box<dyn std::error::Error + Send + Sync>> {
        let (process, to, from) = Process::start(program, sandboxed)?;
        let pipe = Pipe::new(to, from);
        let popups = pipe.session("");
        let greeted = async {
            let version = pipe.call("", "Browser.getVersion", json!({}), STARTING).await?;
            popups.call("Target.setDiscoverTargets", json!({ "discover": true })).await?;
            Ok::<_, Gone>(version["product"].as_str().unwrap_or_default().to_owned())
        };
        match greeted.await {
            Ok(product) => {
                tokio::spawn(close_popups(popups));
                Ok(Browser { pipe, product, process, useless: AtomicBool::new(false) })
            }
            Err(error) => {
                process.end().await;
                Err(error.into())
            }
        }
    }
}

impl Browser {
    pub(super) fn give_up(&self) {
        self.useless.store(true, Ordering::Relaxed);
    }
}

/// A window that a page opens sees nothing of the network and is closed at once.
async fn close_popups(mut browser: Session) {
    while let Some(event) = browser.next().await {
        let target = &event.params["targetInfo"];
        if target["openerId"].is_string() {
            let _ = browser.tell("Target.closeTarget", json!({ "targetId": target["targetId"] })).await;
        }
    }
}
