//! All layers as one: sections to be read, and the place of every setting.

use std::path::PathBuf;
use std::sync::Arc;

use accessbot_core::backend::decision::{DecisionSink, LateSink};
use accessbot_core::backend::{BackendContext, BackendDef, ConfigError, Key, KeyKind, Section, Value};
use accessbot_core::engine::Desk;
use accessbot_core::review::IdentityRules;
use accessbot_core::routing::Routing;
use accessbot_core::secret::SecretSource;
use figment::Figment;

use super::findings::Findings;
use super::layer::{Layer, Place, from_merged};
use super::schema::Schema;

/// Keys of which one stands in for the others: a later layer that has any of one group beats those of the other.
const ALTERNATIVES: [(&str, &[&str], &[&str]); 1] =
    [("teleport", &["identity"], &["client_crt", "client_key", "root_cas"])];

/// Keys whose values are addresses that may hold a password.
const ADDRESSES: [&str; 1] = ["http.public_addr"];

/// A secret of a chat system.
#[derive(Clone, Debug)]
pub(in crate::cli) struct ChatSecret {
    /// The backend.
    pub backend: &'static str,
    /// The key of its section.
    pub key: &'static str,
    /// Where the secret is.
    pub source: SecretSource,
}

/// A setting and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Effective {
    /// The full name of the key.
    pub key: String,
    /// Its value, unless that is a secret.
    pub value: String,
    /// The file and line, variable or flag.
    pub place: String,
}

/// The merged layers.
pub(super) struct Merged {
    figment: Figment,
    layers: Vec<Layer>,
    schema: Schema,
}

impl Merged {
    /// Merges layers, later ones over earlier ones.
    pub(super) fn new(mut layers: Vec<Layer>, schema: Schema) -> Self {
        for at in 1..layers.len() {
            let (lower, upper) = layers.split_at_mut(at);
            for layer in lower {
                give_way(layer, &upper[0], &schema);
            }
        }
        let figment = layers.iter().fold(Figment::new(), |figment, layer| figment.merge(layer.clone()));
        Self { figment, layers, schema }
    }

    /// A section; empty if no layer has it.
    pub(super) fn section(&self, name: &str) -> Section {
        let values = match self.figment.find_value(name).map(|value| from_merged(&value)) {
            Ok(Value::Table(table)) => table,
            _ => std::collections::BTreeMap::new(),
        };
        let source_name = self.layers.first().map(|layer| layer.name.clone()).unwrap_or_default();
        Section::new(name, source_name, values)
    }

    /// Builds a backend from its section.
    pub(super) fn desk(&self, backend: &BackendDef, context: &BackendContext, findings: &mut Findings) -> Option<Desk> {
        let mut section = self.section(backend.name);
        let routing = findings.take(Routing::from_section(&mut section));
        let identity = findings.take(IdentityRules::from_section(&mut section));
        let decisions = Arc::new(LateSink::default());
        let mut context = context.clone();
        context.decisions = Arc::clone(&decisions) as Arc<dyn DecisionSink>;
        context.extra_ca = section.text("extra_ca").map(PathBuf::from);
        let built = (backend.build)(&mut section, &context);
        if built.as_ref().is_err_and(Vec::is_empty) {
            findings.error(ConfigError {
                source_name: self.layers.first().map(|layer| layer.name.clone()).unwrap_or_default(),
                line: None,
                key: backend.name.to_owned(),
                problem: "cannot be used, and the backend does not say why".to_owned(),
                hint: None,
            });
        }
        let (Some(routing), Some(identity), Some(built)) = (routing, identity, findings.take(built)) else {
            return None;
        };
        Some(Desk { name: backend.name.to_owned(), backend: built, routing, identity, decisions })
    }

    /// Checks the section of a backend that does not run: what is there must be of the right kind.
    pub(super) fn check_kinds(&self, name: &str, findings: &mut Findings) {
        let (Some(schema), mut section) = (self.schema.section(name), self.section(name)) else { return };
        for key in schema.keys.iter().filter(|key| section.has(key.name)).copied().collect::<Vec<_>>() {
            match key.kind {
                KeyKind::Text => drop(section.text(key.name)),
                KeyKind::Secret => drop(section.secret(key.name)),
                KeyKind::Switch => drop(section.switch(key.name)),
                KeyKind::Number if matches!(section.raw(key.name), Some(Value::Number(_))) => {}
                KeyKind::Number => section.error(key.name, "is no number", Some("write a whole number")),
                KeyKind::List => drop(section.list(key.name)),
                KeyKind::Table => drop(section.table(key.name)),
                KeyKind::Tables => drop(section.tables(key.name)),
            }
        }
        findings.take(section.finish(Some(())));
    }

