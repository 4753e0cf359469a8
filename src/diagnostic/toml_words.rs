//! The TOML library's English messages, put into Chinese.

use std::ops::Range;

use super::{Diagnostic, nearest};

/// Translates an error of the TOML library, its span kept. A message that is already Chinese (given by a type's own
/// `Deserialize`) passes unchanged.
pub fn from_toml_error(error: &toml::de::Error) -> Diagnostic {
    let (message, help) = translate(error.message());
    Diagnostic { span: error.span().unwrap_or(0..0), message, help, also: Vec::new() }
}

/// Adds what only the text can tell: which word was written twice, and where first; which value is not in quotes.
pub(super) fn name_syntax_error(text: &str, diagnostic: &mut Diagnostic) {
    let Some(word) = text.get(diagnostic.span.clone()) else { return };
    if diagnostic.message == DUPLICATE_KEY && !word.is_empty() {
        diagnostic.message = format!("“{}”重复出现", word.trim_matches(['"', '\'']));
        if let Some(first) = first_place(text, &diagnostic.span) {
            diagnostic.also.push((first, "前面已写在这里".to_owned()));
        }
    }
}

const DUPLICATE_KEY: &str = "同一项重复出现";
const INVALID_DATE: &str = "日期写法有误，或没有这一天";
const LEADING_ZERO: &str = "数字不能以 0 开头";
const UNQUOTED: &str = "文字没有加引号";

/// Whether a syntax error spoils its own value only, so that the rest of the file can still be judged.
pub(super) fn is_confined(diagnostic: &Diagnostic) -> bool {
    [INVALID_DATE, LEADING_ZERO, UNQUOTED].contains(&diagnostic.message.as_str())
}

/// Said once for every line after a list that was never closed.
pub(super) const UNFINISHED_LIST: &str = "列表没有写完：缺少英文逗号，或缺少右方括号“]”";

/// The earlier line that writes the same key in the same table, or the same table header.
fn first_place(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let line_start = text[..span.start].rfind('\n').map_or(0, |i| i + 1);
    let word = &text[span.clone()];
    let lead = &text[line_start..span.start];
    let header = lead.trim_start().starts_with('[');
    if !header && !lead.trim().is_empty() {
        return None;
    }
    let mut end = line_start.checked_sub(1)?;
    loop {
        let start = text[..end].rfind('\n').map_or(0, |i| i + 1);
        let line = &text[start..end];
        let body = line.trim_start();
        let at = start + line.len() - body.len();
        if header {
            let same = text[line_start + lead.len() - lead.trim_start().len()..].lines().next().unwrap_or_default();
            if body.trim_end() == same.trim_end() {
                let offset = at + lead.trim_start().len();
                return Some(offset..offset + word.len());
            }
        } else if body.starts_with('[') {
            return None;
        } else if body.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return Some(at..at + word.len());
        }
        end = start.checked_sub(1)?;
    }
}

/// Message and, where the library's words allow one, help.
fn translate(english: &str) -> (String, Option<String>) {
    if let Some(rest) = english.strip_prefix("unknown field ") {
        let (name, allowed) = named(rest);
        return (format!("没有名为“{name}”的项"), Some(choices(&name, &allowed, "可用的项")));
    }
    if let Some(rest) = english.strip_prefix("unknown variant ") {
        let (name, allowed) = named(rest);
        return (format!("“{name}”不是可选的值"), Some(choices(&name, &allowed, "可选的值")));
    }
    if let Some(rest) = english.strip_prefix("missing field ") {
        return (format!("缺少“{}”", rest.trim_matches('`')), None);
    }
    if let Some(rest) = english.strip_prefix("duplicate field ") {
        return (format!("“{}”重复出现", rest.trim_matches('`')), None);
    }
    if let Some((found, expected)) = english.strip_prefix("invalid type: ").and_then(|r| r.rsplit_once(", expected ")) {
        return wrong_type(found, expected);
    }
    if let Some((found, expected)) = english.strip_prefix("invalid value: ").and_then(|r| r.rsplit_once(", expected "))
    {
        let range = range_of(expected).map(|(low, high)| format!("应在 {low} 到 {high} 之间"));
        return (format!("{} 不合适", kind(found)), range.or_else(|| Some(format!("应为{}", kind(expected)))));
    }
    if !english.is_ascii() {
        return (english.to_owned(), None);
    }
    let (what, expected) = english.split_once(", expected ").unwrap_or((english, ""));
    let message = match SYNTAX.iter().find(|(prefix, _)| what.starts_with(prefix)) {
        Some((_, chinese)) => (*chinese).to_owned(),
        None => format!("写法有误（{english}）"),
    };
    let help = match what {
        "string values must be quoted" => Some("文字要写在英文双引号里，例如 name = \"市政府办公室\"".to_owned()),
        "unexpected leading zero" => Some("电话、代码等以 0 开头的号码要写在英文双引号里".to_owned()),
        _ if message == INVALID_DATE => Some("写成 2020-05-13".to_owned()),
        "invalid unquoted key" | "key with no value" | "missing value for key" => {
            Some("每行写成 名称 = 值；中文名称要写在英文双引号里".to_owned())
        }
        _ if expected.is_empty() || expected == "nothing" => None,
        _ => Some(format!("这里应为{}", expected.split(", ").map(kind).collect::<Vec<_>>().join("或"))),
    };
    (message, help)
}

