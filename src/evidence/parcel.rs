//! Observations in a file, for two machines without a line between them: a head, visits and looks, an end that proves that
//! nothing is missing. One JSON object per line; looks are lines of [`format`](super::format) and follow the run that made them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::VisitDay;

/// Number of the format; a file with a higher one is refused.
pub const PARCEL: u32 = 1;

/// A line other than a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// The first line.
    Observations {
        v: u32,
        program: String,
        /// Where everything in the file was seen from.
        vantage: String,
        since: Date,
        made_at: Timestamp,
    },
    /// One site's visits of one day.
    Visits {
        site: String,
        /// The address that was visited.
        url: String,
        seen: VisitDay,
    },
    /// The looks that follow are this run's.
    Run { run: String },
    /// The last line.
    End {
        /// Lines before this one.
        lines: u64,
        /// SHA-256 of their bytes, line ends included, hexadecimal.
        sha256: String,
    },
}

/// What a line is.
#[derive(Debug)]
pub enum Line {
    Entry(Entry),
    /// A look, still to be read by [`format::from_line`](super::format::from_line).
    Look,
    /// The head of a file in a format of this higher number.
    Newer(u32),
}

/// One entry as a line, without the line break.
pub fn to_line(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("entries have string keys and no failing serializer")
}

/// Tells what a line is. Evidence lines have no `type`.
///
/// # Errors
/// The line is neither an entry nor an object without `type`.
pub fn from_line(line: &str) -> Result<Line, serde_json::Error> {
    #[derive(Deserialize)]
    struct Head {
        r#type: Option<String>,
        v: Option<u32>,
    }
    let head: Head = serde_json::from_str(line)?;
    match (head.r#type.as_deref(), head.v) {
        (None, _) => Ok(Line::Look),
        (Some("observations"), Some(v)) if v > PARCEL => Ok(Line::Newer(v)),
        _ => Ok(Line::Entry(serde_json::from_str(line)?)),
    }
}
