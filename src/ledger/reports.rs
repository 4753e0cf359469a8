//! What reports need beside the lists: histories of many rows at once, and since when a site could not be told about.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::read::event_view;
use super::view::{EventView, RunView, UnclearView};
use super::{Ledger, LedgerError};

/// Patrols looked back on.
const BACK: usize = 100;

impl Ledger {
    /// Histories of all problems: id → events, oldest first.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn histories(&self) -> Result<BTreeMap<String, Vec<EventView>>, LedgerError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT problem, body FROM event WHERE problem IS NOT NULL ORDER BY seq")
                .fetch_all(&self.pool)
                .await?;
        let mut out: BTreeMap<String, Vec<EventView>> = BTreeMap::new();
        for (problem, body) in rows {
            out.entry(problem).or_default().push(event_view(&body)?);
        }
        Ok(out)
    }

    /// Sites the newest of `patrols` (newest first, all of them applied) could not tell about, each with the beginning of the first
    /// patrol in a row, going back from the newest, that could not either.
    ///
    /// # Errors
    /// As [`unclear`](Self::unclear).
    pub async fn unclear_since(&self, patrols: &[RunView]) -> Result<Vec<(UnclearView, Timestamp)>, LedgerError> {
        let Some(newest) = patrols.first() else { return Ok(Vec::new()) };
        let unclear = self.unclear(&newest.id).await?;
        let mut since: BTreeMap<String, Timestamp> =
            unclear.iter().map(|u| (u.site.clone(), newest.started_at)).collect();
        let mut lasting: Vec<String> = since.keys().cloned().collect();
        for patrol in patrols.iter().skip(1).take(BACK) {
            if lasting.is_empty() {
                break;
            }
            let before: Vec<String> = self.unclear(&patrol.id).await?.into_iter().map(|u| u.site).collect();
            lasting.retain(|site| before.contains(site));
            for site in &lasting {
                since.insert(site.clone(), patrol.started_at);
            }
        }
        let with = |u: UnclearView| {
            let at = since.get(&u.site).copied().unwrap_or(newest.started_at);
            (u, at)
        };
        Ok(unclear.into_iter().map(with).collect())
    }
}
