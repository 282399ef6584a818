//! `ACCESSBOT_…` variables as a [`Layer`].
//!
//! Read here and not by figment, which takes values for TOML and so makes the number 123 of the token `00123`: what a
//! variable means is decided by the kind of its key.

use std::collections::BTreeMap;
use std::ffi::OsString;

use accessbot_core::backend::{KeyKind, Value};

use super::check::{unknown_key, unknown_section};
use super::document;
use super::findings::Findings;
use super::layer::{Layer, Place};
use super::schema::{Schema, SectionSchema, TOP_LEVEL_TABLE};

const PREFIX: &str = "ACCESSBOT_";

/// What would be right for a table of tables, and for one of them.
const TABLES_HINT: &str = "write a table of tables as in a TOML file: {\"*\" = {approvers = [\"role:lead\"]}}";
const TABLE_HINT: &str = "write a table as in a TOML file: {approvers = [\"role:lead\"]}";

/// Reads `ACCESSBOT_SECTION__KEY` and, for an entry of a table, `ACCESSBOT_SECTION__KEY__entry`, whose last part keeps
/// its letters as they are. Empty variables count as not set.
pub(super) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    schema: &Schema,
    findings: &mut Findings,
) -> Layer {
    let mut layer = Layer::new("environment");
    for (variable, value) in variables {
        let Some(name) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        match value.to_str().map(str::trim) {
            Some("") => {}
            Some(value) => Variable { name, value }.read(&mut layer, schema, findings),
            None => {
                layer.places.insert(name.to_owned(), Place { source_name: name.to_owned(), line: None });
                let mut mistake = layer.mistake(name, "is not UTF-8 text", None);
                mistake.key.clear();
                findings.error(mistake);
            }
        }
    }
    layer
}

struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

