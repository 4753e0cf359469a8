//! Sheets as units send them back: ours filled in, moved about, typed anew, and wrong.

use jiff::civil::date;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::selfcheck::{Answer, SelfCheck, read};
use super::{Mistake, SheetError, problems};
use crate::export;
use crate::rule::{Question, RuleSet};

fn rules() -> RuleSet {
    RuleSet::embedded(&[]).expect("the rules inside the program")
}

/// A sheet typed by somebody: title rows, a head row, rows.
fn typed(above: &[&[&str]], head: &[&str], rows: &[Vec<&str>]) -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").expect("name").write_string(0, 0, "请勿改动").expect("cell");
    let sheet = book.add_worksheet();
    let all = above.iter().map(|r| r.to_vec()).chain([head.to_vec()]).chain(rows.iter().cloned());
    for (r, row) in all.enumerate() {
        for (c, cell) in row.iter().enumerate() {
            sheet.write_string(r as u32, c as u16, *cell).expect("cell");
        }
    }
    book.save_to_buffer().expect("file")
}

const ABOVE: &[&[&str]] =
    &[&["某某单位自查表"], &["填报单位：", "市教育局", "填表人：", "李四", "填表日期：", "2020年5月12日"]];

fn answered(questions: &[Question], rows: &[(usize, &str, &str)]) -> Result<SelfCheck, Vec<Mistake>> {
    let rows: Vec<Vec<&str>> =
        rows.iter().map(|(i, answer, note)| vec![questions[*i].ask.as_str(), *answer, *note]).collect();
    read(&typed(ABOVE, &["自查事项", "是否做到", "情况说明"], &rows), questions).expect("a table")
}

#[test]
fn the_blank_sheet_is_read_back_with_every_question_open() {
    let rules = rules();
    let blank = export::xlsx::selfcheck(("edu", "市教育局"), &rules.questions, &rules.labels, date(2020, 5, 1));
    let blank = blank.expect("written");
    assert_eq!(
        blank,
        export::xlsx::selfcheck(("edu", "市教育局"), &rules.questions, &rules.labels, date(2020, 5, 1)).unwrap()
    );
    let mistakes = read(&blank, &rules.questions).expect("our own table").expect_err("nobody has filled it in");
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("填表人") && said[1].contains("填表日期"), "{said:?}");
}

#[test]
fn columns_may_stand_elsewhere_and_be_called_otherwise() {
    let rules = rules();
    let rows = vec![
        vec!["1", "", "有", rules.questions[0].ask.as_str(), "市发〔2020〕1号"],
        vec!["2", "", "没有", rules.questions[1].ask.as_str(), ""],
    ];
    let file = typed(ABOVE, &["序号", "备 注", "自查结果*", "检查内容（不要改）", "文号"], &rows);
    let sheet = read(&file, &rules.questions).expect("a table").expect("good");
    assert_eq!((sheet.unit.as_str(), sheet.person.as_str(), sheet.date), ("市教育局", "李四", date(2020, 5, 12)));
    let said: Vec<(usize, Answer, &str)> =
        sheet.answers.iter().map(|a| (a.question, a.answer, a.proof.as_str())).collect();
    assert_eq!(said, [(0, Answer::Yes, "市发〔2020〕1号"), (1, Answer::No, "")]);
    assert_eq!(sheet.unanswered.len(), rules.questions.len() - 2);
}

#[test]
fn a_true_date_is_a_date_and_one_label_may_hold_the_value() {
    let rules = rules();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 3, "自查表", &Format::new()).expect("merged");
    sheet.write_string(1, 0, "填报单位：市教育局　　填表人：李四").expect("cell");
    sheet.write_string(1, 2, "填表日期:").expect("cell");
    let day = ExcelDateTime::from_ymd(2020, 5, 12).expect("date");
    sheet.write_datetime_with_format(1, 3, &day, &Format::new().set_num_format("yyyy-mm-dd")).expect("cell");
    for (c, head) in ["自查事项", "是否做到"].iter().enumerate() {
        sheet.write_string(2, c as u16, *head).expect("cell");
    }
    sheet.write_string(3, 0, &rules.questions[0].ask).expect("cell");
    sheet.write_formula(3, 1, rust_xlsxwriter::Formula::new("=\"是\"").set_result("是")).expect("cell");
    let sheet = read(&book.save_to_buffer().expect("file"), &rules.questions).expect("a table").expect("good");
    assert_eq!((sheet.unit.as_str(), sheet.person.as_str(), sheet.date), ("市教育局", "李四", date(2020, 5, 12)));
    assert_eq!(sheet.answers[0].answer, Answer::Yes);
}

