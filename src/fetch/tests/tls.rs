use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::evidence::{Cause, CertFault, CertNote, Fetch, HelloAnswer, Offer, Purpose, TlsLook};
use crate::fetch::Hand;

const HOST: &str = "www.a.gov.cn";
const HOME: &str = "https://www.a.gov.cn/";

struct Ca {
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

fn ca(common: &str, organisation: &str, above: Option<&Ca>) -> Ca {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, common);
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let cert = match above {
        Some(above) => params.signed_by(&key, &above.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Ca { der: cert.der().clone(), issuer: Issuer::new(params, key) }
}

/// A leaf valid during `years`, by `issuer` or by itself.
fn leaf(host: &str, years: (i32, i32), issuer: Option<&Ca>) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let cert = match issuer {
        Some(ca) => params.signed_by(&key, &ca.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    (cert.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>, alpn: &[&str]) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
    config
}

async fn tls_server(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    server(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while head(&mut stream).await.is_some() {
                stream.write_all(&page("secret")).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    })
    .await
}

async fn look(at: SocketAddr, root: &Ca) -> (Fetch, Vec<TlsLook>) {
    let mut settings = settings(everything_here().await, None, Some(at));
    settings.trust_roots = vec![root.der.clone()];
    let mut site = fetcher(settings).site(&profile(HOME), &CancellationToken::new());
    let fetch = site.get(HOME, Purpose::Home, Hand::First).await;
    (fetch, site.take().1)
}

async fn faults(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>, root: &Ca) -> Vec<CertFault> {
    let (fetch, tls) = look(tls_server(config(chain, key, &[])).await, root).await;
    // Whatever the certificate says, the page is read.
    assert_eq!(&fetch.answered().unwrap().1.body.as_ref().unwrap().bytes[..], b"secret");
    assert_eq!(fetch.last().tls, Some(0));
    assert!(tls[0].judged && tls[0].failure.is_none());
    tls[0].faults.clone()
}

#[tokio::test]
async fn a_good_chain_has_no_fault_and_its_facts_are_kept() {
    let root = ca("root", "test", None);
    let mid = ca("mid", "test", Some(&root));
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&mid));
    let (fetch, tls) = look(tls_server(config(vec![cert, mid.der.clone()], key, &["http/1.1"])).await, &root).await;
    assert!(fetch.answered().is_some());
    let tls = &tls[0];
    assert_eq!(tls.faults, []);
    assert_eq!((tls.protocol.as_deref(), tls.alpn.as_deref()), (Some("TLSv1.3"), Some("http/1.1")));
    assert_eq!((tls.host.as_str(), tls.port), (HOST, 443));
    assert!(tls.cipher.as_ref().unwrap().starts_with("TLS13_"));
    assert_eq!(tls.chain.len(), 2);
    let facts = &tls.chain[0];
    assert_eq!((facts.names.clone(), facts.names_total), (vec![HOST.to_owned()], 1));
    assert_eq!((facts.key.as_str(), facts.signature.as_str(), facts.is_ca), ("EC-P256", "SHA256-ECDSA", false));
    assert_eq!(facts.not_after.to_string(), "2027-01-01T00:00:00Z");
    assert!(facts.der.is_some() && tls.chain[1].der.is_none());
    assert_eq!(facts.sha256.len(), 64);
}

#[tokio::test]
async fn every_fault_of_a_certificate_is_said_and_several_at_once() {
    let root = ca("root", "test", None);
    let mid = ca("mid", "test", Some(&root));
    let chained = async |host, years| {
        let (cert, key) = leaf(host, years, Some(&mid));
        faults(vec![cert, mid.der.clone()], key, &root).await
    };
    assert_eq!(chained(HOST, (2020, 2021)).await, [CertFault::Expired]);
    assert_eq!(chained(HOST, (2030, 2031)).await, [CertFault::NotYetValid]);
    assert_eq!(chained("other.gov.cn", (2026, 2027)).await, [CertFault::WrongHost]);
    assert_eq!(chained("other.gov.cn", (2020, 2021)).await, [CertFault::Expired, CertFault::WrongHost]);
    let (cert, key) = leaf("other.gov.cn", (2020, 2021), None);
    assert_eq!(faults(vec![cert], key, &root).await, [CertFault::Expired, CertFault::WrongHost, CertFault::SelfSigned]);
}

#[tokio::test]
async fn the_three_kinds_of_unknown_issuer_are_told_apart() {
    let root = ca("root", "trusted office", None);
    let mid = ca("mid", "trusted office", Some(&root));
    let (foreign, other) = (ca("foreign", "nobody", None), ca("root", "nobody else", None));
    let foreign_mid = ca("foreign mid", "nobody", Some(&foreign));

    let (cert, key) = leaf(HOST, (2026, 2027), None);
    assert_eq!(faults(vec![cert], key, &root).await, [CertFault::SelfSigned]);
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&mid));
    assert_eq!(faults(vec![cert], key, &root).await, [CertFault::IncompleteChain]);
    for (issuer, rest) in [
        (&foreign_mid, vec![&foreign_mid, &foreign]),
        (&foreign_mid, vec![&foreign_mid]),
        (&foreign, vec![]),
        (&other, vec![&other]),
    ] {
        let (cert, key) = leaf(HOST, (2026, 2027), Some(issuer));
        let chain = std::iter::once(cert).chain(rest.iter().map(|c| c.der.clone())).collect();
        assert_eq!(faults(chain, key, &root).await, [CertFault::UntrustedRoot]);
    }
    // In the wrong order, with a stranger between: browsers sort it out, and so do we.
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&mid));
    let shuffled = vec![cert, foreign.der.clone(), root.der.clone(), mid.der.clone()];
    let (_, tls) = look(tls_server(config(shuffled, key, &[])).await, &root).await;
    assert_eq!((&tls[0].faults[..], &tls[0].notes[..]), (&[][..], &[CertNote::OutOfOrder][..]));
    assert_eq!(tls[0].missing_issuer, None);
    // The one who must be asked for the missing certificate has a name.
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&mid));
    let (_, tls) = look(tls_server(config(vec![cert], key, &[])).await, &root).await;
    assert!(tls[0].missing_issuer.as_ref().is_some_and(|name| name.contains("CN=mid")), "{:?}", tls[0].missing_issuer);
}

