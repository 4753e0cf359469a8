//! A clerk's week on the command line, without any network: entries by hand, issue, claim, refusals, the balance.

use std::fs;
use std::path::Path;

use calamine::Reader as _;

use crate::support::program::{self, Ended};

/// The register that `init` writes is a whole one.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("folder");
    program::run(dir.path(), ["init"]).must(0, &[]);
    fs::write(dir.path().join("照片.jpg"), b"not really a picture").expect("file");
    dir
}

fn unit(dir: &tempfile::TempDir) -> String {
    let text = fs::read_to_string(dir.path().join("targets.toml")).expect("register");
    let units = text.split("\n[[unit]]\n").nth(1).expect("a unit");
    let line = units.lines().find(|l| l.trim_start().starts_with("name")).expect("a name");
    line.split('"').nth(1).expect("quoted").to_owned()
}

#[test]
fn a_clerk_enters_issues_and_strikes_off_and_every_figure_agrees() {
    let dir = folder();
    let unit = unit(&dir);
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    run("problems claim 1-2-3 --reason 改好").must(8, &["没有找到台账"]);

    let add = |reference: &str, extra: &str| {
        run(&format!("problems add --text 未建立值班制度。 --key-point 2 --unit {unit} --reference {reference}{extra}"))
    };
    add("一", " --dry-run").must(0, &["未写入台账"]);
    add("一", "").must(0, &["已列入"]);
    add("一", "").must(0, &["此前已列入"]);
    add("二", " --until 2020-01-01").must(9, &["已经过去"]);
    add("二", "").must(0, &["已列入"]);

    let list = run("problems list --format json").must(0, &[]).json();
    let rows = list["problems"].as_array().expect("rows");
    let numbers: Vec<&str> = rows.iter().map(|row| row["number"].as_str().expect("number")).collect();
    assert_eq!(numbers.len(), 2, "{list}");

    // Many at once: a preview first, and its code is good only until the ledger moves on.
    let both = numbers.join(" ");
    let preview = run(&format!("problems issue {both}")).must(0, &["未写入台账"]);
    let token = preview.out.split("--confirm ").nth(1).expect("a code").split(' ').next().expect("a word").to_owned();
    run(&format!("problems note {} --reason 说明", numbers[0])).must(0, &[]);
    run(&format!("problems issue {both} --confirm {token}")).must(9, &["已失效"]);
    let preview = run(&format!("problems issue {both}")).must(0, &[]);
    let token = preview.out.split("--confirm ").nth(1).expect("a code").split(' ').next().expect("a word").to_owned();
    run(&format!("problems issue {both} --confirm {token}")).must(0, &["已下发"]);

    run(&format!("problems take {} --measure 建立制度 --assignee 李四", numbers[0])).must(0, &["整改中"]);
    run(&format!("problems close {} --reason 好", numbers[0])).must(9, &["申请复核"]);
    run(&format!("problems claim {} --reason 已建立", numbers[0])).must(9, &["佐证材料"]);
    run(&format!("problems claim {} --reason 已建立 --attach 没有的.jpg", numbers[0])).must(10, &["没有的.jpg"]);
    run(&format!("problems claim {} --reason 已建立 --attach 照片.jpg", numbers[0])).must(0, &["待复核"]);
    run(&format!("problems close {} --reason 属实", numbers[0])).must(0, &["已销号"]);
    run(&format!("problems dismiss {} --ground 政策允许 --until 2099-01-01 --reason 核", numbers[1])).must(9, &["365"]);

    let shown =
        run(&format!("problems show {}", numbers[0])).must(0, &["照片.jpg", "李四", "办理被拒绝", "来源：人工"]);
    assert!(shown.out.lines().all(|line| !line.contains("p1-")), "{}", shown.out);
    let balance = run("report balance --from 2020-01-01 --format json").must(0, &[]).json();
    let sum = &balance["sum"];
    let figure = |key: &str| sum[key].as_u64().expect("a figure");
    assert_eq!((figure("new"), figure("closed"), figure("closing"), figure("opening")), (2, 1, 1, 0), "{balance}");
    run("ledger verify").must(0, &["链完整"]);
    run("ledger rebuild").must(0, &[]);
    let again = run("report balance --from 2020-01-01 --format json").must(0, &[]).json();
    assert_eq!(again, balance);
}

