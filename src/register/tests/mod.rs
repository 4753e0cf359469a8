use std::path::Path;

use super::*;
use crate::evidence::{SiteClass, SiteStatus};

const HEAD: &str = r#"
[settings]
name = "榆林市"
region = "610800"

[settings.network]
canaries = ["www.gov.cn", "http://www.people.com.cn/", "192.0.2.1:443"]
agent_contact = "https://www.example.gov.cn/"

[[unit]]
id = "office"
name = "榆林市人民政府"
aliases = ["榆林市人民政府办公室"]
level = "市级部门"

[[unit]]
id = "yuyang"
name = "榆阳区人民政府"
level = "county"
"#;

const SITES: &str = r#"
[[site]]
id = "6108000001"
name = "榆林市人民政府门户网站"
url = "http://www.yl.gov.cn/"
class = "门户"
sponsor = "office"
domains = ["yl.gov.cn", "榆林市人民政府.政务"]

[[site]]
id = "yuyang"
name = "榆阳区人民政府门户网站"
url = "https://www.yuyang.gov.cn:8443/index/"
class = "portal"
status = "已关停"
status_since = 2020-05-13
sponsor = "yuyang"
icp = "陕 ICP备 05000001号 -2"
psb = "61080002000001"
migrated_to = "http://www.yl.gov.cn/yuyang/"
idle_domains = ["old.yuyang.gov.cn"]
"#;

fn parse(text: &str) -> Result<Register, LoadError> {
    Register::parse("targets.toml", text, Path::new("/nonexistent"))
}

/// A good register with `extra` at its end.
fn good(extra: &str) -> Register {
    parse(&format!("{HEAD}{SITES}{extra}")).unwrap_or_else(|e| panic!("{e}"))
}

/// The drawn mistakes of `text`.
fn mistakes(text: &str) -> String {
    match parse(text) {
        Err(LoadError::Mistakes(error)) => format!("\n{}\n", error.rendered),
        other => panic!("expected mistakes, got {other:?}"),
    }
}

/// First lines of the mistakes a good register has with `extra` at its end.
fn complaints(extra: &str) -> Vec<String> {
    let drawn = mistakes(&format!("{HEAD}{SITES}{extra}"));
    drawn.lines().filter_map(|l| l.strip_prefix("错误: ")).map(str::to_owned).collect()
}

#[test]
fn good_register_is_read_with_everything_normalised() {
    let register = good("");
    assert_eq!(register.settings.contact.office, "榆林市");
    assert_eq!(register.settings.vantage, "本机");
    assert_eq!(register.settings.network.canaries, ["www.gov.cn", "http://www.people.com.cn/", "192.0.2.1:443"]);
    assert_eq!(register.units[1].level, UnitLevel::County);
    let portal = register.site("6108000001").unwrap();
    assert_eq!(portal.site_code.as_deref(), Some("6108000001"));
    assert_eq!(portal.domains, ["yl.gov.cn", "xn--gmq658ainal6sw5c3ydk4f.xn--zfr164b"]);
    let closed = register.site("yuyang").unwrap();
    assert_eq!((closed.class, closed.status), (SiteClass::Portal, SiteStatus::Closed));
    assert_eq!(closed.icp.as_deref(), Some("陕ICP备05000001号-2"));
    assert_eq!(closed.psb.as_deref(), Some("陕公网安备61080002000001号"));
    assert_eq!(closed.status_since, Some(jiff::civil::date(2020, 5, 13)));
    assert_eq!(closed.site_code, None);
    assert_eq!(register.warnings, Vec::<String>::new());
}

#[test]
fn template_is_a_good_register_and_names_every_option() {
    let register = parse(TEMPLATE).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(register.sites.len(), 4);
    assert_eq!(register.sites[0].icp.as_deref(), Some("陕ICP备10004160号"));
    assert_eq!(register.warnings.len(), 1, "{:?}", register.warnings);
}

#[test]
fn template_with_every_option_switched_on_is_good_too() {
    let on: String = TEMPLATE
        .lines()
        .map(|line| {
            let option = line.strip_prefix("# ").unwrap_or(line);
            let key = option.split(" =").next().unwrap_or_default();
            let is_option = option.contains(" = ") && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            let is_header = option.starts_with('[');
            format!("{}\n", if is_option || is_header { option } else { line })
        })
        .collect();
    let register = parse(&on).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((register.media.len(), register.exemptions.len()), (1, 1));
    assert_eq!(register.settings.campaign.map_or(0, |c| c.phases.len()), 1);
    let default = Settings::default();
    assert_eq!(format!("{:?}", register.settings.budget), format!("{:?}", default.budget));
    assert_eq!(format!("{:?}", register.settings.politeness), format!("{:?}", default.politeness));
}

#[test]
fn byte_order_mark_and_crlf_are_accepted() {
    let text = format!("\u{feff}{HEAD}{SITES}").replace('\n', "\r\n");
    assert_eq!(parse(&text).unwrap().sites.len(), 2);
}

#[test]
fn mistakes_in_a_crlf_file_are_drawn_on_their_lines() {
    let text =
        format!("\u{feff}{HEAD}{SITES}").replace("sponsor = \"yuyang\"", "sponsor = \"yuyong\"").replace('\n', "\r\n");
    assert_eq!(
        mistakes(&text),
        r#"
错误: 主办单位“yuyong”没有登记
  --> targets.toml:36:11
   |
36 | sponsor = "yuyong"
   |           ^^^^^^^^
   |
   = 提示: 是否想写“yuyang”？
"#
    );
}

