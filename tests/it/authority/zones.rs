//! The zones of the closed world: each is sound but for what its line of the table changes.

use std::fs;
use std::path::{Path, PathBuf};

use super::servers::{Holder, KNOT, NSD, PARENTS, tool};

/// Replacements in a text; what is to be replaced must stand there.
pub type Edits = &'static [(&'static str, &'static str)];

/// One zone below gov.cn.
#[derive(Debug, Clone, Copy)]
pub struct Zone {
    pub name: &'static str,
    /// Changes to what gov.cn says of it.
    pub parent: Edits,
    /// Changes to the zone on every server.
    pub zone: Edits,
    /// Changes on Knot alone.
    pub knot: Edits,
    pub on: &'static [Holder],
    pub signed: Signed,
    /// Rules of the group `dns` that must fail.
    pub faults: &'static [&'static str],
    /// Rules that must say that nothing can be said.
    pub unknown: &'static [&'static str],
}

pub const SOUND: Zone = Zone {
    name: "",
    parent: &[],
    zone: &[],
    knot: &[],
    on: &[Holder::Nsd, Holder::Knot],
    signed: Signed::No,
    faults: &[],
    unknown: &[],
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    No,
    /// With an elliptic curve.
    Well,
    /// With keys whose answers do not fit into a datagram.
    Long,
    /// Well, on Knot; NSD still has a version whose signatures have expired.
    OldOnNsd,
    Expired,
    /// Well, and the parent does not know.
    Unlinked,
    /// The parent's DS record is of a key that the zone does not have.
    OtherKey,
    /// Not at all, and the parent has a DS record.
    NoKey,
}

/// A zone file and the server it is for; `None`: the parents'.
pub struct File {
    pub name: String,
    pub path: PathBuf,
    pub holder: Option<Holder>,
}

const EXPIRED: &str = "-s 20200101000000 -e 20200201000000";

fn edited(name: &str, text: &str, edits: Edits) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{name}: nothing to change for {from}");
        text.replace(from, to)
    })
}

/// Writes and signs everything below `dir`.
pub fn write(dir: &Path, zones: &[Zone]) -> Vec<File> {
    fs::create_dir(dir.join("knot")).expect("a folder");
    let mut files = Vec::new();
    let servers = |zone: &str| {
        format!("{zone}. NS ns1.{zone}.\n{zone}. NS ns2.{zone}.\nns1.{zone}. A {NSD}\nns2.{zone}. A {KNOT}\n")
    };
    let head = |zone: &str, master: &str| {
        format!("$TTL 60\n{zone}. SOA {master} hostmaster.{zone}. 2026112501 3600 600 86400 60\n")
    };
    // A provider that is no site's.
    let hosting = head("hosting.gov.cn", "ns1.hosting.gov.cn.")
        + &servers("hosting.gov.cn")
        + "canary.hosting.gov.cn. A 127.0.0.1\nalias.hosting.gov.cn. CNAME ns2.hosting.gov.cn.\nhidden.hosting.gov.cn. CNAME ns1.hosting.gov.cn.\n";
    for holder in [Holder::Nsd, Holder::Knot] {
        files.push(put(dir, "hosting.gov.cn", Some(holder), &hosting));
    }
    let mut gov = head("gov.cn", "a.ns.gov.cn.")
        + &format!("gov.cn. NS a.ns.gov.cn.\ngov.cn. NS b.ns.gov.cn.\na.ns.gov.cn. A {}\n", PARENTS[1])
        + &format!("b.ns.gov.cn. A {}\n", PARENTS[2])
        + &servers("hosting.gov.cn");
    for zone in zones {
        let name = format!("{}.gov.cn", zone.name);
        gov += &edited(&name, &servers(&name), zone.parent);
        let text = head(&name, &format!("ns1.{name}.")) + &servers(&name) + &format!("www.{name}. A 127.0.0.1\n");
        let text = edited(&name, &text, zone.zone);
        let keys = dir.join(&name);
        fs::create_dir(&keys).expect("a folder");
        gov += &match zone.signed {
            Signed::No => String::new(),
            Signed::NoKey => ds(&keys, &key(&keys, &name, Kind::Key)),
            signed => {
                let kind = if signed == Signed::Long { Kind::LongKey } else { Kind::Key };
                let own = ds(&keys, &key(&keys, &name, kind));
                let other = keys.join("other");
                fs::create_dir(&other).expect("a folder");
                match signed {
                    Signed::Unlinked => String::new(),
                    Signed::OtherKey => ds(&other, &key(&other, &name, Kind::Key)),
                    _ => own,
                }
            }
        };
        for holder in zone.on {
            let text = if *holder == Holder::Knot { edited(&name, &text, zone.knot) } else { text.clone() };
            let file = put(dir, &name, Some(*holder), &text);
            match zone.signed {
                Signed::No | Signed::NoKey => {}
                Signed::Expired => sign(&keys, &file, EXPIRED),
                Signed::OldOnNsd if *holder == Holder::Nsd => sign(&keys, &file, EXPIRED),
                _ => sign(&keys, &file, ""),
            }
            files.push(file);
        }
    }
    for (name, text) in [("gov.cn", gov), (".", root())] {
        let keys = dir.join(format!("keys{}", files.len()));
        fs::create_dir(&keys).expect("a folder");
        let ksk = key(&keys, name, Kind::Key);
        let mut text = text;
        if name == "." {
            text += &fs::read_to_string(dir.join("gov.ds")).expect("signed before");
        } else {
            fs::write(dir.join("gov.ds"), ds(&keys, &ksk)).expect("a file");
        }
        let file = put(dir, name, None, &text);
        sign(&keys, &file, "");
        files.push(file);
    }
    files
}

fn root() -> String {
    format!(
        "$TTL 60\n. SOA a.root. hostmaster.root. 1 3600 600 86400 60\n. NS a.root.\na.root. A {}\n\
         gov.cn. NS a.ns.gov.cn.\ngov.cn. NS b.ns.gov.cn.\na.ns.gov.cn. A {}\nb.ns.gov.cn. A {}\n",
        PARENTS[0], PARENTS[1], PARENTS[2]
    )
}

fn put(dir: &Path, name: &str, holder: Option<Holder>, text: &str) -> File {
    let path = dir.join(format!("zone.{name}.{}", holder.map_or("parent".to_owned(), |h| format!("{h:?}"))));
    fs::write(&path, text).expect("a file");
    File { name: name.to_owned(), path, holder }
}

enum Kind {
    Key,
    LongKey,
}

/// Makes a zone key and a key for its keys; returns the latter's name.
fn key(dir: &Path, zone: &str, kind: Kind) -> String {
    let algorithm = match kind {
        Kind::Key => "-a ECDSAP256SHA256",
        Kind::LongKey => "-a RSASHA256 -b 4096",
    };
    tool(dir, "dnssec-keygen", &format!("-q {algorithm} {zone}"));
    tool(dir, "dnssec-keygen", &format!("-q {algorithm} -f KSK {zone}"))
}

fn ds(dir: &Path, key: &str) -> String {
    tool(dir, "dnssec-dsfromkey", &format!("-2 {key}")) + "\n"
}

fn sign(keys: &Path, file: &File, times: &str) {
    let path = file.path.display();
    tool(keys, "dnssec-signzone", &format!("-q -S -P {times} -o {} -f {path}.signed {path}", file.name));
    fs::rename(format!("{path}.signed"), &file.path).expect("a signed zone");
}