/// Fills in a blank sheet as a person would: who, when, and an answer beside each question.
pub(crate) fn fill(blank: &Path, filled: &Path, answer: impl Fn(usize) -> &'static str) {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(blank).expect("the blank sheet opens");
    let range = book.worksheet_range("自查表").expect("the sheet");
    let mut out = rust_xlsxwriter::Workbook::new();
    let sheet = out.add_worksheet();
    let mut questions = 0;
    for (r, row) in range.rows().enumerate() {
        let mut cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        if r == 1 {
            (cells[3], cells[5]) = ("李四".to_owned(), "2026-05-12".to_owned());
        } else if r > 2 && cells[0].parse::<u32>().is_ok() {
            answer(questions).clone_into(&mut cells[3]);
            if cells[3] == "是" {
                "市发〔2026〕1号".clone_into(&mut cells[5]);
            }
            questions += 1;
        }
        for (c, cell) in cells.iter().enumerate() {
            sheet.write_string(r as u32, c as u16, cell).expect("cell");
        }
    }
    out.save(filled).expect("saved");
}

#[test]
fn self_check_sheets_go_out_and_come_back_as_rows_of_the_list() {
    let dir = folder();
    let unit = unit(&dir);
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    run("selfcheck new -o 自查").must(0, &["已写出"]);
    run(&format!("selfcheck new --unit {unit} -o 空表.xlsx")).must(0, &[]);
    run("selfcheck import 空表.xlsx").must(2, &["填表人", "填表日期", "没有写入任何内容"]);
    run("selfcheck import targets.toml").must(2, &["不是 Excel 文件"]);

    let (blank, filled) = (dir.path().join("空表.xlsx"), dir.path().join("填好.xlsx"));
    fill(&blank, &filled, |i| if i == 3 { "否" } else { "是" });
    run("selfcheck import 填好.xlsx").must(0, &["列入 1", "没有写入任何内容；"]);
    run("selfcheck import 填好.xlsx --apply").must(0, &["列入 1（此前已列入 0", "已写入台账"]);
    run("selfcheck import 填好.xlsx --apply").must(0, &["此前已列入 1"]);
    let list = run("problems list --format json").must(0, &[]).json();
    assert_eq!(list["problems"].as_array().expect("rows").len(), 1, "{list}");
    assert_eq!(list["problems"][0]["source"], "self_check");
    let status = run("selfcheck status").must(0, &["已交 1"]).out;
    assert_eq!(status.lines().filter(|line| line.contains("未销号")).count(), 10, "{status}");
    assert!(status.contains("二、内部管理制度：未销号 1"), "{status}");
    run("ledger verify").must(0, &["链完整"]);
    let form = "report form --annex 2 --xlsx 附件2.xlsx -o 附件2.docx";
    run(form).must(0, &["（1 条）"]);
}

/// A workbook typed by somebody else.
fn typed(path: &Path, rows: &[&[&str]]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            sheet.write_string(r as u32, c as u16, *cell).expect("cell");
        }
    }
    book.save(path).expect("saved");
}

/// The sheets of one of our forms as they are, but for what `change` makes of the cells of the first one.
fn edited(form: &Path, back: &Path, change: impl Fn(&str) -> String) {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(form).expect("the form opens");
    let mut out = rust_xlsxwriter::Workbook::new();
    for (i, name) in book.sheet_names().iter().enumerate() {
        let range = book.worksheet_range(name).expect("a sheet");
        let (top, left) = range.start().unwrap_or((0, 0));
        let sheet = out.add_worksheet();
        sheet.set_name(name).expect("name");
        for (r, c, cell) in range.cells() {
            let text = cell.to_string();
            let text = if i == 0 { change(&text) } else { text };
            sheet.write_string(top + r as u32, left as u16 + c as u16, text).expect("cell");
        }
    }
    out.save(back).expect("saved");
}

