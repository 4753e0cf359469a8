//! The pages over real HTTP: a row's whole way through the hands of two people, and everything that must not work.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::support::city::City;
use crate::support::pages::{Reply, Service, Visitor, folder, person};
use crate::support::{program, until};

const YULIN: &str = "榆林市人民政府";

/// A row for a unit, entered by hand; returns its number.
fn row(dir: &Path, unit: &str, text: &str) -> String {
    let args = ["problems", "add", "--text", text, "--key-point", "2", "--unit", unit, "--reference", text];
    let said = program::run(dir, args).must(0, &["已列入"]).out;
    said.split("编号 ").nth(1).expect("a number").split('，').next().expect("a comma").trim().to_owned()
}

fn office() -> (tempfile::TempDir, Service) {
    let dir = folder();
    person(dir.path(), "jb", "Jingban-2026", &["--role", "经办", "--name", "李经办", "--unit", YULIN]);
    person(dir.path(), "xy", "Xianyang-2026", &["--role", "经办", "--name", "周经办", "--unit", "咸阳市人民政府"]);
    person(dir.path(), "jg", "Jianguan-2026", &["--role", "监管", "--name", "王监管"]);
    person(dir.path(), "sj", "Shenji-2026x", &["--role", "审计", "--name", "赵审计"]);
    person(dir.path(), "gl", "Guanli-2026x", &["--role", "管理", "--name", "钱管理"]);
    let service = Service::start(dir.path(), &[]);
    (dir, service)
}

fn steps_offered(page: &Reply, number: &str) -> Vec<String> {
    let mark = format!("action=\"/problems/{number}/");
    page.body.split(&mark).skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
}

#[test]
fn a_row_goes_through_two_peoples_hands_from_issue_to_strike_off() {
    let (dir, service) = office();
    let number = row(dir.path(), YULIN, "未建立值班制度<script>alert(1)</script>“&\"。");
    let (mut unit, mut office) = (service.log_in("jb", "Jingban-2026"), service.log_in("jg", "Jianguan-2026"));
    let at = format!("/problems/{number}");

    let page = office.get(&at).must(200, &["未建立值班制度&lt;script&gt;", "下一步"]);
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert_eq!(steps_offered(&page, &number), ["issue", "take", "claim", "hang", "extend", "dismiss", "edit", "note"]);
    let reply = office.step(&page, &format!("{at}/issue"), &[("reason", "下发整改")], &[]);
    assert_eq!((reply.status, reply.header("location")), (303, format!("{at}?done=issue").as_str()));
    office.get(reply.header("location")).must(200, &["已下发。"]);

    let page = unit.get(&at).must(200, &[]);
    assert_eq!(steps_offered(&page, &number), ["take", "claim", "edit", "note"]);
    let take = [("reason", "认领"), ("measure", "建立制度"), ("assignee", "李四"), ("until", "")];
    unit.step(&page, &format!("{at}/take"), &take, &[]).must(303, &[]);
    // Nothing to be shown by a machine, so a claim without a file is refused, and what was typed is still there.
    let page = unit.get(&at).must(200, &["整改中", "李四"]);
    let said = "已建立<b>值班</b>制度";
    unit.step(&page, &format!("{at}/claim"), &[("reason", said)], &[]).must(409, &["没有写入", "已建立&lt;b&gt;值班"]);
    let page = unit.get(&at);
    let file: (&str, &[u8]) = ("../../值班表.pdf", b"%PDF-1.4 not really");
    unit.step(&page, &format!("{at}/claim"), &[("reason", said)], &[file]).must(303, &[]);

    let page = office.get(&at).must(200, &["待复核", "值班表.pdf"]);
    assert!(!page.body.contains("../"), "{}", page.body);
    let link = page.body.split(&format!("{at}/files/")).nth(1).expect("a link").split('"').next().expect("a quote");
    let file = office.get(&format!("{at}/files/{link}")).must(200, &["%PDF-1.4"]);
    assert!(file.header("content-disposition").starts_with("attachment;"), "{:?}", file.headers);
    assert_eq!(file.header("content-type"), "application/octet-stream");
    office.get(&format!("{at}/files/{}", "0".repeat(64))).must(404, &[]);
    office.get(&format!("{at}/files/..%2f..%2fledger.db")).must(404, &[]);
    office.step(&page, &format!("{at}/close"), &[("reason", "属实")], &[]).must(303, &[]);
    office.get(&at).must(200, &["已销号", "王监管", "李经办"]);
    office.get("/problems").must(200, &["没有符合条件"]);
    office.get("/problems?stage=closed").must(200, &[&number]);
    program::run(dir.path(), ["ledger", "verify"]).must(0, &["链完整"]);
}

