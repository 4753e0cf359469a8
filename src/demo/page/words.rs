//! Words for news titles. Harmless sentences of the kind every portal carries.

use super::super::rng::Rng;

const VERBS: &[&str] = &["召开", "组织开展", "安排部署", "扎实推进", "全面启动", "调研督导", "圆满完成", "持续深化"];
const TOPICS: &[&str] = &[
    "春季义务植树",
    "优化营商环境",
    "安全生产大检查",
    "农村人居环境整治",
    "政务公开",
    "防汛抗旱准备",
    "老旧小区改造",
    "重点项目建设",
    "惠企政策宣传",
    "基层减负",
    "高标准农田建设",
    "食品安全专项检查",
    "就业服务进乡村",
    "政府网站集约化",
    "学前教育普及普惠",
    "秋冬季大气污染防治",
    "全民健身",
    "供热保障",
    "便民服务窗口建设",
    "非物质文化遗产保护",
];
const FORMS: &[&str] =
    &["工作推进会", "专题会议", "业务培训", "现场观摩活动", "动员部署会", "座谈会", "督查工作", "宣传月活动"];
const NOTICES: &[&str] = &[
    "关于做好{}有关工作的通知",
    "关于开展{}的公告",
    "关于印发《{}实施方案》的通知",
    "{}政策解读",
    "{}情况公示",
    "{}工作年度报告",
    "关于征求《{}办法（征求意见稿）》意见的公告",
    "一图读懂：{}",
];

/// A title such as 云岭市教育局召开优化营商环境工作推进会.
pub(super) fn title(unit: &str, rng: &mut Rng) -> String {
    let topic = rng.pick(TOPICS);
    if rng.chance(45) {
        rng.pick(NOTICES).replace("{}", topic)
    } else {
        format!("{unit}{}{topic}{}", rng.pick(VERBS), rng.pick(FORMS))
    }
}

/// Sections of a home page: heading and path.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("要闻动态", "xwzx/ywdt"),
    ("通知公告", "xwzx/tzgg"),
    ("部门动态", "xwzx/bmdt"),
    ("基层信息", "xwzx/jcxx"),
    ("政策文件", "zwgk/zcwj"),
    ("政策解读", "zwgk/zcjd"),
    ("法定主动公开内容", "zwgk/fdzdgknr"),
    ("财政预决算", "zwgk/czyjs"),
    ("人事信息", "zwgk/rsxx"),
    ("互动回应", "hdjl/hyhy"),
    ("民意征集", "hdjl/myzj"),
    ("专题专栏", "ztzl"),
];

/// Entries of the navigation bar.
pub(super) const NAVIGATION: &[(&str, &str)] = &[
    ("首页", ""),
    ("机构职能", "jgzn"),
    ("新闻中心", "xwzx"),
    ("政务公开", "zwgk"),
    ("政府信息公开", "zfxxgk"),
    ("办事服务", "bsfw"),
    ("互动交流", "hdjl"),
    ("数据开放", "sjkf"),
    ("专题专栏", "ztzl"),
    ("长者模式", "zzms"),
];

/// Pages that every footer links to.
pub(super) const STANDING: &[(&str, &str)] =
    &[("网站地图", "wzdt.html"), ("关于我们", "gywm.html"), ("网站声明", "wzsm.html")];

/// Titles about what happens to sites elsewhere.
pub(super) const CLOSING_NEWS: &[&str] = &[
    "关于关停整合部分政府网站的通知",
    "本网站已关停单位名单公示",
    "全市部门网站内容迁移至门户网站工作完成",
    "政府网站升级改版工作启动会召开",
    "关于12345平台系统维护暂停服务的公告",
];
