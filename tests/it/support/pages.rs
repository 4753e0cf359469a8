//! A browser of the plainest kind: asks the real service for pages and sends its forms.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;

use super::program::{Running, command, run};
use super::until;

/// The service under way.
pub struct Service {
    pub at: SocketAddr,
    pub program: Running,
}

impl Service {
    /// Serves the register and the ledger of `dir` on a port of the system's choice, without a schedule.
    pub fn start(dir: &Path, options: &[&str]) -> Service {
        let all: Vec<&str> = ["--no-schedule"].iter().chain(options).copied().collect();
        Service::start_scheduled(dir, &all)
    }

    /// The same with the schedule, unless `options` say otherwise.
    pub fn start_scheduled(dir: &Path, options: &[&str]) -> Service {
        let args = ["serve", "--listen", "127.0.0.1:0"].iter().chain(options).copied();
        let mut program = Running::start(command(dir, args));
        until("the service says where it is", || program.is_over() || program.said().contains("Ctrl-C"));
        let said = program.said();
        let at = said.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_else(|| panic!("{said}"));
        Service { at: at.parse().expect("an address"), program }
    }

    pub fn visitor(&self) -> Visitor {
        Visitor { at: self.at, cookie: None }
    }

    /// Somebody logged in.
    #[track_caller]
    pub fn log_in(&self, account: &str, password: &str) -> Visitor {
        let mut visitor = self.visitor();
        let reply = visitor.post("/login", &[("account", account), ("password", password)]);
        assert_eq!(reply.status, 303, "{}", reply.body);
        visitor
    }
}

/// Makes an account on the command line, the password through standard input.
pub fn person(dir: &Path, account: &str, password: &str, options: &[&str]) {
    let mut add = command(dir, ["people", "add", account].iter().chain(options));
    let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    writeln!(child.stdin.take().expect("piped"), "{password}").expect("written");
    assert!(child.wait().expect("ended").success());
}

/// A register as `init` writes it.
pub fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("folder");
    run(dir.path(), ["init"]).must(0, &[]);
    dir
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub bytes: Vec<u8>,
    pub body: String,
}

impl Reply {
    #[track_caller]
    pub fn must(self, status: u16, words: &[&str]) -> Reply {
        assert_eq!(self.status, status, "{}", self.body);
        for word in words {
            assert!(self.body.contains(word), "no “{word}” in {}", self.body);
        }
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Value of the first field of this name.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&mark).nth(1).unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split('"').next().expect("a quote").to_owned()
    }
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    pub at: SocketAddr,
    pub cookie: Option<String>,
}

impl Visitor {
    pub fn get(&mut self, path: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    /// Sends a form as it is.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send(&format!("POST {path} HTTP/1.1\r\n{kind}"), body.finish().as_bytes())
    }

    /// Takes a step with a row through the form on its page, as seen there.
    pub fn step(&mut self, page: &Reply, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Reply {
        let (csrf, seq) = (page.field("csrf"), page.field("seq"));
        let all: Vec<(&str, &str)> =
            [("csrf", csrf.as_str()), ("seq", &seq)].into_iter().chain(fields.iter().copied()).collect();
        self.multipart(path, &all, files)
    }

    pub fn multipart(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, bytes) in files {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            body.extend(head.bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        self.send(&format!("POST {path} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"), &body)
    }

    /// `head` without the lines that every request has.
    pub fn send(&mut self, head: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.at).expect("the service listens");
        let cookie = self.cookie.as_ref().map(|c| format!("Cookie: {c}\r\n")).unwrap_or_default();
        let length = if body.is_empty() && head.starts_with("GET") {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let head = format!("{head}Host: {}\r\nConnection: close\r\n{cookie}{length}\r\n", self.at);
        stream.write_all(head.as_bytes()).expect("sent");
        // A body that is refused at once may not be read to its end.
        let _ = stream.write_all(body);
        let mut raw = Vec::new();
        let _ = stream.read_to_end(&mut raw);
        let end = raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| panic!("no head in {raw:?}"));
        let text = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = text.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
        let pairs = lines.filter_map(|l| l.split_once(": "));
        let headers: BTreeMap<String, String> = pairs.map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
        if let Some(set) = headers.get("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        let bytes = raw[end + 4..].to_vec();
        let bytes =
            if headers.get("transfer-encoding").is_some_and(|v| v == "chunked") { dechunked(&bytes) } else { bytes };
        Reply { status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }
}

fn dechunked(mut raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = raw.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&raw[..end]), 16).unwrap_or(0);
        if size == 0 || raw.len() < end + 4 + size {
            break;
        }
        out.extend(&raw[end + 2..end + 2 + size]);
        raw = &raw[end + 4 + size..];
    }
    out
}
