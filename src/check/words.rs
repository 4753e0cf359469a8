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

/// Province letters of ICP numbers that are written in two ways: (official, sloppy).
pub(super) const LETTER_PAIRS: &[(char, char)] = &[('蜀', '川'), ('黔', '贵'), ('滇', '云'), ('陇', '甘')];

/// End of the subject part of a filing number; what follows is the site's own serial.
pub(super) const NUMBER_END: char = '号';

/// Province by the first two digits of its codes (GB/T 2260; 66 is the Xinjiang Corps), letter of its ICP numbers, and the
/// number it has in addresses of the 党政机关 mark.
pub(super) const PROVINCES: &[(&str, char, &str)] = &[
    ("11", '京', "01"),
    ("12", '津', "02"),
    ("13", '冀', "05"),
    ("14", '晋', "06"),
    ("15", '蒙', "07"),
    ("21", '辽', "08"),
    ("22", '吉', "09"),
    ("23", '黑', "10"),
    ("31", '沪', "03"),
    ("32", '苏', "11"),
    ("33", '浙', "12"),
    ("34", '皖', "13"),
    ("35", '闽', "14"),
    ("36", '赣', "15"),
    ("37", '鲁', "16"),
    ("41", '豫', "17"),
    ("42", '鄂', "18"),
    ("43", '湘', "19"),
    ("44", '粤', "20"),
    ("45", '桂', "21"),
    ("46", '琼', "22"),
    ("50", '渝', "04"),
    ("51", '蜀', "23"),
    ("52", '黔', "24"),
    ("53", '滇', "25"),
    ("54", '藏', "26"),
    ("61", '陕', "27"),
    ("62", '陇', "28"),
    ("63", '青', "29"),
    ("64", '宁', "30"),
    ("65", '新', "31"),
    ("66", '新', "31"),
];
