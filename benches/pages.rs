//! Pages over a large ledger, asked for over real HTTP.
//!
//! `cargo bench --bench pages -- 45000 200000` makes a register of so many sites and a ledger of so many rows (once; `target/pages-…`
//! keeps it), serves them on a loopback port and prints, for each page, wall time at the median and the 99th percentile and CPU
//! time per request of the whole process.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "it plays the browser")]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::inspect::Finding;
use xunjian::ledger::people::{Entered, NewPerson, Role};
use xunjian::ledger::view::Source;
use xunjian::ledger::{By, Deed, Ledger, NewEntry, SiteSnapshot};
use xunjian::register::Register;
use xunjian::rule::{RuleSet, Severity};
use xunjian::web::{self, Board, House, Office};

/// Requests per page.
const TIMES: usize = 60;
const UNITS: usize = 900;
const PASSWORD: &str = "Bench-2026-xyz";

fn main() {
    let words: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (sites, rows) = (words.first().copied().unwrap_or(2_000), words.get(1).copied().unwrap_or(10_000));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/pages-{sites}-{rows}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let register = Register::parse("bench", &register(sites), Path::new(".")).expect("a register");
        let rules = Arc::new(RuleSet::embedded(&[]).expect("rules"));
        let clock = Clock::system();
        let fresh = !dir.join("ledger.db").exists();
        let writer = Ledger::open(&dir, clock.clone()).await.expect("a ledger");
        if fresh {
            let begin = Instant::now();
            fill(&writer, sites, rows, &rules).await;
            println!("{rows} rows entered in {:.0} s", begin.elapsed().as_secs_f64());
        }
        let reader = Ledger::open_readers(&dir, clock.clone(), 8).await.expect("readers");
        let Entered::Welcome(token) = writer.log_in("bench", PASSWORD, "bench").await.expect("a ledger") else {
            panic!("not let in")
        };
        let (orders, _receiver) = mpsc::channel(1);
        let office = Office {
            reader,
            writer,
            register,
            rules,
            born: clock.now(),
            clock,
            secure: false,
            behind_proxy: false,
            door: Arc::new(Semaphore::new(1)),
            scheduled: false,
            board: Arc::new(Board::default()),
            orders,
        };
        let listening = web::listen("127.0.0.1:0".parse().expect("an address"), None).await.expect("a port");
        let at = listening.address().expect("bound");
        let stop = CancellationToken::new();
        let serving = tokio::spawn(listening.serve(web::router(House::new(office)), stop.clone()));
        let cookie = format!("xunjian={}", token.secret());
        let asked = tokio::task::spawn_blocking(move || measure(at, &cookie, sites, rows));
        asked.await.expect("measured");
        stop.cancel();
        serving.await.expect("served");
    });
}

