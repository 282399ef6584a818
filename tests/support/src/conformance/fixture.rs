//! What whoever writes a backend brings: the backend with a fake of its server.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{ChatBackend, Conversation, MessageRef};
use async_trait::async_trait;

use super::deciding::Deciding;

/// A backend and a fake of its server, which keeps what is posted. The world is in order until trouble is asked for.
///
/// A method that the fake has no way to do may panic: the rule that needs it is broken then, with that panic's words.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// A backend for the fake server, as its `build` makes it, with this sink in its context.
    fn backend(&self, decisions: Arc<dyn DecisionSink>) -> Arc<dyn ChatBackend>;

    /// Whom the fake server knows.
    fn names(&self) -> Names;

    /// What stands in a conversation, replies and the messages of others included, oldest first.
    async fn standing(&self, conversation: &Conversation) -> Vec<Standing>;

    /// Who was notified by being mentioned, in any message and any update so far. That a direct message notifies whoever
    /// gets it does not count. A fake of a chat in which nothing notifies anybody leaves it, and has no
    /// [lures](Names::lures).
    async fn notified(&self) -> Vec<String> {
        Vec::new()
    }

    /// Somebody else posts a copy of a message of ours, with our marker and all, into the same conversation. A fake
    /// of a chat in which nobody else can post leaves it, which gives `None`.
    async fn copied_by_somebody(&self, _message: &MessageRef) -> Option<MessageRef> {
        None
    }

    /// Somebody deletes a message by hand.
    async fn deleted_by_hand(&self, message: &MessageRef);

    /// From now on this is wrong, until [`heal`](Self::heal).
    async fn trouble(&self, trouble: Trouble);

    /// Nothing is wrong any more. Returns when calls that came in meanwhile, to a frozen server, have been carried out or
    /// lost, as far as the fake can know.
    async fn heal(&self);

    /// People who decide. A fake of a chat in which nobody does leaves it, and the rules about decisions say nothing.
    fn deciding(&self) -> Option<&dyn Deciding> {
        None
    }
}

/// Whom a fake server knows, in texts as operators and Teleport users write them.
#[derive(Clone, Debug)]
pub struct Names {
    /// A configured recipient: a channel that the bot may post to.
    pub channel: String,
    /// The name of a Teleport user who has an account in the chat that the backend finds.
    pub person: String,
    /// A configured recipient in a form that the backend knows, which is nothing on this server.
    pub nobody: String,
    /// The name of a Teleport user who has no account in the chat.
    pub stranger: String,
    /// Texts that would notify somebody here if they were taken for markup: `@channel`, `<@U012>`.
    pub lures: Vec<String>,
}

/// A message as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The message.
    pub reference: MessageRef,
    /// The message whose thread it stands in; `None` outside of threads.
    pub root: Option<MessageRef>,
    /// All of its text that people can see, in whatever form is at hand: the suite compares letters and digits.
    pub text: String,
}

/// Something that goes wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached: no call has any effect, and the client can tell.
    Unavailable,
    /// The next call that changes something takes effect, and its answer is lost.
    LostAnswer,
    /// It refuses every call, and asks to be left alone for so long.
    RateLimited(Duration),
    /// It refuses our credential.
    TokenRefused,
    /// It takes calls and never answers.
    Frozen,
}