impl Variable<'_> {
    fn read(&self, layer: &mut Layer, schema: &Schema, findings: &mut Findings) {
        let mut parts = self.name[PREFIX.len()..].splitn(3, "__");
        let section = parts.next().unwrap_or_default().to_lowercase();
        let key = parts.next();
        let entry = parts.next();
        if section == TOP_LEVEL_TABLE {
            let entry = key.map(|key| entry.map_or_else(|| key.to_owned(), |entry| format!("{key}__{entry}")));
            self.top_level_table(layer, entry.as_deref(), findings);
            return;
        }
        let Some(key) = key.map(str::to_lowercase) else {
            self.single_underscore(layer, schema, findings);
            return;
        };
        let place = self.place();
        let everywhere = Place { source_name: layer.name.clone(), line: None };
        layer.places.entry(section.clone()).or_insert(everywhere);
        let Some(known) = schema.section(&section) else {
            let mistake = unknown_section(layer, schema, &section);
            findings.error(accessbot_core::backend::ConfigError { source_name: self.name.to_owned(), ..mistake });
            return;
        };
        // What stands in a table of the section is one step deeper: ACCESSBOT_SLACK__REVIEW__APP_TOKEN.
        let (key, entry) = match entry {
            Some(rest) if known.tables().contains(key.as_str()) => {
                let (name, entry) = rest.split_once("__").map_or((rest, None), |(name, entry)| (name, Some(entry)));
                (format!("{key}.{}", name.to_lowercase()), entry)
            }
            _ => (key, entry),
        };
        let full = format!("{section}.{key}");
        layer.places.insert(full.clone(), place.clone());
        let Some(found) = known.key(&key) else {
            findings.error(unknown_key(layer, schema, known, &key));
            return;
        };
        match (entry, found.kind()) {
            (Some(entry), KeyKind::Table) => self.entry(layer, known, &key, entry, texts(self.value)),
            (Some(entry), KeyKind::Tables) => {
                if let Some(table @ Value::Table(_)) = document::value(self.value) {
                    self.entry(layer, known, &key, entry, table);
                } else {
                    let full = format!("{full}.{entry}");
                    layer.places.insert(full.clone(), place);
                    findings.error(layer.mistake(&full, format!("is `{}`", self.value), Some(TABLE_HINT.to_owned())));
                }
            }
            (Some(_), _) => {
                let problem = "is given a part, and is not a table";
                findings.error(layer.mistake(&full, problem, Some(format!("write {PREFIX}{}", upper(&section, &key)))));
            }
            (None, kind) => match parse(self.value, kind) {
                Ok(value) => self.set(layer, &section, &key, value),
                Err(right) => findings.error(layer.mistake(&full, format!("is `{}`", self.value), Some(right))),
            },
        }
    }

    /// Tables are merged, whatever comes first of a whole one and its single entries.
    fn set(&self, layer: &mut Layer, section: &str, key: &str, value: Value) {
        let value = match (layer.section(section).and_then(|s| s.get(key)), value) {
            (Some(Value::Table(old)), Value::Table(mut new)) => {
                for (name, value) in old {
                    new.entry(name.clone()).or_insert_with(|| value.clone());
                }
                Value::Table(new)
            }
            (_, value) => value,
        };
        layer.set(section, key, value, Some(self.place()));
    }

    fn entry(&self, layer: &mut Layer, section: &SectionSchema, key: &str, entry: &str, value: Value) {
        let place = self.place();
        layer.places.insert(format!("{}.{key}.{entry}", section.name), place);
        self.set(layer, section.name, key, Value::Table(BTreeMap::from([(entry.to_owned(), value)])));
    }

    fn top_level_table(&self, layer: &mut Layer, entry: Option<&str>, findings: &mut Findings) {
        let place = self.place();
        let full = entry.map_or_else(|| TOP_LEVEL_TABLE.to_owned(), |entry| format!("{TOP_LEVEL_TABLE}.{entry}"));
        layer.places.insert(full.clone(), place.clone());
        layer.places.entry(TOP_LEVEL_TABLE.to_owned()).or_insert(place);
        let table = match entry {
            Some(entry) => Ok(Value::Table(BTreeMap::from([(entry.to_owned(), texts(self.value))]))),
            None => parse(self.value, KeyKind::Table),
        };
        match table {
            Ok(Value::Table(new)) => {
                let old = layer.values.entry(TOP_LEVEL_TABLE.to_owned()).or_insert(Value::Table(BTreeMap::new()));
                if let Value::Table(old) = old {
                    old.extend(new);
                }
            }
            Ok(_) => {}
            Err(right) => findings.error(layer.mistake(&full, format!("is `{}`", self.value), Some(right))),
        }
    }

    /// A variable without `__` is a slip (`ACCESSBOT_TELEPORT_ADDR`), or Kubernetes' way to tell where a service called
    /// `accessbot` is (`ACCESSBOT_SERVICE_HOST`, `ACCESSBOT_PORT`), which is none of our business.
    fn single_underscore(&self, layer: &Layer, schema: &Schema, findings: &mut Findings) {
        let rest = self.name[PREFIX.len()..].to_lowercase();
        let meant = schema.sections.iter().find_map(|section| {
            let key = rest.strip_prefix(section.name)?.strip_prefix('_')?;
            let meant = |name: &str| name.replace('.', "_") == key;
            let nested = section.spellings().find(|name| meant(name));
            section.key(key).map(|_| upper(section.name, key)).or_else(|| Some(upper(section.name, nested?)))
        });
        match meant {
            Some(meant) => {
                let hint = format!("two underscores divide section and key: write {PREFIX}{meant}");
                let mut mistake = layer.mistake("", "names no key", Some(hint));
                self.name.clone_into(&mut mistake.source_name);
                findings.error(mistake);
            }
            None => findings.info(format!("the environment variable {} is not a setting and is ignored", self.name)),
        }
    }

    fn place(&self) -> Place {
        Place { source_name: self.name.to_owned(), line: None }
    }
}

fn upper(section: &str, key: &str) -> String {
    format!("{section}__{}", key.replace('.', "__")).to_uppercase()
}

/// Reads a value as what its key wants; otherwise says what would be right. Never fails for secrets.
fn parse(value: &str, kind: KeyKind) -> Result<Value, String> {
    match kind {
        KeyKind::Text | KeyKind::Secret => Ok(Value::Text(value.to_owned())),
        KeyKind::Switch => match value.to_lowercase().as_str() {
            "true" => Ok(Value::Switch(true)),
            "false" => Ok(Value::Switch(false)),
            _ => Err("write true or false".to_owned()),
        },
        KeyKind::Number => value.parse().map(Value::Number).map_err(|_| "write a whole number".to_owned()),
        KeyKind::List => Ok(texts(value)),
        KeyKind::Table | KeyKind::Tables => match document::value(value) {
            Some(table @ Value::Table(_)) => Ok(table),
            _ if kind == KeyKind::Tables => Err(TABLES_HINT.to_owned()),
            _ => Err("write a table as in a TOML file: {\"*\" = \"team/channel\"}".to_owned()),
        },
    }
}

/// A TOML list, or texts with commas between them.
fn texts(value: &str) -> Value {
    match document::value(value) {
        Some(list @ Value::List(_)) if value.starts_with('[') => list,
        _ => Value::List(value.split(',').map(|text| Value::Text(text.trim().to_owned())).collect()),
    }
}
