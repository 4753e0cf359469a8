//! Kinds of TLS servers after the groups of badssl.com, each with what must be found at it and nothing else.

/// The name every one of them goes by.
pub const HOST: &str = "www.luoshui.gov.cn";

pub struct Class {
    pub name: &'static str,
    /// Certificate file without ending.
    pub cert: &'static str,
    pub by: By,
    /// Rules of encryption and liveness that must fail, in order; all others of them must not.
    pub fails: &'static [&'static str],
}

/// The program that serves it, and what it is told.
pub enum By {
    /// `openssl s_server`, further arguments.
    OpenSsl(&'static str),
    /// nginx, directives of its `server`; `plain:` what stands behind port 80.
    Nginx { tls: &'static str, plain: &'static str, page: &'static str },
    /// `gnutls-serv`, its priorities and what follows them.
    GnuTls(&'static str),
    /// `tls.py server` of tlslite-ng, further arguments.
    TlsLite(&'static str),
}

const fn cert(name: &'static str, fails: &'static [&'static str]) -> Class {
    Class { name, cert: name, by: By::OpenSsl("-cipher HIGH:!aNULL:!kDHE:@SECLEVEL=0 -no_tls1 -no_tls1_1"), fails }
}

const fn openssl(name: &'static str, arguments: &'static str, fails: &'static [&'static str]) -> Class {
    Class { name, cert: "rsa2048", by: By::OpenSsl(arguments), fails }
}

const fn gnutls(name: &'static str, priorities: &'static str, fails: &'static [&'static str]) -> Class {
    Class { name, cert: "rsa2048", by: By::GnuTls(priorities), fails }
}

const fn page(name: &'static str, page: &'static str, fails: &'static [&'static str]) -> Class {
    Class { name, cert: "ok", by: By::Nginx { tls: HSTS, plain: TO_TLS, page }, fails }
}

const fn headers(name: &'static str, tls: &'static str, plain: &'static str, fails: &'static [&'static str]) -> Class {
    Class { name, cert: "ok", by: By::Nginx { tls, plain, page: "" }, fails }
}

const HSTS: &str = "add_header Strict-Transport-Security max-age=31536000;";
const TO_TLS: &str = "return 301 https://$host$request_uri;";

pub const CLASSES: &[Class] = &[
    // Certificates.
    cert("ok", &[]),
    cert("expired", &["expired-certificate"]),
    cert("future", &["not-yet-valid-certificate"]),
    cert("other-host", &["wrong-host-certificate"]),
    cert("expired-other-host", &["expired-certificate", "wrong-host-certificate"]),
    cert("self-signed", &["self-signed-certificate"]),
    cert("other-root", &["untrusted-certificate"]),
    cert("leaf-only", &["incomplete-chain"]),
    cert("reversed", &["misordered-chain"]),
    cert("no-cn", &[]),
    cert("no-subject", &[]),
    cert("no-san", &["wrong-host-certificate"]),
    cert("sha1", &["weak-certificate"]),
    cert("md5", &["weak-certificate"]),
    // Too short for the signatures of today's handshake: nobody gets in, and nothing is judged.
    cert("rsa512", &[]),
    cert("rsa1024", &["weak-certificate"]),
    cert("rsa2048", &[]),
    cert("rsa4096", &[]),
    cert("sha384", &[]),
    cert("sha512", &[]),
    cert("ec384", &[]),
    cert("sans-1000", &[]),
    // Beyond what TLS libraries of today take; nothing is judged.
    cert("sans-10000", &[]),
    // Cipher suites.
    openssl("null", "-no_tls1 -no_tls1_1 -cipher ALL:eNULL:@SECLEVEL=0", &["weak-suites-offered"]),
    gnutls("rc4", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+ARCFOUR-128", &["weak-suites-offered"]),
    gnutls("3des", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+3DES-CBC", &["weak-suites-offered"]),
    gnutls(
        "rc4-only",
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+ARCFOUR-128",
        &["old-suites-only", "weak-suites-offered"],
    ),
    openssl("cbc-only", "-tls1_2 -cipher ECDHE-RSA-AES128-SHA", &["old-suites-only"]),
    openssl(
        "mozilla-modern",
        "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        &[],
    ),
    openssl(
        "mozilla-intermediate",
        "-no_tls1 -no_tls1_1 -cipher ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384",
        &[],
    ),
    openssl(
        "mozilla-old",
        "-cipher ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0",
        &["old-tls-offered"],
    ),
    // Key exchange.
    gnutls("dh512", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+DHE-RSA --dhparams dh512.pem", &["weak-dh-group"]),
    openssl("dh1024", DH1024, &["weak-dh-group"]),
    openssl(
        "dh1024-only",
        "-tls1_2 -cipher DHE-RSA-AES128-SHA:@SECLEVEL=0 -dhparam dh1024.pem",
        &["old-suites-only", "weak-dh-group"],
    ),
    openssl("dh2048", "-no_tls1 -no_tls1_1 -cipher ECDHE+AESGCM:DHE+AESGCM", &[]),
    openssl("static-rsa", "-tls1_2 -cipher AES128-SHA:AES256-SHA", &["old-suites-only"]),
    // Versions.
    Class {
        name: "ssl3-too",
        cert: "rsa2048",
        by: By::TlsLite("--ssl3"),
        fails: &["old-tls-offered", "weak-suites-offered"],
    },
    openssl("tls10-only", "-tls1 -cipher ALL:@SECLEVEL=0", &["old-tls-only"]),
    openssl("tls11-only", "-tls1_1 -cipher ALL:@SECLEVEL=0", &["old-tls-only"]),
    openssl("tls12-only", "-tls1_2 -cipher ECDHE+AESGCM", &[]),
    openssl("tls13-only", "-tls1_3", &[]),
    // Client certificates.
    openssl("client-cert", "-no_tls1 -no_tls1_1 -Verify 1 -verify_return_error", &[]),
    headers("client-cert-page", "ssl_verify_client on; ssl_client_certificate root.pem;", TO_TLS, &[]),
    // Pages and headers.
    headers("hsts", HSTS, TO_TLS, &[]),
    headers("no-hsts", "", TO_TLS, &["hsts-missing"]),
    headers("plain-open", HSTS, "", &["plain-http-open"]),
    page("mixed", "<img src='http://img.luoshui.gov.cn/a.png'>", &["mixed-passive-content"]),
    page(
        "mixed-favicon",
        "<link rel='shortcut icon' href='http://img.luoshui.gov.cn/f.ico'>",
        &["mixed-passive-content"],
    ),
    page("mixed-script", "<script src='http://img.luoshui.gov.cn/a.js'></script>", &["mixed-active-content"]),
    page("mixed-form", "<form action='http://so.luoshui.gov.cn/s'><input name=q></form>", &["mixed-form-target"]),
    page(
        "very",
        "<img src='http://img.luoshui.gov.cn/a.png'><iframe src='http://img.luoshui.gov.cn/'></iframe><form action='http://so.luoshui.gov.cn/s'></form>",
        &["mixed-active-content", "mixed-form-target", "mixed-passive-content"],
    ),
];

const DH1024: &str = "-no_tls1 -no_tls1_1 -cipher ECDHE+AESGCM:DHE+AESGCM:@SECLEVEL=0 -dhparam dh1024.pem";