#[test]
fn every_mistake_of_a_file_is_reported_at_once() {
    let text = r#"
[settings]
name = "榆林市"
regoin = "610800"

[setings]

[[unit]]
id = "office"
name = "榆林市人民政府"
level = "市级部"

[[unit]]
id = "office"
name = "榆林市教育局"
level = "municipal"

[[site]]
id = "610800000"
name = "甲"
url = "www.yl.gov.cn"
sponsor = "ofice"
icp = "川ICP备05000001号"
psb = "沪公网安备 52038202001416号"
status = "关停"

[[site]]
id = "a"
name = 5
url = "ftp://a.gov.cn/"
class = "门戶"
status_since = 2020-02-30
domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
"#;
    assert_eq!(
        mistakes(text),
        r#"
错误: 没有名为“regoin”的项
 --> targets.toml:4:1
  |
4 | regoin = "610800"
  | ^^^^^^
  |
  = 提示: 是否想写“region”？可用的项：name、region、vantage、contact、network、politeness、budget、inner_pages、walk、render、campaign

错误: 没有名为“setings”的表
 --> targets.toml:6:2
  |
6 | [setings]
  |  ^^^^^^^
  |
  = 提示: 是否想写“settings”？可用的表：[settings]、[[unit]]、[[site]]、[[media]]、[[exemption]]

错误: “市级部”不是单位类别
  --> targets.toml:11:9
   |
11 | level = "市级部"
   |         ^^^^^^^^
   |
   = 提示: 是否想写“市级部门”？可选的值：市级部门、县市区

错误: 单位代号“office”重复
  --> targets.toml:14:6
   |
14 | id = "office"
   |      ^^^^^^^^
   |
  ::: targets.toml:9:6
   |
 9 | id = "office"
   |      -------- 前面已写在这里

错误: 网站标识码位数不对：这里是 9 位数字，应为 10 位
  --> targets.toml:19:6
   |
19 | id = "610800000"
   |      ^^^^^^^^^^^
   |
   = 提示: 网站标识码为 10 位数字（6 位区划代码加 4 位顺序号），国务院部门为 bm 加 8 位数字

错误: 网址缺少 http:// 或 https://
  --> targets.toml:21:7
   |
21 | url = "www.yl.gov.cn"
   |       ^^^^^^^^^^^^^^^
   |
   = 提示: 是否想写 "http://www.yl.gov.cn"？

错误: 主办单位“ofice”没有登记
  --> targets.toml:22:11
   |
22 | sponsor = "ofice"
   |           ^^^^^^^
   |
   = 提示: 是否想写“office”？

错误: ICP备案号的省份简称写错：“川”
  --> targets.toml:23:7
   |
23 | icp = "川ICP备05000001号"
   |       ^^^^^^^^^^^^^^^^^^^
   |
   = 提示: ICP备案用“蜀”

错误: 公安机关备案号的省份简称“沪”与数字“52”不一致
  --> targets.toml:24:7
   |
24 | psb = "沪公网安备 52038202001416号"
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = 提示: 数字以 52 开头的备案号属于“贵”，请核对是否抄错

错误: “关停”不是运行状态
  --> targets.toml:25:10
   |
25 | status = "关停"
   |          ^^^^^^
   |
   = 提示: 是否想写“已关停”？可选的值：正常运行、例行维护、临时下线、申请关停、已关停

错误: 缺少主办单位
  --> targets.toml:27:1
   |
27 | [[site]]
   | ^^^^^^^^
   |
   = 提示: 请补写 sponsor = "…"

错误: 类型不对：这里是整数 5，应为文字
  --> targets.toml:29:8
   |
29 | name = 5
   |        ^
   |
   = 提示: 请加英文双引号："5"

错误: 只支持 http 和 https 网址，这里是 ftp
  --> targets.toml:30:7
   |
30 | url = "ftp://a.gov.cn/"
   |       ^^^^^^^^^^^^^^^^^
   |
   = 提示: 例如 "https://www.yl.gov.cn/"

错误: “门戶”不是网站类别
  --> targets.toml:31:9
   |
31 | class = "门戶"
   |         ^^^^^^
   |
   = 提示: 是否想写“门户”？可选的值：门户、部门

错误: 日期写法有误，或没有这一天
  --> targets.toml:32:16
   |
32 | status_since = 2020-02-30
   |                ^^^^^^^^^^
   |
   = 提示: 写成 2020-05-13

错误: 这里只写域名，不带 http:// 或 https://
  --> targets.toml:33:12
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |            ^^^^^^^^^^^^^^^^^^^
   |
   = 提示: 写成 "b.gov.cn"

错误: 这里只写域名，不带路径
  --> targets.toml:33:33
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |                                 ^^^^^^^^^^^^
   |
   = 提示: 写成 "c.gov.cn"

错误: 不能使用通配符
  --> targets.toml:33:47
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |                                               ^^^^^^^^^^^^
   |
   = 提示: 请把在用的域名逐个写出

错误: 这里应写域名，不是 IP 地址
  --> targets.toml:33:61
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |                                                             ^^^^^^^^^
   |
   = 提示: 例如 "www.yl.gov.cn"

错误: 网址或域名里有全角字符
  --> targets.toml:33:72
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |                                                                        ^^^^^^^^^^^
   |
   = 提示: 是否想写 "e.gov.cn"？

错误: 域名不完整
  --> targets.toml:33:84
   |
33 | domains = ["http://b.gov.cn/x", "c.gov.cn/x", "*.d.gov.cn", "1.2.3.4", "ｅ.gov.cn", "f"]
   |                                                                                     ^^^
   |
   = 提示: “f”缺少后缀，例如 "f.gov.cn"
"#
    );
}

mod contradictions;
mod reading;
mod using;