#[test]
fn two_people_on_one_row_lose_nothing_and_a_second_press_does_nothing() {
    let (dir, service) = office();
    let number = row(dir.path(), YULIN, "未建立制度。");
    let at = format!("/problems/{number}");
    let (mut unit, mut office) = (service.log_in("jb", "Jingban-2026"), service.log_in("jg", "Jianguan-2026"));
    let (seen_by_unit, seen_by_office) = (unit.get(&at), office.get(&at));
    let edit = [("reason", "加一句"), ("measure", "先建章"), ("assignee", "")];
    unit.step(&seen_by_unit, &format!("{at}/edit"), &edit, &[]).must(303, &[]);
    // The same press again: the page it led to, and no second event.
    unit.step(&seen_by_unit, &format!("{at}/edit"), &edit, &[]).must(303, &[]);
    let other = [("reason", "改措辞"), ("measure", "我写的措施"), ("assignee", "")];
    let reply = office.step(&seen_by_office, &format!("{at}/edit"), &other, &[]);
    reply.must(409, &["李经办", "请核对最新情况", "我写的措施"]);
    let page = office.get(&at).must(200, &["先建章"]);
    assert_eq!(page.body.matches("加一句").count(), 1, "{}", page.body);
    // What the page shows after the refusal can be sent again as it is.
    office.step(&page, &format!("{at}/edit"), &other, &[]).must(303, &[]);
    office.get(&at).must(200, &["我写的措施"]);
}

#[test]
fn a_unit_sees_its_own_rows_and_no_guessed_address_helps() {
    let (dir, service) = office();
    let (mine, other) = (row(dir.path(), YULIN, "甲。"), row(dir.path(), "咸阳市人民政府", "乙。"));
    let mut unit = service.log_in("jb", "Jingban-2026");
    let list = unit.get("/problems?stage=all").must(200, &[&mine]);
    assert!(!list.body.contains(&other));
    for path in
        ["/problems?unit=xianyang", "/problems?unit=xianyang&stage=all", "/problems.csv?unit=xianyang", "/todo", "/"]
    {
        let page = unit.get(path).must(200, &[]);
        assert!(!page.body.contains(&other) && !page.body.contains("乙。"), "{path}: {}", page.body);
    }
    let excel = unit.get("/reports/annex2.docx?unit=xianyang").must(200, &[]);
    assert_eq!(&excel.bytes[..2], b"PK");
    for path in [
        format!("/problems/{other}"),
        format!("/problems/{other}/picture"),
        "/sites/xianyang-portal".to_owned(),
        "/units/xianyang".to_owned(),
        "/units".to_owned(),
        "/runs".to_owned(),
        "/nothing".to_owned(),
    ] {
        unit.get(&path).must(404, &["没有这个页面"]);
    }
    unit.get("/sites/yulin-portal").must(200, &["榆林市人民政府门户网站"]);
    for path in ["/log", "/trail", "/people"] {
        unit.get(path).must(403, &["没有权限"]);
    }
    // Nor does sending the form that is not shown.
    let page = unit.get(&format!("/problems/{mine}"));
    unit.step(&page, &format!("/problems/{mine}/close"), &[("reason", "好了")], &[]).must(403, &["没有权限"]);
    unit.step(&page, &format!("/problems/{other}/note"), &[("reason", "好了")], &[]).must(404, &[]);
    unit.step(&page, &format!("/problems/{mine}/nonsense"), &[("reason", "好了")], &[]).must(404, &[]);
    let mut audit = service.log_in("sj", "Shenji-2026x");
    audit.get("/trail").must(200, &["越权被拒绝", "下载", "annex2.docx"]);
    assert!(steps_offered(&audit.get(&format!("/problems/{mine}")), &mine).is_empty());
    let mut admin = service.log_in("gl", "Guanli-2026x");
    assert!(steps_offered(&admin.get(&format!("/problems/{mine}")), &mine).is_empty());
    admin.get("/trail").must(403, &[]);
}

