use super::*;
use Grade::{Impossible, NotFiling, Valid};
use NumberKind::{Filing, Licence, Malformed, Placeholder};

type Expected = [(&'static str, NumberKind, Grade)];

fn check(cases: &[(&str, &Expected)]) {
    for (html, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(n, k, g)| ((*n).to_owned(), *k, *g)).collect();
        assert_eq!(brief(&read(html).icp), expected, "{html}");
    }
}

#[test]
fn filings_are_read_in_every_way_they_are_written() {
    let plain: &Expected = &[("陕ICP备05000123号", Filing, Valid)];
    let first: &Expected = &[("陕ICP备05000123号-1", Filing, Valid)];
    let third: &Expected = &[("陕ICP备05000123号-3", Filing, Valid)];
    let ten: &Expected = &[("粤ICP备2022092331号-1", Filing, Valid)];
    check(&[
        ("<p>陕ICP备05000123号</p>", plain),
        ("<p>陕ICP备05000123</p>", plain),
        ("<p>陕icp备05000123号</p>", plain),
        ("<p>陕ICP备字05000123号</p>", plain),
        ("<p>陕ICP备案05000123号</p>", plain),
        ("<p>陕ICP备：05000123号</p>", plain),
        ("<p>陕ICP备:05000123 号</p>", plain),
        ("<p>陕ICP备&nbsp;05000123号</p>", plain),
        ("<p>陕ICP备&nbsp05000123号</p>", plain),
        ("<p>陕&#12288;ICP&#8195;备 05000123 号</p>", plain),
        ("<p>陕ＩＣＰ备０５０００１２３号</p>", plain),
        ("<p>陝ICP備05000123號</p>", plain),
        ("<p>陕I\u{200b}CP备0500\u{feff}0123号</p>", plain),
        ("<p>陕ICP备0500 0123号</p>", plain),
        ("<p>(陕)ICP备05000123号</p>", plain),
        ("<p>陕<span>ICP</span>备<b>05000123</b><i>号</i></p>", plain),
        ("<p>陕ICP备<a href='#'>05000123号</a></p>", plain),
        ("<div>陕ICP备</div><div>05000123号</div>", plain),
        ("<table><tr><td>备案号：陕ICP备</td><td>05000123号</td></tr></table>", plain),
        ("<p>© 2024 榆林市人民政府陕ICP备05000123号京公网安备</p>", plain),
        ("<p>陕ICP备05000123号.</p>", plain),
        ("<p>陕ICP备05000123号-</p>", plain),
        ("<p>陕ICP备05000123号 - 2019-2024</p>", plain),
        ("<p>陕ICP备05000123号-2019年</p>", plain),
        ("<p>陕ICP备05000123号 电话 0912-3893000</p>", plain),
        ("<p>陕ICP备05000123号-1</p>", first),
        ("<p>陕 ICP 备 05000123 号 -1</p>", first),
        ("<p>陕ICP备05000123号－1</p>", first),
        ("<p>陕ICP备05000123号—1</p>", first),
        ("<p>陕ICP备05000123-1</p>", first),
        ("<p>陕ICP备05000123-1号</p>", first),
        ("<p>陕ICP备05000123号-1.</p>", first),
        ("<p>陕ICP备05000123号-1Copyright</p>", first),
        ("<p>陕ICP备05000123号-1 2024</p>", first),
        ("<p>陕ICP备05000123号-3号</p>", third),
        ("<p>粤ICP备2022092331号-1</p>", ten),
        ("<p>粤ICP备<em>2022092331</em>号<em>-1</em></p>", ten),
        ("<p>鲁ICP备2021022006号-4A</p>", &[("鲁ICP备2021022006号-4A", Filing, Valid)]),
        ("<p>京ICP备010001号</p>", &[("京ICP备010001号", Filing, Valid)]),
        ("<p>沪ICP备05014803 19</p>", &[("沪ICP备05014803号", Filing, Valid)]),
        ("<p>云ICP备05000123号</p>", &[("云ICP备05000123号", Filing, Valid)]),
    ]);
}

#[test]
fn labels_are_no_part_of_the_number_and_no_number() {
    let plain: &Expected = &[("冀ICP备10007376号-4", Filing, Valid)];
    check(&[
        ("<p>ICP备案序号：冀ICP备10007376号-4</p>", plain),
        ("<p>工信部ICP备案号:冀ICP备10007376号-4</p>", plain),
        ("<p>ICP备：冀ICP备10007376号-4</p>", plain),
        ("<p>ICP证：冀ICP备10007376号-4</p>", plain),
        ("<p>备案/许可证号码：冀ICP备10007376号-4</p>", plain),
        ("<p>备案证编号：冀ICP备10007376号-4</p>", plain),
        ("<p>公网安备案号冀ICP备10007376号-4</p>", plain),
        ("<p>ICP备案号：</p><p>冀ICP备10007376号-4</p>", plain),
        ("<p>ICP备案号：</p><p>地址：榆林市</p>", &[]),
        ("<p>什么是ICP备案？ICP备案 2023年起…</p>", &[]),
        ("<p>京ICP备{{ record }}号</p>", &[]),
        ("<p>举办ICP证书培训 2024</p>", &[]),
        ("<p class=icp-05000123>沪教Y6-20130022 [乙测资字32005078] 京a8-888888</p>", &[]),
    ]);
}

#[test]
fn licences_are_kept_apart() {
    check(&[
        ("<p>京ICP证030173号</p>", &[("京ICP证030173号", Licence, NotFiling)]),
        ("<p>ICP证:020001-5</p>", &[("ICP证:020001-5", Licence, NotFiling)]),
        ("<p>粤ICP证B2-20130469号</p>", &[("粤ICP证B2-20130469号", Licence, NotFiling)]),
        ("<p>粤B2-20090191-2</p>", &[("粤B2-20090191-2", Licence, NotFiling)]),
        ("<p>浙 B2-20181004</p>", &[("浙 B2-20181004", Licence, NotFiling)]),
        ("<p>闽ICP备B2-20050038</p>", &[("闽ICP备B2-20050038", Licence, NotFiling)]),
        ("<p>粤ICP备B2-20090059号-2</p>", &[("粤ICP备B2-20090059号", Licence, NotFiling)]),
        ("<p>增值电信业务经营许可证A2.B1.B2-20090001</p>", &[("A2.B1.B2-20090001", Licence, NotFiling)]),
        (
            "<p>沪ICP证：沪B2-20170116 | 沪ICP备14003370号</p>",
            &[("沪B2-20170116", Licence, NotFiling), ("沪ICP备14003370号", Filing, Valid)],
        ),
        ("<p>京ICP证xxxxxx号</p>", &[("京ICP证xxxxxx号", Placeholder, NotFiling)]),
        ("<p>型号AB2-200901912，货号TB2-20090191</p>", &[]),
    ]);
}

#[test]
fn templates_nobody_filled_are_placeholders() {
    for shown in [
        "冀ICP备111111号",
        "冀ICP备字xxxxxxxx号",
        "琼ICP备XXXXXXXX号-1",
        "陕ICP备130xxxx83号",
        "陕ICP备********号",
        "京ICP备12345678号",
        "京ICP备 1234567号",
        "京icp备888888号",
        "蒙ICP备66666",
        "豫ICP備00000000號-1",
        "豫ICP备05000000号",
        "豫ICP备2020000000号",
        "ICP备12345678号",
    ] {
        let found = brief(&read(&format!("<p>{shown}</p>")).icp);
        assert_eq!(found, [(shown.to_owned(), Placeholder, NotFiling)], "{shown}");
    }
}

#[test]
fn attempts_that_fit_no_form_are_kept() {
    for (html, shown) in [
        ("<p>宁ICP备:1218486号-1</p>", "宁ICP备:1218486号-1"),
        ("<p>沪ICP备字1504547</p>", "沪ICP备字1504547"),
        ("<p>京ICP备050123456号</p>", "京ICP备050123456号"),
        ("<p>湘ICP备:24320053609</p>", "湘ICP备:24320053609"),
        ("<p>萌ICP备20240101号</p>", "萌ICP备20240101号"),
        ("<p>ICP备13002433号</p>", "ICP备13002433号"),
        ("<p>ICP备案号：13002433</p>", "ICP备案号：13002433"),
        ("<p>京ICP备 | 联系我们</p>", "京ICP备"),
        ("<p>备案号：<a href='/'>-1</a></p>", "-1"),
        ("<p>网站备案号：05012345号</p>", "05012345号"),
    ] {
        assert_eq!(brief(&read(html).icp), [(shown.to_owned(), Malformed, NotFiling)], "{html}");
    }
    for (html, number) in [
        ("<p>苏ICP备45454512号</p>", "苏ICP备45454512号"),
        ("<p>苏ICP备00012345号</p>", "苏ICP备00012345号"),
        ("<p>湘ICP备4300000077号</p>", "湘ICP备4300000077号"),
    ] {
        assert_eq!(brief(&read(html).icp), [(number.to_owned(), Filing, Impossible)], "{html}");
    }
}

#[test]
fn two_numbers_side_by_side_are_two() {
    check(&[
        (
            "<p>京ICP备05000123号-14 京ICP备05000123号-17</p>",
            &[("京ICP备05000123号-14", Filing, Valid), ("京ICP备05000123号-17", Filing, Valid)],
        ),
        ("<p>京公安网安备 11010500896京ICP备</p>", &[("京ICP备", Malformed, NotFiling)]),
    ]);
}

#[test]
fn what_is_displayed_is_kept_as_displayed() {
    let mark = &read("<p>版权所有 滬ICP備１６０２７０６５號－2</p>").icp[0];
    assert_eq!(mark.shown, "滬ICP備１６０２７０６５號－2");
    assert_eq!(mark.normalised, "沪ICP备16027065号-2");
    assert_eq!(mark.place.excerpt, "版权所有 沪ICP备16027065号-2");
    let deep = &read("<div class='footer x'><p id=b><a>陕ICP备05000123号</a></p></div>").icp[0];
    assert_eq!(deep.place.selector, "p#b > a");
    assert!(deep.in_footer);
}
