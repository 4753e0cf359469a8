//! A running city: its sockets, its days, its register and its truth.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::compare::Planted;
use super::pki::Pki;
use super::plan::Plan;
use super::profile::{Expected, Profile};
use super::server::{Shared, accept};
use super::world::{Addresses, World};
use super::{DemoError, dns, register};
use crate::clock;

/// Most loopback addresses sites are spread over.
const POOL: u8 = 32;

/// What kind of city.
#[derive(Debug, Clone)]
pub struct CityOptions {
    /// How many sites the register lists.
    pub sites: usize,
    pub seed: u64,
    /// Profiles the sites take in turn; empty means a whole city.
    pub cast: Vec<&'static Profile>,
    /// Beginning of the first day; certificates and register dates are counted from it.
    pub start: Timestamp,
}

/// A simulated city, serving on loopback until shut down or dropped.
pub struct City {
    world: Arc<World>,
    start: Timestamp,
    dns: SocketAddr,
    cut: watch::Sender<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Held, not used: the servers run on it.
    _threads: Threads,
    /// Bound but never listening: whoever connects is refused, and nobody else can take the port.
    _reserved: Vec<TcpSocket>,
}

impl City {
    /// Plans the city, makes its certificates and opens its sockets on free ports.
    pub async fn start(options: &CityOptions) -> Result<City, DemoError> {
        let plan = Plan::cast(options.sites, options.seed, &options.cast);
        let pki = Pki::new(options.start)?;
        let threads = Threads::new().map_err(DemoError::Bind)?;
        let sites = options.sites;
        let opening = threads.handle.spawn(async move {
            let ports = Ports::open(sites).await?;
            Ok::<_, DemoError>((ports, dns::bind().await.map_err(DemoError::Bind)?))
        });
        let (ports, sockets) = opening.await.map_err(|e| DemoError::Bind(e.into()))??;
        let dns_at = sockets.at;
        let first_day = clock::local(options.start).date();
        let world = Arc::new(World::new(plan, pki, ports.addresses, first_day));
        let (cut, cut_seen) = watch::channel(false);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let serve_names = dns::serve(sockets, Arc::clone(&world), cut_seen.clone(), stop.clone(), tasks.clone());
        tasks.spawn_on(serve_names, &threads.handle);
        let shared = Shared { world: Arc::clone(&world), cut: cut_seen, stop: stop.clone(), tasks: tasks.clone() };
        for (listener, secure) in ports.listeners {
            tasks.spawn_on(accept(listener, secure, shared.clone()), &threads.handle);
        }
        let _reserved = ports.reserved;
        Ok(City { world, start: options.start, dns: dns_at, cut, stop, tasks, _threads: threads, _reserved })
    }

    pub fn plan(&self) -> &Plan {
        &self.world.plan
    }

    /// Where the name service listens, UDP and TCP.
    pub fn resolver(&self) -> SocketAddr {
        self.dns
    }

    pub fn addresses(&self) -> &Addresses {
        &self.world.addresses
    }

    /// The root certificate to be trusted, PEM.
    pub fn root_pem(&self) -> &str {
        self.world.pki.root_pem()
    }

    /// Moves to `day` (first day: 0). Also call it before a second run on the same day: what fails once per day fails anew.
    pub fn set_day(&self, day: u32) {
        self.world.set_day(day);
    }

    pub fn day(&self) -> u32 {
        self.world.day()
    }

    /// What a right inspector finds on `day`, in register order. Complete for rows of the list; hints are not complete.
    pub fn expected(&self, day: u32) -> Vec<(String, Vec<Expected>)> {
        self.world.plan.expected(day)
    }

    /// The same with names and profiles, for [`super::compare::compare`].
    pub fn planted(&self, day: u32) -> Vec<Planted> {
        let plan = &self.world.plan;
        let row = |(site, (id, expected)): (&super::plan::Site, (String, Vec<Expected>))| Planted {
            site: id,
            name: site.name.clone(),
            profile: site.profile.name.to_owned(),
            kind: site.profile.kind,
            expected,
        };
        plan.sites.iter().zip(plan.expected(day)).map(row).collect()
    }

    /// The truth of `day` as JSON (`{"v": 1, "day": …, "sites": […]}`), for a patrol measured in another process.
    pub fn truth_json(&self, day: u32) -> String {
        serde_json::json!({ "v": 1, "day": day, "seed": self.world.plan.seed, "sites": self.planted(day) }).to_string()
    }

