//! People: accounts, what their roles allow, log-ins, and the trail of what happened at the door.
//!
//! *Owns*: passwords, sessions, tokens, lock-out, the trail. *May not*: know of pages or requests. *Start reading at* [`Role`].
//!
//! Secrets are kept as what checks them: passwords as Argon2id strings, cookies and tokens as SHA-256 of 256 random bits. Names
//! nobody has cost as much time as wrong passwords.

mod account;
mod door;
mod password;
mod role;
mod setting;
mod trail;

#[cfg(test)]
mod tests;

pub use account::{NewPerson, Person};
pub use door::{Entered, Refusal, Session, Token};
pub use password::{PasswordFault, check_strength};
pub use role::{Role, Step};
pub use trail::{TrailKind, TrailView};
