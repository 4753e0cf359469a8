//! Real servers on free loopback ports: nginx serves the sites, unbound resolves their names, openssl certifies them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::pages;
use super::pki;
use super::sites::{Page, Site};
use crate::support::program::{self, Ended};
use crate::support::until;

/// The fictional zones; the root zone keeps every other name at home.
const ZONES: [&str; 5] =
    ["luoshui.gov.cn", "lsjtj.com", "lsjy.cn", "luoshui.cn", "xn--6krv38bvhjctj3vdqyn.xn--zfr164b"];

/// The servers of a few sites, and an office beside them. Ended when dropped.
pub struct World {
    dir: TempDir,
    sites: Vec<Site>,
    ports: Ports,
    daemons: Vec<Child>,
}

struct Ports {
    http: u16,
    https: u16,
    dns: u16,
}

/// Programs this machine would need; the test says so and skips.
pub fn missing() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("Linux");
    }
    let there = |name: &str, flag: &str| {
        Command::new(name).arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    [("nginx", "-v"), ("unbound", "-V"), ("openssl", "version")].into_iter().find(|(n, f)| !there(n, f)).map(|(n, _)| n)
}

impl World {
    /// The portal first, which is sound and also a reference point; then `sites`.
    pub fn start(sites: Vec<Site>) -> World {
        let row = "class = \"门户\"";
        let portal = Site { key: "www", row, names: &["luoshui.gov.cn"], ..Site::default() };
        let sites: Vec<Site> = std::iter::once(portal).chain(sites).collect();
        let mut world =
            World { dir: tempfile::tempdir().expect("a folder"), sites, ports: Ports::free(), daemons: Vec::new() };
        for folder in ["pki", "www", "office", "t"] {
            fs::create_dir(world.path(folder)).expect("a folder");
        }
        let own: Vec<(&str, String)> =
            world.sites.iter().filter(|s| !s.cert.is_empty()).map(|s| (s.cert, s.host())).collect();
        let mut certificates: Vec<(&str, &str)> = vec![("ok", "www.luoshui.gov.cn")];
        certificates.extend(own.iter().map(|(name, host)| (*name, host.as_str())));
        pki::make(&world.path("pki"), &certificates);
        for (n, site) in world.sites.iter().enumerate() {
            world.publish(n, site);
        }
        fs::write(world.path("nginx.conf"), world.nginx()).expect("a file");
        fs::write(world.path("unbound.conf"), world.unbound()).expect("a file");
        fs::write(world.path("office/targets.toml"), world.register()).expect("a file");
        let (prefix, nginx, unbound) = (world.path(""), world.path("nginx.conf"), world.path("unbound.conf"));
        world.daemon(Command::new("nginx").arg("-p").arg(prefix).arg("-c").arg(nginx));
        world.daemon(Command::new("unbound").arg("-d").arg("-c").arg(unbound));
        let open = |port| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        let Ports { http, https, dns } = world.ports;
        until("the servers listen", || open(http) && open(https) && open(dns));
        world
    }