#[test]
fn every_mistake_is_told_at_once_with_its_row_and_column() {
    let questions = rules().questions;
    let rows = [(0, "大概", ""), (1, "不适用", ""), (2, "是", ""), (2, "否", ""), (3, "", "")];
    let said: Vec<String> = answered(&questions, &rows).expect_err("wrong").iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("第4行“是否做到”列") && said[0].contains("大概"), "{said:?}");
    assert!(said[1].contains("第5行“情况说明”列"), "{said:?}");
    assert!(said[2].contains("第7行") && said[2].contains("第6行"), "{said:?}");
}

#[test]
fn a_changed_question_is_not_guessed() {
    let questions = rules().questions;
    let rows = [vec!["是否有值班表", "是"], vec!["此行说明", ""]];
    let file = typed(ABOVE, &["自查事项", "是否做到"], &rows);
    let mistakes = read(&file, &questions).expect("a table").expect_err("unknown question");
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].to_string().contains("是否有值班表"), "{mistakes:?}");
}

#[test]
fn a_file_without_the_table_says_what_is_missing() {
    let file = typed(ABOVE, &["名称", "数量"], &[]);
    assert!(matches!(read(&file, &rules().questions), Err(SheetError::NoTable(_))));
}

#[test]
fn ten_thousand_rows_of_nothing_are_read_in_passing() {
    let rules = rules();
    let mut rows: Vec<Vec<&str>> = vec![vec!["", ""]; 10_000];
    rows.push(vec![rules.questions[0].ask.as_str(), "是"]);
    let file = typed(ABOVE, &["自查事项", "是否做到"], &rows);
    let sheet = read(&file, &rules.questions).expect("a table").expect("good");
    assert_eq!(sheet.answers.len(), 1);
}

#[test]
fn a_list_with_merged_units_and_written_limits_is_read_row_by_row() {
    let head = ["序号", "政府网站/政务新媒体名称", "主办单位", "存在问题", "整改措施", "整改时限（必填）", "要点"];
    let rows = vec![
        vec![
            "1",
            "某县政府网站",
            "某县人民政府",
            "首页3个链接打不开。",
            "更换链接",
            "2020年7月31日前",
            "二、内部管理制度",
        ],
        vec!["2", "", "", "未设置找错入口。", "", "已整改（5月12日）", "3"],
        vec!["", "", "", "", "", "", ""],
        vec!["3", "某发布", "某县宣传部", "23天未更新。", "", "2020/6/30", ""],
    ];
    let list = problems::read(&typed(&[&["附件2"], &["问题清单"]], &head, &rows)).expect("a table").expect("good");
    let said: Vec<_> = list.rows.iter().map(|r| (r.name.as_str(), r.unit.as_str(), r.due, r.key_point)).collect();
    assert_eq!(
        said,
        [
            ("某县政府网站", "某县人民政府", Some(date(2020, 7, 31)), Some(2)),
            ("某县政府网站", "某县人民政府", None, Some(3)),
            ("某发布", "某县宣传部", Some(date(2020, 6, 30)), None),
        ]
    );
    assert_eq!((list.rows[2].row, list.made_at, list.unread.len()), (7, None, 0));
    let other = typed(&[], &["名称", "存在问题", "联系电话"], &[vec!["某网", "有问题", "1"]]);
    assert_eq!(problems::read(&other).expect("a table").expect("good").unread, ["联系电话"]);
}

#[test]
fn wrong_limits_and_points_are_told_with_their_place() {
    let head = ["名称", "存在问题", "整改时限", "重点内容"];
    let rows = vec![vec!["某网", "有问题", "尽快", "十一"], vec!["", "另一问题", "", ""]];
    let mistakes = problems::read(&typed(&[], &head, &rows)).expect("a table").expect_err("wrong");
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("第2行“整改时限”列") && said[0].contains("尽快"), "{said:?}");
    assert!(said[1].contains("第2行“重点内容”列"), "{said:?}");
}

#[test]
fn one_cell_in_the_last_corner_is_no_mountain() {
    let rules = rules();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (r, row) in [["填报单位：市教育局", ""], ["填表人：李四", "填表日期：2020-05-12"], ["自查事项", "是否做到"]]
        .iter()
        .enumerate()
    {
        for (c, cell) in row.iter().enumerate() {
            sheet.write_string(r as u32, c as u16, *cell).expect("cell");
        }
    }
    sheet.write_string(3, 0, &rules.questions[0].ask).expect("cell");
    sheet.write_string(3, 1, "是").expect("cell");
    sheet.write_string(1_048_575, 16_383, "x").expect("the last cell there is");
    let sheet = read(&book.save_to_buffer().expect("file"), &rules.questions).expect("a table").expect("good");
    assert_eq!(sheet.answers.len(), 1);
}
