use super::*;

#[test]
fn icp_links_are_graded() {
    use LinkGrade::*;
    for (href, grade) in [
        ("https://beian.miit.gov.cn/", Right),
        (" http://beian.miit.gov.cn ", Right),
        ("//beian.miit.gov.cn", Right),
        ("HTTPS://Beian.MIIT.gov.cn/#/Integrated/index", Right),
        ("http://www.beian.miit.gov.cn/state/outPortal/loginPortal.action", Right),
        ("javascript:window.open('https://beian.miit.gov.cn/')", Right),
        ("http://www.miitbeian.gov.cn", Retired),
        ("http://www.miibeian.gov.cn/publish/query/indexFirst.action", Retired),
        ("http://xcainfo.miitbeian.gov.cn/state/outPortal", Retired),
        ("http://www.beian.gov.cn/portal/registerSystemInfo", WrongService),
        ("https://beian.mps.gov.cn/", WrongService),
        ("https://beian.aliyun.com/order/x?siteId=1", WrongHost),
        ("beian.miit.gov.cn", WrongHost),
        ("http://http://beian.miit.gov.cn", WrongHost),
        ("http://notbeian.miit.gov.cn.example.com/", WrongHost),
        ("/icp.html", WrongHost),
        ("#", Dead),
        ("#top", Dead),
        ("/", Dead),
        ("", Dead),
        ("javascript:;", Dead),
        ("javascript:void(0)", Dead),
        ("https://www.test.gov.cn/zwgk/", Dead),
    ] {
        let marks = read(&format!("<p><a href=\"{href}\">陕ICP备05000123号</a></p>"));
        assert_eq!(marks.icp[0].link.grade, grade, "{href}");
        assert!(href.contains(&marks.icp[0].link.href), "{href}");
    }
}

#[test]
fn police_links_are_graded_by_host_and_code() {
    use LinkGrade::*;
    for (href, grade) in [
        ("https://beian.mps.gov.cn/#/query/webSearch?code=61080002000123", Right),
        ("https://beian.mps.gov.cn/#/query/webSearch", NoCode),
        ("https://beian.mps.gov.cn/#/query/webSearch?code=61080002000124", CodeDiffers),
        ("http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=61080002000123", Retired),
        ("http://www.beian.gov.cn/portal/registerSystemInfo", Retired),
        ("http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=61080002000124", CodeDiffers),
        ("https://www.beian.gov.cn//www.test.gov.cn/registerSystemInfo?recordcode=61080002000123", Retired),
        ("https://beian.miit.gov.cn/", WrongService),
        ("http://www.gzjd.gov.cn/wlaqjc/open/validateSite.do", WrongHost),
        ("#", Dead),
    ] {
        let marks = read(&format!("<p><a href='{href}'><img src=ga.png>陕公网安备 61080002000123号</a></p>"));
        assert_eq!(marks.psb[0].link.grade, grade, "{href}");
    }
}

#[test]
fn the_link_of_a_number_may_hold_only_a_part_of_it_or_stand_beside_it() {
    use LinkGrade::*;
    let right = "https://beian.miit.gov.cn";
    for (html, grade) in [
        ("<p>陕ICP备<a href='https://beian.miit.gov.cn'>05000123号</a></p>", Right),
        ("<p><a href='https://beian.miit.gov.cn'>陕ICP备</a>05000123号</p>", Right),
        ("<p><a href='https://beian.miit.gov.cn'>ICP备案号：</a>陕ICP备05000123号</p>", Right),
        ("<p><a href='https://beian.miit.gov.cn'><img src=icp.png></a>陕ICP备05000123号</p>", Right),
        ("<p><span onclick=\"window.open('https://beian.miit.gov.cn')\">陕ICP备05000123号</span></p>", Right),
        ("<p><a href='/'>首页</a> 陕ICP备05000123号</p>", None),
        ("<p><a href='http://www.other.com/'><img src=icp.png></a>陕ICP备05000123号</p>", None),
        ("<p>陕ICP备05000123号</p>", None),
    ] {
        let link = &read(html).icp[0].link;
        assert_eq!(link.grade, grade, "{html}");
        assert_eq!(link.href, if grade == None { "" } else { right }, "{html}");
    }
}

#[test]
fn the_true_address_may_sit_in_another_attribute() {
    let html = "<a href='javascript:;' url='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=31023002000215'>沪公网安备 31023002000215号</a>";
    let link = &read(html).psb[0].link;
    assert_eq!(link.grade, LinkGrade::Retired);
    assert!(link.href.ends_with("recordcode=31023002000215"));
}

#[test]
fn each_of_two_numbers_takes_its_own_link() {
    let marks = read(
        "<p><a href='https://beian.miit.gov.cn/'>陕ICP备05000123号</a><a href='https://beian.mps.gov.cn/#/query/webSearch?code=61080002000123'>陕公网安备61080002000123号</a></p>",
    );
    assert_eq!(marks.icp[0].link.grade, LinkGrade::Right);
    assert_eq!(marks.psb[0].link.grade, LinkGrade::Right);
}
