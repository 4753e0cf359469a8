//! A simulated city: DNS, TLS and HTTP servers in process, planted faults, virtual days.
//!
//! *Owns*: the city plan and its servers. *May not*: be imported by any stage.
