//! A new office: nothing but the program and an Excel list of its sites.

use std::path::Path;

use crate::support::program::{self, Ended};

/// Writes a list as offices keep it: a title above, heads of their own, remarks, a sum below.
fn list(path: &Path, rows: &[[&str; 8]]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "云岭市政府网站名单（2026年11月）").expect("cell");
    let heads = ["序号", "站点名称", "网站域名", "标识码", "主办单位", "级别", "运行状态", "ICP备案号"];
    for (c, head) in heads.iter().enumerate() {
        sheet.write_string(2, c as u16, *head).expect("cell");
    }
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            // Codes are numbers in many a list.
            match (c, cell.parse::<f64>()) {
                (0 | 3, Ok(number)) => sheet.write_number(3 + r as u32, c as u16, number).expect("cell"),
                _ => sheet.write_string(3 + r as u32, c as u16, *cell).expect("cell"),
            };
        }
    }
    sheet.write_string(4 + rows.len() as u32, 0, "合计").expect("cell");
    book.save(path).expect("saved");
}

const ROWS: [[&str; 8]; 3] = [
    [
        "1",
        "云岭市人民政府门户网站",
        "www.yunling.gov.cn",
        "6108000001",
        "云岭市人民政府",
        "",
        "正常",
        "陕ICP备10004160号",
    ],
    ["2", "云岭市\n教育局", "https://jyj.yunling.gov.cn/", "6108000012", "云岭市教育局", "市直部门", "", "无"],
    ["3", "“老站”\\专题", "lz.yunling.gov.cn", "", "云岭市教育局", "市直部门", "", ""],
];

#[test]
fn an_excel_list_becomes_a_register_and_brings_it_up_to_date() {
    let dir = tempfile::tempdir().expect("folder");
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    let file = dir.path().join("名单.xlsx");
    list(&file, &ROWS);
    run("register import 名单.xlsx").must(2, &["--name"]);
    run("register import 名单.xlsx --name 云岭市").must(
        0,
        &[
            "站点名称 → 网站名称",
            "网站域名 → 网址",
            "未读取的列：序号",
            "新登记网站 3 个",
            "新登记单位 2 个",
            "没有写入任何内容",
        ],
    );
    assert!(!dir.path().join("targets.toml").exists());
    run("register import 名单.xlsx --name 云岭市 --apply").must(0, &["已写入 targets.toml"]);
    run("register check").must(0, &["3"]);
    let register = std::fs::read_to_string(dir.path().join("targets.toml")).expect("written");
    assert!(register.contains("region = \"610800\"") && register.contains("name = \"云岭市\""), "{register}");
    assert!(!register.contains("shaanxi"), "nothing of the sample is left");

    // The same list again, and one that has moved on; what somebody wrote into the register stays.
    let note = "# 教育局十二月换域名\n";
    std::fs::write(dir.path().join("targets.toml"), register.clone() + note).expect("a note");
    run("register import 名单.xlsx --apply").must(0, &["已登记且一致 3 个", "不需要改动"]);
    let mut rows = ROWS.to_vec();
    rows[1][4] = "云岭市教育体育局";
    rows.push(["4", "云岭市财政局网站", "czj.yunling.gov.cn", "6108000013", "云岭市财政局", "市级部门", "", ""]);
    list(&file, &rows);
    run("register import 名单.xlsx --apply").must(
        0,
        &[
            "主办单位登记为“云岭市教育局”，名单为“云岭市教育体育局”",
            "新登记网站 1 个：云岭市财政局网站",
            "登记表未改动",
        ],
    );
    let now = std::fs::read_to_string(dir.path().join("targets.toml")).expect("written");
    assert!(now.starts_with(register.trim_end()) && now.contains(note) && now.contains("czj.yunling.gov.cn"));
    run("register check").must(0, &["4"]);
}

#[test]
fn every_mistake_of_a_list_is_named_with_row_and_column() {
    let dir = tempfile::tempdir().expect("folder");
    let run = |line: &str| -> Ended { program::run(dir.path(), line.split(' ')) };
    let mut rows = ROWS.to_vec();
    rows[0][2] = "暂无网址";
    rows[1][3] = "61080";
    rows[2][6] = "半开";
    rows.push(["4", "", "jyj.yunling.gov.cn", "", "", "", "", ""]);
    rows.push(["5", "重复", "https://jyj.yunling.gov.cn", "", "", "乡镇", "", ""]);
    list(&dir.path().join("名单.xlsx"), &rows);
    run("register import 名单.xlsx --name 云岭市 --apply").must(
        2,
        &[
            "第4行“网址”列：“暂无网址”不是一个网址",
            "第5行“网站标识码”列：标识码“61080”不是10位数字",
            "第6行“状态”列：“半开”看不懂",
            "第7行“网站名称”列：没有写网站名称",
            "第8行“网址”列：“https://jyj.yunling.gov.cn/”与第5行重复",
            "第8行“单位类别”列：“乡镇”看不懂",
            "6 处需要改正，没有写入任何内容",
        ],
    );
    assert!(!dir.path().join("targets.toml").exists());
    // What only the register's own rules find out is found before anything is written, too.
    let mut rows = ROWS.to_vec();
    rows[0][7] = "津ICP备1号";
    list(&dir.path().join("名单.xlsx"), &rows);
    run("register import 名单.xlsx --name 云岭市 --apply").must(3, &["拟写入的内容", "津ICP备1号"]);
    std::fs::write(dir.path().join("字.xlsx"), b"not a workbook").expect("file");
    run("register import 字.xlsx --name 云岭市").must(2, &["不是 Excel 文件"]);
    assert!(!dir.path().join("targets.toml").exists());
}
