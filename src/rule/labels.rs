//! Words every output shares: `rules/labels.toml`.

use std::collections::BTreeMap;

/// Groups of words, each from a language-neutral key to official wording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels(pub BTreeMap<String, BTreeMap<String, String>>);

impl Labels {
    /// The word for `key` in `group`; the key itself when the file has none, so that nothing is ever blank.
    pub fn word<'a>(&'a self, group: &str, key: &'a str) -> &'a str {
        self.0.get(group).and_then(|g| g.get(key)).map_or(key, String::as_str)
    }
}
