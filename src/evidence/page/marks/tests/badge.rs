use super::*;
use BadgeForm::*;

fn conac(html: &str) -> Vec<(BadgeForm, bool)> {
    read(html).conac.iter().map(|b| (b.form, b.visible)).collect()
}

fn jiucuo(html: &str) -> Vec<(BadgeForm, bool)> {
    read(html).jiucuo.iter().map(|b| (b.form, b.visible)).collect()
}

#[test]
fn the_office_badge_is_found_in_every_shape() {
    let id = "07BBE32157290F90E053022819AC8A23";
    let link = format!(
        "<a href='//bszs.conac.cn/sitename?method=show&amp;id={id}'><img src='//dcs.conac.cn/image/red.png'></a>"
    );
    let dead = "<div class=footer><a href=''><img src='/images/dzjgbs.png' alt=''></a></div>";
    for (html, expected) in [
        (
            "<script src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script>",
            vec![(Script, true)],
        ),
        (link.as_str(), vec![(Link, true)]),
        (
            &format!("<img src=red.png onclick=\"window.open('https://bszs.conac.cn/sitename?method=show&id={id}')\">"),
            vec![(Handler, true)],
        ),
        ("<div class='x j-gov' data-setting='{sitecode:6108000001}'></div>", vec![(Handler, true)]),
        ("<a href='https://bszs.conac.cn/sitename?method=searchIndex'><img src=a.png></a>", vec![(PictureOnly, true)]),
        (dead, vec![(PictureOnly, true)]),
        ("<div class=footer><img src='/imgs/gov_red.png' alt='某市人民政府'></div>", vec![(PictureOnly, true)]),
        ("<div class=footer><img src='/imgs/f1.png' alt='党政机关标志'></div>", vec![(PictureOnly, true)]),
        ("<div class=footer><i class='icon dzjg'></i></div>", vec![(PictureOnly, true)]),
        (
            "<!-- <script src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script> -->",
            vec![(Comment, false)],
        ),
        (&format!("<!-- {link} -->"), vec![(Comment, false)]),
        (
            "<div style='display:none'><script src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script></div>",
            vec![(Script, false)],
        ),
        ("<div class=conac><p>其他</p></div>", vec![]),
        ("<div class=footer><img src='/imgs/arrow_red.png'></div>", vec![]),
        ("<div class=footer><a href='http://www.conac.cn/'>政务和公益机构域名注册管理中心</a></div>", vec![]),
    ] {
        assert_eq!(conac(html), expected, "{html}");
    }
    assert_eq!(read(&link).conac[0].code, id);
}

#[test]
fn the_error_report_entry_is_found_in_every_shape() {
    for (html, expected) in [
        (
            "<script id=_jiucuo_ sitecode='6108000001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>",
            vec![(Script, true)],
        ),
        ("<script id='_jiucuo_' sitecode=6108000001>var s;</script>", vec![(Script, true)]),
        ("<script src='static/js/jiucuo.js'></script>", vec![(Script, true)]),
        (
            "<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=6108000001&url='><img src='data:image/png;base64,iV'></a>",
            vec![(Link, true)],
        ),
        (
            "<span id=_span_jiucuo><img onclick=\"Link('6108000001')\" src='/images/jiucuo.png'></span>",
            vec![(Handler, true)],
        ),
        ("<div class='j-jiucuo' data-setting='{sitecode:6108000001}'></div>", vec![(Handler, true)]),
        ("<p><a href='http://www.gov.cn/c125533/jbxxk.htm'>我为政府网站找错</a></p>", vec![(Link, true)]),
        ("<div class=foot><img src='/images/jiucuo.png'></div>", vec![(PictureOnly, true)]),
        ("<div class=foot><img src='/images/a.png' alt='政府网站找错'></div>", vec![(PictureOnly, true)]),
        (
            "<!--<script id=_jiucuo_ sitecode='6108000001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>-->",
            vec![(Comment, false)],
        ),
        (
            "<a style='display:none' href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=6108000001'><img src=j.png></a>",
            vec![(Link, false)],
        ),
        ("<iframe id=jiucuoPage src='/cms/pub/interact/jiucuo.htm'></iframe>", vec![]),
        ("<a id=leftjiucuo><i class=jiucuo></i></a>", vec![]),
    ] {
        assert_eq!(jiucuo(html), expected, "{html}");
    }
}

#[test]
fn hosts_the_service_left_are_retired() {
    for (address, retired) in [
        ("https://zfwzgl.www.gov.cn/exposure/jiucuo.js", false),
        ("//zfwzgl.www.gov.cn/exposure/jiucuo.js", false),
        ("js/jiucuo.js", false),
        ("http://pucha.kaipuyun.cn/exposure/jiucuo.js", true),
        ("//pucha.kaipuyun.cn/exposure/jiucuo.js", true),
        ("http://121.43.68.40/exposure/jiucuo.js", true),
    ] {
        let marks = read(&format!("<script id=_jiucuo_ src='{address}'></script>"));
        assert_eq!(marks.jiucuo[0].retired_host, retired, "{address}");
    }
}

#[test]
fn one_entry_with_two_codes_gives_both() {
    let marks = read(
        "<a href='http://pucha.kaipuyun.cn/exposure/jiucuo.html?site_code=3609250007&url=x'><img onclick=\"Link('4305000001')\" src='http://pucha.kaipuyun.cn/exposure/images/jiucuo.png?v=4305000001'></a>",
    );
    assert_eq!(marks.jiucuo.len(), 1);
    assert_eq!((marks.jiucuo[0].form, marks.jiucuo[0].code.as_str()), (Link, "3609250007"));
    let codes: Vec<_> = marks.codes.iter().map(|c| (c.shown.as_str(), c.origin)).collect();
    assert_eq!(codes, [("3609250007", CodeOrigin::Jiucuo), ("4305000001", CodeOrigin::Jiucuo)]);
}

#[test]
fn a_picture_beside_a_real_badge_says_nothing() {
    let html = "<div class=foot><script src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script><img class=conac src=conac.png></div>";
    assert_eq!(conac(html), [(Script, true)]);
    let hidden = "<div class=foot><div hidden><script src='//dcs.conac.cn/js/27/000/0000/40705256/CA270000000407052560004.js'></script></div><img src=conac.png></div>";
    assert_eq!(conac(hidden), [(Script, false), (PictureOnly, true)]);
}
