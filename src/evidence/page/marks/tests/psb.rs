use super::*;
use Grade::{Impossible, NotFiling, ProvinceConflict, Valid};
use NumberKind::{Filing, Legacy, Malformed, Placeholder};

type Expected = [(&'static str, NumberKind, Grade)];

fn check(cases: &[(&str, &Expected)]) {
    for (html, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(n, k, g)| ((*n).to_owned(), *k, *g)).collect();
        assert_eq!(brief(&read(html).psb), expected, "{html}");
    }
}

#[test]
fn filings_are_read_in_every_way_they_are_written() {
    let plain: &Expected = &[("陕公网安备61080002000123号", Filing, Valid)];
    check(&[
        ("<p>陕公网安备61080002000123号</p>", plain),
        ("<p>陕公网安备 61080002000123</p>", plain),
        ("<p>陕公网安备&nbsp;61080002000123号</p>", plain),
        ("<p>陕公网安备 ：61080002000123 号</p>", plain),
        ("<p>陕公网安备号 61080002000123</p>", plain),
        ("<p>陕公网安备号61080002000123号</p>", plain),
        ("<p>陕公网安备案号：61080002000123</p>", plain),
        ("<p>陕公网安备第61080002000123号</p>", plain),
        ("<p>陕公网安备（61080002000123）号</p>", plain),
        ("<p>(陕)公网安备61080002000123号</p>", plain),
        ("<p>陝公網安備61080002000123號</p>", plain),
        ("<p>陕公网安备６１０８０００２０００１２３号</p>", plain),
        ("<p>陕公安备：61080002000123号</p>", plain),
        ("<p>陕公网备案号61080002000123</p>", plain),
        ("<p>陕公安网备61080002000123号</p>", plain),
        ("<p>陕公安网安备61080002000123号</p>", plain),
        ("<p>陕公网安备6108000200 0123号</p>", plain),
        ("<p>陕公网安备<span>61080002000123</span>号</p>", plain),
        ("<p>陕公网安备</p><p>\n\t61080002000123号</p>", plain),
        ("<p>公安备案：陕公网安备61080002000123号</p>", plain),
        ("<p>川公网安备51090302000210号</p>", &[("川公网安备51090302000210号", Filing, Valid)]),
        ("<p>蜀公网安备51090302000210号</p>", &[("蜀公网安备51090302000210号", Filing, Valid)]),
        ("<p>甘公网安备62010002000210号</p>", &[("甘公网安备62010002000210号", Filing, Valid)]),
        ("<p>陕公网安备61019002002271号</p>", &[("陕公网安备61019002002271号", Filing, Valid)]),
        ("<p>新公网安备65010202000012号</p>", &[("新公网安备65010202000012号", Filing, Valid)]),
    ]);
}

#[test]
fn letter_and_digits_must_name_one_province() {
    check(&[
        ("<p>陕公网安备 34060002010001号</p>", &[("陕公网安备34060002010001号", Filing, ProvinceConflict)]),
        ("<p>沪公网安备 52038202001416号</p>", &[("沪公网安备52038202001416号", Filing, ProvinceConflict)]),
        ("<p>京公网安备99010502000416号</p>", &[("京公网安备99010502000416号", Filing, Impossible)]),
        ("<p>京公网安备：110105000744号</p>", &[("京公网安备110105000744号", Legacy, NotFiling)]),
        ("<p>陕公网安备110105006181号</p>", &[("陕公网安备110105006181号", Malformed, NotFiling)]),
    ]);
}

#[test]
fn numbers_without_the_proper_words_are_malformed_but_known() {
    let known: &Expected = &[("湘公网安备43010302000524号", Malformed, NotFiling)];
    check(&[
        ("<p>公安机关备案号：43010302000524</p>", known),
        ("<p>公安备案号 43010302000524</p>", known),
        ("<p>公安部备案号:43010302000524号</p>", known),
        ("<p>公安联网备案号：43010302000524</p>", known),
        ("<p>公网安备43010302000524号</p>", known),
        ("<p>最新公安备案号：43010302000524</p>", known),
        ("<p>公安备案号：湘43010302000524号</p>", known),
        (
            "<p><a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=43010302000524'>43010302000524号</a></p>",
            known,
        ),
        (
            "<p>西安市公安局网警支队备案：37010009000020</p>",
            &[("西安市公安局网警支队备案：37010009000020", Malformed, NotFiling)],
        ),
        ("<p>郑公备：41010029000130</p>", &[("郑公备：41010029000130", Malformed, NotFiling)]),
        ("<p>穗公网安备44010602000123号</p>", &[("穗公网安备44010602000123号", Malformed, NotFiling)]),
        ("<p>深公网安备4403300200123</p>", &[("深公网安备4403300200123", Malformed, NotFiling)]),
        ("<p>粤公网安备 5201314521号</p>", &[("粤公网安备 5201314521号", Malformed, NotFiling)]),
        ("<p>粤公网安备440106020062991号</p>", &[("粤公网安备440106020062991号", Malformed, NotFiling)]),
    ]);
}

#[test]
fn templates_nobody_filled_are_placeholders() {
    for shown in [
        "陕公网安备000000000000000号",
        "京公网安备案号：88888888",
        "陕公网安备61xxxx00119号",
        "公网安备XXXXXXXXXXXXXX号",
        "京公网安备12345678901234号",
        "京公网安备11010502000000号",
    ] {
        let found = brief(&read(&format!("<p>{shown}</p>")).psb);
        assert_eq!(found, [(shown.to_owned(), Placeholder, NotFiling)], "{shown}");
    }
}

#[test]
fn words_without_digits_are_read_from_the_link_or_called_malformed() {
    let linked = read(
        "<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=31011502009321'><img src=a.png> 沪公网安备</a>",
    );
    assert_eq!(brief(&linked.psb), [("沪公网安备31011502009321号".to_owned(), Malformed, NotFiling)]);
    assert_eq!((linked.psb[0].at, linked.psb[0].visible), (Where::Attribute, true));
    check(&[
        ("<div>ICP备案： 冀公网安备：</div>", &[("冀公网安备", Malformed, NotFiling)]),
        ("<p>公安备案</p><p>公网安备</p>", &[]),
        ("<img alt='京公网安备'><a title='蒙公网安备号'>x</a>", &[]),
        ("<p>京公网安备{{ code }}号</p>", &[]),
        ("<p>办公设备、公共安全备勤、公告备案 61080002000123</p>", &[]),
        ("<p>京公网安备：</p><p>地址：北京</p>", &[("京公网安备", Malformed, NotFiling)]),
    ]);
}
