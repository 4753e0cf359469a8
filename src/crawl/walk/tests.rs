#![cfg(feature = "demo")]

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use crate::crawl::look;
use crate::evidence::walk::{LinkEnd, LinkPart, WalkEnd};
use crate::evidence::{Cause, Needs, SiteProfile, Walk, WalkPlan};
use crate::fetch::tests::{everything_here, fetcher, page, recording, reply, settings};

fn plan() -> WalkPlan {
    WalkPlan { depth: 9, ..WalkPlan::default() }
}

/// Walks over a site that answers with `answer`; also what was asked, as `host path`, robots.txt apart.
async fn walked(plan: WalkPlan, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Walk, Vec<String>) {
    walked_with(plan, everything_here().await, answer).await
}

async fn walked_with(
    plan: WalkPlan,
    dns: SocketAddr,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Walk, Vec<String>) {
    let (at, asked) = recording(move |asked| match asked.ends_with("/xunjian-no-such-page.html") {
        true => answer(&asked.replace("/xunjian-no-such-page.html", "/nowhere")),
        false => answer(asked),
    })
    .await;
    let fetcher = fetcher(settings(dns, Some(at), Some(at)));
    let profile = SiteProfile {
        id: "6108000001".into(),
        url: "http://www.a.gov.cn/".into(),
        hosts: vec!["www.a.gov.cn".into(), "bm.a.gov.cn".into()],
        ..SiteProfile::default()
    };
    let needs = Needs { walk: Some(plan), ..Needs::default() };
    let evidence = look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await;
    let own = |a: &&String| !a.ends_with("/robots.txt") && !a.ends_with("/xunjian-no-such-page.html");
    let asked = asked.lock().unwrap().iter().filter(own).cloned().collect();
    (evidence.walk.expect("a walk"), asked)
}

fn list(links: impl Iterator<Item = String>) -> Vec<u8> {
    page(&links.map(|l| format!("<li><a href=\"{l}\">x</a>")).collect::<String>())
}

#[tokio::test]
async fn a_walk_reads_each_page_of_the_site_once_and_nothing_else() {
    let plan = WalkPlan { depth: 1, links: 0, ..plan() };
    let (walk, asked) = walked(plan, |asked| match asked {
        "www.a.gov.cn /" => list(
            [
                "/a.html", "a.html#top", "http://www.a.gov.cn:80/a.html?utm_source=x", "/%61.html", "https://bm.a.gov.cn/",
                "http://www.b.gov.cn/", "mailto:a@a.gov.cn", "javascript:void(0)", "#", "/x.pdf", "/login.jsp", "/moved",
                "/gone",
            ]
            .into_iter()
            .map(str::to_owned),
        ),
        "www.a.gov.cn /a.html" => page(
            "<title>t</title><meta name=ArticleTitle content='关于放假的通知'><meta name=PubDate content='2026-05-08 09:00'>\
             <p>各部门、各单位：现将放假安排通知如下<p><a href='/deeper.html'>x</a>",
        ),
        "www.a.gov.cn /moved" => reply("302 Found", "location: /a.html\r\n", b""),
        "www.a.gov.cn /gone" => reply("404 Not Found", "", b"gone"),
        _ => page("<p>x"),
    })
    .await;
    let visits: Vec<&str> = asked.iter().map(String::as_str).collect();
    // The name of the same site that only speaks https is tried and cannot be read here.
    let plain: Vec<&&str> = visits.iter().filter(|a| a.starts_with("www.")).collect();
    assert_eq!(
        plain,
        [
            &"www.a.gov.cn /",
            &"www.a.gov.cn /a.html",
            &"www.a.gov.cn /moved",
            &"www.a.gov.cn /a.html",
            &"www.a.gov.cn /gone",
            // Something did not open, so the home page is asked once more.
            &"www.a.gov.cn /"
        ]
    );
    let pages: Vec<(&str, Option<u16>, u8)> = walk.pages.iter().map(|p| (p.url.as_str(), p.status, p.depth)).collect();
    assert_eq!(pages[0], ("http://www.a.gov.cn/", Some(200), 0));
    assert_eq!(pages[1], ("http://www.a.gov.cn/a.html", Some(200), 1));
    assert_eq!(pages[3], ("http://www.a.gov.cn/gone", Some(404), 1));
    assert_eq!(walk.pages[2].url, "https://bm.a.gov.cn/");
    let article = &walk.pages[1];
    assert_eq!((article.title.as_str(), article.date.as_deref()), ("关于放假的通知", Some("2026-05-08 09:00")));
    assert!(article.print.is_some() && article.is_read() && article.links == 1);
    assert_eq!((walk.pages.len(), walk.repeated, walk.short), (4, 1, None));
}

#[tokio::test]
async fn a_home_page_of_fifty_thousand_links_and_an_endless_calendar_are_walked_within_the_plan() {
    let plan = WalkPlan { pages: 300, ..plan() };
    let (walk, asked) = walked(plan, |asked| {
        let path = asked.split(' ').nth(1).unwrap_or_default();
        match path {
            "/" => list((0..50_000).map(|n| format!("/events?year={}&month={}", 1900 + n / 12, n % 12))),
            _ => list((0..20).map(|n| format!("{path}&day={n}"))),
        }
    })
    .await;
    assert!(asked.len() <= 130, "{} requests", asked.len());
    assert!(walk.trapped > 1000 && walk.known < 6000, "{} {}", walk.trapped, walk.known);
}

