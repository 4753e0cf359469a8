mod shapes;

use super::*;

fn page(html: &str) -> PageFacts {
    read(&PageInput {
        bytes: html.as_bytes(),
        url: "https://www.test.gov.cn/",
        content_type: Some("text/html; charset=utf-8"),
        fragment: false,
    })
}

#[test]
fn visible_text_leaves_out_what_nobody_sees() {
    let facts = page(
        "<title> 榆林市\n人民政府 </title><style>p{}</style><script>var a='脚本'</script><!-- 注释 -->\
         <p>第一<b>段</b></p><p style='display : none'>隐藏</p><div hidden>也隐藏</div><textarea>框</textarea>\
         <p>第二段&nbsp;&amp;<br>换行</p><noscript>无脚本</noscript>",
    );
    assert_eq!(facts.title, "榆林市 人民政府");
    assert_eq!(facts.text, "第一段\n第二段 &\n换行");
}

#[test]
fn the_footer_is_found_by_name_and_by_its_first_marker() {
    let named = page("<p>要闻</p><div class='page-footer'><p>版权所有</p><p>x</p></div>");
    assert_eq!(named.footer, "版权所有\nx");
    let unnamed = page(&format!("{}<p>网站地图</p><p>陕ICP备05000001号</p><p>尾</p>", "<p>要闻</p>".repeat(40)));
    assert!(unnamed.footer.contains("陕ICP备05000001号") && unnamed.footer.ends_with("尾"), "{}", unnamed.footer);
    assert!(unnamed.footer.lines().count() < 10);
}

#[test]
fn links_are_resolved_and_named_by_text_or_picture() {
    let facts = page(
        "<base href='/sub/'><a href=' a.html '>甲</a><a href='#'><img alt='乙' src=x></a><a href='javascript:;'>丙</a>",
    );
    let brief: Vec<_> = facts.links.iter().map(|l| (l.text.as_str(), l.url.as_deref(), l.href.as_str())).collect();
    assert_eq!(
        brief,
        [("甲", Some("https://www.test.gov.cn/sub/a.html"), "a.html"), ("乙", None, "#"), ("丙", None, "javascript:;")]
    );
}

#[test]
fn hops_a_browser_makes_by_itself_are_found() {
    let hop = |html: &str| page(html).client_hop.map(|h| (h.url, h.meta));
    let at = |path: &str, meta| Some((format!("https://www.test.gov.cn/{path}"), meta));
    assert_eq!(hop("<meta http-equiv='refresh' content='0; url=index.html'>"), at("index.html", true));
    assert_eq!(hop("<META HTTP-EQUIV=Refresh CONTENT=\"1;URL='/main/'\">"), at("main/", true));
    assert_eq!(hop("<meta http-equiv=refresh content='300'>"), None);
    assert_eq!(hop("<meta http-equiv=refresh content='60;url=/x'>"), None);
    assert_eq!(hop("<script>window.location.href='/zwgk/index.html'</script>"), at("zwgk/index.html", false));
    assert_eq!(hop(&format!("<script>location.href='/x'</script>{}", "<p>正文内容很多很多很多</p>".repeat(40))), None);
}

#[test]
fn resources_that_may_write_the_footer_are_named_likeliest_first() {
    let facts = page(
        "<script src='/js/jquery.min.js'></script><script src='/js/x.js' charset='gbk'></script><script src='/js/foot.js'></script>\
         <div id=f></div><script>$('#f').load('/inc/foot.html')</script><script src='//hm.baidu.com/hm.js'></script>",
    );
    let needs: Vec<_> =
        facts.needs.iter().map(|n| (n.url.trim_start_matches("https://www.test.gov.cn"), n.kind)).collect();
    assert_eq!(
        needs,
        [("/inc/foot.html", NeedKind::Fragment), ("/js/foot.js", NeedKind::Script), ("/js/x.js", NeedKind::Script)]
    );
    assert_eq!(facts.needs[2].charset.as_deref(), Some("gbk"));
}

