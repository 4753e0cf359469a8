//! Words of the pages that are no words of problems.

use crate::evidence::SiteStatus;
use crate::ledger::people::{PasswordFault, Role, Step};
use crate::ledger::view::Stage;

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Handler => "经办",
        Role::Supervisor => "监管",
        Role::Leader => "领导",
        Role::Auditor => "审计",
        Role::Admin => "管理",
    }
}

/// What the role is for, on the page of people.
pub(super) fn role_duty(role: Role) -> &'static str {
    match role {
        Role::Handler => "办理本单位的问题：认领、申请复核、填写措施",
        Role::Supervisor => "确认、下发、复核销号、退回、挂账、延期，放行巡查",
        Role::Leader => "只看，不办理",
        Role::Auditor => "只看，并查看登录和下载日志",
        Role::Admin => "管理账号和设置，不办理问题",
    }
}

pub(super) fn password_fault(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::Short => "口令太短，至少 8 个字符",
        PasswordFault::Long => "口令太长，最多 256 个字节",
        PasswordFault::Simple => "口令太简单：请包含大写字母、小写字母、数字、符号中的三种，或不少于 14 个字符",
        PasswordFault::Name => "口令里不能有账号",
    }
}

pub(super) fn step(step: Step) -> &'static str {
    match step {
        Step::Confirm => "确认列入",
        Step::Issue => "下发",
        Step::Take => "认领",
        Step::Claim => "申请复核",
        Step::Close => "销号",
        Step::SendBack => "退回",
        Step::Reopen => "恢复整改",
        Step::Defer => "挂账",
        Step::Resume => "解除挂账",
        Step::Extend => "延期",
        Step::Dismiss => "不予列入",
        Step::Restore => "恢复列入",
        Step::Edit => "修改措施、责任人",
        Step::Note => "备注",
        Step::Undo => "撤销上一步",
    }
}

/// What the step brings about, beside its form.
pub(super) fn step_effect(step: Step) -> &'static str {
    match step {
        Step::Confirm => "核实无误后列入清单，给出编号和整改时限。",
        Step::Issue => "交主办单位整改，时限从现在起算。",
        Step::Take => "表示已经收到并着手整改，转为“整改中”。",
        Step::Claim => "整改完成后提交，转为“待复核”，系统随后复查。",
        Step::Close => "复核通过，从未销号清单中销去。",
        Step::SendBack => "复核不通过，退回“待整改”，时限不变。",
        Step::Reopen => "销号不当的，恢复为“待整改”，编号不变。",
        Step::Defer => "经批准暂缓整改，期间仍计入未销号。",
        Step::Resume => "提前结束挂账，转为“整改中”。",
        Step::Extend => "推迟整改时限，原时限保留备查。",
        Step::Dismiss => "误报、重复、不属本单位等，写明理由和期限。",
        Step::Restore => "撤销不予列入，恢复为“待整改”。",
        Step::Edit => "只改文字，不改阶段。",
        Step::Note => "补充说明或材料，不改阶段。",
        Step::Undo => "只能撤销当天由人办理的最近一步。",
    }
}

/// After the redirect.
pub(super) fn step_done(step: Step) -> &'static str {
    match step {
        Step::Confirm => "已列入清单。",
        Step::Issue => "已下发。",
        Step::Take => "已认领。下一步：整改完成后申请复核。",
        Step::Claim => "已申请复核，请等待复查和复核。",
        Step::Close => "已销号。",
        Step::SendBack => "已退回。",
        Step::Reopen => "已恢复整改。",
        Step::Defer => "已挂账。",
        Step::Resume => "已解除挂账。",
        Step::Extend => "已延期。",
        Step::Dismiss => "已不予列入。",
        Step::Restore => "已恢复列入。",
        Step::Edit => "已修改。",
        Step::Note => "已备注。",
        Step::Undo => "已撤销上一步。",
    }
}

/// What a stage means, for 帮助 and as a hint on hovering.
pub(super) fn stage_meaning(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspected => "初次发现，尚待再次巡查或人工确认，不列入清单",
        Stage::Unconfirmed => "再次巡查未能证实，不列入清单",
        Stage::Open => "已列入清单，等主办单位认领整改",
        Stage::Rectifying => "主办单位已认领，正在整改",
        Stage::AwaitingReview => "单位称已改好或机器未再发现，等待复查和复核",
        Stage::Closed => "复核通过，问题销去",
        Stage::Deferred => "经批准暂缓整改，仍计入未销号",
        Stage::Dismissed => "误报、重复等，不列入清单，到期恢复检查",
    }
}

pub(super) use crate::export::words::stage_key;

pub(super) const STAGES: [Stage; 8] = [
    Stage::Suspected,
    Stage::Open,
    Stage::Rectifying,
    Stage::AwaitingReview,
    Stage::Deferred,
    Stage::Closed,
    Stage::Dismissed,
    Stage::Unconfirmed,
];

pub(super) const UNSOLVED: [Stage; 4] = [Stage::Open, Stage::Rectifying, Stage::AwaitingReview, Stage::Deferred];

pub(super) fn run_state(state: &str) -> &str {
    match state {
        "running" => "进行中",
        "applied" => "已完成",
        "partial" => "部分完成",
        "held" => "熔断待放行",
        "void" => "作废（本机网络故障）",
        "dropped" => "已放弃",
        "abandoned" => "中途退出",
        other => other,
    }
}

pub(super) fn trail(kind: &str) -> &str {
    match kind {
        "logged_in" => "登录",
        "login_failed" => "登录失败",
        "login_barred" => "登录被拒绝",
        "logged_out" => "退出",
        "person_added" => "新建账号",
        "person_locked" => "停用账号",
        "person_unlocked" => "启用账号",
        "password_changed" => "修改口令",
        "token_made" => "新建接口令牌",
        "forbidden" => "越权被拒绝",
        "downloaded" => "下载",
        "setting_changed" => "修改设置",
        other => other,
    }
}

/// The letter of a rule's newest determinate answer.
pub(super) fn letter(letter: char) -> &'static str {
    match letter {
        'P' => "合格",
        'F' => "不合格",
        'R' => "不合格（已恢复访问）",
        'N' => "不适用",
        'U' => "无法判定",
        'E' => "程序出错",
        _ => "未查",
    }
}

/// Key of the labels' group of statuses.
pub(super) fn status_key(status: SiteStatus) -> &'static str {
    match status {
        SiteStatus::Running => "running",
        SiteStatus::Maintenance => "maintenance",
        SiteStatus::Suspended => "suspended",
        SiteStatus::Closing => "closing",
        SiteStatus::Closed => "closed",
    }
}
