//! Opening the file: who wrote it, which version, and the settings every connection needs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};

use super::{EvidenceStore, LedgerError};
use crate::clock::Clock;

/// Numbered migrations; the number is the place in this list, counted from 1.
const MIGRATIONS: [&str; 9] = [
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_visits.sql"),
    include_str!("migrations/0003_unjudged.sql"),
    include_str!("migrations/0004_rates.sql"),
    include_str!("migrations/0005_stages.sql"),
    include_str!("migrations/0006_flapping.sql"),
    include_str!("migrations/0007_office.sql"),
    include_str!("migrations/0008_reports.sql"),
    include_str!("migrations/0009_content.sql"),
];

/// Version since which items are folded as they are now; what an older file holds is folded anew.
const FOLD_SINCE: i64 = 6;

/// `PRAGMA application_id`: "XJLG".
const APPLICATION_ID: i64 = 0x584A_4C47;

/// The ledger of one data folder: one writer, every write one transaction.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) pool: SqlitePool,
    pub(super) dir: PathBuf,
    pub(super) clock: Clock,
}

impl Ledger {
    /// Opens the ledger in `dir` for writing, creating the folder and the file and bringing an older file up to date.
    ///
    /// # Errors
    /// [`LedgerError::Newer`], [`LedgerError::Foreign`], [`LedgerError::Damaged`] without touching the file;
    /// [`LedgerError::ReadOnly`], [`LedgerError::DiskFull`].
    pub async fn open(dir: &Path, clock: Clock) -> Result<Ledger, LedgerError> {
        std::fs::create_dir_all(dir).map_err(LedgerError::file(dir))?;
        super::disk::refuse_network(dir)?;
        let path = dir.join("ledger.db");
        refuse_lost(dir, &path)?;
        if path.exists() {
            // Looked at read-only first: a foreign or newer file must not even change its journal mode.
            let (probe, _) = look_into(&path).await?;
            probe.close().await;
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // KiB, as a negative number: a run of tens of thousands of sites is one transaction, and a small cache would write
            // its pages out many times.
            .pragma("cache_size", "-4096");
        let pool = connect(options).await?;
        let before = migrate(&pool).await?;
        let ledger = Ledger { pool, dir: dir.to_owned(), clock };
        if (1..FOLD_SINCE).contains(&before) {
            ledger.rebuild().await?;
        }
        Ok(ledger)
    }

    /// Opens an existing ledger for looking only.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] when there is none; otherwise as [`open`](Self::open).
    pub async fn open_read(dir: &Path, clock: Clock) -> Result<Ledger, LedgerError> {
        let path = dir.join("ledger.db");
        if !path.exists() {
            return Err(LedgerError::Missing(dir.to_owned()));
        }
        refuse_lost(dir, &path)?;
        let (pool, version) = look_into(&path).await?;
        if version < MIGRATIONS.len() as i64 {
            pool.close().await;
            return Ledger::open(dir, clock).await;
        }
        Ok(Ledger { pool, dir: dir.to_owned(), clock })
    }

    /// The ledger file of `dir` with the evidence of `data`, for looking only: a copy that is not in its place yet.
    pub(super) async fn open_beside(dir: &Path, data: &Path, clock: Clock) -> Result<Ledger, LedgerError> {
        let path = dir.join("ledger.db");
        let (pool, _) = look_into(&path).await?;
        Ok(Ledger { pool, dir: data.to_owned(), clock })
    }

    /// Opens an existing ledger for many readers at once, up to `readers` of them. What it can read it must not write.
    ///
    /// # Errors
    /// As [`open_read`](Self::open_read).
    pub async fn open_readers(dir: &Path, clock: Clock, readers: u32) -> Result<Ledger, LedgerError> {
        let one = Ledger::open_read(dir, clock.clone()).await?;
        one.shutdown().await;
        let options = SqliteConnectOptions::new().filename(dir.join("ledger.db")).read_only(true);
        let options = options.busy_timeout(Duration::from_secs(10)).pragma("cache_size", "-16384");
        let pool = SqlitePoolOptions::new().max_connections(readers.max(1)).connect_with(options).await?;
        Ok(Ledger { pool, dir: dir.to_owned(), clock })
    }

    /// A ledger that lives as long as the value, for tests that need thousands of them.
    #[cfg(test)]
    pub(super) async fn in_memory(clock: Clock) -> Ledger {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let pool = connect(options).await.expect("memory");
        migrate(&pool).await.expect("schema");
        Ledger { pool, dir: std::env::temp_dir().join("no-such-data-folder"), clock }
    }

    /// The evidence files beside this ledger.
    pub fn evidence(&self) -> EvidenceStore {
        EvidenceStore::new(&self.dir)
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Finishes outstanding work and closes the file.
    pub async fn shutdown(self) {
        self.pool.close().await;
    }

    /// The write lock is taken at once, so that a transaction never fails half-way for want of it.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>, LedgerError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.now().as_microsecond()
    }
}

async fn connect(options: SqliteConnectOptions) -> Result<SqlitePool, LedgerError> {
    let options = options.busy_timeout(Duration::from_secs(10));
    Ok(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
}

/// A new ledger beside the evidence of an old one would forget every problem and give its numbers out again.
fn refuse_lost(dir: &Path, path: &Path) -> Result<(), LedgerError> {
    let size = path.metadata().map(|m| m.len()).ok();
    if size.is_some_and(|bytes| bytes > 0) || !EvidenceStore::new(dir).holds_anything() {
        return Ok(());
    }
    let what = if size.is_some() { "是空的" } else { "不见了" };
    Err(LedgerError::Damaged(format!("{} {what}，旁边却有以往巡查的证据", path.display())))
}

/// Opens a file for looking only and recognises it. What a process that was killed in the midst of a write left behind can only
/// be put right by somebody who may write: then that is done first, as the next writer would.
async fn look_into(path: &Path) -> Result<(SqlitePool, i64), LedgerError> {
    let look = async || {
        let pool = connect(SqliteConnectOptions::new().filename(path).read_only(true)).await?;
        match recognise(&pool, path).await {
            Ok(version) => Ok((pool, version)),
            Err(error) => {
                pool.close().await;
                Err(error)
            }
        }
    };
    match look().await {
        Err(LedgerError::ReadOnly) => {
            let writer = connect(SqliteConnectOptions::new().filename(path)).await?;
            let version = recognise(&writer, path).await;
            writer.close().await;
            version?;
            look().await
        }
        other => other,
    }
}

/// The file's version; 0 for an empty file. Refuses what is not ours or newer than us.
async fn recognise(pool: &SqlitePool, path: &Path) -> Result<i64, LedgerError> {
    let (application,): (i64,) = sqlx::query_as("PRAGMA application_id").fetch_one(pool).await?;
    let (version,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(pool).await?;
    let (tables,): (i64,) = sqlx::query_as("SELECT count(*) FROM sqlite_master").fetch_one(pool).await?;
    if application != APPLICATION_ID && (application, version, tables) != (0, 0, 0) {
        return Err(LedgerError::Foreign(path.to_owned()));
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(LedgerError::Newer { found: version, known });
    }
    Ok(version)
}

/// Brings the tables up to date; returns the version found.
async fn migrate(pool: &SqlitePool) -> Result<i64, LedgerError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    let (version,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&mut *tx).await?;
    let done = usize::try_from(version).unwrap_or(0);
    for (i, script) in MIGRATIONS.iter().enumerate().skip(done) {
        sqlx::raw_sql(*script).execute(&mut *tx).await?;
        let stamp = format!("PRAGMA user_version = {}; PRAGMA application_id = {APPLICATION_ID};", i + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(version)
}
