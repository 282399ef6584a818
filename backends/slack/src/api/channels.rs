//! Conversations.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::failure::Failure;
use crate::method::{CHANNEL, CHANNELS, MEMBERS, OPEN_DIRECT};

/// Channels per page, the most that Slack gives.
const PAGE: &str = "1000";
/// People per page. Slack recommends no more than 200.
const MEMBERS_PAGE: &str = "200";

/// A channel, public or private, or a conversation of two.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) is_archived: bool,
    /// Whether we are in it, where Slack says so. Its reference shows answers that do not.
    pub(crate) is_member: Option<bool>,
    #[serde(default)]
    pub(crate) is_im: bool,
}

/// A conversation, with what tells who can be in it. What Slack does not say is `None`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Room {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) is_im: bool,
    #[serde(default)]
    pub(crate) is_mpim: bool,
    #[serde(default)]
    pub(crate) is_archived: bool,
    pub(crate) is_private: Option<bool>,
    /// With another workspace, in whatever way.
    pub(crate) is_shared: Option<bool>,
    /// With another organization.
    pub(crate) is_ext_shared: Option<bool>,
    /// With another workspace of the same organization.
    pub(crate) is_org_shared: Option<bool>,
    /// Will be shared with another organization as soon as that agrees.
    pub(crate) is_pending_ext_shared: Option<bool>,
}

/// Some of the people in a conversation.
#[derive(Debug, Deserialize)]
pub(crate) struct Members {
    #[serde(default)]
    pub(crate) members: Vec<String>,
    #[serde(default, rename = "response_metadata")]
    next: Next,
}

impl Members {
    pub(crate) fn next(&self) -> Option<String> {
        self.next.cursor()
    }
}

/// Some of the channels.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    #[serde(default)]
    pub(crate) channels: Vec<Channel>,
    #[serde(default, rename = "response_metadata")]
    next: Next,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next_cursor: String,
}

impl Next {
    /// Where the next page begins, if there is one.
    pub(super) fn cursor(&self) -> Option<String> {
        Some(self.next_cursor.clone()).filter(|cursor| !cursor.is_empty())
    }
}

impl Listed {
    pub(crate) fn next(&self) -> Option<String> {
        self.next.cursor()
    }
}

#[derive(Deserialize)]
struct One<T = Channel> {
    channel: T,
}

#[derive(Serialize)]
struct Opened<'a> {
    users: &'a str,
}

impl Client {
    pub(crate) async fn channel(&self, id: &str) -> Result<Channel, Failure> {
        self.read(CHANNEL, &[("channel", id)]).await.map(|one: One| one.channel)
    }

    pub(crate) async fn room(&self, id: &str) -> Result<Room, Failure> {
        self.read(CHANNEL, &[("channel", id)]).await.map(|one: One<Room>| one.channel)
    }

    /// A page of the people in a conversation.
    pub(crate) async fn members(&self, channel: &str, cursor: Option<&str>) -> Result<Members, Failure> {
        let mut arguments = vec![("channel", channel), ("limit", MEMBERS_PAGE)];
        arguments.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.read(MEMBERS, &arguments).await
    }

    /// A page of the channels of these kinds, a comma between them.
    pub(crate) async fn channels(&self, types: &str, cursor: Option<&str>) -> Result<Listed, Failure> {
        let mut arguments = vec![("types", types), ("limit", PAGE)];
        arguments.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.read(CHANNELS, &arguments).await
    }

    /// Our conversation with somebody, which is opened if it was not. Nobody sees that.
    pub(crate) async fn open(&self, user: &str) -> Result<Channel, Failure> {
        self.write(OPEN_DIRECT, &Opened { users: user }).await.map(|one: One| one.channel)
    }
}
