//! What people decide in the chat: how a backend hands it over, and what it is told to answer.
//!
//! A backend says what somebody did, on which of our messages, and as whom the chat server knows them. Whether that
//! person may decide, who they are in Teleport and what is carried out is the sink's business alone.

use async_trait::async_trait;

use super::conversation::MessageRef;
use crate::request::RequestId;

/// What somebody wants of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Grant it.
    Approve,
    /// Refuse it.
    Deny,
}

/// Somebody in the chat wants to decide a request. Everything in it but `who` and `message` is that person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The request.
    pub request: RequestId,
    /// What they want.
    pub action: Action,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Our message that they acted on: as the chat server names it, not as the client claims.
    pub message: MessageRef,
    /// Their account: as the chat server names it, not as the client claims.
    pub who: ChatUserId,
    /// What the button carried, if it was a button: proof that we made it.
    pub proof: Option<String>,
}

/// An account, as the chat server names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatUserId(pub String);

/// What the chat server vouches for about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatUser {
    /// The account.
    pub id: ChatUserId,
    /// The name that people know it by, for the audit log.
    pub name: String,
    /// What kind of account it is.
    pub standing: Standing,
    /// Its e-mail address, if the server tells.
    pub email: Option<Email>,
}

/// What kind of account it is. Only a [`Standing::Member`] ever decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person who belongs to the organisation.
    Member,
    /// A program.
    Bot,
    /// A person with limited access.
    Guest,
    /// A person of another organisation, in a channel that both share.
    Stranger,
    /// An account that was switched off.
    Deactivated,
}

/// An e-mail address of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// Whether the chat server vouches for it, because it was verified or comes from the organisation's directory. Where
    /// people can put in any address, it proves nothing.
    pub vouched_for: bool,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Recorded,
    /// This person may not decide this request, or not in this way.
    NotAllowed,
    /// The request was decided before, or is over.
    TooLate,
    /// Something was in the way. Nothing was done, and nothing will be done later: they may try again.
    NotRecorded,
    /// Decisions are not taken in the chat.
    Off,
}

/// What to tell whoever decided, where nobody else sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// The same in one complete sentence, without internals.
    pub text: String,
}

/// Where a backend hands decisions to.
#[async_trait]
pub trait DecisionSink: Send + Sync {
    /// Takes a decision, and tells what became of it. Answers within 20 seconds; what is not recorded by then is not
    /// recorded at all. Handing over the same decision twice has the effect of once.
    async fn decide(&self, decision: Decision) -> Answer;
}

/// The sink of a bot that takes no decisions from the chat: it refuses them all.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecisionsOff;

#[async_trait]
impl DecisionSink for DecisionsOff {
    async fn decide(&self, _: Decision) -> Answer {
        let text = "Requests are not decided here in the chat; please follow the link in the message.";
        Answer { outcome: Outcome::Off, text: text.to_owned() }
    }
}
