//! One thing that was to be said, and what became of it.

use serde::{Deserialize, Serialize};

use super::facts::state_letter;
use crate::backend::{CardState, Conversation, Marker, MessageRef, Recipient, Unreachable};
use crate::clock::Timestamp;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// The standing message to a recipient.
    #[serde(rename = "ann")]
    Announcement,
    /// The thread reply for a review, counted from 1.
    #[serde(rename = "rev")]
    Review {
        /// Which announcement's thread: its place in the ledger's list.
        under: usize,
        /// Which review.
        number: u32,
    },
    /// The thread reply for a vote that was cast in the chat, counted from 1 in the ledger's list.
    #[serde(rename = "vote")]
    Vote {
        /// Which announcement's thread: its place in the ledger's list.
        under: usize,
        /// Which vote.
        number: u32,
    },
    /// The thread reply for the end of the request.
    #[serde(rename = "end")]
    Resolution {
        /// Which announcement's thread: its place in the ledger's list.
        under: usize,
        /// How it ended. Old servers let an approved request be denied, so there can be two.
        #[serde(with = "state_letter")]
        state: CardState,
    },
    /// Word to the requester that the request was received.
    #[serde(rename = "got")]
    Received,
    /// Word to the requester how it was decided.
    #[serde(rename = "dec")]
    Decided {
        /// How.
        #[serde(with = "state_letter")]
        state: CardState,
    },
}

impl What {
    /// The announcement in whose thread it belongs.
    pub fn under(&self) -> Option<usize> {
        match self {
            Self::Review { under, .. } | Self::Vote { under, .. } | Self::Resolution { under, .. } => Some(*under),
            Self::Announcement | Self::Received | Self::Decided { .. } => None,
        }
    }

    /// Whether it is for the requester alone, who may well be unknown in the chat.
    pub fn is_for_requester(&self) -> bool {
        matches!(self, Self::Received | Self::Decided { .. })
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It shall be posted, and may have been already.
    #[serde(rename = "intent")]
    Intended,
    /// It stands in the chat as this message.
    #[serde(rename = "at")]
    Standing(MessageRef),
    /// It is not needed (any more), or somebody else said it.
    #[serde(rename = "skip")]
    Skipped,
    /// It was there and somebody deleted it.
    #[serde(rename = "gone")]
    Gone,
    /// It cannot be said until somebody changes something.
    #[serde(rename = "hopeless")]
    Hopeless(Unreachable),
    /// The server refuses it as malformed.
    #[serde(rename = "refused")]
    Refused,
}

/// One thing that was to be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    #[serde(rename = "w")]
    pub what: What,
    /// To whom; for replies the announcement's recipient counts.
    #[serde(rename = "to", default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Recipient>,
    /// Where, once that is known.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// By which it is found again.
    #[serde(rename = "m")]
    pub marker: Marker,
    /// When the intent was written.
    #[serde(rename = "t")]
    pub since: Timestamp,
    /// What became of it.
    #[serde(rename = "s")]
    pub status: Status,
    /// Which [`Facts::digest`](super::Facts::digest) it shows, for a standing announcement.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Set while an attempt that ended unclear may still be carried out, so that a second copy may turn up, or an update
    /// come late: the revision of the ledger in which that was doubted last, so that whoever looks knows which doubt is
    /// settled by it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<u64>,
    /// Whether any announcement of the request by our bot will do, whatever its marker: somebody else may have posted
    /// one before this intent was written, and left no reference to it.
    #[serde(rename = "any", default, skip_serializing_if = "std::ops::Not::not")]
    pub any_marker: bool,
}

impl Item {
    /// A fresh intent.
    pub fn intent(what: What, to: Option<Recipient>, marker: Marker, now: Timestamp) -> Self {
        Self {
            what,
            to,
            conversation: None,
            marker,
            since: now,
            status: Status::Intended,
            shown: None,
            unsure: None,
            any_marker: false,
        }
    }

    /// The message that it stands as.
    pub fn message(&self) -> Option<&MessageRef> {
        match &self.status {
            Status::Standing(message) => Some(message),
            _ => None,
        }
    }

    /// Whether it is the standing message to a recipient.
    pub fn is_announcement(&self) -> bool {
        self.what == What::Announcement
    }
}

/// What happened to an item in the chat: to be noted in the ledger, whichever version of it is the newest by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was posted, or found.
    Stands {
        /// As this message.
        message: MessageRef,
        /// In this conversation.
        conversation: Conversation,
        /// Showing this, for an announcement.
        shown: Option<String>,
    },
    /// The message shows these facts now.
    Shows(String),
    /// What the message shows is not known: an update ended unclear.
    Blurred,
    /// The conversation is known now.
    Located(Conversation),
    /// An attempt ended unclear: look once more after the settle time.
    Unclear,
    /// A look was taken, and another will be: an update of whoever was stopped may have come late, as copies may.
    Looked,
    /// The last look was taken that this doubt asked for.
    Settled(u64),
    /// It ended otherwise.
    Ended(Status),
    /// What the ledger says about it is not true: it must be said anew, under this marker.
    Disowned(Marker),
    /// The message that was adopted is somebody else's.
    Foreign,
}