#[tokio::test]
async fn a_maze_of_redirects_and_of_sessions_ends() {
    let (walk, asked) = walked(WalkPlan { pages: 200, ..plan() }, |asked| {
        let path = asked.split(' ').nth(1).unwrap_or_default();
        match path.strip_prefix("/r/").and_then(|n| n.parse::<u32>().ok()) {
            Some(n) => reply("302 Found", &format!("location: /r/{}\r\n", n + 1), b""),
            None => list(
                (0..9).map(|n| format!("/s{n}{}/4hd83kk2m1q9x7c5v3b{n}/x.html", path.len())).chain(["/r/1".into()]),
            ),
        }
    })
    .await;
    assert!(walk.pages.iter().any(|p| p.cause == Some(Cause::HttpTooManyRedirects)));
    assert!(asked.len() < 300, "{}", asked.len());
}

#[tokio::test]
async fn what_the_plan_leaves_out_is_said() {
    let answer = |asked: &str| match asked {
        "www.a.gov.cn /robots.txt" => page("User-agent: *\nDisallow: /b"),
        _ => list((0..30).map(|n| format!("/b{n}.html")).chain((0..30).map(|n| format!("/c{n}.html")))),
    };
    let (walk, asked) = walked(WalkPlan { pages: 40, depth: 1, links: 0, ..plan() }, answer).await;
    assert_eq!((walk.pages.len(), walk.short), (40, Some(WalkEnd::Pages)));
    assert_eq!(walk.pages.iter().filter(|p| p.cause == Some(Cause::RobotsDisallowed)).count(), 30);
    assert_eq!(asked.len(), 11, "and the home page once more");
    let (walk, _) = walked(WalkPlan { bytes: 1, ..plan() }, |_| page("<a href=/a>x</a><a href=/b>x</a>")).await;
    assert_eq!((walk.pages.len(), walk.short), (2, Some(WalkEnd::Bytes)));
}

#[tokio::test]
async fn a_walk_is_stored_and_read_again() {
    let (walk, _) = walked(plan(), |_| page("<title>x</title><p>测试市人民政府欢迎您<a href=/a>x</a>")).await;
    let text = serde_json::to_string(&walk).unwrap();
    assert_eq!(serde_json::from_str::<Walk>(&text).unwrap(), walk);
    assert!(!text.contains("欢迎"), "no text of a page is kept");
}

/// Text of a page of its own.
fn own(text: &str) -> Vec<u8> {
    page(&format!("<title>{text}</title><p>{}", text.repeat(12)))
}

fn ends(walk: &Walk) -> Vec<(&str, LinkPart, LinkEnd)> {
    walk.links.iter().map(|l| (l.url.trim_start_matches("http://www.a.gov.cn"), l.part, l.end.clone())).collect()
}

#[tokio::test]
async fn every_link_is_asked_for_and_only_those_not_in_order_are_kept() {
    let plan = WalkPlan { depth: 1, ..plan() };
    let (walk, _) = walked(plan, |asked| match asked {
        "www.a.gov.cn /" => list(
            ["/a.html", "/gone.html", "/file.pdf", "/lost.doc", "http://www.b.gov.cn/"].into_iter().map(str::to_owned),
        ),
        "www.a.gov.cn /a.html" => {
            list(["/deep.html", "/dead.html", "/lost.xls", "/broken.jsp", "/login.jsp"].into_iter().map(str::to_owned))
        }
        "www.a.gov.cn /broken.jsp" => reply("500 Oops", "", b"x"),
        "www.a.gov.cn /login.jsp" => reply("403 Forbidden", "", b"x"),
        "www.a.gov.cn /file.pdf" | "www.a.gov.cn /deep.html" => own("x"),
        _ => reply("404 Not Found", "", b"gone"),
    })
    .await;
    use LinkPart::*;
    assert_eq!(
        ends(&walk),
        [
            ("/gone.html", Home, LinkEnd::Status(404)),
            ("/lost.doc", Home, LinkEnd::Status(404)),
            ("/lost.xls", Attachment, LinkEnd::Status(404)),
            ("/dead.html", Internal, LinkEnd::Status(404)),
            ("/broken.jsp", Internal, LinkEnd::Status(500)),
            ("/login.jsp", Internal, LinkEnd::Status(403)),
        ]
    );
    assert!(walk.calm);
    let tally = |part| walk.tally.get(&part).map(|t| (t.good, t.listed, t.unasked));
    assert_eq!((tally(Home), tally(Internal)), (Some((2, 2, 0)), Some((1, 3, 0))));
    assert_eq!(tally(External), Some((0, 0, 1)), "outside the reach of the register");
}

