//! How far a run is: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say;
use crate::run::Progress;

/// Progress on stderr.
pub(super) struct Bar {
    quiet: bool,
    terminal: bool,
    bar: Mutex<Option<ProgressBar>>,
    total: AtomicUsize,
    done: AtomicUsize,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        Bar {
            quiet,
            terminal: std::io::stderr().is_terminal(),
            bar: Mutex::new(None),
            total: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
        }
    }
}

impl Progress for Bar {
    fn start(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
        if self.quiet || !self.terminal {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template("巡查 [{bar:30}] {pos}/{len} 站  已用 {elapsed}  {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        if let Ok(mut slot) = self.bar.lock() {
            *slot = Some(bar);
        }
    }

    fn step(&self, site: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.quiet {
            return;
        }
        if let Ok(slot) = self.bar.lock()
            && let Some(bar) = slot.as_ref()
        {
            bar.set_message(site.to_owned());
            bar.inc(1);
            return;
        }
        // Elsewhere about ten lines, whatever the number of sites.
        let total = self.total.load(Ordering::Relaxed);
        let every = total.div_ceil(10).max(1);
        if done.is_multiple_of(every) || done == total {
            say(&format!("巡查进度 {done}/{total}"));
        }
    }

    fn finish(&self) {
        if let Ok(mut slot) = self.bar.lock()
            && let Some(bar) = slot.take()
        {
            bar.finish_and_clear();
        }
    }
}
