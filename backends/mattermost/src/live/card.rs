//! The post that somebody acted on, if it is a card of ours.

use accessbot_core::backend::{MarkKind, MessageRef};
use accessbot_core::request::RequestId;

use crate::api::{Id, Lookup, Post};
use crate::decisions::Decisions;
use crate::failure::Failure;

/// A card of ours: an announcement, on which something may be decided.
#[derive(Clone, Debug)]
pub(super) struct OurCard {
    pub(super) request: RequestId,
    pub(super) message: MessageRef,
}

impl OurCard {
    /// The card that a post is, if it is ours. Everybody can put our mark on their own posts; nobody posts as us.
    pub(super) fn of(post: &Post, me: &Id) -> Option<Self> {
        let mark = post.mark().filter(|mark| mark.kind == MarkKind::Card)?;
        let ours = post.user_id == *me && post.is_standing() && post.root_id.is_empty();
        let message = MessageRef { conversation: post.channel_id.to_string(), message: post.id.to_string() };
        ours.then(|| Self { request: mark.request(), message })
    }
}

impl Decisions {
    /// Asks the server for the post.
    pub(super) async fn our_card(&self, me: &Id, post: &Id) -> Result<Option<OurCard>, Failure> {
        Ok(match self.client.post(post).await? {
            Lookup::Found(found) if found.id == *post => OurCard::of(&found, me),
            Lookup::Found(_) | Lookup::Absent | Lookup::Denied => None,
        })
    }
}