#[test]
fn forms_from_elsewhere_expired_or_oversized_change_nothing() {
    let (dir, service) = office();
    let number = row(dir.path(), YULIN, "未建立制度。");
    let at = format!("/problems/{number}");
    let mut office = service.log_in("jg", "Jianguan-2026");
    let page = office.get(&at);
    let seq = page.field("seq");
    let path = format!("{at}/note");
    office.multipart(&path, &[("seq", &seq), ("reason", "没有密语")], &[]).must(403, &["表单已失效"]);
    office.multipart(&path, &[("csrf", "0"), ("seq", &seq), ("reason", "错的密语")], &[]).must(403, &["表单已失效"]);
    let body = format!("csrf={}&reason=x", page.field("csrf"));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let elsewhere = format!("POST /logout HTTP/1.1\r\n{form}Origin: http://evil.example\r\n");
    office.send(&elsewhere, body.as_bytes()).must(403, &[]);
    let crossing = format!("POST /logout HTTP/1.1\r\n{form}Sec-Fetch-Site: cross-site\r\n");
    office.send(&crossing, body.as_bytes()).must(403, &[]);
    // Somebody else's session has another secret.
    let mut unit = service.log_in("jb", "Jingban-2026");
    unit.multipart(&path, &[("csrf", &page.field("csrf")), ("seq", &seq), ("reason", "借来的")], &[]).must(403, &[]);
    let long = "长".repeat(5000);
    office.step(&page, &path, &[("reason", &long)], &[]).must(400, &["文字太长"]);
    let huge = vec![b'x'; 65 * 1024 * 1024];
    let reply = office.step(&page, &path, &[("reason", "大")], &[("大.bin", &huge)]);
    assert!(matches!(reply.status, 400 | 413), "{}", reply.status);
    office.post("/people", &[("csrf", "x"), ("account", &"a".repeat(300_000))]);
    let page = office.get(&at).must(200, &[]);
    assert!(!page.body.contains("没有密语") && !page.body.contains("借来的"), "{}", page.body);
    let out = office.post("/logout", &[("csrf", &page.field("csrf"))]);
    assert_eq!((out.status, out.header("location")), (303, "/login"));
    let mut gone = Visitor { cookie: office.cookie.clone(), ..office };
    assert_eq!(gone.get("/").status, 303);
}

#[test]
fn wrong_passwords_bar_the_door_and_names_nobody_has_look_the_same() {
    let (_dir, service) = office();
    let mut stranger = service.visitor();
    assert_eq!(stranger.get("/problems?stage=all").header("location"), "/login?next=%2Fproblems%3Fstage%3Dall");
    let wrong =
        |who: &str, stranger: &mut Visitor| stranger.post("/login", &[("account", who), ("password", "Wrong-2026x")]);
    let nobody = wrong("nobody", &mut stranger).must(401, &["账号或口令不对"]);
    let known = wrong("jb", &mut stranger).must(401, &["账号或口令不对"]);
    assert_eq!(nobody.body.replace("nobody", "jb"), known.body);
    for _ in 0..4 {
        wrong("jb", &mut stranger).must(401, &["账号或口令不对"]);
    }
    stranger.post("/login", &[("account", "jb"), ("password", "Jingban-2026")]).must(401, &["15 分钟"]);
    // Nobody is led elsewhere after logging in.
    for next in ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let fields = [("account", "jg"), ("password", "Jianguan-2026"), ("next", next)];
        let reply = service.visitor().post("/login", &fields);
        assert_eq!((reply.status, reply.header("location")), (303, "/"), "{next}");
        assert!(reply.header("set-cookie").contains("HttpOnly; SameSite=Strict"), "{:?}", reply.headers);
    }
    let mut audit = service.log_in("sj", "Shenji-2026x");
    audit.get("/trail").must(200, &["登录失败", "登录被拒绝", "127.0.0.1"]);
    let mut admin = service.log_in("gl", "Guanli-2026x");
    let page = admin.get("/people").must(200, &["李经办"]);
    admin.post("/people/jb/unlock", &[("csrf", &page.field("csrf"))]).must(303, &[]);
    service.log_in("jb", "Jingban-2026");
    admin.post("/people/gl/lock", &[("csrf", &page.field("csrf"))]).must(400, &["最后一个"]);
    let weak = [
        ("csrf", page.field("csrf")),
        ("account", "n".to_owned()),
        ("name", "新".to_owned()),
        ("role", "leader".to_owned()),
        ("password", "12345678".to_owned()),
    ];
    let weak: Vec<(&str, &str)> = weak.iter().map(|(k, v)| (*k, v.as_str())).collect();
    admin.post("/people", &weak).must(400, &["口令太简单"]);
    // A locked account's session ends at once.
    let mut audit = service.log_in("sj", "Shenji-2026x");
    admin.post("/people/sj/lock", &[("csrf", &page.field("csrf"))]).must(303, &[]);
    assert_eq!(audit.get("/trail").status, 303);
}

