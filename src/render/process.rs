//! The browser's process: found, started without a way out, ended with everything it left behind.
//!
//! A shell stands between: it hands the two pipes to the places where the browser expects them, and clears the profile away
//! once the browser has gone, even when this program was killed. The browser goes when its pipes close.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process_group, test_kill_process_group};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use ulid::Ulid;

/// Names a browser is looked for by, in order.
const NAMES: [&str; 6] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
];

/// The shell's part: `$1` is the profile folder, the rest the browser's command line. Each of its processes may fill 2 GiB.
const SHELL: &str =
    r#"profile=$1; shift; ulimit -d 2097152; "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1; rm -rf -- "$profile""#;

/// Everything that could talk to somebody is off; what is left finds neither names nor a proxy.
const FLAGS: [&str; 30] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://nowhere.invalid:9",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--disable-notifications",
    "--deny-permission-prompts",
    "--mute-audio",
    "--hide-scrollbars",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    // One process for all frames of a page: their requests pause in one place.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,HttpsUpgrades,HttpsFirstBalancedMode,\
     HttpsFirstBalancedModeAutoEnable,Translate,PreloadTopChromeWebUI,MediaRouter,DialMediaRouteProvider,OptimizationHints",
    "--js-flags=--max-old-space-size=512",
];

/// How long the remains of a browser are waited for.
const TIDYING: Duration = Duration::from_millis(50);
const TIDYINGS: u32 = 100;

/// A running browser. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    profile: PathBuf,
}

/// The browser's program: the one named, or the first of the usual names on the path.
pub(super) fn find(named: Option<&Path>) -> Option<PathBuf> {
    let runs = |path: &PathBuf| path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    if let Some(named) = named {
        return Some(named.to_owned()).filter(runs);
    }
    let path = std::env::var_os("PATH")?;
    let places: Vec<PathBuf> = std::env::split_paths(&path).filter(|p| p.is_absolute()).collect();
    NAMES.iter().find_map(|name| places.iter().map(|place| place.join(name)).find(runs))
}

/// Root cannot use the sandbox.
pub(super) fn may_be_sandboxed() -> bool {
    !geteuid().is_root()
}

impl Process {
    /// Starts `program` with a profile of its own that nobody else can read.
    pub(super) fn start(program: &Path, sandboxed: bool) -> io::Result<(Process, ChildStdin, ChildStdout)> {
        let profile = std::env::temp_dir().join(format!("xunjian-browser-{}-{}", std::process::id(), Ulid::new()));
        std::fs::DirBuilder::new().mode(0o700).create(&profile)?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SHELL, "xunjian-browser"]).arg(&profile).arg(program).args(FLAGS);
        if !sandboxed {
            command.arg("--no-sandbox");
        }
        let user_data = [std::ffi::OsStr::new("--user-data-dir="), profile.as_os_str()].join(std::ffi::OsStr::new(""));
        command.arg(user_data).arg("about:blank");
        // Whatever it writes, it writes there; nothing of ours is handed on.
        command.env_clear().env("HOME", &profile).env("TMPDIR", &profile).env("LANG", "zh_CN.UTF-8");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let started = command.spawn();
        let mut child = started.inspect_err(|_| clear(&profile))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let pipes = child.stdin.take().zip(child.stdout.take());
        let process = Process { child, group, profile };
        let (to, from) = pipes.ok_or_else(|| io::Error::other("a child without its pipes"))?;
        Ok((process, to, from))
    }

    /// Ends it and waits until nothing is left of it.
    pub(super) async fn end(mut self) {
        self.kill();
        let _ = self.child.wait().await;
        for _ in 0..TIDYINGS {
            clear(&self.profile);
            if !self.profile.exists() && !self.is_there() {
                break;
            }
            tokio::time::sleep(TIDYING).await;
        }
        // Whoever may have its number next is not ours.
        self.group = None;
    }

    fn kill(&self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    #[cfg(test)]
    pub(super) fn traces(&self) -> Option<(Pid, PathBuf)> {
        Some((self.group?, self.profile.clone()))
    }

    /// Whether any process of the group is left.
    fn is_there(&self) -> bool {
        self.group.is_some_and(|group| test_kill_process_group(group).is_ok())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        clear(&self.profile);
    }
}

fn clear(profile: &Path) {
    let _ = std::fs::remove_dir_all(profile);
}
