use super::super::{name, number};
use super::*;

fn settings_with(lines: &str) -> String {
    format!("{HEAD}{SITES}").replace("[settings.network]\n", &format!("{lines}\n[settings.network]\n"))
}

#[test]
fn numbers_out_of_range_are_refused_with_the_default() {
    let text = settings_with(
        "[settings.politeness]\nrequests_per_second = 0\nconnections_per_address = -1\nrobots = \"是\"\n\
         [settings.budget]\npage_secs = 120\nsite_secs = 60\nhops = 1000000\nbody_bytes = 5",
    );
    assert_eq!(
        mistakes(&text),
        r#"
错误: 每秒请求数应在 0.01 到 100000 之间
 --> targets.toml:7:23
  |
7 | requests_per_second = 0
  |                       ^
  |
  = 提示: 建议不高于 1，缺省为 1

错误: 同一地址的连接数应在 1 到 10000 之间
 --> targets.toml:8:27
  |
8 | connections_per_address = -1
  |                           ^^
  |
  = 提示: 缺省为 2

错误: 类型不对：这里是文字 "是"，应为真假值
 --> targets.toml:9:10
  |
9 | robots = "是"
  |          ^^^^
  |
  = 提示: 只能写 true（是）或 false（否），不加引号

错误: 网页打开时限（120 秒）比单个网站的检查时限（60 秒）还长
  --> targets.toml:11:13
   |
11 | page_secs = 120
   |             ^^^
12 | site_secs = 60
   |             -- 与这里矛盾

错误: 跳转次数应在 1 到 30 之间
  --> targets.toml:13:8
   |
13 | hops = 1000000
   |        ^^^^^^^
   |
   = 提示: 缺省为 8

错误: 网页内容上限（字节）应在 16384 到 67108864 之间
  --> targets.toml:14:14
   |
14 | body_bytes = 5
   |              ^
   |
   = 提示: 缺省为 2097152
"#
    );
}

#[test]
fn network_settings_are_read_in_their_usual_forms() {
    let text = format!("{HEAD}{SITES}").replace(
        "[settings.network]\n",
        "[settings.network]\nresolvers = [\"127.0.0.1:5353\", \"::1\", \"[::1]:54\"]\nports = { 443 = 20443, \"80\" = 20080 }\n\
         dial = { \"WWW.yl.gov.cn:443\" = \"127.0.0.1:8443\" }\nallow_private = true\n",
    );
    let network = parse(&text).unwrap().settings.network;
    let resolvers: Vec<String> = network.resolvers.iter().map(ToString::to_string).collect();
    assert_eq!(resolvers, ["127.0.0.1:5353", "[::1]:53", "[::1]:54"]);
    assert_eq!(network.ports, [(80, 20080), (443, 20443)].into());
    assert_eq!(network.dial, [("www.yl.gov.cn:443".to_owned(), "127.0.0.1:8443".parse().unwrap())].into());
    assert!(network.allow_private);
}

#[test]
fn mistakes_in_network_settings_are_all_named() {
    let text = format!("{HEAD}{SITES}").replace(
        "[settings.network]\n",
        "[settings.network]\nresolvers = [\"dns.gov.cn\"]\nports = { https = 1, 80 = 70000 }\n\
         dial = { \"a.gov.cn\" = \"127.0.0.1:1\", \"b.gov.cn:1\" = \"127.0.0.1\" }\ntrust_roots = [\"none.pem\"]\n",
    );
    let drawn = mistakes(&text);
    let named: Vec<&str> = drawn.lines().filter_map(|l| l.strip_prefix("错误: ")).collect();
    assert_eq!(
        named,
        [
            "应写 IP 地址和端口，不是域名",
            "端口有误",
            "端口有误",
            "缺少端口",
            "缺少端口",
            "找不到证书文件：/nonexistent/none.pem",
        ]
    );
}

#[test]
fn trust_roots_are_found_beside_the_register_and_must_be_pem() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    std::fs::write(folder.path().join("ca.der"), [0x30, 0x82]).unwrap();
    let with = |name: &str| {
        format!("{HEAD}{SITES}")
            .replace("[settings.network]\n", &format!("[settings.network]\ntrust_roots = [\"{name}\"]\n"))
    };
    let path = folder.path().join("targets.toml");
    std::fs::write(&path, with("ca.pem")).unwrap();
    let register = Register::load(&path).unwrap();
    assert_eq!(register.settings.network.trust_roots, [folder.path().join("ca.pem")]);
    std::fs::write(&path, with("ca.der")).unwrap();
    assert!(Register::load(&path).unwrap_err().to_string().contains("证书文件不是 PEM 格式"));
}