#[tokio::test]
async fn the_calendar_of_a_verdict_is_the_clocks() {
    let root = ca("root", "test", None);
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&root));
    let at = tls_server(config(vec![cert], key, &[])).await;
    let mut settings = settings(everything_here().await, None, Some(at));
    settings.trust_roots = vec![root.der.clone()];
    let clock = Clock::fake(now());
    let fetcher = Fetcher::new(settings, clock.clone()).unwrap();
    let faults = async || {
        let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
        site.get(HOME, Purpose::Home, Hand::First).await;
        site.take().1.remove(0).faults
    };
    assert_eq!(faults().await, []);
    clock.advance(jiff::SignedDuration::from_hours(24 * 365));
    assert_eq!(faults().await, [CertFault::Expired]);
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_offered() {
    let root = ca("root", "test", None);
    let (cert, key) = leaf(HOST, (2026, 2027), Some(&root));
    let acceptor = TlsAcceptor::from(Arc::new(config(vec![cert], key, &["h2", "http/1.1"])));
    let at = server(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            // Enough of a server: its settings, and one answer from the static header table.
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
            let mut seen = vec![0u8; 24];
            stream.read_exact(&mut seen).await.unwrap();
            loop {
                let mut frame = [0u8; 9];
                if stream.read_exact(&mut frame).await.is_err() {
                    return;
                }
                let mut payload = vec![0; u32::from_be_bytes([0, frame[0], frame[1], frame[2]]) as usize];
                stream.read_exact(&mut payload).await.unwrap();
                if frame[3] == 1 {
                    let id = &frame[5..9];
                    let mut answer = vec![0, 0, 1, 1, 4];
                    answer.extend([id, &[0x88, 0, 0, 3, 0, 1], id, b"two"].concat());
                    stream.write_all(&answer).await.unwrap();
                }
            }
        }
    })
    .await;
    let mut settings = settings(everything_here().await, None, Some(at));
    settings.trust_roots = vec![root.der.clone()];
    let fetcher = fetcher(settings);
    for hand in [Hand::First, Hand::Pool] {
        let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
        let fetch = site.get(HOME, Purpose::Home, hand).await;
        let (status, hop) = fetch.answered().unwrap_or_else(|| panic!("{fetch:?}"));
        assert_eq!((status, hop.version.as_deref()), (200, Some("HTTP/2")), "{hand:?}");
        assert_eq!(&hop.body.as_ref().unwrap().bytes[..], b"two");
        // A second request goes over the same connection.
        assert!(site.get("https://www.a.gov.cn/x", Purpose::Script, hand).await.answered().is_some());
        assert_eq!(site.take().1.len(), usize::from(hand == Hand::First));
    }
}

