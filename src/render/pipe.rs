//! The DevTools protocol over two pipes: JSON messages, each ended by a zero byte.
//!
//! Messages come from a browser that runs hostile pages: their size is bounded, events nobody waits for are dropped unread,
//! and a flood of events costs the page its completeness, not us our memory.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{mpsc, oneshot};

/// Longest message taken, bytes: a page read back, as JSON, fits well.
const MESSAGE_MAX: usize = 32 * 1024 * 1024;
/// Events of one page that wait to be handled.
const EVENTS_MAX: usize = 4096;
/// Commands are answered at once; a page that is busy may take its time.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Events somebody acts on.
const HEARD: [&str; 11] = [
    "Fetch.requestPaused",
    "Page.frameNavigated",
    "Page.lifecycleEvent",
    "Page.javascriptDialogOpening",
    "Page.windowOpen",
    "Network.webSocketCreated",
    "Network.loadingFailed",
    "Runtime.exceptionThrown",
    "Emulation.virtualTimeBudgetExpired",
    "Inspector.targetCrashed",
    "Target.targetCreated",
];

/// Why a command brought no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Gone {
    #[error("the browser has ended")]
    Closed,
    #[error("no answer to {0}")]
    Silent(&'static str),
    #[error("{0}")]
    Refused(String),
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) method: String,
    pub(super) params: Value,
}

/// One line to one browser; cheap to clone.
#[derive(Clone)]
pub(super) struct Pipe {
    out: mpsc::Sender<Vec<u8>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: bool,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, Gone>>>,
    /// By session; the browser's own events have none.
    listening: HashMap<String, Listener>,
}

struct Listener {
    events: mpsc::Sender<Event>,
    lost: Arc<AtomicBool>,
}

#[derive(Deserialize)]
struct Message {
    id: Option<u64>,
    method: Option<String>,
    #[serde(default, rename = "sessionId")]
    session: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Value,
    error: Option<Value>,
}

impl Pipe {
    /// Takes over both ends; two tasks carry the messages until the browser ends.
    pub(super) fn new(mut to: ChildStdin, from: ChildStdout) -> Pipe {
        let (out, mut messages) = mpsc::channel::<Vec<u8>>(16);
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                if to.write_all(&message).await.is_err() {
                    return;
                }
            }
        });
        let shared = Arc::new(Shared::default());
        tokio::spawn(listen(from, shared.clone()));
        Pipe { out, shared }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shared.lock().closed
    }

    /// Sends a command, to the browser itself where `session` is empty, and waits for its result.
    pub(super) async fn call(
        &self,
        session: &str,
        method: &'static str,
        params: Value,
        patience: Duration,
    ) -> Result<Value, Gone> {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = framed(id, session, method, params);
        let (sender, answer) = oneshot::channel();
        {
            let mut state = self.shared.lock();
            if state.closed {
                return Err(Gone::Closed);
            }
            state.waiting.insert(id, sender);
        }
        let asked = async {
            self.out.send(bytes).await.map_err(|_| Gone::Closed)?;
            answer.await.map_err(|_| Gone::Closed)?
        };
        let answered = tokio::time::timeout(patience, asked).await;
        answered.unwrap_or_else(|_| {
            self.shared.lock().waiting.remove(&id);
            Err(Gone::Silent(method))
        })
    }

    /// Events of one session from now on; of the browser itself, where `id` is empty.
    pub(super) fn session(&self, id: &str) -> Session {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let lost = Arc::new(AtomicBool::new(false));
        let listener = Listener { events: sender, lost: lost.clone() };
        let mut state = self.shared.lock();
        if !state.closed {
            state.listening.insert(id.to_owned(), listener);
        }
        Session { pipe: self.clone(), id: id.to_owned(), events, held: VecDeque::new(), lost }
    }
}

fn framed(id: u64, session: &str, method: &str, params: Value) -> Vec<u8> {
    let mut message = json!({ "id": id, "method": method, "params": params });
    if !session.is_empty() {
        message["sessionId"] = Value::String(session.to_owned());
    }
    let mut bytes = message.to_string().into_bytes();
    bytes.push(0);
    bytes
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: &[u8]) {
        let Ok(message) = serde_json::from_slice::<Message>(bytes) else { return };
        let mut state = self.lock();
        if let Some(id) = message.id {
            let answer = match message.error {
                Some(error) => Err(Gone::Refused(error["message"].as_str().unwrap_or_default().to_owned())),
                None => Ok(message.result),
            };
            // Nobody waits for it any more: no matter.
            let _ = state.waiting.remove(&id).map(|waiting| waiting.send(answer));
        } else if let Some(method) = message.method.filter(|m| HEARD.contains(&m.as_str()))
            && let Some(listener) = state.listening.get(&message.session)
            && listener.events.try_send(Event { method, params: message.params }).is_err()
        {
            listener.lost.store(true, Ordering::Relaxed);
        }
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.listening.clear();
        state.waiting.clear();
    }
}

async fn listen(mut from: ChildStdout, shared: Arc<Shared>) {
    let mut block = vec![0; 64 * 1024];
    let mut message: Vec<u8> = Vec::new();
    let mut too_long = false;
    while let Ok(length @ 1..) = from.read(&mut block).await {
        let mut rest = &block[..length];
        while let Some(end) = rest.iter().position(|b| *b == 0) {
            if !too_long {
                message.extend_from_slice(&rest[..end]);
                shared.take(&message);
            }
            message.clear();
            too_long = false;
            rest = &rest[end + 1..];
        }
        too_long |= message.len() + rest.len() > MESSAGE_MAX;
        if too_long {
            message = Vec::new();
        } else {
            message.extend_from_slice(rest);
        }
    }
    shared.close();
}

/// One page's line; its events stop when it is dropped.
pub(super) struct Session {
    pipe: Pipe,
    id: String,
    events: mpsc::Receiver<Event>,
    /// Events that came while something else was waited for.
    held: VecDeque<Event>,
    lost: Arc<AtomicBool>,
}

impl Session {
    /// Sends a command about this page and waits for its result.
    pub(super) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Gone> {
        self.pipe.call(&self.id, method, params, PATIENCE).await
    }

    /// Sends a command nobody waits for the end of.
    pub(super) async fn tell(&self, method: &'static str, params: Value) -> Result<(), Gone> {
        let id = self.pipe.shared.next.fetch_add(1, Ordering::Relaxed) + 1;
        let sent = self.pipe.out.send(framed(id, &self.id, method, params));
        match tokio::time::timeout(PATIENCE, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone::Closed),
            Err(_) => Err(Gone::Silent(method)),
        }
    }

    /// The next event; `None` when the browser has ended.
    pub(super) async fn next(&mut self) -> Option<Event> {
        match self.held.pop_front() {
            Some(event) => Some(event),
            None => self.events.recv().await,
        }
    }

    /// Carries out `work` while events are kept for later.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                Some(event) = self.events.recv() => {
                    if self.held.len() < EVENTS_MAX {
                        self.held.push_back(event);
                    } else {
                        self.lost.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Whether events were lost in a flood.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.pipe.shared.lock().listening.remove(&self.id);
    }
}