#[test]
fn missing_canaries_and_contact_are_warnings() {
    let text = format!("{HEAD}{SITES}")
        .replace("canaries = [\"www.gov.cn\", \"http://www.people.com.cn/\", \"192.0.2.1:443\"]", "")
        .replace("agent_contact = \"https://www.example.gov.cn/\"", "");
    let warnings = parse(&text).unwrap().warnings;
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("未设参照点"));
    assert!(warnings[1].starts_with("未填联系方式"));
}

#[test]
fn canary_that_is_a_registered_site_is_a_warning() {
    let text = format!("{HEAD}{SITES}").replace("\"www.gov.cn\"", "\"https://www.yl.gov.cn/\"");
    assert_eq!(parse(&text).unwrap().warnings.len(), 1);
}

#[test]
fn filing_numbers_are_normalised_or_refused() {
    let icp = |text: &str| number::icp(text).map_err(|r| r.message);
    for (written, normalised) in [
        ("陕ICP备10004160号", "陕ICP备10004160号"),
        ("粤ICP备2022092331号-1", "粤ICP备2022092331号-1"),
        ("蜀ICP备 13001288号", "蜀ICP备13001288号"),
        ("沪ICP备05014803", "沪ICP备05014803号"),
        ("陕 ICP 备 19000424 号 －２", "陕ICP备19000424号-2"),
        ("滇ICP备09010050-5号", "滇ICP备09010050号-5"),
        ("鲁icp备2021022006号-4a", "鲁ICP备2021022006号-4A"),
        ("闽ICP备B2-20050038", "闽ICP备B2-20050038号"),
        ("沪ICP备：12004267", "沪ICP备12004267号"),
    ] {
        assert_eq!(icp(written).as_deref(), Ok(normalised), "{written}");
    }
    for (written, complaint) in [
        ("京ICP证030173号", "这是经营许可证号，不是备案号"),
        ("ICP备05000001号", "ICP备案号缺少省份简称"),
        ("甘ICP备05000001号", "ICP备案号的省份简称写错：“甘”"),
        ("国ICP备05000001号", "“国”不是省份简称"),
        ("陕ICP备12345678号", "ICP备案号是没有填写的样例号码"),
        ("陕ICP备0500001号", "ICP备案号写法有误"),
        ("陕ICP备05000001号-", "ICP备案号写法有误"),
        ("陕公网安备61080002000001号", "ICP备案号写法有误"),
    ] {
        assert_eq!(icp(written), Err(complaint.to_owned()), "{written}");
    }
    let psb = |text: &str| number::psb(text).map_err(|r| r.message);
    for written in [
        "陕公网安备 61080002000001号",
        "61080002000001",
        "陕公网安备：６１０８０００２００００01",
        "陕公网安备案号61080002000001号",
    ] {
        assert_eq!(psb(written).as_deref(), Ok("陕公网安备61080002000001号"), "{written}");
    }
    assert_eq!(psb("川公网安备51090302000210号").as_deref(), Ok("川公网安备51090302000210号"));
    for (written, complaint) in [
        ("京公网安备110105006181号", "公安机关备案号位数不对：这里是 12 位数字，应为 14 位"),
        ("蜀公网安备51090302000210号", "公安机关备案号的省份简称“蜀”与数字“51”不一致"),
        ("陕公网安备00000000000000号", "公安机关备案号是没有填写的样例号码"),
        ("陕ICP备05000001号", "不是公安机关备案号"),
        ("公安备案号XXXX", "不是公安机关备案号"),
    ] {
        assert_eq!(psb(written), Err(complaint.to_owned()), "{written}");
    }
}

#[test]
fn addresses_that_parsing_would_repair_are_refused() {
    let page = |text: &str| name::page(text).map(|u| u.to_string()).map_err(|r| r.message);
    assert_eq!(page("http://榆林市人民政府.政务/").as_deref(), Ok("http://xn--gmq658ainal6sw5c3ydk4f.xn--zfr164b/"));
    assert_eq!(page("http://10.1.2.3:8080/").as_deref(), Ok("http://10.1.2.3:8080/"));
    for (written, complaint) in [
        ("www.yl.gov.cn", "网址缺少 http:// 或 https://"),
        ("http://www.yl.gov.cn /", "网址或域名里有空格或不可见字符"),
        ("http:\\\\www.yl.gov.cn", "网址里有反斜杠“\\”"),
        ("http：//www.yl.gov.cn", "网址或域名里有全角字符"),
        ("http://www。yl。gov。cn/", "网址或域名里有全角字符"),
        ("http://a@www.yl.gov.cn/", "网址里不能带用户名或密码"),
        ("http://www..gov.cn/", "域名写法有误"),
        ("http://-www.gov.cn/", "域名写法有误"),
        ("http://portal/", "域名不完整"),
        ("http://www.yl.gov.cn:0/", "网址里的端口不能是 0"),
        ("http://www.yl.gov.cn:99999/", "网址写法有误"),
        ("mailto://x.cn", "只支持 http 和 https 网址，这里是 mailto"),
    ] {
        assert_eq!(page(written), Err(complaint.to_owned()), "{written}");
    }
    let advice = |text: &str| name::page(text).map_err(|r| r.help.unwrap_or_default()).unwrap_err();
    assert_eq!(advice("www.yl.gov.cn"), "是否想写 \"http://www.yl.gov.cn\"？");
    assert_eq!(advice("https/www.yl.gov.cn/a"), "是否想写 \"https://www.yl.gov.cn/a\"？");
    assert_eq!(advice("httpd.yl.gov.cn"), "是否想写 \"http://httpd.yl.gov.cn\"？");
}

