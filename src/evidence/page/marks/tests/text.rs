use super::*;

#[test]
fn printed_site_codes_are_read_behind_every_label() {
    for (html, shown, good) in [
        ("<p>网站标识码：6108000001</p>", "6108000001", true),
        ("<p>政府网站标识码 6108000001</p>", "6108000001", true),
        ("<p>网站标识码&nbsp;6108000001</p>", "6108000001", true),
        ("<p>网站标识码6108000001</p>", "6108000001", true),
        ("<p>网站识别号:6108000001</p>", "6108000001", true),
        ("<p>標識碼：６１０８０００００１</p>", "6108000001", true),
        ("<p>网站标识码 ：<span>6108</span><span>000001</span></p>", "6108000001", true),
        ("<p>网站标识码：</p><p>6108000001</p>", "6108000001", true),
        ("<p>网站标识码：<b>6108000001</b><em>05000123</em></p>", "6108000001", true),
        ("<p>网站标识码：【6108000001】</p>", "6108000001", true),
        ("<p>网站标识码：bm14000002 | 京ICP备</p>", "bm14000002", true),
        ("<p>网站标识码：BM14000002</p>", "BM14000002", true),
        ("<p>网站标识码：310000000044</p>", "310000000044", false),
        ("<p>网站标识码：610800000</p>", "610800000", false),
        ("<p>网站标识码：0000000000</p>", "0000000000", false),
        ("<p>网站标识码：1304000000</p>", "1304000000", false),
        ("<p>网站标识码：9908000001</p>", "9908000001", false),
        ("<p>网站标识码：1234567890</p>", "1234567890", false),
        ("<p>网站标识码：bm1400002</p>", "bm1400002", false),
        ("<p>网站标识码：61042xxxx01</p>", "61042xxxx01", false),
    ] {
        let codes: Vec<_> = read(html).codes.into_iter().map(|c| (c.shown, c.well_formed, c.origin)).collect();
        assert_eq!(codes, [(shown.to_owned(), good, CodeOrigin::Printed)], "{html}");
    }
    for html in [
        "<p>网站标识码：</p>",
        "<p>设备标识码：6108000001</p>",
        "<p>网站标识码是什么</p>",
        "<p>网站标识码 2015年启用</p>",
    ] {
        assert_eq!(read(html).codes, [], "{html}");
    }
}

#[test]
fn codes_in_metas_are_read_whatever_the_case() {
    let metas =
        [("siteidcode", " 6108000001 "), ("SiteIDCode", "政府网站标识码"), ("SiteIDCode", ""), ("SiteName", "x")]
            .map(|(name, content)| Meta { name: name.into(), content: content.into() });
    let marks = find(&Default::default(), "", &metas);
    let codes: Vec<_> = marks.codes.iter().map(|c| (c.shown.as_str(), c.well_formed, c.origin, c.visible)).collect();
    assert_eq!(
        codes,
        [("6108000001", true, CodeOrigin::Meta, false), ("政府网站标识码", false, CodeOrigin::Meta, false)]
    );
}

#[test]
fn sponsors_are_read_by_prefix_and_suffix() {
    for (text, sponsor) in [
        ("主办单位：榆林市人民政府", "榆林市人民政府"),
        ("主办：榆林市人民政府办公室 承办：榆林市政务信息中心", "榆林市人民政府办公室"),
        ("主办方：榆林市人民政府", "榆林市人民政府"),
        ("开办单位：榆林市人民政府", "榆林市人民政府"),
        ("主 办 单 位 ： 榆林市人民政府", "榆林市人民政府"),
        ("主办单位 榆林市人民政府 承办单位 榆林市政务信息中心", "榆林市人民政府"),
        ("榆林市人民政府主办", "榆林市人民政府"),
        ("榆林市人民政府 主办", "榆林市人民政府"),
        ("榆林市人民政府主办 榆林市政务信息中心承办", "榆林市人民政府"),
        ("榆林市政务信息中心承办榆林市人民政府主办", "榆林市人民政府"),
        ("中共榆林市委、榆林市人民政府主办", "中共榆林市委、榆林市人民政府"),
        ("主办单位：中共榆林市委 榆林市人民政府 地址：青山路1号", "中共榆林市委 榆林市人民政府"),
        ("主办：榆林市人民政府主办", "榆林市人民政府"),
        ("主办单位：榆林市人民政府 榆林市政务信息中心承办", "榆林市人民政府"),
        ("榆林市人民政府主办、榆林市政务信息中心承办", "榆林市人民政府"),
        ("主办：某某市人民政府，承办：某某中心", "某某市人民政府"),
        ("主办单位（榆林市人民政府）", "榆林市人民政府"),
        ("本网站由榆林市人民政府主办", "榆林市人民政府"),
        ("版权所有：榆林市人民政府主办", "榆林市人民政府"),
        ("©2019榆林市人民政府主办", "榆林市人民政府"),
        ("主办单位：榆林市人民政府 © 榆林市人民政府 版权所有", "榆林市人民政府"),
        ("主办单位：榆林市人民政府 版权所有", "榆林市人民政府"),
        ("主办单位：榆林市人民政府陕ICP备05000123号", "榆林市人民政府"),
        ("主办单位：榆林市人民政府网站标识码：6108000001", "榆林市人民政府"),
        ("主办单位：榆林市人民政府政府网站标识码：6108000001", "榆林市人民政府"),
        ("主办单位：西安经济技术开发区管理委员会", "西安经济技术开发区管理委员会"),
        ("主办单位：榆林市住房和城乡建设局 电话：0912-1", "榆林市住房和城乡建设局"),
        ("主办单位：榆林市人民政府（办公室）", "榆林市人民政府（办公室）"),
        ("主办单位：</p><p>榆林市人民政府", "榆林市人民政府"),
        ("<span>主办单位</span><a href=/>榆林市人民政府</a>", "榆林市人民政府"),
        ("主辦單位：榆林市人民政府", "榆林市人民政府"),
    ] {
        let found: Vec<_> =
            read(&format!("<div class=footer><p>{text}</p></div>")).sponsor.into_iter().map(|s| s.value).collect();
        assert_eq!(found, [sponsor], "{text}");
    }
    for text in [
        "主管单位：榆林市人民政府",
        "指导单位：榆林市人民政府",
        "版权所有：榆林市人民政府",
        "主办单位：",
        "主办的活动",
        "主办单位和承办单位",
    ] {
        assert_eq!(read(&format!("<div class=footer><p>{text}</p></div>")).sponsor, [], "{text}");
    }
}

