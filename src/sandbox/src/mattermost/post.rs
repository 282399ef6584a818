//! Posts.

use serde_json::{Value, json};

use super::attachment::{Props, shown};
use super::reaction::Reaction;

/// A post: a root, a reply, or a line by the system.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) id: String,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    pub(crate) edit_at: i64,
    /// Zero while it stands.
    pub(crate) delete_at: i64,
    pub(crate) user_id: String,
    pub(crate) channel_id: String,
    /// The root of the thread, empty for a root.
    pub(crate) root_id: String,
    /// For the copy that the server keeps of an old version: the post that it was.
    pub(crate) original_id: String,
    pub(crate) message: String,
    /// Empty, `custom_…`, or `system_…` for lines by the system.
    pub(crate) kind: String,
    pub(crate) props: Props,
    /// Ids of the replies, also of deleted ones, oldest first.
    pub(crate) replies: Vec<String>,
    /// Its place in [`Channel::posts`](super::channel::Channel::posts).
    pub(crate) place: usize,
    /// Names of the users whom it notified when it was made.
    pub(crate) notified: Vec<String>,
    /// Oldest first, one of a kind for each user.
    pub(crate) reactions: Vec<Reaction>,
    /// How often it was changed.
    pub(crate) edits: usize,
    /// The versions that the server keeps, as deleted posts of their own.
    pub(crate) copies: Vec<Post>,
}

impl Post {
    /// A new post without text.
    pub(crate) fn new(id: String, channel_id: &str, user_id: &str, now: i64) -> Self {
        Self {
            id,
            create_at: now,
            update_at: now,
            edit_at: 0,
            delete_at: 0,
            user_id: user_id.to_owned(),
            channel_id: channel_id.to_owned(),
            root_id: String::new(),
            original_id: String::new(),
            message: String::new(),
            kind: String::new(),
            props: Props::new(),
            replies: Vec::new(),
            place: 0,
            notified: Vec::new(),
            reactions: Vec::new(),
            edits: 0,
            copies: Vec::new(),
        }
    }

    /// Whether somebody wrote it and nobody deleted it.
    pub(crate) fn is_message(&self) -> bool {
        self.delete_at == 0 && !self.is_by_system()
    }

    /// Whether it is a line by the system.
    pub(crate) fn is_by_system(&self) -> bool {
        self.kind.starts_with("system_")
    }

    /// The post as clients get it.
    pub(crate) fn json(&self, reply_count: usize) -> Value {
        let mut json = json!({
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "edit_at": self.edit_at,
            "delete_at": self.delete_at,
            "is_pinned": false,
            "user_id": self.user_id,
            "channel_id": self.channel_id,
            "root_id": self.root_id,
            "parent_id": self.root_id,
            "original_id": self.original_id,
            "message": if self.delete_at == 0 { self.message.as_str() } else { "" },
            "type": self.kind,
            "props": shown(&self.props),
            "hashtags": "",
            "pending_post_id": "",
            "reply_count": reply_count,
            "last_reply_at": 0,
            "participants": null,
            "is_following": false,
            "metadata": {},
        });
        if self.delete_at == 0 && self.props.contains_key("attachments") {
            json["metadata"]["embeds"] = json!([{"type": "message_attachment"}]);
        }
        if !self.reactions.is_empty() {
            json["has_reactions"] = json!(true);
            json["metadata"]["reactions"] = self.reactions_json();
        }
        json
    }

    /// Its reactions as clients get them.
    pub(crate) fn reactions_json(&self) -> Value {
        self.reactions.iter().map(|reaction| reaction.json(&self.id)).collect()
    }
}
