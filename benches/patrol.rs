//! CPU and memory of a patrol, and of visits, measured alone: the simulated city serves in another process.
//!
//! `cargo bench --bench patrol` prints one line per city. Figures are those of the patrol process only: user and system time
//! from the operating system's account of finished children, peak memory from its own status while it runs (Linux).

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_xunjian");

fn main() {
    if !cfg!(target_os = "linux") {
        println!("skipped: reads /proc");
        return;
    }
    println!("{:<26} {:>8} {:>10} {:>12} {:>10} {:>10}", "city", "sites", "CPU s", "CPU ms/site", "sites/s", "peak MB");
    // What a run costs before its first site: loading rules, opening the ledger.
    let fixed = measure("patrol", "ok-static", 2, 0);
    let cities = [
        ("ok-static", 1_000, 0),
        ("ok-static", 10_000, 0),
        ("ok-static", 1_000, 4),
        ("healthy", 1_000, 0),
        ("", 1_000, 0),
    ];
    for (only, sites, inner) in cities {
        let run = measure("patrol", only, sites, inner);
        let per_site = (run.cpu - fixed.cpu) * 1000.0 / sites as f64;
        let city = if only.is_empty() { "mixed (a third faulty)" } else { only };
        let name = if inner == 0 { city.to_owned() } else { format!("{city}, {inner} inner") };
        println!(
            "{name:<26} {sites:>8} {:>10.2} {per_site:>12.2} {:>10.0} {:>10.1}",
            run.cpu,
            sites as f64 / run.wall,
            run.peak_kb as f64 / 1024.0
        );
    }
    println!("fixed cost of a run: {:.0} CPU-ms", fixed.cpu * 1000.0);
    // One short visit per site instead of a look.
    let fixed = measure("probe", "ok-static", 2, 0);
    for sites in [1_000, 10_000] {
        let run = measure("probe", "ok-static", sites, 0);
        let per_visit = (run.cpu - fixed.cpu) * 1000.0 / sites as f64;
        println!(
            "{:<26} {sites:>8} {:>10.2} {per_visit:>12.2} {:>10.0} {:>10.1}",
            "probe, ok-static",
            run.cpu,
            sites as f64 / run.wall,
            run.peak_kb as f64 / 1024.0
        );
    }
}

struct Measured {
    /// User and system seconds.
    cpu: f64,
    wall: f64,
    peak_kb: u64,
}

/// `inner`: inner pages looked at per site; the city's own register asks for some, a daily patrol by default for none.
fn measure(command: &str, only: &str, sites: usize, inner: u8) -> Measured {
    let dir = tempfile::tempdir().expect("a folder");
    let mut serve = Command::new(PROGRAM);
    serve.args(["demo", "--seed", "2", "--sites", &sites.to_string(), "--serve-only"]).arg(dir.path());
    if !only.is_empty() {
        serve.args(["--only", only]);
    }
    let mut city = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the city starts");
    let targets = dir.path().join("targets.toml");
    let settings = wait_for(&targets);
    let fast = settings
        .lines()
        .map(|line| match line.split('=').next().map(str::trim) {
            Some("sites_in_flight") => "sites_in_flight = 256".to_owned(),
            Some("requests_per_second") => "requests_per_second = 100000.0".to_owned(),
            Some("patrol") => format!("patrol = {inner}"),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n");
    std::fs::write(&targets, fast).expect("the register is writable");
    let before = children_cpu();
    let start = Instant::now();
    let child = Command::new(PROGRAM)
        .args([command, "--quiet", "--targets"])
        .arg(&targets)
        .arg("--data")
        .arg(dir.path().join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the run starts");
    let peak_kb = peak_until_end(child);
    let run = Measured { cpu: children_cpu() - before, wall: start.elapsed().as_secs_f64(), peak_kb };
    // Killed, not waited for, before the account is read: its time is none of the patrol's.
    city.kill().expect("the city ends");
    let _ = city.wait();
    run
}

/// The register appears when the city serves.
fn wait_for(path: &Path) -> String {
    loop {
        if let Ok(text) = std::fs::read_to_string(path)
            && text.ends_with('\n')
        {
            std::thread::sleep(Duration::from_millis(200));
            return text;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn peak_until_end(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let now =
            text.lines().find_map(|l| l.strip_prefix("VmHWM:")).and_then(|v| v.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        match child.try_wait().expect("a child") {
            Some(end) => {
                assert!(end.success(), "the run failed: {end}");
                return peak;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// User and system seconds of all children waited for so far; clock ticks are 1/100 s.
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("proc");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    // cutime and cstime, fields 16 and 17 of proc(5), counted from behind the name.
    (ticks(13) + ticks(14)) / 100.0
}
