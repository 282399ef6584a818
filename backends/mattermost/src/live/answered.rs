//! What was dealt with in an earlier life of the bot, as far as its own answers tell.
//!
//! A reaction stands on the card for as long as its owner leaves it there, and nothing on it says that it was dealt with;
//! the answer in the direct conversation with its owner does.

use super::seen::Deed;
use crate::api::{Id, Reaction};
use crate::decisions::Decisions;
use crate::failure::Failure;

/// Posts per page, and pages that are read at most.
const PAGE: usize = 200;
const PAGES: usize = 10;

impl Decisions {
    /// Whether we have told its owner what became of this reaction.
    pub(super) async fn has_answered(&self, me: &Id, reaction: &Reaction) -> Result<bool, Failure> {
        let Some(channel) = self.direct(me, &reaction.user_id).await? else { return Ok(false) };
        let deed = Deed::reaction(reaction).name();
        let mut before: Option<Id> = None;
        for _ in 0..PAGES {
            let page = self.client.channel_posts(&channel, before.as_ref(), PAGE).await?;
            let is_answer = |answers: Option<String>| answers.is_some_and(|answered| answered == deed);
            if page.posts().any(|post| post.user_id == *me && is_answer(post.answers())) {
                return Ok(true);
            }
            match page.order.last() {
                Some(oldest) if page.created(oldest).is_some_and(|at| at >= reaction.create_at) => {
                    before = Some(oldest.clone());
                }
                _ => return Ok(false),
            }
        }
        Ok(false)
    }
}
