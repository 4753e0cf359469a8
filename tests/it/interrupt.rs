//! A patrol that is stopped, killed, or met by another: what was saved, what is lost, what the user reads.

use std::time::{Duration, Instant};

use crate::support::city::City;
use crate::support::program::Running;
use crate::support::until;

/// A patrol that is far from its end and has finished some sites.
fn slow_patrol(city: &City, data: &str) -> Running {
    let targets = city.slow_register("4.0");
    let running = city.start(&["patrol", "--targets", &targets, "--data", data]);
    until("some sites are finished", || running.has_said("巡查进度 2/12"));
    running
}

/// How many sites were to be looked at and how many were: sites out of service count only as the former.
#[cfg(unix)]
fn coverage(out: &str) -> &str {
    let line = out.lines().find(|l| l.contains("应查")).expect("a line of coverage");
    line.split("无法判定").next().unwrap_or_default().trim()
}

#[cfg(unix)]
#[test]
fn a_patrol_that_is_asked_to_stop_saves_what_is_finished_and_says_so() {
    let city = City::serve(12, 21);
    for signal in ["INT", "TERM"] {
        let running = slow_patrol(&city, signal);
        running.signal(signal);
        let ended = running.end().must(130, &["正在停止", "巡查提前结束", "再次运行"]);
        assert!(!ended.out.contains("已查 12") && !ended.out.contains("已查 0"), "{}", ended.out);
        let listed = city.run(&["runs", "list", "--data", signal, "--format", "json"]).must(0, &[]);
        assert_eq!(listed.json()["runs"][0]["state"], "partial");
        city.run(&["ledger", "verify", "--data", signal]).must(0, &["链完整"]);
        // The next patrol finishes the work, and the two together are one list.
        let whole = city.patrol(signal).must(0, &[]).out;
        assert_eq!(coverage(&whole), coverage(&city.patrol("undisturbed").must(0, &[]).out));
        assert_eq!(city.rows(signal), city.rows("undisturbed"));
    }
}

#[cfg(unix)]
#[test]
fn a_second_request_to_stop_ends_at_once_and_the_run_is_set_aside() {
    let city = City::serve(12, 21);
    let mut running = slow_patrol(&city, "data");
    // The second one may come before the first was understood; then a third is needed.
    until("it ends", || {
        if !running.is_over() {
            running.signal("INT");
        }
        std::thread::sleep(Duration::from_millis(20));
        running.is_over()
    });
    assert_eq!(running.end().code, 130);
    city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
    let whole = city.patrol("data").must(0, &[]).out;
    assert_eq!(coverage(&whole), coverage(&city.patrol("undisturbed").must(0, &[]).out));
}

#[test]
fn a_patrol_killed_at_any_moment_loses_and_doubles_nothing() {
    let city = City::serve(8, 5);
    let start = Instant::now();
    city.patrol("undisturbed").must(0, &[]);
    let whole = start.elapsed();
    let wanted = city.rows("undisturbed");
    assert!(!wanted.is_empty());
    let mut set_aside = 0;
    for round in 0..16_u32 {
        let mut running = city.start(&["patrol", "--targets", "city/targets.toml", "--data", "data"]);
        // From the first instruction to about the transaction and the printing after it.
        std::thread::sleep(whole * round / 15);
        let was_over = running.is_over();
        drop(running);
        if was_over {
            continue;
        }
        if city.data("data").join("ledger.db").exists() {
            city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
        }
        if round % 3 == 2 {
            let ended = city.patrol("data").must(0, &["应查 8  已查 8"]);
            set_aside += usize::from(ended.out.contains("中途被结束，已整体作废"));
            assert_eq!(city.rows("data"), wanted, "round {round}");
            city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
        }
    }
    city.patrol("data").must(0, &[]);
    assert_eq!(city.rows("data"), wanted);
    let runs = city.run(&["runs", "list", "--data", "data", "--format", "json"]).must(0, &[]).json();
    let states: Vec<&str> =
        runs["runs"].as_array().expect("a list").iter().filter_map(|r| r["state"].as_str()).collect();
    assert!(!states.contains(&"running"), "{states:?}");
    assert_eq!(states.contains(&"abandoned"), set_aside > 0, "a run set aside is reported by the next: {states:?}");
    city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
}

#[test]
fn a_second_patrol_is_refused_and_reading_goes_on_while_one_runs() {
    let city = City::serve(12, 21);
    city.patrol("data").must(0, &[]);
    let number = {
        let listed = city.run(&["problems", "list", "--format", "json", "--data", "data"]).must(0, &[]).json();
        let row = listed["problems"].as_array().and_then(|rows| rows.iter().find_map(|r| r["number"].as_str()));
        row.expect("a numbered row").to_owned()
    };
    let targets = city.slow_register("1.0");
    let mut running = city.start(&["patrol", "--targets", &targets, "--data", "data"]);
    let journals = || std::fs::read_dir(city.data("data").join("runs")).map_or(0, Iterator::count);
    until("the second patrol is under way", || journals() == 2);
    let pid = running.id().to_string();
    city.patrol("data").must(5, &["另一次巡查正在进行", &pid]);
    // A person need not wait for the machine: what is seen before a claim does not count against it.
    city.run(&["problems", "close", &number, "--reason", "试", "--data", "data"]).must(9, &["待复核"]);
    city.run(&["problems", "take", &number, "--reason", "认领", "--data", "data"]).must(0, &["整改中"]);
    city.run(&["ledger", "backup", "copy", "--data", "data"]).must(0, &["已备份到 copy", "校验通过"]);
    city.run(&["problems", "show", &number, "--data", "copy"]).must(0, &["整改中"]);
    city.run(&["problems", "list", "--data", "data"]).must(0, &[&number]);
    city.run(&["problems", "show", &number, "--data", "data"]).must(0, &[&number]);
    city.run(&["runs", "list", "--data", "data"]).must(0, &[]);
    city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
    let form =
        ["report", "form", "--annex", "1", "-o", "form.docx", "--targets", "city/targets.toml", "--data", "data"];
    city.run(&form).must(0, &["已写出"]);
    assert!(!running.is_over(), "all this was read while it ran");
}
