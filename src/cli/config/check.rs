//! Whether a layer says only what the schema knows, and its aliases in the words of today.

use std::collections::BTreeSet;

use accessbot_core::backend::{ConfigError, KeyKind, Value};

use super::findings::Findings;
use super::layer::Layer;
use super::schema::{Schema, SectionSchema, TOP_LEVEL_TABLE, nearest};

/// Backends of this project that a build may lack.
const BACKENDS_ELSEWHERE: [&str; 2] = ["mattermost", "slack"];

/// What is wrong with a key that nobody reads.
const NO_KEY: &str = "is not a key that there is";

/// Reports unknown sections and keys, and gives keys with an older name the current one.
pub(super) fn check(layer: &mut Layer, schema: &Schema, findings: &mut Findings) {
    let names: Vec<String> = layer.values.keys().cloned().collect();
    for name in names {
        if name == TOP_LEVEL_TABLE {
            continue;
        }
        let table = layer.section(&name).map(|table| table.keys().cloned().collect::<Vec<_>>());
        match (schema.section(&name), table) {
            (Some(section), Some(keys)) => check_keys(layer, schema, section, &keys, findings),
            (Some(_), None) => {
                let kind = layer.values.get(&name).map_or("nothing", Value::kind);
                let hint = format!("make it a section: a line [{name}] and its keys below");
                findings.error(layer.mistake(&name, format!("is {kind}"), Some(hint)));
            }
            (None, Some(_)) => findings.error(unknown_section(layer, schema, &name)),
            (None, None) => findings.error(stray_key(layer, schema, &name)),
        }
    }
}

fn check_keys(layer: &mut Layer, schema: &Schema, section: &SectionSchema, keys: &[String], findings: &mut Findings) {
    for name in keys {
        let Some(found) = section.key(name) else {
            findings.error(unknown_key(layer, schema, section, name));
            continue;
        };
        if found.kind() == KeyKind::Tables {
            check_entries(layer, section, name, findings);
        }
        let Some(current) = found.current else { continue };
        let full = format!("{}.{name}", section.name);
        if layer.has(section.name, &current) {
            let problem = format!("is the older name of `{current}`, which is given too");
            findings.error(layer.mistake(&full, problem, Some(format!("leave `{name}` out"))));
        } else {
            findings.warn(format!("{full} is deprecated: its name is {}.{current} now", section.name));
            layer.rename(section.name, name, &current);
        }
    }
}

/// Checks the keys of each table in a table of tables.
fn check_entries(layer: &Layer, section: &SectionSchema, name: &str, findings: &mut Findings) {
    let Some(Value::Table(entries)) = layer.section(section.name).and_then(|s| s.get(name)) else { return };
    let known: Vec<&str> = section.entry_keys(name).iter().map(|key| key.name).collect();
    for (entry, value) in entries {
        let Value::Table(table) = value else { continue };
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let hint = match nearest(key, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("[{}.{name}.{entry:?}] has {}", section.name, list(known.iter().copied())),
            };
            let full = format!("{}.{name}.{entry}.{key}", section.name);
            findings.error(layer.mistake(&full, NO_KEY, Some(hint)));
        }
    }
}

/// A key that its section does not have.
pub(super) fn unknown_key(layer: &Layer, schema: &Schema, section: &SectionSchema, name: &str) -> ConfigError {
    let full = format!("{}.{name}", section.name);
    if section.tables().contains(name) {
        let hint = format!("make it a section: a line [{full}] and its keys below");
        return layer.mistake(&full, "is not a table", Some(hint));
    }
    let (table, key) = section.divide(name);
    let (header, names): (String, Vec<&str>) = match table {
        Some(table) => (format!("{}.{table}", section.name), section.spellings_in(table).collect()),
        None => (section.name.to_owned(), section.spellings().collect()),
    };
    let tables = if table.is_none() { section.tables() } else { BTreeSet::new() };
    let hint = match (nearest(key, names.iter().copied().chain(tables)), schema.home_of(key, Some(section))) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, Some(home)) => format!("it belongs into [{home}]"),
        (None, None) => format!("[{header}] has {}", list(names.into_iter())),
    };
    layer.mistake(&full, NO_KEY, Some(hint))
}

/// A section that this build does not have.
pub(super) fn unknown_section(layer: &Layer, schema: &Schema, name: &str) -> ConfigError {
    let contained = match list(schema.backends()) {
        none if none.is_empty() => "this build contains no backends".to_owned(),
        names => format!("this build contains {names}"),
    };
    if BACKENDS_ELSEWHERE.contains(&name) {
        return layer.mistake(name, "is a backend that is not compiled into this build", Some(contained));
    }
    let hint = match nearest(name, schema.sections.iter().map(|s| s.name).chain(BACKENDS_ELSEWHERE)) {
        Some(meant) => format!("did you mean [{meant}]?"),
        None => format!("if it is the section of a backend, that is not compiled in: {contained}"),
    };
    layer.mistake(name, "is not a section that there is", Some(hint))
}

/// A key outside of any section.
fn stray_key(layer: &Layer, schema: &Schema, name: &str) -> ConfigError {
    let hint = match schema.home_of(name, None) {
        Some(home) => format!("it belongs into [{home}]"),
        None => "every key belongs into a section, such as [teleport]".to_owned(),
    };
    layer.mistake(name, "is not a key that there is outside of a section", Some(hint))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
