//! One run at a time per data folder: an operating-system lock, released by the system when the process dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;

use super::LedgerError;

/// Held for a whole run; dropping it frees the folder.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

/// Takes the run lock of `dir`, creating the folder if needed.
///
/// # Errors
/// [`LedgerError::Busy`] when another process (or another holder in this one) has it.
pub fn lock(dir: &Path) -> Result<RunLock, LedgerError> {
    fs::create_dir_all(dir).map_err(LedgerError::file(dir))?;
    let path = dir.join("ledger.lock");
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let mut file = open.map_err(LedgerError::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(busy(&mut file)),
        Err(TryLockError::Error(e)) => return Err(LedgerError::file(&path)(e)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(LedgerError::file(&path))?;
    Ok(RunLock { _file: file })
}

/// The holder wrote its process id when it took the lock, so the file's time is the lock's.
fn busy(file: &mut File) -> LedgerError {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0);
    let since = file.metadata().and_then(|m| m.modified()).ok().and_then(|t| Timestamp::try_from(t).ok());
    LedgerError::Busy { since: since.unwrap_or(Timestamp::UNIX_EPOCH), pid }
}
