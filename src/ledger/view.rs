//! What readers of the ledger get: frozen rows, no SQL behind them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::Location;
use crate::rule::{RuleStatus, Severity};

/// 办理阶段.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 疑似
    Suspected,
    /// 未证实: 疑似 that did not confirm; never on the list.
    Unconfirmed,
    /// 待整改
    Open,
    /// 整改中
    Rectifying,
    /// 待复核
    AwaitingReview,
    /// 已销号
    Closed,
    /// 挂账
    Deferred,
    /// 不予列入
    Dismissed,
}

impl Stage {
    /// On the list as 未销号.
    pub fn is_unsolved(self) -> bool {
        matches!(self, Stage::Open | Stage::Rectifying | Stage::AwaitingReview | Stage::Deferred)
    }
}

/// Where an entry comes from (来源).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 巡查: machine evidence opens, reopens and supports closing. Every other source is decided by persons.
    #[default]
    Patrol,
    /// 登记库: register comparison and timers.
    Register,
    /// 自查
    SelfCheck,
    /// 上级通报
    Above,
    /// 下级报送
    Below,
    /// 人工
    Manual,
}

impl Source {
    pub fn is_patrol(&self) -> bool {
        *self == Source::Patrol
    }
}

/// Why a row is not to be on the list (不予列入); a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 误报: needs an attachment that shows it.
    FalseAlarm,
    /// 重复: names the row that stands for it.
    Duplicate,
    /// 非本单位
    OtherUnit,
    /// 政策允许: needs a document number.
    Permitted,
    /// 不属检查范围
    OutOfScope,
    /// 站点已关停且已核
    SiteClosed,
}

/// A file that a person put to a row; kept in the evidence store under its content address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub sha256: String,
    /// As named by whoever brought it; shown only, never a path.
    pub name: String,
    pub bytes: u64,
}

/// 机器判定 of a problem's items at the moment of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceState {
    /// 仍存在
    StillThere,
    /// 未再发现
    NotSeenAgain,
    /// 无法判定
    Undetermined,
    /// No machine observes it.
    ByPerson,
}

/// 时限 colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clockface {
    Normal,
    /// 临期
    Blue,
    /// 滞后/退回
    Yellow,
    /// 超期
    Red,
    /// 停表
    Stopped,
}

/// Characters of an id that name a row while it has no number: the end, the beginning is the time.
pub(super) const HANDLE: usize = 8;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProblemView {
    /// `610800-2020-00041`; empty while 疑似.
    pub number: String,
    /// Internal id, stable.
    pub id: String,
    pub site: String,
    pub site_name: String,
    pub site_url: String,
    /// 主办单位 as of opening.
    pub unit: String,
    pub unit_id: String,
    /// `municipal` or `county`.
    pub unit_level: String,
    pub rule: String,
    pub rule_title: String,
    pub severity: Severity,
    pub key_point: u8,
    pub stage: Stage,
    /// 存在问题.
    pub text: String,
    /// 整改措施.
    pub measure: String,
    /// 依据.
    pub basis: String,
    pub locations: Vec<Location>,
    pub first_seen: Timestamp,
    /// Last determinate failure.
    pub last_seen: Timestamp,
    /// Last determinate answer of either kind.
    pub last_checked: Timestamp,
    pub evidence_state: EvidenceState,
    /// 波动: comes and goes; striking off takes twice as many passes on twice as many days.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flapping: bool,
    /// Reason key while the newest answer is undetermined, and since when.
    pub undetermined: Option<(String, Timestamp)>,
    pub opened_at: Option<Timestamp>,
    /// Exclusive end of the time limit.
    pub due: Option<Timestamp>,
    /// The work calendar of the due year was not loaded.
    pub due_provisional: bool,
    pub clock: Clockface,
    pub closed_at: Option<Timestamp>,
    pub reopened: u32,
    pub returned: u32,
    /// Content addresses of stored evidence, newest last.
    pub evidence: Vec<String>,
    #[serde(default, skip_serializing_if = "Source::is_patrol")]
    pub source: Source,
    /// A person wrote or confirmed the measure; else it is a suggestion.
    #[serde(default)]
    pub measure_confirmed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// 下发
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// 认领
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// Exclusive end of the unit's own time limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Timestamp>,
    /// 申请复核
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// Exclusive end of 不予列入.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_until: Option<Timestamp>,
    /// The time limit as first given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_due: Option<Timestamp>,
    #[serde(default)]
    pub extended: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl ProblemView {
    /// What a person calls this row by: its number, or while it has none the end of its id. [`super::Ledger::problem`]
    /// understands it.
    pub fn handle(&self) -> &str {
        if !self.number.is_empty() {
            return &self.number;
        }
        self.id.len().checked_sub(HANDLE).and_then(|at| self.id.get(at..)).unwrap_or(&self.id)
    }

    /// The measure is more than a suggestion: a person wrote, confirmed or sent it out.
    pub fn measure_stands(&self) -> bool {
        self.measure_confirmed || self.issued_at.is_some()
    }
}

/// One line of a problem's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventView {
    pub seq: i64,
    pub at: Timestamp,
    /// `machine` or a person's name.
    pub actor: String,
    pub kind: String,
    pub from: Option<Stage>,
    pub to: Option<Stage>,
    pub reason: String,
    pub run: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<HandlingView>,
}

/// What a person wrote into a row with one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandlingView {
    pub measure: Option<String>,
    pub assignee: Option<String>,
    /// Exclusive end of the time limit given or promised, of 挂账 or of 不予列入.
    pub until: Option<Timestamp>,
    pub approver: Option<String>,
    pub document: Option<String>,
    pub plan: Option<String>,
    pub ground: Option<Ground>,
    pub attachments: Vec<Attachment>,
}

/// One run as `runs list` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub id: String,
    pub kind: String,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// `running`, `applied`, `partial`, `held`, `void`, `dropped`, `abandoned`.
    pub state: String,
    /// 应查 / 已查 / 无法判定 sites.
    pub planned: u32,
    pub covered: u32,
    pub undetermined: u32,
    pub note: String,
}

/// A site of one run where a listing rule could not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnclearView {
    pub site: String,
    /// As last planned.
    pub name: String,
    /// Reason keys, in alphabetic order.
    pub reasons: Vec<String>,
}

/// A failure that is no row of the list: a hint, or a rule on trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintView {
    pub site: String,
    pub site_name: String,
    /// 主办单位 as of the newest run.
    pub unit: String,
    pub rule: String,
    pub rule_title: String,
    pub severity: Severity,
    /// `Experimental` marks a rule on trial.
    pub status: RuleStatus,
    pub key_point: u8,
    pub text: String,
    pub measure: String,
    pub locations: Vec<Location>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}