#[test]
fn lists_of_others_come_in_and_our_own_form_comes_back() {
    let dir = folder();
    let unit = unit(&dir);
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    let path = |name: &str| dir.path().join(name);
    let head = ["序号", "网站名称", "责任单位", "问题", "措施", "期限"];
    typed(&path("坏.xlsx"), &[&head, &["1", "没有这个网站", "没有这个单位", "打不开", "", "2099-01-01"]]);
    run("import problems 坏.xlsx --key-point 2").must(2, &["第2行", "没有这个网站", "没有写入任何内容"]);
    typed(&path("通报.xlsx"), &[&head, &["1", &unit, "", "值班电话无人接听。", "整改值班", "2020-01-01"]]);
    run("import problems 通报.xlsx").must(2, &["第2行", "重点内容"]);
    let notice = "import problems 通报.xlsx --key-point 2 --source 上级通报 --reference 通报〔2026〕3号";
    run(notice).must(0, &["列入 1", "没有写入任何内容；"]);
    run(&format!("{notice} --apply")).must(0, &["列入 1（此前已列入 0", "已写入台账"]);
    run(&format!("{notice} --apply")).must(0, &["此前已列入 1"]);
    let list = run("problems list --format json").must(0, &[]).json();
    assert_eq!(list["problems"].as_array().expect("rows").len(), 1, "{list}");
    assert_eq!((&list["problems"][0]["source"], &list["problems"][0]["clock"]), (&"above".into(), &"red".into()));
    let number = list["problems"][0]["number"].as_str().expect("number").to_owned();

    run("report form --annex 2 --xlsx 附件2.xlsx").must(0, &[]);
    run("import problems 附件2.xlsx").must(0, &["改写措施 0，无变化 1"]);
    edited(&path("附件2.xlsx"), &path("填回.xlsx"), |cell| cell.replace("整改值班", "专人值守，每日记录"));
    run("import problems 填回.xlsx").must(0, &["改写措施 1", "专人值守", "没有写入任何内容；"]);
    run("import problems 填回.xlsx --apply").must(0, &["改写措施 1"]);
    run("import problems 填回.xlsx --apply").must(0, &["改写措施 0，无变化 1"]);
    // Another copy of the same form, filled in by somebody else meanwhile.
    edited(&path("附件2.xlsx"), &path("另一份.xlsx"), |cell| cell.replace("整改值班", "委托运维单位值守"));
    run("import problems 另一份.xlsx --apply").must(2, &["两边都改过", "专人值守", "委托运维单位值守"]);
    run(&format!("problems show {number}")).must(0, &["专人值守，每日记录", "来源：上级通报"]);
    run("ledger verify").must(0, &["链完整"]);
}