#[test]
fn what_no_static_reading_can_see_is_said() {
    let why = |html: &str| page(html).opaque.iter().map(|o| o.why).collect::<Vec<_>>();
    assert_eq!(why("<div id=app></div><script src='/static/js/app.3f2a.js'></script>"), ["shell"]);
    assert_eq!(why("<p>正文</p><!--#include virtual='/foot.html'-->"), ["include"]);
    assert_eq!(why("<div id=footer></div><script>$('#footer').html(tpl(data))</script>"), ["write"]);
    assert!(why("<p>正文</p><div class=foot>主办单位：某局</div><script src='/js/jquery.js'></script><script>$('.t').html(x)</script>").is_empty());
}

#[test]
fn content_written_by_inline_scripts_is_part_of_the_page() {
    let facts = page(
        "<p>正文</p><script>document.write('<p class=x>主办单位：某局</p>');document.write('<p>地址</p>')</script>",
    );
    assert!(facts.text.ends_with("主办单位：某局\n地址"), "{}", facts.text);
    assert!(facts.footer.contains("主办单位：某局"));
}

#[test]
fn scripts_are_read_in_their_own_charset() {
    let gbk = [&b"document.write('"[..], &[0xd6, 0xf7, 0xb0, 0xec], &b"')"[..]].concat();
    let facts = read_script(&gbk, "https://a.gov.cn/f.js", None, Some("gbk"), "https://a.gov.cn/");
    assert_eq!(facts.text, "主办");
}

#[test]
fn hostile_pages_are_refused_or_read_never_worse() {
    assert!(matches!(page(&"<div>".repeat(20_000)).refused, Some(Refused::Depth(_))));
    assert!(matches!(page(&format!("<p {}>", "a ".repeat(60_000))).refused, Some(Refused::Attributes(_))));
    assert_eq!(page(&"\u{0}\u{1}\u{2}".repeat(500)).refused, Some(Refused::NotText));
    for html in [
        "",
        "<",
        "<!--",
        "<!-- <p>备",
        "<script>",
        "<a href=",
        "\u{0}<p>\u{0}",
        "<p><table><tr><p>",
        "<frameset><frame src=",
    ] {
        page(html);
    }
    let line = page(&format!("<p>{}</p>", "字".repeat(1_000_000)));
    assert_eq!(line.text.chars().count(), 1_000_000);
}

#[test]
fn a_page_of_endless_marks_is_read_within_bounds() {
    let numbers: String =
        (0..30_000).map(|i| format!("<p>陕ICP备{:08}号-{i} 电话：0912-{i:07}</p>", 5_000_000 + i)).collect();
    let facts = page(&format!("{numbers}<div class=foot><p>陕ICP备05999999号</p><a href=/wzdt>网站地图</a></div>"));
    assert!(facts.marks.icp.len() <= 2_000 && facts.marks.contact.len() <= 20);
    assert!(facts.marks.icp.iter().any(|m| m.shown == "陕ICP备05999999号"), "the last one stays");
    assert_eq!(facts.marks.sitemap.len(), 1);
    let linked = "<a href='http://www.beian.gov.cn/?recordcode=61080002000001'>";
    let line = page(&format!("{linked}{}</a>", "61080002000001 ".repeat(60_000)));
    assert!(line.marks.psb.len() <= 2_000);
    assert!(page(&format!("<script>{}</script>", "x.load(y[".repeat(100_000))).refused.is_none());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        read(&PageInput { bytes: &bytes, url: "https://a.gov.cn/", content_type: None, fragment: false });
    }

    #[test]
    fn any_markup_is_read_without_panic(html in "(<[a-z/!]{1,8}( [a-z]{1,6}(='[^']{0,10}')?){0,2}>|[陕ICP备号0-9 a-z&;:：-]{0,12}){0,30}") {
        page(&html);
    }
}
