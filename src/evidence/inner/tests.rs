use url::Url;

use super::*;

fn at(path: &str) -> Url {
    Url::parse("https://www.test.gov.cn/").unwrap().join(path).unwrap()
}

#[test]
fn addresses_tell_columns_from_articles() {
    for path in [
        "/xwzx/",
        "/zwgk/zcwj/",
        "/xwzx.htm",
        "/col/col12345/index.html",
        "/channel_123456.html",
        "/list_2.html",
        "/node_70001.htm",
        "/list.jsp?id=12",
    ] {
        assert_eq!(guess(at(path).path(), at(path).query().is_some()), Some(PageKind::Column), "{path}");
    }
    for path in [
        "/xwzx/ywdt/202605/t20260508_123456.html",
        "/info/1001/23.htm",
        "/art/2026/5/8/art_1234_5678.html",
        "/zhengce/content_5384134.htm",
        "/2026/05/08/17.shtml",
        "/content.jsp?id=12",
        "/detail.aspx?nid=77&cid=3",
    ] {
        assert_eq!(guess(at(path).path(), at(path).query().is_some()), Some(PageKind::Article), "{path}");
    }
    for path in ["/", "/app.jsp?x=1"] {
        assert_eq!(guess(at(path).path(), at(path).query().is_some()), None, "{path}");
    }
}

#[test]
fn one_template_has_one_shape() {
    let same = |a: &str, b: &str| assert_eq!(shape(&at(a)), shape(&at(b)));
    same("/xwzx/ywdt/202605/t20260508_123456.html", "/zwgk/zcwj/202512/t20251201_9.html");
    same("/xwzx/", "/zwgk/");
    same("/content.jsp?id=1&cid=2", "/content.jsp?cid=7&id=5");
    let differ = |a: &str, b: &str| assert_ne!(shape(&at(a)), shape(&at(b)));
    differ("/xwzx/", "/xwzx/ywdt/");
    differ("/list.jsp?id=1", "/content.jsp?id=1");
    differ("/a/1.htm", "/a/1.html");
}
