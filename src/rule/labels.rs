//! Words every output shares: `rules/labels.toml`.

use std::collections::BTreeMap;

use toml::Spanned;

use super::files::Mistakes;
use crate::diagnostic::SourceFile;

/// Groups of words, each from a language-neutral key to official wording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels(pub BTreeMap<String, BTreeMap<String, String>>);

impl Labels {
    /// The word for `key` in `group`; the key itself when the file has none, so that nothing is ever blank.
    pub fn word<'a>(&'a self, group: &str, key: &'a str) -> &'a str {
        self.0.get(group).and_then(|g| g.get(key)).map_or(key, String::as_str)
    }

    /// A word of group `phrase` with its one place `{name}` filled in.
    pub(super) fn phrase(&self, key: &str, name: &str, value: &str) -> String {
        self.word("phrase", key).replace(&format!("{{{name}}}"), value)
    }

    /// Reads `labels.toml`. With `known`, the file of an office: it may reword what is there, not invent keys.
    pub(super) fn read(file: &SourceFile, known: Option<&Labels>, mistakes: &mut Mistakes) -> Labels {
        let mut labels = Labels::default();
        type Groups = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>;
        for (group, words) in mistakes.read::<Groups>(file).unwrap_or_default() {
            let span = group.span();
            let group = group.into_inner();
            if known.is_some_and(|k| !k.0.contains_key(&group)) {
                mistakes.add(file, span, format!("没有名为“{group}”的词语组"), Some("只可改写已有的词，不可增加"));
                continue;
            }
            let mut read = BTreeMap::new();
            for (key, word) in words {
                let name = key.get_ref();
                if known.is_some_and(|k| !k.0[&group].contains_key(name)) {
                    let text = format!("“{group}”组中没有“{name}”这个键");
                    mistakes.add(file, key.span(), text, Some("只可改写已有的词，不可增加"));
                } else if word.get_ref().trim().is_empty() {
                    mistakes.add(file, word.span(), "词语不能为空", None);
                } else {
                    read.insert(key.into_inner(), word.into_inner());
                }
            }
            labels.0.insert(group, read);
        }
        labels
    }

    /// Takes over the words of `newer`, word by word.
    pub(super) fn overlay(&mut self, newer: Labels) {
        for (group, words) in newer.0 {
            self.0.entry(group).or_default().extend(words);
        }
    }
}
