//! Reading a file of observations: whole, of a known format, from another vantage, or not at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::super::rejudge::{Judged, apply_seen};
use super::super::{Line, Ran, RunError, judge_visits};
use crate::diagnostic::io_reason;
use crate::evidence::parcel::{self, Entry};
use crate::evidence::{VisitDay, format};
use crate::ledger::{Ledger, NewVisits};

/// Longest line that is read, bytes: a look with every body at its cap stays far below.
const LINE: u64 = 64 * 1024 * 1024;
/// Most visits of one file: 1,000 sites for three months.
const VISITS: usize = 2_500_000;
/// A clock may be this much ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// Longest name of a vantage, characters.
const NAME: usize = 64;

/// What is wrong with a file of observations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelFault {
    /// No file of observations at all.
    Foreign,
    /// Written by a newer program, in this format.
    Newer(u32),
    /// The line is none of such a file, or not whole.
    Damaged,
    /// Longer than any line of such a file.
    TooLong,
    TooMany,
    /// It ends before its end line.
    Short,
    /// What stands before the end line is not what was written.
    Altered,
    /// Something seen later than now: one of the two clocks is wrong.
    Ahead(Timestamp),
    /// Seen from a vantage of the same name as ours.
    OurVantage(String),
    /// The name of the vantage cannot be used, or is not the same throughout.
    Vantage,
}

/// What a file of observations brought.
#[derive(Debug)]
pub struct Imported {
    /// Where it was seen from.
    pub vantage: String,
    pub visits: NewVisits,
    /// Looks of sites of the register.
    pub looks: usize,
    /// Sites the register does not have, and those it has under another address: left out.
    pub unknown: Vec<String>,
    pub moved: Vec<String>,
    /// The runs that wrote what followed: looks, visits.
    pub ran: Vec<Ran>,
}

/// Takes over the observations of a file made by [`super::export_observations`] on another machine. The file is read to its end
/// before anything is stored. The same file once more changes nothing.
pub async fn import_observations(line: &Line<'_>, path: &Path) -> Result<Imported, RunError> {
    let parcel = Reader::open(path)?.read(line)?;
    let ledger = Ledger::open(line.data, line.clock.clone()).await?;
    let visits = ledger.add_visits(parcel.visits, false).await?;
    ledger.shutdown().await;
    let mut ran = Vec::new();
    if !parcel.judged.verdicts.is_empty() {
        ran.push(apply_seen(line, parcel.judged, "import", &parcel.vantage).await?);
    }
    ran.extend(judge_visits(line, "import").await?);
    let Parcel { vantage, looks, unknown, moved, .. } = parcel;
    Ok(Imported { vantage, visits, looks, unknown, moved, ran })
}

/// A file read to its end.
struct Parcel {
    vantage: String,
    visits: Vec<(String, VisitDay)>,
    judged: Judged,
    looks: usize,
    unknown: Vec<String>,
    moved: Vec<String>,
}

struct Reader {
    path: PathBuf,
    input: Box<dyn BufRead + Send>,
    hash: Sha256,
    /// Lines read so far.
    line: u64,
}

impl Reader {
    fn open(path: &Path) -> Result<Reader, RunError> {
        let failed = |e: io::Error| {
            let why = io_reason(&e);
            RunError::File(format!("打开观测文件失败：{}（{why}）。请核对路径。", path.display()))
        };
        let mut file = BufReader::with_capacity(256 * 1024, File::open(path).map_err(failed)?);
        let packed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let input: Box<dyn BufRead + Send> =
            if packed { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(file) };
        Ok(Reader { path: path.to_owned(), input, hash: Sha256::new(), line: 0 })
    }

    fn wrong(&self, fault: ParcelFault) -> RunError {
        RunError::Parcel { path: self.path.clone(), line: self.line, fault }
    }

