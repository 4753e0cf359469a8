//! Real name servers on loopback addresses: two NSD, Knot, BIND, and relays that spoil the line to one of them.

use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::io::{ErrorKind, Read, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::zones::{self, Zone};
use crate::support::until;

/// Serves the root and gov.cn.
pub const PARENTS: [&str; 3] = ["127.53.0.1", "127.53.0.2", "127.53.0.3"];
/// NSD at two addresses of one network, and Knot.
pub const NSD: &str = "127.53.1.1";
pub const NSD_NEAR: &str = "127.53.1.3";
pub const KNOT: &str = "127.53.2.1";
/// BIND, which looks up names for anybody: the resolver of this world, and for one zone a server as open as can be. It
/// listens on configured addresses only.
pub const OPEN: &str = "127.0.0.1";
/// Relays to NSD: no TCP, slow, deaf to every first datagram; and one to nobody.
pub const NO_TCP: &str = "127.53.4.1";
pub const SLOW: &str = "127.53.5.1";
pub const LOSSY: &str = "127.53.6.1";
pub const MUTE: &str = "127.53.7.1";

/// How late the slow one is; resolvers wait that long.
const DELAY: Duration = Duration::from_millis(2200);

/// Which of the servers hold a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Nsd,
    Knot,
    Open,
}

pub struct Servers {
    dir: TempDir,
    port: u16,
    daemons: Vec<Child>,
    stop: Arc<AtomicBool>,
}

/// A program this machine would need; the test says so and skips.
pub fn missing() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("Linux");
    }
    let there = |name: &str, flag: &str| {
        Command::new(name).arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    [("nsd", "-v"), ("knotd", "-V"), ("named", "-v"), ("dnssec-signzone", "-V")]
        .into_iter()
        .find(|(n, f)| !there(n, f))
        .map(|(n, _)| n)
}

impl Servers {
    /// At a free port.
    pub fn start(all: &[Zone]) -> Servers {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        Servers::start_at(all, port)
    }

    pub fn start_at(all: &[Zone], port: u16) -> Servers {
        let dir = tempfile::tempdir().expect("a folder");
        let files = zones::write(dir.path(), all);
        let mut servers = Servers { dir, port, daemons: Vec::new(), stop: Arc::default() };
        let held = |holder| files.iter().filter(move |f| f.holder == Some(holder)).collect::<Vec<_>>();
        let parents: Vec<_> = files.iter().filter(|f| f.holder.is_none()).collect();
        servers.nsd("parents", &PARENTS, &parents);
        servers.nsd("nsd", &[NSD, NSD_NEAR], &held(Holder::Nsd));
        servers.knot(&held(Holder::Knot));
        servers.named(&held(Holder::Open));
        for (at, spoilt) in
            [(NO_TCP, Spoilt::NoTcp), (SLOW, Spoilt::Slow), (LOSSY, Spoilt::Lossy), (MUTE, Spoilt::Mute)]
        {
            servers.relay(at, spoilt);
        }
        for at in [PARENTS[0], NSD, KNOT, OPEN] {
            until("the servers listen", || TcpStream::connect(servers.at(at)).is_ok());
        }
        servers
    }

    pub fn at(&self, address: &str) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(address.parse::<Ipv4Addr>().expect("an address")), self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn daemon(&mut self, name: &str, config: &str, program: &mut Command) {
        fs::write(self.path(&format!("{name}.conf")), config).expect("a file");
        let log = fs::File::create(self.path(&format!("{name}.log"))).expect("a file");
        let errors = log.try_clone().expect("a file");
        program.arg("-c").arg(self.path(&format!("{name}.conf"))).stdin(Stdio::null()).stdout(log).stderr(errors);
        self.daemons.push(program.spawn().expect("a daemon"));
    }

    fn nsd(&mut self, name: &str, addresses: &[&str], zones: &[&zones::File]) {
        let root = self.dir.path().display().to_string();
        let port = self.port;
        let mut config = format!(
            "server:\n username: \"\"\n chroot: \"\"\n server-count: 1\n hide-version: yes\n zonesdir: \"{root}\"\n database: \"\"\n\
             \x20pidfile: \"\"\n zonelistfile: \"{root}/{name}.list\"\n xfrdfile: \"\"\n xfrdir: \"{root}\"\n rrl-ratelimit: 0\n"
        );
        for at in addresses {
            let _ = writeln!(config, " ip-address: {at}@{port}");
        }
        config += "remote-control:\n control-enable: no\n";
        for zone in zones {
            let _ = writeln!(config, "zone:\n name: \"{}\"\n zonefile: \"{}\"", zone.name, zone.path.display());
        }
        self.daemon(name, &config, Command::new("nsd").arg("-d"));
    }

