//! Questions by ClientHello to the TLS server of a page: what it speaks when it does not speak with us, or all of it.
//!
//! Politeness is that of every other exchange. One endpoint is handed at most [`Offer::MOST`] handshakes of all kinds in one
//! run, one after another, and after a failure the first look leaves enough for the second. A ServerHello is proof: what was
//! accepted once is not asked again in the same run.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use url::Url;

use super::SiteFetcher;
use crate::evidence::hello::{HelloAnswer, HelloLook, Offer};
use crate::evidence::{Cause, Failure};
use crate::fetch::hand;
use crate::fetch::polite::Sent;
use crate::fetch::target::Target;
use crate::fetch::tls::unanswered;

/// Questions of the second look that the first leaves room for.
const SECOND: u32 = 3;
/// Questions that may stay without an answer before no more are asked.
const SILENT: u32 = 2;

/// What was asked so far in this run, by host and address. Only endpoints that were asked stand here.
#[derive(Default)]
pub(in crate::fetch) struct Asked(Mutex<HashMap<(String, SocketAddr), Endpoint>>);

#[derive(Default)]
struct Endpoint {
    /// Handshakes of all kinds.
    handshakes: u32,
    /// Answers that need no second hearing.
    answered: Vec<HelloLook>,
}

impl Asked {
    fn with<T>(&self, key: &(String, SocketAddr), act: impl FnOnce(&mut Endpoint) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(key.clone()).or_default())
    }
}

impl SiteFetcher {
    /// What the server at `url` speaks, now that an ordinary handshake there ended in `failure`. Ends with the first offer
    /// that is accepted.
    pub async fn ask_after_failure(&mut self, url: &Url, failure: &Failure) {
        let offers: &[Offer] = match failure.cause {
            // Nothing was negotiated; two tries were made already.
            Cause::TlsReset | Cause::TlsClosed => &Offer::AFTER_FAILURE[..3],
            // Every further question may cost its whole wait.
            Cause::TlsTimeout => &Offer::AFTER_FAILURE[..2],
            Cause::TlsVersionUnsupported
            | Cause::TlsNoSharedCipher
            | Cause::TlsNationalCrypto
            | Cause::TlsAlert
            | Cause::TlsMalformed => &Offer::AFTER_FAILURE,
            _ => return,
        };
        self.ask(url, offers, true).await;
    }

    /// Everything the server at `url` speaks.
    pub async fn survey(&mut self, url: &Url) {
        self.ask(url, &Offer::SURVEY, false).await;
    }

    async fn ask(&mut self, url: &Url, offers: &[Offer], until_accepted: bool) {
        let Some(target) = Target::of(url).filter(|t| t.tls && self.reach.allows(t)) else { return };
        let made = |t: &crate::evidence::TlsLook| t.host == target.host && t.port == target.port;
        let Some(address) = self.tls.iter().rev().find(|t| made(t)).and_then(|t| t.address.parse().ok()) else {
            return;
        };
        let ordinary = u32::try_from(self.tls.iter().filter(|t| made(t)).count()).unwrap_or(Offer::MOST);
        let key = (target.host.clone(), address);
        let fetcher = self.fetcher.clone();
        let most = fetcher.inner.asked.with(&key, |endpoint| {
            let first = endpoint.handshakes == 0;
            endpoint.handshakes += ordinary;
            if first && until_accepted { Offer::MOST.saturating_sub(ordinary + SECOND) } else { Offer::MOST }
        });
        let mut silent = 0;
        for offer in offers {
            // After a failure a refusal may have been the same hiccup; a survey follows a handshake that went well, and its
            // answers are weighed together.
            let holds =
                |look: &&HelloLook| look.offer == *offer && (look.answer.accepted().is_some() || !until_accepted);
            let known = fetcher.inner.asked.with(&key, |e| e.answered.iter().find(holds).cloned());
            let look = match known {
                Some(known) => known,
                // Every further question may cost its whole wait.
                None if silent >= SILENT => self.question(&target, address, *offer, 0).await,
                None => self.question(&target, address, *offer, most).await,
            };
            silent += u32::from(look.answer == HelloAnswer::Silent);
            let accepted = look.answer.accepted().is_some();
            let unanswerable = matches!(look.answer, HelloAnswer::Unasked(Cause::Cancelled));
            self.hellos.push(look);
            if unanswerable || (accepted && until_accepted) {
                return;
            }
        }
    }

    /// One question, as far as budgets allow it.
    async fn question(&mut self, target: &Target, address: SocketAddr, offer: Offer, most: u32) -> HelloLook {
        let fetcher = self.fetcher.clone();
        let key = (target.host.clone(), address);
        let mut look = HelloLook {
            host: target.host.clone(),
            port: target.port,
            address: address.to_string(),
            at: fetcher.clock().now(),
            offer,
            answer: HelloAnswer::Unasked(Cause::BudgetSpent),
            nth: 0,
            sent: 0,
            received: 0,
            elapsed_ms: 0,
        };
        if let Some(cause) = self.over() {
            look.answer = HelloAnswer::Unasked(cause);
            return look;
        }
        let nth = fetcher.inner.asked.with(&key, |endpoint| {
            (endpoint.handshakes < most).then(|| {
                endpoint.handshakes += 1;
                endpoint.handshakes
            })
        });
        let Some(nth) = nth else { return look };
        let cancel = self.cancel.clone();
        let asked = tokio::select! {
            biased;
            _ = cancel.cancelled() => {
                look.answer = HelloAnswer::Unasked(Cause::Cancelled);
                return look;
            }
            asked = self.hello(target, address, offer) => asked,
        };
        match asked {
            Ok(asked) => look = HelloLook { address: look.address, ..asked },
            Err(failure) => look.answer = unanswered(&failure),
        }
        look.nth = nth;
        if look.answer.is_heard() {
            fetcher.inner.asked.with(&key, |endpoint| endpoint.answered.push(look.clone()));
        }
        look
    }

    async fn hello(&mut self, target: &Target, address: SocketAddr, offer: Offer) -> Result<HelloLook, Failure> {
        let fetcher = self.fetcher.clone();
        let patience = fetcher.settings().budget.connect;
        self.sit(address.ip()).await;
        self.turns(2).await;
        let _slot = self.waiting(fetcher.inner.polite.slot()).await;
        self.page_end = Instant::now() + fetcher.settings().budget.page;
        self.sent(Sent::Connection);
        let tcp = hand::connect(address, self.until().within(patience)).await?;
        self.sent(Sent::Handshake);
        let until = self.until().within(patience);
        Ok(fetcher.inner.tls.ask(tcp, target, offer, fetcher.clock().now(), until).await)
    }
}