#[tokio::test]
async fn a_server_that_refuses_to_give_the_head_alone_is_asked_for_the_page() {
    let plan = WalkPlan { depth: 0, ..plan() };
    let at = crate::fetch::tests::answering(|request| {
        let first = request.lines().next().unwrap_or_default();
        match (first.starts_with("HEAD"), first.contains(" / ")) {
            (true, _) => reply("405 Method Not Allowed", "", b""),
            (_, true) => list(["/a.html".to_owned()].into_iter()),
            (_, false) if first.contains("a.html") => own("x"),
            _ => reply("404 Not Found", "", b""),
        }
    })
    .await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), None));
    let profile = SiteProfile {
        url: "http://www.a.gov.cn/".into(),
        hosts: vec!["www.a.gov.cn".into()],
        ..SiteProfile::default()
    };
    let needs = Needs { walk: Some(plan), ..Needs::default() };
    let walk = look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await.walk.unwrap();
    assert_eq!((walk.links.len(), walk.tally[&LinkPart::Home].good), (0, 1));
}

#[tokio::test]
async fn what_a_host_shows_for_everything_it_does_not_have_is_no_page() {
    let home = || list(["/a.html", "/gone.html"].into_iter().map(str::to_owned));
    let (walk, _) = walked(plan(), move |asked| match asked {
        "www.a.gov.cn /" => home(),
        "www.a.gov.cn /a.html" => own("关于放假的通知"),
        _ => own("您访问的页面不存在"),
    })
    .await;
    assert_eq!(ends(&walk), [("/gone.html", LinkPart::Home, LinkEnd::StandIn { says_gone: true })]);
    let (walk, _) = walked(plan(), move |asked| match asked {
        "www.a.gov.cn /" => home(),
        "www.a.gov.cn /a.html" => own("关于放假的通知"),
        _ => reply("302 Found", "location: /\r\n", b""),
    })
    .await;
    assert_eq!(ends(&walk), [("/gone.html", LinkPart::Home, LinkEnd::StandIn { says_gone: false })]);
    // An application that answers everything with its shell.
    let (walk, _) = walked(plan(), move |_| home()).await;
    assert!(walk.links.iter().all(|l| l.end == LinkEnd::StandIn { says_gone: false }));
}

#[tokio::test]
async fn links_to_elsewhere_are_asked_for_only_where_the_register_says_so_and_once_for_all_sites() {
    let plan = WalkPlan { depth: 0, external: true, ..plan() };
    let (at, asked) = recording(|asked| match asked {
        "www.b.com /" => own("x"),
        "www.b.com /gone" => reply("404 Not Found", "", b"gone"),
        asked if asked.ends_with("/robots.txt") || asked.ends_with("such-page.html") => reply("404 Not Found", "", b""),
        _ => list(["http://www.b.com/", "http://www.b.com/gone"].into_iter().map(str::to_owned)),
    })
    .await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), None));
    let needs = Needs { walk: Some(plan), ..Needs::default() };
    for site in ["www.a.gov.cn", "www.c.gov.cn"] {
        let profile =
            SiteProfile { url: format!("http://{site}/"), hosts: vec![site.into()], ..SiteProfile::default() };
        let walk = look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await.walk.unwrap();
        let tally = walk.tally[&LinkPart::External];
        assert_eq!((tally.good, tally.listed, tally.unasked), (1, 1, 0), "{site}");
        assert_eq!(walk.links[0].end, LinkEnd::Status(404));
    }
    let b: Vec<String> = asked.lock().unwrap().iter().filter(|a| a.starts_with("www.b.com")).cloned().collect();
    assert_eq!(b, ["www.b.com /", "www.b.com /robots.txt", "www.b.com /gone", "www.b.com /gone"]);
}

#[tokio::test]
async fn a_second_look_asks_only_for_what_was_not_in_order() {
    let gone = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let mended = gone.clone();
    let (at, asked) = recording(move |asked| match asked {
        "www.a.gov.cn /" => list(["/a.html", "/b.html"].into_iter().map(str::to_owned)),
        "www.a.gov.cn /b.html" if !mended.load(std::sync::atomic::Ordering::SeqCst) => own("x"),
        "www.a.gov.cn /a.html" => own("x"),
        _ => reply("404 Not Found", "", b""),
    })
    .await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), None));
    let profile = SiteProfile {
        url: "http://www.a.gov.cn/".into(),
        hosts: vec!["www.a.gov.cn".into()],
        ..SiteProfile::default()
    };
    let needs = Needs { walk: Some(plan()), ..Needs::default() };
    let cancel = CancellationToken::new();
    let first = look(profile.clone(), &needs, &fetcher, None, 1, &cancel).await.walk;
    assert_eq!(ends(first.as_ref().unwrap()), [("/b.html", LinkPart::Home, LinkEnd::Status(404))]);
    gone.store(false, std::sync::atomic::Ordering::SeqCst);
    asked.lock().unwrap().clear();
    let second = crate::crawl::look_again(profile, &needs, &fetcher, None, first.clone(), &cancel).await.walk.unwrap();
    assert_eq!((ends(&second), second.tally[&LinkPart::Home].good), (Vec::new(), 2));
    assert_eq!(second.pages, first.unwrap().pages);
    assert!(!asked.lock().unwrap().iter().any(|a| a.ends_with("/a.html")));
}
