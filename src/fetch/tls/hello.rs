//! ClientHello messages for versions and suites our TLS library does not speak (RFC 6101, RFC 5246 §7.4.1.2, RFC 8446 §4.1.2,
//! RFC 8998, GB/T 38636-2020). They ask what a server speaks; no handshake is ever completed with them.
//!
//! Messages stay below 256 bytes for ordinary names: some balancers never answer longer ones of old versions.

use crate::evidence::hello::{Offer, TlsVersion};

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3): asks whether the server knows secure renegotiation.
const RENEGOTIATION: u16 = 0x00ff;

/// What browsers and libraries of the last twenty years speak, most wanted first.
const OLD: &[u16] = &[
    0xc02b,
    0xc02f,
    0xc02c,
    0xc030,
    0xcca9,
    0xcca8, // ECDHE with AEAD
    0xc009,
    0xc013,
    0xc00a,
    0xc014,
    0xc023,
    0xc027,
    0xc024,
    0xc028, // ECDHE with CBC
    0x009c,
    0x009d,
    0x002f,
    0x0035,
    0x003c,
    0x003d,
    0x0041,
    0x0084,
    0x0096, // RSA
    0x009e,
    0x009f,
    0x0033,
    0x0039,
    0x0067,
    0x006b,
    0xccaa,
    0x0032,
    0x0038, // DHE
    0xc09c,
    0xc0a0,
    0xc0ac, // CCM
    0xc012,
    0xc008,
    0x000a,
    0x0016,
    0x0013,
    0xc011,
    0xc007,
    0x0005,
    0x0004, // 3DES, RC4
    0x0009,
    0x0015,
    0x0003,
    0x0008,
    0x0014, // DES, export
    RENEGOTIATION,
];
/// RC4, 3DES, DES, export strength, NULL, anonymous.
const WEAK: &[u16] = &[
    0x0005,
    0x0004,
    0xc011,
    0xc007,
    0x000a,
    0x0016,
    0x0013,
    0xc012,
    0xc008,
    0xc00d,
    0xc003,
    0x0009,
    0x0015,
    0x0012,
    0x0003,
    0x0006,
    0x0008,
    0x0011,
    0x0014,
    0x0062,
    0x0064,
    0x0001,
    0x0002,
    0x003b,
    0xc006,
    0xc010,
    0x0018,
    0x001b,
    0x0034,
    0x003a,
    0x006c,
    0x006d,
    0x00a6,
    0x00a7,
    0xc015,
    0xc016,
    0xc017,
    0xc018,
    0xc019,
    0x0007,
    RENEGOTIATION,
];
/// Ephemeral Diffie-Hellman over finite fields.
const DHE: &[u16] = &[
    0x009e,
    0x009f,
    0x0033,
    0x0039,
    0x0067,
    0x006b,
    0xccaa,
    0xc09e,
    0xc09f,
    0x0032,
    0x0038,
    0x0040,
    0x006a,
    0x00a2,
    0x00a3,
    0x0045,
    0x0088,
    0x009a,
    0x0016,
    0x0013,
    0x0015,
    0x0012,
    0x0014,
    0x0011,
    RENEGOTIATION,
];
/// ECC_SM4_GCM_SM3, ECC_SM4_CBC_SM3, ECDHE_SM4_GCM_SM3, ECDHE_SM4_CBC_SM3, RSA_SM4_CBC_SM3, RSA_SM4_GCM_SM3.
const TLCP: &[u16] = &[0xe053, 0xe013, 0xe051, 0xe011, 0xe019, 0xe059];
/// TLS_SM4_GCM_SM3 and TLS_SM4_CCM_SM3 (RFC 8998 §2).
const RFC8998: &[u16] = &[0x00c6, 0x00c7];
const TLS13: &[u16] = &[0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00c6, 0x00c7];

/// x25519, P-256, P-384, P-521, x448, brainpool of 256 to 512 bits.
const CURVES: &[u16] = &[0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001a, 0x001b, 0x001c];
/// The curves, ffdhe2048 to 8192, curveSM2, X25519MLKEM768, SecP256r1MLKEM768.
const GROUPS13: &[u16] = &[
    0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001f, 0x0020, 0x0021, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104, 0x0029,
    0x11ec, 0x11eb,
];
const SM2: &[u16] = &[0x0029];
/// ECDSA, EdDSA, PSS and PKCS#1 with SHA-1 to SHA-512, DSA.
const SIGNATURES: &[u16] =
    &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0603, 0x0807, 0x0203, 0x0201, 0x0202];
/// sm2sig_sm3 first.
const SIGNATURES13: &[u16] = &[
    0x0708, 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0807, 0x0808, 0x081a, 0x081b,
    0x081c, 0x0401, 0x0501, 0x0601,
];

