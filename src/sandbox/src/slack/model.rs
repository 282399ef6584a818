//! What the stand-in knows: people, channels, messages, tokens.

use std::collections::{BTreeMap, BTreeSet};

use accessbot_core::clock::{SharedClock, Timestamp};
use serde_json::Value;

use super::rate_limit::Limits;
use crate::common::ids::random;

/// Kinds of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everybody in the workspace can see and join it.
    Public,
    /// Nobody knows of it but its members.
    Private,
    /// Two people, or a bot and a person.
    Direct,
}

impl ChannelKind {
    /// The part of a scope's name before the colon.
    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::Public => "channels",
            Self::Private => "groups",
            Self::Direct => "im",
        }
    }
}

/// A person or a bot.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_bot: bool,
    pub(crate) deleted: bool,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) kind: ChannelKind,
    /// Empty for two people.
    pub(crate) name: String,
    pub(crate) archived: bool,
    pub(crate) members: BTreeSet<String>,
    /// By `ts`, which sorts as it reads.
    pub(crate) messages: BTreeMap<String, Message>,
}

/// A message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) ts: String,
    pub(crate) user: String,
    /// Empty for people.
    pub(crate) bot_id: String,
    pub(crate) app_id: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) metadata: Option<Value>,
    /// The root of its thread; empty for a root.
    pub(crate) thread_ts: String,
    pub(crate) edits: usize,
    /// User ids, and `*` for everybody.
    pub(crate) mentions: BTreeSet<String>,
}

/// What a token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: String,
    pub(crate) bot_id: String,
    pub(crate) app_id: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) revoked: bool,
}

impl Grant {
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

/// The whole workspace.
pub(crate) struct Model {
    clock: SharedClock,
    last_micros: i64,
    pub(crate) team_id: String,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) tokens: BTreeMap<String, Grant>,
    pub(crate) limits: Limits,
}

/// An id as Slack makes them: a letter for what it is, then ten letters and digits.
pub(crate) fn slack_id(prefix: char) -> String {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let tail = random::<10>().map(|b| char::from(LETTERS[usize::from(b) % LETTERS.len()]));
    std::iter::once(prefix).chain(tail).collect()
}

impl Model {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            last_micros: 0,
            team_id: slack_id('T'),
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            tokens: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn add_user(&mut self, name: &str, email: &str, is_bot: bool) -> String {
        let id = slack_id('U');
        let user = User { id: id.clone(), name: name.to_owned(), email: email.to_owned(), is_bot, deleted: false };
        self.users.insert(id.clone(), user);
        id
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.name == name)
    }

    pub(crate) fn add_channel(&mut self, kind: ChannelKind, name: &str, members: BTreeSet<String>) -> String {
        let id = slack_id(if kind == ChannelKind::Direct { 'D' } else { 'C' });
        let messages = BTreeMap::new();
        let channel = Channel { id: id.clone(), kind, name: name.to_owned(), archived: false, members, messages };
        self.channels.insert(id.clone(), channel);
        id
    }

    pub(crate) fn channel_named(&self, name: &str) -> Option<&Channel> {
        self.channels.values().find(|channel| channel.name == name && channel.kind != ChannelKind::Direct)
    }

    /// The conversation of two, if it was opened.
    pub(crate) fn direct(&self, one: &str, other: &str) -> Option<&Channel> {
        let both = BTreeSet::from([one.to_owned(), other.to_owned()]);
        self.channels.values().find(|channel| channel.kind == ChannelKind::Direct && channel.members == both)
    }

    /// The conversation of two, which is opened if it was not.
    pub(crate) fn open_direct(&mut self, one: &str, other: &str) -> String {
        match self.direct(one, other) {
            Some(channel) => channel.id.clone(),
            None => self.add_channel(ChannelKind::Direct, "", BTreeSet::from([one.to_owned(), other.to_owned()])),
        }
    }

    /// Adds a message and gives it a `ts` of its own.
    pub(crate) fn insert(&mut self, channel: &str, mut message: Message) -> String {
        self.last_micros = (self.now().as_millis() * 1000).max(self.last_micros + 1);
        let ts = format!("{}.{:06}", self.last_micros / 1_000_000, self.last_micros % 1_000_000);
        message.ts.clone_from(&ts);
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.messages.insert(ts.clone(), message);
        }
        ts
    }
}
