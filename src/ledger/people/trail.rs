//! The trail: what happened at the door and who took what away. Appended only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::ledger::record::{Micros, moment};
use crate::ledger::{Ledger, LedgerError};

/// Closed list of what the trail knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrailKind {
    LoggedIn,
    /// Wrong account or password.
    LoginFailed,
    /// Too many wrong passwords, or a locked account.
    LoginBarred,
    LoggedOut,
    PersonAdded,
    PersonLocked,
    PersonUnlocked,
    PasswordChanged,
    TokenMade,
    /// Asked for something the role does not allow.
    Forbidden,
    Downloaded,
    SettingChanged,
}

impl TrailKind {
    /// The serde name.
    pub fn key(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailView {
    pub seq: i64,
    pub at: Timestamp,
    pub account: String,
    pub address: String,
    pub kind: String,
    pub detail: String,
}

/// Characters of what is noted.
const LONGEST: usize = 300;

pub(super) async fn write(
    conn: &mut SqliteConnection,
    now: Micros,
    account: &str,
    address: &str,
    kind: TrailKind,
    detail: &str,
) -> Result<(), LedgerError> {
    let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
    sqlx::query("INSERT INTO trail (at, account, address, kind, detail) VALUES ($1, $2, $3, $4, $5)")
        .bind(now)
        .bind(short(account))
        .bind(short(address))
        .bind(kind.key())
        .bind(short(detail))
        .execute(conn)
        .await?;
    Ok(())
}

impl Ledger {
    /// Notes what somebody did. `account` is empty before anybody is known.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn note_trail(
        &self,
        account: &str,
        address: &str,
        kind: TrailKind,
        detail: &str,
    ) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        write(&mut tx, self.now(), account, address, kind, detail).await?;
        Ok(tx.commit().await?)
    }

    /// The trail before line `before`, newest first.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn trail(&self, before: i64, most: u32) -> Result<Vec<TrailView>, LedgerError> {
        type Row = (i64, i64, String, String, String, String);
        let sql = "SELECT seq, at, account, address, kind, detail FROM trail WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
        let rows: Vec<Row> = sqlx::query_as(sql).bind(before).bind(most).fetch_all(&self.pool).await?;
        let view = |(seq, at, account, address, kind, detail)| TrailView {
            seq,
            at: moment(at),
            account,
            address,
            kind,
            detail,
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
