//! What there is to do about something that was heard.

use accessbot_core::backend::decision::OpenMessage;
use tokio::sync::OwnedSemaphorePermit;

use crate::api::{Post, Reaction};

/// Something to be dealt with.
#[derive(Debug)]
pub(super) enum Task {
    /// Somebody reacted to a post, ours or not.
    Reacted(Reaction),
    /// Somebody took a reaction back.
    Unreacted(Reaction),
    /// Somebody replied in a thread, ours or not.
    Replied(Box<Post>),
    /// Find out what was done about this message while nobody listened. The permit lets the next one begin.
    Look(OpenMessage, OwnedSemaphorePermit),
}

impl Task {
    /// The message that it is about. What concerns one message is done in order, one after the other.
    pub(super) fn lane(&self) -> String {
        match self {
            Self::Reacted(reaction) | Self::Unreacted(reaction) => reaction.post_id.to_string(),
            Self::Replied(post) => post.root_id.clone(),
            Self::Look(open, _) => open.message.message.clone(),
        }
    }
}
