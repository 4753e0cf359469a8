//! Loading: what is refused and where it is underlined, layers, printing.

use std::fs;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::check::{Fact, Facts};
use crate::evidence::{SiteProfile, SiteStatus};

const GOOD: &str = r#"version = 1
status = "stable"
severity = "严重"
key_point = 3
title = "首页未标明ICP备案编号"
problem = "首页底部未见“{match}”。"
measure = "在{site}主页底部中央标明备案编号。"

[[basis]]
source = "L292"
clause = "第十二条"
confidence = "ST"

[confirm]
direct = true

[close]
passes = 2
days = 2
auto = true

[deadline]
working_days = 5

[check.page_text]
scope = "page"
pattern = "ICP备"
expect = "present"

[[case]]
name = "there"
expect = "pass"
page = "陕ICP备05000001号"

[[case]]
name = "not there"
expect = "fail"
page = "要闻"

[[case]]
name = "closed port"
expect = "undetermined"
reason = "dependency"
failure = "tcp_refused"
"#;

fn load(texts: &[(&str, &str)], regions: &[&str]) -> Result<RuleSet, LoadError> {
    let regions: Vec<String> = regions.iter().map(|r| (*r).to_owned()).collect();
    RuleSet::from_files(RuleFiles::of_texts(texts.iter().copied()), &regions)
}

fn good() -> RuleSet {
    load(&[("filing/icp-missing.toml", GOOD)], &[]).unwrap_or_else(|e| panic!("{e}"))
}

/// The drawn mistakes of the good rule with `from` replaced by `to`.
fn drawn(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    refusal(&[("filing/icp-missing.toml", &GOOD.replacen(from, to, 1))])
}

fn refusal(texts: &[(&str, &str)]) -> String {
    load(texts, &[]).map(|_| ()).unwrap_err().to_string()
}

/// `text` stands in the drawing, and the carets under it are `carets` wide.
fn assert_underlined(drawing: &str, message: &str, line: &str, carets: usize) {
    assert!(drawing.contains(message), "{message} not in\n{drawing}");
    let lines: Vec<&str> = drawing.lines().collect();
    let at = lines.iter().position(|l| l.contains(line)).unwrap_or_else(|| panic!("{line} not in\n{drawing}"));
    let run = lines[at + 1].matches('^').count();
    assert_eq!(run, carets, "\n{drawing}");
}

#[test]
fn a_good_rule_loads_with_everything_in_it() {
    let set = good();
    let rule = set.get("icp-missing").unwrap();
    assert_eq!((rule.version, rule.status, rule.severity), (1, RuleStatus::Stable, Severity::Serious));
    assert_eq!((rule.key_point, rule.group.as_str(), rule.family.as_str()), (3, "filing", "icp-missing"));
    assert_eq!((rule.confirm, rule.deadline), (Confirm::Direct, Deadline::WorkingDays(5)));
    assert_eq!(rule.close, Close { passes: 2, days: 2, auto: true });
    assert_eq!(rule.applies.status, [SiteStatus::Running]);
    assert_eq!(set.cases("icp-missing").len(), 3);
    assert!(set.needs().marks);
}

#[test]
fn a_template_naming_a_fact_the_kind_lacks_is_underlined_inside_the_text() {
    let drawing = drawn("“{match}”", "“{match}”和“{matched}”");
    assert_underlined(&drawing, "不提供名为“matched”的事实", "problem = ", "{matched}".len());
    assert!(drawing.contains("是否想写“{match}”？"), "{drawing}");
    assert!(drawing.contains("filing/icp-missing.toml:6"), "{drawing}");
}

#[test]
fn a_wrong_brace_is_underlined_inside_the_text() {
    assert_underlined(&drawn("{match}", "{match"), "没有配对的“}”", "problem = ", 1);
    let second = drawn("“{match}”", "“{match}”和{x");
    assert_underlined(&second, "没有配对的“}”", "problem = ", 1);
    assert!(second.contains("filing/icp-missing.toml:6:28"), "the second brace, not the first: {second}");
    assert_underlined(&drawn("{match}", "{}"), "不是事实的名称", "problem = ", 2);
}