    /// The next line without its end, and whether it had one; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Vec<u8>>, RunError> {
        let mut bytes = Vec::new();
        self.line += 1;
        let read = (&mut self.input).take(LINE).read_until(b'\n', &mut bytes);
        match read {
            // A compressed file that was cut or altered.
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                ) =>
            {
                Err(self.wrong(ParcelFault::Short))
            }
            Err(e) => Err(RunError::File(format!("读文件失败：{}（{}）。", self.path.display(), io_reason(&e)))),
            Ok(0) => Ok(None),
            Ok(_) if bytes.last() == Some(&b'\n') => Ok(Some(bytes)),
            Ok(read) if read as u64 == LINE => Err(self.wrong(ParcelFault::TooLong)),
            Ok(_) => Err(self.wrong(if self.line == 1 { ParcelFault::Foreign } else { ParcelFault::Short })),
        }
    }

    fn read(mut self, line: &Line<'_>) -> Result<Parcel, RunError> {
        let vantage = self.head(line)?;
        let latest = line.clock.now() + AHEAD;
        let cap = line.register.settings.budget.body_bytes;
        let mut parcel = Parcel {
            vantage,
            visits: Vec::new(),
            judged: Judged::none(),
            looks: 0,
            unknown: Vec::new(),
            moved: Vec::new(),
        };
        let (mut count, mut places, mut in_run) = (0, HashMap::new(), false);
        loop {
            let Some(bytes) = self.next()? else { return Err(self.wrong(ParcelFault::Short)) };
            let text =
                std::str::from_utf8(&bytes).map_err(|_| self.wrong(ParcelFault::Damaged))?.trim_end_matches('\n');
            match parcel::from_line(text) {
                Ok(parcel::Line::Entry(Entry::Visits { site, url, seen })) => {
                    if seen.vantage != parcel.vantage {
                        return Err(self.wrong(ParcelFault::Vantage));
                    }
                    if let Some(late) = seen.visits.last().filter(|v| v.at > latest) {
                        return Err(self.wrong(ParcelFault::Ahead(late.at)));
                    }
                    count += seen.visits.len();
                    if count > VISITS {
                        return Err(self.wrong(ParcelFault::TooMany));
                    }
                    if parcel.concerns(line, &site, &url) {
                        parcel.visits.push((site, seen));
                    }
                }
                Ok(parcel::Line::Entry(Entry::Run { .. })) => {
                    in_run = true;
                    places.clear();
                }
                Ok(parcel::Line::Look) if in_run => {
                    let mut look = format::from_line(text, usize::try_from(self.line).unwrap_or(usize::MAX), cap)
                        .map_err(|_| self.wrong(ParcelFault::Damaged))?;
                    if look.vantage != parcel.vantage {
                        return Err(self.wrong(ParcelFault::Vantage));
                    }
                    if look.finished_at > latest {
                        return Err(self.wrong(ParcelFault::Ahead(look.finished_at)));
                    }
                    if parcel.concerns(line, &look.site.id, &look.site.url)
                        && let Some(site) = line.register.site(&look.site.id)
                    {
                        // Our register says what is right, not the other machine's.
                        look.site = line.register.profile(site);
                        let text = format::to_line(&look);
                        parcel.judged.add(line, &mut places, &look, text);
                        parcel.looks += 1;
                    }
                }
                Ok(parcel::Line::Entry(Entry::End { lines, sha256 })) => {
                    let hash = data_encoding::HEXLOWER.encode(&self.hash.clone().finalize());
                    if lines != self.line - 1 || sha256 != hash || self.next()?.is_some() {
                        return Err(self.wrong(ParcelFault::Altered));
                    }
                    return Ok(parcel);
                }
                _ => return Err(self.wrong(ParcelFault::Damaged)),
            }
            self.hash.update(&bytes);
        }
    }

    /// Reads the first line. Returns the vantage.
    fn head(&mut self, line: &Line<'_>) -> Result<String, RunError> {
        let bytes = self.next()?.unwrap_or_default();
        let entry = std::str::from_utf8(&bytes).ok().and_then(|text| parcel::from_line(text).ok());
        self.hash.update(&bytes);
        let vantage = match entry {
            Some(parcel::Line::Newer(v)) => return Err(self.wrong(ParcelFault::Newer(v))),
            Some(parcel::Line::Entry(Entry::Observations { vantage, .. })) => vantage,
            _ => return Err(self.wrong(ParcelFault::Foreign)),
        };
        if vantage.trim().is_empty() || vantage.chars().count() > NAME || vantage.chars().any(char::is_control) {
            return Err(self.wrong(ParcelFault::Vantage));
        }
        if vantage == line.register.settings.vantage {
            return Err(self.wrong(ParcelFault::OurVantage(vantage)));
        }
        Ok(vantage)
    }
}

impl Parcel {
    /// Whether a site is one of ours under the address that was visited; otherwise it is noted as left out.
    fn concerns(&mut self, line: &Line<'_>, site: &str, url: &str) -> bool {
        let list = match line.register.site(site) {
            Some(ours) if url::Url::parse(url.trim()).is_ok_and(|u| u == ours.url) => return true,
            Some(_) => &mut self.moved,
            None => &mut self.unknown,
        };
        if !list.iter().any(|s| s == site) {
            list.push(site.to_owned());
        }
        false
    }
}
