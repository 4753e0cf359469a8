use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;

use super::super::fixtures::{labels, problem};
use super::super::form::{Annex, Coverage, FormOptions};
use super::*;

fn options(annex: Annex) -> FormOptions {
    FormOptions {
        office: "榆林市人民政府办公室".to_owned(),
        checksum: Some("7QF3-91KD-02XM@18204".to_owned()),
        coverage: Some(Coverage { planned: 54, covered: 53, undetermined: 1 }),
        ..FormOptions::new(annex, date(2020, 5, 12))
    }
}

fn open(file: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(file)).unwrap()
}

fn book(problems: &[ProblemView]) -> Xlsx<Cursor<Vec<u8>>> {
    let spec = FormSpec::build(&options(Annex::One), problems);
    open(build(&spec, problems, &labels()).unwrap())
}

fn text_at(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, row: u32, column: u32) -> String {
    let range = book.worksheet_range(sheet).unwrap();
    range.get_value((row, column)).map(Data::to_string).unwrap_or_default()
}

#[test]
fn form_sheet_carries_the_annex_as_printed() {
    let mut book = book(&[problem(1), problem(2)]);
    assert_eq!(book.sheet_names(), ["附件1", "数据", "依据与证据", "填表说明", "_meta"]);
    assert_eq!(text_at(&mut book, "附件1", 2, 0), "主办单位（盖章）：榆林市人民政府办公室");
    assert_eq!(text_at(&mut book, "附件1", 2, 3), "填表时间：2020年5月12日");
    assert_eq!(text_at(&mut book, "附件1", 3, 2), "存在问题");
    assert_eq!(text_at(&mut book, "附件1", 5, 4), "2020年7月31日前");
    assert_eq!(text_at(&mut book, "附件1", 8, 0), "台账校验码：7QF3-91KD-02XM@18204");
}

#[test]
fn data_sheet_has_codes_as_text_and_true_dates() {
    let mut book = book(&[problem(1)]);
    let range = book.worksheet_range("数据").unwrap();
    assert_eq!(range.get_value((1, 0)), Some(&Data::String("610800-2020-00001".to_owned())));
    assert_eq!(range.get_value((1, 1)), Some(&Data::String("6108000001".to_owned())));
    let head = (0..27).find(|c| range.get_value((0, *c)).unwrap() == "整改时限").unwrap();
    let due = range.get_value((1, head)).unwrap();
    assert!(matches!(due, Data::DateTime(_)), "{due:?}");
    // Day 44043 of the spreadsheet calendar is 2020-07-31.
    assert_eq!(due.get_datetime().unwrap().as_f64(), 44043.0);
}

#[test]
fn form_data_and_meta_hold_the_same_rows_in_the_same_order() {
    let problems: Vec<_> = [3, 1, 2].map(problem).into();
    let mut book = book(&problems);
    let numbers = |book: &mut Xlsx<_>, sheet: &str, from: u32, column: u32| -> Vec<String> {
        (from..from + 3).map(|row| text_at(book, sheet, row, column)).collect()
    };
    let expected: Vec<String> = (1..=3).map(|n| problem(n).number).collect();
    assert_eq!(numbers(&mut book, "数据", 1, 0), expected);
    assert_eq!(numbers(&mut book, "依据与证据", 1, 0), expected);
    assert_eq!(numbers(&mut book, "_meta", 7, 1), expected);
    assert_eq!(text_at(&mut book, "_meta", 3, 1), "7QF3-91KD-02XM@18204");
}

#[test]
fn row_checksum_changes_with_any_printed_cell() {
    let spec = FormSpec::build(&options(Annex::One), &[problem(1)]);
    let mut changed = spec.rows[0].clone();
    changed.measure.push('。');
    assert_ne!(data::row_checksum(&spec.rows[0]), data::row_checksum(&changed));
}

#[test]
fn empty_list_prints_one_row_saying_so() {
    let mut book = book(&[]);
    let said = text_at(&mut book, "附件1", 4, 0);
    assert!(said.starts_with("经排查，未发现问题\n应查站点54个"), "{said}");
}

#[test]
fn texts_too_long_for_a_page_point_to_the_data_sheet_where_they_are_whole() {
    let mut long = problem(1);
    long.text = "首页长时间未更新。".repeat(400);
    let whole = long.text.clone();
    let mut book = book(&[long]);
    assert!(text_at(&mut book, "附件1", 4, 2).ends_with("……（全文见“数据”表）"));
    assert_eq!(text_at(&mut book, "数据", 1, 12), whole);
}

#[test]
fn texts_beyond_a_cells_limit_are_cut_and_say_so() {
    let mut endless = problem(1);
    endless.text = "𠮷".repeat(40_000);
    let mut book = book(&[endless]);
    let kept = text_at(&mut book, "数据", 1, 12);
    assert!(kept.ends_with("……（过长，未全部列出）"));
    assert!(kept.encode_utf16().count() <= 32_767);
}

#[test]
fn same_input_gives_the_same_bytes() {
    let spec = FormSpec::build(&options(Annex::One), &[problem(1)]);
    let make = || build(&spec, &[problem(1)], &labels()).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn escapes_of_the_format_inside_texts_are_not_decoded() {
    let mut tricky = problem(1);
    tricky.text = "_x003D_1+1 和 _x0041_x0042_ 和 _x12".to_owned();
    let expected = tricky.text.clone();
    let mut book = book(&[tricky]);
    assert_eq!(text_at(&mut book, "数据", 1, 12), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn arbitrary_text_is_never_a_formula_and_comes_back_as_it_was_cleaned(
        said in "[=+@\t\r\n-]{0,2}(\\PC|\\u{0}|\\u{b}|\\u{1f}){0,40}", name in any::<String>(),
    ) {
        let mut hostile = problem(1);
        hostile.text = said.clone();
        hostile.site_name = name;
        hostile.measure = format!("={said}");
        hostile.number = "=cmd|' /C calc'!A0".to_owned();
        let mut book = book(&[hostile]);
        for sheet in book.sheet_names() {
            prop_assert!(book.worksheet_formula(&sheet).unwrap().used_cells().next().is_none());
        }
        prop_assert_eq!(text_at(&mut book, "数据", 1, 12), text::clean(&said));
    }
}
