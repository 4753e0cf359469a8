//! Mistakes in TOML files, drawn with the line underlined, in Chinese.
//!
//! *Owns*: source text, spans, drawing. *May not*: know what a site or a rule is.
