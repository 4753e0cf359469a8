//! A real Chromium before pages served on loopback.
#![cfg(all(unix, feature = "render", feature = "demo"))]
#![allow(clippy::print_stdout, reason = "tests say why they skip")]

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Mode, Renderer, Settings};
use crate::check::kind::Check;
use crate::check::mark_present::{Element, MarkPresent};
use crate::check::{Location, Outcome};
use crate::clock::Clock;
use crate::crawl;
use crate::evidence::{Evidence, Needs, Operator, Purpose, RefusalKind, ShortfallKind, SiteFacts, SiteProfile, format};
use crate::fetch::tests::{everything_here, fetcher, now, page, recording, reply, server, settings};

const HOME: &str = "http://www.a.gov.cn/";
const FILING: &str = "陕ICP备05000001号";

/// A renderer, where the machine has a browser.
fn renderer(change: impl FnOnce(&mut Settings)) -> Option<Renderer> {
    let mut settings = Settings { page: Duration::from_secs(30), ..Settings::default() };
    change(&mut settings);
    let renderer = Renderer::new(settings, Clock::fake(now()));
    if !renderer.available() {
        println!("skipped: no Chromium on this machine");
        return None;
    }
    Some(renderer)
}

/// Looks, for the second time, at a site whose server answers `host path` with `answer`.
async fn looked(
    renderer: &Renderer,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> (Evidence, Vec<String>) {
    let (at, asked) = recording(answer).await;
    let fetcher = fetcher(settings(everything_here().await, Some(at), Some(at)));
    let profile = SiteProfile {
        id: "6108000001".into(),
        url: HOME.into(),
        hosts: vec!["www.a.gov.cn".into()],
        sponsor: Operator { name: "甲县人民政府".into(), aliases: Vec::new() },
        ..SiteProfile::default()
    };
    let needs = Needs { marks: true, ..Needs::default() };
    let evidence = crawl::look(profile, &needs, &fetcher, Some(renderer), 2, &CancellationToken::new()).await;
    let asked = asked.lock().unwrap().clone();
    (evidence, asked)
}

/// Whether the page shows an ICP number: `pass`, `fail`, or the reason it could not be told. Judged from the stored form.
fn icp(evidence: &Evidence) -> String {
    let stored = format::from_line(&format::to_line(evidence), 1, 10_000_000).unwrap();
    assert_eq!(stored.rendered, evidence.rendered, "what is stored is what was seen");
    let rule = MarkPresent { element: Element::Icp, accept_picture: true };
    match rule.evaluate(&SiteFacts::of(&stored)).pop().unwrap().outcome {
        Outcome::Pass(seen) => {
            let places: Vec<&Location> = seen.locations().iter().collect();
            assert_eq!(places[0].url, HOME);
            "pass".to_owned()
        }
        Outcome::Fail(_) => "fail".to_owned(),
        Outcome::Undetermined(why) => why.reason.key(),
        other => panic!("{other:?}"),
    }
}

fn kinds(evidence: &Evidence) -> Vec<ShortfallKind> {
    evidence.rendered.as_ref().unwrap().shortfalls.iter().map(|s| s.kind).collect()
}

/// The shell of an application and its bundle.
fn application(bundle: &str) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    let bundle = bundle.to_owned();
    move |line| match line.split_once(' ').unwrap_or_default().1 {
        "/" => page("<html><head><title>甲县</title></head><body><div id=app></div><script src=/js/app.js></script>"),
        "/js/app.js" => reply("200 OK", "content-type: text/javascript; charset=utf-8\r\n", bundle.as_bytes()),
        "/api/site" => reply(
            "200 OK",
            "content-type: application/json\r\n",
            format!(r#"{{"n":"{}","name":"甲县人民政府"}}"#, FILING.replace("号", "")).as_bytes(),
        ),
        _ => reply("404 Not Found", "", b"gone"),
    }
}

/// Writes a page of some words, its end made by `end` once `/api/site` was read and some seconds passed.
fn writes(end: &str) -> String {
    format!(
        "const h=(t,c)=>{{const e=document.createElement(t);e.innerHTML=c;return e}};\
         fetch(['','api','site'].join('/')).then(r=>r.json()).then(s=>setTimeout(()=>{{\
           const app=document.getElementById('app');\
           for(let i=0;i<30;i++)app.append(h('p','<a href=\"/n/'+i+'.html\">甲县要闻第'+i+'条</a>'));\
           const f=h('div',{end});f.className='foot';app.append(f)}},3000));"
    )
}

#[tokio::test]
async fn what_only_scripts_write_is_decided_by_a_browser() {
    let Some(renderer) = renderer(|_| ()) else { return };
    let shown = writes("'主办单位：'+s.name+' <a href=\"https://beian.miit.gov.cn/\">'+s.n+'号'+'</a>'");
    let (evidence, asked) = looked(&renderer, application(&shown)).await;
    assert_eq!(icp(&evidence), "pass", "{:?}", evidence.rendered);
    let rendered = evidence.rendered.as_ref().unwrap();
    let picture = rendered.picture.as_ref().unwrap();
    assert!(picture.png.starts_with(b"\x89PNG") && picture.sha256.len() == 64);
    assert!(rendered.completed() && rendered.served >= 1 && rendered.fetched == 1, "{rendered:?}");
    assert_eq!(
        asked,
        ["www.a.gov.cn /", "www.a.gov.cn /js/app.js", "www.a.gov.cn /api/site"],
        "nothing is asked twice"
    );
    let exchange = evidence.fetch(Purpose::Rendering).unwrap();
    assert_eq!((exchange.last().status, &exchange.last().body), (Some(200), &None));

    let lacking = writes("'主办单位：'+s.name+' 电话：0912-1234567'");
    let (evidence, _) = looked(&renderer, application(&lacking)).await;
    assert_eq!(icp(&evidence), "fail", "{:?}", evidence.rendered);

    for unread in [
        "'<style>.p{height:90px;background:url(/images/foot.png)}</style><div class=p></div>'",
        "'<x-foot style=\"display:block;height:90px\"></x-foot>'",
    ] {
        let (evidence, _) = looked(&renderer, application(&writes(unread))).await;
        assert_eq!(icp(&evidence), "script_footer", "{unread}: {:?}", evidence.rendered);
        assert_eq!(kinds(&evidence), [ShortfallKind::Canvas]);
    }

    let hidden = writes("'主办单位：'+s.name+' <style>.x{display:none}</style><span class=x>'+s.n+'号'+'</span>'");
    let (evidence, _) = looked(&renderer, application(&hidden)).await;
    assert_eq!(icp(&evidence), "fail", "{:?}", evidence.rendered);

    let report = renderer.close().await;
    assert_eq!((report.pages, report.completed, report.broken), (5, 3, None));
}

#[tokio::test]
async fn pages_that_never_let_go_are_left_undecided_and_the_next_one_is_shown() {
    let Some(renderer) = renderer(|s| s.page = Duration::from_secs(5)) else { return };
    let text = "<p>甲县人民政府</p>";
    for (bundle, left_open) in [
        // Never ends.
        (writes("''") + "setTimeout(()=>{for(;;);},500)", None),
        ("for(;;)alert('甲县')".to_owned(), Some(ShortfallKind::Timeout)),
        (
            format!("document.body.innerHTML='{text}';const to=['/b','?'].join('');location.href=to+Math.random()"),
            Some(ShortfallKind::Left),
        ),
        (
            "const m='<div hidden>'+'甲'.repeat(20e6)+'</div>';document.getElementById('app').innerHTML=m".to_owned(),
            Some(ShortfallKind::DomCut),
        ),
        (
            "document.getElementById('app').innerHTML='甲县';undefinedThing()".to_owned(),
            Some(ShortfallKind::ScriptError),
        ),
    ] {
        let (evidence, asked) = looked(&renderer, application(&bundle)).await;
        assert_eq!(icp(&evidence), "script_footer", "{bundle}");
        assert!(left_open.is_none_or(|kind| kinds(&evidence).contains(&kind)), "{bundle}: {:?}", kinds(&evidence));
        assert!(!evidence.rendered.as_ref().unwrap().completed());
        assert!(asked.len() <= 3, "{asked:?}");
    }
    // A busy machine may need more than one try for a page that is shown at once.
    let shown = writes("s.n+'号'");
    let mut words = Vec::new();
    while words.len() < 6 && words.last().is_none_or(|w| w != "pass") {
        words.push(icp(&looked(&renderer, application(&shown)).await.0));
    }
    assert_eq!(words.last().map(String::as_str), Some("pass"), "{words:?}");
    renderer.close().await;
}

#[tokio::test]
async fn a_browser_that_dies_is_replaced_and_nothing_is_left_of_any() {
    let Some(renderer) = renderer(|_| ()) else { return };
    let renderer = Arc::new(renderer);
    let shown = writes("s.n+'号'");
    let (evidence, _) = looked(&renderer, application(&shown)).await;
    assert_eq!(icp(&evidence), "pass", "{:?}", evidence.rendered);
    let (first, profile) = renderer.traces().await.expect("it runs");
    assert!(profile.is_dir());
    let page = application(&shown);
    let (evidence, _) = looked(&renderer, move |line| {
        if line.ends_with("/api/site") {
            rustix::process::kill_process_group(first, rustix::process::Signal::KILL).unwrap();
        }
        page(line)
    })
    .await;
    assert_eq!((icp(&evidence).as_str(), kinds(&evidence)), ("script_footer", vec![ShortfallKind::Crashed]));
    let (evidence, _) = looked(&renderer, application(&shown)).await;
    assert_eq!(icp(&evidence), "pass", "{:?}", evidence.rendered);
    let (second, later) = renderer.traces().await.expect("it runs again");
    assert_ne!(first, second);
    assert!(!profile.exists(), "the first one's profile is gone");
    assert_eq!(renderer.close().await.broken, None);
    assert!(!later.exists() && rustix::process::test_kill_process_group(second).is_err(), "nothing is left");
}

#[tokio::test]
async fn a_page_reaches_nobody_outside_the_register() {
    let Some(renderer) = renderer(|_| ()) else { return };
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    let local = server(move |stream, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { drop(stream) }
    })
    .await;
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    datagrams.set_nonblocking(true).unwrap();
    let port = datagrams.local_addr().unwrap().port();
    let bundle = format!(
        "const at='127.0.0.1:{0}';const tried=(f)=>{{try{{f()}}catch(e){{}}}};\
         fetch('http://'+at+'/xhr').catch(()=>0);fetch('http://localhost:{0}/xhr').catch(()=>0);\
         fetch('http://www.elsewhere.com/x').catch(()=>0);\
         fetch(['','api','site'].join('/'),{{method:'POST',body:'x'}}).catch(()=>0);\
         tried(()=>new WebSocket('ws://'+at+'/ws'));\
         tried(()=>navigator.sendBeacon('http://'+at+'/beacon','x'));\
         tried(()=>window.open('http://'+at+'/popup'));\
         tried(()=>new EventSource('http://'+at+'/events'));\
         tried(()=>new Worker(URL.createObjectURL(new Blob([\"fetch('http://\"+at+\"/worker').catch(()=>0)\"]))));\
         tried(()=>navigator.serviceWorker.register('/sw.js'));\
         tried(()=>{{const p=new RTCPeerConnection({{iceServers:[{{urls:'stun:127.0.0.1:{1}'}}]}});\
           p.createDataChannel('x');p.createOffer().then(o=>p.setLocalDescription(o))}});\
         tried(()=>new WebTransport('https://127.0.0.1:{1}/').ready.catch(()=>0));\
         for(const t of ['img','script','iframe'])tried(()=>{{const e=document.createElement(t);e.src='http://'+at+'/'+t;\
           document.body.append(e)}});\
         for(const r of ['preconnect','dns-prefetch','prefetch','preload'])tried(()=>{{const e=document.createElement('link');\
           e.rel=r;e.href='http://'+at+'/'+r;e.as='script';document.head.append(e)}});\
         setTimeout(()=>{{document.getElementById('app').innerHTML='甲县'}},4000);",
        local.port(),
        port
    );
    let (evidence, asked) = looked(&renderer, application(&bundle)).await;
    assert_eq!(visits.load(Ordering::SeqCst), 0, "no connection");
    assert_eq!(datagrams.recv(&mut [0; 2000]).map_err(|e| e.kind()), Err(std::io::ErrorKind::WouldBlock));
    assert_eq!(asked, ["www.a.gov.cn /", "www.a.gov.cn /js/app.js"]);
    let rendered = evidence.rendered.as_ref().unwrap();
    let refused = |url: &str, why| rendered.refused.iter().any(|r| r.url.contains(url) && r.why == why);
    for (url, why) in [
        ("/xhr", RefusalKind::OutOfReach),
        ("elsewhere.com", RefusalKind::OutOfReach),
        ("/api/site", RefusalKind::Method),
        ("/ws", RefusalKind::Channel),
        ("/beacon", RefusalKind::Channel),
        ("/popup", RefusalKind::Navigation),
        ("/worker", RefusalKind::OutOfReach),
        ("/script", RefusalKind::OutOfReach),
        ("/iframe", RefusalKind::OutOfReach),
    ] {
        assert!(refused(url, why), "{url}: {:?}", rendered.refused);
    }
    assert_eq!(icp(&evidence), "script_footer", "what was refused may have brought the footer");
    renderer.close().await;
}

#[tokio::test]
async fn without_a_browser_nothing_changes() {
    let settings = Settings { mode: Mode::Always, browser: Some("/nowhere/chromium".into()), ..Settings::default() };
    let renderer = Renderer::new(settings, Clock::fake(now()));
    assert!(!renderer.available());
    let (evidence, _) = looked(&renderer, application(&writes("s.n"))).await;
    assert_eq!((icp(&evidence), evidence.rendered), ("script_footer".to_owned(), None));
    assert_eq!(renderer.close().await, super::Report::default());
}