#[test]
fn unknown_keys_kinds_and_values_are_underlined_where_they_stand() {
    let key = drawn("status = \"stable\"", "status = \"stable\"\nurgency = 1");
    assert_underlined(&key, "没有名为“urgency”的项", "urgency = 1", "urgency".len());
    let kind = drawn("[check.page_text]", "[check.page_txt]");
    assert_underlined(&kind, "“page_txt”不是可选的值", "[check.page_txt]", "page_txt".len());
    let parameter = drawn("pattern = ", "patern = ");
    assert_underlined(&parameter, "没有名为“patern”的项", "patern = ", "patern".len());
    let pattern = drawn("\"ICP备\"", "\"(ICP备\"");
    assert!(pattern.contains("正则表达式写法有误"), "{pattern}");
    let severity = drawn("\"严重\"", "\"很严重\"");
    assert!(severity.contains("“很严重”不是可选的值") && severity.contains("是否想写“严重”？"), "{severity}");
    let cause = drawn("tcp_refused", "tcp_refuse");
    assert!(cause.contains("是否想写“tcp_refused”？"), "{cause}");
}

#[test]
fn every_mistake_of_every_file_is_reported_at_once() {
    let first = GOOD.replacen("version = 1", "version = \"1\"", 1).replacen("key_point = 3", "key_point = 11", 1);
    let second = GOOD.replacen("L292", "L293", 1).replacen("passes = 2", "passes = 0", 1);
    let error = load(&[("filing/a-rule.toml", &first), ("filing/b-rule.toml", &second)], &[]).unwrap_err();
    let LoadError::Mistakes(mistakes) = &error else { panic!("{error}") };
    let text = error.to_string();
    for part in ["类型不对", "重点内容只有一至十", "依据文件“L293”没有登记", "是否指“L292”", "“passes”至少为 1"]
    {
        assert!(text.contains(part), "{part} not in\n{text}");
    }
    assert_eq!(mistakes.count, 4, "{text}");
    assert!(text.starts_with("规则文件有 4 处错误"), "{text}");
}

#[test]
fn what_a_rule_must_have_is_asked_for() {
    for (from, message) in [
        ("title = \"首页未标明ICP备案编号\"\n", "缺少“title”"),
        ("measure = \"在{site}主页底部中央标明备案编号。\"\n", "缺少“measure”"),
        ("[[basis]]\nsource = \"L292\"\nclause = \"第十二条\"\nconfidence = \"ST\"\n", "没有写明依据"),
        ("[deadline]\nworking_days = 5\n", "缺少“deadline”"),
        ("expect = \"pass\"", "缺少“expect”"),
    ] {
        let text = drawn(from, "");
        assert!(text.contains(message), "{message} not in\n{text}");
    }
    let text = drawn(
        "[[case]]\nname = \"closed port\"\nexpect = \"undetermined\"\nreason = \"dependency\"\nfailure = \"tcp_refused\"\n",
        "",
    );
    assert!(text.contains("缺少 expect = \"undetermined\" 的例子"), "{text}");
    assert!(drawn("measure = \"在{site}主页底部中央标明备案编号。\"", "measure = \" \"").contains("“measure”不能为空"));
    assert!(drawn("direct = true", "direct = false").contains("[confirm] 写法不对"));
    assert!(drawn("direct = true", "direct = true\nsuspect = { failures = 1 }").contains("[confirm] 写法不对"));
    assert!(drawn("working_days = 5", "working_days = 5\nhours = 3").contains("[deadline] 写法不对"));
    assert!(drawn("days = 2", "days = 3").contains("“days”不能大于“passes”"));
}

