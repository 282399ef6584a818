//! What stands in a channel, for those who look at it from outside.

use std::fmt;

use accessbot_core::clock::Timestamp;
use serde_json::Value;

use super::attachment::{Props, decoded};
use super::model::Model;
use super::post::Post;
use super::reaction::Reaction;

/// A post as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct PostView {
    /// Its id.
    pub id: String,
    /// The id of its channel.
    pub channel_id: String,
    /// The id of the thread's root; empty for a root.
    pub root_id: String,
    /// The user name of its author.
    pub author: String,
    /// The text above the attachments.
    pub message: String,
    /// The attachments that the server could decode, as they were sent, with the integrations of their actions.
    pub attachments: Vec<Value>,
    /// All props as they were sent.
    pub props: Props,
    /// The replies that stand in its thread, oldest first.
    pub replies: Vec<PostView>,
    /// The reactions to it, oldest first.
    pub reactions: Vec<ReactionView>,
    /// The members of the channel whom it notified by a mention, sorted. In a direct message the other one is notified
    /// in any case; they are listed here only if they are mentioned.
    pub notified: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// How often it was updated.
    pub edits: usize,
    /// Whether somebody deleted it.
    pub deleted: bool,
}

/// A reaction to a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionView {
    /// The user name of whoever reacted.
    pub user: String,
    /// The name of the emoji, without colons.
    pub emoji: String,
}

impl ReactionView {
    fn of(model: &Model, reaction: &Reaction) -> Self {
        let user = model.users.get(&reaction.user_id).map(|user| user.username.clone()).unwrap_or_default();
        Self { user, emoji: reaction.emoji.clone() }
    }
}

impl PostView {
    pub(crate) fn of(model: &Model, post: &Post) -> Self {
        let author = model.users.get(&post.user_id).map(|user| user.username.clone()).unwrap_or_default();
        let replies = post.replies.iter().filter_map(|id| model.posts.get(id));
        Self {
            id: post.id.clone(),
            channel_id: post.channel_id.clone(),
            root_id: post.root_id.clone(),
            author,
            message: post.message.clone(),
            attachments: decoded(&post.props).into_iter().cloned().map(Value::Object).collect(),
            props: post.props.clone(),
            replies: replies.filter(|reply| reply.is_message()).map(|reply| Self::of(model, reply)).collect(),
            reactions: post.reactions.iter().map(|reaction| ReactionView::of(model, reaction)).collect(),
            notified: post.notified.clone(),
            created: Timestamp::from_millis(post.create_at),
            edits: post.edits,
            deleted: post.delete_at != 0,
        }
    }

    /// All text that people see of it: message, then of each attachment pretext, title, text, `title: value` of the
    /// fields, and footer, a line each.
    pub fn text(&self) -> String {
        let mut lines = vec![self.message.clone()];
        for attachment in &self.attachments {
            let part = |key: &str| attachment[key].as_str().unwrap_or_default().to_owned();
            lines.extend(["pretext", "title", "text"].map(part));
            for field in attachment["fields"].as_array().into_iter().flatten() {
                let value = field["value"].as_str().map_or_else(|| field["value"].to_string(), str::to_owned);
                lines.push(format!("{}: {value}", field["title"].as_str().unwrap_or_default()));
            }
            lines.push(part("footer"));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// The value of the field with this title, in the first attachment that has one.
    pub fn field(&self, title: &str) -> Option<&str> {
        let fields = self.attachments.iter().filter_map(|attachment| attachment["fields"].as_array()).flatten();
        fields.filter(|field| field["title"] == title).find_map(|field| field["value"].as_str())
    }

    /// The colour of the first attachment.
    pub fn color(&self) -> Option<&str> {
        self.attachments.first()?.get("color")?.as_str()
    }
}

/// For the dump of a test that waited in vain.
impl fmt::Display for PostView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = if self.deleted { " (deleted)" } else { "" };
        writeln!(f, "  {} {}{gone} edits={} notified={:?}", self.id, self.author, self.edits, self.notified)?;
        for line in self.text().lines() {
            writeln!(f, "    | {line}")?;
        }
        for reply in &self.replies {
            writeln!(f, "      > {}: {}", reply.author, reply.text().replace('\n', " / "))?;
        }
        Ok(())
    }
}