    /// Writes `targets.toml` and `ca.pem` into `dir` (made if missing) and gives the path of the former.
    pub fn register_toml(&self, dir: &Path) -> Result<PathBuf, DemoError> {
        let write = |name: &str, text: &str| {
            let path = dir.join(name);
            std::fs::write(&path, text)
                .map(|()| path.clone())
                .map_err(|source| DemoError::Write { path: path.clone(), source })
        };
        std::fs::create_dir_all(dir).map_err(|source| DemoError::Write { path: dir.to_owned(), source })?;
        write("ca.pem", self.root_pem())?;
        write("targets.toml", &register::text(&self.world, self.dns, clock::local(self.start).date()))
    }

    /// From now on the city lives by `clock`, which must be one that can be moved: slow pages move it, and flaky sites go by its
    /// hours. Let one visitor in at a time, or visitors are charged for each other's slow pages.
    pub fn follow(&self, clock: &clock::Clock) {
        let _ = self.world.clock.set(clock.clone());
    }

    /// `true`: the machine has no network any more; no name server answers and connections are reset at once.
    pub fn cut_network(&self, cut: bool) {
        self.cut.send_replace(cut);
    }

    /// `true`: only the reference points fail, the sites go on.
    pub fn spoil_canaries(&self, down: bool) {
        self.world.spoil_canaries(down);
    }

    /// Stops all servers and waits for their connections to end.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for City {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The city's own threads: a client that keeps its own busy with reading pages must not delay the servers it asks, or it
/// would take its own load for theirs.
struct Threads {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Threads {
    fn new() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("city").enable_all().build()?;
        let handle = runtime.handle().clone();
        Ok(Threads { runtime: Some(runtime), handle })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for them is not allowed inside another runtime.
            runtime.shutdown_background();
        }
    }
}

/// Sockets of the web servers.
struct Ports {
    addresses: Addresses,
    listeners: Vec<(TcpListener, bool)>,
    reserved: Vec<TcpSocket>,
}

impl Ports {
    /// Two free ports, the same on every address of the pool, so that two entries of a port map lead to all sites.
    async fn open(sites: usize) -> Result<Self, DemoError> {
        let mut last = None;
        for _ in 0..16 {
            match Ports::try_open(sites).await {
                Ok(ports) => return Ok(ports),
                Err(error) => last = Some(error),
            }
        }
        Err(DemoError::Bind(last.unwrap_or_else(|| std::io::Error::other("no free ports"))))
    }

    async fn try_open(sites: usize) -> std::io::Result<Self> {
        let first = Ipv4Addr::LOCALHOST;
        let secure = TcpListener::bind((first, 0)).await?;
        let plain = TcpListener::bind((first, 0)).await?;
        let (https, http) = (secure.local_addr()?.port(), plain.local_addr()?.port());
        let mut listeners = vec![(secure, true), (plain, false)];
        let mut pool = vec![first];
        let more = |last: u8| Ipv4Addr::new(127, 0, 0, last);
        for last in 2..=POOL.min(sites.clamp(4, 255) as u8) {
            let address = more(last);
            match TcpListener::bind((address, https)).await {
                Ok(secure) => listeners.extend([(secure, true), (TcpListener::bind((address, http)).await?, false)]),
                // Systems with a single loopback address.
                Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => break,
                Err(error) => return Err(error),
            }
            pool.push(address);
        }
        let mut reserved = Vec::new();
        let reserve = |at: SocketAddr| {
            let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.bind(at)?;
            std::io::Result::Ok(socket)
        };
        let single = pool.len() == 1;
        let deserted = if single { Ipv6Addr::LOCALHOST.into() } else { more(POOL + 1).into() };
        for port in [https, http] {
            match reserve(SocketAddr::new(deserted, port)) {
                Ok(socket) => reserved.push(socket),
                // Without IPv6 nothing listens there either.
                Err(_) if single => {}
                Err(error) => return Err(error),
            }
        }
        let plain_only = if single { first } else { more(POOL + 2) };
        if !single {
            reserved.push(reserve(SocketAddr::new(plain_only.into(), https))?);
            listeners.push((TcpListener::bind((plain_only, http)).await?, false));
        }
        let addresses = Addresses { pool, deserted, plain_only: plain_only.into(), https, http };
        Ok(Ports { addresses, listeners, reserved })
    }
}
