//! What people do in Mattermost, and what they see there.

use std::time::Duration;

use serde_json::Value;

use super::attachment::Props;
use super::channel::{Channel, ChannelKind, direct_name};
use super::event::Event;
use super::model::Model;
use super::post::Post;
use super::view::PostView;
use super::{MattermostSandbox, TEAM};
use crate::common::error::SandboxError;
use crate::common::ids::mattermost_id;
use crate::common::lock::lock;

/// People.
impl MattermostSandbox {
    /// Adds a person, who is in the team but in no channel, and returns their id. Their address is NAME@example.com.
    pub fn add_user(&self, name: &str) -> String {
        self.add_user_with_email(name, &format!("{name}@example.com"))
    }

    /// Adds a person with an address of their own.
    pub fn add_user_with_email(&self, name: &str, email: &str) -> String {
        self.shared.change(|model| {
            let id = model.add_user(name, email, false, false, mattermost_id());
            let team = model.team_ids.get(TEAM).cloned().unwrap_or_default();
            if let Some(team) = model.teams.get_mut(&team) {
                team.members.insert(id.clone());
            }
            id
        })
    }

    /// Deactivates an account, or activates it again. For the bot this makes every call fail with 401; a websocket that is
    /// open goes on.
    pub fn set_active(&self, name: &str, active: bool) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let now = model.now().as_millis();
            let id = user_id(model, name)?;
            let user = model.users.get_mut(&id).ok_or_else(|| SandboxError::unknown("user", name))?;
            user.delete_at = if active { 0 } else { now };
            if !active {
                model.publish(&Event::status_change(&id, "offline"));
            }
            Ok(())
        })
    }

    /// Makes a person a guest, who sees only what they were let into.
    pub fn make_guest(&self, name: &str) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = user_id(model, name)?;
            model.users.get_mut(&id).ok_or_else(|| SandboxError::unknown("user", name))?.is_guest = true;
            Ok(())
        })
    }

    /// A user's id.
    pub fn user_id(&self, name: &str) -> Result<String, SandboxError> {
        user_id(&lock(&self.shared.model), name)
    }

    /// A user's access token, unless it is revoked.
    pub fn token_of(&self, name: &str) -> Result<String, SandboxError> {
        let model = lock(&self.shared.model);
        let id = user_id(&model, name)?;
        let token = model.sessions.iter().find(|(_, user)| **user == id).map(|(token, _)| token.clone());
        token.ok_or_else(|| SandboxError::unknown("token of", name))
    }

    /// Makes the bot's token invalid. Its websockets stay open, and nothing comes any more.
    pub fn revoke_token(&self) {
        self.shared.change(|model| {
            model.sessions.remove(&self.token);
            model.mute_sockets_with(&self.token);
        });
    }

    /// Makes the bot's token valid again.
    pub fn restore_token(&self) {
        self.shared.change(|model| {
            if let Some(id) = model.user_ids.get(&self.shared.options.bot).cloned() {
                model.sessions.insert(self.token.clone(), id);
            }
        });
    }

    /// Whether the server lets others than admins see and look up addresses.
    pub fn show_email_address(&self, show: bool) {
        self.shared.change(|model| model.show_email = show);
    }
}

/// How the server vouches for what people do.
impl MattermostSandbox {
    /// The trigger id that any integration would have been told if a user had pressed a button of it so long ago.
    pub fn trigger_of(&self, user: &str, ago: Duration) -> Result<String, SandboxError> {
        let model = lock(&self.shared.model);
        let (user, at) = (user_id(&model, user)?, model.now().minus(ago));
        Ok(lock(&self.shared.triggers).make(&user, at).full)
    }

    /// Gives the server another key to sign trigger ids with, as if its database had been lost.
    pub fn change_signing_key(&self) {
        lock(&self.shared.triggers).change_key();
    }

    /// Whether the server tells the key with which its trigger ids are verified, as all known versions do.
    pub fn publish_signing_key(&self, publish: bool) {
        lock(&self.shared.triggers).published = publish;
    }
}

/// Teams and channels.
impl MattermostSandbox {
    /// Adds a team, which nobody is in, and returns its id.
    pub fn add_team(&self, name: &str, display_name: &str) -> String {
        self.shared.change(|model| model.add_team(name, display_name))
    }

