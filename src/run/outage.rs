//! Reference points watched while a run is under way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fetch::Fetcher;

/// How often reference points are tried.
const EVERY: Duration = Duration::from_secs(300);

/// The watch; ends with [`CanaryWatch::stop`].
pub(super) struct CanaryWatch {
    stop: CancellationToken,
    log: Arc<Mutex<Vec<(Timestamp, bool)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl CanaryWatch {
    /// Begins right after a good opening round.
    pub(super) fn start(fetcher: Fetcher, clock: Clock) -> Self {
        let stop = CancellationToken::new();
        let log = Arc::new(Mutex::new(vec![(clock.now(), true)]));
        let task = tokio::spawn({
            let (stop, log) = (stop.clone(), log.clone());
            async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(EVERY) => {}
                    }
                    let healthy = fetcher.canaries().await.healthy != Some(false);
                    if let Ok(mut log) = log.lock() {
                        log.push((clock.now(), healthy));
                    }
                }
            }
        });
        CanaryWatch { stop, log, task }
    }

    /// Ends the watch; the closing round is taken by the caller.
    pub(super) async fn stop(self) -> Outages {
        self.stop.cancel();
        let _ = self.task.await;
        let log = self.log.lock().map(|l| l.clone()).unwrap_or_default();
        Outages::between(&log)
    }
}

/// Spans of time between the last good and the next good round around a bad one.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Outages(Vec<(Timestamp, Timestamp)>);

impl Outages {
    fn between(log: &[(Timestamp, bool)]) -> Self {
        let mut spans = Vec::new();
        let mut last_good = Timestamp::MIN;
        let mut bad_since = None;
        for &(at, good) in log {
            match (good, bad_since) {
                (false, None) => bad_since = Some(last_good),
                (true, Some(from)) => {
                    spans.push((from, at));
                    bad_since = None;
                }
                _ => {}
            }
            if good {
                last_good = at;
            }
        }
        if let Some(from) = bad_since {
            spans.push((from, Timestamp::MAX));
        }
        Outages(spans)
    }

    /// All the time there is.
    pub(super) fn always() -> Self {
        Outages(vec![(Timestamp::MIN, Timestamp::MAX)])
    }

    /// Those of a run as its canary log tells them; `None` from a program that did not note them yet.
    pub(super) fn noted(canaries: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(canaries.get("outages")?.clone()).ok()
    }

    pub(super) fn covers(&self, at: Timestamp) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_canary_spoils_everything_between_its_good_neighbours() {
        let t = |s: i64| Timestamp::from_second(s).expect("in range");
        let outages = Outages::between(&[(t(0), true), (t(300), true), (t(600), false), (t(900), true)]);
        assert_eq!(outages, Outages(vec![(t(300), t(900))]));
        assert!(outages.covers(t(450)) && !outages.covers(t(100)) && !outages.covers(t(1000)));
        assert_eq!(Outages::between(&[(t(0), true), (t(300), true)]), Outages(vec![]));
    }

    #[test]
    fn a_line_that_never_came_back_spoils_the_rest() {
        let t = |s: i64| Timestamp::from_second(s).expect("in range");
        assert!(Outages::between(&[(t(0), true), (t(300), false)]).covers(t(5000)));
    }
}
