use std::sync::atomic::AtomicUsize;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::evidence::{Cause, Purpose};
use crate::fetch::{Hand, SetupError};

const HOME: &str = "http://www.a.gov.cn/";

#[tokio::test]
async fn no_more_connections_than_allowed_stand_at_one_address() {
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, peak) = (open.clone(), most.clone());
    let at = server(move |mut stream, _| {
        let (count, peak) = (count.clone(), peak.clone());
        async move {
            peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            while head(&mut stream).await.is_some() {
                tokio::task::yield_now().await;
                count.fetch_sub(1, Ordering::SeqCst);
                stream.write_all(&page("x")).await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
            }
            count.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let mut few = settings(everything_here().await, Some(at), None);
    few.connections_per_address = 2;
    let fetcher = fetcher(few);
    let looks = (0..12).map(|n| {
        let fetcher = fetcher.clone();
        async move {
            let home = format!("http://www.s{n}.gov.cn/");
            let mut site = fetcher.site(&profile(&home), &CancellationToken::new());
            site.get(&home, Purpose::Home, if n % 3 == 0 { Hand::Pool } else { Hand::First }).await.answered().is_some()
        }
    });
    assert_eq!(futures_util::future::join_all(looks).await, [true; 12]);
    assert_eq!(fetcher.sent().len(), 1);
    assert_eq!((fetcher.sent()[0].requests, fetcher.sent()[0].connections), (12, 12));
    // A pooled connection may outlive its seat by a moment; the limit holds for what is under way.
    assert!(most.load(Ordering::SeqCst) <= 4, "{most:?}");
}

#[tokio::test]
async fn two_looks_that_need_each_others_address_both_end() {
    let at = answering(|request| match request.contains("/go-b") {
        true => reply("302 Found", "location: http://b.x.gov.cn/end\r\n", b""),
        false if request.contains("/go-a") => reply("302 Found", "location: http://a.x.gov.cn/end\r\n", b""),
        false => page("x"),
    })
    .await;
    let (resolver, _) = resolver(|asked, kind| match (asked, kind) {
        ("a.x.gov.cn", RecordType::A) => Says::Records(vec![("a.x.gov.cn", v4("127.0.0.1"))]),
        ("b.x.gov.cn", RecordType::A) => Says::Records(vec![("b.x.gov.cn", v4("127.0.0.1"))]),
        _ => Says::Nothing("x.gov.cn"),
    })
    .await;
    let mut narrow = settings(resolver, Some(at), None);
    narrow.connections_per_address = 1;
    let fetcher = fetcher(narrow);
    let run = async |home: &str| {
        let mut site = fetcher.site(&profile(home), &CancellationToken::new());
        site.get(home, Purpose::Home, Hand::First).await.answered().is_some()
    };
    let (a, b) = tokio::join!(run("http://a.x.gov.cn/go-b"), run("http://b.x.gov.cn/go-a"));
    assert!(a && b);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_gets_it_and_is_not_blamed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let at = answering(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => reply("503 Busy", "retry-after: 0\r\n", b"later"),
        _ => page("x"),
    })
    .await;
    let fetcher_ = fetcher(settings(everything_here().await, Some(at), None));
    let mut site = fetcher_.site(&profile(HOME), &CancellationToken::new());
    let fetch = site.get(HOME, Purpose::Home, Hand::First).await;
    assert_eq!((fetch.answered().map(|(s, _)| s), fetch.tries), (Some(200), 2));

    let at = answering(|_| reply("429 Too Many", "retry-after: 3600\r\n", b"go away")).await;
    let fetcher_ = fetcher(settings(everything_here().await, Some(at), None));
    let mut site = fetcher_.site(&profile(HOME), &CancellationToken::new());
    let fetch = site.get(HOME, Purpose::Home, Hand::First).await;
    let hop = fetch.last();
    assert_eq!((hop.status, hop.failure.as_ref().map(|f| f.cause)), (Some(429), Some(Cause::HttpRateLimited)));
    assert_eq!((hop.header("retry-after"), fetch.tries), (Some("3600"), 1));
    // And is left alone for the rest of the look.
    let fetch = site.get(&format!("{HOME}x"), Purpose::Script, Hand::Pool).await;
    assert_eq!(fetch.failure().map(|f| f.cause), Some(Cause::HttpRateLimited));
    assert_eq!(fetcher_.sent()[0].requests, 1);
}

#[tokio::test]
async fn waiting_for_a_turn_is_not_charged_to_the_site() {
    let at = answering(|_| page("x")).await;
    let mut slow = settings(everything_here().await, Some(at), None);
    // Five at once, then one every 200 ms, against a look budget that two such waits exceed.
    slow.requests_per_second = 5.0;
    slow.budget.site = Duration::from_millis(350);
    let fetcher = fetcher(slow);
    let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
    let start = std::time::Instant::now();
    let mut charged = 0;
    for n in 0..7 {
        let fetch = site.get(&format!("{HOME}{n}"), Purpose::Home, Hand::First).await;
        charged += fetch.answered().unwrap_or_else(|| panic!("request {n}")).1.timing.total_ms;
    }
    // However slow this machine is: the waits lie in between, not in the record.
    assert!(start.elapsed() >= Duration::from_millis(u64::from(charged) + 300));
}

#[test]
fn senseless_limits_are_refused_at_start() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        Fetcher::new(settings, Clock::fake(now())).err()
    };
    assert!(matches!(refused(|s| s.requests_per_second = 0.0), Some(SetupError::Rate(_))));
    assert!(matches!(refused(|s| s.requests_per_second = f64::NAN), Some(SetupError::Rate(_))));
    assert!(matches!(refused(|s| s.connections_per_address = 0), Some(SetupError::Zero(_))));
    assert!(refused(|s| s.requests_per_second = 0.2).is_none());
}

