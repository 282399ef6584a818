//! Who is told about a request: the configured recipients of its roles, and its suggested reviewers.

use std::collections::{BTreeMap, BTreeSet};

use crate::backend::{ConfigError, Key, KeyKind, Recipient, Section};
use crate::request::AccessRequest;

/// The entry of `role_to_recipients` for roles that have none of their own.
const ANY_ROLE: &str = "*";

/// The keys that the engine reads from the section of every backend.
pub const ROUTING_KEYS: &[Key] = &[
    Key {
        name: "recipients",
        kind: KeyKind::List,
        aliases: &[],
        doc: "Who is told about requests for roles without an entry in role_to_recipients.",
    },
    Key {
        name: "role_to_recipients",
        kind: KeyKind::Table,
        aliases: &[],
        doc: "Who is told about requests for a role; \"*\" stands for roles without an entry.",
    },
    Key {
        name: "users",
        kind: KeyKind::Table,
        aliases: &[],
        doc: "Teleport users by name and the recipient that each of them is in the chat.",
    },
    Key {
        name: "notify_requester",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Whether whoever asks is told when the request is received and when it is decided (default true).",
    },
    Key {
        name: "plugin_name",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Name of the bot's record in Teleport's plugin data (default: the section's name).",
    },
];

/// Who is told what on one backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Name of our record in Teleport's plugin data.
    pub plugin_name: String,
    /// Whether the requester is told.
    pub notify_requester: bool,
    role_to_recipients: BTreeMap<String, Vec<String>>,
    users: BTreeMap<String, String>,
}

impl Routing {
    /// Reads the [`ROUTING_KEYS`] of a backend's section.
    ///
    /// # Errors
    /// Every mistake in those keys.
    pub fn from_section(section: &mut Section) -> Result<Self, Vec<ConfigError>> {
        let mut role_to_recipients = section.table("role_to_recipients").unwrap_or_default();
        if let Some(recipients) = section.list("recipients")
            && !recipients.is_empty()
        {
            role_to_recipients.entry(ANY_ROLE.to_owned()).or_insert(recipients);
        }
        let mut users = BTreeMap::new();
        for (user, who) in section.table("users").unwrap_or_default() {
            if let [one] = who.as_slice() {
                users.insert(user, one.clone());
            } else {
                let hint = "write exactly one recipient for each Teleport user";
                section.error(&format!("users.{user}"), &format!("has {} recipients", who.len()), Some(hint));
            }
        }
        let plugin_name = section.text("plugin_name").unwrap_or_else(|| section.name().to_owned());
        let notify_requester = section.switch("notify_requester").unwrap_or(true);
        section.finish(Some(Self { plugin_name, notify_requester, role_to_recipients, users }))
    }

    /// A routing that tells `recipients` about everything, for tests and examples.
    pub fn everything_to(plugin_name: &str, recipients: &[&str]) -> Self {
        let recipients = recipients.iter().map(|r| (*r).to_owned()).collect();
        Self {
            plugin_name: plugin_name.to_owned(),
            notify_requester: true,
            role_to_recipients: BTreeMap::from([(ANY_ROLE.to_owned(), recipients)]),
            users: BTreeMap::new(),
        }
    }

    /// Everybody who is told about `request`, each once, configured recipients before suggested reviewers.
    pub fn recipients(&self, request: &AccessRequest) -> Vec<Recipient> {
        let mut seen = BTreeSet::new();
        let configured = request.roles.iter().flat_map(|role| self.for_role(role)).cloned().map(Recipient::Configured);
        let suggested = request.suggested_reviewers.iter().filter(|r| !r.is_empty()).map(|user| self.person(user));
        configured.chain(suggested).filter(|r| seen.insert(r.clone())).collect()
    }

    /// The recipient that a requester is, if requesters are told. Nobody has no name.
    pub fn requester(&self, user: &str) -> Option<Recipient> {
        (self.notify_requester && !user.is_empty()).then(|| self.person(user))
    }

    /// The recipient that a Teleport user is.
    pub fn person(&self, user: &str) -> Recipient {
        match self.users.get(user) {
            Some(who) => Recipient::Configured(who.clone()),
            None => Recipient::Person(user.to_owned()),
        }
    }

    /// Every recipient that the configuration names, each once: to be looked at before they are needed.
    pub fn configured(&self) -> Vec<Recipient> {
        let all: BTreeSet<&String> = self.role_to_recipients.values().flatten().collect();
        all.into_iter().cloned().map(Recipient::Configured).collect()
    }

    /// Every recipient that `users` names, each once.
    pub fn mapped_people(&self) -> Vec<Recipient> {
        let all: BTreeSet<&String> = self.users.values().collect();
        all.into_iter().cloned().map(Recipient::Configured).collect()
    }

    fn for_role(&self, role: &str) -> &[String] {
        self.role_to_recipients.get(role).or_else(|| self.role_to_recipients.get(ANY_ROLE)).map_or(&[], Vec::as_slice)
    }
}
