//! The only words of pages this module compares with: no text of ours, only what pages are expected to say.

/// Verbs of a closing notice (国办发〔2017〕47号: 关停迁移公告).
pub(super) const CLOSING: &[&str] = &[
    "关停",
    "下线",
    "停止服务",
    "停止运行",
    "停止使用",
    "停止更新",
    "停用",
    "关闭",
    "迁移",
    "整合",
    "搬迁",
    "合并",
    "并入",
    "不再",
];

/// What a page says while it pretends to be rebuilt; such a page is no closing notice.
pub(super) const REBUILDING: &[&str] =
    &["升级改版", "改版升级", "正在改版", "网站维护中", "正在维护", "敬请期待", "建设中"];

/// Province letters of ICP numbers that are written in two ways: (official, sloppy).
pub(super) const LETTER_PAIRS: &[(char, char)] = &[('蜀', '川'), ('黔', '贵'), ('滇', '云'), ('陇', '甘')];

/// End of the subject part of a filing number; what follows is the site's own serial.
pub(super) const NUMBER_END: char = '号';
