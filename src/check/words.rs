//! The only words of pages this module compares with: no text of ours, only what pages are expected to say.

/// What a closing notice speaks of.
pub(super) const SITE: &[&str] = &["网站", "本站", "本网", "域名", "网址", "平台"];

/// What ends a sentence of a notice.
pub(super) const SENTENCE_ENDS: &[char] = &['\n', '。'];

/// Verbs of a closing notice (国办发〔2017〕47号: 关停迁移公告).
pub(super) const CLOSING: &[&str] = &[
    "关停",
    "下线",
    "停止",
    "停用",
    "关闭",
    "迁移",
    "迁至",
    "移至",
    "整合",
    "搬迁",
    "合并",
    "并入",
    "变更为",
    "更换为",
];

/// Services every footer links to: no place a visitor of a closed site is sent to.
pub(super) const SERVICES: &[&str] =
    &["beian.miit.gov.cn", "beian.mps.gov.cn", "beian.gov.cn", "conac.cn", "zfwzgl.www.gov.cn", "kaipuyun.cn"];

/// What a page says while it pretends to be rebuilt; such a page is no closing notice.
pub(super) const REBUILDING: &[&str] =
    &["升级改版", "改版升级", "正在改版", "网站维护中", "正在维护", "敬请期待", "建设中"];

/// End of the subject part of a filing number; what follows is the site's own serial.
pub(super) const NUMBER_END: char = '号';
