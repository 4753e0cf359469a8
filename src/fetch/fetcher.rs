//! The door itself: settings, resolvers, TLS, politeness, shared by all looks.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::header::HeaderValue;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::evidence::{Cause, DnsStatus, Failure, NameLook, RecordKind, SiteProfile, Stage};

use super::address;
use super::canary::{self, CanaryReport};
use super::dns::Dns;
use super::head;
use super::polite::{Polite, SentTo};
use super::reach::Reach;
use super::settings::{Settings, SetupError};
use super::site::SiteFetcher;
use super::site::aside::Links;
use super::site::survey::Asked;
use super::target::Target;
use super::tls::Tls;

/// Everything that reaches the network goes through one of these. Cheap to clone; clones share one politeness.
#[derive(Clone)]
pub struct Fetcher {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) dns: Dns,
    pub(super) tls: Tls,
    pub(super) polite: Polite,
    pub(super) asked: Asked,
    pub(super) links: Links,
    /// Seconds our clock is off by, when the reference points say so.
    clock_off: Mutex<Option<i64>>,
    pub(super) agent: HeaderValue,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Checks the settings and prepares everything; opens no socket. The clock dates certificates and observations.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SetupError> {
        let polite = Polite::new(&settings)?;
        let tls = Tls::new(&settings.trust_roots)?;
        let dns = Dns::new(&settings, clock.clone());
        let agent = head::value(&head::user_agent(&settings.agent_contact));
        Ok(Fetcher {
            inner: Arc::new(Inner {
                settings,
                clock,
                dns,
                tls,
                polite,
                asked: Asked::default(),
                links: Links::default(),
                clock_off: Mutex::default(),
                agent,
            }),
        })
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Begins one look at one site: fresh connections, a fresh budget, the site's own reach.
    pub fn site(&self, profile: &SiteProfile, cancel: &CancellationToken) -> SiteFetcher {
        SiteFetcher::new(self.clone(), Reach::of(profile), cancel.clone())
    }

    /// Tries the reference points of our own line.
    pub async fn canaries(&self) -> CanaryReport {
        canary::all(self).await
    }

    /// Seconds our own clock is ahead, when at least two reference points said at their last round that it is wrong by more than a
    /// minute.
    pub fn clock_off(&self) -> Option<i64> {
        *self.inner.clock_off.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_clock_off(&self, off: Option<i64>) {
        *self.inner.clock_off.lock().unwrap_or_else(PoisonError::into_inner) = off;
    }

    /// What was sent so far, by address, busiest first.
    pub fn sent(&self) -> Vec<SentTo> {
        self.inner.polite.report()
    }
}

impl Inner {
    /// Addresses to dial for `target` in order, after every map and guard. `look` is what DNS said of its host; `own` is set
    /// for the office's own reference points, which may well stand on a private network.
    pub(super) fn addresses(
        &self,
        target: &Target,
        look: Option<&NameLook>,
        own: bool,
    ) -> Result<Vec<SocketAddr>, Failure> {
        if let Some(dialled) = self.dialled(target) {
            return Ok(vec![dialled]);
        }
        let found: Vec<IpAddr> = match (target.ip, look) {
            (Some(ip), _) => vec![ip],
            (None, Some(look)) => look.addresses(),
            (None, None) => Vec::new(),
        };
        if found.is_empty() {
            return Err(unresolved(look));
        }
        let port = self.settings.ports.get(&target.port).copied().unwrap_or(target.port);
        let open = |ip: &IpAddr| own || self.settings.allow_private || !address::is_local(*ip);
        let allowed: Vec<SocketAddr> =
            found.iter().filter(|ip| open(ip)).map(|ip| SocketAddr::new(*ip, port)).collect();
        if allowed.is_empty() {
            return Err(Failure::new(Stage::Dns, Cause::DnsPrivateAddress, found[0].to_string()));
        }
        Ok(allowed)
    }

    /// The address the settings dial for `target`, whatever DNS says.
    pub(super) fn dialled(&self, target: &Target) -> Option<SocketAddr> {
        if self.settings.dial.is_empty() {
            return None;
        }
        self.settings.dial.get(&target.dial_key()).copied()
    }
}

/// Why a name has no address.
fn unresolved(look: Option<&NameLook>) -> Failure {
    let Some(look) = look else {
        return Failure::new(Stage::Own, Cause::Internal, "the name was not asked for");
    };
    if let Some(failure) = look.failure() {
        return failure.clone();
    }
    let (cause, detail) = match look.query(RecordKind::A).map(|q| &q.status) {
        Some(DnsStatus::NoSuchName) => (Cause::DnsNoSuchName, "NXDOMAIN"),
        _ => (Cause::DnsNoData, "no address record"),
    };
    Failure::new(Stage::Dns, cause, detail)
}