    /// Remembers a mistake in a key, which may not be there.
    pub(super) fn mistake(&self, section: &str, key: &str, problem: &str, hint: &str, findings: &mut Findings) {
        let mut section = self.section(section);
        section.error(key, problem, Some(hint));
        findings.take(section.finish(Some(())));
    }

    /// Gives each mistake the file and line, or the variable, that its key really came from.
    pub(super) fn locate(&self, errors: &mut [ConfigError]) {
        for error in errors.iter_mut().filter(|error| error.line.is_none() && !error.key.is_empty()) {
            if let Some(place) = self.place(&error.key) {
                error.source_name.clone_from(&place.source_name);
                error.line = place.line;
            }
        }
    }

    /// The secrets of these backends; with those for taking decisions if there is to be a `review`.
    pub(super) fn secrets(&self, running: &[&'static str], review: bool) -> Vec<ChatSecret> {
        let mut secrets = Vec::new();
        for backend in running {
            let Some(schema) = self.schema.section(backend) else { continue };
            let mut section = self.section(backend);
            let needed = |key: &&Key| key.kind == KeyKind::Secret && (review || !key.name.starts_with("review."));
            for key in schema.keys.iter().filter(needed) {
                if let Some(source) = section.secret(key.name) {
                    secrets.push(ChatSecret { backend, key: key.name, source });
                }
            }
        }
        secrets
    }

    /// Every setting of the program and of these backends.
    pub(super) fn effective(&self, running: &[&str]) -> Vec<Effective> {
        let mut all = Vec::new();
        for schema in self.schema.sections.iter().filter(|s| !s.backend || running.contains(&s.name)) {
            let section = self.section(schema.name);
            for name in section.keys() {
                let secret = schema.key(name).is_none_or(|found| found.kind() == KeyKind::Secret);
                let Some(value) = section.raw(name) else { continue };
                let key = format!("{}.{name}", schema.name);
                let value = match value {
                    _ if secret => "[secret]".to_owned(),
                    Value::Text(text) if ADDRESSES.contains(&key.as_str()) => show_address(text),
                    value => show(value),
                };
                let place = self.place(&key).map(show_place).unwrap_or_default();
                all.push(Effective { key, value, place });
            }
        }
        all
    }

    /// Where a key was said, in the source that figment took it from; for a key that is missing, where the nearest thing
    /// around it is, rather in the file than elsewhere.
    fn place(&self, key: &str) -> Option<&Place> {
        let source = self.figment.find_metadata(key).map(|metadata| metadata.name.as_ref());
        let said = |layer: &&Layer| source.is_none_or(|name| layer.name == name);
        let exact = self.layers.iter().rev().filter(said).find_map(|layer| layer.places.get(key));
        exact.or_else(|| {
            let around = &key[..key.rfind('.')?];
            self.layers.iter().find_map(|layer| layer.place(around))
        })
    }
}

/// Takes out of `lower` what `upper` says in another way: a secret and the file that it stands in, an identity file and
/// its parts.
fn give_way(lower: &mut Layer, upper: &Layer, schema: &Schema) {
    let mut pairs: Vec<(&str, Vec<String>, Vec<String>)> = Vec::new();
    for section in &schema.sections {
        for key in section.keys.iter().filter(|key| key.kind == KeyKind::Secret) {
            pairs.push((section.name, vec![key.name.to_owned()], vec![format!("{}_file", key.name)]));
        }
    }
    let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    pairs.extend(ALTERNATIVES.iter().map(|(section, one, other)| (*section, owned(one), owned(other))));
    for (section, one, other) in pairs {
        for (said, beaten) in [(&one, &other), (&other, &one)] {
            if said.iter().any(|key| upper.has(section, key)) {
                for key in beaten.iter().filter(|key| !upper.has(section, key)) {
                    lower.take(section, key);
                }
            }
        }
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Switch(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let entries: Vec<String> = table.iter().map(|(k, v)| format!("{k:?} = {}", show(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Other(kind) => (*kind).to_owned(),
    }
}

/// An address without the password that may stand in it.
fn show_address(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("\"[secret]@{rest}\""),
        None => format!("{text:?}"),
    }
}

fn show_place(place: &Place) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", place.source_name),
        None => place.source_name.clone(),
    }
}
