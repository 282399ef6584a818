//! What people do in Slack, and what they see there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::SlackSandbox;
use super::account::Account;
use super::model::{Channel, ChannelKind, Grant, Message, Model, slack_id};
use super::view::MessageView;
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// People and tokens.
impl SlackSandbox {
    /// Adds a person, who is in no channel, and returns their id. Their address is NAME@example.com.
    pub fn add_user(&self, name: &str) -> String {
        self.shared.change(|model| model.add_user(name, &format!("{name}@example.com"), false))
    }

    /// Deactivates an account, or activates it again. For the bot this makes every call fail.
    pub fn set_active(&self, name: &str, active: bool) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = user_id(model, name)?;
            model.users.get_mut(&id).ok_or_else(|| SandboxError::unknown("user", name))?.deleted = !active;
            Ok(())
        })
    }

    /// Adds a person of another workspace, who is in no channel, and returns their id. Their address is
    /// NAME@elsewhere.example.
    pub fn add_outsider(&self, name: &str) -> String {
        self.shared.change(|model| {
            let id = model.add_user(name, &format!("{name}@elsewhere.example"), false);
            if let Some(user) = model.users.get_mut(&id) {
                user.account.team_id = slack_id('T');
                user.account.enterprise_id = String::new();
            }
            id
        })
    }

    /// Changes what kind of account a user has.
    pub fn change_account(&self, name: &str, change: impl FnOnce(&mut Account)) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = user_id(model, name)?;
            let user = model.users.get_mut(&id).ok_or_else(|| SandboxError::unknown("user", name))?;
            change(&mut user.account);
            Ok(())
        })
    }

    /// A user's id.
    pub fn user_id(&self, name: &str) -> Result<String, SandboxError> {
        user_id(&lock(&self.shared.model), name)
    }

    /// Makes the bot's token invalid.
    pub fn revoke_token(&self) {
        self.grant(self.token(), |grant| grant.revoked = true);
    }

    /// Makes the bot's token valid again.
    pub fn restore_token(&self) {
        self.grant(self.token(), |grant| grant.revoked = false);
    }

    /// Gives the bot's token these scopes and no others.
    pub fn set_scopes(&self, scopes: &[&str]) {
        self.grant(self.token(), |grant| grant.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect());
    }

    pub(super) fn grant(&self, token: &str, change: impl FnOnce(&mut Grant)) {
        self.shared.change(|model| {
            if let Some(grant) = model.tokens.get_mut(token) {
                change(grant);
            }
        });
    }
}

/// Channels.
impl SlackSandbox {
    /// Adds a channel, which nobody is in, and returns its id.
    pub fn add_channel(&self, name: &str, kind: ChannelKind) -> String {
        self.shared.change(|model| model.add_channel(kind, name, BTreeSet::new()))
    }

    /// The id of a channel. Direct messages are opened if they are not.
    pub fn channel_id(&self, place: &str) -> Result<String, SandboxError> {
        self.shared.change(|model| {
            if let Some(name) = place.strip_prefix('@') {
                let (bot, other) = (user_id(model, &self.shared.options.bot)?, user_id(model, name)?);
                return Ok(model.open_direct(&bot, &other));
            }
            Ok(find(model, &self.shared.options.bot, place)?.id.clone())
        })
    }

    /// Archives a channel, or brings it back.
    pub fn set_archived(&self, place: &str, archived: bool) -> Result<(), SandboxError> {
        self.change_channel(place, |channel| channel.archived = archived)
    }

    /// Gives a channel another name.
    pub fn rename(&self, place: &str, name: &str) -> Result<(), SandboxError> {
        self.change_channel(place, |channel| name.clone_into(&mut channel.name))
    }

    /// Adds a user to a channel. An outsider's coming makes it a shared one (Slack Connect).
    pub fn add_member(&self, place: &str, user: &str) -> Result<(), SandboxError> {
        let (user, outsider) = {
            let model = lock(&self.shared.model);
            let id = user_id(&model, user)?;
            let outsider = model.users.get(&id).is_some_and(|user| model.is_outsider(user));
            (id, outsider)
        };
        self.change_channel(place, |channel| {
            channel.members.insert(user);
            channel.shared |= outsider;
        })
    }

    /// Removes a user from a channel.
    pub fn remove_member(&self, place: &str, user: &str) -> Result<(), SandboxError> {
        let user = self.user_id(user)?;
        self.change_channel(place, |channel| {
            channel.members.remove(&user);
        })
    }

    fn change_channel(&self, place: &str, change: impl FnOnce(&mut Channel)) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let id = find(model, &self.shared.options.bot, place)?.id.clone();
            let channel = model.channels.get_mut(&id).ok_or_else(|| SandboxError::unknown("channel", place))?;
            change(channel);
            Ok(())
        })
    }
}

