//! The servers, asked by clients that share no code with them.

use std::collections::HashSet;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore, time_provider::TimeProvider};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::super::manner::{Encoding, Entry, Placed};
use super::super::plan::{Phase, Site};
use super::super::*;

fn start() -> Timestamp {
    "2026-05-08T01:00:00Z".parse().unwrap()
}

async fn city(sites: usize) -> City {
    City::start(&CityOptions { sites, seed: 7, cast: Vec::new(), start: start() }).await.unwrap()
}

fn site<'c>(city: &'c City, profile: &str) -> &'c Site {
    city.plan().sites.iter().find(|s| s.profile.name == profile).unwrap()
}

async fn ask(city: &City, name: &str, kind: RecordType) -> Message {
    let query = question(name, kind);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(city.resolver()).await.unwrap();
    socket.send(&query).await.unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

fn question(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(77, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(format!("{name}.")).unwrap(), kind));
    message.to_vec().unwrap()
}

fn address(message: &Message) -> Option<IpAddr> {
    message.answers.iter().find_map(|r| match &r.data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        _ => None,
    })
}

#[tokio::test]
async fn names_resolve_fail_and_alias_as_planned() {
    let city = city(240).await;
    let served = ask(&city, &site(&city, "ok-static").host, RecordType::A).await;
    assert_eq!(served.metadata.id, 77);
    assert!(served.metadata.recursion_available);
    assert!(address(&served).unwrap().is_loopback());

    let gone = ask(&city, &site(&city, "unresolvable-name").host, RecordType::A).await;
    assert_eq!(gone.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(gone.authorities[0].record_type(), RecordType::SOA);

    let no_v6 = ask(&city, &site(&city, "ok-static").host, RecordType::AAAA).await;
    assert_eq!(no_v6.metadata.response_code, ResponseCode::NoError);
    assert!(no_v6.answers.is_empty() && !no_v6.authorities.is_empty());

    let alias = ask(&city, &site(&city, "ok-alias").host, RecordType::A).await;
    assert_eq!(alias.answers[0].record_type(), RecordType::CNAME);
    assert!(address(&alias).is_some());

    let dangling = ask(&city, &site(&city, "dangling-alias").host, RecordType::A).await;
    assert_eq!(dangling.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(dangling.answers[0].record_type(), RecordType::CNAME);

    let mixed = ask(&city, &site(&city, "private-address").host, RecordType::A).await;
    assert_eq!(mixed.answers.len(), 2);

    let servers = ask(&city, "yunling.gov.cn", RecordType::NS).await;
    assert_eq!(servers.answers.len(), 2);
    let lone = ask(&city, &site(&city, "single-name-server").zone, RecordType::NS).await;
    assert_eq!(lone.answers.len(), 1);
    let below = ask(&city, "www.yunling.gov.cn", RecordType::NS).await;
    assert!(below.answers.is_empty());
    assert_eq!(below.authorities[0].name.to_ascii(), "yunling.gov.cn.");

    let idle = &site(&city, "idle-name-resolving").idle[0];
    assert!(address(&ask(&city, idle, RecordType::A).await).is_some());
    let cancelled = &site(&city, "idle-name-cancelled").idle[0];
    assert_eq!(ask(&city, cancelled, RecordType::A).await.metadata.response_code, ResponseCode::NXDomain);
    city.shutdown().await;
}

#[tokio::test]
async fn the_name_service_answers_over_tcp_too() {
    let city = city(3).await;
    let mut stream = connect(city.resolver()).await.unwrap();
    let query = question("www.yunling.gov.cn", RecordType::A);
    stream.write_u16(query.len() as u16).await.unwrap();
    stream.write_all(&query).await.unwrap();
    let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
    stream.read_exact(&mut reply).await.unwrap();
    assert!(address(&Message::from_vec(&reply).unwrap()).is_some());
    city.shutdown().await;
}

async fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    TcpSocket::new_v4()?.connect(to).await
}

#[derive(Debug)]
struct At(Timestamp);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(self.0.as_second() as u64)))
    }
}