/// One record holding a ClientHello. `host` is sent as server name where the offer names it; `None` for addresses, which
/// have no place there (RFC 6066 §3). `random` is the client random, 32 bytes, and the session id of TLS 1.3.
pub(super) fn client_hello(offer: Offer, host: Option<&str>, random: &[u8; 32]) -> Vec<u8> {
    let (version, suites): ([u8; 2], &[u16]) = match offer {
        Offer::Old | Offer::Tls12 => ([3, 3], OLD),
        Offer::Tls10 => ([3, 1], OLD),
        Offer::Tls11 => ([3, 2], OLD),
        Offer::Ssl3 => ([3, 0], OLD),
        Offer::WeakSuites => ([3, 3], WEAK),
        Offer::Dhe => ([3, 3], DHE),
        Offer::Tls13 => ([3, 3], TLS13),
        Offer::Rfc8998 => ([3, 3], RFC8998),
        Offer::Tlcp | Offer::TlcpBare => ([1, 1], TLCP),
    };
    let modern = matches!(offer, Offer::Tls13 | Offer::Rfc8998);
    let mut body = Vec::with_capacity(256);
    body.extend(version);
    body.extend(random);
    if modern {
        // Middleboxes expect a session id (RFC 8446 appendix D.4).
        body.push(32);
        body.extend(random);
    } else {
        body.push(0);
    }
    vector16(&mut body, |b| suites.iter().for_each(|s| b.extend(s.to_be_bytes())));
    body.extend([1, 0]);
    let extensions = extensions(offer, host);
    // An empty block is refused by stacks that know none (GmSSL); so it is left out.
    if !extensions.is_empty() {
        vector16(&mut body, |b| b.extend(&extensions));
    }
    let record_version = match offer {
        Offer::Tlcp | Offer::TlcpBare => [1, 1],
        Offer::Ssl3 => [3, 0],
        _ => [3, 1],
    };
    let mut record = vec![22];
    record.extend(record_version);
    vector16(&mut record, |r| {
        r.extend([1, 0]);
        vector16(r, |r| r.extend(&body));
    });
    record
}

/// A server that names this version speaks what was offered; a hello of TLS 1.3 may be answered by less.
pub(super) fn allows(offer: Offer, version: TlsVersion) -> bool {
    match offer {
        Offer::Tlcp | Offer::TlcpBare => version == TlsVersion::Tlcp,
        Offer::Ssl3 => version == TlsVersion::Ssl3,
        Offer::Tls10 => version <= TlsVersion::Tls10,
        Offer::Tls11 => version <= TlsVersion::Tls11,
        Offer::Tls13 | Offer::Rfc8998 => version == TlsVersion::Tls13,
        _ => version <= TlsVersion::Tls12,
    }
}

/// Whether `suite` was among those offered.
pub(super) fn offered(offer: Offer, suite: u16) -> bool {
    let suites = match offer {
        Offer::WeakSuites => WEAK,
        Offer::Dhe => DHE,
        Offer::Tls13 => TLS13,
        Offer::Rfc8998 => RFC8998,
        Offer::Tlcp | Offer::TlcpBare => TLCP,
        _ => OLD,
    };
    suite != RENEGOTIATION && suites.contains(&suite)
}

fn extensions(offer: Offer, host: Option<&str>) -> Vec<u8> {
    let mut all = Vec::new();
    if matches!(offer, Offer::Ssl3 | Offer::TlcpBare) {
        return all;
    }
    if let Some(host) = host {
        extension(&mut all, 0, |e| {
            vector16(e, |list| {
                list.push(0);
                vector16(list, |name| name.extend(host.as_bytes()));
            });
        });
    }
    let (groups, signatures) = match offer {
        Offer::Tlcp => return all,
        Offer::Tls13 => (GROUPS13, SIGNATURES13),
        Offer::Rfc8998 => (SM2, &SIGNATURES13[..1]),
        _ => (CURVES, SIGNATURES),
    };
    // A server of finite-field groups must not see curves and then choose by them.
    if offer != Offer::Dhe {
        extension(&mut all, 10, |e| vector16(e, |list| groups.iter().for_each(|g| list.extend(g.to_be_bytes()))));
        if !matches!(offer, Offer::Tls13 | Offer::Rfc8998) {
            extension(&mut all, 11, |e| e.extend([1, 0]));
        }
    }
    if !matches!(offer, Offer::Tls10 | Offer::Tls11) {
        extension(&mut all, 13, |e| vector16(e, |list| signatures.iter().for_each(|s| list.extend(s.to_be_bytes()))));
    }
    if matches!(offer, Offer::Tls13 | Offer::Rfc8998) {
        extension(&mut all, 43, |e| e.extend([2, 3, 4]));
        // No key share: the server names the suite and the group it wants in a HelloRetryRequest.
        extension(&mut all, 51, |e| e.extend([0, 0]));
    }
    all
}

fn extension(out: &mut Vec<u8>, kind: u16, fill: impl FnOnce(&mut Vec<u8>)) {
    out.extend(kind.to_be_bytes());
    vector16(out, fill);
}

/// A vector whose length takes two bytes; our own content is far below what they hold.
fn vector16(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0, 0]);
    fill(out);
    let length = u16::try_from(out.len() - at - 2).unwrap_or(u16::MAX);
    out[at..at + 2].copy_from_slice(&length.to_be_bytes());
}