/// Splits `` `x`, expected one of `a`, `b` `` into the name and the allowed names.
fn named(rest: &str) -> (String, Vec<String>) {
    let cut = rest.rfind(", expected ").or_else(|| rest.rfind(", there are no "));
    let (name, list) = cut.map_or((rest, ""), |i| rest.split_at(i));
    let allowed = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    (name.trim_matches('`').to_owned(), allowed)
}

fn choices(name: &str, allowed: &[String], heading: &str) -> String {
    let list = format!("{heading}：{}", if allowed.is_empty() { "无".to_owned() } else { allowed.join("、") });
    match nearest(name, allowed.iter().map(String::as_str)) {
        Some(meant) => format!("是否想写“{meant}”？{list}"),
        None => list,
    }
}

fn wrong_type(found: &str, expected: &str) -> (String, Option<String>) {
    let message = format!("类型不对：这里是{}，应为{}", kind(found), kind(expected));
    let literal = found.split('`').nth(1);
    let help = match (literal, expected) {
        (Some(value), "a string") if !found.starts_with("character") => Some(format!("请加英文双引号：\"{value}\"")),
        (_, "a sequence") if found.starts_with("string") => {
            let value = found.trim_start_matches("string ");
            Some(format!("请加方括号：[{value}]"))
        }
        (_, "a boolean") => Some("只能写 true（是）或 false（否），不加引号".to_owned()),
        _ if range_of(expected).is_some() && found.starts_with("string") => Some("数字不加引号".to_owned()),
        _ => None,
    };
    (message, help)
}

/// A kind of value in Chinese; Chinese and unknown words pass unchanged.
fn kind(english: &str) -> String {
    let english = english.trim();
    if range_of(english).is_some() {
        return "整数".to_owned();
    }
    let (word, value) = english.split_at(english.find(['`', '"']).unwrap_or(english.len()));
    let word = word.trim();
    let value = value.trim_matches('`');
    let chinese = KINDS.iter().find(|(e, _)| *e == word).map_or(word, |(_, c)| c);
    match (chinese, value) {
        (_, "") => chinese.to_owned(),
        ("", _) => format!("“{value}”"),
        _ => format!("{chinese} {value}"),
    }
}

