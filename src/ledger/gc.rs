//! What the evidence folder holds that nothing cites any more.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::{Ledger, LedgerError};

/// A stored file that neither an event nor a row nor the state of an item cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleFile {
    pub address: String,
    /// As stored, packed.
    pub bytes: u64,
}

impl Ledger {
    /// Files stored more than `days` ago that may go. Whatever stands in an event or a row as an address is kept, and so is what
    /// was seen of items that still fail or by runs not yet decided, and the pictures that kept looks name.
    ///
    /// # Errors
    /// [`LedgerError::File`] when the folder cannot be read.
    pub async fn idle_evidence(&self, days: u32) -> Result<Vec<IdleFile>, LedgerError> {
        let mut cited: BTreeSet<String> = BTreeSet::new();
        for sql in [
            "SELECT body FROM event",
            "SELECT body FROM problem",
            "SELECT body FROM item_state",
            // An undecided run may yet be released, and a failing item may yet become a row that cites what was seen of it.
            "SELECT o.evidence FROM observation o JOIN run r ON r.id = o.run LEFT JOIN item_state i ON i.fp = o.item
             WHERE o.evidence IS NOT NULL AND (r.state IN ('held', 'running') OR i.verdict IS NULL OR i.verdict IN ('F', 'R'))",
            "SELECT c.evidence FROM coverage c JOIN run r ON r.id = c.run
             WHERE c.evidence IS NOT NULL AND r.state IN ('held', 'running')",
        ] {
            let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
            rows.iter().for_each(|(text,)| addresses(text, &mut cited));
        }
        let store = self.evidence();
        let mut pictures = BTreeSet::new();
        for address in &cited {
            // A look names its picture by address; other files name none.
            if let Ok(bytes) = store.get(address)
                && bytes.starts_with(b"{")
                && let Ok(text) = std::str::from_utf8(&bytes)
            {
                addresses(text, &mut pictures);
            }
        }
        cited.append(&mut pictures);
        let before = self.clock.now().as_second().saturating_sub(i64::from(days) * 86_400);
        let mut idle = Vec::new();
        for (address, bytes, modified) in store.entries()? {
            let stored = modified.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
            if stored < before && !cited.contains(&address) {
                idle.push(IdleFile { address, bytes });
            }
        }
        idle.sort_by(|a, b| a.address.cmp(&b.address));
        Ok(idle)
    }
}

/// Every run of exactly 64 lower-case hexadecimal characters: more than the addresses, never fewer.
fn addresses(text: &str, into: &mut BTreeSet<String>) {
    let is_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    for run in text.as_bytes().split(|b| !is_hex(b)).filter(|run| run.len() == 64) {
        into.insert(String::from_utf8_lossy(run).into_owned());
    }
}
