//! From a finished run to what `export` prints.
