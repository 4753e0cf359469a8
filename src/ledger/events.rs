//! The log as it is, for another program that wants to follow it or to check the chain itself.

use super::{Ledger, LedgerError};

/// One event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: i64,
    /// SHA-256 of the hash before (32 zero bytes before the first) and the bytes of `body`, hexadecimal.
    pub hash: String,
    /// JSON text, exactly as it was hashed.
    pub body: String,
}

impl Ledger {
    /// At most `limit` events after `since`, in order.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn events_after(&self, since: i64, limit: u32) -> Result<Vec<StoredEvent>, LedgerError> {
        let sql = "SELECT seq, hash, body FROM event WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as(sql).bind(since).bind(limit).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(seq, hash, body)| StoredEvent { seq, hash, body }).collect())
    }
}