#[test]
fn every_answer_carries_what_keeps_a_browser_safe() {
    let (_dir, service) = office();
    let mut office = service.log_in("jg", "Jianguan-2026");
    for path in [
        "/",
        "/nothing",
        "/login",
        "/help",
        "/reports",
        "/log",
        "/unclear",
        "/runs",
        "/units",
        "/sites",
        "/todo",
        "/password",
    ] {
        let reply = office.get(path);
        assert!(matches!(reply.status, 200 | 404), "{path}: {}", reply.body);
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        for inline in [" style=\"", "<script", " onclick", "<style"] {
            assert!(!reply.body.contains(inline), "{path} holds {inline}");
        }
        assert!(reply.body.contains("lang=\"zh-CN\""), "{path}");
    }
    assert_eq!(office.get("/style.css").header("content-type"), "text/css; charset=utf-8");
    service.visitor().get("/healthz").must(200, &["ok"]);
}

#[test]
fn many_rows_are_issued_together_only_as_previewed() {
    let (dir, service) = office();
    let rows = [row(dir.path(), YULIN, "甲。"), row(dir.path(), YULIN, "乙。")];
    let mut office = service.log_in("jg", "Jianguan-2026");
    let csrf = office.get("/problems").must(200, &["预览"]).field("csrf");
    let fields = [("csrf", csrf.as_str()), ("step", "issue"), ("reason", "文1号"), ("no", &rows[0]), ("no", &rows[1])];
    let preview = office.post("/problems/bulk", &fields).must(200, &["将下发", "还没有写入"]);
    let token = preview.field("confirm");
    let confirmed: Vec<(&str, &str)> = fields.iter().copied().chain([("confirm", token.as_str())]).collect();
    // The list moves on: the code is void.
    let page = office.get(&format!("/problems/{}", rows[0]));
    office.step(&page, &format!("/problems/{}/note", rows[0]), &[("reason", "说明")], &[]).must(303, &[]);
    office.post("/problems/bulk", &confirmed).must(400, &["台账有变化"]);
    let token = office.post("/problems/bulk", &fields).must(200, &[]).field("confirm");
    let confirmed: Vec<(&str, &str)> = fields.iter().copied().chain([("confirm", token.as_str())]).collect();
    office.post("/problems/bulk", &confirmed).must(303, &[]);
    office.get(&format!("/problems/{}", rows[1])).must(200, &["文1号"]);
    let mut unit = service.log_in("jb", "Jingban-2026");
    let csrf = unit.get("/problems").field("csrf");
    let fields = [("csrf", csrf.as_str()), ("step", "close"), ("reason", "x"), ("no", &rows[0])];
    unit.post("/problems/bulk", &fields).must(403, &[]);
}