    fn daemon(&mut self, command: &mut Command) {
        let log = fs::File::create(self.path(&format!("daemon{}.log", self.daemons.len()))).expect("a file");
        let errors = log.try_clone().expect("a file");
        self.daemons.push(command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("a daemon"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the office works.
    pub fn office(&self) -> PathBuf {
        self.path("office")
    }

    /// Runs the program there.
    pub fn run(&self, line: &str) -> Ended {
        program::run(&self.office(), line.split(' '))
    }

    /// The sites' register ids with their keys.
    pub fn sites(&self) -> impl Iterator<Item = (String, &Site)> {
        self.sites.iter().enumerate().map(|(n, site)| (code(n), site))
    }

    /// The register id of a site.
    pub fn id(&self, key: &str) -> String {
        self.sites().find(|(_, s)| s.key == key).expect("a site of the world").0
    }

    /// Serves `html` as the home page of `key` from now on; returns what stood there.
    pub fn repaint(&self, key: &str, change: impl Fn(&str) -> String) -> String {
        let file = self.path(&format!("www/{key}/index.html"));
        let old = fs::read_to_string(&file).expect("a page");
        fs::write(&file, change(&old)).expect("a file");
        old
    }

    fn publish(&self, n: usize, site: &Site) {
        let root = self.path("www").join(site.key);
        let put = |name: &str, bytes: &[u8]| {
            let path: PathBuf = root.join(name);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
            fs::write(path, bytes).expect("a file");
        };
        let healthy = || {
            let mut html = pages::page(&pages::footer(n));
            for (from, to) in &site.edits {
                assert!(html.contains(from), "{}: nothing to change for {from}", site.key);
                html = html.replace(from, to);
            }
            fill(&html, n, site)
        };
        match &site.page {
            Page::Healthy => put("index.html", healthy().as_bytes()),
            Page::Gb18030 => put("index.html", &encoding_rs::GB18030.encode(&healthy()).0),
            Page::Files(files) => files.iter().for_each(|(name, text)| put(name, fill(text, n, site).as_bytes())),
            Page::Nobody => fs::create_dir_all(&root).expect("a folder"),
        }
    }

    fn nginx(&self) -> String {
        let Ports { http, https, .. } = self.ports;
        let root = self.dir.path().display();
        let mut out = format!(
            "daemon off; pid {root}/nginx.pid; error_log {root}/error.log; worker_processes 1;\nevents {{ worker_connections 1024; }}\n\
             http {{ default_type text/html; types {{ text/html html htm; application/javascript js; }} access_log off;\n\
             absolute_redirect off; gzip on; server_names_hash_bucket_size 128; client_body_temp_path {root}/t/1; proxy_temp_path {root}/t/2;\n\
             fastcgi_temp_path {root}/t/3; uwsgi_temp_path {root}/t/4; scgi_temp_path {root}/t/5;\n\
             server {{ listen 127.0.0.1:{http} default_server; listen 127.0.0.1:{https} ssl default_server; server_name _; return 404;\n\
             ssl_certificate {root}/pki/ok.pem; ssl_certificate_key {root}/pki/ok.key; }}\n\
             server {{ listen 127.0.0.1:{http}; server_name www.lsjy.cn; return 200 '<title>x</title>welcome'; }}\n"
        );
        for site in self.sites.iter().filter(|s| !matches!(s.page, Page::Nobody)) {
            let cert = if site.cert.is_empty() { "ok" } else { site.cert };
            let names = [&[site.host().as_str()], site.names].concat().join(" ");
            let files = "location / { try_files $uri $uri/index.html =404; }";
            let own = match site.server {
                "" | "plain too" => files.to_owned(),
                "ssi on" => format!("ssi on; {files}"),
                "every path is home" => "location / { try_files $uri /index.html; }".to_owned(),
                server if server.starts_with("return") => format!("location / {{ {server} }}"),
                server => server.to_owned(),
            };
            let listen = match (site.http, site.server) {
                (true, _) => format!("listen 127.0.0.1:{http};"),
                (false, "plain too") => format!("listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;"),
                _ => format!("listen 127.0.0.1:{https} ssl;"),
            };
            let hsts =
                if site.server == "plain too" { "" } else { "add_header Strict-Transport-Security max-age=31536000;" };
            let secure =
                format!("ssl_certificate {root}/pki/{cert}.pem; ssl_certificate_key {root}/pki/{cert}.key; {hsts}");
            let key = site.key;
            let _ = writeln!(
                out,
                "server {{ {listen} server_name {names}; root {root}/www/{key}; index index.html; {secure} {own} }}"
            );
            if !site.http && site.server != "plain too" {
                let to = "return 301 https://$host$request_uri;";
                let _ = writeln!(out, "server {{ listen 127.0.0.1:{http}; server_name {names}; {to} }}");
            }
        }
        out + "}\n"
    }

    /// Writes the zone files; returns the configuration.
    fn unbound(&self) -> String {
        let mut zones: BTreeMap<&str, String> = BTreeMap::new();
        for zone in ZONES {
            let head = format!(
                "{zone}. 60 IN SOA ns1.{zone}. hostmaster.{zone}. 1 3600 600 86400 60\n{zone}. 60 IN NS ns1.{zone}.\n{zone}. 60 IN NS ns2.{zone}.\n\
                 ns1.{zone}. 60 IN A 127.0.0.1\nns2.{zone}. 60 IN A 127.0.0.1\n"
            );
            zones.insert(zone, head);
        }
        let mut add = |host: &str, record: &str| {
            let zone =
                ZONES.iter().find(|z| host == **z || host.ends_with(&format!(".{z}"))).expect("a zone of the world");
            let text = zones.get_mut(zone).expect("all are there");
            record.lines().for_each(|r| {
                let _ = writeln!(text, "{host}. 60 IN {}", r.trim_start_matches("{host} "));
            });
        };
        for extra in ["www.lsjy.cn", "web.lsjy.cn", "canary.luoshui.gov.cn"] {
            add(extra, "A 127.0.0.1");
        }
        // Names that lead to each other: the resolver gives up (SERVFAIL).
        add("loop.luoshui.gov.cn", "CNAME servfail.luoshui.gov.cn.");
        for site in self.sites.iter().filter(|s| s.dns != "-") {
            add(&site.host(), if site.dns.is_empty() { "A 127.0.0.1" } else { site.dns });
            site.names.iter().for_each(|name| add(name, "A 127.0.0.1"));
        }
        fs::write(
            self.path("root.zone"),
            ". 60 IN SOA a.root. h.root. 1 3600 600 86400 60\n. 60 IN NS a.root.\na.root. 60 IN A 127.0.0.1\n",
        )
        .expect("a file");
        let root = self.dir.path().display();
        let mut out = format!(
            "server:\n interface: 127.0.0.1@{}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{root}\"\n pidfile: \"{root}/unbound.pid\"\n \
             use-syslog: no\n module-config: \"iterator\"\n do-ip6: no\n access-control: 127.0.0.0/8 allow\nremote-control:\n control-enable: no\n",
            self.ports.dns
        );
        let mut zone = |name: &str, file: &str| {
            let _ = write!(
                out,
                "auth-zone:\n name: \"{name}\"\n zonefile: \"{root}/{file}\"\n for-downstream: no\n for-upstream: yes\n fallback-enabled: no\n"
            );
        };
        zone(".", "root.zone");
        for (name, text) in &zones {
            fs::write(self.path(&format!("{name}.zone")), text).expect("a file");
            zone(&format!("{name}."), &format!("{name}.zone"));
        }
        out
    }

    fn register(&self) -> String {
        let Ports { http, https, dns } = self.ports;
        let mut dial = Vec::new();
        for site in self.sites.iter().filter(|s| !s.dial.is_empty()) {
            let (plain, secure) = match site.dial {
                "http" => (http, http),
                "https" => (http, https),
                _ => (1, 1),
            };
            dial.push(format!("\"{0}:80\" = \"127.0.0.1:{plain}\", \"{0}:443\" = \"127.0.0.1:{secure}\"", site.host()));
        }
        let mut out = format!(
            "[settings]\nname = \"洛水市\"\nregion = \"619988\"\n[settings.contact]\nperson = \"王芳\"\nphone = \"0999-8800000\"\n\
             [settings.network]\nresolvers = [\"127.0.0.1:{dns}\"]\ntrust_roots = [\"../pki/root.pem\"]\nallow_private = true\n\
             ports = {{ 443 = {https}, 80 = {http}, 8443 = {https}, 53 = {dns} }}\ndial = {{ {} }}\n\
             canaries = [\"canary.luoshui.gov.cn\", \"https://www.luoshui.gov.cn/\"]\nagent_contact = \"https://www.luoshui.gov.cn/\"\n\
             [settings.politeness]\nrequests_per_second = 2000\nconnections_per_address = 32\nrecheck_after_secs = 0\n\
             [settings.budget]\nconnect_secs = 3\ndns_secs = 2\n\
             [[exemption]]\nsite = \"{}\"\nrule = \"icp-link-missing\"\nreason = \"模板改版\"\nuntil = 2099-12-31\n",
            dial.join(", "),
            self.sites().find(|(_, s)| s.key == "exempt").map_or(code(0), |(id, _)| id),
        );
        for (n, site) in self.sites.iter().enumerate() {
            let level = if n % 2 == 0 { "市级部门" } else { "县市区" };
            let scheme = if site.http { "http" } else { "https" };
            let _ = write!(
                out,
                "[[unit]]\nid = \"u{n}\"\nname = \"{0}\"\nlevel = \"{level}\"\n[[site]]\nid = \"{1}\"\nname = \"{0}\"\nurl = \"{scheme}://{2}/\"\nsponsor = \"u{n}\"\n",
                name(n),
                code(n),
                site.address()
            );
            let usual = [format!("icp = \"{}\"", icp(n)), format!("psb = \"陕公网安备{}号\"", psb(n))];
            let key = |line: &str| line.split(" = ").next().map(str::to_owned);
            let kept = usual.iter().filter(|u| !site.row.lines().any(|r| key(r) == key(u)));
            for line in kept.map(String::as_str).chain(site.row.lines()).filter(|l| !l.ends_with("\"\"")) {
                let _ = writeln!(out, "{line}");
            }
        }
        out
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for daemon in &mut self.daemons {
            // nginx ends its workers when asked to; killed it would leave them.
            let _ = Command::new("kill").arg(daemon.id().to_string()).status();
        }
        for daemon in &mut self.daemons {
            let _ = daemon.wait();
        }
    }
}

impl Ports {
    /// Ports nobody uses at this moment.
    fn free() -> Ports {
        let (a, b) =
            (TcpListener::bind("127.0.0.1:0").expect("a port"), TcpListener::bind("127.0.0.1:0").expect("a port"));
        let port = |l: &TcpListener| l.local_addr().expect("bound").port();
        let dns = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
            let at = udp.local_addr().expect("bound");
            if TcpListener::bind(at).is_ok() {
                break at.port();
            }
        };
        Ports { http: port(&a), https: port(&b), dns }
    }
}

impl Site {
    /// As in the register's address: perhaps with a port.
    fn address(&self) -> String {
        if self.host.is_empty() { format!("{}.luoshui.gov.cn", self.key) } else { self.host.to_owned() }
    }

    fn host(&self) -> String {
        self.address().split(':').next().unwrap_or_default().to_owned()
    }
}

fn code(n: usize) -> String {
    format!("619988{:04}", n + 1)
}

fn icp(n: usize) -> String {
    format!("陕ICP备{}号", 19_008_800 + n)
}

fn psb(n: usize) -> String {
    format!("{}", 61_998_802_001_000 + n)
}

/// Units nobody knows: 洛水市第一局, 第二局 …
fn name(n: usize) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digits: String = (n + 1).to_string().bytes().map(|b| DIGITS[usize::from(b - b'0')]).collect();
    format!("洛水市第{digits}局")
}

fn fill(text: &str, n: usize, site: &Site) -> String {
    let wide = |c: char| {
        if c.is_ascii_digit() || c.is_ascii_uppercase() { char::from_u32(c as u32 + 0xFEE0).unwrap_or(c) } else { c }
    };
    let number = icp(n);
    text.replace("{icp-digits}", &(19_008_800 + n).to_string())
        .replace("{icp-wide}", &number.chars().map(wide).collect::<String>())
        .replace("{icp}", &number)
        .replace("{psb}", &psb(n))
        .replace("{code}", &code(n))
        .replace("{host}", &site.host())
        .replace("{name}", &name(n))
        .replace("{report}", &last_year())
        .replace("{n}", &format!("{:03}", n + 1))
}

/// The year whose report a home page must link to; the program under test reads the machine's clock.
fn last_year() -> String {
    let now = jiff::Timestamp::now();
    (jiff::tz::Offset::constant(8).to_datetime(now).year() - 1).to_string()
}
