//! Reactions to posts.

use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::event::Event;
use super::model::Model;

/// Somebody's reaction to a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) user_id: String,
    /// Without colons. The server does not ask whether there is such an emoji.
    pub(crate) emoji: String,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
}

impl Reaction {
    pub(crate) fn json(&self, post_id: &str) -> Value {
        json!({
            "user_id": self.user_id,
            "post_id": post_id,
            "emoji_name": self.emoji,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "delete_at": 0,
            "remote_id": "",
        })
    }
}

/// The longest name of an emoji.
const LONGEST_EMOJI: usize = 64;

fn is_emoji_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'_');
    name.len() <= LONGEST_EMOJI && name.bytes().all(allowed)
}

impl Model {
    /// Adds a reaction, and tells so. One that is there already is told again, and only its change is new.
    pub(crate) fn react(&mut self, user_id: &str, post_id: &str, emoji: &str) -> ApiResult<Value> {
        if !is_emoji_name(emoji) {
            let id = "model.reaction.is_valid.emoji_name.app_error";
            return Err(ApiError::bad_request(id, "Invalid emoji name."));
        }
        let now = self.tick();
        let post = self.posts.get_mut(post_id).ok_or_else(ApiError::permissions)?;
        let new = Reaction { user_id: user_id.to_owned(), emoji: emoji.to_owned(), create_at: now, update_at: now };
        post.update_at = now;
        match post.reactions.iter_mut().find(|old| old.user_id == user_id && old.emoji == emoji) {
            Some(old) => old.update_at = now,
            None => post.reactions.push(new.clone()),
        }
        let (channel, json) = (post.channel_id.clone(), new.json(post_id));
        self.publish(&Event::reaction(true, &channel, &json));
        Ok(json)
    }

    /// Removes a reaction, and tells so, also if there was none.
    pub(crate) fn unreact(&mut self, user_id: &str, post_id: &str, emoji: &str) {
        let now = self.tick();
        let Some(post) = self.posts.get_mut(post_id) else { return };
        post.reactions.retain(|old| old.user_id != user_id || old.emoji != emoji);
        post.update_at = now;
        let gone = Reaction { user_id: user_id.to_owned(), emoji: emoji.to_owned(), create_at: 0, update_at: now };
        let (channel, json) = (post.channel_id.clone(), gone.json(post_id));
        self.publish(&Event::reaction(false, &channel, &json));
    }
}
