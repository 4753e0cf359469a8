//! Observations by file between a machine that sees the sites and the one that keeps the ledger.

mod read;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::outage::Outages;
use super::probe::AT_ONCE;
use super::{Line, RunError};
use crate::clock::office_zone;
use crate::diagnostic::io_reason;
use crate::evidence::parcel::{Entry, PARCEL, to_line};
use crate::evidence::{Evidence, format};
use crate::ledger::{Journal, Ledger};

pub use read::{Imported, ParcelFault, import_observations};

/// What a file of observations holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    pub visits: usize,
    pub looks: usize,
    /// Looks left out because our own line was down around them.
    pub doubtful: usize,
}

/// Writes what was seen from this machine's vantage since the beginning of `since`: every stored visit, and every look of the
/// runs that count. A name that ends in `.gz` makes a compressed file. The file appears whole or not at all.
pub async fn export_observations(line: &Line<'_>, since: Date, path: &Path) -> Result<Exported, RunError> {
    let failed = |e: io::Error| RunError::File(format!("写文件失败：{}（{}）。", path.display(), io_reason(&e)));
    let name = path
        .file_name()
        .ok_or_else(|| RunError::File(format!("写文件失败：{} 不是文件名。请给出完整文件名。", path.display())))?;
    let partial = path.with_file_name(format!(".{}.partial", name.to_string_lossy()));
    let ledger = Ledger::open_read(line.data, line.clock.clone()).await?;
    let exported = async {
        let file = BufWriter::with_capacity(256 * 1024, File::create(&partial).map_err(failed)?);
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")) {
            let mut out = Out::to(GzEncoder::new(file, Compression::default()), path);
            let exported = everything(line, &ledger, since, &mut out).await?;
            out.inner.finish().and_then(settle).map_err(failed)?;
            Ok(exported)
        } else {
            let mut out = Out::to(file, path);
            let exported = everything(line, &ledger, since, &mut out).await?;
            settle(out.inner).map_err(failed)?;
            Ok(exported)
        }
    };
    let exported: Result<Exported, RunError> = exported.await;
    let exported = exported.and_then(|e| std::fs::rename(&partial, path).map_err(failed).map(|()| e));
    if exported.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    exported
}

/// Brings everything written onto the disk: the stick may be pulled out right away.
fn settle(file: BufWriter<File>) -> io::Result<()> {
    file.into_inner().map_err(|e| e.into_error())?.sync_all()
}

/// Lines on their way into the file, counted and hashed.
struct Out<'p, W> {
    inner: W,
    path: &'p Path,
    hash: Sha256,
    lines: u64,
}

impl<'p, W: Write> Out<'p, W> {
    fn to(inner: W, path: &'p Path) -> Self {
        Out { inner, path, hash: Sha256::new(), lines: 0 }
    }

    fn line(&mut self, text: &str) -> Result<(), RunError> {
        for bytes in [text.as_bytes(), b"\n"] {
            self.hash.update(bytes);
            self.inner
                .write_all(bytes)
                .map_err(|e| RunError::File(format!("写文件失败：{}（{}）。", self.path.display(), io_reason(&e))))?;
        }
        self.lines += 1;
        Ok(())
    }
}

async fn everything<W: Write>(
    line: &Line<'_>,
    ledger: &Ledger,
    since: Date,
    out: &mut Out<'_, W>,
) -> Result<Exported, RunError> {
    let vantage = &line.register.settings.vantage;
    out.line(&to_line(&Entry::Observations {
        v: PARCEL,
        program: format!("xunjian {}", env!("CARGO_PKG_VERSION")),
        vantage: vantage.clone(),
        since,
        made_at: line.clock.now(),
    }))?;
    let mut exported = Exported::default();
    for some in line.register.sites.chunks(AT_ONCE) {
        let ids: Vec<&str> = some.iter().map(|s| s.id.as_str()).collect();
        let mut stored = ledger.visits(since, Date::MAX, Some(&ids)).await?;
        for site in some {
            for seen in stored.remove(&site.id).unwrap_or_default().into_iter().filter(|d| d.vantage == *vantage) {
                exported.visits += seen.visits.len();
                out.line(&to_line(&Entry::Visits { site: site.id.clone(), url: site.url_text.clone(), seen }))?;
            }
        }
    }
    let since = since.to_zoned(office_zone()).map_or(jiff::Timestamp::MIN, |z| z.timestamp());
    for (run, canaries) in ledger.looks_since(since, vantage).await? {
        // What an older program wrote does not say when its line was down.
        let Some(outages) = Outages::noted(&canaries) else { continue };
        let journal = Journal::path_of(line.data, &run);
        // Old journals are cleared away.
        let Ok(file) = File::open(&journal) else { continue };
        let damaged = |source| RunError::Evidence { path: journal.clone(), source };
        out.line(&to_line(&Entry::Run { run: run.to_string() }))?;
        for (index, text) in BufReader::new(file).lines().enumerate() {
            let text = text.map_err(|e| damaged(e.into()))?;
            let look: Evidence = format::from_line(&text, index + 1, 0).map_err(damaged)?;
            // Around a bad reference point only what succeeded is believed; a look holds both, so it stays here.
            if outages.covers(look.started_at) || outages.covers(look.finished_at) || look.cut.is_some() {
                exported.doubtful += 1;
                continue;
            }
            exported.looks += 1;
            out.line(&text)?;
        }
    }
    let sha256 = data_encoding::HEXLOWER.encode(&out.hash.clone().finalize());
    let end = Entry::End { lines: out.lines, sha256 };
    out.line(&to_line(&end))?;
    Ok(exported)
}