#[test]
fn a_missing_key_is_asked_for_even_when_a_case_quotes_it() {
    let page = "page = '''\ntitle = \"x\"\n'''";
    let text = GOOD.replacen("title = \"首页未标明ICP备案编号\"\n", "", 1).replacen("page = \"要闻\"", page, 1);
    assert!(refusal(&[("filing/icp-missing.toml", &text)]).contains("缺少“title”"));
}

#[test]
fn a_rule_that_is_always_decided_says_so_instead_of_an_undetermined_case() {
    let case = "[[case]]\nname = \"closed port\"\nexpect = \"undetermined\"\nreason = \"dependency\"\nfailure = \"tcp_refused\"\n";
    let text =
        GOOD.replacen(case, "", 1).replacen("version = 1", "version = 1\nalways_decided = \"只看登记的网址\"", 1);
    assert!(load(&[("filing/icp-missing.toml", &text)], &[]).is_ok());
}

#[test]
fn a_deprecated_rule_names_a_successor_that_exists() {
    assert!(drawn("\"stable\"", "\"deprecated\"").contains("没有写明由哪条规则接替"));
    let text = drawn("\"stable\"", "\"deprecated\"\nsuccessor = \"icp-mising\"");
    assert!(text.contains("没有可以接替的规则“icp-mising”"), "{text}");
    let files = [("filing/icp-missing.toml", GOOD), ("overlays/61/icp-missing.toml", "\n\nstatus = \"deprecated\"")];
    let text = load(&files, &["61"]).unwrap_err().to_string();
    assert_underlined(&text, "没有写明由哪条规则接替", "3 | status = ", "\"deprecated\"".len());
    let old = GOOD.replacen("\"stable\"", "\"deprecated\"\nsuccessor = \"icp-missing\"", 1);
    let set = load(&[("filing/icp-missing.toml", GOOD), ("filing/old-rule.toml", &old)], &[]).unwrap();
    assert_eq!(set.running().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["icp-missing"]);
    assert!(set.get("old-rule").is_some());
}

#[test]
fn file_names_are_ids_and_unique_over_groups() {
    let twice = refusal(&[("filing/icp-missing.toml", GOOD), ("other/icp-missing.toml", GOOD)]);
    assert!(twice.contains("规则“icp-missing”已在 filing/icp-missing.toml 中定义"), "{twice}");
    assert!(refusal(&[("filing/ICP_missing.toml", GOOD)]).contains("“ICP_missing”写法不对"));
    assert!(refusal(&[("icp-missing.toml", GOOD)]).contains("不认识的文件“icp-missing.toml”"));
    assert!(refusal(&[("filing/deep/icp-missing.toml", GOOD)]).contains("不认识的文件"));
}

#[test]
fn overlays_change_a_rule_from_the_widest_region_to_the_narrowest() {
    let province = "severity = \"一般\"\nmeasure = \"省的措施。\"\n[deadline]\nworking_days = 3\n";
    let city =
        "measure = \"市的措施。\"\n[check.page_text]\nscope = \"page\"\npattern = \"备案\"\nexpect = \"present\"\n";
    let other = "severity = \"单项否决\"\n";
    let files = [
        ("filing/icp-missing.toml", GOOD),
        ("overlays/6108/icp-missing.toml", city),
        ("overlays/61/icp-missing.toml", province),
        ("overlays/62/icp-missing.toml", other),
    ];
    let set = load(&files, &["61", "6108", "610802"]).unwrap();
    let rule = set.get("icp-missing").unwrap();
    assert_eq!((rule.severity, rule.deadline), (Severity::General, Deadline::WorkingDays(3)));
    assert_eq!(rule.measure, "市的措施。");
    assert!(explain(&set, "icp-missing").contains("pattern = \"备案\""));
    assert_eq!(load(&files, &["61"]).unwrap().get("icp-missing").unwrap().measure, "省的措施。");
    assert_eq!(load(&files, &[]).unwrap().get("icp-missing").unwrap().severity, Severity::Serious);
}

