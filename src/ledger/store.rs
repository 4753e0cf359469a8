//! Evidence files: `<data>/evidence/<sha256>`, gzip, addressed by the SHA-256 of the uncompressed bytes.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::LedgerError;
use super::chain::sha256_hex;
use crate::evidence::format;

/// The evidence folder of a data folder.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    dir: PathBuf,
}

impl EvidenceStore {
    /// The store below the data folder `dir`; nothing is created before the first [`put`](Self::put).
    pub fn new(dir: &Path) -> Self {
        EvidenceStore { dir: dir.join("evidence") }
    }

    /// Whether anything was ever stored here.
    pub fn holds_anything(&self) -> bool {
        fs::read_dir(&self.dir).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// Stores `bytes` durably and returns their address: 64 lower-case hexadecimal characters. The file is complete and
    /// synced before this returns, so the transaction that cites it can never cite a hole.
    ///
    /// # Errors
    /// [`LedgerError::DiskFull`], [`LedgerError::ReadOnly`], [`LedgerError::File`].
    pub fn put(&self, bytes: &[u8]) -> Result<String, LedgerError> {
        let address = sha256_hex(bytes);
        let path = self.dir.join(&address);
        if path.exists() {
            return Ok(address);
        }
        let write = || {
            fs::create_dir_all(&self.dir)?;
            let partial = self.dir.join(format!("{address}.{}.part", std::process::id()));
            let mut packer = GzEncoder::new(File::create(&partial)?, Compression::default());
            packer.write_all(bytes)?;
            packer.finish()?.sync_all()?;
            fs::rename(&partial, &path)?;
            sync_dir(&self.dir)
        };
        write().map_err(LedgerError::file(&path))?;
        Ok(address)
    }

    /// The bytes behind `address`.
    ///
    /// # Errors
    /// [`LedgerError::File`] when the file is missing or unreadable.
    pub fn get(&self, address: &str) -> Result<Vec<u8>, LedgerError> {
        let path = self.dir.join(address);
        let read = || {
            let mut bytes = Vec::new();
            GzDecoder::new(File::open(&path)?).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(LedgerError::file(&path))
    }

    /// The newest picture that a browser took, among the looks stored under `addresses` (newest last).
    ///
    /// # Errors
    /// [`LedgerError::File`] when the picture is missing or unreadable.
    pub fn newest_picture(&self, addresses: &[String]) -> Result<Option<Vec<u8>>, LedgerError> {
        let named = |address: &String| {
            let text = String::from_utf8(self.get(address).ok()?).ok()?;
            let picture = format::from_line(&text, 1, 0).ok()?.rendered?.picture?;
            // It becomes the name of a file.
            picture.sha256.bytes().all(|b| b.is_ascii_hexdigit()).then_some(picture.sha256)
        };
        addresses.iter().rev().find_map(named).map(|sha| self.get(&sha)).transpose()
    }

    /// Every complete file: address, stored bytes, when it was stored. Empty without a folder.
    ///
    /// # Errors
    /// [`LedgerError::File`] when the folder cannot be read.
    pub fn entries(&self) -> Result<Vec<(String, u64, SystemTime)>, LedgerError> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(LedgerError::file(&self.dir)(e)),
        };
        let mut out = Vec::new();
        for entry in entries {
            let read = || {
                let entry = entry?;
                let meta = entry.metadata()?;
                Ok((entry.file_name().to_string_lossy().into_owned(), meta.len(), meta.modified()?))
            };
            let (name, bytes, modified) = read().map_err(LedgerError::file(&self.dir))?;
            if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
                out.push((name, bytes, modified));
            }
        }
        Ok(out)
    }

    /// Takes a file away for good. The caller knows that nothing cites it.
    ///
    /// # Errors
    /// [`LedgerError::File`] when it cannot be removed.
    pub fn remove(&self, address: &str) -> Result<(), LedgerError> {
        let path = self.dir.join(address);
        fs::remove_file(&path).map_err(LedgerError::file(&path))
    }

    /// Whether the file behind `address` exists and still holds what it was named after.
    pub fn verify(&self, address: &str) -> bool {
        self.get(address).is_ok_and(|bytes| sha256_hex(&bytes) == address)
    }
}

/// Makes a rename durable. Only Unix lets a folder be opened and synced.
pub(super) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
