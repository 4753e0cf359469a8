//! A renderer that never finds a browser.

use tokio_util::sync::CancellationToken;

use super::{Report, Settings};
use crate::evidence::{Evidence, Fetch, Rendered};
use crate::fetch::SiteFetcher;

/// Stands for a browser where none can be driven.
#[derive(Debug)]
pub struct Renderer {
    settings: Settings,
}

impl Renderer {
    /// Whether this program can drive a browser at all.
    pub const BUILT: bool = false;

    pub fn new(settings: Settings, _clock: crate::clock::Clock) -> Renderer {
        Renderer { settings }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn available(&self) -> bool {
        false
    }

    /// Nothing, ever.
    pub async fn show(
        &self,
        _evidence: &Evidence,
        _index: usize,
        _site: &mut SiteFetcher,
        _cancel: &CancellationToken,
    ) -> Option<(Rendered, Vec<Fetch>)> {
        None
    }

    pub async fn close(&self) -> Report {
        Report::default()
    }
}