/// Messages.
impl SlackSandbox {
    /// The messages that stand in a place, oldest first, with their threads.
    ///
    /// # Panics
    /// If there is no such place: a test that looks into the wrong channel would find nothing and be content.
    #[track_caller]
    pub fn posts(&self, place: &str) -> Vec<MessageView> {
        self.last_posts(place, usize::MAX)
    }

    /// The last messages that stand in a place, `most` at most, oldest first. Quick, also among thousands.
    ///
    /// # Panics
    /// If there is no such place.
    #[track_caller]
    pub fn last_posts(&self, place: &str, most: usize) -> Vec<MessageView> {
        let model = lock(&self.shared.model);
        let Some(channel) = self.place(&model, place) else { return Vec::new() };
        let roots: Vec<&Message> = roots(channel).collect();
        let last = roots.iter().skip(roots.len().saturating_sub(most));
        last.map(|message| MessageView::of(&model, channel, message)).collect()
    }

    /// How many messages stand in a place, without replies. Quick, also among thousands.
    ///
    /// # Panics
    /// If there is no such place.
    #[track_caller]
    pub fn post_count(&self, place: &str) -> usize {
        let model = lock(&self.shared.model);
        self.place(&model, place).map_or(0, |channel| roots(channel).count())
    }

    /// One message, if it stands.
    pub fn post(&self, channel: &str, ts: &str) -> Option<MessageView> {
        let model = lock(&self.shared.model);
        let channel = model.channels.get(channel)?;
        Some(MessageView::of(&model, channel, channel.messages.get(ts)?))
    }

    /// A user writes into a place, and gets the message's `ts` back. Nothing is checked but that the place exists.
    pub fn post_as(&self, user: &str, place: &str, text: &str) -> Result<String, SandboxError> {
        self.post_with_metadata_as(user, place, text, None)
    }

    /// A user posts something with metadata of their own, as an app of theirs can.
    pub fn post_with_metadata_as(
        &self,
        user: &str,
        place: &str,
        text: &str,
        metadata: Option<Value>,
    ) -> Result<String, SandboxError> {
        let channel = self.channel_id(place)?;
        self.insert(user, &channel, Message { text: text.to_owned(), metadata, ..Message::default() })
    }

    /// The bot's account posts text and blocks, as the Go plugin does.
    pub fn post_blocks_as_bot(&self, place: &str, text: &str, blocks: &Value) -> Result<String, SandboxError> {
        let channel = self.channel_id(place)?;
        let blocks = blocks.as_array().cloned().unwrap_or_default();
        let message = Message { text: text.to_owned(), blocks, ..Message::default() };
        self.insert(&self.shared.options.bot, &channel, message)
    }

    /// A user writes into the thread of a message.
    pub fn reply_as(&self, user: &str, channel: &str, root: &str, text: &str) -> Result<String, SandboxError> {
        let message = Message { text: text.to_owned(), thread_ts: root.to_owned(), ..Message::default() };
        self.insert(user, channel, message)
    }

    fn insert(&self, user: &str, channel: &str, mut message: Message) -> Result<String, SandboxError> {
        self.shared.change(|model| {
            message.user = user_id(model, user)?;
            if let Some(grant) = model.tokens.get(&self.token).filter(|grant| grant.user == message.user) {
                message.bot_id.clone_from(&grant.bot_id);
                message.app_id.clone_from(&grant.app_id);
            }
            message.mentions = super::mention::mentions(&message.text, &message.blocks);
            Ok(model.insert(channel, message))
        })
    }

    /// An admin deletes a message. Its thread stays, as it does in Slack.
    pub fn delete_post(&self, channel: &str, ts: &str) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let channel = model.channels.get_mut(channel).ok_or_else(|| SandboxError::unknown("channel", channel))?;
            channel.messages.remove(ts).map(drop).ok_or_else(|| SandboxError::unknown("message", ts))
        })
    }

    #[track_caller]
    fn place<'a>(&self, model: &'a Model, place: &str) -> Option<&'a Channel> {
        match find(model, &self.shared.options.bot, place) {
            Ok(channel) => Some(channel),
            // Direct messages that nobody has opened yet are empty.
            Err(_) if place.strip_prefix('@').is_some_and(|name| model.user_named(name).is_some()) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

fn roots(channel: &Channel) -> impl Iterator<Item = &Message> {
    channel.messages.values().filter(|message| message.thread_ts.is_empty())
}

pub(super) fn user_id(model: &Model, name: &str) -> Result<String, SandboxError> {
    model.user_named(name).map(|user| user.id.clone()).ok_or_else(|| SandboxError::unknown("user", name))
}

fn find<'a>(model: &'a Model, bot: &str, place: &str) -> Result<&'a Channel, SandboxError> {
    let unknown = || SandboxError::unknown("channel", place);
    match place.strip_prefix('@') {
        Some(name) => model.direct(&user_id(model, bot)?, &user_id(model, name)?).ok_or_else(unknown),
        None => model.channel_named(place).ok_or_else(unknown),
    }
}
