#![cfg(feature = "demo")]

use std::net::SocketAddr;

use hickory_resolver::proto::rr::{RData, RecordType, rdata};
use tokio_util::sync::CancellationToken;

use super::look;
use crate::evidence::{Cause, Evidence, Fetch, HopKind, Needs, Purpose, RecordKind, SiteProfile};
use crate::fetch::Hand;
use crate::fetch::tests::{
    Says, answering, everything_here, fetcher, leak, name, page, recording, reply, resolver, settings, v4,
};

const HOME: &str = "http://www.a.gov.cn/";

fn site() -> SiteProfile {
    SiteProfile {
        id: "6108000001".into(),
        url: HOME.into(),
        hosts: vec!["www.a.gov.cn".into()],
        ..SiteProfile::default()
    }
}

/// Looks at `profile` where every name is served by `answer`; also what was asked, as `host path`.
async fn looked(
    profile: SiteProfile,
    needs: Needs,
    dns: SocketAddr,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Evidence, Vec<String>) {
    let (at, asked) = recording(answer).await;
    let fetcher = fetcher(settings(dns, Some(at), Some(at)));
    let evidence = look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await;
    let asked = asked.lock().unwrap().clone();
    (evidence, asked)
}

fn story(fetch: &Fetch) -> Vec<(&str, HopKind, Option<u16>)> {
    fetch.hops.iter().map(|h| (h.url.as_str(), h.kind, h.status)).collect()
}

#[tokio::test]
async fn a_plain_look_brings_the_name_and_the_page_and_asks_for_nothing_else() {
    let (evidence, asked) = looked(site(), Needs::default(), everything_here().await, |_| page("<p>x")).await;
    assert_eq!(asked, ["www.a.gov.cn /"]);
    assert_eq!((evidence.v, evidence.look, evidence.cut), (1, 1, None));
    assert_eq!(evidence.names[0].addresses().len(), 1);
    assert_eq!(evidence.fetch(Purpose::Home).unwrap().answered().map(|(s, _)| s), Some(200));
}