#[test]
fn the_door_stays_shut_where_passwords_would_travel_in_the_open() {
    let dir = folder();
    program::run(dir.path(), ["serve", "--listen", "0.0.0.0:0"]).must(2, &["不是本机地址", "--tls-cert"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = taken.local_addr().expect("bound").to_string();
    program::run(dir.path(), ["serve", "--listen", &at]).must(2, &["--listen"]);
    let service = Service::start(dir.path(), &[]);
    service.visitor().get("/login").must(200, &["还没有任何账号", "people add"]);
    // Garbage and half a request neither end the service nor keep others waiting.
    let mut slow = TcpStream::connect(service.at).expect("connected");
    slow.write_all(b"GET / HTTP/1.1\r\nHos").expect("sent");
    let mut rude = TcpStream::connect(service.at).expect("connected");
    rude.write_all(b"\x16\x03\x01\x00\xff nonsense\r\n\r\n").expect("sent");
    let mut said = Vec::new();
    let _ = rude.read_to_end(&mut said);
    let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(100_000));
    assert!(matches!(service.visitor().send(&long, b"").status, 414 | 431 | 400));
    service.visitor().get("/healthz").must(200, &["ok"]);
    #[cfg(unix)]
    {
        let Service { program, .. } = service;
        program.signal("TERM");
        drop(slow);
        program.end().must(0, &["正在停止"]);
    }
}

#[test]
fn programs_read_what_the_command_line_prints_and_are_told_when_nothing_is_new() {
    let (dir, service) = office();
    let (mine, other) = (row(dir.path(), YULIN, "甲。"), row(dir.path(), "咸阳市人民政府", "乙。"));
    let token =
        |account: &str| program::run(dir.path(), ["people", "token", account]).must(0, &[]).out.trim().to_owned();
    let (office, unit) = (token("jg"), token("jb"));
    let get = |token: &str, path: &str, more: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n{more}");
        service.visitor().send(&head, b"")
    };
    let json = |reply: &Reply| -> serde_json::Value { serde_json::from_str(&reply.body).expect("JSON") };
    let reply = get(&office, "/api/v1/problems", "").must(200, &[]);
    let printed = program::run(dir.path(), ["problems", "list", "--format", "json"]).must(0, &[]).json();
    assert_eq!(json(&reply), printed);
    let shown = program::run(dir.path(), ["problems", "show", &mine, "--format", "json"]).must(0, &[]).json();
    assert_eq!(json(&get(&unit, &format!("/api/v1/problems/{mine}"), "").must(200, &[])), shown);
    get(&unit, &format!("/api/v1/problems/{other}"), "").must(404, &["not_found"]);
    assert!(!get(&unit, "/api/v1/problems?unit=xianyang&stage=all", "").must(200, &[]).body.contains(&other));
    assert_eq!(json(&get(&unit, "/api/v1/sites", "").must(200, &[]))["sites"].as_array().map(Vec::len), Some(1));
    get(&unit, "/api/v1/runs", "").must(404, &[]);
    assert_eq!(json(&get(&unit, "/api/v1/summary", "").must(200, &[]))["unsolved"], 1);

    // In the order of their numbers.
    let page = get(&office, "/api/v1/problems?limit=1", "").must(200, &[&other]);
    let next = page.header("link").trim_start_matches('<').split('>').next().expect("an address").to_owned();
    let page = get(&office, &next, "").must(200, &[&mine]);
    assert_eq!(page.header("link"), "");

    let condition = format!("If-None-Match: {}\r\n", reply.header("etag"));
    let same = get(&office, "/api/v1/problems", &condition);
    // The tag also holds the hour: at its turn the answer is a whole one, and right.
    assert!(same.status == 304 && same.bytes.is_empty() || same.header("etag") != reply.header("etag"));
    row(dir.path(), YULIN, "丙。");
    get(&office, "/api/v1/problems", &condition).must(200, &["丙。"]);

    for token in ["", "nonsense"] {
        let refused = get(token, "/api/v1/problems", "").must(401, &["no_token"]);
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    assert_eq!(service.visitor().get("/api/v1/summary").status, 401);
    let document = json(&get(&unit, "/api/v1/openapi.json", "").must(200, &[]));
    for path in document["paths"].as_object().expect("paths").keys().filter(|p| !p.contains('{')) {
        let status = get(&office, path, "").status;
        assert_eq!(status, 200, "{path}");
    }
    service
        .visitor()
        .get("/metrics")
        .must(200, &["xunjian_problems{stage=\"open\"} 3", "# TYPE xunjian_events_total counter"]);
    program::run(dir.path(), ["people", "lock", "jg"]).must(0, &[]);
    get(&office, "/api/v1/problems", "").must(401, &[]);
}

#[test]
fn a_patrol_started_from_a_page_is_seen_live_hinders_nobody_and_ends_in_order() {
    let city = City::serve(12, 3);
    let register = city.slow_register("4.0");
    let options = ["--targets", register.as_str(), "--data", "data"];
    person(city.path(), "jg", "Jianguan-2026", &[&options[..], &["--role", "监管", "--name", "王监管"]].concat());
    person(city.path(), "gl", "Guanli-2026x", &[&options[..], &["--role", "管理", "--name", "钱管理"]].concat());
    let service = Service::start_scheduled(city.path(), &options);
    let mut admin = service.log_in("gl", "Guanli-2026x");
    let page = admin.get("/settings").must(200, &["02:00"]);
    let off = [("csrf", page.field("csrf")), ("patrol_at", String::new()), ("reason", "测试".to_owned())];
    let off: Vec<(&str, &str)> = off.iter().map(|(k, v)| (*k, v.as_str())).collect();
    admin.post("/settings", &off).must(303, &[]);
    let mut office = service.log_in("jg", "Jianguan-2026");
    let page = office.get("/runs").must(200, &["立即巡查", "没有安排自动巡查"]);
    let csrf = page.field("csrf");
    let press = |office: &mut Visitor, what: &str| office.post(&format!("/schedule/{what}"), &[("csrf", &csrf)]);
    press(&mut office, "patrol").must(303, &[]);
    until("the patrol shows", || office.get("/runs").body.contains("正在巡查：已完成"));
    let page = office.get("/").must(200, &["http-equiv=\"refresh\"", "/ 12 个站点"]);
    assert!(page.body.contains("照常可以查看和办理"));
    press(&mut office, "patrol").must(400, &["正在进行"]);
    // Another process keeps out of the way; people do not have to.
    city.run(&["patrol", "--targets", &register, "--data", "data"]).must(5, &[]);
    press(&mut office, "pause").must(303, &[]);
    office.get("/").must(200, &["日程已暂停"]);
    until("the patrol ends", || !office.get("/runs").body.contains("正在巡查：已完成"));
    office.get("/runs").must(200, &["已完成"]);
    assert!(!office.get("/").body.contains("http-equiv"));
    office.get("/problems?stage=all").must(200, &["/problems/"]);
    city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);

    #[cfg(unix)]
    {
        press(&mut office, "patrol").must(303, &[]);
        until("the patrol is well under way", || {
            let body = office.get("/runs").body;
            body.split("已完成 ").nth(1).and_then(|r| r.split(' ').next()?.parse::<u32>().ok()).is_some_and(|n| n > 1)
        });
        service.program.signal("TERM");
        service.program.end().must(0, &["正在停止"]);
        let runs = city.run(&["runs", "list", "--format", "json", "--data", "data"]).must(0, &[]).json();
        assert_eq!(runs["runs"][0]["state"], "partial", "{runs}");
        city.run(&["ledger", "verify", "--data", "data"]).must(0, &["链完整"]);
    }
}