#[test]
fn a_mistake_in_an_overlay_is_underlined_in_the_overlay() {
    let text = load(
        &[("filing/icp-missing.toml", GOOD), ("overlays/61/icp-missing.toml", "problem = \"见{nothing}\"")],
        &["61"],
    )
    .unwrap_err()
    .to_string();
    assert_underlined(&text, "不提供名为“nothing”的事实", "problem = ", "{nothing}".len());
    assert!(text.contains("overlays/61/icp-missing.toml:1"), "{text}");
    let stray = refusal(&[("filing/icp-missing.toml", GOOD), ("overlays/61/icp-mising.toml", "severity = \"一般\"")]);
    assert!(
        stray.contains("没有编号为“icp-mising”的规则可供调整") && stray.contains("是否指“icp-missing”？"),
        "{stray}"
    );
}

#[test]
fn an_office_rewords_labels_word_by_word_and_cannot_invent_any() {
    let files = |labels| [("filing/icp-missing.toml", GOOD), ("labels.toml", labels)];
    let set = load(&files("[stage]\nopen = \"待办\"\n"), &[]).unwrap();
    assert_eq!((set.labels.word("stage", "open"), set.labels.word("stage", "closed")), ("待办", "已销号"));
    assert!(refusal(&files("[stage]\nopened = \"待办\"\n")).contains("“stage”组中没有“opened”这个键"));
    assert!(refusal(&files("[stages]\nopen = \"待办\"\n")).contains("没有名为“stages”的词语组"));
    assert!(refusal(&files("[stage]\nopen = \"\"\n")).contains("词语不能为空"));
}

#[test]
fn the_basis_is_printed_with_its_number_and_only_when_it_was_in_force() {
    let text =
        GOOD.replacen("[confirm]", "[[basis]]\nsource = \"S24\"\nclause = \"\"\nconfidence = \"U\"\n\n[confirm]", 1);
    let set = load(&[("filing/icp-missing.toml", &text)], &[]).unwrap();
    let rule = set.get("icp-missing").unwrap();
    let statute = "《互联网信息服务管理办法》（国务院令第292号）第十二条";
    assert_eq!(set.basis_text(rule, date(2020, 5, 8)), statute);
    assert_eq!(
        set.basis_text(rule, date(2024, 7, 1)),
        format!("{statute}；《互联网政务应用安全管理规定》（依据待核）")
    );
    assert_eq!(set.basis_text(rule, date(1999, 1, 1)), "检查之日尚无可引用的依据（依据待核）");
    assert!(set.head(rule).basis.ends_with("（依据待核）"));
}

#[test]
fn the_problem_text_carries_facts_and_the_time_of_the_look_once() {
    let set = good();
    let mut rule = set.get("icp-missing").unwrap().clone();
    let site = SiteProfile { name: "榆林市人民政府".into(), ..SiteProfile::default() };
    let ctx = RenderContext::of(&site, "2020-05-08T09:12:00+08:00".parse().unwrap());
    let facts = Facts::from([("match".to_owned(), Fact::from("ICP备"))]);
    let (problem, measure) = set.render(&rule, &facts, &ctx);
    assert_eq!(problem, "首页底部未见“ICP备”。（2020年5月8日09:12检查）");
    assert_eq!(measure, "在榆林市人民政府主页底部中央标明备案编号。");
    rule.problem = "{at}检查{site}，未见{match}。".to_owned();
    assert_eq!(set.render(&rule, &Facts::new(), &ctx).0, "2020年5月8日09:12检查榆林市人民政府，未见（未取得）。");
}

#[test]
fn a_rules_folder_is_read_from_disk_and_a_missing_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("filing")).unwrap();
    fs::write(dir.path().join("filing/icp-missing.toml"), format!("\u{feff}{GOOD}")).unwrap();
    fs::write(dir.path().join("filing/.icp-missing.toml.swp"), "x").unwrap();
    fs::write(dir.path().join("README.md"), "x").unwrap();
    let set = RuleSet::load(dir.path(), &[]).unwrap();
    assert_eq!(set.rules.len(), 1);
    assert!(!set.calendar.years.is_empty() && !set.sources.is_empty());
    #[cfg(unix)]
    std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
    let looped = RuleSet::load(dir.path(), &[]).unwrap_err().to_string();
    assert!(looped.contains("不认识的文件“again/filing/icp-missing.toml”"), "{looped}");
    let error = RuleSet::load(&dir.path().join("nowhere"), &[]).unwrap_err().to_string();
    assert!(error.contains("nowhere") && error.contains("请检查路径"), "{error}");
}