/// Rounds of killing; `XUNJIAN_KILLS=1000 cargo test --test it -- killed` plays a thousand.
fn kills() -> u32 {
    std::env::var("XUNJIAN_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

#[test]
fn a_step_with_many_rows_killed_at_any_moment_is_done_wholly_or_not_at_all() {
    let dir = folder();
    let unit = unit(&dir);
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    run(&format!("selfcheck new --unit {unit} -o 空表.xlsx")).must(0, &[]);
    fill(&dir.path().join("空表.xlsx"), &dir.path().join("填好.xlsx"), |_| "否");
    let rows = |data: &str| {
        let ended = run(&format!("problems list --stage 全部 --format json --data {data}"));
        if ended.code == 8 {
            return Vec::new();
        }
        ended.must(0, &[]).json()["problems"].as_array().expect("rows").clone()
    };
    let import = "selfcheck import 填好.xlsx --apply --data";
    let begin = std::time::Instant::now();
    run(&format!("{import} whole")).must(0, &["已写入台账"]);
    let whole = begin.elapsed();
    let all = rows("whole").len();
    assert!(all > 20);
    let rounds = kills();
    let mut cut_short = 0;
    for round in 0..rounds {
        let data = format!("round-{round}");
        // From the first instruction to a little after the end of the undisturbed one.
        let wait = whole * (round * 7919 % rounds) / rounds * 11 / 10;
        let cut = |line: String| {
            let mut running = program::Running::start(program::command(dir.path(), line.split(' ')));
            std::thread::sleep(wait);
            !running.is_over()
        };
        cut_short += u32::from(cut(format!("{import} {data}")));
        let found = rows(&data).len();
        assert!(found == 0 || found == all, "round {round}: {found} of {all}");
        run(&format!("{import} {data}")).must(0, &["已写入台账"]);
        let numbers: Vec<String> =
            rows(&data).iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect();
        assert_eq!(numbers.len(), all, "round {round}");
        let issue = format!("problems issue {} --data {data}", numbers.join(" "));
        let preview = run(&issue).must(0, &["未写入台账"]);
        let token = preview.out.split("--confirm ").nth(1).and_then(|t| t.split(' ').next()).expect("a code");
        cut(format!("{issue} --confirm {token}"));
        let issued = rows(&data).iter().filter(|row| !row["issued_at"].is_null()).count();
        assert!(issued == 0 || issued == all, "round {round}: {issued} of {all} issued");
        run(&format!("ledger verify --data {data}")).must(0, &["链完整"]);
        std::fs::remove_dir_all(dir.path().join(&data)).expect("removed");
    }
    assert!(cut_short > 0, "nothing was cut short");
}

#[test]
fn while_a_campaign_goes_on_no_time_limit_ends_after_it() {
    let dir = folder();
    let unit = unit(&dir);
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    run("campaign").must(8, &["没有专项整治"]);
    let register = fs::read_to_string(dir.path().join("targets.toml")).expect("register");
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
    let day = |days: i64| today.checked_add(jiff::Span::new().days(days)).expect("a day");
    let campaign = |second: i64| {
        format!(
            "{register}\n[settings.campaign]\ntitle = \"专项整治\"\ndocument = \"政办函〔2026〕1号\"\nreport_day = 13\n\
             rectify_until = {}\noverall_report = {}\n[[settings.campaign.phase]]\nname = \"排查自查\"\nfrom = {}\nuntil = {}\n\
             [[settings.campaign.phase]]\nname = \"整治整改\"\nfrom = {}\nuntil = {}\n",
            day(1),
            day(60),
            day(-10),
            day(-3),
            day(second),
            day(40)
        )
    };
    fs::write(dir.path().join("targets.toml"), campaign(-5)).expect("written");
    run("campaign").must(3, &["“整治整改”的起止日期不对"]);
    fs::write(dir.path().join("targets.toml"), campaign(-2)).expect("written");
    run("campaign")
        .must(0, &["政办函〔2026〕1号", "已结束", "进行中，还有 40 天", "总体报告", "还有 60 天", "还没有台账"]);
    run(&format!("problems add --text 未建立值班制度。 --key-point 2 --unit {unit} --reference 一"))
        .must(0, &["已列入"]);
    let list = run("problems list --format json").must(0, &[]).json();
    // Ten working days would reach beyond the end.
    let due = list["problems"][0]["due"].as_str().expect("a limit").to_owned();
    let end =
        day(2).to_datetime(jiff::civil::Time::midnight()).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    assert_eq!(due, end.expect("a moment").timestamp().to_string(), "{list}");
    let shown = run("campaign").must(0, &["自查表", "未交"]).out;
    let line = shown.lines().find(|l| l.starts_with(&unit)).expect("the unit").to_owned();
    assert_eq!(line.split_whitespace().skip(2).collect::<Vec<_>>(), ["1", "1", "0", "0"], "{shown}");
    assert!(shown.lines().all(|l| unicode_width::UnicodeWidthStr::width_cjk(l) <= 80), "{shown}");
}