/// A strict client: the city's root, the city's time.
async fn tls(city: &City, host: &str) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(city.root_pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(At(start())))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let resolved = address(&ask(city, host, RecordType::A).await).unwrap();
    let stream = connect(SocketAddr::new(resolved, city.addresses().https)).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(host.to_owned()).unwrap(), stream).await
}

async fn get<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str, path: &str) -> (String, Vec<u8>) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // The end without a goodbye is one of the behaviours under test.
    let _ = stream.read_to_end(&mut bytes).await;
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let body = bytes.split_off(end);
    (String::from_utf8_lossy(&bytes).into_owned(), body)
}

async fn plain(city: &City, host: &str, path: &str) -> (String, Vec<u8>) {
    let to = SocketAddr::new(city.addresses().pool[0].into(), city.addresses().http);
    get(&mut connect(to).await.unwrap(), host, path).await
}

fn page_text(head: &str, body: &[u8]) -> String {
    let mut body = body.to_vec();
    if head.contains("chunked") {
        let mut whole = Vec::new();
        let mut rest = &body[..];
        while let Some(at) = rest.windows(2).position(|w| w == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..at]).unwrap(), 16).unwrap();
            whole.extend_from_slice(&rest[at + 2..at + 2 + size]);
            rest = &rest[at + 4 + size..];
        }
        body = whole;
    }
    if head.contains("Content-Encoding: gzip") {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text).unwrap();
        body = text;
    }
    String::from_utf8_lossy(&body).into_owned()
}

#[tokio::test]
async fn sound_sites_pass_a_strict_client_and_show_their_numbers() {
    let city = city(240).await;
    let expected_plain = |s: &&Site| {
        let manner = city.plan().manner(s, 0);
        s.profile.kind == Kind::Healthy
            && manner.page.placed == Placed::Page
            && manner.page.encoding == Encoding::Utf8
            && manner.page.entry == Entry::Direct
            && !manner.page.footer.split
            && !manner.page.footer.spaced
    };
    let mut seen = 0;
    for site in city.plan().sites.iter().filter(expected_plain) {
        let mut stream = tls(&city, &site.host).await.unwrap();
        let (head, body) = get(&mut stream, &site.host, "/").await;
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        let text = page_text(&head, &body);
        assert!(text.contains(&site.own.icp) && text.contains(&site.own.psb), "{}", site.host);
        seen += 1;
    }
    assert!(seen > 10);
    city.shutdown().await;
}

#[tokio::test]
async fn a_connection_is_kept_for_further_requests() {
    let city = city(3).await;
    let mut stream = tls(&city, "www.yunling.gov.cn").await.unwrap();
    stream.write_all(b"HEAD / HTTP/1.1\r\nHost: www.yunling.gov.cn\r\n\r\n").await.unwrap();
    let mut buffer = [0; 4096];
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let (head, _) = get(&mut stream, "www.yunling.gov.cn", "/no-such-page").await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    city.shutdown().await;
}

