//! What can go wrong with the ledger, in words that name the next step.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::view::Stage;
use crate::clock::local;

/// Failures of the ledger; each variant says who must act.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another patrol holds the lock: wait, or end that process.
    #[error("另一次巡查正在进行（进程号 {pid}，开始于 {}）。请等它结束后再试；如确认该进程已不存在，直接重试即可。", minute(.since))]
    Busy { since: Timestamp, pid: u32 },
    /// Another program is writing to the file right now: try again.
    #[error("台账正被其他程序写入，等待超时。请稍后重试；如用其他软件打开了台账文件，请先关闭。")]
    Locked,
    /// No ledger in that folder: run a patrol first or give the right folder.
    #[error("在 {} 没有找到台账（ledger.db）。请先执行一次巡查，或检查数据目录是否写对。", .0.display())]
    Missing(PathBuf),
    /// Written by a newer program: update the program.
    #[error(
        "台账由更新版本的程序写成（台账版本 {found}，本程序最高识别 {known}）。请升级程序后再用，台账未作任何改动。"
    )]
    Newer { found: i64, known: i64 },
    /// The file is some other program's database: give the right folder.
    #[error("{} 不是巡检台账。请检查数据目录是否写对。", .0.display())]
    Foreign(PathBuf),
    /// The file is damaged: restore a copy.
    #[error("台账文件已损坏（{0}）。请勿继续写入：先另存现有文件，再用最近的备份恢复。")]
    Damaged(String),
    /// The data folder lies on another machine's disk, where locks and syncs cannot be relied on.
    #[error(
        "数据目录 {} 在网络磁盘（{kind}）上，断线或多机同写会损坏台账。请把数据目录放在本机磁盘上，用 ledger backup 备份到网络磁盘；确有把握时可设环境变量 {allow}=1 再试。", .dir.display()
    )]
    NetworkDisk { dir: PathBuf, kind: String, allow: &'static str },
    /// The machine's clock stands before the newest entry of the log.
    #[error(
        "本机时间（{}）早于台账最近一条记录（{}）。请先校准本机时间；台账未作改动。", minute(.now), minute(.last)
    )]
    ClockBack { now: Timestamp, last: Timestamp },
    /// The disk is full: free space, then repeat; nothing was half written.
    #[error("磁盘空间不足，本次写入已整体撤销。请清理磁盘后重试。")]
    DiskFull,
    /// The file or folder may not be written: check its permissions.
    #[error("台账或数据目录不可写。请检查文件权限，或把数据目录放到可写的磁盘上。")]
    ReadOnly,
    /// The step is not in the transition table, or its guard is not met: the person must do what the reason says.
    #[error("{number} 不能办理“{action}”：{reason}")]
    Refused { number: String, stage: Option<Stage>, action: &'static str, reason: String },
    /// Somebody moved the row since the person looked at it: look again.
    #[error("{number} 已于 {} 由 {by} 办理或更新，请核对最新情况后再提交。", minute(.at))]
    Overtaken { number: String, at: Timestamp, by: String },
    /// An account cannot be made or changed as asked: the words say why.
    #[error("{0}。")]
    Account(String),
    /// The run is not in a state that allows the step.
    #[error("巡查 {run} 当前状态为“{state}”，不能{action}。可用 runs list 查看各次巡查的状态。")]
    RunState { run: String, state: String, action: &'static str },
    /// No such problem: check the number.
    #[error("没有编号为 {0} 的问题。可用 problems list 查看编号。")]
    NoSuchProblem(String),
    /// No such run: check the id.
    #[error("没有编号为 {0} 的巡查。可用 runs list 查看编号。")]
    NoSuchRun(String),
    /// The caller handed in something inconsistent: our bug.
    #[error("程序内部错误：{0}。台账未作改动，请把本条信息报告给维护人员。")]
    Input(String),
    /// Evidence or journal file could not be read or written: act on the file.
    #[error("读写 {} 失败（{source}）。{}。", .path.display(), next_step(.source))]
    File { path: PathBuf, source: io::Error },
    /// Any other failure of the data base.
    #[error("台账读写失败（{0}）。请检查磁盘是否正常、文件是否被其他程序占用，然后重试。")]
    Sql(sqlx::Error),
}

impl LedgerError {
    pub(super) fn refused(number: &str, stage: Option<Stage>, action: &'static str, reason: impl Into<String>) -> Self {
        LedgerError::Refused { number: number.to_owned(), stage, action, reason: reason.into() }
    }

    /// File errors with their place; a full disk and a read-only one get their own words.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerError::DiskFull,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => LedgerError::ReadOnly,
            _ => LedgerError::File { path: path.into(), source },
        }
    }
}

fn next_step(source: &io::Error) -> &'static str {
    use io::ErrorKind::*;
    match source.kind() {
        AlreadyExists | NotADirectory => "数据目录的位置上已有一个同名文件，请换一个目录",
        NotFound => "请核对数据目录，文件可能已被移走",
        _ => "请检查磁盘，以及文件是否被其他程序占用",
    }
}

/// Primary result codes of SQLite (<https://www.sqlite.org/rescode.html>); the low byte of the extended code. Every statement
/// is our own, so one that the data base cannot understand, or a stored value of the wrong shape, means a damaged file.
impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        let full = match &error {
            sqlx::Error::Database(e) => e.code().and_then(|c| c.parse::<i64>().ok()),
            sqlx::Error::PoolTimedOut => Some(5),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => Some(11),
            _ => None,
        };
        // IOERR_SHORT_READ: the file ends where it should not.
        if full == Some(522) {
            return LedgerError::Damaged(technical(&error));
        }
        match full.map(|c| c & 0xff) {
            Some(5 | 6) => LedgerError::Locked,
            Some(8 | 14) => LedgerError::ReadOnly,
            Some(1 | 11 | 20 | 26) => LedgerError::Damaged(technical(&error)),
            Some(13) => LedgerError::DiskFull,
            _ => LedgerError::Sql(error),
        }
    }
}

/// The library's words for technicians. They may quote a damaged file, so nothing in them may steer a terminal.
fn technical(error: &sqlx::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error returned from database: ").unwrap_or(&text);
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A stored row that does not parse: only damage or tampering can cause it.
impl From<serde_json::Error> for LedgerError {
    fn from(error: serde_json::Error) -> Self {
        LedgerError::Damaged(format!("内容无法解读：{error}"))
    }
}

fn minute(at: &Timestamp) -> String {
    local(*at).strftime("%Y-%m-%d %H:%M").to_string()
}
