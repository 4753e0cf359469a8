//! Certificates made with openssl: a root, an intermediate, somebody else's root, and leaves good and bad.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes everything `hosts` (certificate name, host) asks for below `dir`.
pub fn make(dir: &Path, hosts: &[(&str, &str)]) {
    let authority = |name: &str, key: &str, issuer: Option<&str>| {
        let subject = format!("/C=CN/O=luoshui/CN={name}");
        match issuer {
            None => openssl(
                dir,
                &format!(
                    "req -x509 -newkey {key} -nodes -keyout {name}.key -out {name}.pem -days 3650 -subj {subject} -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
                ),
            ),
            Some(issuer) => {
                fs::write(dir.join("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n").expect("a file");
                request(dir, name, key, &subject);
                openssl(
                    dir,
                    &format!(
                        "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 3000 -out {name}.pem -extfile ca.ext"
                    ),
                );
            }
        }
    };
    authority("root", EC, None);
    authority("inter", EC, Some("root"));
    authority("inter-rsa", "rsa:2048", Some("root"));
    authority("other", EC, None);
    for (name, host) in hosts {
        leaf(dir, name, host);
    }
}

fn leaf(dir: &Path, name: &str, host: &str) {
    let host = if name.contains("other-host") { "www.jingshan.gov.cn" } else { host };
    let names = match name {
        "ok" => "DNS:www.luoshui.gov.cn,DNS:*.luoshui.gov.cn,DNS:luoshui.gov.cn".to_owned(),
        _ => format!("DNS:{host}"),
    };
    let self_signed = name == "self-signed";
    let issuer = if name == "other-root" { "other" } else { "inter" };
    let mut extensions = format!(
        "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={names}\nsubjectKeyIdentifier=hash\n"
    );
    if !self_signed {
        extensions += "authorityKeyIdentifier=keyid\n";
    }
    fs::write(dir.join(format!("{name}.ext")), extensions).expect("a file");
    request(dir, name, EC, &format!("/C=CN/O=luoshui/CN={host}"));
    let days = 200;
    let in_days = |days: i64| {
        let day = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        day.strftime("%y%m%d%H%M%SZ").to_string()
    };
    let dates = match name {
        "future" => Some(("300101000000Z".to_owned(), "310101000000Z".to_owned())),
        "soon" => Some((in_days(-353), in_days(12))),
        name if name.starts_with("expired") => Some(("230101000000Z".to_owned(), "240101000000Z".to_owned())),
        _ => None,
    };
    match dates {
        _ if self_signed => openssl(
            dir,
            &format!("x509 -req -in {name}.csr -signkey {name}.key -days {days} -out {name}.pem -extfile {name}.ext"),
        ),
        None => openssl(
            dir,
            &format!(
                "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days {days} -out {name}.pem -extfile {name}.ext"
            ),
        ),
        Some((from, until)) => dated(dir, name, &from, &until),
    }
    match name {
        "self-signed" | "leaf-only" => {}
        "other-root" => follow(dir, name, &["other"]),
        _ => follow(dir, name, &["inter"]),
    }
}

/// An unusual leaf below `inter-rsa`, which makes signatures of every digest.
pub struct Odd<'a> {
    pub name: &'a str,
    /// As `req -newkey` takes it.
    pub key: &'a str,
    pub digest: &'a str,
    /// Empty: `/`.
    pub subject: String,
    /// Subject alternative names.
    pub names: Option<String>,
    /// Certificates sent after it, in this order.
    pub chain: &'a [&'a str],
}

pub fn odd(dir: &Path, leaf: &Odd<'_>) {
    let Odd { name, key, digest, .. } = leaf;
    let critical = if leaf.subject.is_empty() { "critical," } else { "" };
    let mut extensions = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n".to_owned();
    if let Some(names) = &leaf.names {
        let _ = writeln!(extensions, "subjectAltName={critical}{names}");
    }
    fs::write(dir.join(format!("{name}.ext")), extensions).expect("a file");
    request(dir, name, key, &format!("/{}", leaf.subject.trim_start_matches('/')));
    openssl(
        dir,
        &format!(
            "x509 -req -{digest} -in {name}.csr -CA inter-rsa.pem -CAkey inter-rsa.key -CAcreateserial -days 200 -out {name}.pem -extfile {name}.ext"
        ),
    );
    follow(dir, name, leaf.chain);
}

/// Appends certificates to a leaf's file.
fn follow(dir: &Path, name: &str, chain: &[&str]) {
    let file = dir.join(format!("{name}.pem"));
    let read = |name: &str| fs::read_to_string(dir.join(format!("{name}.pem"))).expect("made");
    fs::write(&file, chain.iter().fold(read(name), |all, next| all + &read(next))).expect("a file");
}

/// Only the `ca` command lets every version of openssl choose both dates.
fn dated(dir: &Path, name: &str, from: &str, until: &str) {
    let book = dir.join(format!("{name}.ca"));
    fs::create_dir(&book).expect("a folder");
    fs::write(book.join("index"), "").expect("a file");
    fs::write(book.join("serial"), "1001").expect("a file");
    let book = book.display();
    let settings = format!(
        "[ca]\ndefault_ca=d\n[d]\ndatabase={book}/index\nserial={book}/serial\nnew_certs_dir={book}\ndefault_md=sha256\npolicy=p\n[p]\nC=optional\nO=optional\nCN=supplied\n"
    );
    fs::write(dir.join(format!("{name}.cnf")), settings).expect("a file");
    openssl(
        dir,
        &format!(
            "ca -batch -notext -config {name}.cnf -cert inter.pem -keyfile inter.key -in {name}.csr -out {name}.pem -startdate {from} -enddate {until} -extfile {name}.ext"
        ),
    );
}

/// Key on the usual curve, as `req -newkey` takes it.
const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

fn request(dir: &Path, name: &str, key: &str, subject: &str) {
    openssl(dir, &format!("req -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj {subject}"));
}

/// Runs `openssl` there.
pub fn openssl(dir: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().expect("openssl");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}
