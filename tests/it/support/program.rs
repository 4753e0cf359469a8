//! The real program, run in a folder of its own.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::until;

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; −signal when a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The JSON on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Asserts the exit code and that every one of `words` was said.
    #[track_caller]
    pub fn must(self, code: i32, words: &[&str]) -> Ended {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.out.contains(word) || self.err.contains(word), "no “{word}” in {self:?}");
        }
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }
}

/// A program under way; killed when dropped.
pub struct Running {
    child: Child,
    out: Stream,
    err: Stream,
}

/// What was written so far, and the thread that reads on.
struct Stream(Arc<Mutex<Vec<u8>>>, Option<JoinHandle<()>>);

/// The program with `args`, to be run in `dir`.
pub fn command<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xunjian"));
    command.args(args).current_dir(dir).env_remove("XUNJIAN_LOG").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Ended {
    Running::start(command(dir, args)).end()
}

impl Running {
    pub fn start(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let out = collect(child.stdout.take().expect("piped"));
        let err = collect(child.stderr.take().expect("piped"));
        Running { child, out, err }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether `word` was written to standard error so far.
    pub fn has_said(&self, word: &str) -> bool {
        self.err.text().contains(word)
    }

    /// What was written to standard error so far.
    pub fn said(&self) -> String {
        self.err.text()
    }

    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("our own child").is_some()
    }

    /// Sends a signal by name, as `kill` does.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        until("the program ends", || self.is_over());
        let status = self.child.wait().expect("our own child");
        let whole = |stream: &mut Stream| {
            stream.1.take().expect("taken once").join().expect("read");
            stream.text()
        };
        Ended { code: code(status), out: whole(&mut self.out), err: whole(&mut self.err) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

#[cfg(not(unix))]
fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

impl Stream {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panics here")).into_owned()
    }
}

fn collect(mut from: impl Read + Send + 'static) -> Stream {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let reader = std::thread::spawn({
        let bytes = bytes.clone();
        move || {
            let mut block = [0; 8192];
            while let Ok(length @ 1..) = from.read(&mut block) {
                bytes.lock().expect("nobody panics here").extend_from_slice(&block[..length]);
            }
        }
    });
    Stream(bytes, Some(reader))
}