#[tokio::test]
async fn client_side_hops_continue_the_home_exchange_and_end_at_the_reach() {
    let (evidence, asked) = looked(site(), Needs::default(), everything_here().await, |asked| match asked {
        "www.a.gov.cn /" => page("<meta http-equiv=refresh content='0; url=/index.html'>"),
        "www.a.gov.cn /index.html" => page("<script>location.href='http://www.evil.com/win'</script>"),
        _ => page(""),
    })
    .await;
    assert_eq!(
        story(&evidence.fetches[0]),
        [
            (HOME, HopKind::Start, Some(200)),
            ("http://www.a.gov.cn/index.html", HopKind::MetaRefresh, Some(200)),
            ("http://www.evil.com/win", HopKind::Script, None),
        ]
    );
    assert_eq!(evidence.fetches[0].failure().map(|f| f.cause), Some(Cause::OutOfReach));
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn pages_that_send_each_other_visitors_do_not_hold_us() {
    let (evidence, asked) = looked(site(), Needs::default(), everything_here().await, |asked| match asked {
        "www.a.gov.cn /" => page("<meta http-equiv=refresh content='0; url=/b'>"),
        _ => page("<meta http-equiv=refresh content='0; url=/'>"),
    })
    .await;
    assert_eq!(asked.len(), 2);
    assert_eq!(evidence.fetches[0].answered().map(|(s, _)| s), Some(200));
}

#[tokio::test]
async fn what_writes_the_footer_is_fetched_once_each_and_only_when_marks_are_needed() {
    let home =
        "<body><p>x</p><script src='/js/foot.js'></script><script src='http://static.a.gov.cn/foot.js'></script>";
    let answer = move |asked: &str| match asked {
        "www.a.gov.cn /" => page(home),
        _ => reply("200 OK", "content-type: text/javascript\r\n", b"document.write('x')"),
    };
    let needs = Needs { marks: true, ..Needs::default() };
    let (evidence, asked) = looked(site(), needs, everything_here().await, answer).await;
    assert_eq!(asked, ["www.a.gov.cn /", "www.a.gov.cn /js/foot.js", "static.a.gov.cn /foot.js"]);
    let purposes: Vec<Purpose> = evidence.fetches.iter().map(|f| f.purpose).collect();
    assert_eq!(purposes, [Purpose::Home, Purpose::Script, Purpose::Script]);
    let (_, asked) = looked(site(), Needs::default(), everything_here().await, answer).await;
    assert_eq!(asked, ["www.a.gov.cn /"]);
}

#[tokio::test]
async fn everything_asked_for_is_looked_at_after_the_home_page() {
    let (dns, _) = resolver(|asked, kind| match (asked, kind) {
        ("idle.a.gov.cn", _) => Says::Code(hickory_resolver::proto::op::ResponseCode::NXDomain),
        ("www.a.gov.cn", RecordType::MX) => {
            Says::Records(vec![(leak(asked), RData::MX(rdata::MX::new(5, name("m.a.gov.cn"))))])
        }
        ("a.gov.cn", RecordType::NS) => Says::Records(vec![(leak(asked), RData::NS(rdata::NS(name("ns.a.gov.cn"))))]),
        ("a.gov.cn", RecordType::SOA) => {
            let soa = rdata::SOA::new(name("ns.a.gov.cn"), name("x.a.gov.cn"), 1, 2, 3, 4, 5);
            Says::Records(vec![(leak(asked), RData::SOA(soa))])
        }
        (_, RecordType::A) => Says::Records(vec![(leak(asked), v4("127.0.0.1"))]),
        _ => Says::Nothing("a.gov.cn"),
    })
    .await;
    let mut profile = site();
    profile.hosts.push("m.a.gov.cn".into());
    profile.idle = vec!["idle.a.gov.cn".into(), "old.a.gov.cn".into()];
    profile.migrated_to = Some("http://new.b.gov.cn/".into());
    let needs = Needs {
        marks: true,
        other_scheme: true,
        zone: true,
        records: [RecordKind::Mx].into(),
        further_names: true,
        successor: true,
        migration: false,
        random_path: true,
        tls_survey: false,
        inner_pages: 0,
        visits: false,
        masks: false,
        walk: None,
        authority: false,
    };
    let (evidence, asked) = looked(profile, needs, dns, |asked| match asked {
        "www.a.gov.cn /robots.txt" => reply("404 Not Found", "", b""),
        asked if asked.ends_with("/xunjian-no-such-page.html") => reply("404 Not Found", "", b"gone"),
        _ => page("x"),
    })
    .await;
    let made: Vec<_> = evidence.fetches.iter().map(|f| (f.purpose, f.asked())).collect();
    assert_eq!(
        made,
        [
            (Purpose::Home, HOME),
            (Purpose::Robots, "http://www.a.gov.cn/robots.txt"),
            (Purpose::RandomPath, "http://www.a.gov.cn/xunjian-no-such-page.html"),
            (Purpose::OtherScheme, "https://www.a.gov.cn/"),
            (Purpose::FurtherName, "http://m.a.gov.cn/"),
            (Purpose::FurtherName, "http://old.a.gov.cn/"),
            (Purpose::Successor, "http://new.b.gov.cn/"),
        ]
    );
    // The server speaks no TLS; that is a fact of the other scheme and stops nothing.
    assert_eq!(evidence.tls[0].failure.as_ref().map(|f| f.cause), Some(Cause::TlsNotTls));
    assert!(evidence.name("idle.a.gov.cn").unwrap().no_such_name());
    assert_eq!(evidence.names[0].name, "www.a.gov.cn");
    assert_eq!(evidence.names[0].query(RecordKind::Mx).unwrap().answers[0].data, "5 m.a.gov.cn");
    assert_eq!(evidence.zones[0].zone, "a.gov.cn");
    assert_eq!(asked.len(), 6);
    assert_eq!(evidence.cut, None);
}

#[tokio::test]
async fn a_name_that_does_not_exist_ends_the_look_at_its_host_only() {
    let (dns, _) = resolver(|asked, kind| match (asked, kind) {
        ("www.a.gov.cn", _) => Says::Code(hickory_resolver::proto::op::ResponseCode::NXDomain),
        (_, RecordType::A) => Says::Records(vec![(leak(asked), v4("127.0.0.1"))]),
        _ => Says::Nothing("gov.cn"),
    })
    .await;
    let mut profile = site();
    profile.hosts.push("m.a.gov.cn".into());
    let needs = Needs { other_scheme: true, random_path: true, further_names: true, ..Needs::default() };
    let (evidence, asked) = looked(profile, needs, dns, |_| page("x")).await;
    assert_eq!(evidence.fetches[0].failure().map(|f| f.cause), Some(Cause::DnsNoSuchName));
    assert_eq!(asked, ["m.a.gov.cn /"]);
    assert!(evidence.fetch(Purpose::OtherScheme).is_none());
}

#[tokio::test]
async fn robots_are_obeyed_beyond_the_home_page() {
    let needs = Needs { random_path: true, ..Needs::default() };
    let (evidence, asked) = looked(site(), needs, everything_here().await, |asked| match asked {
        "www.a.gov.cn /robots.txt" => page("User-agent: *\nDisallow: /\n"),
        _ => page("x"),
    })
    .await;
    assert_eq!(asked, ["www.a.gov.cn /", "www.a.gov.cn /robots.txt"]);
    let random = evidence.fetch(Purpose::RandomPath).unwrap();
    assert_eq!(random.failure().map(|f| f.cause), Some(Cause::RobotsDisallowed));
}

#[tokio::test]
async fn a_look_that_ran_out_of_requests_says_that_it_was_cut() {
    let at = answering(|_| page("x")).await;
    let mut narrow = settings(everything_here().await, Some(at), None);
    narrow.budget.requests = 1;
    let needs = Needs { random_path: true, ..Needs::default() };
    let evidence = look(site(), &needs, &fetcher(narrow), None, 1, &CancellationToken::new()).await;
    assert_eq!((evidence.fetches.len(), evidence.cut), (1, Some(Cause::BudgetSpent)));
    let cancel = CancellationToken::new();
    cancel.cancel();
    let open = settings(everything_here().await, Some(at), None);
    let evidence = look(site(), &needs, &fetcher(open), None, 1, &cancel).await;
    assert_eq!(evidence.cut, Some(Cause::Cancelled));
    assert_eq!(evidence.fetches[0].failure().map(|f| f.cause), Some(Cause::Cancelled));
}

#[tokio::test]
async fn the_address_is_asked_as_the_register_writes_it() {
    let profile = SiteProfile { url: "WWW.A.gov.cn".into(), ..site() };
    let (evidence, asked) = looked(profile, Needs::default(), everything_here().await, |_| page("x")).await;
    assert_eq!(evidence.fetches[0].asked(), "WWW.A.gov.cn");
    assert_eq!(asked, ["www.a.gov.cn /"]);
    let profile = SiteProfile { url: "ftp://a".into(), ..site() };
    let (evidence, asked) = looked(profile, Needs::default(), everything_here().await, |_| page("x")).await;
    assert_eq!(evidence.fetches[0].failure().map(|f| f.cause), Some(Cause::HttpBadLocation));
    assert_eq!(asked.len(), 0);
}

#[tokio::test]
async fn a_redirect_to_the_page_just_read_is_recorded_and_not_followed() {
    let at = answering(|request| match request.starts_with("GET /a ") {
        true => reply("302 Found", "location: /home\r\n", b""),
        false => page("x"),
    })
    .await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), None));
    let mut site = fetcher.site(&site(), &CancellationToken::new());
    let home = site.get("http://www.a.gov.cn/home", Purpose::Home, Hand::First).await;
    let other = site.get_unless_seen("http://www.a.gov.cn/a", Purpose::OtherScheme, Hand::First, &home).await;
    assert_eq!(other.answered().map(|(s, h)| (s, h.header("location"))), Some((302, Some("/home"))));
    assert_eq!(other.hops.len(), 1);
    // Only that exchange stops there.
    assert_eq!(site.get("http://www.a.gov.cn/a", Purpose::Frame, Hand::First).await.hops.len(), 2);
}

