//! Which sections and keys there are, in this build.

use std::collections::BTreeSet;

use accessbot_core::backend::{BackendDef, CONTEXT_KEYS, Key, KeyKind};
use accessbot_core::review::IDENTITY_KEYS;
use accessbot_core::routing::ROUTING_KEYS;

use super::compat;

/// The table that the Go plugins have at the top level, and we in the section of each backend.
pub(super) const TOP_LEVEL_TABLE: &str = "role_to_recipients";

const TELEPORT: &[Key] = &[
    Key {
        name: "addr",
        kind: KeyKind::Text,
        aliases: &["auth_server"],
        doc: "Address of the Auth server or of the proxy, host:port; without a port 3025 (default localhost:3025).",
    },
    Key {
        name: "identity",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Identity file of `tctl auth sign --format=file` or of tbot; read again when it changes.",
    },
    Key {
        name: "client_crt",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Certificate of `tctl auth sign --format=tls`, in place of an identity file.",
    },
    Key { name: "client_key", kind: KeyKind::Text, aliases: &[], doc: "Private key that belongs to client_crt." },
    Key { name: "root_cas", kind: KeyKind::Text, aliases: &[], doc: "Certificates of the cluster's host CA." },
    Key {
        name: "extra_ca",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file of authorities that the proxy's web certificate may be from, beside those this machine trusts.",
    },
    Key {
        name: "refresh_identity",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Accepted for the Go plugins' sake: credential files are always read again when they change.",
    },
    Key {
        name: "refresh_identity_interval",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "How often to look whether the credential files have changed, such as 1m (default 1m).",
    },
];

const LOG: &[Key] = &[
    Key {
        name: "output",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "stderr, stdout, or a file that is appended to and opened anew on SIGHUP (default stderr).",
    },
    Key {
        name: "severity",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "error, warn, info, debug or trace (default info).",
    },
    Key { name: "format", kind: KeyKind::Text, aliases: &[], doc: "text or json (default text)." },
];

const ENGINE: &[Key] = &[
    Key {
        name: "workers",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many requests are worked on at the same time on each backend, 1 to 256 (default 16).",
    },
    Key {
        name: "relist_interval",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "How often all requests are listed although nothing seems to be missing (default 5m).",
    },
    Key {
        name: "announce_at_most_old",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Requests that were pending for longer when first seen are recorded, not announced (default: no limit).",
    },
];

const REVIEW: &[Key] = &[
    Key {
        name: "mode",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "What a decision in the chat becomes: link (nothing, messages link to the web UI; default), on-behalf (the \
              person's own review), as-bot (the bot's review) or set-state (the request's state).",
    },
    Key {
        name: "secret",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "What buttons and votes are sealed with, at least 32 bytes, the same on all replicas; in every mode but link.",
    },
    Key {
        name: "previous_secret",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "The secret before it: what was sealed with it still counts.",
    },
    REASON,
    REASON_PATTERN,
    Key {
        name: "roles",
        kind: KeyKind::Tables,
        aliases: &[],
        doc: "Who may decide requests for a role, in modes as-bot and set-state; \"*\" stands for any text.",
    },
    Key {
        name: "assume_supported",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Whether to start where nothing tells whether Teleport supports the mode (default false).",
    },
    Key {
        name: "audit_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "File to which every decision and every refusal is appended as a line of JSON; opened anew on SIGHUP.",
    },
];

/// The keys of `[review.roles."ROLE"]`.
const RULE: &[Key] = &[
    Key {
        name: "approvers",
        kind: KeyKind::List,
        aliases: &[],
        doc: "Who may decide: user:NAME, role:NAME, trait:NAME=VALUE, or a private channel as BACKEND:CHANNEL.",
    },
    Key {
        name: "approvals",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many different people must approve, 1 to 16 (default 1).",
    },
    Key {
        name: "denials",
        kind: KeyKind::Number,
        aliases: &[],
        doc: "How many different people must deny, 1 to 16 (default 1).",
    },
    REASON,
    REASON_PATTERN,
];

const REASON: Key = Key {
    name: "reason",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Whether whoever decides is asked why: off (default), optional or required.",
};

const REASON_PATTERN: Key = Key {
    name: "reason_pattern",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Regular expression that a reason must match somewhere, such as ^INC-[0-9]+.",
};

const HTTP: &[Key] = &[
    Key {
        name: "public_addr",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Address at which chat servers reach the bot: https://bot.example.com, with a path if it is below one.",
    },
    Key {
        name: "listen_addr",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Address to listen at, IP:PORT, for chat servers that call the bot (default :8081 if public_addr is given).",
    },
    Key {
        name: "https_cert_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file with the certificate to answer them with, and those of its issuers; read again when it changes.",
    },
    Key {
        name: "https_key_file",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "PEM file with the private key that belongs to it.",
    },
    Key {
        name: "basic_auth.user",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "User name that callers must show, if a password is wanted of them.",
    },
    Key { name: "basic_auth.password", kind: KeyKind::Secret, aliases: &[], doc: "The password that belongs to it." },
    Key {
        name: "tls.verify_client_cert",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Accepted for old files' sake while nobody calls the bot; not in this version otherwise.",
    },
];

const STATUS: &[Key] = &[Key {
    name: "socket",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "Socket where `accessbot status` is answered (default $RUNTIME_DIRECTORY/status.sock if systemd sets that).",
}];

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