#[test]
fn a_self_check_sheet_comes_back_through_the_page_and_makes_rows_once() {
    let (dir, service) = office();
    let mut unit = service.log_in("jb", "Jingban-2026");
    let page = unit.get("/selfcheck").must(200, &[YULIN, "未交"]);
    assert!(!page.body.contains("咸阳市人民政府"));
    unit.get("/selfcheck/xianyang").must(404, &[]);
    let blank = unit.get("/selfcheck/yulin").must(200, &[]);
    assert_eq!(&blank.bytes[..2], b"PK");
    let (empty, filled) = (dir.path().join("空表.xlsx"), dir.path().join("填好.xlsx"));
    std::fs::write(&empty, &blank.bytes).expect("written");
    crate::handling::fill(&empty, &filled, |i| if i == 3 { "否" } else { "是" });
    let filled = std::fs::read(filled).expect("filled in");
    let csrf = page.field("csrf");
    let send = |who: &mut Visitor, csrf: &str, bytes: &[u8]| {
        who.multipart("/selfcheck", &[("csrf", csrf)], &[("填好.xlsx", bytes)])
    };
    send(&mut unit, &csrf, &blank.bytes).must(200, &["处要改", "填表人"]);
    send(&mut unit, &csrf, b"PK no sheet").must(200, &["处要改"]);
    send(&mut unit, "x", &filled).must(403, &[]);
    let preview = send(&mut unit, &csrf, &filled).must(200, &["1 条将列入", "还没有写入"]);
    unit.get("/problems").must(200, &["没有符合条件"]);
    let (sha, bytes) = (preview.field("sha"), preview.field("bytes"));
    let confirmed = [("csrf", csrf.as_str()), ("sha", &sha), ("name", "填好.xlsx"), ("bytes", &bytes)];
    unit.post("/selfcheck/confirm", &confirmed).must(303, &[]);
    unit.post("/selfcheck/confirm", &confirmed).must(303, &[]);
    let list = unit.get("/problems").must(200, &["共 <strong>1</strong> 条"]);
    assert!(list.body.contains("自查"), "{}", list.body);
    unit.get("/selfcheck").must(200, &["李四"]);
    let outside = [("csrf", csrf.as_str()), ("sha", "../ledger.db"), ("name", "x"), ("bytes", "1")];
    unit.post("/selfcheck/confirm", &outside).must(404, &[]);
    // Another unit cannot hand in for this one.
    let mut other = service.log_in("xy", "Xianyang-2026");
    let csrf = other.get("/selfcheck").field("csrf");
    send(&mut other, &csrf, &filled).must(200, &["不是您的单位"]);
    let mut office = service.log_in("jg", "Jianguan-2026");
    assert_eq!(&office.get("/reports/closing.docx").must(200, &[]).bytes[..2], b"PK");
    office.get("/reports/deferral.docx").must(400, &["没有需要印"]);
}