#[test]
fn titles_of_articles_just_above_the_footer_name_no_sponsor() {
    let news =
        "<ul><li><a href=/1>市政协主办、市文旅局承办的文化节开幕</a></li><li><a href=/2>条例公开征求意见</a></li></ul>";
    let foot = "<p><a href=/s>网站地图</a></p><p>陕ICP备05000123号-1</p>";
    for page in [
        format!("{news}<table class=foot><tr><td>{foot}</td></tr></table>"),
        format!("{news}<table><tr><td>{foot}</td></tr></table>"),
    ] {
        assert_eq!(read(&page).sponsor, [], "{page}");
    }
    let above = read(&format!("{news}<p>榆林市教育局主办</p><div class=copyright>{foot}</div>"));
    assert_eq!(above.sponsor.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["榆林市教育局"]);
}

#[test]
fn sponsors_of_events_in_articles_are_left_alone() {
    let article = "<p>活动由榆林市体育局主办</p><p>主办单位：榆林市体育局</p>";
    let filler = "<p>正文</p>".repeat(60);
    let page =
        format!("{article}{filler}<div class=footer><p>主办单位：榆林市人民政府</p><p>陕ICP备05000123号</p></div>");
    let found: Vec<_> = read(&page).sponsor.into_iter().map(|s| s.value).collect();
    assert_eq!(found, ["榆林市人民政府"]);
    let unnamed = format!("{article}{filler}<p>主办单位：榆林市人民政府</p><p>陕ICP备05000123号</p>");
    let found: Vec<_> = read(&unnamed).sponsor.into_iter().map(|s| s.value).collect();
    assert_eq!(found, ["榆林市人民政府"]);
}

#[test]
fn contact_and_site_map_are_found() {
    for (html, expected) in [
        ("<p>联系我们</p>", true),
        ("<p>电　话：0912-3893000</p>", true),
        ("<p>联系方式：0912-3893000</p>", true),
        ("<p>地 址：榆林市青山路1号</p>", true),
        ("<p>0912-3893000</p>", true),
        ("<p>E-mail：a@test.gov.cn</p>", true),
        ("<a href='mailto:a@test.gov.cn'><img src=x></a>", true),
        ("<p>主办：榆林市人民政府 承办：榆林市信息中心</p>", false),
        ("<p>手机版 技术支持：某公司</p>", false),
    ] {
        assert_eq!(!read(&format!("<div class=footer>{html}</div>")).contact.is_empty(), expected, "{html}");
    }
    for (html, expected) in [
        ("<a href='/map.html'>网站地图</a>", true),
        ("<a href='/sitemap.xml'><img alt=m></a>", true),
        ("<a href='/m'>站点地图</a>", true),
        ("<a href='/map.html'>电子地图</a>", false),
    ] {
        assert_eq!(!read(html).sitemap.is_empty(), expected, "{html}");
    }
}

#[test]
fn a_contact_ends_where_the_next_field_begins() {
    let values = |line: &str| -> Vec<String> {
        read(&format!("<div class=footer><p>{line}</p></div>")).contact.into_iter().map(|c| c.value).collect()
    };
    for (line, expected) in [
        ("电话：0912-3893000 陕公网安备 61080202000240号", &["电话:0912-3893000"][..]),
        ("E-mail：a@test.gov.cn 陕ICP备05000001号 网站标识码：6108000013", &["E-mail:a@test.gov.cn"]),
        ("地址：某市青山路1号 邮编：719000政府网站标识码：6108000013", &["地址:某市青山路1号", "邮编:719000"]),
        ("联系电话：0912-3893000 电子邮箱：b@test.gov.cn", &["联系电话:0912-3893000", "邮箱:b@test.gov.cn"]),
        ("地址：某市青山路1号 主办单位：某市人民政府", &["地址:某市青山路1号"]),
    ] {
        assert_eq!(values(line), expected, "{line}");
    }
}