#[tokio::test]
async fn canaries_tell_a_dead_line_from_a_living_one() {
    let good = answering(|_| reply("500 Broken", "", b"even an error proves the line")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let report = async |canaries: &[String]| {
        let mut with = settings(everything_here().await, Some(good), None);
        with.canaries = canaries.to_vec();
        fetcher(with).canaries().await
    };
    let (up, open, down) =
        ("http://ref.gov.cn/".to_owned(), format!("ref.gov.cn:{}", good.port()), format!("127.0.0.1:{}", dead.port()));
    assert_eq!(report(&[]).await.healthy, None);
    let half = report(&[up.clone(), down.clone()]).await;
    assert_eq!(half.healthy, Some(true));
    assert_eq!(half.points[1].failure.as_ref().map(|f| f.cause), Some(Cause::TcpRefused));
    assert_eq!(report(&[up, down.clone(), down.clone()]).await.healthy, Some(false));
    assert_eq!(report(&[open]).await.healthy, Some(true));
    // The guard against private addresses is for sites.
    let mut guarded = settings(everything_here().await, Some(good), None);
    guarded.allow_private = false;
    guarded.canaries = vec!["http://127.0.0.1/".into(), "http://ref.gov.cn/".into()];
    assert!(fetcher(guarded).canaries().await.points.iter().all(|p| p.ok));
    // Without any resolver at all the answer comes at once and names our own side.
    let mut alone = settings(dead, None, None);
    alone.budget.dns = Duration::from_millis(100);
    alone.canaries = vec!["http://ref.gov.cn/".into()];
    let report = fetcher(alone).canaries().await;
    assert_eq!(report.healthy, Some(false));
    assert_eq!(report.points[0].failure.as_ref().map(|f| f.cause), Some(Cause::ResolverUnreachable));
}

#[tokio::test]
async fn robots_are_asked_once_and_obeyed() {
    let at = answering(|request| match request.starts_with("GET /robots.txt") {
        true => page("User-agent: *\nDisallow: /private\n"),
        false => page("x"),
    })
    .await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), None));
    let mut site = fetcher.site(&profile(HOME), &CancellationToken::new());
    let url = |path: &str| url::Url::parse(HOME).unwrap().join(path).unwrap();
    let (allowed, made) = site.robots(&url("/private/x")).await;
    assert_eq!((allowed, made.map(|f| f.purpose)), (false, Some(Purpose::Robots)));
    assert_eq!(site.robots(&url("/open")).await, (true, None));
}
