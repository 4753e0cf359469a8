//! The import table, and what may not stand in which module.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("source folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Top-level module of a file: its folder under `src`, or its stem.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(source()).expect("under src");
    let first = relative.components().next().expect("a component").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Code lines only: without comments and without the test module at the end of a file.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn stages_import_only_what_the_table_allows() {
    let table: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("evidence", &["evidence"][..]),
        ("check", &["check", "evidence", "facts"]),
        ("diagnostic", &[]),
        ("clock", &[]),
        ("rule", &["rule", "check", "evidence", "diagnostic", "clock"]),
        ("register", &["register", "evidence", "diagnostic"]),
        ("fetch", &["fetch", "evidence", "clock"]),
        ("render", &["render", "evidence", "fetch", "clock"]),
        ("crawl", &["crawl", "register", "evidence", "fetch", "render", "clock"]),
        ("inspect", &["inspect", "rule", "check", "evidence", "register", "clock"]),
        ("ledger", &["ledger", "inspect", "rule", "check", "evidence", "clock"]),
        ("intake", &["intake", "rule"]),
        ("export", &["export", "ledger", "rule", "check", "evidence", "intake", "clock"]),
        ("schedule", &["schedule", "clock"]),
        (
            "web",
            &[
                "web", "ledger", "export", "register", "rule", "run", "schedule", "render", "intake", "check",
                "evidence", "clock",
            ],
        ),
    ]);
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let Some(allowed) = table.get(module_of(&path).as_str()) else { continue };
        if path.file_name().is_some_and(|n| n == "tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in code_lines(&text) {
            for piece in line.split("crate::").skip(1) {
                let used: String = piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}:{}: imports {used}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports outside the table:\n{}", wrong.join("\n"));
}

#[test]
fn judging_is_pure() {
    for path in rust_files(&source().join("check")) {
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in code_lines(&text) {
            for word in ["async fn", "tokio::", "reqwest", "std::fs", "std::net::Tcp", "Instant::now", "SystemTime"] {
                assert!(!line.contains(word), "{}:{}: {word} in check/", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn only_the_ledger_runs_sql_and_only_fetch_and_demo_open_sockets() {
    for path in rust_files(&source()) {
        if path.file_name().is_some_and(|n| n == "tests.rs") {
            continue;
        }
        let module = module_of(&path);
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in code_lines(&text) {
            let place = format!("{}:{}", path.display(), number + 1);
            assert!(module == "ledger" || !line.contains("sqlx"), "{place}: SQL outside ledger/");
            let socket = ["tokio::net", "std::net::TcpStream", "std::net::UdpSocket", "reqwest::", "hyper::"];
            // The pages listen, and never connect.
            let listens = path.ends_with("web/server.rs") && !line.contains("TcpStream");
            if !matches!(module.as_str(), "fetch" | "demo") && !listens {
                assert!(!socket.iter().any(|s| line.contains(s)), "{place}: a socket outside fetch/");
            }
        }
    }
}

#[test]
fn judging_and_looking_hold_no_text_for_people() {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for module in ["check", "fetch", "render", "crawl", "inspect"] {
        for path in rust_files(&source().join(module)) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if name == "tests.rs" || name == "words.rs" {
                continue;
            }
            let text = fs::read_to_string(&path).expect("readable source");
            for (number, line) in code_lines(&text) {
                let code = line.split("//").next().unwrap_or_default();
                assert!(!code.chars().any(is_han), "{}:{}: {line}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn no_file_outgrows_its_room() {
    for folder in ["src", "tests", "benches"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if !dir.exists() {
            continue;
        }
        for path in rust_files(&dir) {
            let lines = fs::read_to_string(&path).expect("readable source").lines().count();
            assert!(lines <= 800, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("manifest");
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && line.contains(" = ") && !line.starts_with('#') {
            assert!(line.contains(" # "), "no reason beside: {line}");
        }
    }
}
