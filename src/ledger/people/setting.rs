//! What the office set from the pages.

use super::trail::{self, TrailKind};
use crate::ledger::{Ledger, LedgerError};

impl Ledger {
    /// The value set for `key`.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, LedgerError> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT value FROM setting WHERE key = $1").bind(key).fetch_optional(&self.pool).await?;
        Ok(row.map(|(value,)| value))
    }

    /// Sets `key`; `by` and `why` stand in the trail.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn set_setting(&self, key: &str, value: &str, by: &str, why: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&mut *tx)
        .await?;
        let detail = format!("{key} = {value} {why}");
        trail::write(&mut tx, self.now(), by, "", TrailKind::SettingChanged, &detail).await?;
        Ok(tx.commit().await?)
    }
}
