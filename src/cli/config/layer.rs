//! One source of settings: a file, the environment, or the command line.

use std::collections::BTreeMap;

use accessbot_core::backend::{ConfigError, Value};
use figment::value::{Dict, Map, Num, Tag, Value as Merged};
use figment::{Metadata, Profile, Provider};

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The file or variable.
    pub source_name: String,
    /// The line in it, from 1.
    pub line: Option<usize>,
}

/// What one source says, key by key, and where it says it. Layers are merged by figment, later ones over earlier ones.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// What the source is called: the path of a file, or `environment`.
    pub name: String,
    /// Sections by name, and what stands outside of any.
    pub values: BTreeMap<String, Value>,
    /// Places by full key: `mattermost.url`.
    pub places: BTreeMap<String, Place>,
}

impl Layer {
    /// A source that says nothing yet.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), values: BTreeMap::new(), places: BTreeMap::new() }
    }

    /// The section, if it is one.
    pub(super) fn section(&self, name: &str) -> Option<&BTreeMap<String, Value>> {
        match self.values.get(name) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Whether the section has the key.
    pub(super) fn has(&self, section: &str, key: &str) -> bool {
        self.section(section).is_some_and(|table| table.contains_key(key))
    }

    /// Writes a key into a section, over what stood there.
    pub(super) fn set(&mut self, section: &str, key: &str, value: Value, place: Option<Place>) {
        let table = self.values.entry(section.to_owned()).or_insert_with(|| Value::Table(BTreeMap::new()));
        if let Value::Table(table) = table {
            table.insert(key.to_owned(), value);
        }
        if let Some(place) = place {
            self.places.insert(format!("{section}.{key}"), place);
        }
    }

    /// Takes a key out of a section; its place is forgotten with it.
    pub(super) fn take(&mut self, section: &str, key: &str) -> Option<(Value, Option<Place>)> {
        let Some(Value::Table(table)) = self.values.get_mut(section) else { return None };
        let value = table.remove(key)?;
        Some((value, self.places.remove(&format!("{section}.{key}"))))
    }

    /// Gives a key another name, with everything below it.
    pub(super) fn rename(&mut self, section: &str, from: &str, to: &str) {
        if let Some((value, place)) = self.take(section, from) {
            self.move_places(&format!("{section}.{from}."), &format!("{section}.{to}."));
            self.set(section, to, value, place);
        }
    }

    /// Lets what is known of places below `from` (with its dot) stand below `to`.
    pub(super) fn move_places(&mut self, from: &str, to: &str) {
        let below: Vec<String> = self.places.keys().filter(|key| key.starts_with(from)).cloned().collect();
        for old in below {
            if let Some(place) = self.places.remove(&old) {
                self.places.insert(format!("{to}{}", &old[from.len()..]), place);
            }
        }
    }

    /// The place of a key, or of the nearest thing around it that has one.
    pub(super) fn place(&self, key: &str) -> Option<&Place> {
        let mut path = key;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(place);
            }
            path = &path[..path.rfind('.')?];
        }
    }

    /// A mistake in a key of this layer, at its place.
    pub(super) fn mistake(&self, key: &str, problem: impl Into<String>, hint: Option<String>) -> ConfigError {
        let place = self.place(key);
        ConfigError {
            source_name: place.map_or_else(|| self.name.clone(), |p| p.source_name.clone()),
            line: place.and_then(|p| p.line),
            key: key.to_owned(),
            problem: problem.into(),
            hint,
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let dict = self.values.iter().map(|(key, value)| (key.clone(), to_merged(value))).collect();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// figment knows neither dates nor reasons why a value is none of ours; TOML has no empty value, so that one stands in.
fn to_merged(value: &Value) -> Merged {
    let tag = Tag::Default;
    match value {
        Value::Text(text) => Merged::String(tag, text.clone()),
        Value::Switch(on) => Merged::Bool(tag, *on),
        Value::Number(number) => Merged::Num(tag, Num::I64(*number)),
        Value::List(list) => Merged::Array(tag, list.iter().map(to_merged).collect()),
        Value::Table(table) => Merged::Dict(tag, table.iter().map(|(k, v)| (k.clone(), to_merged(v))).collect()),
        Value::Other(_) => Merged::Empty(tag, figment::value::Empty::Unit),
    }
}

/// The way back from figment.
pub(super) fn from_merged(value: &Merged) -> Value {
    match value {
        Merged::String(_, text) => Value::Text(text.clone()),
        Merged::Bool(_, on) => Value::Switch(*on),
        Merged::Num(_, Num::I64(number)) => Value::Number(*number),
        Merged::Array(_, list) => Value::List(list.iter().map(from_merged).collect()),
        Merged::Dict(_, dict) => Value::Table(dict.iter().map(|(k, v)| (k.clone(), from_merged(v))).collect()),
        Merged::Char(..) | Merged::Num(..) | Merged::Empty(..) => Value::Other("a fraction, a date or a time"),
    }
}
