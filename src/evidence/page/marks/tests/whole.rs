//! Whole flows: visibility, copies, hostile input, and the labelled folder.

use super::super::super::flow::{Flow, Piece};
use super::super::super::score::score;
use super::*;

#[test]
fn what_is_not_shown_is_read_as_not_visible() {
    for (html, at, visible) in [
        ("<p>陕ICP备05000123号</p>", Where::Text, true),
        ("<p style='display:none'>陕ICP备05000123号</p>", Where::Text, false),
        ("<!-- <p>陕ICP备05000123号</p> -->", Where::Comment, false),
        ("<img alt='陕ICP备05000123号'>", Where::Alt, true),
        ("<a title='陕ICP备05000123号'>备案</a>", Where::Title, true),
    ] {
        let marks = read(html);
        let found: Vec<_> = marks.icp.iter().map(|m| (m.at, m.visible)).collect();
        assert_eq!(found, [(at, visible)], "{html}");
    }
}

#[test]
fn copies_are_dropped_and_differing_ones_kept() {
    let count = |html: &str| read(html).icp.iter().map(|m| (m.at, m.normalised.clone())).collect::<Vec<_>>();
    let number = || "陕ICP备05000123号-1".to_owned();
    let same = "<a href='#' title='陕ICP备05000123号-1'><img alt='陕ICP备05000123号-1'>陕ICP备05000123号-1</a>";
    assert_eq!(count(same), [(Where::Text, number())]);
    let differs = "<a title='陕ICP备05000123号'>陕ICP备05000123号-1</a>";
    assert_eq!(count(differs), [(Where::Title, "陕ICP备05000123号".to_owned()), (Where::Text, number())]);
    let twice = "<p>陕ICP备05000123号-1</p><p>陕ICP备05000123号-1</p>";
    assert_eq!(count(twice), [(Where::Text, number())]);
    let two_links = "<p><a href='#'>陕ICP备05000123号-1</a></p><p>陕ICP备05000123号-1</p>";
    assert_eq!(count(two_links).len(), 2);
    let hidden = "<p hidden>陕ICP备05000123号-1</p><img alt='陕ICP备05000123号-1'>";
    assert_eq!(count(hidden).len(), 2);
}

#[test]
fn flows_with_indices_that_lead_nowhere_are_read() {
    let piece = Piece {
        text: "陕ICP备05000123号 主办单位：榆林市人民政府 陕公网安备61080002000123号".into(),
        at: Where::Text,
        visible: true,
        in_footer: true,
        block: u32::MAX,
        anchor: Some(99),
        path: 99,
    };
    let flow = Flow { pieces: vec![piece], ..Flow::default() };
    let marks = find(&flow, "not an address", &[]);
    assert_eq!((marks.icp.len(), marks.psb.len(), marks.sponsor.len()), (1, 1, 1));
}

#[test]
fn long_hostile_lines_do_not_multiply_the_work() {
    for part in
        ["陕ICP备", "公安", "主办单位：", "网站标识码：", "1", "备案号：-1 ", "陕ICP备05000123号 ", "A2.", "电话"]
    {
        let text = part.repeat(20_000);
        let marks = read(&format!("<div class=footer>{text}</div>"));
        assert!(marks.icp.len() <= 20_000 && marks.sponsor.len() <= 20_000, "{part}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_without_panic(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "陕", "京", "I", "ICP", "备", "備", "案", "号", "証", "证", "：", ":", " ", "\u{a0}", "\u{200b}", "-", "－", "05000123", "2022092331",
                "x", "X", "*", "B2-20090191", "A2.B1", "公", "网", "安", "公网安备", "61080002000123", "网站标识码", "bm", "14000002", "主办", "单位",
                "榆林市人民政府", "承办", "(", ")", "<b>", "</b>", "<p>", "</p>", "<br>", "<a href='#'>", "</a>", "<!--", "-->", "电话", "0912-3893000", "㏑", "½",
            ]),
            0..40,
        )
    ) {
        let html = parts.concat();
        let marks = read(&html);
        for mark in marks.icp.iter().chain(&marks.psb) {
            assert!(!mark.shown.is_empty(), "{html}");
            assert!(mark.place.excerpt.chars().count() <= 120);
        }
    }
}

/// Measured against labelled pages where such a folder is at hand; the command `page score` prints the same report.
#[test]
fn labelled_pages_are_read_as_labelled() {
    let Some(folder) = std::env::var_os("XUNJIAN_CORPUS") else {
        println!("skipped: XUNJIAN_CORPUS names no folder with labels.jsonl");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let report = score(&labels, &|name| std::fs::read(folder.join(name)).ok());
    println!("{}", report.text);
    assert!(report.unusable.is_empty(), "{:?}", report.unusable);
    for (field, least) in
        [("icp", 0.995), ("psb", 0.995), ("site_code", 0.99), ("conac", 0.98), ("jiucuo", 0.98), ("sponsor", 0.95)]
    {
        let tally = report.field(field);
        assert!(tally.precision() >= least && tally.recall() >= least, "{field}: {tally:?}");
    }
}
