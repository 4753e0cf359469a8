//! Reports in prose on the command line, without any network: every figure counted again from the events, freezing, corrections, templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::support::program::{self, Ended};

fn run(dir: &Path, line: &str) -> Ended {
    program::run(dir, line.split(' '))
}

/// A ledger with a few steps of every kind, and the numbers of its rows.
fn office() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    run(dir, "init").must(0, &[]);
    fs::write(dir.join("照片.jpg"), b"not really a picture").expect("file");
    let register = fs::read_to_string(dir.join("targets.toml")).expect("register");
    let unit = register.split("\n[[unit]]\n").nth(1).and_then(|u| u.split('"').nth(3)).expect("a unit").to_owned();
    for n in 1..=6 {
        let point = if n % 2 == 0 { 2 } else { 9 };
        run(dir, &format!("problems add --text 第{n}项不足。 --key-point {point} --unit {unit} --reference {n}"))
            .must(0, &["已列入"]);
    }
    let list = run(dir, "problems list --format json").must(0, &[]).json();
    let numbers: Vec<String> = list["problems"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|p| p["number"].as_str().expect("number").to_owned())
        .collect();
    let n = &numbers;
    for step in [
        format!("issue {}", n[0]),
        format!("issue {}", n[1]),
        format!("take {} --measure 建立制度", n[0]),
        format!("claim {} --reason 已建立 --attach 照片.jpg", n[0]),
        format!("return {} --reason 不实", n[0]),
        format!("claim {} --reason 已建立 --attach 照片.jpg", n[0]),
        format!("close {} --reason 属实", n[0]),
        format!("take {} --measure 建立制度", n[1]),
        format!("claim {} --reason 已建立 --attach 照片.jpg", n[1]),
        format!("close {} --reason 属实", n[1]),
        format!("reopen {} --reason 又没有了", n[1]),
        format!("dismiss {} --ground 政策允许 --until 2027-01-01 --document 国办1号 --reason 已核", n[2]),
        format!("dismiss {} --ground 政策允许 --until 2027-01-01 --document 国办1号 --reason 已核", n[3]),
        format!("restore {} --reason 撤销", n[3]),
        format!("claim {} --reason 已建立 --attach 照片.jpg", n[4]),
    ] {
        run(dir, &format!("problems {step}")).must(0, &[]);
    }
    (folder, numbers)
}

/// Words of a Word file, one paragraph a line.
fn words(path: &Path) -> String {
    let mut zip = zip::ZipArchive::new(fs::File::open(path).expect("the report")).expect("a container");
    let mut xml = String::new();
    zip.by_name("word/document.xml").expect("the document").read_to_string(&mut xml).expect("text");
    let mut out = String::new();
    for paragraph in xml.split("</w:p>") {
        for text in paragraph.split("<w:t xml:space=\"preserve\">").skip(1) {
            out.push_str(text.split("</w:t>").next().unwrap_or_default());
        }
        out.push('\n');
    }
    out
}

/// The movements of the list, counted from the stages that events lead to and nothing else.
fn counted(dir: &Path, numbers: &[String], after: i64) -> BTreeMap<&'static str, usize> {
    let mut events: Vec<(i64, String, Value)> = Vec::new();
    for number in numbers {
        let shown = run(dir, &format!("problems show {number} --format json")).must(0, &[]).json();
        for event in shown["events"].as_array().expect("events") {
            events.push((event["seq"].as_i64().expect("seq"), number.clone(), event.clone()));
        }
    }
    events.sort_by_key(|e| e.0);
    let listed = |stage: &str| matches!(stage, "open" | "rectifying" | "awaiting_review" | "deferred");
    let (mut on, mut seen): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    let mut out = BTreeMap::from(["期初", "新增", "反弹", "恢复", "销号", "剔除"].map(|name| (name, 0)));
    for (seq, number, event) in events {
        let Some(to) = event["to"].as_str() else { continue };
        let name = match (on.contains(&number), listed(to)) {
            (false, true) if seen.insert(number.clone()) => "新增",
            (false, true) if event["kind"] == "reopened" => "反弹",
            (false, true) => "恢复",
            (true, false) if to == "closed" => "销号",
            (true, false) => "剔除",
            _ => continue,
        };
        if listed(to) {
            on.insert(number)
        } else {
            on.remove(&number)
        };
        if seq > after {
            *out.entry(name).or_default() += 1;
        } else {
            out.insert("期初", on.len());
        }
    }
    out.insert("期末", on.len());
    out
}

