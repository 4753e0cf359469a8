use super::super::types::{Marks, PageFacts};
use super::super::{PageInput, read, read_json, read_script};

const URL: &str = "https://www.test.gov.cn/";

fn page(html: &str) -> PageFacts {
    read(&PageInput {
        bytes: html.as_bytes(),
        url: URL,
        content_type: Some("text/html; charset=utf-8"),
        fragment: false,
    })
}

/// What the ranges of the numbers, codes and sponsors cut out of the source.
fn cuts<'s>(source: &'s str, marks: &Marks) -> Vec<&'s str> {
    let places = marks.icp.iter().chain(&marks.psb).map(|m| &m.place);
    let places = places.chain(marks.codes.iter().map(|m| &m.place)).chain(marks.sponsor.iter().map(|m| &m.place));
    places.map(|p| p.range.clone().map_or("", |r| &source[r])).collect()
}

#[test]
fn ranges_cut_the_mark_out_of_the_source() {
    for (html, expected) in [
        ("<p>x</p><p>陕ICP备05000001号-1</p>", vec!["陕ICP备05000001号-1"]),
        ("<p>陕ICP备&nbsp;05000001 号</p>", vec!["陕ICP备&nbsp;05000001 号"]),
        (
            "<p>京<span>ICP</span>备<span>19054529</span>号<span>-1</span></p>",
            vec!["京<span>ICP</span>备<span>19054529</span>号<span>-1"],
        ),
        ("<p>陕ICP备0500<b>0001</b>号</p>", vec!["陕ICP备0500<b>0001</b>号"]),
        ("<p>陕ICP备&#48;5000001号</p>", vec!["陕ICP备&#48;5000001号"]),
        ("<p>粤ＩＣＰ备０５００００００１号</p>", vec!["粤ＩＣＰ备０５００００００１号"]),
        ("<a href='?recordcode=61080002000001'>陕公网安备 61080002000001号</a>", vec!["陕公网安备 61080002000001号"]),
        ("<!-- 陕ICP备05000001号 --><img alt='陕ICP备05000001号'>", vec!["陕ICP备05000001号", "陕ICP备05000001号"]),
        ("<p>网站标识码：6108000001　主办单位：榆林市人民政府办公室</p>", vec!["6108000001", "榆林市人民政府办公室"]),
        ("<script>document.write('<p>陕ICP备' + '05000001号</p>')</script>", vec!["陕ICP备' + '05000001号"]),
    ] {
        let facts = page(html);
        assert_eq!(cuts(html, &facts.marks), expected, "{html}");
    }
}

#[test]
fn the_same_number_in_several_places_has_several_ranges() {
    let html = "<title>t</title><div class=foot><img alt='陕ICP备05000001号' src=a>\
                <p><a href='#'>陕ICP备05000001号</a></p><p><a href='/x'>陕ICP备05000001号</a></p></div>";
    let facts = page(html);
    let mut starts: Vec<usize> =
        facts.marks.icp.iter().filter_map(|m| m.place.range.clone()).map(|r| r.start).collect();
    assert_eq!(starts.len(), facts.marks.icp.len());
    starts.dedup();
    assert_eq!(starts.len(), facts.marks.icp.len(), "{:?}", facts.marks.icp);
    assert!(starts.iter().all(|s| *s > html.find("<p>").unwrap_or(0)), "text, not the alternative text");
}

#[test]
fn badges_metas_and_contacts_have_ranges() {
    let html = "<meta name='SiteIDCode' content='6108000001'><div class=foot>\
                <a href='//bszs.conac.cn/sitename?method=show&amp;id=0123456789ABCDEF0123456789ABCDEF'><img src=red.png></a>\
                <script id=_jiucuo_ sitecode='6108000001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>\
                <p>联系电话：0912-3525000 <a href=/wzdt>网站地图</a></p></div>";
    let marks = page(html).marks;
    let cut = |p: &super::Place| p.range.clone().map(|r| &html[r]).unwrap_or_default();
    assert_eq!(
        cut(&marks.conac[0].place),
        "//bszs.conac.cn/sitename?method=show&amp;id=0123456789ABCDEF0123456789ABCDEF"
    );
    assert_eq!(cut(&marks.jiucuo[0].place), "https://zfwzgl.www.gov.cn/exposure/jiucuo.js");
    assert!(marks.codes.iter().all(|c| cut(&c.place) == "6108000001"));
    assert_eq!(cut(&marks.sitemap[0].place), "网站地图");
    assert!(cut(&marks.contact[0].place).contains("3525000"));
}

#[test]
fn scripts_and_answers_have_ranges_of_their_own() {
    let script = "/* x */ document.writeln(\"<p>陕公网安备 61080002000001号</p>\");";
    let facts = read_script(script.as_bytes(), "https://www.test.gov.cn/f.js", None, Some("utf-8"), URL);
    assert_eq!(cuts(script, &facts.marks), ["陕公网安备 61080002000001号"]);
    let answer = r#"{"a":1,"footer":"<p>陕ICP备05000001号</p>"}"#;
    let facts = read_json(answer.as_bytes(), "https://www.test.gov.cn/f.json", URL).expect("json");
    assert_eq!(cuts(answer, &facts.marks), ["陕ICP备05000001号"]);
}

#[test]
fn what_is_assembled_from_pieces_elsewhere_has_no_range() {
    let html =
        "<script>document.write(String.fromCharCode(38485)+'ICP'+unescape('%u5907')+'05'+'00'+'00'+'01')</script>";
    let facts = page(html);
    assert!(facts.marks.icp.iter().all(|m| m.place.range.is_none()), "{:?}", facts.marks.icp);
}

proptest::proptest! {
    #[test]
    fn every_range_lies_in_the_source(html in "(<[a-z/!]{1,6}( [a-z]{1,5}='[^']{0,8}')?>|&nbsp;|&#x?[0-9]{1,3};|陕ICP备|05000001|号|-1|陕公网安备|61080002000001|网站标识码：|6108000001|主办：榆林市政府|[ \n>;&<]){0,40}") {
        let marks = page(&html).marks;
        for place in marks.icp.iter().chain(&marks.psb).map(|m| &m.place).chain(marks.codes.iter().map(|m| &m.place)) {
            if let Some(range) = place.range.clone() {
                proptest::prop_assert!(html.get(range.clone()).is_some(), "{range:?}");
            }
        }
    }
}
