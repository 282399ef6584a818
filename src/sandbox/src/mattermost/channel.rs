//! Teams and channels.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A team.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) create_at: i64,
    pub(crate) invite_id: String,
    /// Ids of its members.
    pub(crate) members: BTreeSet<String>,
}

impl Team {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": 0,
            "display_name": self.display_name,
            "name": self.name,
            "description": "",
            "email": "",
            "type": "O",
            "company_name": "",
            "allowed_domains": "",
            "invite_id": self.invite_id,
            "allow_open_invite": false,
            "scheme_id": null,
            "group_constrained": null,
            "policy_id": null,
        })
    }
}

/// Who sees a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everybody in the team finds it and reads it.
    Public,
    /// Only members know that it exists.
    Private,
    /// Two people, or one with themselves.
    Direct,
}

impl ChannelKind {
    /// The letter that the API uses.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Public => "O",
            Self::Private => "P",
            Self::Direct => "D",
        }
    }
}

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    /// Empty for direct messages.
    pub(crate) team_id: String,
    pub(crate) kind: ChannelKind,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) create_at: i64,
    pub(crate) update_at: i64,
    /// Zero unless it is archived.
    pub(crate) delete_at: i64,
    pub(crate) creator_id: String,
    pub(crate) last_post_at: i64,
    /// Ids of its members.
    pub(crate) members: BTreeSet<String>,
    /// Ids of its posts, also of deleted ones and replies, oldest first.
    pub(crate) posts: Vec<String>,
    /// Posts by people and bots that stand in it now; joins and the like do not count.
    pub(crate) message_count: usize,
}

impl Channel {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "delete_at": self.delete_at,
            "team_id": self.team_id,
            "type": self.kind.letter(),
            "display_name": self.display_name,
            "name": self.name,
            "header": "",
            "purpose": "",
            "last_post_at": self.last_post_at,
            "total_msg_count": self.message_count,
            "extra_update_at": 0,
            "creator_id": self.creator_id,
            "scheme_id": null,
            "props": null,
            "group_constrained": null,
            "shared": if self.kind == ChannelKind::Direct { json!(false) } else { json!(null) },
            "total_msg_count_root": self.message_count,
            "policy_id": null,
        })
    }

    /// The membership of one user as JSON.
    pub(crate) fn member_json(&self, user_id: &str) -> Value {
        json!({
            "channel_id": self.id,
            "user_id": user_id,
            "roles": "channel_user",
            "last_viewed_at": 0,
            "msg_count": 0,
            "mention_count": 0,
            "mention_count_root": 0,
            "msg_count_root": 0,
            "notify_props": {
                "desktop": "default",
                "email": "default",
                "ignore_channel_mentions": "default",
                "mark_unread": "all",
                "push": "default",
            },
            "last_update_at": self.update_at,
            "scheme_guest": false,
            "scheme_user": true,
            "scheme_admin": false,
            "explicit_roles": "",
        })
    }
}

/// The name of the channel for direct messages between two users.
pub(crate) fn direct_name(a: &str, b: &str) -> String {
    if a < b { format!("{a}__{b}") } else { format!("{b}__{a}") }
}
