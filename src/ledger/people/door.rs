//! Coming in: log-in with lock-out, sessions by cookie, tokens of programs.

use data_encoding::BASE64URL_NOPAD;

use super::account::Person;
use super::password;
use super::trail::{self, TrailKind};
use crate::ledger::chain::sha256_hex;
use crate::ledger::record::Micros;
use crate::ledger::{Ledger, LedgerError};

const MINUTE: Micros = 60_000_000;
/// A session nobody used for so long is over, and one older than this in any case.
const IDLE: Micros = 30 * MINUTE;
const LONGEST: Micros = 12 * 60 * MINUTE;
/// The moment of the newest use is written when it is this old, so that looking at pages hardly writes.
const SEEN_EVERY: Micros = MINUTE;
/// Wrong passwords in a row, and how long nobody may try after them.
const TRIES: i64 = 5;
/// Many people of one office come from one address.
const TRIES_OF_ADDRESS: i64 = 30;
const BAR: Micros = 15 * MINUTE;

/// A secret that only its holder knows: 256 random bits in URL-safe letters.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    fn new() -> Option<Token> {
        Some(Token(BASE64URL_NOPAD.encode(&random::<32>()?)))
    }

    /// What a browser or a program handed in.
    pub fn given(text: &str) -> Token {
        Token(text.to_owned())
    }

    /// To hand out, once.
    pub fn secret(&self) -> &str {
        &self.0
    }

    fn kept(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// Why somebody was not let in. Which of account and password was wrong is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Wrong,
    /// Too many wrong passwords, or locked by the 管理.
    Barred,
}

/// How a log-in ended.
#[derive(Debug)]
pub enum Entered {
    Welcome(Token),
    Refused(Refusal),
}

/// A session that holds.
#[derive(Debug, Clone)]
pub struct Session {
    pub person: Person,
    /// What forms of this session carry, so that no other page can send them.
    pub csrf: String,
    /// Its use is to be noted with [`Ledger::touch_session`].
    pub stale: bool,
}

