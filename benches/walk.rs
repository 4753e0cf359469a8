//! A walk over a whole generated site, measured by itself.
//!
//! `cargo bench --bench walk -- serve 8099 100000` serves a site of so many pages; while it runs, `cargo bench --bench walk --
//! 8099 100000` walks over it and prints pages per second, CPU time per page (this process alone, Linux's account) and peak
//! memory. Any other link checker may be pointed at the same site (`http://127.0.0.1:8099/`).

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::crawl;
use xunjian::evidence::{Needs, SiteProfile, WalkPlan};
use xunjian::fetch::{Budget, Fetcher, Settings};

/// Articles each page of the site leads to.
const CHILDREN: usize = 10;

fn main() {
    // Cargo adds an option of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let number = |at: usize| words.get(at).and_then(|w| w.parse::<usize>().ok());
    match (words.first().map(String::as_str), number(0), number(1), number(2)) {
        (Some("serve"), _, Some(port), Some(pages)) => serve(port as u16, pages),
        (_, Some(port), Some(pages), _) => walk(port as u16, pages),
        _ => println!("serve <port> <pages>, then <port> <pages>"),
    }
}

fn walk(port: u16, pages: usize) {
    let settings = Settings {
        dial: [("www.walk.gov.cn:80".to_owned(), ([127, 0, 0, 1], port).into())].into(),
        allow_private: true,
        requests_per_second: 1e6,
        budget: Budget { site: Duration::from_secs(86_400), ..Budget::default() },
        ..Settings::default()
    };
    let profile = SiteProfile {
        url: "http://www.walk.gov.cn/".to_owned(),
        hosts: vec!["www.walk.gov.cn".to_owned()],
        ..SiteProfile::default()
    };
    let plan = WalkPlan {
        pages: pages as u32,
        depth: 100,
        bytes: u64::MAX / 4,
        secs: 86_400,
        links: 0,
        external: false,
        personal: false,
    };
    let needs = Needs { walk: Some(plan), ..Needs::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let begin = Instant::now();
    let walk = runtime.block_on(async {
        let fetcher = Fetcher::new(settings, Clock::system()).expect("a fetcher");
        crawl::look(profile, &needs, &fetcher, None, 1, &CancellationToken::new()).await.walk.expect("a walk")
    });
    let (wall, cpu, peak) = (begin.elapsed().as_secs_f64(), cpu_seconds(), peak_megabytes());
    let read = walk.pages.iter().filter(|p| p.is_read()).count();
    println!(
        "pages read       {read} of {pages}, addresses met {}, trapped {}, short {:?}",
        walk.known, walk.trapped, walk.short
    );
    println!("pages per second {:.0} (wall {wall:.1} s)", read as f64 / wall);
    println!("CPU per page     {:.3} ms", cpu * 1000.0 / read as f64);
    println!("peak memory      {peak:.0} MB");
    println!("evidence         {:.1} MB", serde_json::to_string(&walk).expect("plain data").len() as f64 / 1e6);
}

/// User and system time of this process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = behind.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn serve(port: u16, pages: usize) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    println!("http://127.0.0.1:{port}/ has {pages} pages");
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || answer(stream, pages));
    }
}

fn answer(stream: TcpStream, pages: usize) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 2 {
            line.clear();
        }
        let path = first.split(' ').nth(1).unwrap_or("/");
        let number = path.strip_prefix("/xwzx/").and_then(|p| p.strip_suffix(".html")?.parse::<usize>().ok());
        let (status, kind, body) = match (path, number) {
            ("/", _) => ("200 OK", "text/html", page(0, pages)),
            (_, Some(n)) if n < pages => ("200 OK", "text/html", page(n, pages)),
            _ => ("404 Not Found", "text/plain", String::new()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        writer.write_all(head.as_bytes()).ok()?;
        if !first.starts_with("HEAD") {
            writer.write_all(body.as_bytes()).ok()?;
        }
    }
}

/// Page `n`: navigation, an article of its own, and links to its children in a tree.
fn page(n: usize, pages: usize) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>第{n}页</title></head><body><ul class=\"nav\">"
    );
    for column in 1..=12 {
        let _ = write!(html, "<li><a href=\"/xwzx/{column}.html\">第{column}栏目</a></li>");
    }
    html += "</ul><div class=\"article\">";
    let mut seed = n as u64 + 1;
    for _ in 0..30 {
        html += "<p>";
        for _ in 0..60 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            html.push(char::from_u32(0x4E00 + (seed >> 40) as u32 % 3000).unwrap_or('政'));
        }
        html += "。</p>\n";
    }
    html += "</div><ul class=\"list\">";
    for child in (n * CHILDREN + 1..=n * CHILDREN + CHILDREN).filter(|c| *c < pages) {
        let _ = write!(
            html,
            "<li><a href=\"/xwzx/{child}.html\" title=\"第{child}条\">关于第{child}项工作的通知</a><span>2026-05-08</span></li>"
        );
    }
    html + "</ul><div class=\"footer\">主办单位：测试市人民政府</div></body></html>"
}
