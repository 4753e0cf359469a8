use serde::Deserialize;

use super::*;

fn file(text: &str) -> SourceFile {
    SourceFile { name: "样例.toml".to_owned(), text: text.to_owned() }
}

fn drawn(text: &str, diagnostics: &[Diagnostic]) -> String {
    format!("\n{}\n", render(&file(text), diagnostics, false))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Example {
    name: Option<toml::Spanned<String>>,
    phone: Option<String>,
    count: Option<u16>,
    names: Vec<String>,
    level: Option<Level>,
    inner: Option<Inner>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Inner {
    flag: bool,
    secs: u32,
}

#[derive(Debug, Deserialize)]
enum Level {
    #[serde(rename = "市级部门")]
    Municipal,
    #[serde(rename = "县市区")]
    County,
}

fn read(text: &str) -> (Option<Example>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let table = parse_document(text, &mut diagnostics);
    let value = if diagnostics.is_empty() { read_table(&table, &mut diagnostics) } else { None };
    (value, diagnostics)
}

#[test]
fn underline_stands_under_the_word_after_wide_characters() {
    let text = "name = \"榆林市政府\" # 注\n名 = { 榆林 = \"错字\" }\n";
    let at = text.find("\"错字\"").unwrap();
    let diagnostic = Diagnostic::new(at..at + "\"错字\"".len(), "有错字").help("请改正");
    assert_eq!(
        drawn(text, &[diagnostic]),
        r#"
错误: 有错字
 --> 样例.toml:2:12
  |
2 | 名 = { 榆林 = "错字" }
  |               ^^^^^^
  |
  = 提示: 请改正
"#
    );
}

#[test]
fn far_second_place_is_drawn_in_its_own_excerpt_and_a_near_one_in_the_same() {
    let text = "a = 1\na = 2\n\n\n\n\n\n\n\nb = 3\n";
    let diagnostic = Diagnostic::new(6..7, "重复")
        .also(0..1, "第一次")
        .also(text.find('b').unwrap()..text.find('b').unwrap() + 1, "还有");
    assert_eq!(
        drawn(text, &[diagnostic]),
        r"
错误: 重复
  --> 样例.toml:2:1
   |
 1 | a = 1
   | - 第一次
 2 | a = 2
   | ^
   |
  ::: 样例.toml:10:1
   |
10 | b = 3
   | - 还有
"
    );
}

#[test]
fn every_mistake_of_a_table_is_reported() {
    let text = "nam = \"甲\"\nphone = 0912\ncount = -1\nnames = [\"a\", 2]\nlevel = \"县市\"\n\n[inner]\nflag = \"是\"\nsecs = \"9\"\nsec = 1\n";
    let text = text.replace("0912", "912");
    let (value, diagnostics) = read(&text);
    assert_eq!(value.unwrap().names, ["a"]);
    assert_eq!(
        drawn(&text, &diagnostics),
        r#"
错误: 没有名为“nam”的项
 --> 样例.toml:1:1
  |
1 | nam = "甲"
  | ^^^
  |
  = 提示: 是否想写“name”？可用的项：name、phone、count、names、level、inner

错误: 类型不对：这里是整数 912，应为文字
 --> 样例.toml:2:9
  |
2 | phone = 912
  |         ^^^
  |
  = 提示: 请加英文双引号："912"

错误: 整数 -1 不合适
 --> 样例.toml:3:9
  |
3 | count = -1
  |         ^^
  |
  = 提示: 应在 0 到 65535 之间

错误: 类型不对：这里是整数 2，应为文字
 --> 样例.toml:4:15
  |
4 | names = ["a", 2]
  |               ^
  |
  = 提示: 请加英文双引号："2"

错误: “县市”不是可选的值
 --> 样例.toml:5:9
  |
5 | level = "县市"
  |         ^^^^^^
  |
  = 提示: 是否想写“县市区”？可选的值：市级部门、县市区

错误: 类型不对：这里是文字 "是"，应为真假值
 --> 样例.toml:8:8
  |
8 | flag = "是"
  |        ^^^^
  |
  = 提示: 只能写 true（是）或 false（否），不加引号

错误: 类型不对：这里是文字 "9"，应为整数
 --> 样例.toml:9:8
  |
9 | secs = "9"
  |        ^^^
  |
  = 提示: 数字不加引号

错误: 没有名为“sec”的项
  --> 样例.toml:10:1
   |
10 | sec = 1
   | ^^^
   |
   = 提示: 是否想写“secs”？可用的项：flag、secs
"#
    );
}

#[test]
fn syntax_errors_are_reported_together_with_their_lines() {
    let text = "name = 榆林\nphone = 0912\nphone = \"1\"\nphone = \"2\"\ncount\nnames = [1 2\n\n[inner]\n[inner]\n";
    let (_, diagnostics) = read(text);
    assert_eq!(
        drawn(text, &diagnostics),
        r#"
错误: 文字没有加引号
 --> 样例.toml:1:8
  |
1 | name = 榆林
  |        ^^^^
  |
  = 提示: 文字要写在英文双引号里，例如 name = "市政府办公室"

错误: 数字不能以 0 开头
 --> 样例.toml:2:9
  |
2 | phone = 0912
  |         ^
  |
  = 提示: 电话、代码等以 0 开头的号码要写在英文双引号里

错误: “phone”重复出现
 --> 样例.toml:3:1
  |
2 | phone = 0912
  | ----- 前面已写在这里
3 | phone = "1"
  | ^^^^^

错误: “phone”重复出现
 --> 样例.toml:4:1
  |
3 | phone = "1"
  | ----- 前面已写在这里
4 | phone = "2"
  | ^^^^^

错误: 只有名称，没有写“= 值”
 --> 样例.toml:5:6
  |
5 | count
  |      ^
  |
  = 提示: 每行写成 名称 = 值；中文名称要写在英文双引号里

错误: 列表没有写完：缺少英文逗号，或缺少右方括号“]”
 --> 样例.toml:8:1
  |
8 | [inner]
  | ^
  |
  = 提示: 这里应为“,”

错误: 列表没有结束，缺少右方括号“]”
 --> 样例.toml:9:8
  |
9 | [inner]
  |        ^
  |
  = 提示: 这里应为“]”
"#
    );
}

