//! Where a ledger may lie: SQLite's write-ahead log needs the locks and the shared memory of one machine.

use std::path::Path;

use super::LedgerError;

/// Set to `1` by somebody who knows better.
const ALLOW: &str = "XUNJIAN_ALLOW_NETWORK_DISK";

/// File systems that lie on another machine, as Linux names them.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb",
    "smb2",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "9p",
    "davfs",
    "fuse.sshfs",
    "fuse.davfs2",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.juicefs",
];

/// # Errors
/// [`LedgerError::NetworkDisk`].
pub(super) fn refuse_network(dir: &Path) -> Result<(), LedgerError> {
    let Some(kind) = network_kind(dir) else { return Ok(()) };
    if std::env::var_os(ALLOW).is_some_and(|v| v == "1") {
        return Ok(());
    }
    Err(LedgerError::NetworkDisk { dir: dir.to_owned(), kind, allow: ALLOW })
}

#[cfg(windows)]
fn network_kind(dir: &Path) -> Option<String> {
    use std::path::{Component, Prefix};
    let real = dir.canonicalize().ok()?;
    match real.components().next()? {
        Component::Prefix(p) if matches!(p.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)) => Some("SMB".to_owned()),
        _ => None,
    }
}

#[cfg(not(windows))]
fn network_kind(dir: &Path) -> Option<String> {
    let real = dir.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_in(&mounts, &real).filter(|kind| NETWORK.contains(&kind.as_str()))
}

/// File-system type of the mount that holds `path`, by the text of `/proc/self/mountinfo` (proc(5)): the fifth field is the
/// mount point, the first after the dash the type; of nested mounts the innermost and of stacked ones the last counts.
#[cfg(not(windows))]
fn kind_in(mounts: &str, path: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = unescape(before.split(' ').nth(4)?);
        Some((point, after.split(' ').next()?.to_owned()))
    };
    let holding = mounts.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    holding.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

/// Blanks of a mount point are written as `\040`, and so on.
#[cfg(not(windows))]
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, char)| text.replace(code, char))
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_decides() {
        let mounts = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
            30 22 0:40 / /mnt/share\\040a rw shared:5 - cifs //server/a rw\n\
            31 30 8:2 / /mnt/share\\040a/disk rw - xfs /dev/sdb rw\n";
        let kind = |path: &str| kind_in(mounts, Path::new(path));
        assert_eq!(kind("/mnt/share a/data").as_deref(), Some("cifs"));
        assert_eq!(kind("/mnt/share a/disk/data").as_deref(), Some("xfs"));
        assert_eq!(kind("/mnt/share b").as_deref(), Some("ext4"));
        assert!(NETWORK.contains(&"cifs") && !NETWORK.contains(&"ext4"));
        // Tests themselves run on a disk of this machine.
        assert!(refuse_network(&std::env::temp_dir()).is_ok());
    }
}