/// Smallest and largest value of an integer type, by its Rust name.
fn range_of(expected: &str) -> Option<(String, String)> {
    let range = |low: i128, high: i128| Some((low.to_string(), high.to_string()));
    match expected {
        "u8" => range(0, u8::MAX.into()),
        "u16" => range(0, u16::MAX.into()),
        "u32" => range(0, u32::MAX.into()),
        "u64" | "usize" => range(0, i64::MAX.into()),
        "i8" => range(i8::MIN.into(), i8::MAX.into()),
        "i16" => range(i16::MIN.into(), i16::MAX.into()),
        "i32" => range(i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => range(i64::MIN.into(), i64::MAX.into()),
        _ => None,
    }
}

/// Kinds of values as serde and the parser name them.
const KINDS: &[(&str, &str)] = &[
    ("a string", "文字"),
    ("string", "文字"),
    ("str", "文字"),
    ("a character", "单个字符"),
    ("character", "字符"),
    ("integer", "整数"),
    ("floating point", "小数"),
    ("float", "小数"),
    ("f32", "数字"),
    ("f64", "数字"),
    ("a boolean", "真假值"),
    ("boolean", "真假值"),
    ("bool", "真假值"),
    ("a sequence", "列表（方括号）"),
    ("sequence", "列表"),
    ("array", "列表"),
    ("a map", "表"),
    ("map", "表"),
    ("table", "表"),
    ("unit", "空值"),
    ("unit value", "空值"),
    ("datetime", "日期"),
    ("a TOML datetime", "日期"),
    ("a date-time", "日期"),
    ("enum", "可选值"),
    ("newline", "换行"),
    ("nothing", "空"),
    ("key", "名称"),
    ("value", "值"),
    ("letters", "英文字母"),
    ("numbers", "数字"),
    ("digits", "数字"),
    ("characters", "文字"),
    ("literal string", "加引号的文字"),
    ("multi-line basic string", "多行文字"),
    ("multi-line literal string", "多行文字"),
    ("printable characters", "可见字符"),
    ("non-double-quote visible characters", "双引号以外的可见字符"),
    ("non-single-quote visible characters", "单引号以外的可见字符"),
    ("non-single-quote characters", "单引号以外的字符"),
    ("unicode hexadecimal value", "十六进制字符编号"),
    ("etc", "其他"),
];

/// Beginnings of the parser's messages.
const SYNTAX: &[(&str, &str)] = &[
    ("duplicate key", DUPLICATE_KEY),
    ("string values must be quoted", UNQUOTED),
    ("missing opening quote", "缺少左引号"),
    ("invalid basic string", "双引号里的文字没有正常结束，或含有不允许的字符"),
    ("invalid literal string", "单引号里的文字没有正常结束，或含有不允许的字符"),
    ("invalid multi-line basic string", "多行文字没有正常结束，或含有不允许的字符"),
    ("invalid multi-line literal string", "多行文字没有正常结束，或含有不允许的字符"),
    ("unclosed array table", "缺少右方括号“]]”"),
    ("unclosed table", "缺少右方括号“]”"),
    ("unclosed array", "列表没有结束，缺少右方括号“]”"),
    ("unclosed inline table", "花括号没有结束，缺少“}”"),
    ("key with no value", "只有名称，没有写“= 值”"),
    ("missing value for key", "等号后面没有写值"),
    ("missing value", "缺少值"),
    ("extra `=`", "多了一个等号"),
    ("extra comma in array", "列表里多了一个逗号"),
    ("extra comma in inline table", "花括号里多了一个逗号"),
    ("extra assignment between key-value pairs", "多了一个等号"),
    ("missing comma between array elements", UNFINISHED_LIST),
    ("missing comma between key-value pairs", "花括号里的各项之间缺少英文逗号"),
    ("missing assignment between key-value pairs", "缺少等号"),
    ("missing key for inline table element", "花括号里缺少名称"),
    ("unexpected `=` in array", "列表里不能写等号"),
    ("unexpected key or value", "一行只能写一项，后面多了内容"),
    ("unexpected content", "这里有多余的内容"),
    ("unquoted keys cannot be empty", "缺少名称"),
    ("invalid unquoted key", "名称里有不允许的字符"),
    ("keys cannot be multi-line", "名称不能跨行"),
    ("invalid key-value pair", "这一行不是“名称 = 值”的写法"),
    ("invalid inline table element", "花括号里的写法有误"),
    ("invalid comment character", "注释里有不允许的控制字符"),
    ("carriage return must be followed by newline", "换行符不完整"),
    ("unexpected leading zero", LEADING_ZERO),
    ("redundant numeric sign", "多了一个正负号"),
    ("unexpected sign", "多了一个正负号"),
    ("redundant integer number prefix", "数字前缀重复"),
    ("integers with a radix cannot be signed", "这种写法的数字不能带正负号"),
    ("radix must be lowercase", "数字前缀应为小写"),
    ("`_` may only go between digits", "下划线只能写在数字之间"),
    ("invalid integer number", "整数写法有误"),
    ("invalid hexadecimal number", "十六进制数写法有误"),
    ("invalid octal number", "八进制数写法有误"),
    ("invalid binary number", "二进制数写法有误"),
    ("invalid float", "小数写法有误"),
    ("invalid date", INVALID_DATE),
    ("invalid time", INVALID_DATE),
    ("invalid boolean", "只能写 true（是）或 false（否）"),
    ("integer number overflowed", "整数太大"),
    ("floating-point number overflowed", "小数太大"),
    ("missing escaped value", "反斜杠后面的写法有误；路径中的反斜杠请写成两个，或改用单引号"),
    ("too few unicode value digits", "字符编号位数不够"),
    ("invalid value", "值不合适"),
    ("cannot extend value", "前面已经写成一个值，不能再当作表使用"),
    ("cannot recurse further", "嵌套层数太多"),
    ("recursion limit", "嵌套层数太多"),
    ("wanted string or table", "类型不对：应为文字或表"),
    ("wanted exactly 1 element", "这里应当恰好写一项"),
    ("expected table with exactly 1 entry", "这里应当恰好写一项"),
    ("expected empty", "这里不应再写内容"),
];
