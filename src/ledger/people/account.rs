//! Accounts: made, listed, locked, given another password.

use super::password;
use super::role::Role;
use super::trail::{self, TrailKind};
use crate::ledger::{Ledger, LedgerError};

/// Characters of an account.
const LONGEST_ACCOUNT: usize = 64;

/// Somebody with an account. The password is not among what readers get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: String,
    pub name: String,
    pub role: Role,
    /// Register id of the unit of a 经办.
    pub unit: Option<String>,
    pub locked: bool,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    pub account: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub unit: Option<&'a str>,
    pub password: &'a str,
}

type Row = (String, String, String, Option<String>, i64);

fn person((account, name, role, unit, locked): Row) -> Result<Person, LedgerError> {
    let role = Role::of(&role).ok_or_else(|| LedgerError::Damaged(format!("账号 {account} 的角色无法解读")))?;
    Ok(Person { account, name, role, unit, locked: locked != 0 })
}

impl Ledger {
    /// Makes an account. `by` stands in the trail.
    ///
    /// # Errors
    /// [`LedgerError::Account`] for a name that is taken or unusable, or a 经办 without a unit.
    pub async fn add_person(&self, new: &NewPerson<'_>, by: &str) -> Result<(), LedgerError> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let length = new.account.chars().count();
        if length == 0 || length > LONGEST_ACCOUNT || !new.account.chars().all(plain) {
            return Err(LedgerError::Account(format!("账号“{}”不能用：只能用文字、数字和 . - _", new.account)));
        }
        if new.name.trim().is_empty() || new.name.chars().any(char::is_control) {
            return Err(LedgerError::Account("请写明姓名".to_owned()));
        }
        if (new.role == Role::Handler) != new.unit.is_some() {
            return Err(LedgerError::Account("经办账号须写明所属单位，其他角色不属于单位".to_owned()));
        }
        let hash = password::hash(new.password).ok_or_else(|| LedgerError::Input("no random numbers".to_owned()))?;
        let now = self.now();
        let mut tx = self.write().await?;
        // The list's log knows people by name: two of one name could not be told apart, nor kept apart.
        let (same,): (i64,) = sqlx::query_as("SELECT count(*) FROM person WHERE name = $1 AND account <> $2")
            .bind(new.name.trim())
            .bind(new.account)
            .fetch_one(&mut *tx)
            .await?;
        if same > 0 {
            return Err(LedgerError::Account(format!("已有姓名为“{}”的账号，请加以区分", new.name.trim())));
        }
        let added = sqlx::query(
            "INSERT OR IGNORE INTO person (account, name, role, unit, password, created, changed)
             VALUES ($1, $2, $3, $4, $5, $6, $6)",
        )
        .bind(new.account)
        .bind(new.name.trim())
        .bind(new.role.key())
        .bind(new.unit)
        .bind(hash)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            return Err(LedgerError::Account(format!("账号“{}”已经存在", new.account)));
        }
        let detail = format!("{} {}", new.account, new.role.key());
        trail::write(&mut tx, now, by, "", TrailKind::PersonAdded, &detail).await?;
        Ok(tx.commit().await?)
    }

    /// Everybody, by account.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn people(&self) -> Result<Vec<Person>, LedgerError> {
        let sql = "SELECT account, name, role, unit, locked FROM person ORDER BY account";
        let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        rows.into_iter().map(person).collect()
    }

    /// The person with this account.
    ///
    /// # Errors
    /// Data-base errors only.
    pub async fn person(&self, account: &str) -> Result<Option<Person>, LedgerError> {
        let sql = "SELECT account, name, role, unit, locked FROM person WHERE account = $1";
        let row: Option<Row> = sqlx::query_as(sql).bind(account).fetch_optional(&self.pool).await?;
        row.map(person).transpose()
    }

    /// Locks an account, which ends its sessions and tokens at once, or unlocks it, which also forgets wrong passwords.
    ///
    /// # Errors
    /// [`LedgerError::Account`] when there is none, or it is the last 管理 that could unlock others.
    pub async fn lock_person(&self, account: &str, locked: bool, by: &str) -> Result<(), LedgerError> {
        let now = self.now();
        let mut tx = self.write().await?;
        let sql = "SELECT count(*) FROM person WHERE role = 'admin' AND locked = 0 AND account <> $1
            UNION ALL SELECT count(*) FROM person WHERE role = 'admin' AND account = $1";
        let counts: Vec<(i64,)> = sqlx::query_as(sql).bind(account).fetch_all(&mut *tx).await?;
        if locked && counts == [(0,), (1,)] {
            return Err(LedgerError::Account("这是最后一个可用的管理账号，不能停用".to_owned()));
        }
        let sql = "UPDATE person SET locked = $2, changed = $3 WHERE account = $1";
        let done = sqlx::query(sql).bind(account).bind(i64::from(locked)).bind(now).execute(&mut *tx).await?;
        known(account, done.rows_affected())?;
        let kind = if locked { TrailKind::PersonLocked } else { TrailKind::PersonUnlocked };
        if locked {
            end_sessions(&mut tx, account).await?;
            sqlx::query("DELETE FROM api_token WHERE account = $1").bind(account).execute(&mut *tx).await?;
        } else {
            let who = format!("a:{account}");
            sqlx::query("DELETE FROM wrong_password WHERE who = $1").bind(who).execute(&mut *tx).await?;
        }
        trail::write(&mut tx, now, by, "", kind, account).await?;
        Ok(tx.commit().await?)
    }

    /// Gives an account another password, which ends its sessions.
    ///
    /// # Errors
    /// [`LedgerError::Account`] when there is none.
    pub async fn set_password(&self, account: &str, password: &str, by: &str) -> Result<(), LedgerError> {
        let hash = password::hash(password).ok_or_else(|| LedgerError::Input("no random numbers".to_owned()))?;
        let now = self.now();
        let mut tx = self.write().await?;
        let sql = "UPDATE person SET password = $2, changed = $3 WHERE account = $1";
        let done = sqlx::query(sql).bind(account).bind(hash).bind(now).execute(&mut *tx).await?;
        known(account, done.rows_affected())?;
        end_sessions(&mut tx, account).await?;
        trail::write(&mut tx, now, by, "", TrailKind::PasswordChanged, account).await?;
        Ok(tx.commit().await?)
    }
}

async fn end_sessions(conn: &mut sqlx::SqliteConnection, account: &str) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM session WHERE account = $1").bind(account).execute(conn).await?;
    Ok(())
}

fn known(account: &str, rows: u64) -> Result<(), LedgerError> {
    if rows == 0 { Err(LedgerError::Account(format!("没有账号“{account}”"))) } else { Ok(()) }
}
