//! People who decide at a fake server.

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, ChatUserId, Standing};
use accessbot_core::backend::{MessageRef, Recipient};
use async_trait::async_trait;

/// What people do with messages at a fake server, and what they see. Whatever they do goes to the backend that
/// [`Fixture::backend`](super::Fixture::backend) built, by the way on which the real server tells it.
///
/// A method that the fake has no way to do may panic: the rule that needs it is broken then, with that panic's words.
#[async_trait]
pub trait Deciding: Send + Sync {
    /// Two people who are in the channel. The first is the person of [`Names`](super::Names).
    fn people(&self) -> [ChatUserId; 2];

    /// An account of this standing; `None` if this chat has no such accounts.
    async fn account(&self, standing: Standing) -> Option<ChatUserId>;

    /// The id of an account that there is not, in the form that ids have here.
    fn nobody(&self) -> ChatUserId;

    /// A new private channel with the bot and this person in it; `None` if no channel of this chat stands for a group.
    async fn private_channel(&self, _member: &ChatUserId) -> Option<Recipient> {
        None
    }

    /// The same, but public; `None` if there are no public channels.
    async fn public_channel(&self, _member: &ChatUserId) -> Option<Recipient> {
        None
    }

    /// The buttons on a message, in order of display.
    async fn buttons(&self, message: &MessageRef) -> Vec<Action>;

    /// Somebody presses a button. Returns when the backend has answered the server.
    async fn press(&self, who: &ChatUserId, message: &MessageRef, action: Action);

    /// The forms that were opened for somebody, oldest first. Those that are closed again may be left out.
    async fn forms(&self, who: &ChatUserId) -> Vec<Form>;

    /// Somebody sends a form with this reason, be it theirs or not. Returns when the backend has answered the server.
    async fn submit(&self, who: &ChatUserId, form: &Form, reason: Option<&str>) -> Submitted;

    /// What somebody alone was told of their decisions, oldest first.
    async fn told(&self, who: &ChatUserId) -> Vec<Told>;

    /// Calls at the backend's paths that look like the chat server's and are not, or are about buttons of others, each
    /// with what is wrong with it: a signature, its age, another app's button on this message. Calls that only the sink
    /// can tell from genuine ones, by their proof, are none of these. A backend without paths leaves it.
    async fn forgeries(&self, _message: &MessageRef) -> Vec<(&'static str, CallbackRequest)> {
        Vec::new()
    }
}

/// A form that is open, by whatever the fake knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(pub String);

/// What became of a form that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is closed.
    Closed,
    /// It is still open, and says this.
    Open(String),
}

/// What somebody alone was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// All of its text, in whatever form is at hand: the suite compares letters and digits.
    pub text: String,
    /// Whom it would mention, if everybody saw it.
    pub mentioned: Vec<String>,
}
