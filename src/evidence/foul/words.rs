//! Words of pages and links that somebody put in the place of a site's own, and words of lawful things that contain them.

/// Brands and games of unlawful gambling. Names of lawful lotteries and of authorities are not among them.
pub(super) const GAMBLING: &[&str] = &[
    "博彩",
    "娱乐城",
    "赌场",
    "赌球",
    "葡京",
    "金沙娱乐",
    "金沙城",
    "威尼斯人",
    "太阳城集团",
    "百家乐",
    "老虎机",
    "棋牌",
    "六合彩",
    "时时彩",
    "北京赛车",
    "幸运飞艇",
    "真人视讯",
    "365bet",
    "bet365",
    "365体育",
    "亚博",
    "必威",
    "万博体育",
    "尊龙凯时",
    "凯发娱乐",
    "九游娱乐",
    "开云体育",
    "乐鱼体育",
    "华体会",
    "足彩投注",
    "体育投注",
    "彩票投注",
    "投注平台",
    "澳门金沙",
    "新葡京",
    "皇冠体育",
    "皇冠现金",
    "捕鱼达人",
    "电子游艺",
    "赔率",
    "下注",
];

/// Words of unlawful pictures and services.
pub(super) const INDECENT: &[&str] = &[
    "成人视频",
    "成人电影",
    "无码",
    "激情视频",
    "一夜情",
    "裸聊",
    "约炮",
    "色情",
    "黄片",
    "黄色视频",
    "av在线",
    "国产精品视频",
    "免费视频在线观看",
    "情色",
    "援交",
    "三级片",
];

/// Words of pages that sell the name they stand under, or that stand under names nobody uses.
pub(super) const SALE: &[&str] = &[
    "域名出售",
    "域名转让",
    "购买此域名",
    "购买该域名",
    "此域名可转让",
    "该域名可出售",
    "本域名出售",
    "此域名正在出售",
    "域名停放",
    "域名交易",
    "域名已过期",
    "this domain is for sale",
    "buy this domain",
    "domain for sale",
    "parked domain",
    "domain parking",
];

/// Hosts of trade in names.
pub(super) const SALE_HOSTS: &[&str] = &[
    "sedo.com",
    "dan.com",
    "afternic.com",
    "4.cn",
    "ename.com",
    "ename.net",
    "22.cn",
    "juming.com",
    "mi.aliyun.com",
    "godaddy.com",
    "sedoparking.com",
    "bodis.com",
    "parkingcrew.net",
    "hugedomains.com",
];

/// Parts of the names of hosts of the same trades.
pub(super) const HOST_PARTS: &[&str] = &[
    "365bet", "bet365", "bet", "casino", "bocai", "duchang", "caipiao", "qipai", "yabo", "bwin", "poker", "slots",
    "lottery", "porn", "sex", "jiqing", "yule", "baijiale", "pujing", "xpj",
];

/// Who warns against such things quotes their words.
pub(super) const WARNING: &[&str] = &[
    "打击",
    "防范",
    "警惕",
    "严禁",
    "禁止",
    "举报",
    "诈骗",
    "反诈",
    "整治",
    "查处",
    "禁赌",
    "扫黄",
    "处罚",
    "行政处罚",
    "违法",
    "案件",
    "通报",
];

/// Words that a program which writes pages anew puts in the place of ordinary ones.
pub(super) const SPUN: &[&str] = &["当局网坐", "环境传递如下", "零改", "当局网站", "平易近", "及格率达"];

/// Characters only traditional writing has, of those that stand on every page of a government.
pub(super) const TRADITIONAL: &[char] = &[
    '務', '網', '國', '關', '於', '開', '會', '發', '業', '黨', '組', '織', '機', '構', '專', '題', '聞', '動', '態',
    '區', '縣', '鎮', '農', '體', '學', '醫', '療', '環', '質', '監', '試', '驗', '應', '實', '現', '東', '長', '門',
    '問', '電', '車', '說', '時',
];
