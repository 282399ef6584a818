//! What a chat system must be able to do for the engine.
//!
//! A backend is a crate that implements [`ChatBackend`] and describes itself with a [`BackendDef`]. It knows one chat
//! server and nothing of Teleport; the engine knows Teleport and nothing of chats. Every method does one thing to one
//! conversation, and its documentation says what must hold when it is called twice, because it will be: the engine
//! repeats whatever it did not see end.

pub mod callback;
mod content;
mod conversation;
pub mod decision;
mod definition;
mod error;
mod finding;
mod mark;
mod marker;
mod section;

use std::time::Duration;

use async_trait::async_trait;

pub use content::{Audience, Card, CardState, Content, Field, FieldKind, FieldValue, Link, Note, Span};
pub use conversation::{Conversation, ConversationKind, MessageRef, Recipient, Resolution, Unreachable};
pub use definition::{BackendContext, BackendDef, Build, CONTEXT_KEYS, Key, KeyKind};
pub use error::{ChatError, ChatErrorKind};
pub use finding::{Finding, Verdict};
pub use mark::{Mark, MarkKind};
pub use marker::Marker;
pub use section::{ConfigError, Section, Value};

use callback::{CallbackRequest, CallbackResponse};
use decision::{ChatUser, ChatUserId, Membership};

use crate::clock::Timestamp;
use crate::request::RequestId;

/// What a backend can do, where chat systems differ.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Capabilities {
    /// What to do about a post of which nothing tells whether it was made, because [`ChatBackend::find`] cannot look.
    pub on_uncertain: OnUncertain,
    /// Whether message references can stand in the Go plugins' key `messages`, so that one can switch to them and back.
    pub go_messages: bool,
    /// How long after an attempt the server may still carry it out: when to look a second time.
    pub settle: Duration,
    /// Whether people can decide in this chat, as it is configured. Cards have [choices](Card::choices) only then.
    pub decisions: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            on_uncertain: OnUncertain::Repost,
            go_messages: false,
            settle: Duration::from_secs(60),
            decisions: false,
        }
    }
}

/// What to do about a message that may or may not have been posted, where it cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUncertain {
    /// Post it: nobody misses it, and now and then somebody sees it twice.
    Repost,
    /// Let it be: nobody sees it twice, and now and then nobody sees it.
    Skip,
}

/// The key by which operators choose, for backends that may be unable to look.
pub const ON_UNCERTAIN_KEY: Key = Key {
    name: "on_uncertain",
    kind: KeyKind::Text,
    aliases: &[],
    doc: "What to do about a message that may or may not have been posted, where it cannot be looked for: \
          repost or skip (default repost).",
};

impl OnUncertain {
    /// Reads [`ON_UNCERTAIN_KEY`].
    pub fn of_section(section: &mut Section) -> Self {
        match section.text(ON_UNCERTAIN_KEY.name).as_deref() {
            None | Some("repost") => Self::Repost,
            Some("skip") => Self::Skip,
            Some(other) => {
                let problem = format!("is \"{other}\"");
                section.error(ON_UNCERTAIN_KEY.name, &problem, Some("write repost or skip"));
                Self::Repost
            }
        }
    }
}

/// A message to be posted.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// The request it is about. Stored with the message, beside the marker, for [`ChatBackend::find`].
    pub request: &'a RequestId,
    /// The marker that tells this message from all others. The same on every attempt.
    pub marker: &'a Marker,
    /// What it says.
    pub content: &'a Content,
    /// The message whose thread it belongs to; `None` for a message of its own.
    pub root: Option<&'a MessageRef>,
}

/// What [`ChatBackend::find`] looks for: messages of our own bot, in one conversation, about one request.
#[derive(Clone, Debug)]
pub struct Sought<'a> {
    /// Where to look.
    pub conversation: &'a Conversation,
    /// The request that the message must be about.
    pub request: &'a RequestId,
    /// The marker it must carry; `None` finds every announcement of the request by our bot, with any marker or, if the
    /// Go plugin wrote it, with none.
    pub marker: Option<&'a Marker>,
    /// The thread to look in, for a reply.
    pub root: Option<&'a MessageRef>,
    /// How far back: nothing older than this is wanted. The engine has already allowed for clocks that differ.
    pub since: Timestamp,
}

