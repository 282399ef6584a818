//! What the server tells its clients over their websockets.

use serde_json::{Map, Value, json};

use super::channel::{Channel, ChannelKind};

/// An event, before a connection numbers it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    data: Map<String, Value>,
    pub(crate) audience: Audience,
}

/// Who hears an event.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    /// The members of a channel.
    Channel(String),
    /// One user. The channel is told, but nobody else in it hears anything.
    User { user_id: String, channel_id: String },
}

impl Audience {
    /// One user, about no channel.
    pub(crate) fn user(user_id: &str) -> Self {
        Self::User { user_id: user_id.to_owned(), channel_id: String::new() }
    }
}

/// What a `posted` event tells beside the post.
pub(crate) struct PostedWhere<'a> {
    pub(crate) channel: &'a Channel,
    /// The author's name; `None` for a line by the system.
    pub(crate) sender: Option<&'a str>,
    /// Ids of the users whom it notifies.
    pub(crate) mentions: Vec<&'a str>,
}

impl Event {
    fn new(name: &'static str, audience: Audience, data: Value) -> Self {
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        Self { name, data, audience }
    }

    /// The first event of every connection.
    pub(crate) fn hello(user_id: &str, version: &str) -> Self {
        let data = json!({"connection_id": "", "server_version": version});
        Self::new("hello", Audience::user(user_id), data)
    }

    /// Whether a user is online, which only the user hears.
    pub(crate) fn status_change(user_id: &str, status: &str) -> Self {
        let data = json!({"status": status, "user_id": user_id});
        Self::new("status_change", Audience::user(user_id), data)
    }

    /// A post was made.
    pub(crate) fn posted(post: &Value, place: &PostedWhere<'_>) -> Self {
        let channel = place.channel;
        let sender = place.sender.map_or_else(|| "System".to_owned(), |name| format!("@{name}"));
        let direct = channel.kind == ChannelKind::Direct;
        let mut data = json!({
            "channel_display_name": if direct { &sender } else { &channel.display_name },
            "channel_name": channel.name,
            "channel_type": channel.kind.letter(),
            "post": post.to_string(),
            "sender_name": sender,
            "set_online": true,
            "team_id": channel.team_id,
        });
        if !place.mentions.is_empty() {
            data["mentions"] = json!(json!(place.mentions).to_string());
        }
        Self::new("posted", Audience::Channel(channel.id.clone()), data)
    }

    /// A post was changed. Whatever notified before, this notifies nobody.
    pub(crate) fn post_edited(channel_id: &str, post: &Value) -> Self {
        Self::about_post("post_edited", channel_id, post)
    }

    /// A post was deleted; it is told as it was before. Of a thread only the root is told.
    pub(crate) fn post_deleted(channel_id: &str, post: &Value) -> Self {
        Self::about_post("post_deleted", channel_id, post)
    }

    fn about_post(name: &'static str, channel_id: &str, post: &Value) -> Self {
        Self::new(name, Audience::Channel(channel_id.to_owned()), json!({"post": post.to_string()}))
    }

    /// A reaction was added or removed.
    pub(crate) fn reaction(added: bool, channel_id: &str, reaction: &Value) -> Self {
        let name = if added { "reaction_added" } else { "reaction_removed" };
        Self::new(name, Audience::Channel(channel_id.to_owned()), json!({"reaction": reaction.to_string()}))
    }

    /// A post that one user sees.
    pub(crate) fn ephemeral_message(user_id: &str, channel_id: &str, post: &Value) -> Self {
        let audience = Audience::User { user_id: user_id.to_owned(), channel_id: channel_id.to_owned() };
        Self::new("ephemeral_message", audience, json!({"post": post.to_string()}))
    }

    /// A dialog that one user's clients are to show.
    pub(crate) fn open_dialog(user_id: &str, dialog: &Value) -> Self {
        Self::new("open_dialog", Audience::user(user_id), json!({"dialog": dialog.to_string()}))
    }

    /// Somebody came into a channel.
    pub(crate) fn user_added(channel: &Channel, user_id: &str) -> Self {
        let data = json!({"team_id": channel.team_id, "user_id": user_id});
        Self::new("user_added", Audience::Channel(channel.id.clone()), data)
    }

    /// Somebody was removed from a channel: what those who stay hear, and what the one who went hears.
    pub(crate) fn user_removed(channel_id: &str, user_id: &str, remover_id: &str) -> [Self; 2] {
        let stay = json!({"remover_id": remover_id, "user_id": user_id});
        let went = json!({"remover_id": remover_id, "channel_id": channel_id});
        [
            Self::new("user_removed", Audience::Channel(channel_id.to_owned()), stay),
            Self::new("user_removed", Audience::user(user_id), went),
        ]
    }

    /// The event as a connection sends it, under its own number.
    pub(crate) fn json(&self, seq: u64) -> Value {
        let (user_id, channel_id) = match &self.audience {
            Audience::Channel(channel_id) => ("", channel_id.as_str()),
            Audience::User { user_id, channel_id } => (user_id.as_str(), channel_id.as_str()),
        };
        json!({
            "event": self.name,
            "data": self.data,
            "broadcast": {"omit_users": null, "user_id": user_id, "channel_id": channel_id, "team_id": ""},
            "seq": seq,
        })
    }
}
