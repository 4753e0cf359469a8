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
    (read_table(&table, &mut diagnostics), diagnostics)
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
    assert_eq!(drawn(&text, &diagnostics), "");
}

#[test]
fn syntax_errors_are_reported_together_with_their_lines() {
    let text = "name = 榆林\nphone = 0912\nphone = \"1\"\nphone = \"2\"\ncount\nnames = [1 2\n\n[inner]\n[inner]\n";
    let (_, diagnostics) = read(text);
    assert_eq!(drawn(text, &diagnostics), "");
}
