//! Certificates made with openssl: a root, an intermediate, somebody else's root, and leaves good and bad.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes everything `hosts` (certificate name, host) asks for below `dir`.
pub fn make(dir: &Path, hosts: &[(&str, &str)]) {
    let authority = |name: &str, issuer: Option<&str>| {
        let subject = format!("/C=CN/O=luoshui/CN={name}");
        match issuer {
            None => openssl(
                dir,
                &format!(
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem -days 3650 -subj {subject} -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
                ),
            ),
            Some(issuer) => {
                fs::write(dir.join("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n").expect("a file");
                request(dir, name, &subject);
                openssl(
                    dir,
                    &format!(
                        "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 3000 -out {name}.pem -extfile ca.ext"
                    ),
                );
            }
        }
    };
    authority("root", None);
    authority("inter", Some("root"));
    authority("other", None);
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
    request(dir, name, &format!("/C=CN/O=luoshui/CN={host}"));
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
    let chain = match name {
        "self-signed" | "leaf-only" => None,
        "other-root" => Some("other"),
        _ => Some("inter"),
    };
    if let Some(chain) = chain {
        let mut both = fs::read_to_string(dir.join(format!("{name}.pem"))).expect("made");
        let _ = write!(both, "{}", fs::read_to_string(dir.join(format!("{chain}.pem"))).expect("made"));
        fs::write(dir.join(format!("{name}.pem")), both).expect("a file");
    }
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

fn request(dir: &Path, name: &str, subject: &str) {
    openssl(
        dir,
        &format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj {subject}"
        ),
    );
}

fn openssl(dir: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().expect("openssl");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}