#[tokio::test]
async fn a_refused_handshake_has_a_name_and_the_same_one_for_both_hands() {
    const ALERT: fn(u8) -> Vec<u8> = |code| vec![0x15, 3, 3, 0, 2, 2, code];
    let cases: Vec<(Vec<u8>, Cause)> = vec![
        (ALERT(40), Cause::TlsNoSharedCipher),
        (ALERT(70), Cause::TlsVersionUnsupported),
        (ALERT(116), Cause::TlsClientCertificate),
        (ALERT(80), Cause::TlsAlert),
        (vec![0x15, 1, 1, 0, 2, 2, 40], Cause::TlsNationalCrypto),
        (vec![0x16, 1, 1, 0, 4, 2, 0, 0, 0], Cause::TlsNationalCrypto),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Cause::TlsNotTls),
        (b"SSH-2.0-OpenSSH\r\n".to_vec(), Cause::TlsNotTls),
        (vec![], Cause::TlsClosed),
    ];
    let root = ca("root", "test", None);
    for (bytes, expected) in cases {
        let told = bytes.clone();
        let at = server(move |mut stream, _| {
            let told = told.clone();
            async move {
                let mut hello = [0u8; 2048];
                assert!(stream.read(&mut hello).await.unwrap() > 0);
                stream.write_all(&told).await.unwrap();
            }
        })
        .await;
        let (fetch, tls) = look(at, &root).await;
        assert_eq!(fetch.failure().map(|f| f.cause), Some(expected), "{bytes:02x?}");
        assert_eq!(tls.last().unwrap().failure.as_ref().map(|f| f.cause), Some(expected));
        assert!(!tls[0].judged);
        // Every handshake made is in the list, and the hop points at its own.
        assert_eq!((tls.len(), fetch.last().tls), (usize::from(fetch.tries), Some(tls.len() - 1)));
        // The pooled hand does not see the raw record and cannot tell TLCP from damage; the rest has the same name.
        let mut site =
            fetcher(settings(everything_here().await, None, Some(at))).site(&profile(HOME), &CancellationToken::new());
        let pooled = site.get(HOME, Purpose::Script, Hand::Pool).await.failure().map(|f| f.cause);
        let seen = if expected == Cause::TlsNationalCrypto { Cause::TlsMalformed } else { expected };
        assert_eq!(pooled, Some(seen), "{bytes:02x?}");
    }
}

#[tokio::test]
async fn silence_and_reset_during_the_handshake_are_told_apart() {
    let root = ca("root", "test", None);
    let mute = server(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let short = impatient(settings(everything_here().await, None, Some(mute)));
    let mut site = fetcher(short).site(&profile(HOME), &CancellationToken::new());
    let fetch = site.get(HOME, Purpose::Home, Hand::First).await;
    assert_eq!(fetch.failure().map(|f| f.cause), Some(Cause::TlsTimeout));
    assert_eq!((fetch.tries, site.take().1.len()), (2, 2));
    let reset = server(|mut stream, _| async move {
        assert!(stream.read(&mut [0u8; 2048]).await.unwrap() > 0);
        stream.set_zero_linger().unwrap();
    })
    .await;
    let (fetch, _) = look(reset, &root).await;
    assert_eq!(fetch.failure().map(|f| f.cause), Some(Cause::TlsReset));
}

/// A server that asks for our certificate, and perhaps goes on without.
fn asking(root: &Ca, versions: &[&'static rustls::SupportedProtocolVersion], lenient: bool) -> ServerConfig {
    let (cert, key) = leaf(HOST, (2026, 2027), Some(root));
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(root.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), provider.clone());
    let verifier = if lenient { verifier.allow_unauthenticated() } else { verifier };
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![cert], key)
        .unwrap()
}