#[test]
fn one_broken_value_hides_neither_its_neighbours_nor_later_tables() {
    let text = format!("{HEAD}{SITES}")
        .replace("region = \"610800\"", "region = 610800")
        .replace("name = \"榆阳区人民政府\"", "name = 榆阳区人民政府")
        .replace("2020-05-13", "2020-13-05")
        .replace("sponsor = \"office\"", "sponsor = \"\"");
    let drawn = mistakes(&text);
    let named: Vec<&str> = drawn.lines().filter_map(|l| l.strip_prefix("错误: ")).collect();
    assert_eq!(
        named,
        ["类型不对：这里是整数 610800，应为文字", "文字没有加引号", "主办单位不能为空", "日期写法有误，或没有这一天"]
    );
}

#[test]
fn broken_structure_is_reported_alone_with_the_next_step() {
    let text =
        format!("{HEAD}{SITES}").replace("name = \"榆林市\"", "name = \"榆林市").replace("\"yuyang\"", "\"nobody\"");
    let drawn = mistakes(&text);
    assert!(drawn.contains("双引号里的文字没有正常结束"), "{drawn}");
    assert!(!drawn.contains("没有登记"), "{drawn}");
    assert!(drawn.trim_end().ends_with("改正后请再运行一次，继续检查各项内容"), "{drawn}");
}

#[test]
fn single_brackets_where_lists_of_tables_belong_are_explained() {
    let drawn = mistakes(&format!("{HEAD}[site]\nid = \"a\"\n"));
    assert!(drawn.contains("这里应写双方括号") && drawn.contains("[[site]]"), "{drawn}");
}

#[test]
fn empty_register_says_what_to_write() {
    let drawn = mistakes("");
    for part in ["缺少本单位或本地区名称", "缺少区划代码", "没有登记任何网站", "xunjian init"]
    {
        assert!(drawn.contains(part), "{part}: {drawn}");
    }
}

#[test]
fn unreadable_files_are_named_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Register::load(&folder.path().join("targets.toml")).unwrap_err().to_string();
    assert!(missing.contains("targets.toml") && missing.contains("xunjian init"), "{missing}");
    assert!(Register::load(folder.path()).unwrap_err().to_string().contains("这是文件夹"));
    let path = folder.path().join("gbk.toml");
    let (gbk, _, _) = encoding_rs::GBK.encode("[settings]\nname = \"榆林市\"\n");
    std::fs::write(&path, gbk).unwrap();
    let message = Register::load(&path).unwrap_err().to_string();
    assert!(message.contains("第 2 行") && message.contains("GBK") && message.contains("UTF-8"), "{message}");
    std::fs::write(&path, b"\xff\xfe[\0").unwrap();
    assert!(Register::load(&path).unwrap_err().to_string().contains("UTF-16"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        let _ = parse(&text);
    }

    /// Pieces of registers in any order, so that validation is reached and not only the parser.
    #[test]
    fn any_shuffled_register_is_read_without_panic(
        pieces in proptest::collection::vec(proptest::sample::select(format!("{HEAD}{SITES}").lines().map(str::to_owned).collect::<Vec<_>>()), 0..40),
        junk in proptest::collection::vec("[a-z\\[\\]{}=,.\"' #0-9\n榆。：-]{0,12}", 0..6),
    ) {
        let mut lines = pieces;
        for (at, junk) in junk.into_iter().enumerate() {
            let at = (at * 7) % (lines.len() + 1);
            lines.insert(at, junk);
        }
        let _ = parse(&lines.join("\n"));
    }

    #[test]
    fn any_text_is_judged_by_every_grammar_without_panic(text in ".{0,40}") {
        let _ = (number::icp(&text).is_ok(), number::psb(&text).is_ok(), number::site_code(&text).is_ok());
        let _ = (name::page(&text).is_ok(), name::domain(&text).is_ok(), name::canary(&text).is_ok());
        let _ = (number::resembles_site_code(&text), name::host_port(&text).is_ok(), name::address(&text, None).is_ok());
    }
}
