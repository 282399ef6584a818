//! Which sections and keys there are, in this build.

use std::collections::BTreeSet;

use accessbot_core::backend::{BackendDef, CONTEXT_KEYS, Key, KeyKind};
use accessbot_core::review::IDENTITY_KEYS;
use accessbot_core::routing::ROUTING_KEYS;

use super::compat;
use super::keys::{ENGINE, HTTP, LOG, REVIEW, RULE, STATUS, TELEPORT};

/// The table that the Go plugins have at the top level, and we in the section of each backend.
pub(super) const TOP_LEVEL_TABLE: &str = "role_to_recipients";

/// A section that may stand in a configuration.
#[derive(Clone, Debug)]
pub(super) struct SectionSchema {
    /// Its name.
    pub name: &'static str,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Keys of older generations. One that the backend knows itself is among its keys, and that is the one that counts.
    pub old: &'static [Key],
    /// Of keys whose values are tables of tables: the keys of those tables.
    pub entries: &'static [(&'static str, &'static [Key])],
    /// Whether it belongs to a backend.
    pub backend: bool,
}

impl SectionSchema {
    fn new(name: &'static str, keys: &[Key]) -> Self {
        Self { name, keys: keys.to_vec(), old: &[], entries: &[], backend: false }
    }

    /// The key of this name, also for the form `KEY_file` of a secret, and whether the name is an alias.
    pub(super) fn key(&self, name: &str) -> Option<KeyMatch<'_>> {
        self.keys.iter().chain(self.old).find_map(|key| {
            let (stem, suffix) = match name.strip_suffix("_file") {
                Some(stem) if key.kind == KeyKind::Secret && name != key.name => (stem, "_file"),
                _ => (name, ""),
            };
            if stem == key.name {
                return Some(KeyMatch { key, current: None, names_file: !suffix.is_empty() });
            }
            let alias = key.aliases.contains(&stem);
            alias.then(|| KeyMatch {
                key,
                current: Some(format!("{}{suffix}", key.name)),
                names_file: !suffix.is_empty(),
            })
        })
    }

    /// The names of today: of all keys, as they are written below the section's own line.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    /// The names of today, as they are written below the line of one of the [tables](Self::tables).
    pub(super) fn spellings_in(&self, table: &str) -> impl Iterator<Item = &'static str> {
        self.spellings().filter_map(move |name| name.split_once('.').filter(|(t, _)| *t == table).map(|(_, key)| key))
    }

    /// The tables of the section that hold keys of ours, each once: `review`.
    pub(super) fn tables(&self) -> BTreeSet<&'static str> {
        self.spellings().filter_map(|name| Some(name.split_once('.')?.0)).collect()
    }

    /// Of the name of a key, known or not: the table that it stands in, if any, and its name there.
    pub(super) fn divide<'n>(&self, name: &'n str) -> (Option<&'static str>, &'n str) {
        let divided = name.split_once('.').and_then(|(table, key)| Some((*self.tables().get(table)?, key)));
        divided.map_or((None, name), |(table, key)| (Some(table), key))
    }

    /// The keys of each entry of one of its keys whose value is a table of tables; none for other keys.
    pub(super) fn entry_keys(&self, key: &str) -> &'static [Key] {
        self.entries.iter().find(|(name, _)| *name == key).map_or(&[], |(_, keys)| keys)
    }
}

/// A key that was found by its name.
#[derive(Debug)]
pub(super) struct KeyMatch<'a> {
    /// The key.
    pub key: &'a Key,
    /// Its name of today, when it was found by an older one.
    pub current: Option<String>,
    /// Whether the value names a file that holds the secret.
    pub names_file: bool,
}

impl KeyMatch<'_> {
    /// What the value must be.
    pub(super) fn kind(&self) -> KeyKind {
        if self.names_file { KeyKind::Text } else { self.key.kind }
    }
}

/// All sections.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    /// In the order in which they are explained.
    pub sections: Vec<SectionSchema>,
}

impl Schema {
    /// The sections of a build with these backends.
    pub(super) fn new(backends: &[BackendDef]) -> Self {
        let mut sections = vec![
            SectionSchema::new("teleport", TELEPORT),
            SectionSchema::new("log", LOG),
            SectionSchema::new("engine", ENGINE),
            SectionSchema::new("status", STATUS),
            SectionSchema::new("http", HTTP),
            SectionSchema {
                old: compat::OLD_REVIEW_KEYS,
                entries: &[("roles", RULE)],
                ..SectionSchema::new("review", REVIEW)
            },
        ];
        for backend in backends {
            let common = ROUTING_KEYS.iter().chain(CONTEXT_KEYS).chain(IDENTITY_KEYS);
            let keys: Vec<Key> = backend.keys.iter().chain(common).copied().collect();
            let old = compat::old_keys(backend.name);
            sections.push(SectionSchema { old, backend: true, ..SectionSchema::new(backend.name, &keys) });
        }
        Self { sections }
    }

    /// The section of this name.
    pub(super) fn section(&self, name: &str) -> Option<&SectionSchema> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Where a key of this name belongs, as the line above it says: `teleport`, `slack.review`. In `first`, if there.
    pub(super) fn home_of(&self, key: &str, first: Option<&SectionSchema>) -> Option<String> {
        first.into_iter().chain(&self.sections).find_map(|section| {
            if section.key(key).is_some() {
                return Some(section.name.to_owned());
            }
            let table = section.tables().into_iter().find(|table| section.key(&format!("{table}.{key}")).is_some());
            table.map(|table| format!("{}.{table}", section.name))
        })
    }

    /// The names of the backends of this build.
    pub(super) fn backends(&self) -> impl Iterator<Item = &'static str> {
        self.sections.iter().filter(|s| s.backend).map(|s| s.name)
    }
}

/// The candidate that was probably meant.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters wrong is a slip of the finger; more is another word.
    let bearable = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), candidate), candidate))
        .filter(|(distance, _)| *distance <= bearable)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let keys = ["url", "token", "recipients", "severity"];
        assert_eq!(nearest("recipient", keys), Some("recipients"));
        assert_eq!(nearest("ulr", keys), Some("url"));
        assert_eq!(nearest("Severtiy", keys), Some("severity"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("", keys), None);
    }
}
