use std::io::Read;

use jiff::civil::date;
use proptest::prelude::*;

use super::super::fixtures::{is_well_formed, problem};
use super::super::form::{Annex, Coverage, FormOptions, FormSpec};
use super::*;

fn options() -> FormOptions {
    FormOptions {
        office: "榆林市人民政府办公室".to_owned(),
        checksum: Some("7QF3-91KD-02XM@18204".to_owned()),
        coverage: Some(Coverage { planned: 54, covered: 53, undetermined: 1 }),
        ..FormOptions::new(Annex::One, date(2020, 5, 12))
    }
}

fn part(file: &[u8], name: &str) -> String {
    let mut container = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut body = String::new();
    container.by_name(name).unwrap().read_to_string(&mut body).unwrap();
    body
}

fn document_of(options: &FormOptions, rows: u32) -> String {
    let problems: Vec<_> = (1..=rows).map(problem).collect();
    part(&build(&FormSpec::build(options, &problems)).unwrap(), "word/document.xml")
}

#[test]
fn every_part_is_well_formed_and_listed_in_the_content_types() {
    let spec = FormSpec::build(&FormOptions { draft: true, ..options() }, &[problem(1)]);
    let file = build(&spec).unwrap();
    let types = part(&file, "[Content_Types].xml");
    let mut container = zip::ZipArchive::new(Cursor::new(&file)).unwrap();
    assert_eq!(container.by_index(0).unwrap().name().unwrap(), "[Content_Types].xml");
    let names: Vec<String> = container.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert_eq!(names.len(), 11);
    for name in &names {
        assert!(is_well_formed(&part(&file, name)), "{name}");
        let listed = types.contains(&format!("PartName=\"/{name}\""));
        assert!(listed || name.ends_with(".rels") || name == "[Content_Types].xml", "{name}");
    }
}

#[test]
fn table_repeats_its_head_keeps_rows_whole_and_has_the_width_of_the_body() {
    let body = document_of(&options(), 3);
    assert_eq!(body.matches("<w:tblHeader/>").count(), 1);
    assert_eq!(body.matches("<w:cantSplit/>").count(), 4);
    assert!(body.contains("<w:tblLayout w:type=\"fixed\"/>"));
    let widths: Vec<i64> =
        body.split("<w:gridCol w:w=\"").skip(1).map(|rest| rest[..rest.find('"').unwrap()].parse().unwrap()).collect();
    assert_eq!(widths.len(), 5);
    let mm: Vec<i64> = widths.iter().map(|w| (*w as f64 * 25.4 / 1440.0).round() as i64).collect();
    assert_eq!(mm, [12, 45, 75, 65, 28]);
    assert!((widths.iter().sum::<i64>() - 12756).abs() <= 2);
}

#[test]
fn page_is_a4_landscape_with_the_turned_standard_margins() {
    let body = document_of(&options(), 1);
    assert!(body.contains("<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>"));
    assert!(body.contains("w:top=\"1587\" w:right=\"2098\" w:bottom=\"1474\" w:left=\"1984\""));
}

#[test]
fn every_run_names_its_east_asian_face() {
    let body = document_of(&options(), 3);
    let runs = body.matches("<w:r>").count();
    assert!(runs > 20);
    assert_eq!(runs, body.matches("w:eastAsia=").count());
}

#[test]
fn page_number_field_is_made_of_separate_runs() {
    let file = build(&FormSpec::build(&options(), &[])).unwrap();
    let footer = part(&file, "word/footer1.xml");
    let order =
        ["— ", "\"begin\"", "> PAGE <", "\"separate\"", "\"end\"", " —"].map(|piece| footer.find(piece).unwrap());
    assert!(order.is_sorted());
    assert_eq!(footer.matches("<w:r>").count(), 7);
}

#[test]
fn empty_list_still_has_one_row_with_the_coverage() {
    let body = document_of(&options(), 0);
    assert_eq!(body.matches("<w:tr>").count(), 2);
    assert!(body.contains("经排查，未发现问题"));
    assert!(body.contains("应查站点54个，已查53个，无法判定1个"));
}

#[test]
fn long_office_names_leave_room_for_the_seal_by_moving_the_date_down() {
    let near = document_of(&options(), 1);
    assert!(near.contains("<w:tab/></w:r><w:r>"));
    let far = FormOptions { office: "市".repeat(30), ..options() };
    let body = document_of(&far, 1);
    assert!(body.contains("<w:pStyle w:val=\"HeadLine\"/><w:jc w:val=\"right\"/>"));
}

#[test]
fn draft_mark_is_only_on_drafts() {
    let plain = build(&FormSpec::build(&options(), &[problem(1)])).unwrap();
    let draft = build(&FormSpec::build(&FormOptions { draft: true, ..options() }, &[problem(1)])).unwrap();
    assert!(!zip::ZipArchive::new(Cursor::new(&plain)).unwrap().file_names().any(|n| n.unwrap().contains("header")));
    assert!(part(&draft, "word/header1.xml").contains("string=\"草稿\""));
    assert!(part(&draft, "word/document.xml").contains("headerReference"));
}

#[test]
fn same_form_gives_the_same_bytes() {
    let spec = FormSpec::build(&options(), &[problem(1), problem(2)]);
    assert_eq!(build(&spec).unwrap(), build(&spec).unwrap());
}

#[test]
fn row_that_no_page_could_hold_may_split() {
    let mut long = problem(1);
    long.text = "首页长时间未更新。".repeat(300);
    let spec = FormSpec::build(&options(), &[long, problem(2)]);
    let body = part(&build(&spec).unwrap(), "word/document.xml");
    assert_eq!(body.matches("<w:cantSplit/>").count(), 2);
}

#[test]
fn crowded_tables_are_set_in_the_smaller_size_throughout() {
    let roomy = FormSpec::build(&options(), &[problem(1)]);
    assert_eq!(document::body_size(&roomy), parts::XIAO_SI);
    let mut long = problem(2);
    long.text = "首页底部未标注ICP备案编号和公安机关备案标识，".repeat(6);
    let crowded = FormSpec::build(&options(), &[problem(1), long]);
    assert_eq!(document::body_size(&crowded), parts::WU_HAO);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn arbitrary_text_gives_well_formed_parts(said in any::<String>(), name in ".{0,30}", office in any::<String>()) {
        let mut hostile = problem(1);
        hostile.text = format!("{said}<w:p>]]>&\u{0}\u{b}\u{fffe}");
        hostile.site_name = name;
        hostile.measure = said;
        let spec = FormSpec::build(&FormOptions { office, draft: true, ..options() }, &[hostile]);
        let file = build(&spec).unwrap();
        for name in ["word/document.xml", "docProps/core.xml", "word/header1.xml"] {
            prop_assert!(is_well_formed(&part(&file, name)), "{}", name);
        }
        prop_assert_eq!(part(&file, "word/document.xml").matches("<w:tr>").count(), 2);
    }
}
