//! What people decide in the chat: how a backend hands it over, and what it is told to answer.
//!
//! A backend says what somebody did, on which of our messages, and as whom the chat server knows them. Whether that
//! person may decide, who they are in Teleport and what is carried out is the sink's business alone.

mod answer;
mod command;
mod press;
mod sink;
mod turned_away;
mod user;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use answer::{Answer, Outcome};
pub use command::{Command, command};
pub use press::{Choice, Choices, Press, Proof, ReasonRule};
pub use sink::{DecisionSink, DecisionsOff, LateSink, OpenMessage};
pub use turned_away::{Doubt, TurnedAway};
pub use user::{ChatUser, ChatUserId, Email, Membership, Standing};

use super::conversation::MessageRef;
use crate::request::RequestId;

/// What somebody wants of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Grant it.
    #[serde(rename = "approve")]
    Approve,
    /// Refuse it.
    #[serde(rename = "deny")]
    Deny,
}

impl Action {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Deny];

    /// The word by which buttons, forms and commands name it: `approve`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// What stands on its button: `Approve`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Approve => "Approve",
            Self::Deny => "Deny",
        }
    }

    /// The action of this [`word`](Self::word), in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| word.eq_ignore_ascii_case(action.word()))
    }
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
    /// How we know that they did.
    pub evidence: Evidence,
    /// How long an answer is waited for. What is not recorded by then is not recorded at all.
    pub patience: Duration,
}

/// How we know that somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// They pressed a button that carried this.
    Button(Proof),
    /// The chat server itself told us, over a connection that we made, of a reply in the message's thread.
    Reply,
    /// The same, of a reaction on the message.
    Reaction,
}
