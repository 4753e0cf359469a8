//! The servers of the classes: real programs on free loopback ports, with certificates made anew.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::classes::{By, CLASSES, Class, HOST};
use crate::outside::pki::{self, Odd};
use crate::support::until;

/// Where nobody listens.
pub const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Where a class listens: encrypted and plain.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub tls: SocketAddr,
    pub plain: SocketAddr,
}

/// All classes this machine can serve. Ended when dropped.
pub struct Servers {
    dir: TempDir,
    daemons: Vec<Child>,
    at: BTreeMap<&'static str, Ports>,
}

/// Whether a program can be started.
fn there(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

impl By {
    fn program(&self) -> &'static str {
        match self {
            By::OpenSsl(_) => "openssl",
            By::Nginx { .. } => "nginx",
            By::GnuTls(_) => "gnutls-serv",
            By::TlsLite(_) => "tls.py",
        }
    }
}

impl Servers {
    /// # Panics
    /// When they do not come up, three times in a row: between choosing a port and using it somebody else may take it.
    pub fn start() -> Servers {
        let dir = tempfile::tempdir().expect("a folder");
        material(dir.path());
        let able: Vec<&'static Class> = CLASSES.iter().filter(|class| is_able(class)).collect();
        let mut servers = Servers { dir, daemons: Vec::new(), at: BTreeMap::new() };
        for _ in 0..3 {
            servers.at = chosen(&able);
            servers.begin();
            if servers.are_up() {
                return servers;
            }
            servers.end();
        }
        panic!("{}", fs::read_to_string(servers.path("daemons.log")).unwrap_or_default());
    }

    fn begin(&mut self) {
        let mut nginx = String::new();
        for (class, ports) in self.classes().collect::<Vec<_>>() {
            match &class.by {
                By::Nginx { tls, plain, page } => nginx += &self.site(class, ports, tls, plain, page),
                by => self.single(class, by, ports.tls),
            }
        }
        if !nginx.is_empty() {
            self.nginx(&nginx);
        }
    }

    /// Waits until every server listens; `false` when one of them has given up.
    fn are_up(&mut self) -> bool {
        let nginx = self.path("nginx.pid");
        let mut ended = false;
        for (class, ports) in self.classes().collect::<Vec<_>>() {
            until(&format!("{} listens", class.name), || {
                ended |= self.daemons.iter_mut().any(|d| d.try_wait().expect("our own child").is_some());
                let ready = match class.by {
                    // Written when all its ports are its own.
                    By::Nginx { .. } => fs::read_to_string(&nginx).is_ok_and(|pid| !pid.is_empty()),
                    _ => TcpStream::connect(ports.tls).is_ok(),
                };
                ended || ready
            });
        }
        !ended
    }

    fn end(&mut self) {
        for daemon in &self.daemons {
            // nginx ends its workers when asked to; killed it would leave them.
            let _ = Command::new("kill").arg(daemon.id().to_string()).status();
        }
        for mut daemon in self.daemons.drain(..) {
            let _ = daemon.wait();
        }
    }

    pub fn classes(&self) -> impl Iterator<Item = (&'static Class, Ports)> {
        CLASSES.iter().filter_map(|class| Some((class, *self.at.get(class.name)?)))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A register of the one site `class` for the program's own commands: `servers.toml` in the folder of the servers.
    pub fn register(&self, class: &str) -> PathBuf {
        let Ports { tls, plain } = self.at[class];
        let text = format!(
            "[settings]\nname = \"洛水市\"\nregion = \"619988\"\n[settings.contact]\nperson = \"王芳\"\nphone = \"0999-8800000\"\n\
             [settings.network]\nresolvers = [\"{NOBODY}\"]\ntrust_roots = [\"root.pem\"]\nallow_private = true\n\
             dial = {{ \"{HOST}:443\" = \"{tls}\", \"{HOST}:80\" = \"{plain}\" }}\ncanaries = [\"https://{HOST}/\"]\n\
             agent_contact = \"https://{HOST}/\"\n[settings.politeness]\nrequests_per_second = 2000\n\
             [[unit]]\nid = \"u\"\nname = \"洛水市人民政府\"\nlevel = \"市级部门\"\n\
             [[site]]\nid = \"6199880001\"\nname = \"洛水市人民政府\"\nurl = \"https://{HOST}/\"\nsponsor = \"u\"\n"
        );
        let path = self.path("servers.toml");
        fs::write(&path, text).expect("a file");
        path
    }

    fn single(&mut self, class: &Class, by: &By, at: SocketAddr) {
        let (cert, key) = (format!("{}.pem", class.cert), format!("{}.key", class.cert));
        let port = at.port().to_string();
        let mut command = Command::new(by.program());
        match by {
            By::OpenSsl(arguments) => {
                command.args(["s_server", "-www", "-quiet", "-key", &key, "-cert", &cert, "-accept", &at.to_string()]);
                let chain = format!("{}.chain", class.cert);
                if self.path(&chain).exists() {
                    command.args(["-cert_chain", &chain]);
                }
                command.args(arguments.split_whitespace());
            }
            By::GnuTls(priorities) => {
                command.args([
                    "--quiet",
                    "--http",
                    "--disable-client-cert",
                    "--x509certfile",
                    &cert,
                    "--x509keyfile",
                    &key,
                ]);
                command.args(["--port", &port, "--priority"]).args(priorities.split_whitespace());
            }
            By::TlsLite(arguments) => {
                command
                    .args(["server", "-k", &key, "-c", &cert])
                    .args(arguments.split_whitespace())
                    .arg(at.to_string());
            }
            By::Nginx { .. } => return,
        }
        self.daemon(command);
    }

    fn site(&self, class: &Class, ports: Ports, tls: &str, plain: &str, page: &str) -> String {
        let root = self.path(class.name);
        fs::create_dir_all(&root).expect("a folder");
        let html = format!("<!DOCTYPE html><html><head><title>x</title></head><body><p>x</p>{page}</body></html>");
        fs::write(root.join("index.html"), html).expect("a file");
        let (dir, root) = (self.dir.path().display(), root.display());
        let tls = tls.replace("root.pem", &self.path("root.pem").display().to_string());
        let Ports { tls: secure, plain: open } = ports;
        format!(
            "server {{ listen {secure} ssl; root {root}; ssl_certificate {dir}/{0}.pem; ssl_certificate_key {dir}/{0}.key; {tls} }}\n\
             server {{ listen {open}; root {root}; {plain} }}\n",
            class.cert
        )
    }

    fn nginx(&mut self, sites: &str) {
        let dir = self.dir.path().display();
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("{name}_temp_path {dir}/{name};"))
            .collect();
        let text = format!(
            "daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log; worker_processes 1;\nevents {{}}\n\
             http {{ types {{ text/html html; }} access_log off; {temp}\n{sites}}}\n"
        );
        fs::write(self.path("nginx.conf"), text).expect("a file");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(self.dir.path()).arg("-c").arg(self.path("nginx.conf"));
        self.daemon(command);
    }

