//! The numbered file format of evidence: one JSON object per look, one look per line.

use std::io::{self, BufRead};

use super::{Evidence, FORMAT};

/// Why a stored look could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The file is not evidence, or was cut off: act on the file.
    #[error("parse evidence line {line}: {source}")]
    Parse { line: usize, source: serde_json::Error },
    /// Written by a newer program: act on the program.
    #[error("read evidence format {found}, this program knows up to {FORMAT}")]
    Newer { line: usize, found: u32 },
    #[error("read evidence: {0}")]
    Io(#[from] io::Error),
}

/// One look as one JSON line, without the line break.
pub fn to_line(evidence: &Evidence) -> String {
    serde_json::to_string(evidence).expect("evidence has string keys and no failing serializer")
}

/// Reads one line; decoded bodies are restored from the wire bytes under `body_cap` bytes each.
pub fn from_line(line: &str, number: usize, body_cap: usize) -> Result<Evidence, FormatError> {
    #[derive(serde::Deserialize)]
    struct Head {
        v: u32,
    }
    let parse = |source| FormatError::Parse { line: number, source };
    let head: Head = serde_json::from_str(line).map_err(parse)?;
    if head.v > FORMAT {
        return Err(FormatError::Newer { line: number, found: head.v });
    }
    let mut evidence: Evidence = serde_json::from_str(line).map_err(parse)?;
    let hops = evidence.fetches.iter_mut().flat_map(|f| &mut f.hops);
    let rendered = evidence.rendered.iter_mut().filter_map(|r| r.dom.as_mut());
    for body in hops.filter_map(|h| h.body.as_mut()).chain(rendered) {
        let decoded = super::http::decode(&body.wire, &body.encoding, body_cap);
        body.bytes = decoded.bytes.into();
    }
    Ok(evidence)
}

/// Reads a whole journal; a torn last line (a killed run) is reported as `Parse` with its number.
pub fn read_lines(input: impl BufRead, body_cap: usize) -> impl Iterator<Item = Result<Evidence, FormatError>> {
    input.lines().enumerate().filter_map(move |(i, line)| match line {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(from_line(&text, i + 1, body_cap)),
        Err(e) => Some(Err(e.into())),
    })
}

/// Bytes as base64 text, for serde.
pub mod base64_bytes {
    use data_encoding::BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        BASE64.decode(text.as_bytes()).map_err(D::Error::custom)
    }
}
