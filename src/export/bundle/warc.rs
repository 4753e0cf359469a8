//! Stored exchanges as WARC 1.1 (ISO 28500:2017), one gzip member per record. Nothing is added to what was stored: requests are not kept,
//! so there are none; answers are written from the stored status, headers and body.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::evidence::{Evidence, Hop};

/// The look's exchanges, in order.
pub(super) fn write(evidence: &Evidence, program: &str) -> std::io::Result<Vec<u8>> {
    let at = evidence.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut out = Vec::new();
    let about = format!(
        "software: {program}\r\nformat: WARC File Format 1.1\r\n\
         description: Answers are written from the stored status, headers and body; header names are lower case, cookies are \
         reduced to their names, transfer codings are undone, and requests were not stored. Dates are those of the look's beginning.\r\n"
    );
    let info = Record { kind: "warcinfo", uri: "", mime: "application/warc-fields", extra: String::new() };
    let mut count = 0;
    record(&mut out, &mut count, &at, &info, about.as_bytes())?;
    for hop in evidence.fetches.iter().flat_map(|f| &f.hops) {
        exchange(&mut out, &mut count, &at, hop)?;
    }
    Ok(out)
}

fn exchange(out: &mut Vec<u8>, count: &mut usize, at: &str, hop: &Hop) -> std::io::Result<()> {
    let mut extra = String::new();
    if let Some(ip) = hop.address.as_deref().and_then(ip_of) {
        extra.push_str(&format!("WARC-IP-Address: {ip}\r\n"));
    }
    if hop.version.as_deref() == Some("HTTP/2") {
        extra.push_str("WARC-Protocol: h2\r\n");
    }
    let uri = one_line(&hop.url);
    if let Some(status) = hop.status {
        let mut extra = extra.clone();
        let mut block = format!("HTTP/1.1 {status} \r\n").into_bytes();
        for (name, value) in &hop.headers {
            if name == "transfer-encoding" || name == "content-length" {
                continue;
            }
            block.extend(name.bytes().filter(|b| b.is_ascii_graphic() && *b != b':'));
            block.extend(b": ");
            block.extend(value.chars().filter(|c| !c.is_control()).map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')));
            block.extend(b"\r\n");
        }
        block.extend(b"\r\n");
        match &hop.body {
            Some(body) => {
                if body.cut {
                    extra.push_str("WARC-Truncated: length\r\n");
                }
                extra.push_str(&format!("WARC-Payload-Digest: sha256:{}\r\n", digest(&body.wire)));
                block.extend(&body.wire);
            }
            None => extra.push_str("WARC-Truncated: unspecified\r\n"),
        }
        let head = Record { kind: "response", uri: &uri, mime: "application/http;msgtype=response", extra };
        record(out, count, at, &head, &block)?;
    }
    if let Some(failure) = &hop.failure {
        let said = serde_json::to_string(failure).unwrap_or_default();
        let head = Record { kind: "metadata", uri: &uri, mime: "application/warc-fields", extra };
        record(out, count, at, &head, format!("failure: {said}\r\n").as_bytes())?;
    }
    Ok(())
}

struct Record<'a> {
    kind: &'static str,
    uri: &'a str,
    mime: &'static str,
    /// Further header lines, each with its end.
    extra: String,
}

/// The id comes from what is written and where, so that the same look gives the same bytes.
fn record(out: &mut Vec<u8>, count: &mut usize, at: &str, head: &Record<'_>, block: &[u8]) -> std::io::Result<()> {
    let mut hash = Sha256::new();
    hash.update(count.to_le_bytes());
    hash.update(head.kind);
    hash.update(head.uri);
    hash.update(block);
    let mut id: [u8; 16] = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    // Version 8 of RFC 9562: bits chosen by the writer.
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&id);
    let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    let uri = if head.uri.is_empty() { String::new() } else { format!("WARC-Target-URI: {}\r\n", head.uri) };
    let lines = format!(
        "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: <urn:uuid:{uuid}>\r\nWARC-Date: {at}\r\n{uri}{}\
         WARC-Block-Digest: sha256:{}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        head.kind,
        head.extra,
        digest(block),
        head.mime,
        block.len()
    );
    let mut packer = GzBuilder::new().write(out, Compression::default());
    packer.write_all(lines.as_bytes())?;
    packer.write_all(block)?;
    packer.write_all(b"\r\n\r\n")?;
    packer.finish()?;
    *count += 1;
    Ok(())
}

/// Base32, as WARC files give digests.
fn digest(bytes: &[u8]) -> String {
    data_encoding::BASE32.encode(&Sha256::digest(bytes))
}

fn ip_of(address: &str) -> Option<std::net::IpAddr> {
    address.parse::<std::net::SocketAddr>().map(|a| a.ip()).ok().or_else(|| address.parse().ok())
}

/// Blanks and controls as URLs write them: the address stands in a header line.
fn one_line(url: &str) -> String {
    let mut out = String::new();
    for c in url.chars() {
        if c.is_control() || c.is_whitespace() {
            let mut buffer = [0; 4];
            c.encode_utf8(&mut buffer).bytes().for_each(|b| out.push_str(&format!("%{b:02X}")));
        } else {
            out.push(c);
        }
    }
    out
}
