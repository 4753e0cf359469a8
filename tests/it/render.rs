//! Whole patrols with a real browser beside the simulated city.

use crate::support::city::City;
use crate::support::program::{Running, command};
use crate::support::until;

/// Whether this machine has one of the browsers the program looks for.
fn has_browser() -> bool {
    let found = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].iter().any(|name| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
    });
    if !found {
        println!("skipped: no Chromium on this machine");
    }
    found
}

/// Answers of one site as `(rule, answer)`.
fn answers(sheet: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let lines = sheet["lines"].as_array().expect("lines");
    lines.iter().map(|line| (text(&line["rule"]), text(&line["answer"]))).collect()
}

#[test]
fn a_browser_decides_what_scripts_leave_open_and_its_evidence_is_judged_again_without_one() {
    if !has_browser() {
        return;
    }
    let city = City::serve_with(3, 7, &["--only", "foot-vue"]);
    let patrol = |data: &str, mode: &str| {
        city.run(&[
            "patrol",
            "--targets",
            "city/targets.toml",
            "--data",
            data,
            "--render",
            mode,
            "--max-undetermined",
            "100",
        ])
    };
    let without = patrol("without", "never").must(0, &["页脚由脚本生成"]);
    assert!(!without.out.contains("浏览器"), "{}", without.out);
    let with = patrol("with", "auto").must(0, &["用浏览器复看首页 3 次，其中 3 次看到网页完整显示"]);
    assert!(!with.out.contains("页脚由脚本生成"), "{}", with.out);
    assert_eq!(city.rows("with"), city.rows("without"), "these sites lack nothing");

    let journal =
        std::fs::read_dir(city.data("with").join("runs")).expect("journals").next().expect("one").expect("one");
    let journal = journal.path().to_string_lossy().into_owned();
    let judge = |bare: bool| {
        let args =
            ["patrol", "--targets", "city/targets.toml", "--from-evidence", &journal, "--dry-run", "--format", "json"];
        let mut asked = command(city.path(), args);
        if bare {
            asked.env("PATH", "/nowhere");
        }
        Running::start(asked).end().must(0, &[])
    };
    let (there, bare) = (judge(false), judge(true));
    assert_eq!(there.out, bare.out);
    let sheets = there.json();
    let sheets = sheets["audits"].as_array().expect("sites");
    assert_eq!(sheets.len(), 3);
    for sheet in sheets {
        let answers = answers(sheet);
        for rule in [
            "icp-missing",
            "psb-missing",
            "site-code-missing",
            "conac-missing",
            "error-report-missing",
            "sponsor-missing",
        ] {
            assert!(answers.contains(&(rule.to_owned(), "pass".to_owned())), "{rule}: {sheet}");
        }
    }
}

#[test]
fn whoever_asks_for_a_browser_must_have_one() {
    let city = City::serve(2, 7);
    let mut asked =
        command(city.path(), ["patrol", "--targets", "city/targets.toml", "--data", "data", "--render", "always"]);
    asked.env("PATH", "/nowhere");
    Running::start(asked).end().must(2, &["没有找到 Chromium", "--render auto"]);
    assert!(!city.data("data").exists(), "nothing was begun");
}

/// Processes whose command line speaks of `mark`.
#[cfg(target_os = "linux")]
fn processes(mark: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("a process table").flatten();
    let lines = entries.filter_map(|e| std::fs::read(e.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(mark)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_patrol_that_is_stopped_or_killed_leaves_no_browser_behind() {
    if !has_browser() {
        return;
    }
    let city = City::serve_with(8, 9, &["--only", "foot-vue"]);
    for (signal, code) in [("INT", 130), ("KILL", -9)] {
        let mut running =
            city.start(&["patrol", "--targets", "city/targets.toml", "--data", signal, "--render", "auto"]);
        let mark = format!("xunjian-browser-{}-", running.id());
        until("a page is being shown", || processes(&mark) > 3 || running.is_over());
        running.signal(signal);
        assert_eq!(running.end().code, code);
        until("no process of it is left", || processes(&mark) == 0);
        let profiles = || {
            let entries = std::fs::read_dir(std::env::temp_dir()).expect("a folder").flatten();
            entries.filter(|e| e.file_name().to_string_lossy().starts_with(&mark)).count()
        };
        until("its profile is gone", || profiles() == 0);
    }
    let whole = city.run(&[
        "patrol",
        "--targets",
        "city/targets.toml",
        "--data",
        "INT",
        "--render",
        "never",
        "--max-undetermined",
        "100",
    ]);
    whole.must(0, &["应查 8  已查 8"]);
}
