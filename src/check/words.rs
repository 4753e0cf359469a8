//! The only words of pages this module compares with: no text of ours, only what pages are expected to say.

/// Services every footer links to: no place a visitor of a closed site is sent to.
pub(super) const SERVICES: &[&str] =
    &["beian.miit.gov.cn", "beian.mps.gov.cn", "beian.gov.cn", "conac.cn", "zfwzgl.www.gov.cn", "kaipuyun.cn"];

/// End of the subject part of a filing number; what follows is the site's own serial.
pub(super) const NUMBER_END: char = '号';

/// What a unit's own columns and business systems are called in links (国办函〔2018〕55号: 栏目、频道、专题、业务系统).
pub(super) const SYSTEMS: &[&str] = &[
    "办事大厅",
    "网上办事",
    "在线办事",
    "信息公开",
    "依申请公开",
    "互动交流",
    "局长信箱",
    "领导信箱",
    "网上咨询",
    "咨询投诉",
    "民意征集",
    "公众留言",
    "数据开放",
    "申报系统",
    "报名系统",
    "查询系统",
    "管理系统",
    "业务系统",
    "服务平台",
];

/// What a link to a former site of the unit says.
pub(super) const OLD_SITE: &[&str] = &["旧版", "老版", "原网站", "旧网站", "老网站", "历史网站"];
