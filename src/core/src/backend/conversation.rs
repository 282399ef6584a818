//! Where messages go: recipients as people write them, conversations as a server knows them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Somebody or something that messages are meant for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Recipient {
    /// A text that the operator wrote into the configuration: any form that the backend documents.
    #[serde(rename = "c")]
    Configured(String),
    /// A Teleport user, by name: a suggested reviewer or the requester. Untrusted. Found by the operator's explicit map,
    /// or as an e-mail address, or by user name if the operator allowed that; never as a channel, and never guessed.
    #[serde(rename = "p")]
    Person(String),
}

/// The recipient as it was written.
impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured(text) | Self::Person(text) => f.write_str(text),
        }
    }
}

/// What kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConversationKind {
    /// Many people.
    #[serde(rename = "c")]
    Channel,
    /// The bot and one person.
    #[serde(rename = "d")]
    Direct,
}

/// A conversation that messages can be posted to, named as the chat server names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conversation {
    /// The server's identifier.
    pub id: String,
    /// Channel or direct conversation.
    #[serde(rename = "k")]
    pub kind: ConversationKind,
}

/// One message, named as the chat server names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    /// The conversation's identifier.
    #[serde(rename = "c")]
    pub conversation: String,
    /// The message's identifier within it (or on the whole server).
    #[serde(rename = "m")]
    pub message: String,
}

/// `conversation/message`, as the Go plugins write it into their key `messages`.
impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.conversation, self.message)
    }
}

/// What became of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Exactly one conversation, and we may post to it as far as can be known.
    Resolved(Conversation),
    /// None that could be used.
    Unreachable(Unreachable),
}

/// Why a recipient has no conversation that we can post to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreachable {
    /// There is no such channel or person (or it is hidden from us).
    NotFound,
    /// The bot must be added to the channel or its team first.
    NotMember,
    /// The channel is archived, or the person's account deactivated.
    Archived,
    /// The server does not let us post there.
    Forbidden,
    /// More than one channel or person fits; these do.
    Ambiguous(Vec<String>),
    /// The text has none of the forms that the backend knows, or (for a person) nothing says who that is in the chat.
    Unknown,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::NotMember => f.write_str("the bot is not a member"),
            Self::Archived => f.write_str("archived or deactivated"),
            Self::Forbidden => f.write_str("the bot may not post there"),
            Self::Ambiguous(which) => write!(f, "ambiguous: {}", which.join(", ")),
            Self::Unknown => f.write_str("not a known form of recipient, or nothing says who this is in the chat"),
        }
    }
}
