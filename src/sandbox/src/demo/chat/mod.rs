//! The chat of the demo: what the page and the story need of a chat stand-in, whichever it is.

pub(crate) mod block;
pub(crate) mod mattermost;
pub(crate) mod message;
pub(crate) mod slack;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use tokio::sync::watch;

use self::mattermost::MattermostChat;
use self::message::{Form, Message};
use self::slack::SlackChat;
use crate::common::error::SandboxError;

/// Where messages stand in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The channel that the reviewers read.
    Channel,
    /// The direct messages between the bot and somebody.
    Person(&'static str),
}

/// Somebody, before a message.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Who.
    pub who: &'a str,
    /// Where the message stands.
    pub place: Place,
    /// Which one it is.
    pub message: &'a str,
}

/// A button that is not one of the bot's own and claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// It carries what somebody made up.
    MadeUp,
    /// It carries what a genuine one carries.
    Copied,
}

/// Why nobody replies and reacts where it would mean nothing.
const DEAF: &str = "in this chat the bot hears of buttons only";
/// What stands above a forged button.
pub(crate) const BAIT: &str = "Free pizza on Friday! Press if you come.";
/// What stands on it.
pub(crate) const BAIT_BUTTON: &str = "I come";

/// A chat stand-in with the demo's people and its channel in it.
#[async_trait]
pub trait DemoChat: Send + Sync {
    /// The name of the product, for people.
    fn product(&self) -> &'static str;

    /// Where its API is.
    fn address(&self) -> String;

    /// The bot's section of the configuration file. What must stand in files of their own is written into `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn section(&self, folder: &Path) -> Result<String, SandboxError>;

    /// A place as people in this chat call it.
    fn name_of(&self, place: Place) -> String;

    /// The trait in Teleport that holds whose account in this chat is whose.
    fn user_trait(&self) -> &'static str;

    /// The id of somebody's account, which stands in that trait.
    ///
    /// # Errors
    /// When there is no such person.
    fn account(&self, person: &str) -> Result<String, SandboxError>;

    /// The messages that stand in a place, oldest first, with their threads; the last `most` of them.
    fn messages(&self, place: Place, most: usize) -> Vec<Message>;

    /// Somebody presses a button, and is perhaps shown a form.
    ///
    /// # Errors
    /// With what the chat shows in place of an answer.
    async fn press(&self, at: Before<'_>, button: &str) -> Result<Option<Form>, SandboxError>;

    /// Somebody sends a form that they were shown. What is wrong with it, if it is shown again.
    ///
    /// # Errors
    /// When there is no such form, or with what the chat shows in place of an answer.
    async fn submit(&self, who: &str, form: &str, reason: &str) -> Result<Option<String>, SandboxError>;

    /// The emoji by which people can decide here, each with its name; none where the bot does not listen to what people
    /// write and how they react.
    fn emoji(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Somebody replies to a message.
    ///
    /// # Errors
    /// With what the chat shows in place of an answer, or where the bot does not listen.
    async fn reply(&self, at: Before<'_>, text: &str) -> Result<(), SandboxError> {
        let _ = (at, text);
        Err(SandboxError::Refused(DEAF.to_owned()))
    }

    /// Somebody reacts to a message with an emoji of this name.
    ///
    /// # Errors
    /// With what the chat shows in place of an answer, or where the bot does not listen.
    async fn react(&self, at: Before<'_>, emoji: &str) -> Result<(), SandboxError> {
        let _ = (at, emoji);
        Err(SandboxError::Refused(DEAF.to_owned()))
    }

    /// Who can lay out a button that leads to the bot.
    fn forger(&self) -> &'static str;

    /// That one posts a message in the channel, with a button that claims to approve a request. Returns the message's id
    /// and the button's.
    ///
    /// # Errors
    /// When there is no genuine button that could be copied.
    fn forge(&self, request: &str, forgery: Forgery) -> Result<(String, String), SandboxError>;

    /// Closes the port and cuts all connections, like a server that is killed.
    async fn stop(&self);

    /// Opens the same port again.
    ///
    /// # Errors
    /// When the port was lost meanwhile.
    fn start_again(&self) -> Result<(), SandboxError>;

    /// From now on every call takes so much longer; none does with zero.
    fn slow_down(&self, by: Duration);

    /// Sees every change of the chat from now on.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// A chat that the demo can show.
pub struct ChatDef {
    /// The name of the backend that the bot talks to it with.
    pub backend: &'static str,
    /// Starts a stand-in. Must be called within a tokio runtime, which then carries it.
    pub(crate) start: StartChat,
}

/// Starting waits, and so does a function pointer to it.
type StartChat = fn() -> futures_util::future::BoxFuture<'static, Result<Box<dyn DemoChat>, SandboxError>>;

/// Every chat that the demo can show; the first one is shown if none is asked for.
pub const CHATS: &[ChatDef] = &[
    ChatDef { backend: "mattermost", start: MattermostChat::start },
    ChatDef { backend: "slack", start: SlackChat::start },
];