#[tokio::test]
async fn what_was_seen_survives_its_file() {
    use crate::evidence::format::{from_line, to_line};
    let needs = Needs { marks: true, other_scheme: true, zone: true, random_path: true, ..Needs::default() };
    let (evidence, _) = looked(site(), needs, everything_here().await, |asked| match asked {
        "www.a.gov.cn /" => reply("200 OK", "set-cookie: a=b\r\ncontent-encoding: gzip\r\n", &GZIPPED),
        _ => reply("404 Not Found", "", b""),
    })
    .await;
    assert_eq!(&evidence.fetches[0].last().body.as_ref().unwrap().bytes[..], b"x");
    assert_eq!(from_line(&to_line(&evidence), 1, 100_000).unwrap(), evidence);
}

/// The letter `x`, packed.
const GZIPPED: [u8; 21] = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 0, 0, 131, 22, 220, 140, 1, 0, 0, 0];

#[tokio::test]
async fn a_server_of_old_tls_is_asked_what_it_speaks_and_its_page_is_read_over_plain_http() {
    use crate::evidence::{Home, SiteFacts};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    // A ServerHello of TLS 1.0 to whoever offers RSA key exchange, alert 70 to others.
    let secure = crate::fetch::tests::server(|mut stream, _| async move {
        let mut seen = [0u8; 2048];
        let length = stream.read(&mut seen).await.unwrap();
        let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        hello.extend([0x5a; 32]);
        hello.extend([0, 0, 0x2f, 0]);
        let old = seen[..length].windows(2).any(|w| w == [0x00, 0x2f]);
        let answer = if old { &hello[..] } else { &[0x15, 3, 1, 0, 2, 2, 70] };
        stream.write_all(answer).await.unwrap();
    })
    .await;
    for plain_open in [true, false] {
        let plain = answering(move |_| match plain_open {
            true => page("<title>x</title><p>readable"),
            false => reply("301 Moved Permanently", "location: https://www.a.gov.cn/\r\n", b""),
        })
        .await;
        let fetcher = fetcher(settings(everything_here().await, Some(plain), Some(secure)));
        let profile = SiteProfile { url: "https://www.a.gov.cn/".into(), ..site() };
        let needs = Needs { marks: true, other_scheme: true, random_path: true, ..Needs::default() };
        let evidence = look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await;
        assert_eq!(evidence.hellos.len(), 1);
        assert!(evidence.hellos[0].answer.accepted().is_some());
        // The redirect back to what does not speak with us is not followed.
        let made: Vec<_> = evidence.fetches.iter().map(|f| (f.purpose, f.hops.len())).collect();
        assert_eq!(made, [(Purpose::Home, 1), (Purpose::OtherScheme, 1)]);
        assert_eq!(evidence.tls.len(), 1);
        let facts = SiteFacts::of(&evidence);
        assert_eq!(matches!(facts.home, Home::Page(_)), plain_open);
        assert_eq!(facts.around.map(|f| f.cause), plain_open.then_some(Cause::TlsVersionUnsupported));
    }
}