#[tokio::test]
async fn each_certificate_fault_is_the_one_a_strict_client_complains_about() {
    let city = city(240).await;
    for (profile, complaint) in [
        ("expired-certificate", "Expired"),
        ("not-yet-valid-certificate", "NotValidYet"),
        ("wrong-host-certificate", "NotValidForName"),
        ("self-signed-certificate", "UnknownIssuer"),
        ("untrusted-certificate", "UnknownIssuer"),
        ("incomplete-chain", "UnknownIssuer"),
    ] {
        let error = tls(&city, &site(&city, profile).host).await.unwrap_err();
        let words = format!("{error:?}");
        // Newer variants carry details: `ExpiredContext { … }`.
        assert!(words.contains(complaint), "{profile}: {words}");
    }
    for sound in ["tls12", "expiring-certificate"] {
        assert!(tls(&city, &site(&city, sound).host).await.is_ok(), "{sound}");
    }
    let old = tls(&city, &site(&city, "tls12").host).await.unwrap();
    assert_eq!(old.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
    city.shutdown().await;
}

#[tokio::test]
async fn broken_servers_break_in_their_own_way() {
    let city = city(240).await;
    let kind = |error: std::io::Error| error.kind();
    let reset = tls(&city, &site(&city, "failed-handshake").host).await.map_err(kind).unwrap_err();
    assert_eq!(reset, std::io::ErrorKind::ConnectionReset);
    let closed = tls(&city, &site(&city, "closed-handshake").host).await.map_err(kind).unwrap_err();
    assert_eq!(closed, std::io::ErrorKind::UnexpectedEof);
    let refused = tls(&city, &site(&city, "unreachable-server").host).await.map_err(kind).unwrap_err();
    assert_eq!(refused, std::io::ErrorKind::ConnectionRefused);
    for (profile, complaint) in [
        ("old-tls-only", "ProtocolVersion"),
        ("tls-rsa-cbc", "HandshakeFailure"),
        ("tls-weak-dh", "HandshakeFailure"),
        ("tls-no-renegotiation", "HandshakeFailure"),
        ("tls-refuses-all", "HandshakeFailure"),
        ("tlcp-only", "UnknownProtocolVersion"),
    ] {
        let refused = tls(&city, &site(&city, profile).host).await.unwrap_err();
        assert!(format!("{refused:?}").contains(complaint), "{profile}: {refused:?}");
    }
    for (profile, first) in [("error-500", "HTTP/1.1 500 "), ("jsl521", "HTTP/1.1 521 "), ("http-closed", "")] {
        let host = &site(&city, profile).host;
        let (head, _) = get(&mut tls(&city, host).await.unwrap(), host, "/").await;
        assert!(head.starts_with(first) && head.is_empty() == first.is_empty(), "{profile}: {head}");
    }
    let host = &site(&city, "http-garbage").host;
    let (head, _) = get(&mut tls(&city, host).await.unwrap(), host, "/").await;
    assert!(!head.starts_with("HTTP"));
    city.shutdown().await;
}

#[tokio::test]
async fn what_fails_once_fails_once_a_day() {
    let city = city(240).await;
    let reset = site(&city, "flaky-reset").host.clone();
    let bad_gateway = site(&city, "flaky-502").host.clone();
    for day in 0..2 {
        city.set_day(day);
        assert!(tls(&city, &reset).await.is_err());
        assert!(tls(&city, &reset).await.is_ok());
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let (head, _) = get(&mut tls(&city, &bad_gateway).await.unwrap(), &bad_gateway, "/").await;
            statuses.push(head[9..12].to_owned());
        }
        assert_eq!(statuses, ["502", "200"]);
    }
    city.shutdown().await;
}

#[tokio::test]
async fn plain_http_sends_to_https_unless_the_site_is_open_there() {
    let city = city(240).await;
    for site in city.plan().sites.iter().filter(|s| s.profile.kind == Kind::Healthy && s.profile.row.is_none()) {
        let (head, _) = plain(&city, &site.host, "/").await;
        if city.plan().manner(site, 0).plain_open {
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        } else {
            assert!(head.contains(&format!("Location: https://{}/", site.host)), "{head}");
        }
    }
    let bare = site(&city, "bare-ip-address");
    let (head, body) = plain(&city, &bare.host, "/").await;
    assert!(page_text(&head, &body).contains(&bare.own.icp));
    city.shutdown().await;
}

#[tokio::test]
async fn mended_sites_serve_a_sound_page_and_closed_ones_leave_dns() {
    let city = city(600).await;
    let plan = city.plan();
    let mended = |wanted: fn(&Site) -> bool| {
        plan.sites
            .iter()
            .filter(|s| wanted(s))
            .find_map(|s| (1..10).find(|day| plan.phase(s, *day) == Phase::Mended).map(|day| (s, day)))
            .unwrap()
    };
    let (site, day) = mended(|s| s.profile.name == "error-500");
    city.set_day(day);
    let (head, _) = get(&mut tls(&city, &site.host).await.unwrap(), &site.host, "/").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (site, day) = mended(|s| s.profile.name == "closed-still-serving");
    city.set_day(day);
    assert_eq!(ask(&city, &site.host, RecordType::A).await.metadata.response_code, ResponseCode::NXDomain);
    city.shutdown().await;
}