#[tokio::test]
async fn a_server_that_demands_our_certificate_is_not_at_fault() {
    let root = ca("root", "test", None);
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13][..]] {
        let (fetch, _) = look(tls_server(asking(&root, versions, false)).await, &root).await;
        assert_eq!(fetch.failure().map(|f| f.cause), Some(Cause::TlsClientCertificate), "{versions:?}");
    }
}

#[tokio::test]
async fn a_reset_that_swallows_the_demand_for_our_certificate_is_no_fault_either() {
    let root = ca("root", "test", None);
    for reset in [true, false] {
        let acceptor = TlsAcceptor::from(Arc::new(asking(&root, &[&rustls::version::TLS13], true)));
        let at = server(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                assert!(head(&mut stream).await.is_some());
                if reset {
                    stream.get_ref().0.set_zero_linger().unwrap();
                }
            }
        })
        .await;
        let (fetch, _) = look(at, &root).await;
        assert_eq!(fetch.failure().map(|f| f.cause), Some(Cause::TlsClientCertificate), "reset: {reset}");
    }
}

#[tokio::test]
async fn one_certificate_for_many_names_is_judged_for_each_of_them() {
    let root = ca("root", "test", None);
    let (cert, key) = leaf("*.a.gov.cn", (2026, 2027), Some(&root));
    let at = tls_server(config(vec![cert], key, &[])).await;
    let mut settings = settings(everything_here().await, None, Some(at));
    settings.trust_roots = vec![root.der.clone()];
    let fetcher = fetcher(settings);
    for (host, expected) in [
        ("www.a.gov.cn", vec![]),
        ("www.b.gov.cn", vec![CertFault::WrongHost]),
        ("x.a.gov.cn", vec![]),
        ("x.y.a.gov.cn", vec![CertFault::WrongHost]),
    ] {
        let home = format!("https://{host}/");
        let mut site = fetcher.site(&profile(&home), &CancellationToken::new());
        site.get(&home, Purpose::Home, Hand::First).await;
        assert_eq!(site.take().1[0].faults, expected, "{host}");
    }
}

/// Looks at `at`, asks after the failure, and asks again in a second look of the same run: (ordinary, asked) of each.
async fn asked_twice(at: SocketAddr) -> Vec<(usize, Vec<(Offer, HelloAnswer, u32)>)> {
    let fetcher = fetcher(settings(everything_here().await, None, Some(at)));
    let mut looks = Vec::new();
    for _ in 0..2 {
        let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
        let fetch = site.get(HOME, Purpose::Home, Hand::First).await;
        let failure = fetch.failure().cloned().unwrap();
        site.ask_after_failure(&HOME.parse().unwrap(), &failure).await;
        let (_, tls, hellos) = site.take();
        looks.push((tls.len(), hellos.into_iter().map(|h| (h.offer, h.answer, h.nth)).collect()));
    }
    looks
}

#[tokio::test]
async fn no_server_is_handed_more_than_ten_handshakes_in_a_run_and_the_second_look_has_its_share() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    type Ending = fn(TcpStream);
    let reset: Ending = |stream| stream.set_zero_linger().unwrap();
    let close: Ending = drop;
    for (ending, answer) in [(reset, HelloAnswer::Reset), (close, HelloAnswer::Closed)] {
        let (seen, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counter, at_once) = (seen.clone(), open.clone());
        let at = server(move |mut stream, _| {
            counter.fetch_add(1, Ordering::SeqCst);
            assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "one after another");
            let at_once = at_once.clone();
            async move {
                assert!(stream.read(&mut [0u8; 2048]).await.unwrap() > 0);
                at_once.fetch_sub(1, Ordering::SeqCst);
                ending(stream);
            }
        })
        .await;
        let looks = asked_twice(at).await;
        assert_eq!(seen.load(Ordering::SeqCst), 10);
        assert_eq!((looks[0].0, looks[1].0), (2, 2));
        let offers = &Offer::AFTER_FAILURE[..3];
        for (look, first) in looks.iter().zip([3, 8]) {
            let expected: Vec<_> = offers.iter().zip(first..).map(|(o, nth)| (*o, answer.clone(), nth)).collect();
            assert_eq!(look.1, expected);
        }
    }
}