#[test]
fn every_figure_of_the_monthly_report_is_what_the_events_say_and_a_frozen_one_never_changes() {
    let (folder, numbers) = office();
    let dir = folder.path();
    let today = xunjian::clock::Clock::system().today();
    let this = today.strftime("%Y-%m").to_string();
    let last = today.first_of_month().yesterday().expect("a day").strftime("%Y-%m").to_string();
    run(dir, &format!("report monthly --period {last} -o a.docx --html a.html --annexes 附件 --freeze"))
        .must(0, &["已定稿，编号 1", "附件 4 个"]);
    let first = words(&dir.join("a.docx"));
    let code = first.split("台账校验码：").nth(1).and_then(|c| c.lines().next()).expect("a code");
    let first_ends: i64 = code.split('@').nth(1).expect("a sequence").parse().expect("a number");
    let c = counted(dir, &numbers, 0);
    let sentence = format!(
        "问题清单期初0个，本期新增{}个、反弹{}个、恢复{}个，销号{}个、剔除{}个，期末未销号{}个，其中超期0个、挂账0个、待复核1个。",
        c["新增"], c["反弹"], c["恢复"], c["销号"], c["剔除"], c["期末"]
    );
    assert!(first.contains(&sentence), "{sentence}\n{first}");
    assert_eq!((c["新增"], c["反弹"], c["恢复"], c["销号"], c["剔除"], c["期末"]), (6, 1, 1, 2, 2, 4));
    assert!(first.contains("本期复核3次，通过2次，复核合格率66.7%。"), "{first}");
    assert!(first.contains("下发整改问题2个"), "{first}");
    // The same figures in the columns of the tables, the sum below.
    let table: Vec<&str> = first.lines().skip_while(|l| !l.starts_with("主办单位")).collect();
    let figures = ["0", "6", "1", "1", "2", "2", "4"];
    let sum = table.iter().position(|l| *l == "合计").expect("a sum");
    assert_eq!(table[sum + 1..sum + 8], figures, "{first}");
    assert!(!String::from_utf8_lossy(&fs::read(dir.join("a.docx")).expect("file")).contains("header1.xml"));

    run(dir, &format!("report monthly --period {last} -o b.docx")).must(9, &["已定稿（编号 1）"]);
    run(dir, &format!("report monthly --period {last} -o b.docx --correct 1")).must(2, &["--freeze"]);
    run(dir, "report show 1 -o again.docx").must(0, &["与定稿时一致"]);
    assert_eq!(fs::read(dir.join("a.docx")).expect("file"), fs::read(dir.join("again.docx")).expect("file"));
    run(dir, "report show 9 -o again.docx").must(8, &["没有第 9 号"]);

    // The next period begins where the frozen one ended, whatever the calendar says.
    run(dir, &format!("problems issue {}", numbers[5])).must(0, &[]);
    run(
        dir,
        &format!(
            "problems dismiss {} --ground 政策允许 --until 2027-01-01 --document 国办1号 --reason 已核",
            numbers[5]
        ),
    )
    .must(0, &[]);
    run(dir, &format!("report monthly --period {this} -o c.docx")).must(0, &["已写出"]);
    let next = words(&dir.join("c.docx"));
    let c = counted(dir, &numbers, first_ends);
    let said = format!(
        "问题清单期初{}个，本期新增{}个、反弹{}个、恢复{}个，销号{}个、剔除{}个，期末未销号{}个",
        c["期初"], c["新增"], c["反弹"], c["恢复"], c["销号"], c["剔除"], c["期末"]
    );
    assert!(next.contains(&said) && said.contains("期初4个，本期新增0个"), "{said}\n{next}");
    run(dir, &format!("report monthly --period {last} -o d.docx --freeze --correct 1")).must(0, &["编号 2"]);
    let corrected = words(&dir.join("d.docx"));
    assert!(corrected.contains("（更正版，更正第1号定稿）"), "{corrected}");
    assert!(corrected.contains("剔除：原为2，现为3。") && corrected.contains("期末：原为4，现为3。"), "{corrected}");
    run(dir, "report list").must(0, &["更正第1号"]);
    run(dir, "report overall -o e.docx").must(0, &["已写出"]);
    run(dir, "ledger verify").must(0, &["链完整"]);
}