    /// Adds a user to a team.
    pub fn add_team_member(&self, team: &str, user: &str) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let user = user_id(model, user)?;
            let id = model.team_ids.get(team).cloned().unwrap_or_default();
            model.teams.get_mut(&id).ok_or_else(|| SandboxError::unknown("team", team))?.members.insert(user);
            Ok(())
        })
    }

    /// Adds a channel, which nobody is in, and returns its id. `place` is `channel` or `team/channel`.
    pub fn add_channel(&self, place: &str, display_name: &str, kind: ChannelKind) -> Result<String, SandboxError> {
        let (team, name) = place.split_once('/').unwrap_or((TEAM, place));
        self.shared.change(|model| {
            let team = model.team_named(team).ok_or_else(|| SandboxError::unknown("team", team))?.id.clone();
            Ok(model.add_channel(&team, name, display_name, kind, ""))
        })
    }

    /// The id of a channel. Direct messages are opened if they are not.
    pub fn channel_id(&self, place: &str) -> Result<String, SandboxError> {
        self.shared.change(|model| {
            if let Some(name) = place.strip_prefix('@') {
                let (bot, other) = (user_id(model, &self.shared.options.bot)?, user_id(model, name)?);
                return Ok(model.direct_channel(&bot, &other));
            }
            Ok(find(model, &self.shared.options.bot, place)?.id.clone())
        })
    }

    /// Archives a channel: it can be read but not written, and nobody finds it by its name.
    pub fn archive(&self, place: &str) -> Result<(), SandboxError> {
        self.set_archived(place, true)
    }

    /// Brings an archived channel back.
    pub fn unarchive(&self, place: &str) -> Result<(), SandboxError> {
        self.set_archived(place, false)
    }

    fn set_archived(&self, place: &str, archived: bool) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = find(model, &self.shared.options.bot, place)?.id.clone();
            let admin = user_id(model, "admin")?;
            let (kind, verb) = if archived {
                ("system_channel_deleted", "archived")
            } else {
                ("system_channel_restored", "unarchived")
            };
            model.insert_system_post(&id, &admin, kind, format!("admin {verb} the channel."));
            let now = model.now().as_millis();
            if let Some(channel) = model.channels.get_mut(&id) {
                channel.delete_at = if archived { now } else { 0 };
                channel.update_at = now;
            }
            Ok(())
        })
    }

    /// Adds a user to a channel, which shows as a line there.
    pub fn add_member(&self, place: &str, user: &str) -> Result<(), SandboxError> {
        self.change_member(place, user, true)
    }

    /// Removes a user from a channel, which shows as a line there.
    pub fn remove_member(&self, place: &str, user: &str) -> Result<(), SandboxError> {
        self.change_member(place, user, false)
    }

    fn change_member(&self, place: &str, user: &str, join: bool) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = find(model, &self.shared.options.bot, place)?.id.clone();
            let user_id = user_id(model, user)?;
            let admin = self::user_id(model, "admin")?;
            let Some(channel) = model.channels.get_mut(&id) else { return Ok(()) };
            let (changed, kind, text) = if join {
                (channel.members.insert(user_id.clone()), "system_add_to_channel", "added to the channel by admin.")
            } else {
                (channel.members.remove(&user_id), "system_remove_from_channel", "removed from the channel.")
            };
            if changed {
                let events = if join {
                    vec![Event::user_added(channel, &user_id)]
                } else {
                    Event::user_removed(&id, &user_id, &admin).to_vec()
                };
                for event in &events {
                    model.publish(event);
                }
                model.insert_system_post(&id, &admin, kind, format!("{user} {text}"));
            }
            Ok(())
        })
    }
}

/// Posts.
impl MattermostSandbox {
    /// The posts that stand in a place, oldest first, with their threads; nobody's joins and the like.
    ///
    /// # Panics
    /// If there is no such place: a test that looks into the wrong channel would find nothing and be content.
    #[track_caller]
    pub fn posts(&self, place: &str) -> Vec<PostView> {
        let model = lock(&self.shared.model);
        roots(&model, self.place(&model, place)).map(|post| PostView::of(&model, post)).collect()
    }

