//! Exit codes: one documented table, printed by `xunjian help codes` and in the README.

use crate::diagnostic::io_reason;

/// How the process ends. When several apply the first of this order wins:
/// integrity, output, config, void, held, incomplete, refused, not found, busy, unsolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: done, but there are unsolved problems at or above `--fail-on` (or a self-test of the program failed).
    Unsolved,
    /// 2: the command line is wrong.
    Usage,
    /// 3: register, rules or calendar are invalid.
    Config,
    /// 4: the run is incomplete: the undetermined share is above `--max-undetermined`.
    Incomplete,
    /// 5: another process holds the ledger.
    Busy,
    /// 6: the ledger or stored evidence is damaged.
    Integrity,
    /// 7: the brake holds the run.
    Held,
    /// 8: no such site, problem, rule or run.
    NotFound,
    /// 9: the transition is refused.
    Refused,
    /// 10: a file could not be written or read, disk full.
    Output,
    /// 11: our own network failed; the run is void.
    Void,
    /// 130: interrupted; what was finished is saved as a partial run.
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Unsolved => 1,
            Exit::Usage => 2,
            Exit::Config => 3,
            Exit::Incomplete => 4,
            Exit::Busy => 5,
            Exit::Integrity => 6,
            Exit::Held => 7,
            Exit::NotFound => 8,
            Exit::Refused => 9,
            Exit::Output => 10,
            Exit::Void => 11,
            Exit::Interrupted => 130,
        }
    }
}

/// A failed command: the code, and what the user reads on stderr (Chinese, with the next step).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    pub exit: Exit,
    pub message: String,
}

impl CliError {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        CliError { exit, message: message.into() }
    }

    /// A file that could not be read or written.
    pub fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let next = match error.kind() {
            std::io::ErrorKind::NotFound => "请核对路径（所在文件夹须已存在）",
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "请检查文件权限或换一个目录"
            }
            std::io::ErrorKind::StorageFull => "磁盘已满，请清理后重试",
            _ => "请检查磁盘与文件是否被其他程序占用",
        };
        CliError::new(Exit::Output, format!("{what}失败：{}（{}）。{next}。", path.display(), io_reason(error)))
    }
}
