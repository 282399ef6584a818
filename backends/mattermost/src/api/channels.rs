//! Teams and channels.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Id, Lookup, lookup};
use crate::client::Client;
use crate::failure::Failure;

/// Channels per page, the most that the server gives.
const PAGE: usize = 200;
/// Pages that are read at most: no team of people has that many public channels.
const PAGES: usize = 100;

/// A team that the bot is in.
#[derive(Debug, Deserialize)]
pub(crate) struct Team {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) delete_at: i64,
}

/// A channel, public or private, or a direct conversation.
#[derive(Debug, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    /// `O` public, `P` private, `D` two people, `G` several.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The handle in the address; for two people both ids.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) display_name: String,
    /// When it was archived; zero if it was not.
    #[serde(default)]
    pub(crate) delete_at: i64,
    /// Whether people of other servers are in it, too.
    #[serde(default)]
    pub(crate) shared: Option<bool>,
}

/// Somebody in a channel.
#[derive(Debug, Deserialize)]
pub(crate) struct ChannelMember {
    pub(crate) channel_id: Id,
    pub(crate) user_id: Id,
}

impl Channel {
    /// Whether it is a place in a team, as opposed to a conversation of certain people.
    pub(crate) fn is_in_team(&self) -> bool {
        matches!(self.kind.as_str(), "O" | "P")
    }

    /// Whether it is the conversation of just these two.
    pub(crate) fn is_between(&self, one: &Id, other: &Id) -> bool {
        let either = |a: &Id, b: &Id| self.name == format!("{a}__{b}");
        self.kind == "D" && (either(one, other) || either(other, one))
    }

    /// Whether it is a conversation of two, one of whom is `me`.
    pub(crate) fn is_direct_with(&self, me: &Id) -> bool {
        self.kind == "D" && self.name.split("__").any(|id| id == me.as_str())
    }
}

impl Client {
    pub(crate) async fn channel(&self, id: &Id) -> Result<Lookup<Channel>, Failure> {
        lookup(self.get(&["channels", id.as_str()], &[]).await)
    }

    /// By handles, archived ones too.
    pub(crate) async fn channel_by_handle(&self, team: &str, channel: &str) -> Result<Lookup<Channel>, Failure> {
        let path = ["teams", "name", team, "channels", "name", channel];
        lookup(self.get(&path, &[("include_deleted", "true")]).await)
    }

    /// Whether we are in the channel. The answer `Denied` means no, too.
    pub(crate) async fn own_membership(&self, channel: &Id) -> Result<Lookup<()>, Failure> {
        let answer = self.get::<IgnoredAny>(&["channels", channel.as_str(), "members", "me"], &[]).await;
        lookup(answer.map(|_| ()))
    }

    /// Somebody as a member of a channel, if they are.
    pub(crate) async fn member(&self, channel: &Id, user: &Id) -> Result<Lookup<ChannelMember>, Failure> {
        lookup(self.get(&["channels", channel.as_str(), "members", user.as_str()], &[]).await)
    }

    /// How many guests are in a channel. `None` if the server does not say.
    pub(crate) async fn guests_in(&self, channel: &Id) -> Result<Lookup<Option<u64>>, Failure> {
        #[derive(Deserialize)]
        struct Stats {
            guest_count: Option<u64>,
        }
        let stats: Lookup<Stats> = lookup(self.get(&["channels", channel.as_str(), "stats"], &[]).await)?;
        Ok(match stats {
            Lookup::Found(stats) => Lookup::Found(stats.guest_count),
            Lookup::Absent => Lookup::Absent,
            Lookup::Denied => Lookup::Denied,
        })
    }

    pub(crate) async fn own_teams(&self) -> Result<Vec<Team>, Failure> {
        let teams: Option<Vec<Team>> = self.get(&["users", "me", "teams"], &[]).await?;
        Ok(teams.unwrap_or_default())
    }

    /// The channels of a team that we are in, and our direct conversations; archived ones too.
    pub(crate) async fn own_channels(&self, team: &Id) -> Result<Vec<Channel>, Failure> {
        let path = ["users", "me", "teams", team.as_str(), "channels"];
        match lookup(self.get(&path, &[("include_deleted", "true")]).await)? {
            Lookup::Found(channels) => Ok(channels),
            // What the server says of a team in which we are in no channel.
            Lookup::Absent | Lookup::Denied => Ok(Vec::new()),
        }
    }

    /// The public channels of a team, whether we are in them or not.
    pub(crate) async fn public_channels(&self, team: &Id) -> Result<Vec<Channel>, Failure> {
        let mut channels = Vec::new();
        for page in 0..PAGES {
            let (page, size) = (page.to_string(), PAGE.to_string());
            let query = [("page", page.as_str()), ("per_page", size.as_str())];
            let found: Vec<Channel> = match lookup(self.get(&["teams", team.as_str(), "channels"], &query).await)? {
                Lookup::Found(found) => found,
                Lookup::Absent | Lookup::Denied => break,
            };
            let last = found.len() < PAGE;
            channels.extend(found);
            if last {
                break;
            }
        }
        Ok(channels)
    }
}
