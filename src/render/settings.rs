//! What a renderer is told at start, and what it tells at the end.

use std::path::PathBuf;
use std::time::Duration;

/// When a browser is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Where static reading left open what a page's scripts write.
    #[default]
    Auto,
    Never,
    /// Every home page.
    Always,
}

/// Limits and places; plain data, taken over from the register by the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    /// The browser's program; without one the usual names are looked for.
    pub browser: Option<PathBuf>,
    /// Time of one page, without our own politeness.
    pub page: Duration,
    /// Pages shown at once.
    pub tabs: usize,
    /// Requests made for one page.
    pub requests: u32,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Largest page read back, bytes.
    pub dom: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            mode: Mode::Auto,
            browser: None,
            page: Duration::from_secs(20),
            tabs: 2,
            requests: 60,
            bytes: 16 * 1024 * 1024,
            dom: 2 * 1024 * 1024,
        }
    }
}

/// What the browser of a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is a browser to ask.
    pub available: bool,
    /// Pages shown, whether or not to their end.
    pub pages: u32,
    /// Pages shown to their end.
    pub completed: u32,
    /// The browser ran without its sandbox: as root it has none, and some systems forbid it.
    pub unsandboxed: bool,
    /// The browser could not be started, or ended again and again: the last words about it.
    pub broken: Option<String>,
}
