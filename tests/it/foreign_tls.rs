//! What real OpenSSL servers of many kinds speak, read by questions that are never completed.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::evidence::hello::{HelloAnswer, Offer};
use xunjian::evidence::{Evidence, Needs, SiteProfile};
use xunjian::fetch::{Fetcher, Settings};
use xunjian::inspect::{self, Verdict};
use xunjian::rule::RuleSet;

use crate::support::until;

const HOST: &str = "www.luoshui.gov.cn";

/// One `openssl s_server`, ended with its value.
struct Server {
    child: Child,
    at: SocketAddr,
}

impl Server {
    fn start(dir: &Path, arguments: &str) -> Server {
        let at = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        let child = Command::new("openssl")
            .args(["s_server", "-www", "-quiet", "-key", "key.pem", "-cert", "cert.pem", "-accept", &at.to_string()])
            .args(arguments.split_whitespace())
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl");
        until("the server listens", || TcpStream::connect(at).is_ok());
        Server { child, at }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn openssl(dir: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split_whitespace()).current_dir(dir).output().expect("openssl");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Keys, certificate and a prime of 1024 bits, made anew.
fn material(dir: &Path) {
    openssl(
        dir,
        &format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 200 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
        ),
    );
    openssl(dir, "dhparam -out dh1024.pem 1024");
}

async fn looked(at: SocketAddr) -> Evidence {
    let settings = Settings {
        dial: BTreeMap::from([(format!("{HOST}:443"), at), (format!("{HOST}:80"), at)]),
        resolvers: vec![at],
        requests_per_second: 1000.0,
        ..Settings::default()
    };
    let fetcher = Fetcher::new(settings, Clock::system()).expect("a fetcher");
    let profile = SiteProfile {
        id: "6108000001".into(),
        url: format!("https://{HOST}/"),
        hosts: vec![HOST.into()],
        ..SiteProfile::default()
    };
    let needs = Needs { tls_survey: true, ..Needs::default() };
    xunjian::crawl::look(profile, &needs, &fetcher, 1, &CancellationToken::new()).await
}

/// Failing rules of the encryption group, and what was answered to each offer, as `version suite`.
fn said(evidence: &Evidence) -> (Vec<String>, BTreeMap<Offer, String>) {
    let rules = RuleSet::embedded(&[]).expect("valid rules");
    let facts = xunjian::evidence::SiteFacts::of(evidence);
    let verdict = inspect::judge(&rules, &facts, &[]);
    let ours =
        |rule: &&str| rule.contains("tls") || rule.contains("suites") || rule.contains("dh") || rule.contains("renego");
    let failing =
        verdict.answers().filter(|(_, s)| matches!(s.verdict, Verdict::Fail(_))).map(|(r, _)| r.rule.as_str());
    let failing = failing.filter(ours).map(str::to_owned).collect();
    let answers = evidence.hellos.iter().map(|h| {
        let words = match &h.answer {
            HelloAnswer::Accepted(a) => format!("{} {}", a.version.name(), a.suite),
            other => format!("{other:?}"),
        };
        (h.offer, words)
    });
    (failing, answers.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_servers_are_known_by_what_they_speak() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: needs openssl");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    material(dir.path());
    // Arguments of the server, rules that must fail; all others of the group must not.
    let cases: &[(&str, &[&str])] = &[
        ("-cipher ECDHE+AESGCM", &[]),
        ("-tls1_3", &[]),
        ("-tls1_2 -cipher ECDHE+AESGCM", &[]),
        ("-tls1_2 -cipher AES128-SHA:AES256-SHA", &["old-suites-only"]),
        ("-tls1_2 -cipher ECDHE-RSA-AES128-SHA", &["old-suites-only"]),
        ("-tls1 -cipher ALL:@SECLEVEL=0", &["old-tls-only"]),
        ("-tls1_1 -cipher ALL:@SECLEVEL=0", &["old-tls-only"]),
        ("-cipher ECDHE+AES:@SECLEVEL=0", &["old-tls-offered"]),
        ("-cipher ALL:eNULL:@SECLEVEL=0", &["old-tls-offered", "weak-suites-offered"]),
        ("-no_tls1 -no_tls1_1 -cipher ALL:eNULL:@SECLEVEL=0", &["weak-suites-offered"]),
        ("-no_tls1 -no_tls1_1 -cipher ECDHE+AESGCM:DHE+AESGCM:@SECLEVEL=0 -dhparam dh1024.pem", &["weak-dh-group"]),
        ("-no_tls1 -no_tls1_1 -cipher ECDHE+AESGCM:DHE+AESGCM", &[]),
        ("-tls1_2 -cipher DHE-RSA-AES128-SHA:@SECLEVEL=0 -dhparam dh1024.pem", &["old-suites-only", "weak-dh-group"]),
    ];
    let mut wrong = Vec::new();
    for (arguments, expected) in cases {
        let server = Server::start(dir.path(), arguments);
        let evidence = looked(server.at).await;
        let handshakes = evidence.tls.len() + evidence.hellos.iter().filter(|h| h.nth > 0).count();
        assert!(handshakes <= 10, "{arguments}: {handshakes} handshakes");
        let (failing, answers) = said(&evidence);
        if failing != *expected {
            wrong.push(format!("{arguments}\n  found {failing:?}, expected {expected:?}\n  {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
