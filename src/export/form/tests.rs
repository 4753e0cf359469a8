use jiff::civil::date;
use proptest::prelude::*;

use super::super::fixtures::{at, problem};
use super::*;

fn options(annex: Annex) -> FormOptions {
    FormOptions::new(annex, date(2020, 5, 12))
}

fn staged(n: u32, stage: Stage) -> ProblemView {
    ProblemView { stage, ..problem(n) }
}

fn county(n: u32, unit: &str) -> ProblemView {
    ProblemView { unit_level: "county".to_owned(), unit_id: unit.to_owned(), unit: format!("{unit}县"), ..problem(n) }
}

fn numbers(spec: &FormSpec) -> Vec<&str> {
    spec.rows.iter().map(|r| &r.number[12..]).collect()
}

#[test]
fn only_unsolved_rows_are_printed() {
    let every = [
        Stage::Suspected,
        Stage::Unconfirmed,
        Stage::Open,
        Stage::Rectifying,
        Stage::AwaitingReview,
        Stage::Closed,
        Stage::Deferred,
        Stage::Dismissed,
    ];
    let problems: Vec<_> = every.iter().zip(1..).map(|(stage, n)| staged(n, *stage)).collect();
    assert_eq!(numbers(&FormSpec::build(&options(Annex::One), &problems)), ["00003", "00004", "00005", "00007"]);
    let all = FormOptions { suspected: true, closed: true, ..options(Annex::One) };
    assert_eq!(FormSpec::build(&all, &problems).rows.len(), 6);
}

#[test]
fn hints_are_never_printed() {
    let hint = ProblemView { severity: Severity::Hint, ..problem(1) };
    let all = FormOptions { suspected: true, closed: true, ..options(Annex::One) };
    assert!(FormSpec::build(&all, &[hint]).rows.is_empty());
}

#[test]
fn suspected_rows_are_marked_and_counted_when_left_out() {
    let suspected = [ProblemView { number: String::new(), due: None, ..staged(1, Stage::Suspected) }];
    let asked = FormSpec::build(&FormOptions { suspected: true, ..options(Annex::One) }, &suspected);
    assert!(asked.rows[0].problem.starts_with("【疑似】2020年5月6日"));
    assert_eq!(asked.rows[0].due, "核实后确定");
    let quiet = FormSpec::build(&options(Annex::One), &suspected);
    assert!(quiet.rows.is_empty());
    assert_eq!(quiet.coverage, "另有疑似问题1个正在核实，未列入本表。");
}

#[test]
fn each_annex_takes_its_own_units() {
    let problems = [problem(1), county(2, "定边")];
    assert_eq!(numbers(&FormSpec::build(&options(Annex::One), &problems)), ["00001"]);
    assert_eq!(numbers(&FormSpec::build(&options(Annex::Two), &problems)), ["00002"]);
}

#[test]
fn municipal_rows_go_by_severity_then_site_then_number() {
    let on = |n: u32, site: &str, severity| ProblemView { site: site.to_owned(), severity, ..problem(n) };
    let problems = [
        on(4, "a", Severity::General),
        on(3, "b", Severity::Serious),
        on(2, "a", Severity::General),
        on(1, "b", Severity::General),
        on(5, "z", Severity::Veto),
    ];
    let spec = FormSpec::build(&options(Annex::One), &problems);
    assert_eq!(numbers(&spec), ["00005", "00003", "00002", "00004", "00001"]);
    assert_eq!(spec.rows.iter().map(|r| r.order).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn county_rows_are_grouped_by_unit_in_register_order() {
    let mut serious = county(5, "绥德");
    serious.severity = Severity::Serious;
    let problems = [county(1, "绥德"), county(2, "定边"), serious, county(3, "府谷"), county(4, "定边")];
    let ordered = FormOptions { unit_order: vec!["府谷".to_owned(), "定边".to_owned()], ..options(Annex::Two) };
    let spec = FormSpec::build(&ordered, &problems);
    assert_eq!(numbers(&spec), ["00003", "00002", "00004", "00005", "00001"]);
}

#[test]
fn limits_are_printed_as_their_last_day() {
    let mut row = problem(1);
    assert_eq!(due(&row), "2020年7月31日前");
    row.due_provisional = true;
    assert_eq!(due(&row), "2020年7月31日前（暂定）");
    row.stage = Stage::Deferred;
    assert_eq!(due(&row), "2020年7月31日前（暂定，挂账）");
    row.due = Some(at("2020-05-08T06:00:00Z"));
    row.due_provisional = false;
    row.stage = Stage::Open;
    assert_eq!(due(&row), "2020年5月8日14:00前");
    row.due = None;
    assert_eq!(due(&row), "待定");
}

#[test]
fn closed_rows_print_the_day_they_were_closed() {
    let closed = ProblemView { closed_at: Some(at("2020-05-11T16:30:00Z")), ..staged(1, Stage::Closed) };
    assert_eq!(due(&closed), "已整改（5月12日）");
}

#[test]
fn nothing_found_is_said_only_after_something_was_examined() {
    let with = |coverage| FormSpec::build(&FormOptions { coverage, ..options(Annex::One) }, &[]).nothing;
    assert_eq!(with(Some(Coverage { planned: 9, covered: 8, undetermined: 1 })), "经排查，未发现问题");
    assert_eq!(with(Some(Coverage { planned: 9, covered: 0, undetermined: 9 })), "尚未完成排查，不作结论");
    assert_eq!(with(None), "尚未完成排查，不作结论");
}

#[test]
fn a_measure_that_nobody_confirmed_or_sent_out_makes_the_form_a_draft() {
    let mut row = ProblemView { measure_confirmed: false, ..problem(1) };
    let draft = |row: &ProblemView| FormSpec::build(&options(Annex::One), std::slice::from_ref(row)).draft;
    assert!(draft(&row) && !draft(&problem(1)));
    row.issued_at = Some(at("2020-05-07T01:00:00Z"));
    assert!(!draft(&row));
}

#[test]
fn widths_of_both_annexes_fill_the_body() {
    for annex in [Annex::One, Annex::Two] {
        assert_eq!(annex.columns().iter().map(|(_, mm)| mm).sum::<f64>(), 225.0);
    }
}

proptest! {
    #[test]
    fn cells_hold_no_control_characters_whatever_was_scanned(said in any::<String>(), name in any::<String>()) {
        let hostile = ProblemView { text: said.clone(), measure: said, site_name: name, ..problem(1) };
        let spec = FormSpec::build(&options(Annex::One), &[hostile]);
        let row = &spec.rows[0];
        prop_assert!(!row.name.is_empty() && !row.problem.is_empty());
        for cell in [&row.name, &row.problem, &row.measure] {
            prop_assert!(cell.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