/// A page of the small site below: navigation, an article list, and `rest`.
fn inner_site(rest: &str) -> Vec<u8> {
    page(&format!(
        "<meta charset=utf-8><body><a href=/xwzx/>新闻中心</a> <a href=/zwgk/>政务公开</a> <a href=/login/>用户登录</a> <a href=/ztzl/>专题</a>
         <a href=/so.jsp?q=1>检索</a> <a href=http://www.b.gov.cn/xx/>别处</a> <a href=/f/1234567.pdf>文件</a>
         <a href=/xwzx/202605/t20260502_22.html>二</a> <a href=/xwzx/202605/t20260501_11.html>一</a>{rest}"
    ))
}

#[tokio::test]
async fn columns_and_articles_of_the_site_are_sampled_the_same_way_every_time() {
    let needs = || Needs { inner_pages: 4, ..Needs::default() };
    let answer = |asked: &str| match asked {
        "www.a.gov.cn /robots.txt" => page("User-agent: *\nDisallow: /zwgk/\n"),
        _ => inner_site(""),
    };
    let (evidence, asked) = looked(site(), needs(), everything_here().await, answer).await;
    let expected = [
        "www.a.gov.cn /",
        "www.a.gov.cn /robots.txt",
        "www.a.gov.cn /xwzx/",
        "www.a.gov.cn /xwzx/202605/t20260501_11.html",
        "www.a.gov.cn /xwzx/202605/t20260502_22.html",
    ];
    assert_eq!(asked, expected);
    assert_eq!(evidence.inner_pages, 4);
    let refused = evidence.fetches.iter().find(|f| f.asked().ends_with("/zwgk/")).unwrap();
    assert_eq!(refused.failure().map(|f| f.cause), Some(Cause::RobotsDisallowed));
    let (_, again) = looked(site(), needs(), everything_here().await, answer).await;
    assert_eq!(again, expected);
    let (evidence, asked) = looked(site(), Needs::default(), everything_here().await, answer).await;
    assert_eq!((evidence.inner_pages, asked.len()), (0, 1));
}

#[tokio::test]
async fn a_script_that_all_pages_share_is_fetched_once() {
    let needs = Needs { marks: true, inner_pages: 2, ..Needs::default() };
    let (_, asked) = looked(site(), needs, everything_here().await, |asked| match asked {
        "www.a.gov.cn /robots.txt" => reply("404 Not Found", "", b""),
        "www.a.gov.cn /js/foot.js" => reply("200 OK", "content-type: text/javascript\r\n", b"document.write('x')"),
        _ => inner_site("<div class=footer><script src=/js/foot.js></script></div>"),
    })
    .await;
    assert_eq!(asked.iter().filter(|a| a.ends_with("foot.js")).count(), 1, "{asked:?}");
    assert_eq!(asked.iter().filter(|a| a.contains("/xwzx/")).count(), 2, "{asked:?}");
}
