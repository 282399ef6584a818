//! How a backend describes itself to the program that runs it.

use std::path::PathBuf;
use std::sync::Arc;

use super::ChatBackend;
use super::decision::{DecisionSink, DecisionsOff};
use super::section::{ConfigError, Section};
use crate::clock::SharedClock;

/// Builds a backend from its section.
pub type Build = fn(&mut Section, &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>>;

/// A backend as a constant: put it into the list that `accessbot::run` gets, and its section, its keys, its example and
/// its name on the command line are there.
#[derive(Clone, Copy)]
pub struct BackendDef {
    /// Name on the command line, of the config section, and of the record in Teleport: lower case letters and digits.
    pub name: &'static str,
    /// The keys of its section, beside those that are read for every backend ([`CONTEXT_KEYS`] and
    /// [`ROUTING_KEYS`](crate::routing::ROUTING_KEYS)).
    pub keys: &'static [Key],
    /// An annotated example of its section in TOML, that its own `build` accepts.
    pub example: &'static str,
    /// Builds it from its section. Does no I/O on the network; reports every mistake that it finds, not only the first.
    pub build: Build,
}

impl std::fmt::Debug for BackendDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendDef").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name. One with a dot, `review.app_token`, stands in a table of the section: `app_token` in `[NAME.review]`.
    pub name: &'static str,
    /// What it holds.
    pub kind: KeyKind,
    /// Older names that are still read, with a warning.
    pub aliases: &'static [&'static str],
    /// What it is for, in one sentence, for the reference.
    pub doc: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A text.
    Text,
    /// A text that is never shown. A value that starts with `/` names a file; so does the key with `_file` behind it.
    Secret,
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Number,
    /// A text or a list of texts.
    List,
    /// A table whose values are texts or lists of texts.
    Table,
    /// A table whose values are tables, with keys of their own.
    Tables,
}

/// The keys that the program reads from the section of every backend, for its [`BackendContext`].
pub const CONTEXT_KEYS: &[Key] = &[Key {
    name: "extra_ca",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "File with certificates (PEM) to trust beside the system's, for a chat server with a private authority.",
}];

/// What a backend gets from the program beside its section.
#[derive(Clone)]
#[non_exhaustive]
pub struct BackendContext {
    /// The time.
    pub clock: SharedClock,
    /// Certificates (PEM) to trust beside the system's, for a chat server with a private CA.
    pub extra_ca: Option<PathBuf>,
    /// What to call ourselves in HTTP requests.
    pub user_agent: String,
    /// Where decisions from the chat go. It refuses them all unless the operator has switched them on.
    pub decisions: Arc<dyn DecisionSink>,
    /// Whether the operator lets people decide in the chat. Otherwise nobody needs to be listened to.
    pub review: bool,
    /// Where chat servers reach the program, without a slash at the end: the backend's
    /// [callback paths](ChatBackend::callback_paths) are below `/NAME` there. May hold a password. `None` if the operator
    /// does not say.
    pub public_url: Option<String>,
}

impl BackendContext {
    /// A context with this clock, and nothing else out of the ordinary.
    pub fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            extra_ca: None,
            user_agent: concat!("accessbot/", env!("CARGO_PKG_VERSION")).to_owned(),
            decisions: Arc::new(DecisionsOff),
            review: false,
            public_url: None,
        }
    }
}
