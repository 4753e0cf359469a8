use tokio_util::sync::CancellationToken;

use super::*;
use crate::evidence::{Cause, Fetch, HopKind, Purpose};
use crate::fetch::{Hand, SiteFetcher};

const HOME: &str = "http://www.a.gov.cn/";

async fn site(plain: SocketAddr) -> SiteFetcher {
    fetcher(settings(everything_here().await, Some(plain), None)).site(&profile(HOME), &CancellationToken::new())
}

/// The same request through both hands must tell the same story.
async fn by_both(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> [Fetch; 2] {
    let at = answering(answer).await;
    let first = site(at).await.get(HOME, Purpose::Home, Hand::First).await;
    let pooled = site(at).await.get(HOME, Purpose::Home, Hand::Pool).await;
    [first, pooled]
}

fn cause(fetch: &Fetch) -> Option<Cause> {
    fetch.failure().map(|f| f.cause)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_healthy_page_is_seen_alike_by_both_hands() {
    let packed = gzip(b"<title>ok</title>");
    for fetch in by_both(move |_| reply("200 OK", "Set-Cookie: a=b\r\ncontent-encoding: gzip\r\n", &packed)).await {
        let (status, hop) = fetch.answered().unwrap();
        assert_eq!(status, 200);
        assert_eq!(&hop.body.as_ref().unwrap().bytes[..], b"<title>ok</title>");
        assert_eq!(hop.header("set-cookie"), Some("a"));
        assert_eq!(hop.version.as_deref(), Some("HTTP/1.1"));
        assert_eq!((fetch.tries, hop.tls), (1, None));
        assert!(hop.address.as_ref().unwrap().starts_with("127.0.0.1:"));
    }
}

#[tokio::test]
async fn the_request_says_who_asks_and_hides_the_port_map() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = asked.clone();
    by_both(move |request| {
        seen.lock().unwrap().push(request.to_ascii_lowercase());
        page("")
    })
    .await;
    for request in asked.lock().unwrap().iter() {
        assert!(request.starts_with("get / http/1.1\r\n"), "{request}");
        assert!(request.contains("host: www.a.gov.cn\r\n"), "{request}");
        assert!(request.contains("user-agent: xunjian/"), "{request}");
        assert!(request.contains("accept-encoding: gzip, deflate, br\r\n"), "{request}");
        assert!(!request.contains("cookie") && !request.contains("referer"), "{request}");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let at = server(|mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    for hand in [Hand::First, Hand::Pool] {
        let fetch = site(at).await.get(HOME, Purpose::Home, hand).await;
        let (_, hop) = fetch.answered().unwrap();
        let body = hop.body.as_ref().unwrap();
        assert_eq!((body.cut, body.wire.len(), body.bytes.len()), (true, 100_000, 100_000));
    }
}

#[tokio::test]
async fn a_gzip_bomb_costs_no_more_than_the_cap() {
    let bomb = gzip(&vec![0u8; 50_000_000]);
    assert!(bomb.len() < 100_000);
    for fetch in by_both(move |_| reply("200 OK", "content-encoding: gzip\r\n", &bomb)).await {
        let body = fetch.answered().unwrap().1.body.as_ref().unwrap();
        assert_eq!((body.cut, body.bytes.len()), (true, 100_000));
    }
}

#[tokio::test]
async fn a_ten_megabyte_line_is_only_a_cut_body() {
    let long = vec![b'<'; 10_000_000];
    for fetch in by_both(move |_| reply("200 OK", "", &long)).await {
        assert!(fetch.answered().unwrap().1.body.as_ref().unwrap().cut);
    }
}

#[tokio::test]
async fn a_header_flood_is_named() {
    for flood in ["x: y\r\n".repeat(5000), format!("x: {}\r\n", "y".repeat(1_000_000))] {
        let at = answering(move |_| reply("200 OK", &flood, b"")).await;
        let fetch = site(at).await.get(HOME, Purpose::Home, Hand::First).await;
        assert_eq!(cause(&fetch), Some(Cause::HttpHeaderFlood));
    }
}

#[tokio::test]
async fn damage_has_names() {
    let cases: [(&'static [u8], Cause); 5] = [
        (b"\x00\x01garbage that is no http\r\n\r\n", Cause::HttpMalformed),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", Cause::HttpShortBody),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n", Cause::HttpMalformed),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", Cause::HttpShortBody),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain", Cause::HttpBadEncoding),
    ];
    for (bytes, expected) in cases {
        let at = server(move |mut stream, _| async move {
            head(&mut stream).await;
            stream.write_all(bytes).await.unwrap();
        })
        .await;
        for hand in [Hand::First, Hand::Pool] {
            let fetch = site(at).await.get(HOME, Purpose::Home, hand).await;
            assert_eq!(cause(&fetch), Some(expected), "{hand:?} {}", String::from_utf8_lossy(bytes));
        }
    }
}

#[tokio::test]
async fn a_body_that_ends_with_its_connection_is_whole() {
    let at = server(|mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nold but whole").await.unwrap();
    })
    .await;
    let fetch = site(at).await.get(HOME, Purpose::Home, Hand::First).await;
    assert_eq!(&fetch.answered().unwrap().1.body.as_ref().unwrap().bytes[..], b"old but whole");
}

#[tokio::test]
async fn silence_is_told_apart_by_phase() {
    let mute = server(|mut stream, _| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let drip = server(|mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    for (at, expected, bytes) in [(mute, Cause::HttpTimeoutHeaders, 0), (drip, Cause::HttpTimeoutBody, 4)] {
        for hand in [Hand::First, Hand::Pool] {
            let short = impatient(settings(everything_here().await, Some(at), None));
            let mut site = fetcher(short).site(&profile(HOME), &CancellationToken::new());
            let fetch = site.get(HOME, Purpose::Home, hand).await;
            let failure = fetch.failure().unwrap();
            assert_eq!((failure.cause, failure.bytes, fetch.tries), (expected, bytes, 2), "{hand:?}");
        }
    }
}

#[tokio::test]
async fn refused_and_reset_connections_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    for hand in [Hand::First, Hand::Pool] {
        let fetch = site(free).await.get(HOME, Purpose::Home, hand).await;
        assert_eq!((cause(&fetch), fetch.tries), (Some(Cause::TcpRefused), 1), "{hand:?}");
    }
    let reset = server(|mut stream, _| async move {
        head(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let fetch = site(reset).await.get(HOME, Purpose::Home, Hand::First).await;
    assert_eq!((cause(&fetch), fetch.tries), (Some(Cause::TcpReset), 2));
}

#[tokio::test]
async fn a_passing_hiccup_is_tried_again_on_a_fresh_connection() {
    let at = server(|mut stream, nth| async move {
        head(&mut stream).await;
        if nth > 0 {
            stream.write_all(&page("second time lucky")).await.unwrap();
        }
    })
    .await;
    let fetch = site(at).await.get(HOME, Purpose::Home, Hand::First).await;
    assert_eq!((fetch.answered().map(|(s, _)| s), fetch.tries), (Some(200), 2));
}

#[tokio::test]
async fn redirects_are_hops_and_their_end_is_kept() {
    let [fetch, pooled] = by_both(|request| match request.split(' ').nth(1) {
        Some("/") => reply("302 Found", "Location: /index\r\n", b""),
        _ => reply("301 Moved", "Location: http://www.evil.com/win\r\n", b""),
    })
    .await;
    assert_eq!(
        fetch.hops.iter().map(|h| h.url.clone()).collect::<Vec<_>>(),
        pooled.hops.iter().map(|h| h.url.clone()).collect::<Vec<_>>()
    );
    let story: Vec<_> = fetch.hops.iter().map(|h| (h.url.as_str(), h.kind, h.status)).collect();
    assert_eq!(
        story,
        [
            (HOME, HopKind::Start, Some(302)),
            ("http://www.a.gov.cn/index", HopKind::Location, Some(301)),
            ("http://www.evil.com/win", HopKind::Location, None),
        ]
    );
    assert_eq!(cause(&fetch), Some(Cause::OutOfReach));
    assert_eq!(fetch.last().address, None);
}

#[tokio::test]
async fn loops_floods_of_hops_and_broken_locations_end() {
    let ends = async |answer: fn(&str) -> Vec<u8>| {
        let [first, pooled] = by_both(answer).await;
        assert_eq!(cause(&first), cause(&pooled));
        (cause(&first), first.hops.len())
    };
    assert_eq!(ends(|_| reply("302 Found", "location: /\r\n", b"")).await, (Some(Cause::HttpRedirectLoop), 2));
    let on_and_on = |request: &str| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        reply("302 Found", &format!("location: {path}x\r\n"), b"")
    };
    // Four hops are allowed after the first request; the next is refused.
    assert_eq!(ends(on_and_on).await, (Some(Cause::HttpTooManyRedirects), 6));
    let nowhere = |_: &str| reply("302 Found", "location: about:blank\r\n", b"");
    assert_eq!(ends(nowhere).await, (Some(Cause::HttpBadLocation), 2));
}

#[tokio::test]
async fn one_connection_serves_a_whole_look() {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    let at = server(move |mut stream, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            while head(&mut stream).await.is_some() {
                stream.write_all(&page("x")).await.unwrap();
            }
        }
    })
    .await;
    let mut site = site(at).await;
    for path in ["", "a", "b"] {
        assert!(site.get(&format!("{HOME}{path}"), Purpose::Home, Hand::First).await.answered().is_some());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_no_fault() {
    let at = server(|mut stream, _| async move {
        head(&mut stream).await;
        stream.write_all(&page("x")).await.unwrap();
    })
    .await;
    let mut site = site(at).await;
    for path in ["", "a"] {
        let fetch = site.get(&format!("{HOME}{path}"), Purpose::Home, Hand::First).await;
        assert_eq!((fetch.answered().is_some(), fetch.tries), (true, 1));
    }
}

#[tokio::test]
async fn a_spent_budget_and_a_cancelled_run_say_so_and_send_nothing() {
    let at = answering(|_| page("x")).await;
    let resolver = everything_here().await;
    let mut narrow = settings(resolver, Some(at), None);
    narrow.budget.requests = 1;
    let fetcher_ = fetcher(narrow);
    let cancel = CancellationToken::new();
    let mut site = fetcher_.site(&profile(HOME), &cancel);
    assert!(site.get(HOME, Purpose::Home, Hand::First).await.answered().is_some());
    assert_eq!(cause(&site.get(HOME, Purpose::Script, Hand::First).await), Some(Cause::BudgetSpent));
    cancel.cancel();
    let mut stopped = fetcher_.site(&profile(HOME), &cancel);
    assert_eq!(cause(&stopped.get(HOME, Purpose::Home, Hand::First).await), Some(Cause::Cancelled));
    assert_eq!(fetcher_.sent().iter().map(|s| s.requests).sum::<u64>(), 1);
}

#[tokio::test]
async fn cancelling_interrupts_an_exchange_under_way() {
    let arrived = Arc::new(tokio::sync::Notify::new());
    let told = arrived.clone();
    let at = server(move |mut stream, _| {
        let told = told.clone();
        async move {
            head(&mut stream).await;
            told.notify_one();
            std::future::pending::<()>().await;
        }
    })
    .await;
    let mut wide = settings(everything_here().await, Some(at), None);
    wide.budget.page = Duration::from_secs(3600);
    let cancel = CancellationToken::new();
    let mut site = fetcher(wide).site(&profile(HOME), &cancel);
    let (fetch, ()) = tokio::join!(site.get(HOME, Purpose::Home, Hand::First), async {
        arrived.notified().await;
        cancel.cancel();
    });
    assert_eq!(cause(&fetch), Some(Cause::Cancelled));
}

#[tokio::test]
async fn a_spent_site_budget_does_not_blame_the_site() {
    let at = server(|mut stream, _| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut narrow = settings(everything_here().await, Some(at), None);
    narrow.budget.site = Duration::from_millis(100);
    let mut site = fetcher(narrow).site(&profile(HOME), &CancellationToken::new());
    assert_eq!(cause(&site.get(HOME, Purpose::Home, Hand::First).await), Some(Cause::BudgetSpent));
}

#[tokio::test]
async fn private_addresses_are_left_alone_unless_dialled_by_the_settings() {
    let at = answering(|_| page("x")).await;
    let mut guarded = settings(everything_here().await, Some(at), None);
    guarded.allow_private = false;
    let fetch = fetcher(guarded.clone())
        .site(&profile(HOME), &CancellationToken::new())
        .get(HOME, Purpose::Home, Hand::First)
        .await;
    assert_eq!(cause(&fetch), Some(Cause::DnsPrivateAddress));
    guarded.dial.insert("www.a.gov.cn:80".into(), at);
    let fetch =
        fetcher(guarded).site(&profile(HOME), &CancellationToken::new()).get(HOME, Purpose::Home, Hand::Pool).await;
    assert!(fetch.answered().is_some());
}

#[tokio::test]
async fn the_next_address_is_tried_when_the_first_does_not_connect() {
    let at = answering(|_| page("x")).await;
    let (resolver, _) = resolver(|_, kind| match kind {
        RecordType::A => Says::Records(vec![("www.a.gov.cn", v4("127.0.0.77")), ("www.a.gov.cn", v4("127.0.0.1"))]),
        _ => Says::Nothing("gov.cn"),
    })
    .await;
    for hand in [Hand::First, Hand::Pool] {
        let mut site = fetcher(settings(resolver, Some(at), None)).site(&profile(HOME), &CancellationToken::new());
        let fetch = site.get(HOME, Purpose::Home, hand).await;
        assert_eq!(fetch.answered().unwrap().1.address, Some(at.to_string()), "{hand:?}");
    }
}

#[tokio::test]
async fn an_explicit_port_and_a_literal_address_are_mapped_too() {
    let at =
        answering(|request| page(request.lines().find(|l| l.to_ascii_lowercase().starts_with("host:")).unwrap())).await;
    for (url, host) in [("http://www.a.gov.cn:8080/", "www.a.gov.cn:8080"), ("http://127.0.0.1/", "127.0.0.1")] {
        for hand in [Hand::First, Hand::Pool] {
            let mut mapped = settings(everything_here().await, Some(at), None);
            mapped.ports.insert(8080, at.port());
            let fetch =
                fetcher(mapped).site(&profile(url), &CancellationToken::new()).get(url, Purpose::Home, hand).await;
            let body = fetch.answered().unwrap().1.body.clone().unwrap();
            assert!(String::from_utf8_lossy(&body.bytes).ends_with(host), "{hand:?} {url}");
        }
    }
}
