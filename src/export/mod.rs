//! Files and tables from ledger views: DOCX, XLSX, CSV, JSON, terminal tables.
//!
//! *Owns*: every output format, each with its own frozen structs. *May not*: run SQL, change state.
