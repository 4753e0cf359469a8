//! The one door to the network: DNS, TCP, TLS, HTTP.
//!
//! *Owns*: every socket; politeness per address, retries by cause, limits, canaries; naming why something was not seen.
//! *May not*: parse HTML, know rules, write the ledger. *Start reading at* `Fetcher`.
