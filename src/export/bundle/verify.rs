//! Proving a bundle: every file against the manifest, every look against its address.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{MANIFEST, Manifest, VERSION, hex};

/// Most files in a bundle.
const FILES: usize = 10_000;
/// Largest file and largest sum, bytes, unpacked.
const LARGEST: u64 = 512 * 1024 * 1024;
const ALL: u64 = 2 * LARGEST;

/// A bundle in which everything fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json`.
    pub sha256: String,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    NotAZip,
    /// The manifest is missing or cannot be read.
    Manifest,
    /// Written by a newer program.
    Newer(u32),
    /// A listed file is not there.
    Absent(String),
    /// A file is there that nobody listed.
    Unlisted(String),
    /// A file cannot be unpacked, or is not what the manifest says.
    Changed(String),
    /// A look's file is not the one at its address in the ledger.
    Address(String),
    TooLarge(String),
}

impl Fault {
    pub fn words(&self) -> String {
        match self {
            Fault::NotAZip => "不是完整的证据包（zip 结构损坏）".to_owned(),
            Fault::Manifest => "manifest.json 缺失或损坏".to_owned(),
            Fault::Newer(v) => format!("证据包格式 {v} 比本程序新，请用新版程序核对"),
            Fault::Absent(name) => format!("缺少文件 {}", name.escape_debug()),
            Fault::Unlisted(name) => format!("多出文件 {}，manifest.json 里没有", name.escape_debug()),
            Fault::Changed(name) => format!("文件 {} 损坏或被改动", name.escape_debug()),
            Fault::Address(name) => format!("{} 与台账中的地址不符", name.escape_debug()),
            Fault::TooLarge(name) => format!("文件 {} 过大，未核对", name.escape_debug()),
        }
    }
}

/// Checks a bundle.
///
/// # Errors
/// Every fault, at least one.
pub fn verify(bytes: &[u8]) -> Result<Verified, Vec<Fault>> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| vec![Fault::NotAZip])?;
    if zip.len() > FILES {
        return Err(vec![Fault::TooLarge("zip".to_owned())]);
    }
    let mut left = ALL;
    let raw = member(&mut zip, MANIFEST, &mut left).map_err(|_| vec![Fault::Manifest])?;
    let version: serde_json::Value = serde_json::from_slice(&raw).map_err(|_| vec![Fault::Manifest])?;
    match version["v"].as_u64() {
        Some(v) if v > u64::from(VERSION) => return Err(vec![Fault::Newer(u32::try_from(v).unwrap_or(u32::MAX))]),
        _ => {}
    }
    let manifest: Manifest = serde_json::from_slice(&raw).map_err(|_| vec![Fault::Manifest])?;
    let mut faults = Vec::new();
    let mut listed: BTreeSet<&str> = BTreeSet::from([MANIFEST]);
    for file in &manifest.files {
        listed.insert(&file.name);
        let body = match member(&mut zip, &file.name, &mut left) {
            Ok(body) => body,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let sm3 = file.sm3.as_ref().is_none_or(|sum| *sum == hex(&sm3::Sm3::digest(&body)));
        if body.len() as u64 != file.bytes || hex(&Sha256::digest(&body)) != file.sha256 || !sm3 {
            faults.push(Fault::Changed(file.name.clone()));
        }
    }
    for look in &manifest.looks {
        let name = format!("{}/evidence.json", look.folder);
        if !manifest.files.iter().any(|f| f.name == name && f.sha256 == look.address) {
            faults.push(Fault::Address(name));
        }
    }
    let names: Vec<String> = (0..zip.len()).filter_map(|i| zip.by_index_raw(i).ok().map(|f| name_of(&f))).collect();
    faults.extend(names.iter().filter(|n| !listed.contains(n.as_str())).map(|n| Fault::Unlisted(n.clone())));
    if faults.is_empty() { Ok(Verified { sha256: hex(&Sha256::digest(&raw)), manifest }) } else { Err(faults) }
}

fn name_of<R: Read + ?Sized>(file: &zip::read::ZipFile<'_, R>) -> String {
    file.name().map_or_else(|_| "?".to_owned(), |n| n.to_string())
}

fn member(zip: &mut ZipArchive<Cursor<&[u8]>>, name: &str, left: &mut u64) -> Result<Vec<u8>, Fault> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Err(Fault::Absent(name.to_owned())),
        Err(_) => return Err(Fault::Changed(name.to_owned())),
    };
    let most = LARGEST.min(*left);
    let mut body = Vec::new();
    file.take(most + 1).read_to_end(&mut body).map_err(|_| Fault::Changed(name.to_owned()))?;
    if body.len() as u64 > most {
        return Err(Fault::TooLarge(name.to_owned()));
    }
    *left -= body.len() as u64;
    Ok(body)
}
