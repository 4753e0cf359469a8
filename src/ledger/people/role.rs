//! Roles, and the one table of who may take which step.

use serde::{Deserialize, Serialize};

use crate::ledger::act::Deed;
use crate::ledger::view::Stage;

/// What a person is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 经办: works on the rows of one unit.
    Handler,
    /// 监管: confirms, issues, reviews, decides.
    Supervisor,
    /// 领导: reads.
    Leader,
    /// 审计: reads, the trail included.
    Auditor,
    /// 管理: people and settings; works on no row.
    Admin,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Handler, Role::Supervisor, Role::Leader, Role::Auditor, Role::Admin];

    /// As stored and in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Role::Handler => "handler",
            Role::Supervisor => "supervisor",
            Role::Leader => "leader",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }

    /// The role with this key.
    pub fn of(key: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.key() == key)
    }

    /// The trail of log-ins and downloads.
    pub fn reads_trail(self) -> bool {
        self == Role::Auditor
    }

    /// The list's log of events.
    pub fn reads_log(self) -> bool {
        matches!(self, Role::Auditor | Role::Supervisor)
    }

    /// People, schedule and settings.
    pub fn manages(self) -> bool {
        self == Role::Admin
    }

    /// Held runs, and runs on demand.
    pub fn directs_runs(self) -> bool {
        self == Role::Supervisor
    }

    /// Whether the table of steps knows `step` for this role.
    pub fn may(self, step: Step) -> bool {
        match self {
            Role::Handler => matches!(step, Step::Take | Step::Claim | Step::Edit | Step::Note | Step::Undo),
            Role::Supervisor => true,
            Role::Leader | Role::Auditor | Role::Admin => false,
        }
    }
}

/// A [`Deed`] without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Confirm,
    Issue,
    Take,
    Claim,
    Close,
    SendBack,
    Reopen,
    Defer,
    Resume,
    Extend,
    Dismiss,
    Restore,
    Edit,
    Note,
    Undo,
}

impl Step {
    /// In the order in which a page offers them.
    pub const ALL: [Step; 15] = [
        Step::Confirm,
        Step::Issue,
        Step::Take,
        Step::Claim,
        Step::Close,
        Step::SendBack,
        Step::Reopen,
        Step::Restore,
        Step::Resume,
        Step::Defer,
        Step::Extend,
        Step::Dismiss,
        Step::Edit,
        Step::Note,
        Step::Undo,
    ];

    /// In addresses.
    pub fn key(self) -> &'static str {
        match self {
            Step::Confirm => "confirm",
            Step::Issue => "issue",
            Step::Take => "take",
            Step::Claim => "claim",
            Step::Close => "close",
            Step::SendBack => "return",
            Step::Reopen => "reopen",
            Step::Defer => "hang",
            Step::Resume => "resume",
            Step::Extend => "extend",
            Step::Dismiss => "dismiss",
            Step::Restore => "restore",
            Step::Edit => "edit",
            Step::Note => "note",
            Step::Undo => "undo",
        }
    }

    /// The step with this key.
    pub fn of_key(key: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.key() == key)
    }

    /// The step that a deed is.
    pub fn of(deed: &Deed) -> Step {
        match deed {
            Deed::Confirm => Step::Confirm,
            Deed::Issue => Step::Issue,
            Deed::Take { .. } => Step::Take,
            Deed::Claim { .. } => Step::Claim,
            Deed::Close { .. } => Step::Close,
            Deed::SendBack => Step::SendBack,
            Deed::Reopen => Step::Reopen,
            Deed::Defer { .. } => Step::Defer,
            Deed::Resume => Step::Resume,
            Deed::Dismiss { .. } => Step::Dismiss,
            Deed::Restore => Step::Restore,
            Deed::Extend { .. } => Step::Extend,
            Deed::Edit { .. } => Step::Edit,
            Deed::Note { .. } => Step::Note,
            Deed::Undo => Step::Undo,
        }
    }

    /// Whether a row in `stage`, `issued` or not, can be offered this step. What else it needs the ledger says when asked.
    pub fn fits(self, stage: Stage, issued: bool) -> bool {
        use Stage::{AwaitingReview, Closed, Deferred, Dismissed, Open, Rectifying, Suspected};
        let live = matches!(stage, Suspected | Open | Rectifying | AwaitingReview | Deferred);
        match self {
            Step::Confirm => stage == Suspected,
            Step::Issue => matches!(stage, Open | Rectifying) && !issued,
            Step::Take => stage == Open,
            Step::Claim | Step::Extend => matches!(stage, Open | Rectifying | Deferred),
            Step::Close | Step::SendBack => stage == AwaitingReview,
            Step::Reopen => stage == Closed,
            Step::Defer => matches!(stage, Open | Rectifying),
            Step::Resume => stage == Deferred,
            Step::Dismiss | Step::Edit => live,
            Step::Restore => stage == Dismissed,
            Step::Note => true,
            Step::Undo => stage != Stage::Unconfirmed,
        }
    }
}
