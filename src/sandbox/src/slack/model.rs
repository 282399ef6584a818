//! What the stand-in knows: people, channels, messages, tokens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};

use accessbot_core::clock::{SharedClock, Timestamp};
use serde_json::Value;

use super::account::Account;
use super::rate_limit::Limits;
use super::response_url::ResponseUrls;
use super::sockets::Sockets;
use super::trigger::Triggers;
use super::views::Views;
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
    pub(crate) is_bot: bool,
    pub(crate) deleted: bool,
    pub(crate) account: Account,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) kind: ChannelKind,
    /// Empty for two people.
    pub(crate) name: String,
    pub(crate) archived: bool,
    /// Whether it is shared with another organization (Slack Connect).
    pub(crate) shared: bool,
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

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `xoxb-`: the bot's, for its workspace.
    Bot,
    /// `xapp-`: the app's, for all workspaces.
    App,
}

/// What a token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) kind: TokenKind,
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
    /// The organization that the workspace belongs to; empty if there is none.
    pub(crate) enterprise_id: String,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) tokens: BTreeMap<String, Grant>,
    pub(crate) limits: Limits,
    /// Where the stand-in itself listens.
    pub(crate) address: SocketAddr,
    /// Where the app wants to be called; `None` while it uses Socket Mode.
    pub(crate) request_url: Option<String>,
    pub(crate) sockets: Sockets,
    pub(crate) triggers: Triggers,
    pub(crate) views: Views,
    pub(crate) response_urls: ResponseUrls,
    /// The id of whom each is shown to, and its channel.
    pub(crate) ephemerals: VecDeque<(String, String, Message)>,
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
            enterprise_id: String::new(),
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            tokens: BTreeMap::new(),
            limits: Limits::default(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            request_url: None,
            sockets: Sockets::default(),
            triggers: Triggers::default(),
            views: Views::default(),
            response_urls: ResponseUrls::default(),
            ephemerals: VecDeque::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn add_user(&mut self, name: &str, email: &str, is_bot: bool) -> String {
        let id = slack_id('U');
        let account = Account::of_member(email, &self.team_id, &self.enterprise_id);
        let user = User { id: id.clone(), name: name.to_owned(), is_bot, deleted: false, account };
        self.users.insert(id.clone(), user);
        id
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.name == name)
    }

    pub(crate) fn add_channel(&mut self, kind: ChannelKind, name: &str, members: BTreeSet<String>) -> String {
        let id = slack_id(if kind == ChannelKind::Direct { 'D' } else { 'C' });
        let channel = Channel {
            id: id.clone(),
            kind,
            name: name.to_owned(),
            archived: false,
            shared: false,
            members,
            messages: BTreeMap::new(),
        };
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

    /// A `ts` that no message has.
    pub(crate) fn next_ts(&mut self) -> String {
        self.last_micros = (self.now().as_millis() * 1000).max(self.last_micros + 1);
        format!("{}.{:06}", self.last_micros / 1_000_000, self.last_micros % 1_000_000)
    }

    /// Adds a message and gives it a `ts` of its own.
    pub(crate) fn insert(&mut self, channel: &str, mut message: Message) -> String {
        let ts = self.next_ts();
        message.ts.clone_from(&ts);
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.messages.insert(ts.clone(), message);
        }
        ts
    }
}
