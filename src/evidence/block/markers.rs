//! Words that only pages of protection devices carry. The one place of this module with Chinese text.

use super::UNFILED;

/// What kind of page must carry the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing to read on it, whatever the status.
    Challenge,
    /// Little to read on it, whatever the status.
    Notice,
    /// Little to read on it, under an error status.
    Refusal,
}

/// A family and the words, all of them, in lower case.
#[derive(Debug)]
pub(super) struct Marker {
    pub(super) family: &'static str,
    pub(super) kind: Kind,
    pub(super) all: &'static [&'static str],
}

const fn challenge(family: &'static str, all: &'static [&'static str]) -> Marker {
    Marker { family, kind: Kind::Challenge, all }
}

const fn notice(family: &'static str, all: &'static [&'static str]) -> Marker {
    Marker { family, kind: Kind::Notice, all }
}

const fn refusal(family: &'static str, all: &'static [&'static str]) -> Marker {
    Marker { family, kind: Kind::Refusal, all }
}

/// In the order they are tried; the unnamed makes come last.
pub(super) const MARKERS: &[Marker] = &[
    refusal(UNFILED, &["<title>non-compliance icp filing"]),
    refusal(UNFILED, &["aliyun.com/beian/beian-block"]),
    notice("chuangyudun", &["当前访问疑似黑客攻击"]),
    notice("chuangyudun", &["365cyd.com/cyd-error-help"]),
    notice("safeline", &["safelinechallenge("]),
    notice("safeline", &["安全检测能力由", "雷池"]),
    refusal("safeline", &["/.safeline/"]),
    challenge("wzws", &["wzwsrel"]),
    challenge("wzws", &["wzwschallenge"]),
    refusal("wzws", &["wzws-waf-cgi/"]),
    challenge("aliyun", &["acw_sc__v2", "arg1="]),
    notice("aliyun", &["有可能对网站造成安全威胁", "您的访问被阻断"]),
    refusal("aliyun", &["errors.aliyun.com"]),
    notice("tencent", &["腾讯云web应用防火墙"]),
    notice("tencent", &["waf.tencent.com/403page.html"]),
    notice("tencent", &["waf.tencent.com/501page.html"]),
    refusal("xuanwudun", &["admin.dbappwaf.cn"]),
    refusal("xuanwudun", &["class=\"dbwaf"]),
    notice("safedog", &["safedog-flow-item"]),
    notice("safedog", &["404.safedog.cn"]),
    refusal("yunsuo", &["yunsuologo"]),
    notice("ddun", &["d盾_拦截提示"]),
    notice("ngxlua", &["您的请求带有不合法参数", "拦截"]),
    refusal("landun", &["bdwaf"]),
    refusal("yxlink", &["yxlink"]),
    notice("zhuji360", &["zhuji.360.cn/guard/firewall/stopattack.html"]),
    challenge("botsbu", &["/_bot_sbu/sbu_fpcm.js"]),
    refusal("cloudflare", &["/cdn-cgi/challenge-platform/"]),
    refusal("generic_block", &["web应用防火墙"]),
    refusal("generic_block", &["您的访问", "被拦截"]),
    refusal("generic_block", &["您的请求", "被拦截"]),
    refusal("generic_block", &["疑似攻击", "拦截"]),
];

/// Whole titles of verification pages.
pub(super) const CHALLENGE_TITLES: [&str; 7] =
    ["安全验证", "人机验证", "访问验证", "滑动验证", "滑块验证", "安全检查", "访问安全验证"];
