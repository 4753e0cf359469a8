//! Politeness: one budget per address group for all protocols together.
//!
//! A look holds a place at one address at a time and gives it up before it asks for another, so looks cannot wait for
//! each other in a ring. No shared slot is held while waiting for a place or for its turn there.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::address::Group;
use super::distress::{Distress, Sign};
use super::settings::{Settings, SetupError};

pub(super) struct Polite {
    limiter: RateLimiter<Group, HashMapStateStore<Group>, DefaultClock>,
    clock: DefaultClock,
    places: Mutex<HashMap<Group, Arc<Place>>>,
    connections: usize,
    slots: Semaphore,
    turns: AtomicU64,
}

/// One address group: its lines and what was sent there.
pub(super) struct Place {
    group: Group,
    lines: Arc<Semaphore>,
    paused_until: Mutex<Option<Instant>>,
    distress: Mutex<Distress>,
    connections: AtomicU64,
    handshakes: AtomicU64,
    requests: AtomicU64,
}

/// A line held at one address group.
pub(super) struct Seat {
    pub(super) place: Arc<Place>,
    _line: OwnedSemaphorePermit,
}

/// What was sent to one address group during the life of a fetcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentTo {
    /// IPv4 address or IPv6 /64.
    pub address: String,
    pub connections: u64,
    pub handshakes: u64,
    pub requests: u64,
}

/// Something that is sent to an address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent {
    Connection,
    Handshake,
    Request,
}

impl Polite {
    pub(super) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let rate = settings.requests_per_second;
        let period = Some(rate).filter(|r| r.is_finite() && *r > 0.0).map(|r| (1.0 / r).clamp(1e-9, 86_400.0));
        let quota =
            period.and_then(|p| Quota::with_period(Duration::from_secs_f64(p))).ok_or(SetupError::Rate(rate))?;
        // A burst of one second's worth, and never less than one.
        let burst = NonZeroU32::new(rate.clamp(1.0, 1e6) as u32).unwrap_or(NonZeroU32::MIN);
        for (name, value) in [
            ("connections per address", settings.connections_per_address),
            ("sites in flight", settings.sites_in_flight),
        ] {
            if value == 0 {
                return Err(SetupError::Zero(name));
            }
        }
        Ok(Polite {
            limiter: RateLimiter::hashmap(quota.allow_burst(burst)),
            clock: DefaultClock::default(),
            places: Mutex::new(HashMap::new()),
            connections: settings.connections_per_address.min(1 << 16) as usize,
            slots: Semaphore::new(settings.sites_in_flight.min(1 << 20) as usize),
            turns: AtomicU64::new(0),
        })
    }

    fn place(&self, group: Group) -> Arc<Place> {
        let new = || {
            Arc::new(Place {
                group,
                lines: Arc::new(Semaphore::new(self.connections)),
                paused_until: Mutex::new(None),
                distress: Mutex::default(),
                connections: AtomicU64::new(0),
                handshakes: AtomicU64::new(0),
                requests: AtomicU64::new(0),
            })
        };
        lock(&self.places).entry(group).or_insert_with(new).clone()
    }

    /// Waits for a line to the address group of `ip`.
    pub(super) async fn sit(&self, ip: IpAddr) -> Seat {
        let place = self.place(Group::of(ip));
        let line = place.lines.clone().acquire_owned().await.expect("this semaphore is never closed");
        Seat { place, _line: line }
    }

    /// Waits until `seat`'s address may be sent `count` more things.
    pub(super) async fn turns(&self, seat: &Seat, count: u32) {
        for _ in 0..count {
            loop {
                let pause = *lock(&seat.place.paused_until);
                if let Some(until) = pause
                    && until > Instant::now()
                {
                    tokio::time::sleep_until(until.into()).await;
                    continue;
                }
                match self.limiter.check_key(&seat.place.group) {
                    Ok(()) => break,
                    Err(early) => tokio::time::sleep(early.wait_time_from(self.clock.now())).await,
                }
            }
        }
        // The limiter's map only grows until it is told to forget the addresses that are idle again.
        if self.turns.fetch_add(1, Ordering::Relaxed) % 4096 == 4095 {
            self.limiter.retain_recent();
        }
    }

    /// A slot for an exchange that starts now.
    pub(super) async fn slot(&self) -> SemaphorePermit<'_> {
        self.slots.acquire().await.expect("this semaphore is never closed")
    }

    /// What was sent, by address, busiest first.
    pub(super) fn report(&self) -> Vec<SentTo> {
        let mut rows: Vec<(Group, SentTo)> = lock(&self.places)
            .values()
            .map(|p| {
                let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
                let row = SentTo {
                    address: p.group.to_string(),
                    connections: load(&p.connections),
                    handshakes: load(&p.handshakes),
                    requests: load(&p.requests),
                };
                (p.group, row)
            })
            .collect();
        rows.sort_by(|(ga, a), (gb, b)| b.requests.cmp(&a.requests).then(ga.cmp(gb)));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl Seat {
    pub(super) fn is_at(&self, ip: IpAddr) -> bool {
        self.place.group == Group::of(ip)
    }

    pub(super) fn sent(&self, what: Sent) {
        let counter = match what {
            Sent::Connection => &self.place.connections,
            Sent::Handshake => &self.place.handshakes,
            Sent::Request => &self.place.requests,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes how the server fares; it is left alone for a while when it can hardly cope.
    pub(super) fn felt(&self, sign: Sign) {
        let rest = lock(&self.place.distress).felt(sign);
        if let Some(rest) = rest {
            self.pause(rest);
        }
    }

    /// Nobody sends anything to this address for `pause`.
    pub(super) fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut current = lock(&self.place.paused_until);
        *current = Some(current.map_or(until, |c| c.max(until)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
