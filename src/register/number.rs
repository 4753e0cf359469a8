//! Grammars of the numbers a register may hold: 网站标识码, ICP filing numbers, public-security filing numbers.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::province::{PROVINCES, Province, meant_of_icp};

/// What follows the province: the number (digits, or the mixed form with a licence class), then the website's serial, which
/// some write before 号.
static ICP_FILING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^ICP备(?:案号)?:?([A-Z]\d(?:\.[A-Z]\d)*-\d{8}|\d{10}|\d{8}|\d{6})号?(?:-(\d{1,5}[A-Z]?))?号?$")
        .expect("the grammar compiles")
});

/// Why a number is refused: what is wrong and what to write.
pub(super) struct Refused {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn refused<T>(message: impl Into<String>, help: &str) -> Result<T, Refused> {
    Err(Refused { message: message.into(), help: (!help.is_empty()).then(|| help.to_owned()) })
}

/// Whether the first two digits name a province; further digits may belong to a functional area or an abolished code.
pub(super) fn known_province(digits: &str) -> bool {
    Province::of(digits).is_some()
}

/// Whether the text was meant to be a 网站标识码: nine to twelve digits, or `bm` and digits.
pub(super) fn resembles_site_code(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let ministry = text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("bm")) && digits(&text[2..]);
    ministry || (digits(text) && (9..=12).contains(&text.len()))
}

/// 网站标识码: ten digits (region and serial) or `bm` and eight digits.
pub(super) fn site_code(text: &str) -> Result<String, Refused> {
    const SHAPE: &str = "网站标识码为 10 位数字（6 位区划代码加 4 位顺序号），国务院部门为 bm 加 8 位数字";
    let code = text.to_ascii_lowercase();
    let digits = code.strip_prefix("bm").unwrap_or(&code);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return refused("不是网站标识码", SHAPE);
    }
    let wanted = if code.starts_with("bm") { 8 } else { 10 };
    if digits.len() != wanted {
        return refused(format!("网站标识码位数不对：这里是 {} 位数字，应为 {wanted} 位", digits.len()), SHAPE);
    }
    if digits.ends_with("0000") || digits.starts_with("00") {
        return refused("网站标识码是没有填写的样例号码", "请填写全国政府网站信息报送系统中的标识码");
    }
    if wanted == 10 && !known_province(digits) {
        return refused(format!("网站标识码的前两位“{}”不是省级区划代码", &digits[..2]), "请核对是否抄错");
    }
    Ok(code)
}

/// An ICP filing number, normalised to `陕ICP备05000001号-1`.
pub(super) fn icp(text: &str) -> Result<String, Refused> {
    const SHAPE: &str = "写成 陕ICP备05000001号 或 陕ICP备05000001号-1（数字为 8 位或 10 位，早年为 6 位）";
    let folded = fold(text).to_uppercase();
    let Some(province) = folded.chars().next().filter(|c| !c.is_ascii()) else {
        return refused("ICP备案号缺少省份简称", SHAPE);
    };
    let rest = &folded[province.len_utf8()..];
    if rest.starts_with("ICP证") || rest.starts_with("B2-") {
        return refused("这是经营许可证号，不是备案号", "政府网站应填写ICP备案号（省份简称加“ICP备”）");
    }
    if let Some(right) = meant_of_icp(province) {
        return refused(format!("ICP备案号的省份简称写错：“{province}”"), &format!("ICP备案用“{right}”"));
    }
    if !PROVINCES.iter().any(|p| p.icp == province) {
        return refused(format!("“{province}”不是省份简称"), SHAPE);
    }
    let Some(parts) = ICP_FILING.captures(rest) else {
        return refused("ICP备案号写法有误", SHAPE);
    };
    let main = &parts[1];
    if placeholder(main.rsplit('-').next().unwrap_or(main)) {
        return refused("ICP备案号是没有填写的样例号码", "请填写实际的备案号；没有备案号时删去这一项");
    }
    let suffix = parts.get(2).map(|s| format!("-{}", s.as_str())).unwrap_or_default();
    Ok(format!("{province}ICP备{main}号{suffix}"))
}

/// A public-security filing number, normalised to `陕公网安备61080002000001号`. Fourteen digits alone are accepted: they name
/// their province.
pub(super) fn psb(text: &str) -> Result<String, Refused> {
    const SHAPE: &str = "写成 陕公网安备61080002000001号（14 位数字）";
    let folded = fold(text);
    let (province, rest) = match folded.split_once("公网安备") {
        Some((province, rest)) => (province, rest),
        None if folded.starts_with(|c: char| c.is_ascii_digit()) => ("", folded.as_str()),
        None => return refused("不是公安机关备案号", SHAPE),
    };
    let rest = rest.strip_prefix("案号").unwrap_or(rest).trim_start_matches(':');
    let digits = rest.strip_suffix('号').unwrap_or(rest);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return refused("公安机关备案号里有数字以外的字符", SHAPE);
    }
    if digits.len() != 14 {
        return refused(format!("公安机关备案号位数不对：这里是 {} 位数字，应为 14 位", digits.len()), SHAPE);
    }
    if placeholder(digits) {
        return refused("公安机关备案号是没有填写的样例号码", "请填写实际的备案号；没有备案号时删去这一项");
    }
    let Some(Province { psb: letter, .. }) = Province::of(digits) else {
        return refused(format!("公安机关备案号的前两位“{}”不是省级区划代码", &digits[..2]), "请核对是否抄错");
    };
    let mut letters = province.chars();
    match (letters.next(), letters.next()) {
        (None, _) => {}
        (Some(c), None) if c == *letter => {}
        _ => {
            return refused(
                format!("公安机关备案号的省份简称“{province}”与数字“{}”不一致", &digits[..2]),
                &format!("数字以 {} 开头的备案号属于“{letter}”，请核对是否抄错", &digits[..2]),
            );
        }
    }
    Ok(format!("{letter}公网安备{digits}号"))
}

/// All digits equal, or counting up from one.
fn placeholder(digits: &str) -> bool {
    let first = digits.as_bytes()[0];
    digits.bytes().all(|b| b == first) || "1234567890".starts_with(digits) || digits == "12345678901234"
}

/// Compatibility forms (full-width digits and letters) folded, blanks dropped, every dash made one.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc()
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, '–' | '—' | '−' | '‐' | '‑') { '-' } else { c })
        .collect()
}