#[test]
fn the_rules_inside_the_program_are_those_of_the_repository() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let texts = |files: &RuleFiles| -> Vec<(String, String)> {
        files.iter().map(|(path, file)| (path.to_owned(), file.text.clone())).collect()
    };
    let built_in = texts(&RuleFiles::embedded());
    assert_eq!(built_in, texts(&RuleFiles::read(&folder).unwrap()), "rules/ changed since src/rule/files.rs was built");
}

#[test]
fn the_rules_inside_the_program_load_and_all_their_cases_hold() {
    let set = RuleSet::embedded(&[]).unwrap_or_else(|e| panic!("{e}"));
    let report = set.run_cases(None);
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    for rule in &set.rules {
        let page = explain(&set, &rule.id);
        assert!(page.contains(&rule.title), "{page}");
    }
}

#[test]
fn the_page_of_a_rule_says_everything_about_it_in_eighty_columns() {
    let page = explain(&good(), "icp-missing");
    assert_eq!(
        page,
        "首页未标明ICP备案编号
────────────────────────────────────────
编号      icp-missing（第1版，正式）
文件      filing/icp-missing.toml
严重程度  严重
重点内容  三、注册备案信息
依据      《互联网信息服务管理办法》（国务院令第292号）第十二条〔法律法规原文；
          2000-09-25起可引用〕
适用网站  运行状态：正常运行；网站类别：全部
检查内容  页面文字（page_text）
          expect = \"present\"
          pattern = \"ICP备\"
          scope = \"page\"
存在问题  首页底部未见“{match}”。
可用事实  match；通用：site、url、unit、code、icp、psb、at
整改措施  在{site}主页底部中央标明备案编号。
整改时限  5个工作日
列入清单  当次巡查发现、复查一致，即列为待整改
销号      首次合格转为待复核；2次判定为合格、分布在2个不同的日子，自动销号
例子      共3个：合格1个、不合格1个、无法判定1个
"
    );
    assert!(explain(&good(), "icp-mising").contains("是否指“icp-missing”？"));
}

#[test]
fn the_check_report_counts_rules_and_names_failed_cases() {
    let held = check_report(&good(), &CaseReport { passed: 3, failed: vec![] });
    assert!(held.contains("规则      共1条：正式1条\n分组      filing 1条\n"), "{held}");
    assert!(held.contains("工作日历  2020至2026年，"), "{held}");
    assert!(held.ends_with("例子      3个，全部符合预期\n"), "{held}");
    let failed = check_report(&good(), &CaseReport { passed: 2, failed: vec!["icp-missing「x」：应为合格".into()] });
    assert!(failed.ends_with("例子      3个，其中1个不符合预期：\n          icp-missing「x」：应为合格\n"), "{failed}");
}

proptest! {
    #[test]
    fn a_slip_of_the_keyboard_is_refused_with_a_mistake_or_leaves_a_whole_rule(
        at in 0..GOOD.chars().count(),
        cut in 0usize..30,
        put in "[a-z{}\\[\\]=\"'\n，0-9]{0,3}",
    ) {
        let mut chars: Vec<char> = GOOD.chars().collect();
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, put.chars());
        let text: String = chars.into_iter().collect();
        match load(&[("filing/icp-missing.toml", &text)], &[]) {
            Ok(set) => prop_assert!(set.get("icp-missing").is_some(), "accepted but gone:\n{text}"),
            Err(LoadError::Mistakes(m)) => prop_assert!(m.count > 0 && !m.rendered.is_empty()),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
