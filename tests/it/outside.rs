//! A stranger's day: real nginx, unbound and openssl certificates, the real program, pages written by hand.

mod pages;
pub mod pki;
mod sites;
mod world;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use world::World;

/// Site key and rule.
type Pairs = BTreeSet<(String, String)>;

/// Said when this machine lacks a program; `None` runs the test.
fn skipped() -> bool {
    let missing = world::missing();
    if let Some(missing) = missing {
        println!("skipped: this test needs {missing}");
    }
    missing.is_some()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Register id → key.
fn key(world: &World, id: &str) -> String {
    world.sites().find(|(site, _)| site == id).map_or_else(|| id.to_owned(), |(_, site)| site.key.to_owned())
}

fn listed(world: &World) -> (Pairs, Value) {
    let out = world.run("problems list --stage 全部 --format json").must(0, &[]).json();
    let rows = array(&out["problems"]).iter().map(|p| (key(world, &text(&p["site"]["id"])), text(&p["rule"]["id"])));
    (rows.collect(), out)
}

/// Hints but the one every site has: nobody here has an IPv6 address.
fn hinted(world: &World) -> Pairs {
    let out = world.run("problems list --stage 提示 --format json").must(0, &[]).json();
    let rows = array(&out["hints"]).iter().map(|h| (key(world, &text(&h["site"])), text(&h["rule"])));
    rows.filter(|(_, rule)| rule != "no-ipv6").collect()
}

fn planted<'a>(world: &'a World, of: impl Fn(&'a sites::Site) -> &'static [&'static str]) -> Pairs {
    let pairs = |site: &'a sites::Site| of(site).iter().map(move |rule| (site.key.to_owned(), (*rule).to_owned()));
    world.sites().flat_map(|(_, site)| pairs(site)).collect()
}

#[track_caller]
fn same(what: &str, found: &Pairs, wanted: &Pairs) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let extra: Vec<_> = found.difference(wanted).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{what}: missing {missing:?}, extra {extra:?}");
}

/// One problem of the list.
fn problem(list: &Value, site: &str, rule: &str) -> Value {
    let found = array(&list["problems"]).iter().find(|p| p["site"]["id"] == site && p["rule"]["id"] == rule);
    found.unwrap_or_else(|| panic!("no {rule} of {site}")).clone()
}

#[test]
fn on_foreign_servers_every_planted_fault_is_found_and_no_other() {
    if skipped() {
        return;
    }
    let all = [sites::marks(), sites::network(), sites::alike()];
    let world = World::start(all.into_iter().flatten().collect());
    world.run("register check").must(0, &["检查通过"]);

    let first = world.run("patrol --quiet --format json").must(0, &[]).json();
    assert_eq!(first["state"], "applied", "{first}");
    let (found, list) = listed(&world);
    same("rows", &found, &planted(&world, |s| s.faults));
    same("hints", &hinted(&world), &planted(&world, |s| s.hints));
    let suspicious = [
        "sponsor-mismatch",
        "unresolvable-name",
        "unreachable-server",
        "failed-handshake",
        "error-status",
        "dangling-alias",
    ];
    for row in array(&list["problems"]) {
        let stage = if suspicious.contains(&row["rule"]["id"].as_str().expect("id")) { "suspected" } else { "open" };
        assert_eq!(row["stage"], stage, "{row}");
    }
    for (id, site) in world.sites().filter(|(_, s)| s.key.starts_with("waf") || s.key == "picture-footer") {
        let sheet = world.run(&format!("audit --site {id} --quiet --data elsewhere --format json")).must(0, &[]).json();
        let told = |rule: &str| {
            array(&sheet["audits"][0]["lines"]).iter().find(|l| l["rule"] == rule).expect("judged")["answer"].clone()
        };
        assert_eq!(told("icp-missing"), "undetermined", "{}", site.key);
    }

    // Stored evidence says the same, and says it again in the same bytes.
    let run = text(&first["run"]);
    let again = format!("patrol --from-evidence data/runs/{run}.ndjson --dry-run --quiet --format json");
    let judged = world.run(&again).must(0, &[]);
    assert_eq!(judged.out, world.run(&again).out);
    let mut failing = Pairs::new();
    for sheet in array(&judged.json()["audits"]) {
        for line in array(&sheet["lines"]).iter().filter(|l| l["answer"] == "fail" && l["rule"] != "no-ipv6") {
            failing.insert((key(&world, &text(&sheet["site"])), text(&line["rule"])));
        }
    }
    let wanted = planted(&world, |s| s.faults).union(&planted(&world, |s| s.hints)).cloned().collect();
    same("judged again", &failing, &wanted);

    // Nothing changed outside: nothing moves on the list.
    let second = world.run("patrol --quiet --format json").must(0, &[]).json();
    for figure in ["opened", "suspected", "awaiting_review", "closed", "returned", "reopened"] {
        assert_eq!(second[figure], 0, "{figure}: {second}");
    }
    assert_eq!(second["still_there"], array(&list["problems"]).len(), "{second}");

    for form in ["--annex 1 -o a.docx --xlsx a.xlsx --csv a.csv", "--annex 2 -o b.docx --xlsx b.xlsx"] {
        world.run(&format!("report form {form}")).must(0, &["已写出"]);
    }
    for kind in [
        "notice -o c.docx --html c.html --xlsx c.xlsx",
        "closing --xlsx d.xlsx",
        "undetermined -o e.docx --xlsx e.xlsx",
    ] {
        world.run(&format!("report form --kind {kind}")).must(0, &["已写出"]);
    }
    let quoted = |p: &&Value| p["locations"][0]["excerpt"].as_str().is_some_and(|e| !e.is_empty());
    let number = text(&array(&list["problems"]).iter().find(quoted).expect("a row that quotes a page")["number"]);
    world.run(&format!("report form --kind dossier --no {number} -o f.docx --html f.html")).must(0, &["已写出"]);
    let page = fs::read_to_string(world.office().join("f.html")).expect("the dossier");
    assert!(page.contains(&number) && page.contains("<mark>") && !page.contains("<script"), "{page}");
    world.run("report form --kind review -o g.docx").must(0, &["目前没有需要印这种表的问题"]);
    world.run("ledger verify").must(0, &["台账校验码"]);
}

#[test]
fn a_row_follows_what_happens_on_the_server_and_a_dead_line_changes_nothing() {
    if skipped() {
        return;
    }
    let world = World::start(
        sites::marks().into_iter().filter(|s| s.key.starts_with("icp") || s.key == "sponsor-other").collect(),
    );
    world.run("patrol --quiet").must(0, &["列入清单 6"]);
    let id = world.id("icp-none");
    let stage = || {
        let (_, list) = listed(&world);
        let row = problem(&list, &id, "icp-missing");
        (text(&row["stage"]), row["returned"].as_u64().expect("a number"))
    };
    assert_eq!(stage(), ("open".to_owned(), 0));
    let audit = "audit --site icp-none.luoshui.gov.cn --quiet --format json";
    let bare = world.repaint("icp-none", |page| {
        page.replace("网站标识码", "<a href='https://beian.miit.gov.cn/'>{icp}-1</a> 网站标识码")
            .replace("{icp}", "陕ICP备19008801号")
    });
    world.run(audit).must(0, &[]);
    assert_eq!(stage(), ("awaiting_review".to_owned(), 0));
    world.repaint("icp-none", |_| bare.clone());
    world.run(audit).must(0, &[]);
    assert_eq!(stage(), ("open".to_owned(), 1));

    // A suspect has no number yet; a person calls it by a short name and confirms it.
    let table = world.run("problems list --stage 疑似").must(0, &["首页主办单位与登记"]).out;
    let name = table.lines().nth(1).and_then(|l| l.split(' ').next()).expect("a row").to_owned();
    assert_eq!(name.len(), 8, "{table}");
    world.run(&format!("problems show {name}")).must(0, &["疑似，未正式编号"]);
    world
        .run(&format!("problems confirm {name} --reason 电话核实 --by 李明"))
        .must(0, &["619988-", "已确认：疑似 → 待整改"]);

    let before = world.run("problems list --stage 全部 --format json").out;
    let register = fs::read_to_string(world.office().join("targets.toml")).expect("the register");
    let lost = register.replace(
        "\"canary.luoshui.gov.cn\", \"https://www.luoshui.gov.cn/\"",
        "\"127.0.0.1:1\", \"nobody.luoshui.gov.cn\"",
    );
    assert_ne!(lost, register);
    fs::write(world.office().join("lost.toml"), lost).expect("a file");
    world.run("patrol --quiet --targets lost.toml").must(11, &["本机网络故障，本次巡查作废"]);
    assert_eq!(before, world.run("problems list --stage 全部 --format json").out);
}

#[test]
fn an_own_rule_of_every_kind_without_rust_lists_a_problem() {
    if skipped() {
        return;
    }
    let world = World::start(Vec::new());
    let rules: [(&str, &str, &str); 6] = [
        ("page_text", "scope = \"page\"\npattern = \"0999-88001\"\nexpect = \"absent\"", "出现旧热线{match}"),
        ("link", "scope = \"page\"\nhref = \"/hdjl/\"\nexpect = \"absent\"", "仍有旧链接{href}"),
        ("meta", "names = [\"PubDate\"]\nexpect = \"non_empty\"", "缺少标签{names}"),
        ("header", "name = \"server\"\npattern = \"nginx\"\nexpect = \"absent\"", "应答头{name}为{value}"),
        ("number_pattern", "scope = \"page\"\nfind = \"邮编[：:]([0-9]+)\"\nform = \"72[0-9]{4}\"", "邮编{number}不对"),
        ("dns_record", "record = \"CAA\"\nexpect = \"present\"", "域名{host}没有CAA记录"),
    ];
    for (kind, check, problem) in rules {
        let id = format!("own-{}", kind.replace('_', "-"));
        world.run(&format!("rules new {id} --kind {kind}")).must(0, &["已生成"]);
        let path = world.office().join(format!("rules/local/{id}.toml"));
        let new = fs::read_to_string(&path).expect("the new rule");
        let head = &new[..new.find("[check.").expect("a check")];
        let words = head
            .replace("status = \"experimental\"", "status = \"stable\"")
            .replace("（一句话说明问题）", "本市自定要求")
            .replace("（建议的整改措施）", "按要求整改")
            .replace("（存在问题的文字。事实写在花括号里，可用哪些事实见 rules explain）", problem);
        let case = "[[case]]\nname = \"打不开\"\nexpect = \"undetermined\"\nfailure = \"tcp_timeout\"\n";
        let case = if kind == "dns_record" {
            case.replace("failure = \"tcp_timeout\"", "dns = { status = \"dns_timeout\" }")
        } else {
            case.to_owned()
        };
        // A rule with blank words is not put to use.
        fs::write(&path, new.replace("experimental\"", "stable\"")).expect("a file");
        world.run("rules check").must(3, &["空白文字", &id]);
        // Nor does it keep anybody from reading the list.
        let sides = cases(kind);
        fs::write(&path, format!("{words}[check.{kind}]\n{check}\n\n{sides}{case}")).expect("a file");
        world.run("rules check").must(0, &["全部符合预期"]);
    }
    world.run("patrol --quiet").must(0, &["列入清单 6"]);
    let (found, list) = listed(&world);
    let wanted: Pairs =
        rules.iter().map(|(kind, ..)| ("www".to_owned(), format!("own-{}", kind.replace('_', "-")))).collect();
    same("own rules", &found, &wanted);
    let said = text(&problem(&list, &world.id("www"), "own-number-pattern")["text"]);
    assert!(said.starts_with("邮编719999不对"), "{said}");

    fs::write(world.office().join("rules/local/own-meta.toml"), "title = ").expect("a file");
    world.run("problems list").must(0, &["本市自定要求", "规则文件有误"]);
    world.run("patrol --quiet").must(3, &["own-meta.toml"]);
}

/// A passing and a failing example of an own rule.
fn cases(kind: &str) -> String {
    let (good, bad) = match kind {
        "page_text" => ("page = '<p>x</p>'", "page = '<p>0999-88001</p>'"),
        "link" => ("page = '<p>x</p>'", "page = '<a href=\"/hdjl/\">x</a>'"),
        "meta" => ("page = '<head><meta name=\"PubDate\" content=\"1\"></head>x'", "page = '<p>x</p>'"),
        "header" => ("headers = { server = \"x\" }", "headers = { server = \"nginx/1\" }"),
        "number_pattern" => ("page = '<p>邮编：720000</p>'", "page = '<p>邮编：12</p>'"),
        _ => ("dns = { caa = ['0 issue \"ca.example\"'] }", "dns = { caa = [] }"),
    };
    format!(
        "[[case]]\nname = \"合格\"\nexpect = \"pass\"\n{good}\n[[case]]\nname = \"不合格\"\nexpect = \"fail\"\n{bad}\n"
    )
}

#[test]
fn slips_of_the_pen_are_named_in_chinese_and_never_look_like_an_empty_list() {
    if skipped() {
        return;
    }
    let world = World::start(Vec::new());
    world.run("patrol --quiet").must(0, &[]);
    for (line, code, words) in [
        ("problems list --site nosuch", 8, &["台账里没有网站“nosuch”"][..]),
        ("problems list --unit nosuch", 8, &["台账里没有单位“nosuch”"]),
        ("problems list --rule nosuch", 8, &["台账里没有规则“nosuch”"]),
        ("problems list --site www.luoshui.gov.cn", 0, &["没有符合条件的问题"]),
        ("problems show 999", 8, &["没有编号为 999 的问题"]),
        ("runs show nosuch", 8, &["没有编号为 nosuch 的巡查"]),
        ("audit --site nosuch", 8, &["nosuch"]),
        ("page nosuch.html", 10, &["文件或文件夹不存在"]),
        ("patrol --from-evidence nosuch.ndjson --dry-run", 10, &["文件或文件夹不存在"]),
        ("patrol --from-evidence data/ledger.db --dry-run", 6, &["不是 UTF-8 文本"]),
        ("patrol --from-evidence targets.toml --dry-run", 6, &["第 1 行不是巡查证据"]),
        ("patrol --targets nosuch.toml", 3, &["文件不存在"]),
        ("patrol --fail-on nosuch", 2, &["单项否决", "严重", "一般"]),
        ("report form --annex 1 -o nosuch/a.docx", 10, &["文件或文件夹不存在"]),
        ("report form --annex 1", 2, &["没有写明输出文件"]),
        ("report form -o a.docx", 2, &["--annex"]),
        ("report form --kind nosuch -o a.docx", 2, &["nosuch"]),
        ("report form --kind dossier --no 999 -o a.docx", 8, &["没有编号为 999 的问题"]),
        ("report form --kind dossier -o a.docx", 2, &["--no 编号"]),
        ("report whitelist -o a.docx", 0, &["不需要放行函"]),
        ("report whitelist -o a.docx --address here", 2, &["here"]),
        ("export observations -o nosuch/a.gz", 10, &["文件或文件夹不存在"]),
        ("export observations --since 昨天 -o a.gz", 2, &["日期“昨天”不对"]),
        ("import observations nosuch.gz", 10, &["文件或文件夹不存在"]),
        ("import observations targets.toml", 6, &["不是观测文件", "没有改动任何内容"]),
    ] {
        let ended = world.run(line).must(code, words);
        assert!(!ended.err.contains("os error") && !ended.err.contains("No such"), "{ended:?}");
    }
    let register = world.office().join("targets.toml");
    let text =
        fs::read_to_string(&register).expect("the register").replace("\"icp-link-missing\"", "\"icp-link-mising\"");
    fs::write(world.office().join("slip.toml"), text).expect("a file");
    for line in ["register check --targets slip.toml", "patrol --targets slip.toml"] {
        world.run(line).must(3, &["不存在的规则“icp-link-mising”", "是否想写“icp-link-missing”"]);
    }
    for list in [
        "problems list",
        "problems list --stage 提示",
        "runs list",
        "page https://www.luoshui.gov.cn/",
        "audit --quiet --site www.luoshui.gov.cn",
    ] {
        let csv = world.run(&format!("{list} --format csv")).must(0, &[]).out;
        let mut rows = csv.strip_prefix('\u{feff}').expect("a byte order mark").split("\r\n");
        let columns = rows.next().expect("a head").split(',').count();
        assert!(columns > 1, "{list}: {csv}");
        for line in world.run(&format!("{list} --format ndjson")).must(0, &[]).out.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{list}: {e}"));
            assert_eq!(value["v"], 1, "{list}");
        }
        assert_eq!(world.run(&format!("{list} --format json")).must(0, &[]).json()["v"], 1, "{list}");
    }
}
