//! A run's own journal: `<data>/runs/<run>.ndjson`, one look per line, written while the ledger stays untouched.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{LedgerError, RunId};

/// Append-only file of one run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Journal {
    /// Creates the journal of `run` below the data folder `dir`.
    ///
    /// # Errors
    /// [`LedgerError::DiskFull`], [`LedgerError::ReadOnly`], [`LedgerError::File`].
    pub fn create(dir: &Path, run: &RunId) -> Result<Journal, LedgerError> {
        let folder = dir.join("runs");
        fs::create_dir_all(&folder).map_err(LedgerError::file(&folder))?;
        let path = Journal::path_of(dir, run);
        let file =
            OpenOptions::new().append(true).create_new(true).open(&path).map_err(LedgerError::file(path.as_path()))?;
        Ok(Journal { file: BufWriter::with_capacity(256 * 1024, file), path })
    }

    /// Where the journal of `run` lies.
    pub fn path_of(dir: &Path, run: &RunId) -> PathBuf {
        dir.join("runs").join(format!("{run}.ndjson"))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one line; `line` holds no line break.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn append(&mut self, line: &str) -> Result<(), LedgerError> {
        debug_assert!(!line.contains('\n'), "one look per line");
        let write = |file: &mut BufWriter<File>| {
            file.write_all(line.as_bytes())?;
            file.write_all(b"\n")
        };
        write(&mut self.file).map_err(LedgerError::file(&self.path))
    }

    /// Brings everything appended so far onto the disk.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn sync(&mut self) -> Result<(), LedgerError> {
        let sync = |file: &mut BufWriter<File>| {
            file.flush()?;
            file.get_ref().sync_data()
        };
        sync(&mut self.file).map_err(LedgerError::file(&self.path))
    }

    /// Keeps the newest `keep` journals of the data folder and removes the others; run ids sort by time.
    /// Returns how many were removed.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn prune(dir: &Path, keep: usize) -> Result<usize, LedgerError> {
        let folder = dir.join("runs");
        if !folder.exists() {
            return Ok(0);
        }
        let list = || -> std::io::Result<Vec<PathBuf>> {
            fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.path())).collect()
        };
        let mut journals = list().map_err(LedgerError::file(&folder))?;
        journals.retain(|p| p.extension().is_some_and(|e| e == "ndjson"));
        journals.sort();
        journals.truncate(journals.len().saturating_sub(keep));
        for path in &journals {
            fs::remove_file(path).map_err(LedgerError::file(path))?;
        }
        Ok(journals.len())
    }
}