    /// The last posts that stand in a place, `most` at most, oldest first. Quick, also among thousands.
    ///
    /// # Panics
    /// If there is no such place.
    #[track_caller]
    pub fn last_posts(&self, place: &str, most: usize) -> Vec<PostView> {
        let model = lock(&self.shared.model);
        let posts: Vec<&Post> = roots(&model, self.place(&model, place)).collect();
        posts.iter().skip(posts.len().saturating_sub(most)).map(|post| PostView::of(&model, post)).collect()
    }

    /// How many posts stand in a place, without replies. Quick, also among thousands.
    ///
    /// # Panics
    /// If there is no such place.
    #[track_caller]
    pub fn post_count(&self, place: &str) -> usize {
        let model = lock(&self.shared.model);
        roots(&model, self.place(&model, place)).count()
    }

    /// One post by its id, also if it was deleted.
    pub fn post(&self, id: &str) -> Option<PostView> {
        let model = lock(&self.shared.model);
        model.posts.get(id).map(|post| PostView::of(&model, post))
    }

    /// A user writes into a place, and gets the post's id back. Nothing is checked but that the place exists.
    pub fn post_as(&self, user: &str, place: &str, message: &str) -> Result<String, SandboxError> {
        self.post_with_props_as(user, place, message, Value::Null)
    }

    /// A user posts something with props of their own.
    pub fn post_with_props_as(
        &self,
        user: &str,
        place: &str,
        message: &str,
        props: Value,
    ) -> Result<String, SandboxError> {
        let channel = self.channel_id(place)?;
        self.insert(user, &channel, "", message, props)
    }

    /// A user writes into the thread of a post.
    pub fn reply_as(&self, user: &str, root: &str, message: &str) -> Result<String, SandboxError> {
        let channel = self.post(root).ok_or_else(|| SandboxError::unknown("post", root))?.channel_id;
        self.insert(user, &channel, root, message, Value::Null)
    }

    fn insert(
        &self,
        user: &str,
        channel: &str,
        root: &str,
        message: &str,
        props: Value,
    ) -> Result<String, SandboxError> {
        let props = match props {
            Value::Object(props) => props,
            _ => Props::new(),
        };
        self.shared.change(|model| {
            let user = user_id(model, user)?;
            Ok(model.insert_post(channel, &user, |post| {
                message.clone_into(&mut post.message);
                root.clone_into(&mut post.root_id);
                post.props = props;
            }))
        })
    }

    /// An admin deletes a post, and its thread.
    pub fn delete_post(&self, id: &str) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let admin = user_id(model, "admin")?;
            if !model.posts.contains_key(id) {
                return Err(SandboxError::unknown("post", id));
            }
            model.delete_post(id, &admin);
            Ok(())
        })
    }

    #[track_caller]
    fn place<'a>(&self, model: &'a Model, place: &str) -> Option<&'a Channel> {
        match find(model, &self.shared.options.bot, place) {
            Ok(channel) => Some(channel),
            // Direct messages that nobody has opened yet are empty.
            Err(_) if place.strip_prefix('@').is_some_and(|name| model.user_ids.contains_key(name)) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

fn roots<'a>(model: &'a Model, channel: Option<&'a Channel>) -> impl Iterator<Item = &'a Post> {
    let posts = channel.into_iter().flat_map(|channel| &channel.posts).filter_map(|id| model.posts.get(id));
    posts.filter(|post| post.is_message() && post.root_id.is_empty())
}

pub(super) fn user_id(model: &Model, name: &str) -> Result<String, SandboxError> {
    model.user_ids.get(name).cloned().ok_or_else(|| SandboxError::unknown("user", name))
}

fn find<'a>(model: &'a Model, bot: &str, place: &str) -> Result<&'a Channel, SandboxError> {
    let unknown = || SandboxError::unknown("channel", place);
    if let Some(name) = place.strip_prefix('@') {
        let direct = direct_name(&user_id(model, bot)?, &user_id(model, name)?);
        return model.channel_named("", &direct).ok_or_else(unknown);
    }
    let (team, name) = place.split_once('/').unwrap_or((TEAM, place));
    let team = model.team_named(team).ok_or_else(|| SandboxError::unknown("team", team))?;
    model.channel_named(&team.id, name).ok_or_else(unknown)
}