impl Ledger {
    /// Checks a password and begins a session. Everything that happens here stands in the trail. Who serves many at once lets
    /// one in after the other, so that wrong passwords are counted before the next is tried.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn log_in(&self, account: &str, password: &str, address: &str) -> Result<Entered, LedgerError> {
        let now = self.now();
        let row: Option<(String, i64)> = sqlx::query_as("SELECT password, locked FROM person WHERE account = $1")
            .bind(account)
            .fetch_optional(&self.pool)
            .await?;
        let (by_account, by_address) = (format!("a:{account}"), format!("h:{address}"));
        let too_often =
            self.barred(&by_account, TRIES, now).await? || self.barred(&by_address, TRIES_OF_ADDRESS, now).await?;
        if too_often {
            self.note_trail(account, address, TrailKind::LoginBarred, "").await?;
            return Ok(Entered::Refused(Refusal::Barred));
        }
        let locked = row.as_ref().is_some_and(|(_, locked)| *locked != 0);
        let stored = row.map(|(password, _)| password);
        let typed = password.to_owned();
        // A fifth of a second of arithmetic on nineteen megabytes: not on a thread that serves others.
        let checked = tokio::task::spawn_blocking(move || password::verify(stored.as_deref(), &typed));
        let right = checked.await.unwrap_or(false);
        let mut tx = self.write().await?;
        if right && locked {
            trail::write(&mut tx, now, account, address, TrailKind::LoginBarred, "").await?;
            tx.commit().await?;
            return Ok(Entered::Refused(Refusal::Barred));
        }
        if !right {
            for who in [&by_account, &by_address] {
                sqlx::query(
                    "INSERT INTO wrong_password (who, times, newest) VALUES ($1, 1, $2) ON CONFLICT DO UPDATE
                     SET times = iif(newest < $3, 1, times + 1), newest = excluded.newest",
                )
                .bind(who)
                .bind(now)
                .bind(now - BAR)
                .execute(&mut *tx)
                .await?;
            }
            sqlx::query("DELETE FROM wrong_password WHERE newest < $1").bind(now - BAR).execute(&mut *tx).await?;
            trail::write(&mut tx, now, account, address, TrailKind::LoginFailed, "").await?;
            tx.commit().await?;
            return Ok(Entered::Refused(Refusal::Wrong));
        }
        let token = Token::new().ok_or_else(|| LedgerError::Input("no random numbers".to_owned()))?;
        sqlx::query("DELETE FROM wrong_password WHERE who = $1").bind(&by_account).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM session WHERE seen < $1 OR began < $2")
            .bind(now - IDLE)
            .bind(now - LONGEST)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO session (token, account, began, seen) VALUES ($1, $2, $3, $3)")
            .bind(token.kept())
            .bind(account)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        trail::write(&mut tx, now, account, address, TrailKind::LoggedIn, "").await?;
        tx.commit().await?;
        Ok(Entered::Welcome(token))
    }

    async fn barred(&self, who: &str, tries: i64, now: Micros) -> Result<bool, LedgerError> {
        let row: Option<(i64, i64)> = sqlx::query_as("SELECT times, newest FROM wrong_password WHERE who = $1")
            .bind(who)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some_and(|(times, newest)| times >= tries && newest > now - BAR))
    }

    /// The session behind a cookie, if it still holds. Reads only.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn session(&self, token: &Token) -> Result<Option<Session>, LedgerError> {
        let now = self.now();
        let row: Option<(String, i64, i64)> = sqlx::query_as(
            "SELECT s.account, s.began, s.seen FROM session s JOIN person p ON p.account = s.account
             WHERE s.token = $1 AND p.locked = 0",
        )
        .bind(token.kept())
        .fetch_optional(&self.pool)
        .await?;
        let Some((account, began, seen)) = row else { return Ok(None) };
        if now - seen >= IDLE || now - began >= LONGEST {
            return Ok(None);
        }
        let csrf = sha256_hex(format!("csrf {}", token.0).as_bytes());
        let stale = now - seen >= SEEN_EVERY;
        Ok(self.person(&account).await?.map(|person| Session { person, csrf, stale }))
    }

    /// Notes that a session was used, which keeps it alive.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn touch_session(&self, token: &Token) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        let sql = "UPDATE session SET seen = $2 WHERE token = $1";
        sqlx::query(sql).bind(token.kept()).bind(self.now()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn log_out(&self, token: &Token, account: &str, address: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM session WHERE token = $1").bind(token.kept()).execute(&mut *tx).await?;
        trail::write(&mut tx, self.now(), account, address, TrailKind::LoggedOut, "").await?;
        Ok(tx.commit().await?)
    }

    /// A token with which a program reads what `account` may read.
    ///
    /// # Errors
    /// [`LedgerError::Account`] when there is no such account or it is locked.
    pub async fn make_token(&self, account: &str, label: &str, by: &str) -> Result<Token, LedgerError> {
        if self.person(account).await?.is_none_or(|person| person.locked) {
            return Err(LedgerError::Account(format!("没有可用的账号“{account}”")));
        }
        let token = Token::new().ok_or_else(|| LedgerError::Input("no random numbers".to_owned()))?;
        let now = self.now();
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO api_token (token, account, label, created) VALUES ($1, $2, $3, $4)")
            .bind(token.kept())
            .bind(account)
            .bind(label)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        trail::write(&mut tx, now, by, "", TrailKind::TokenMade, &format!("{account} {label}")).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn token_holder(&self, token: &Token) -> Result<Option<Person>, LedgerError> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT t.account FROM api_token t JOIN person p ON p.account = t.account WHERE t.token = $1 AND p.locked = 0",
        )
        .bind(token.kept())
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some((account,)) => self.person(&account).await,
            None => Ok(None),
        }
    }
}
