use super::*;

fn ids(register: &Register, what: &str) -> Vec<String> {
    register.select(what).unwrap_or_else(|e| panic!("{e}")).iter().map(|s| s.id.clone()).collect()
}

#[test]
fn sites_are_picked_by_what_people_type() {
    let register = good("");
    for what in [
        "6108000001",
        " http://www.yl.gov.cn/ ",
        "www.yl.gov.cn",
        "WWW.YL.GOV.CN",
        "https://www.yl.gov.cn/zwgk/1.html",
        "榆林市人民政府.政务",
        "yl.gov.cn",
        "榆林市人民政府门户网站",
        "office",
        "榆林市人民政府",
        "榆林市人民政府办公室",
    ] {
        assert_eq!(ids(&register, what), ["6108000001"], "{what}");
    }
    assert_eq!(ids(&register, "yuyang"), ["yuyang"]);
    assert_eq!(ids(&register, "榆阳区人民政府"), ["yuyang"]);
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let register = good("\n[[unit]]\nid = \"empty\"\nname = \"没有网站的单位\"\nlevel = \"市级部门\"\n");
    let meant = |what: &str| match register.select(what) {
        Err(SelectError::NotFound { suggestion, .. }) => suggestion,
        other => panic!("{other:?}"),
    };
    assert_eq!(meant("6108000002").as_deref(), Some("6108000001"));
    assert_eq!(meant("http://www.yll.gov.cn/").as_deref(), Some("www.yl.gov.cn"));
    assert_eq!(meant("榆阳区人民政俯").as_deref(), Some("榆阳区人民政府"));
    assert_eq!(meant("something else entirely"), None);
    assert_eq!(register.select("empty").err(), Some(SelectError::NoSites { unit: "没有网站的单位".to_owned() }));
    assert_eq!(
        register.select("6108000002").unwrap_err().to_string(),
        "登记文件里没有“6108000002”。是否想写“6108000001”？可以写网站标识码、网址、域名、网站名称、单位代号或单位名称"
    );
}

#[test]
fn neighbours_share_sponsor_or_registrable_domain_and_are_few() {
    let mut extra = String::new();
    for i in 0..200 {
        extra += &format!(
            "\n[[site]]\nid = \"d{i}\"\nname = \"部门{i}\"\nurl = \"http://d{i}.yl.gov.cn/\"\nsponsor = \"yuyang\"\n"
        );
    }
    extra += "\n[[site]]\nid = \"ip\"\nname = \"地址\"\nurl = \"http://192.0.2.7/\"\nsponsor = \"office\"\n";
    extra += "\n[[site]]\nid = \"far\"\nname = \"别处\"\nurl = \"http://www.far.gov.cn/\"\nsponsor = \"office\"\n";
    let register = good(&extra);
    let neighbours = |id: &str| register.profile(register.site(id).unwrap()).neighbours;
    let portal = neighbours("6108000001");
    assert_eq!(portal.len(), 50);
    assert_eq!(portal[..3], ["192.0.2.7", "www.far.gov.cn", "d0.yl.gov.cn"]);
    assert!(!portal.contains(&"www.yl.gov.cn".to_owned()));
    assert_eq!(neighbours("far"), ["www.yl.gov.cn", "192.0.2.7"]);
    assert_eq!(neighbours("ip"), ["www.yl.gov.cn", "www.far.gov.cn"]);
}

#[test]
fn summary_counts_and_repeats_the_warnings() {
    let register = good(
        "\n[[site]]\nid = \"c\"\nname = \"丙\"\nurl = \"http://c.gov.cn/\"\nsponsor = \"office\"\nstatus = \"closed\"\n",
    );
    assert_eq!(
        format!("\n{}\n", register.summary("targets.toml")),
        r"
登记文件检查通过：targets.toml
榆林市（610800）
单位 2 个：市级部门 1 个，县市区 1 个
网站 3 个：门户 2 个，部门 1 个；正常运行 1 个，已关停 2 个
已填网站标识码 1 个，ICP备案号 1 个，公安机关备案号 1 个
参照点 3 个：www.gov.cn、http://www.people.com.cn/、192.0.2.1:443
提醒 1 条：
  · 第 47 行：网站已关停但没有写关停日期（status_since），无法核对关停后的处置时限
"
    );
}

#[test]
fn large_register_is_read_and_profiled_in_one_piece() {
    let mut text = HEAD.to_owned();
    for i in 0..3000 {
        text += &format!(
            "[[site]]\nid = \"s{i}\"\nname = \"网站{i}\"\nurl = \"http://s{i}.z{}.gov.cn/\"\nsponsor = \"office\"\ndomains = [\"m{i}.gov.cn\"]\n",
            i % 40
        );
    }
    let register = parse(&text).unwrap();
    let profiles: Vec<_> = register.sites.iter().map(|s| register.profile(s)).collect();
    assert!(profiles.iter().all(|p| p.neighbours.len() == 50));
}