#[test]
fn table_with_a_missing_field_is_given_up_with_the_field_named() {
    #[derive(Debug, Deserialize)]
    struct Strict {
        #[expect(dead_code, reason = "only its absence matters")]
        must: String,
    }
    let mut diagnostics = Vec::new();
    let table = parse_document("other = 1\n", &mut diagnostics);
    assert!(read_table::<Strict>(&table, &mut diagnostics).is_none());
    assert_eq!(diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(), ["缺少“must”"]);
}

#[test]
fn escape_sequences_of_a_hostile_file_never_reach_the_terminal() {
    let text = "\u{1b}[2Ja = 1\n";
    let diagnostic = Diagnostic::new(0..5, "坏 \u{1b}[31m").help("\u{1b}[0m").also(5..6, "\u{1b}]0;x");
    assert!(!render(&file(text), &[diagnostic], false).contains('\u{1b}'));
}

#[test]
fn long_lists_of_mistakes_are_cut_and_counted() {
    let mistakes: Vec<_> = (0..250).map(|i| Diagnostic::new(i..i + 1, "错")).collect();
    let error = DiagnosticsError::of(&file(&"a\n".repeat(250)), &mistakes);
    assert_eq!(error.count, 250);
    assert!(error.to_string().ends_with("\n\n另有 150 处错误未列出，请先改正以上各处"));
}

#[test]
fn nearest_name_is_offered_only_for_a_slip() {
    let names = ["name", "aliases", "榆林市政府办公室", "榆林市教育局"];
    assert_eq!(nearest("nmae", names), Some("name"));
    assert_eq!(nearest("榆林市政府办公厅", names), Some("榆林市政府办公室"));
    assert_eq!(nearest("phone", names), None);
    assert_eq!(nearest("x", ["y"]), None);
    assert_eq!(nearest("", names), None);
}

proptest::proptest! {
    #[test]
    fn any_text_and_any_span_can_be_drawn(text in ".*", spans in proptest::collection::vec((0usize..80, 0usize..80), 1..4)) {
        let mut diagnostic = Diagnostic::new(spans[0].0..spans[0].1, "错");
        diagnostic.also = spans[1..].iter().map(|(a, b)| (*a..*b, "另".to_owned())).collect();
        assert!(render(&file(&text), &[diagnostic], false).contains("错误: 错"));
    }

    #[test]
    fn any_text_can_be_read(text in "([a-z\\[\\]{}=,.\"'\\\\ #0-9\n\r]|name|inner|\\[inner\\]\n){0,60}") {
        read(&text);
    }
}
