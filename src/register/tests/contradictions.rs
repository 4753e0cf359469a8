use super::*;

#[test]
fn contradictions_are_drawn_with_both_places() {
    let extra = r#"
[[site]]
id = "second"
name = "第二个网站"
url = "https://WWW.yl.gov.cn"
sponsor = "office"
site_code = "6108000001"
domains = ["www.yuyang.gov.cn"]
idle_domains = ["YL.gov.cn", "old.yuyang.gov.cn"]
"#;
    assert_eq!(
        mistakes(&format!("{HEAD}{SITES}{extra}")),
        r#"
错误: 网址“https://WWW.yl.gov.cn”已经登记在另一个网站
  --> targets.toml:45:7
   |
45 | url = "https://WWW.yl.gov.cn"
   |       ^^^^^^^^^^^^^^^^^^^^^^^
   |
  ::: targets.toml:24:7
   |
24 | url = "http://www.yl.gov.cn/"
   |       ----------------------- 前面已写在这里

错误: 网站标识码“6108000001”已经登记在另一个网站
  --> targets.toml:47:13
   |
47 | site_code = "6108000001"
   |             ^^^^^^^^^^^^
   |
  ::: targets.toml:22:6
   |
22 | id = "6108000001"
   |      ------------ 前面已写在这里

错误: 域名“www.yuyang.gov.cn”已经登记在另一个网站
  --> targets.toml:48:12
   |
48 | domains = ["www.yuyang.gov.cn"]
   |            ^^^^^^^^^^^^^^^^^^^
   |
  ::: targets.toml:32:7
   |
32 | url = "https://www.yuyang.gov.cn:8443/index/"
   |       --------------------------------------- 登记在这里

错误: 域名“yl.gov.cn”既写为闲置，又写为在用
  --> targets.toml:49:17
   |
49 | idle_domains = ["YL.gov.cn", "old.yuyang.gov.cn"]
   |                 ^^^^^^^^^^^
   |
  ::: targets.toml:27:12
   |
27 | domains = ["yl.gov.cn", "榆林市人民政府.政务"]
   |            ----------- 这里写为在用

错误: 闲置域名“old.yuyang.gov.cn”重复登记
  --> targets.toml:49:30
   |
49 | idle_domains = ["YL.gov.cn", "old.yuyang.gov.cn"]
   |                              ^^^^^^^^^^^^^^^^^^^
   |
  ::: targets.toml:40:17
   |
40 | idle_domains = ["old.yuyang.gov.cn"]
   |                 ------------------- 前面已写在这里
"#
    );
}

#[test]
fn successor_is_another_address_of_a_site_that_is_closing() {
    let site = |rest: &str| {
        format!("[[site]]\nid = \"c\"\nname = \"丙\"\nurl = \"http://c.gov.cn/\"\nsponsor = \"office\"\n{rest}")
    };
    let astray = site("status = \"closed\"\nstatus_since = 2020-01-01\nmigrated_to = \"https://c.gov.cn\"\n");
    assert_eq!(complaints(&astray), ["迁移去向就是网站自己的网址"]);
    let running = site("status = \"正常运行\"\nmigrated_to = \"https://d.gov.cn\"\n");
    assert_eq!(complaints(&running), ["写了迁移去向，但网站没有关停或申请关停"]);
    assert_eq!(complaints(&site("migrated_to = \"https://d.gov.cn\"\n")), ["写了迁移去向，但网站没有关停或申请关停"]);
    assert_eq!(
        good(&site("status = \"申请关停\"\nmigrated_to = \"https://d.gov.cn\"\n")).warnings,
        Vec::<String>::new()
    );
}

#[test]
fn closed_site_without_date_is_a_warning() {
    let extra = "\n[[site]]\nid = \"c\"\nname = \"丙\"\nurl = \"http://c.gov.cn/\"\nsponsor = \"office\"\nstatus = \"已关停\"\n";
    let last = format!("{HEAD}{SITES}{extra}").lines().count();
    let warnings = good(extra).warnings;
    assert_eq!(
        warnings,
        [format!("第 {last} 行：网站已关停但没有写关停日期（status_since），无法核对关停后的处置时限")]
    );
}

#[test]
fn id_and_site_code_must_agree_and_codes_occur_once() {
    let site = |id: &str, rest: &str| {
        format!("[[site]]\nid = \"{id}\"\nname = \"丙\"\nurl = \"http://{id}.gov.cn/\"\nsponsor = \"office\"\n{rest}\n")
    };
    assert_eq!(complaints(&site("6108000002", "site_code = \"6108000003\"")), ["site_code 与 id 写的网站标识码不一致"]);
    assert_eq!(complaints(&site("c", "site_code = \"6108000001\"")), ["网站标识码“6108000001”已经登记在另一个网站"]);
    assert_eq!(
        good(&site("c", "site_code = \"bm64130001\"")).site("c").unwrap().site_code.as_deref(),
        Some("bm64130001")
    );
    assert_eq!(complaints(&site("61080000012", "")), ["网站标识码位数不对：这里是 11 位数字，应为 10 位"]);
    assert_eq!(complaints(&site("9908000001", "")), ["网站标识码的前两位“99”不是省级区划代码"]);
    assert_eq!(complaints(&site("0000000000", "")), ["网站标识码是没有填写的样例号码"]);
    assert_eq!(good(&site("20", "")).site("20").unwrap().site_code, None);
}

#[test]
fn repeated_id_is_one_mistake() {
    let extra = "\n[[site]]\nid = \"6108000001\"\nname = \"丙\"\nurl = \"http://c.gov.cn/\"\nsponsor = \"office\"\n";
    assert_eq!(complaints(extra), ["网站代号“6108000001”重复"]);
}

#[test]
fn media_and_exemptions_refer_to_what_is_registered() {
    let extra = r#"
[[media]]
platform = "微信公众号"
account = "yulin"
name = "榆林发布"
sponsor = "榆林市人民政府"

[[media]]
platform = "微信公众号"
account = "yulin"
name = "榆林发布2"
sponsor = "nobody at all"

[[exemption]]
site = "6108000002"
rule = "no_ipv6"
reason = " "
until = 2020-12-31

[[exemption]]
site = "yuyang"
rule = "no-ipv6"
reason = "已列入计划"
"#;
    assert_eq!(
        complaints(extra),
        [
            "新媒体账号“yulin”（微信公众号）重复",
            "主办单位“nobody at all”没有登记",
            "豁免的网站“6108000002”没有登记",
            "“no_ipv6”不是规则编号",
            "豁免理由不能为空",
            "缺少豁免截止日期",
        ]
    );
}