#[tokio::test]
async fn alerts_to_everything_are_asked_about_to_the_end_and_never_beyond_the_limit() {
    let at = server(|mut stream, _| async move {
        assert!(stream.read(&mut [0u8; 2048]).await.unwrap() > 0);
        stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]).await.unwrap();
    })
    .await;
    let looks = asked_twice(at).await;
    for (ordinary, asked) in &looks {
        assert_eq!(*ordinary, 1);
        let offers: Vec<Offer> = asked.iter().map(|a| a.0).collect();
        assert_eq!(offers, Offer::AFTER_FAILURE);
    }
    assert!(looks[0].1.iter().all(|a| a.1 == HelloAnswer::Alert(40)));
    let last = |n: usize| looks[n].1.iter().map(|a| a.2).max();
    assert_eq!((last(0), last(1)), (Some(6), Some(10)));
    // What could not be asked any more says so.
    assert_eq!(looks[1].1[4].1, HelloAnswer::Unasked(Cause::BudgetSpent));
    assert!(looks[1].1[..3].iter().all(|a| a.1 == HelloAnswer::Alert(40)), "what decides was asked again");
}

#[tokio::test]
async fn a_server_hello_is_proof_and_not_asked_for_again_in_the_run() {
    // TLS 1.0, RSA key exchange, no extensions.
    let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([0x5a; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    let at = server(move |mut stream, _| {
        let hello = hello.clone();
        async move {
            let mut seen = [0u8; 2048];
            let length = stream.read(&mut seen).await.unwrap();
            // Ours alone offers the old suite.
            match seen[..length].windows(2).any(|w| w == [0x00, 0x2f]) {
                true => stream.write_all(&hello).await.unwrap(),
                false => stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).await.unwrap(),
            }
        }
    })
    .await;
    let looks = asked_twice(at).await;
    let (offer, answer, nth) = &looks[0].1[0];
    assert_eq!((looks[0].1.len(), *offer, *nth), (1, Offer::Old, 2));
    let accepted = answer.accepted().unwrap();
    assert_eq!((accepted.version.name(), accepted.suite.as_str()), ("TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"));
    assert_eq!(accepted.secure_renegotiation, Some(false));
    assert_eq!(looks[0].1, looks[1].1);
}

#[tokio::test]
async fn servers_that_trickle_or_never_answer_cost_their_own_wait_and_nothing_more() {
    for drip in [false, true] {
        let at = server(move |mut stream, _| async move {
            assert!(stream.read(&mut [0u8; 2048]).await.unwrap() > 0);
            while drip && stream.write_all(&[0x16]).await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        })
        .await;
        let fetcher = fetcher(impatient(settings(everything_here().await, None, Some(at))));
        let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
        site.get(HOME, Purpose::Home, Hand::First).await;
        let start = std::time::Instant::now();
        site.survey(&HOME.parse().unwrap()).await;
        assert!(start.elapsed() < std::time::Duration::from_secs(10));
        let hellos = site.take().2;
        assert!(!hellos.is_empty());
        for hello in hellos {
            let expected = if drip {
                [HelloAnswer::NotTls, HelloAnswer::Silent]
            } else {
                [HelloAnswer::Silent, HelloAnswer::Silent]
            };
            let unasked = hello.answer == HelloAnswer::Unasked(Cause::BudgetSpent);
            assert!(unasked || expected.contains(&hello.answer), "{hello:?}");
        }
    }
}
