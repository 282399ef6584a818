//! What a story needs of a chat, whichever it is.

mod mattermost;
mod shown;
mod slack;

use accessbot_sandbox::{Answer, HttpFaults};

pub use self::shown::Shown;

/// The bot's account in every chat.
const BOT: &str = "teleport";

/// A stand-in of a chat, with the people and the channel `access` that every stand-in starts with.
///
/// A *place* is a channel's name, or `@user` for the direct messages between the bot and that user. What a stand-in
/// refuses is a mistake in the story, and panics.
pub trait ChatStandIn: Sized + Send + Sync + 'static {
    /// The backend that the bot talks to it with, which is also the name of its section and of its records.
    const BACKEND: &'static str;
    /// The call that posts a message, as a pattern for faults.
    const POST: &'static str;
    /// Over so many channels a crowd of requests is spread: one where messages may come as fast as they can, more where
    /// a channel takes one message a second.
    const CROWD_CHANNELS: usize;

    /// Starts one.
    fn start() -> impl Future<Output = Self> + Send;
    /// The bot's section of the configuration, without any recipients.
    fn section(&self) -> String;
    /// The bot's token.
    fn token(&self) -> &str;
    /// A channel as the configuration names it.
    fn channel(name: &str) -> String;
    /// A channel as the configuration may name it as well.
    fn channel_by_title(name: &str, title: &str) -> String;
    /// A person as the configuration names them.
    fn person(name: &str) -> String;
    /// The id of a person's account.
    fn account(&self, name: &str) -> String;

    /// Closes the port and cuts all connections.
    fn stop(&self) -> impl Future<Output = ()> + Send;
    /// Opens the same port again.
    fn start_again(&self);
    /// Planned faults.
    fn faults(&self) -> &HttpFaults;
    /// What it answers when something in it is broken.
    fn internal_error() -> Answer;
    /// What it answers to whoever calls too often, for a second.
    fn rate_limited() -> Answer;
    /// Makes the bot's token invalid.
    fn revoke_token(&self);
    /// Makes it valid again.
    fn restore_token(&self);

    /// Adds a channel, which nobody is in, and returns its id.
    fn new_channel(&self, name: &str, title: &str, private: bool) -> String;
    /// Invites the bot into a channel.
    fn invite_bot(&self, channel: &str);
    /// Archives a channel, or brings it back.
    fn set_archive(&self, channel: &str, archived: bool);
    /// A user writes into a place. Returns `CHANNEL/MESSAGE`.
    fn write_as(&self, user: &str, place: &str, text: &str) -> String;
    /// An administrator deletes a message.
    fn delete(&self, message: &Shown);

    /// The messages that stand in a place, oldest first. Direct messages that nobody opened are empty.
    fn shown(&self, place: &str) -> Vec<Shown>;
    /// How many messages stand in a place, without replies. Quick, also among thousands.
    fn count(&self, place: &str) -> usize;
    /// What there is, for people to read.
    fn dump(&self) -> String;
    /// Waits until something is so, for [`PATIENCE`](super::PATIENCE) at most.
    fn wait(&self, what: &str, condition: impl Fn(&Self) -> bool + Send) -> impl Future<Output = ()>;
}
