//! What becomes of a post that is changed, whoever changes it.

use serde_json::Value;

use super::attachment::{Comparison, Props, compare, json_len, name_actions};
use super::error::{ApiError, ApiResult};
use super::event::Event;
use super::model::Model;
use crate::common::ids::mattermost_id;

/// How a change ended.
pub(crate) enum Change {
    /// It was made, and told to everybody; the post as clients get it.
    Made(Value),
    /// The server's handler panicked, and nothing changed.
    Panicked,
}

impl Model {
    /// Whether the message and the props of a post are within the limits.
    pub(crate) fn check_size(&self, message: &str, props: &Props) -> ApiResult<()> {
        if message.chars().count() > self.message_limit {
            return Err(ApiError::bad_request("model.post.is_valid.msg.app_error", "Invalid message."));
        }
        if json_len(props) > self.props_limit {
            return Err(ApiError::bad_request("model.post.is_valid.props.app_error", "Invalid props."));
        }
        Ok(())
    }

    /// Gives a post that stands a new message and new props. Who may, was asked before.
    pub(crate) fn change_post(&mut self, id: &str, message: String, mut props: Props) -> ApiResult<Change> {
        let post = self.posts.get(id).filter(|post| post.delete_at == 0).ok_or_else(ApiError::permissions)?;
        let new_text = message != post.message;
        let comparison = compare(&post.props, &props);
        if !new_text && comparison == Comparison::Panics {
            return Ok(Change::Panicked);
        }
        self.check_size(&message, &props)?;
        name_actions(&mut props);
        let edited = new_text || comparison == Comparison::Different;
        let replies = self.reply_count(post);
        let now = self.tick();
        let post = self.posts.get_mut(id).ok_or_else(ApiError::permissions)?;
        let mut copy = post.clone();
        copy.id = mattermost_id();
        id.clone_into(&mut copy.original_id);
        copy.delete_at = now;
        copy.update_at = now;
        copy.copies = Vec::new();
        copy.reactions = Vec::new();
        post.copies.push(copy);
        post.message = message;
        post.props = props;
        post.update_at = now;
        post.edits += 1;
        if edited {
            post.edit_at = now;
        }
        let json = post.json(replies);
        let event = Event::post_edited(&post.channel_id, &json);
        self.publish(&event);
        Ok(Change::Made(json))
    }
}
