//! Calls of which a backend makes nothing by itself.

use super::{Action, Answer, ChatUserId, Outcome, Press};
use crate::backend::MessageRef;
use crate::request::RequestId;

/// A call that a backend turned away by itself. Everything in it but `why` is what the call claims: where nothing shows that
/// the chat server made it, anybody may have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// Why.
    pub why: Doubt,
    /// Whose account it names.
    pub who: ChatUserId,
    /// The message that it names, if any.
    pub message: Option<MessageRef>,
    /// The request that it names, if any.
    pub request: Option<RequestId>,
    /// What it wants, if it says so.
    pub action: Option<Action>,
}

impl TurnedAway {
    /// Of this press nothing becomes.
    pub fn press(press: &Press, why: Doubt) -> Self {
        let Press { request, action, message, who, .. } = press.clone();
        Self { why, who, message: Some(message), request: Some(request), action: Some(action) }
    }
}

/// Why a backend turns a call away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What the button carries has not the form of ours.
    StrangeButton,
    /// What the form carries has not the form of ours.
    StrangeForm,
    /// Nothing in the call shows that the chat server says so, or that it says so of this account.
    Unproven,
    /// The chat server said so, too long ago, or at a time that has not come yet.
    Untimely,
    /// Whether the chat server says so cannot be found out just now.
    Uncertain,
    /// The form that asks for a reason did not open.
    NoForm,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::StrangeButton, Self::StrangeForm, Self::Unproven, Self::Untimely, Self::Uncertain, Self::NoForm];

    /// What to tell whoever made the call.
    pub fn answer(self) -> Answer {
        let (outcome, text) = match self {
            Self::StrangeButton => (
                Outcome::NotAllowed,
                "Nothing was decided, because this button is not one of the bot's, or is from another version of it; please use the bot's own message.",
            ),
            Self::StrangeForm => (
                Outcome::NotAllowed,
                "Nothing was decided, because this form is not one of the bot's; please press the button of the bot's own message.",
            ),
            Self::Unproven => (
                Outcome::NotAllowed,
                "Nothing was decided, because the chat server does not vouch for this press; please press the button of the bot's own message.",
            ),
            Self::Untimely => (
                Outcome::NotRecorded,
                "This was not recorded, because the press is too old, or a clock is wrong; please press the button again.",
            ),
            Self::Uncertain => (
                Outcome::NotRecorded,
                "This was not recorded, because the chat server could not be asked whether the press is yours; please try again.",
            ),
            Self::NoForm => (
                Outcome::NotRecorded,
                "This was not recorded, because the form for a reason did not open; please press the button again.",
            ),
        };
        Answer::new(outcome, text)
    }

    /// Why, for the audit trail. Never shown in the chat.
    pub fn detail(self) -> &'static str {
        match self {
            Self::StrangeButton => "what the button carries is not of our making",
            Self::StrangeForm => "what the form carries is not of our making",
            Self::Unproven => "the call is not signed by the chat server for this account",
            Self::Untimely => "the chat server's signature is too old, or ahead of our clock",
            Self::Uncertain => "the chat server's key could not be read",
            Self::NoForm => "the form for a reason did not open",
        }
    }
}