#[tokio::test]
async fn a_cut_network_answers_nobody_and_comes_back() {
    let city = city(3).await;
    city.cut_network(true);
    let to = SocketAddr::new(city.addresses().pool[0].into(), city.addresses().http);
    // The cut is seen by the servers' tasks, not by this one: wait for it by asking until nobody answers.
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(city.resolver()).await.unwrap();
    let query = question("www.yunling.gov.cn", RecordType::A);
    let mut buffer = [0; 512];
    // A question that was under way when the socket closed is lost without a word.
    let patience = std::time::Duration::from_millis(200);
    while socket.send(&query).await.is_ok() && !matches!(timeout(patience, socket.recv(&mut buffer)).await, Ok(Err(_)))
    {
    }
    let refused = async {
        // The reset may come before this side knows that it is connected.
        let mut stream = connect(to).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await?;
        stream.read_u8().await
    };
    assert!(refused.await.is_err());
    city.cut_network(false);
    while socket.send(&query).await.is_err() || !matches!(timeout(patience, socket.recv(&mut buffer)).await, Ok(Ok(_)))
    {
    }
    let (head, _) = get(&mut tls(&city, "www.yunling.gov.cn").await.unwrap(), "www.yunling.gov.cn", "/").await;
    assert!(head.starts_with("HTTP/1.1 200"));
    city.shutdown().await;
}

#[tokio::test]
async fn spoiled_canaries_fail_while_sites_go_on() {
    let city = city(3).await;
    assert!(address(&ask(&city, "canary1.demo.test", RecordType::A).await).is_some());
    assert!(tls(&city, "canary1.demo.test").await.is_ok());
    city.spoil_canaries(true);
    assert_eq!(ask(&city, "canary1.demo.test", RecordType::A).await.metadata.response_code, ResponseCode::ServFail);
    assert!(tls(&city, "www.yunling.gov.cn").await.is_ok());
    city.shutdown().await;
}

#[tokio::test]
async fn the_register_file_lists_every_site_and_where_to_ask() {
    let city = city(240).await;
    let folder = tempfile::tempdir().unwrap();
    let path = city.register_toml(folder.path()).unwrap();
    let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    let network = &file["settings"]["network"];
    assert_eq!(network["resolvers"][0].as_str(), Some(city.resolver().to_string().as_str()));
    assert_eq!(network["ports"]["443"].as_integer(), Some(i64::from(city.addresses().https)));
    let bare = site(&city, "bare-ip-address");
    assert!(network["dial"][format!("{}:80", bare.host).as_str()].is_str());
    let rows = file["site"].as_array().unwrap();
    assert_eq!(rows.len(), 240);
    let units: HashSet<&str> = file["unit"].as_array().unwrap().iter().filter_map(|u| u["id"].as_str()).collect();
    assert!(rows.iter().all(|row| units.contains(row["sponsor"].as_str().unwrap())));
    let closed = rows.iter().find(|r| r["id"].as_str() == Some(&site(&city, "closed-clean").id)).unwrap();
    assert_eq!(closed["status"].as_str(), Some("已关停"));
    assert_eq!(closed["status_since"].as_str(), Some("2026-03-09"));
    assert!(folder.path().join("ca.pem").exists());
    city.shutdown().await;
}

#[tokio::test]
async fn the_truth_can_be_handed_to_another_process() {
    let city = city(30).await;
    let truth: serde_json::Value = serde_json::from_str(&city.truth_json(0)).unwrap();
    assert_eq!(truth["v"], 1);
    assert_eq!(truth["sites"].as_array().unwrap().len(), 30);
    let rows = truth["sites"].as_array().unwrap().iter().flat_map(|s| s["expected"].as_array().unwrap());
    assert!(rows.clone().any(|row| row["stage"] == "open" && row["rule"].is_string()));
    city.shutdown().await;
}

#[tokio::test]
async fn after_shutdown_nothing_listens() {
    let city = city(3).await;
    let to = SocketAddr::new(city.addresses().pool[0].into(), city.addresses().https);
    let open = connect(to).await.unwrap();
    city.shutdown().await;
    drop(open);
    assert_eq!(connect(to).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
}