    fn daemon(&mut self, mut command: Command) {
        let quiet =
            command.current_dir(self.dir.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.daemons.push(quiet.spawn().expect("a server"));
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.end();
    }
}

fn is_able(class: &Class) -> bool {
    let able = there(class.by.program());
    if !able {
        println!("skipped: {} needs {}", class.name, class.by.program());
    }
    able
}

/// Ports nobody uses at this moment, all different.
fn chosen(classes: &[&'static Class]) -> BTreeMap<&'static str, Ports> {
    let mut held = Vec::new();
    let mut free = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("bound");
        held.push(listener);
        at
    };
    let mut ports = |class: &&'static Class| {
        let plain = if matches!(class.by, By::Nginx { .. }) { free() } else { NOBODY };
        (class.name, Ports { tls: free(), plain })
    };
    classes.iter().map(&mut ports).collect()
}

/// Keys, certificates and primes.
fn material(dir: &Path) {
    let usual =
        ["ok", "expired", "future", "other-host", "expired-other-host", "self-signed", "other-root", "leaf-only"];
    pki::make(dir, &usual.map(|name| (name, HOST)));
    let plain = |name: &'static str, key: &'static str, digest: &'static str| Odd {
        name,
        key,
        digest,
        subject: format!("CN={HOST}"),
        names: Some(format!("DNS:{HOST}")),
        chain: &["inter-rsa"],
    };
    let many = |count: usize| {
        let more: String = (0..count).map(|n| format!(",DNS:n{n}.luoshui.gov.cn")).collect();
        Some(format!("DNS:{HOST}{more}"))
    };
    let rsa = "rsa:2048";
    for odd in [
        plain("rsa2048", rsa, "sha256"),
        Odd { chain: &["root", "inter-rsa"], ..plain("reversed", rsa, "sha256") },
        Odd { subject: "O=luoshui".into(), ..plain("no-cn", rsa, "sha256") },
        Odd { subject: String::new(), ..plain("no-subject", rsa, "sha256") },
        Odd { names: None, ..plain("no-san", rsa, "sha256") },
        plain("sha1", rsa, "sha1"),
        plain("md5", rsa, "md5"),
        plain("rsa512", "rsa:512", "sha256"),
        plain("rsa1024", "rsa:1024", "sha256"),
        plain("rsa4096", "rsa:4096", "sha256"),
        plain("sha384", rsa, "sha384"),
        plain("sha512", rsa, "sha512"),
        plain("ec384", "ec -pkeyopt ec_paramgen_curve:P-384", "sha256"),
        Odd { names: many(1_000), ..plain("sans-1000", rsa, "sha256") },
        Odd { names: many(10_000), ..plain("sans-10000", rsa, "sha256") },
    ] {
        pki::odd(dir, &odd);
    }
    for bits in [512, 1024] {
        pki::openssl(dir, &format!("dhparam -out dh{bits}.pem {bits}"));
    }
    // What follows the first certificate goes into a file of its own, as s_server wants it.
    for class in CLASSES {
        let text = fs::read_to_string(dir.join(format!("{}.pem", class.cert))).expect("made");
        let end = "-----END CERTIFICATE-----\n";
        if let Some((_, rest)) = text.split_once(end).filter(|(_, rest)| !rest.is_empty()) {
            fs::write(dir.join(format!("{}.chain", class.cert)), rest).expect("a file");
        }
    }
}
