//! Buttons: what they carry, and what pressing one means.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Action, ChatUserId};
use crate::backend::MessageRef;
use crate::request::RequestId;

/// Proof that a button is ours, made for one message in one conversation. Opaque to backends: it goes into the button as
/// it is, where members of the channel cannot read it if the chat has such a place, and comes back with the press.
///
/// It is no secret that opens anything by itself, but nothing that belongs into a log either: it has no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proof(String);

impl Proof {
    /// The longest proof that is made, in bytes.
    pub const LONGEST: usize = 256;

    /// The proof with this text, whoever made it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text, for the button.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[proof]")
    }
}

/// What can be decided on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Whether a reason is asked for.
    pub reason: ReasonRule,
    /// A button for each action, in order of display.
    pub buttons: Vec<Choice>,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it does.
    pub action: Action,
    /// What it carries.
    pub proof: Proof,
}

/// Whether whoever decides is asked why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReasonRule {
    /// Nobody is asked.
    #[default]
    #[serde(rename = "off")]
    Off,
    /// They may say.
    #[serde(rename = "optional")]
    Optional,
    /// They must say.
    #[serde(rename = "required")]
    Required,
}

/// Somebody pressed a button. Everything in it but `who` and `message` is what the button carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The request.
    pub request: RequestId,
    /// What the button does.
    pub action: Action,
    /// The message that it is on, as the chat server names it.
    pub message: MessageRef,
    /// Who pressed it, as the chat server names them.
    pub who: ChatUserId,
    /// What it carried.
    pub proof: Proof,
}