/// A chat system.
///
/// Object-safe; one value serves all requests at once. Each call must end by itself within a minute (the engine gives
/// up waiting after that and takes the outcome as unknown), must be safe to cancel, and must not retry what may have
/// taken effect.
#[async_trait]
pub trait ChatBackend: Send + Sync + 'static {
    /// What this backend can do. Constant.
    fn capabilities(&self) -> Capabilities;

    /// Finds out, with one cheap call that changes nothing, whether the server answers and accepts our credential.
    async fn probe(&self) -> Result<(), ChatError>;

    /// Tries whatever the bot needs of the server beside single conversations (who we are, what our token may do, what
    /// will be missed later), for an operator who asks. Changes nothing that anybody sees. In order of importance: what
    /// follows a [`Verdict::Refused`] was not tried.
    async fn check(&self) -> Vec<Finding> {
        vec![match self.probe().await {
            Ok(()) => Finding::ok("token", "the server accepts it"),
            Err(error) => Finding::chat_error("token", &error),
        }]
    }

    /// Finds the conversation for a recipient. Never guesses: what is not exactly one conversation that we may post to
    /// is an [`Unreachable`] with its reason. Repeating it changes nothing; opening a direct conversation counts as
    /// finding it.
    ///
    /// # Errors
    /// Only for trouble with the server; "there is no such channel" is an answer, not an error.
    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError>;

    /// Posts one message, once, and checks that what the server answers is that message in that conversation.
    ///
    /// The engine calls it again with the same marker when it could not tell whether it worked; a server-side
    /// de-duplication keyed by the marker is welcome, not required.
    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError>;

    /// Looks for messages of our own bot (never anybody else's, whatever they carry), oldest first. May return none;
    /// returns all that match, so that the engine can remove what is too many.
    ///
    /// # Errors
    /// [`ChatErrorKind::Unsearchable`] where it cannot look. A backend that never can leaves this as it is.
    async fn find(&self, _sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        Err(ChatError::new(ChatErrorKind::Unsearchable, "find", "messages cannot be searched in this chat"))
    }

    /// Whether `message` exists, was posted by our bot, and is about `request`: it carries `marker`, or it is a message
    /// of the Go plugin that names the request. `Ok(false)` if it exists and is not ours. The engine asks before it
    /// touches a message whose reference it read from a record, because others can write there.
    ///
    /// # Errors
    /// [`ChatErrorKind::MessageGone`] if it does not exist.
    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError>;

    /// Makes the message show `message.content`, wholly: nothing of its earlier content remains, the marker does.
    /// Repeating it changes nothing. Notifies nobody.
    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError>;

    /// Deletes a message of our bot. A message that is gone already counts as deleted.
    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError>;

    /// What the server vouches for about an account; `None` if there is no such account. Asked anew whenever somebody
    /// decides, so that a deactivated account stops deciding at once. A backend that takes no decisions leaves it.
    async fn identify(&self, _who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        Ok(None)
    }

    /// Whether an account belongs to the group of people that a channel stands for. Asked anew whenever somebody decides.
    /// Such a channel must be private, shared with nobody, and free of guests; any other is [`Membership::Unfit`], whoever
    /// asks: `accessbot check` asks with the id of nobody, which is empty.
    async fn membership(&self, _who: &ChatUserId, _channel: &Recipient) -> Result<Membership, ChatError> {
        Ok(Membership::Unfit("groups of people are not known in this chat".to_owned()))
    }

    /// The paths at which the chat server calls us, each beginning with `/`. The program answers at them below
    /// `/NAME`, with the backend's name. Constant.
    fn callback_paths(&self) -> &'static [&'static str] {
        &[]
    }

    /// Answers a request to one of the [`callback_paths`](Self::callback_paths); its URI is what the caller sent, without
    /// `/NAME`. Must verify for itself who calls, and tells the sink what it [turns away] although it names somebody.
    /// May be called many times at once, and with the same request twice.
    ///
    /// [turns away]: decision::DecisionSink::turn_away
    async fn callback(&self, _request: CallbackRequest) -> CallbackResponse {
        callback::empty(http::StatusCode::NOT_FOUND)
    }

    /// Listens for what people do in the chat, over a connection of its own, and hands it to the
    /// [sink](BackendContext::decisions). Ends only when the connection does; it is called again then, with growing
    /// delays. Safe to cancel, which is how it ends when the program does. A backend that has nothing to listen to
    /// leaves it, and is never called again.
    async fn listen(&self) -> Result<(), ChatError> {
        std::future::pending().await
    }
}
