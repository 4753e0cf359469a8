//! A copy of the data folder that can take its place: the ledger at one moment and every evidence file it cites.

use std::fs::{self, File};
use std::path::Path;

use super::store::sync_dir;
use super::{Ledger, LedgerError};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub events: i64,
    /// 台账校验码 of the copy.
    pub code: String,
    /// Evidence files copied now, and files that were there from an earlier backup.
    pub copied: u32,
    pub kept: u32,
}

impl Ledger {
    /// Copies the ledger and its evidence into `to`, which may hold an earlier backup of the same ledger: then only what is new is
    /// copied. Patrols may go on meanwhile. The copy is verified before it takes the place of the earlier one.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] when `to` is the data folder itself or holds another or a later ledger;
    /// [`LedgerError::Damaged`] when the copy does not verify, and then the earlier backup stays; file errors.
    pub async fn backup(&self, to: &Path) -> Result<Backup, LedgerError> {
        fs::create_dir_all(to).map_err(LedgerError::file(to))?;
        let real = |path: &Path| path.canonicalize().map_err(LedgerError::file(path));
        let (source, target) = (real(&self.dir)?, real(to)?);
        if target.starts_with(&source) || source.starts_with(&target) {
            return Err(refuse("备份目录不能放在数据目录里，也不能包含数据目录；请换一个目录，最好在另一块磁盘上"));
        }
        let partial = to.join(format!("backup-{}.part", std::process::id()));
        drop(fs::remove_dir_all(&partial));
        fs::create_dir(&partial).map_err(LedgerError::file(&partial))?;
        let copied = self.copy(to, &partial).await;
        drop(fs::remove_dir_all(&partial));
        copied
    }

    async fn copy(&self, to: &Path, partial: &Path) -> Result<Backup, LedgerError> {
        let (place, copy) = (to.join("ledger.db"), partial.join("ledger.db"));
        let Some(name) = copy.to_str() else {
            return Err(refuse("备份目录的名称无法写入数据库命令，请换一个普通的目录名"));
        };
        sqlx::query("VACUUM INTO $1").bind(name).execute(&self.pool).await?;
        // The copy's evidence is the target's: what the snapshot cites was stored before it was cited.
        let (copied, kept) = copy_evidence(&self.dir.join("evidence"), &to.join("evidence"))?;
        if place.exists() {
            let earlier = Ledger::open_read(to, self.clock.clone()).await?;
            let code = earlier.code().await?;
            let same = self.holds(&code).await?;
            earlier.shutdown().await;
            if !same {
                return Err(refuse(&format!(
                    "该目录里已有另一本台账，或比现在的台账更新（校验码 {code}）；请换一个目录，不要覆盖"
                )));
            }
        }
        let snapshot = Ledger::open_beside(partial, to, self.clock.clone()).await?;
        let report = snapshot.verify().await?;
        snapshot.shutdown().await;
        if !report.is_sound() {
            return Err(LedgerError::Damaged(format!("备份校验未通过：{}", report.faults.join("；"))));
        }
        let durable = || {
            File::open(&copy)?.sync_all()?;
            // Left by a program that looked at the earlier copy; they do not belong to this one.
            for left in ["ledger.db-wal", "ledger.db-shm"] {
                drop(fs::remove_file(to.join(left)));
            }
            fs::rename(&copy, &place)?;
            sync_dir(to)
        };
        durable().map_err(LedgerError::file(&place))?;
        Ok(Backup { events: report.events, code: report.code, copied, kept })
    }

    /// Whether the log once ended with the 校验码 `code`: the printed list belongs to this log.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn holds(&self, code: &str) -> Result<bool, LedgerError> {
        let Some(seq) = code.rsplit_once('@').and_then(|(_, seq)| seq.parse::<i64>().ok()) else { return Ok(false) };
        let found: Option<(String,)> =
            sqlx::query_as("SELECT hash FROM event WHERE seq = $1").bind(seq).fetch_optional(&self.pool).await?;
        let link = match found {
            Some((hash,)) => super::chain::Link::from_hex(&hash),
            None => (seq == 0).then(super::chain::Link::default),
        };
        Ok(link.is_some_and(|link| link.code(seq).eq_ignore_ascii_case(code)))
    }
}

fn refuse(reason: &str) -> LedgerError {
    LedgerError::refused("台账", None, "备份", reason)
}

/// Files that are missing in `to`; a file's name says what is in it, so what is there is not copied again.
fn copy_evidence(from: &Path, to: &Path) -> Result<(u32, u32), LedgerError> {
    let (mut copied, mut kept) = (0, 0);
    let Ok(entries) = fs::read_dir(from) else { return Ok((0, 0)) };
    fs::create_dir_all(to).map_err(LedgerError::file(to))?;
    for entry in entries {
        let entry = entry.map_err(LedgerError::file(from))?;
        let name = entry.file_name();
        let place = to.join(&name);
        if name.to_string_lossy().contains('.') {
            continue;
        }
        if place.exists() {
            kept += 1;
            continue;
        }
        let partial = to.join(format!("{}.{}.part", name.to_string_lossy(), std::process::id()));
        let copy = || {
            fs::copy(entry.path(), &partial)?;
            File::open(&partial)?.sync_all()?;
            fs::rename(&partial, &place)
        };
        copy().map_err(LedgerError::file(&place))?;
        copied += 1;
    }
    sync_dir(to).map_err(LedgerError::file(to))?;
    Ok((copied, kept))
}