    fn knot(&mut self, zones: &[&zones::File]) {
        let root = self.dir.path().display().to_string();
        let mut config = format!(
            "server:\n  rundir: \"{root}\"\n  listen: {KNOT}@{}\n  version: \"\"\n  identity: \"\"\ncontrol:\n  listen: knot.sock\n\
             database:\n  storage: \"{root}/knot\"\nlog:\n  - target: stderr\n    any: info\nzone:\n",
            self.port
        );
        for zone in zones {
            let _ = writeln!(
                config,
                "  - domain: \"{}\"\n    file: \"{}\"\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off",
                zone.name,
                zone.path.display()
            );
        }
        self.daemon("knot", &config, &mut Command::new("knotd"));
    }

    /// BIND asks other servers at the port it listens on, which makes a resolver of this closed world.
    fn named(&mut self, zones: &[&zones::File]) {
        let root = self.dir.path().display();
        let port = self.port;
        let mut config = format!(
            "options {{ directory \"{root}\"; port {port}; listen-on {{ {OPEN}; }}; listen-on-v6 {{ none; }}; query-source address {OPEN};\n\
             pid-file none; session-keyfile none; lock-file none; managed-keys-directory \"{root}\"; dnssec-validation no;\n\
             recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; empty-zones-enable no; allow-transfer {{ any; }}; version \"9.18.1-test\"; max-cache-size 16m; }};\ncontrols {{ }};\n\
             zone \".\" {{ type hint; file \"{root}/hints\"; }};\n"
        );
        for zone in zones {
            let _ = writeln!(
                config,
                "zone \"{}\" {{ type primary; file \"{}\"; check-names ignore; }};",
                zone.name,
                zone.path.display()
            );
        }
        fs::write(self.path("hints"), format!(". 60 IN NS a.root.\na.root. 60 IN A {}\n", PARENTS[0])).expect("a file");
        self.daemon("named", &config, Command::new("named").args(["-f", "-n", "1"]));
    }

    fn relay(&self, at: &str, spoilt: Spoilt) {
        let (at, to) = (self.at(at), self.at(NSD));
        let socket = UdpSocket::bind(at).expect("an address");
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket");
        let stop = Arc::clone(&self.stop);
        thread::spawn(move || datagrams(&socket, to, spoilt, &stop));
        if matches!(spoilt, Spoilt::Slow | Spoilt::Lossy) {
            let listener = TcpListener::bind(at).expect("an address");
            listener.set_nonblocking(true).expect("a socket");
            let stop = Arc::clone(&self.stop);
            thread::spawn(move || streams(&listener, to, spoilt, &stop));
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for daemon in &mut self.daemons {
            // Asked to end, they end their children; killed they would leave them.
            let _ = Command::new("kill").arg(daemon.id().to_string()).status();
        }
        for daemon in &mut self.daemons {
            let _ = daemon.wait();
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoilt {
    NoTcp,
    Slow,
    /// The first datagram of every question is lost.
    Lossy,
    Mute,
}

fn datagrams(socket: &UdpSocket, to: SocketAddr, spoilt: Spoilt, stop: &AtomicBool) {
    let mut buffer = [0; 4096];
    let mut heard = HashSet::new();
    while !stop.load(Ordering::Relaxed) {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(got) => got,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => return,
        };
        // Without its id, which is another each time.
        let question = buffer.get(2..length).unwrap_or_default().to_vec();
        if spoilt == Spoilt::Mute || spoilt == Spoilt::Lossy && heard.insert(question) {
            continue;
        }
        let (question, back) = (buffer[..length].to_vec(), socket.try_clone().expect("a socket"));
        thread::spawn(move || -> std::io::Result<()> {
            if spoilt == Spoilt::Slow {
                thread::sleep(DELAY);
            }
            let line = UdpSocket::bind("127.0.0.1:0")?;
            line.set_read_timeout(Some(Duration::from_secs(20)))?;
            line.send_to(&question, to)?;
            let mut answer = [0; 4096];
            let length = line.recv(&mut answer)?;
            back.send_to(&answer[..length], from)?;
            Ok(())
        });
    }
}

fn streams(listener: &TcpListener, to: SocketAddr, spoilt: Spoilt, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Ok((mut near, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        thread::spawn(move || -> std::io::Result<()> {
            near.set_nonblocking(false)?;
            if spoilt == Spoilt::Slow {
                thread::sleep(DELAY);
            }
            let mut far = TcpStream::connect(to)?;
            let mut length = [0; 2];
            for (from, into) in [(0, 1), (1, 0)] {
                let (a, b) = if (from, into) == (0, 1) { (&mut near, &mut far) } else { (&mut far, &mut near) };
                a.read_exact(&mut length)?;
                let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
                a.read_exact(&mut message)?;
                b.write_all(&[&length[..], &message].concat())?;
            }
            near.shutdown(Shutdown::Both)
        });
    }
}

/// Runs a tool of the BIND suite and returns what it said.
///
/// # Panics
/// When it fails.
pub fn tool(dir: &Path, name: &str, arguments: &str) -> String {
    let done = Command::new(name).args(arguments.split_whitespace()).current_dir(dir).output().expect(name);
    assert!(done.status.success(), "{name} {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}
