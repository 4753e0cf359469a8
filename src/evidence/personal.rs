//! Numbers of people that stand on a page in full: identity cards, and lists of names with mobile numbers. What is found is masked
//! at once; a whole number leaves this module nowhere.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::province::Province;

/// What kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// 公民身份号码 (GB 11643).
    IdNumber,
    /// Mobile numbers behind names, line by line.
    MobileList,
}

/// What one page shows of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    pub on: String,
    pub kind: PersonalKind,
    /// How many different ones.
    pub count: u32,
    /// The first, masked: `610***********12X`.
    pub masked: String,
}

/// Lines with a name and a number from which they are a list of people rather than whom to call.
const ROWS: usize = 3;
/// Bytes of a text looked at.
const LOOKED_AT: usize = 1024 * 1024;
/// Weights of the first 17 digits, and the last character by the remainder (GB 11643-1999 §4).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";
/// A line with one of these says whom the public may call.
const CONTACT: &[&str] = &["联系", "电话", "热线", "咨询", "负责人", "值班", "传真", "客服", "监督", "举报", "经办"];

/// What the text of the page at `on` shows. Linear; nothing of it is kept but masks.
pub fn find(text: &str, on: &str) -> Vec<Personal> {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (mut ids, mut rows) = (Vec::new(), Vec::new());
    for line in text[..end].lines() {
        let numbers = numbers(line);
        ids.extend(numbers.iter().copied().filter(|n| is_id_number(n)));
        let mobiles = numbers.iter().copied().filter(|n| is_mobile(n));
        let contact = CONTACT.iter().any(|word| line.contains(word));
        if !contact && has_name(line) {
            rows.extend(mobiles);
        }
    }
    let distinct = |mut all: Vec<&str>| {
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    let found = |kind, all: Vec<&str>, least: usize| {
        let masked = mask(all.first()?);
        let count = distinct(all);
        (count >= least).then(|| Personal { on: on.to_owned(), kind, count: count as u32, masked })
    };
    let all = [found(PersonalKind::IdNumber, ids, 1), found(PersonalKind::MobileList, rows, ROWS)];
    all.into_iter().flatten().collect()
}

/// The first three and the last two characters.
fn mask(number: &str) -> String {
    let stars = "*".repeat(number.len().saturating_sub(5));
    format!("{}{stars}{}", &number[..3], &number[number.len() - 2..])
}

/// Runs of digits, with an `X` at their end, that no letter or digit touches.
fn numbers(line: &str) -> Vec<&str> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        let run = &bytes[start..at];
        let (last, digits) = (run[run.len() - 1], &run[..run.len() - 1]);
        if digits.iter().all(u8::is_ascii_digit) && (last.is_ascii_digit() || matches!(last, b'X' | b'x')) {
            found.push(&line[start..at]);
        }
    }
    found
}

/// Eighteen characters with a province, a day a living person may be born on, and the right last character.
fn is_id_number(number: &str) -> bool {
    let bytes = number.as_bytes();
    if bytes.len() != 18 || Province::of(number).is_none() {
        return false;
    }
    let part = |range: std::ops::Range<usize>| number[range].parse::<i16>().ok();
    let born = part(6..10).zip(part(10..12)).zip(part(12..14));
    let Some(((year, month), day)) = born else { return false };
    let sum: u32 = WEIGHTS.iter().zip(bytes).map(|(weight, b)| weight * u32::from(b - b'0')).sum();
    (1900..=2100).contains(&year)
        && Date::new(year, month as i8, day as i8).is_ok()
        && CHECK[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

fn is_mobile(number: &str) -> bool {
    let bytes = number.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes[10].is_ascii_digit()
}

/// A word of two to four Chinese characters by itself, as a name stands in a list.
fn has_name(line: &str) -> bool {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    line.split(|c: char| !is_han(c)).any(|word| (2..=4).contains(&word.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(PersonalKind, u32, String)> {
        find(text, "x").into_iter().map(|p| (p.kind, p.count, p.masked)).collect()
    }

    #[test]
    fn an_identity_number_is_known_by_place_day_and_check() {
        // 11010519491231002X is the sample of GB 11643-1999.
        let found = kinds("张三 11010519491231002X 已公示");
        assert_eq!(found, [(PersonalKind::IdNumber, 1, "110*************2X".to_owned())]);
        for text in [
            "110105194912310021",
            "11010519491331002X",
            "99010519491231002X",
            "a11010519491231002X",
            "110105194912310021234",
            "1101051949123100",
            "610000000000000000",
            "统一社会信用代码 11610800016000000X",
            "110***********002X",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn mobile_numbers_count_only_as_a_list_of_people() {
        let list = "张三 13800000001\n李四 13900000002\n欧阳小明 18600000003";
        assert_eq!(kinds(list), [(PersonalKind::MobileList, 3, "138******01".to_owned())]);
        for text in [
            "张三 13800000001\n李四 13900000002",
            "联系人：张三 13800000001\n联系人：李四 13900000002\n值班 王五 18600000003",
            "13800000001\n13900000002\n18600000003",
            "张三 138****0001\n李四 139****0002\n王五 186****0003",
            "张三 12800000001\n李四 0912-3525000\n王五 400800000003",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