#[test]
fn the_same_snapshot_gives_the_same_report() {
    let (folder, _) = office();
    let dir = folder.path();
    for name in ["a", "b"] {
        run(dir, &format!("report overall --date 2026-09-18 -o {name}.docx")).must(0, &[]);
    }
    assert_eq!(fs::read(dir.join("a.docx")).expect("file"), fs::read(dir.join("b.docx")).expect("file"));
}

#[test]
fn an_office_edits_the_words_and_a_wrong_field_is_underlined() {
    let (folder, _) = office();
    let dir = folder.path();
    let templates = dir.join("rules").join("templates");
    run(dir, "init other.toml --with-rules").must(0, &[]);
    let path = templates.join("notice.md");
    fs::write(&path, "# 通报\n未销号{期末}个。\n").expect("template");
    let quarter = {
        let today = xunjian::clock::Clock::system().today();
        format!("{}Q{}", today.year(), (today.month() + 2) / 3)
    };
    run(dir, &format!("report notice --quarter {quarter} -o a.docx")).must(0, &[]);
    assert!(words(&dir.join("a.docx")).contains("未销号4个。"));
    fs::write(&path, "# 通报\n未销号{期未}个。\n@落宽\n").expect("template");
    run(dir, &format!("report notice --quarter {quarter} -o b.docx"))
        .must(3, &["没有“期未”这个字段", "notice.md:2", "没有“@落宽”这个部分"]);
    assert!(!dir.join("b.docx").exists());
    for (line, word) in [
        ("report notice --quarter 2026Q5 -o a.docx", "季度"),
        ("report monthly --period 2026-13 -o a.docx", "月份"),
        ("report monthly --period 2990-01 -o a.docx", "还没有开始"),
    ] {
        run(dir, line).must(2, &[word]);
    }
}

#[test]
fn a_row_is_proved_by_its_bundle_alone_and_what_events_cite_is_never_cleared_away() {
    let (folder, numbers) = office();
    let dir = folder.path();
    run(dir, &format!("evidence export {} -o a.zip --sm3", numbers[0])).must(0, &["已写出 a.zip", "清单校验值"]);
    run(dir, &format!("evidence export {} -o b.zip --sm3", numbers[0])).must(0, &[]);
    let good = fs::read(dir.join("a.zip")).expect("bundle");
    assert_eq!(good, fs::read(dir.join("b.zip")).expect("bundle"));
    let elsewhere = tempfile::tempdir().expect("folder");
    fs::write(elsewhere.path().join("a.zip"), &good).expect("file");
    run(elsewhere.path(), "evidence verify a.zip").must(0, &["证据包完整", &numbers[0]]);
    fs::write(elsewhere.path().join("b.zip"), &good[..good.len() / 2]).expect("file");
    run(elsewhere.path(), "evidence verify b.zip").must(6, &["不是完整的证据包"]);
    run(elsewhere.path(), "evidence verify c.zip").must(10, &["文件或文件夹不存在"]);
    run(dir, &format!("evidence show {}", numbers[0])).must(0, &["照片.jpg"]);
    run(dir, "evidence export 999").must(8, &["没有编号为 999 的问题"]);

    // A file that nothing cites, as old as the attachment that an event cites.
    let store = dir.join("data").join("evidence");
    let stray = store.join("0".repeat(64));
    fs::write(&stray, b"x").expect("file");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(400 * 86_400);
    for entry in fs::read_dir(&store).expect("folder") {
        let file = fs::File::options().write(true).open(entry.expect("entry").path()).expect("file");
        file.set_modified(long_ago).expect("time");
    }
    run(dir, "evidence gc --keep 500").must(0, &["可清理 0 个文件"]);
    run(dir, "evidence gc --keep 90").must(0, &["可清理 1 个文件", "未删除任何文件"]);
    assert!(stray.exists());
    run(dir, "evidence gc --keep 90 --apply").must(0, &["已清理 1 个文件"]);
    assert!(!stray.exists());
    run(dir, "ledger verify").must(0, &["链完整"]);
}