fn measure(at: SocketAddr, cookie: &str, sites: usize, rows: usize) {
    let year = get(at, cookie, "/problems").split("/problems/100000-").nth(1).map_or("2026", |r| &r[..4]).to_owned();
    let number = |n: usize| format!("100000-{year}-{n:05}");
    let pages = [
        ("总览", "/".to_owned()),
        ("问题清单第一页", "/problems".to_owned()),
        ("问题清单中间一页", format!("/problems?stage=all&after={}", number(rows / 2))),
        ("问题清单按重点内容", "/problems?point=3&due=soon".to_owned()),
        ("问题清单按单位", "/problems?unit=u450".to_owned()),
        ("问题详情", format!("/problems/{}", number(rows / 3))),
        ("待我办理", "/todo".to_owned()),
        ("站点", "/sites".to_owned()),
        ("站点查找", "/sites?q=s44".to_owned()),
        ("站点详情", format!("/sites/{}", code(sites / 2))),
        ("单位", "/units".to_owned()),
        ("日志", "/log".to_owned()),
        ("接口清单", "/api/v1/problems".to_owned()),
    ];
    println!("{:<28} {:>9} {:>9} {:>12} {:>9}", "page", "p50 ms", "p99 ms", "CPU ms each", "KB");
    for (name, path) in &pages {
        get(at, cookie, path);
        let cpu = cpu_seconds();
        let mut size = 0;
        let mut walls: Vec<f64> = (0..TIMES)
            .map(|_| {
                let begin = Instant::now();
                size = get(at, cookie, path).len();
                begin.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        let cpu = (cpu_seconds() - cpu) * 1e3 / TIMES as f64;
        walls.sort_by(f64::total_cmp);
        let (median, last) = (walls[TIMES / 2], walls[TIMES * 99 / 100]);
        println!("{name:<20} {median:>9.1} {last:>9.1} {cpu:>12.1} {:>9.0}", size as f64 / 1024.0);
    }
}

fn get(at: SocketAddr, cookie: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).expect("connected");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {}", &answer[..answer.len().min(300)]);
    answer
}

/// 网站标识码: six digits of an area, four of the site in it.
fn code(site: usize) -> usize {
    6_199_010_001 + site / 9_000 * 10_000 + site % 9_000
}

fn register(sites: usize) -> String {
    let mut out =
        String::from("[settings]\nname = \"某省\"\nregion = \"610000\"\n\n[settings.contact]\nperson = \"\"\n");
    for unit in 0..UNITS {
        let _ = writeln!(out, "[[unit]]\nid = \"u{unit}\"\nname = \"某市第{unit}局\"\nlevel = \"市级部门\"");
    }
    for site in 0..sites {
        let (id, unit) = (code(site), site % UNITS);
        let _ = writeln!(
            out,
            "[[site]]\nid = \"{id}\"\nname = \"某市第{site}个网站\"\nurl = \"https://s{site}.bench.gov.cn/\"\nsponsor = \"u{unit}\"\nclass = \"部门\"\nstatus = \"正常运行\""
        );
    }
    out
}

async fn fill(ledger: &Ledger, sites: usize, rows: usize, rules: &RuleSet) {
    let new = NewPerson { account: "bench", name: "测", role: Role::Supervisor, unit: None, password: PASSWORD };
    ledger.add_person(&new, "bench").await.expect("added");
    let by = By { actor: "测", reason: "测试" };
    let all: Vec<usize> = (0..rows).collect();
    for some in all.chunks(5_000) {
        let entries: Vec<NewEntry> = some.iter().map(|row| entry(*row, sites)).collect();
        ledger.enter(&entries, by, &rules.calendar, false).await.expect("entered");
    }
    // A part of them is out with the units.
    let page = xunjian::ledger::ListFilter::default();
    let done = ledger.page(&page, None, (rows / 4) as u32).await.expect("read");
    for some in done.rows.chunks(2_000) {
        let numbers: Vec<String> = some.iter().map(|row| row.number.clone()).collect();
        ledger.act(&numbers, &Deed::Issue, by, &rules.calendar, false).await.expect("issued");
    }
}

fn entry(row: usize, sites: usize) -> NewEntry {
    let site = row * 7919 % sites;
    let unit = site % UNITS;
    NewEntry {
        source: Source::Above,
        key: vec![row.to_string()],
        subject: SiteSnapshot {
            site: code(site).to_string(),
            name: format!("某市第{site}个网站"),
            url: format!("https://s{site}.bench.gov.cn/"),
            unit: format!("某市第{unit}局"),
            unit_id: format!("u{unit}"),
            unit_level: "municipal".to_owned(),
            region: "100000".to_owned(),
        },
        key_point: (row % 10 + 1) as u8,
        severity: [Severity::General, Severity::Serious, Severity::Veto][row % 3],
        title: format!("第{}类问题", row % 30),
        finding: Finding {
            text: format!(
                "5月{}日监测，栏目“通知公告”自2026年3月{}日起未更新，超过规定的两周，不符合要求。",
                row % 28 + 1,
                row % 28 + 1
            ),
            measure: "立即更新栏目内容，明确专人负责。".to_owned(),
            basis: "《政府网站与政务新媒体检查指标》".to_owned(),
            locations: Vec::new(),
        },
        due: Some("2026-12-31".parse().expect("a day")),
        attachments: Vec::new(),
        seen: Clock::system().now(),
    }
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = behind.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
