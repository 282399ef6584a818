//! The state of the stand-in: one world with users, teams, channels and posts.

use std::collections::{BTreeMap, HashMap, VecDeque};

use accessbot_core::clock::{SharedClock, Timestamp};
use serde_json::json;

use super::attachment::Props;
use super::channel::{Channel, ChannelKind, Team, direct_name};
use super::dialog::DialogView;
use super::error::{ApiError, ApiResult};
use super::event::{Event, PostedWhere};
use super::mention::Mentions;
use super::options::MattermostOptions;
use super::pending::PendingPosts;
use super::post::Post;
use super::rate_limit::RateLimiter;
use super::sockets::Sockets;
use super::user::User;
use crate::common::ids::mattermost_id;

/// Everything that the server knows.
pub(crate) struct Model {
    pub(crate) clock: SharedClock,
    pub(crate) users: HashMap<String, User>,
    pub(crate) user_ids: BTreeMap<String, String>,
    pub(crate) teams: HashMap<String, Team>,
    pub(crate) team_ids: BTreeMap<String, String>,
    pub(crate) channels: HashMap<String, Channel>,
    /// By id of the team (empty for direct messages) and name.
    pub(crate) channel_ids: BTreeMap<(String, String), String>,
    pub(crate) posts: HashMap<String, Post>,
    /// Ids of users by access token.
    pub(crate) sessions: HashMap<String, String>,
    pub(crate) pending: PendingPosts,
    pub(crate) sockets: Sockets,
    /// Posts that were shown to one user, by the user's id, oldest first.
    pub(crate) ephemerals: VecDeque<(String, Post)>,
    /// Dialogs that were opened for a user, by the user's id, oldest first.
    pub(crate) dialogs: VecDeque<(String, DialogView)>,
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) show_email: bool,
    pub(crate) message_limit: usize,
    pub(crate) props_limit: usize,
    fields_mention: bool,
    last_tick: i64,
}

impl Model {
    /// An empty world.
    pub(crate) fn new(options: &MattermostOptions) -> Self {
        Self {
            clock: options.clock.clone(),
            users: HashMap::new(),
            user_ids: BTreeMap::new(),
            teams: HashMap::new(),
            team_ids: BTreeMap::new(),
            channels: HashMap::new(),
            channel_ids: BTreeMap::new(),
            posts: HashMap::new(),
            sessions: HashMap::new(),
            pending: PendingPosts::default(),
            sockets: Sockets::default(),
            ephemerals: VecDeque::new(),
            dialogs: VecDeque::new(),
            limiter: None,
            show_email: true,
            message_limit: options.message_limit,
            props_limit: options.props_limit,
            fields_mention: options.fields_mention,
            last_tick: 0,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time of a change of a post. No two have the same, so that the order by time is the one in which they came.
    pub(crate) fn tick(&mut self) -> i64 {
        self.last_tick = self.now().as_millis().max(self.last_tick + 1);
        self.last_tick
    }

    /// The active user whose access token this is.
    pub(crate) fn session_user(&self, token: &str) -> Option<&User> {
        self.users.get(self.sessions.get(token)?).filter(|user| user.delete_at == 0)
    }

    pub(crate) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.get(self.user_ids.get(username)?)
    }

    pub(crate) fn team_named(&self, name: &str) -> Option<&Team> {
        self.teams.get(self.team_ids.get(name)?)
    }

    pub(crate) fn channel_named(&self, team_id: &str, name: &str) -> Option<&Channel> {
        self.channels.get(self.channel_ids.get(&(team_id.to_owned(), name.to_lowercase()))?)
    }

    /// Adds a user who has an access token but is in no team. An existing user of that name is left as it is.
    pub(crate) fn add_user(
        &mut self,
        username: &str,
        email: &str,
        is_bot: bool,
        is_admin: bool,
        token: String,
    ) -> String {
        if let Some(id) = self.user_ids.get(username) {
            return id.clone();
        }
        let id = mattermost_id();
        let user = User {
            id: id.clone(),
            username: username.to_owned(),
            email: email.to_owned(),
            is_bot,
            is_admin,
            is_guest: false,
            create_at: self.now(),
            delete_at: 0,
        };
        self.users.insert(id.clone(), user);
        self.user_ids.insert(username.to_owned(), id.clone());
        self.sessions.insert(token, id.clone());
        id
    }

    /// Adds a team, or finds it.
    pub(crate) fn add_team(&mut self, name: &str, display_name: &str) -> String {
        if let Some(id) = self.team_ids.get(name) {
            return id.clone();
        }
        let team = Team {
            id: mattermost_id(),
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            create_at: self.now().as_millis(),
            invite_id: mattermost_id(),
            members: std::collections::BTreeSet::new(),
        };
        let id = team.id.clone();
        self.team_ids.insert(name.to_owned(), id.clone());
        self.teams.insert(id.clone(), team);
        id
    }

    /// Adds a channel, or finds it.
    pub(crate) fn add_channel(
        &mut self,
        team_id: &str,
        name: &str,
        display_name: &str,
        kind: ChannelKind,
        creator_id: &str,
    ) -> String {
        let key = (team_id.to_owned(), name.to_owned());
        if let Some(id) = self.channel_ids.get(&key) {
            return id.clone();
        }
        let now = self.now().as_millis();
        let channel = Channel {
            id: mattermost_id(),
            team_id: team_id.to_owned(),
            kind,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            create_at: now,
            update_at: now,
            delete_at: 0,
            creator_id: creator_id.to_owned(),
            last_post_at: 0,
            members: std::collections::BTreeSet::new(),
            posts: Vec::new(),
            message_count: 0,
        };
        let id = channel.id.clone();
        self.channel_ids.insert(key, id.clone());
        self.channels.insert(id.clone(), channel);
        id
    }

    /// The channel for direct messages between two users, made if it is not there.
    pub(crate) fn direct_channel(&mut self, creator_id: &str, other_id: &str) -> String {
        let id = self.add_channel("", &direct_name(creator_id, other_id), "", ChannelKind::Direct, creator_id);
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.members.extend([creator_id.to_owned(), other_id.to_owned()]);
        }
        id
    }

    /// Stores a post, tells of it, and returns its id. Everything about it must have been checked.
    pub(crate) fn insert_post(&mut self, channel_id: &str, user_id: &str, fill: impl FnOnce(&mut Post)) -> String {
        let now = self.tick();
        let mut post = Post::new(mattermost_id(), channel_id, user_id, now);
        fill(&mut post);
        if !post.is_by_system() {
            post.notified = self.notified_by(&post);
        }
        let id = post.id.clone();
        if let Some(root) = self.posts.get_mut(&post.root_id) {
            root.replies.push(id.clone());
            root.update_at = now;
        }
        if let Some(channel) = self.channels.get_mut(channel_id) {
            post.place = channel.posts.len();
            channel.posts.push(id.clone());
            channel.last_post_at = now;
            channel.message_count += usize::from(!post.is_by_system());
        }
        self.posts.insert(id.clone(), post);
        self.tell_posted(&id);
        id
    }

    fn tell_posted(&mut self, id: &str) {
        let Some(post) = self.posts.get(id) else { return };
        let Some(channel) = self.channels.get(&post.channel_id) else { return };
        let author = self.users.get(&post.user_id).filter(|_| !post.is_by_system());
        let mut mentions: Vec<&str> =
            post.notified.iter().filter_map(|name| self.user_ids.get(name)).map(String::as_str).collect();
        if channel.kind == ChannelKind::Direct {
            let others = channel.members.iter().filter(|member| **member != post.user_id).map(String::as_str);
            mentions = others.collect();
        }
        let place = PostedWhere { channel, sender: author.map(|user| user.username.as_str()), mentions };
        let replies = if post.root_id.is_empty() { 0 } else { self.reply_count(post) };
        let event = Event::posted(&post.json(replies), &place);
        self.publish(&event);
    }

    /// Names of the members of the channel whom `post` notifies; never its author.
    fn notified_by(&self, post: &Post) -> Vec<String> {
        let exists = |name: &str| self.user_ids.contains_key(name);
        let mentions = Mentions::of(&post.message, &post.props, self.fields_mention, exists);
        let members = self.channels.get(&post.channel_id).into_iter().flat_map(|channel| &channel.members);
        let mut names: Vec<String> = members
            .filter(|id| **id != post.user_id)
            .filter_map(|id| self.users.get(id))
            .filter(|user| mentions.everybody || mentions.users.contains(&user.username))
            .map(|user| user.username.clone())
            .collect();
        names.sort();
        names
    }

    /// A line by the system, such as "bob joined the channel".
    pub(crate) fn insert_system_post(&mut self, channel_id: &str, user_id: &str, kind: &str, message: String) {
        let username = self.users.get(user_id).map(|u| u.username.clone()).unwrap_or_default();
        let mut props = Props::new();
        props.insert("username".to_owned(), json!(username));
        self.insert_post(channel_id, user_id, |post| {
            kind.clone_into(&mut post.kind);
            post.message = message;
            post.props = props;
        });
    }

    /// Deletes a post and, if it is a root, its thread, and tells of it.
    pub(crate) fn delete_post(&mut self, id: &str, by: &str) {
        let now = self.tick();
        let Some(post) = self.posts.get(id) else { return };
        let told = Event::post_deleted(&post.channel_id, &post.json(0));
        let thread: Vec<String> = std::iter::once(id.to_owned()).chain(post.replies.iter().cloned()).collect();
        for id in thread {
            let Some(post) = self.posts.get_mut(&id).filter(|post| post.delete_at == 0) else { continue };
            post.delete_at = now;
            post.update_at = now;
            post.props.insert("deleteBy".to_owned(), json!(by));
            if let Some(channel) = self.channels.get_mut(&post.channel_id) {
                channel.message_count = channel.message_count.saturating_sub(usize::from(!post.is_by_system()));
            }
        }
        self.publish(&told);
    }

    /// How many replies stand in the thread of `post`.
    pub(crate) fn reply_count(&self, post: &Post) -> usize {
        let root = self.posts.get(&post.root_id).unwrap_or(post);
        root.replies.iter().filter(|id| self.posts.get(*id).is_some_and(|reply| reply.delete_at == 0)).count()
    }

    /// Whether the user may read and write in the channel as its members may.
    pub(crate) fn is_member(&self, user_id: &str, channel: &Channel) -> bool {
        channel.members.contains(user_id) || self.is_admin(user_id)
    }

    /// Whether the user may see the channel: its members, and for a public one the team.
    pub(crate) fn may_see(&self, user_id: &str, channel: &Channel) -> bool {
        self.is_member(user_id, channel)
            || channel.kind == ChannelKind::Public
                && self.teams.get(&channel.team_id).is_some_and(|team| team.members.contains(user_id))
    }

    pub(crate) fn is_admin(&self, user_id: &str) -> bool {
        self.users.get(user_id).is_some_and(|user| user.is_admin)
    }

    /// A post that stands, in a channel that the user may see.
    pub(crate) fn visible_post(&self, user_id: &str, id: &str) -> ApiResult<&Post> {
        let post = self.posts.get(id).filter(|post| post.delete_at == 0);
        let post = post.ok_or_else(|| ApiError::not_found("app.post.get.app_error", "Unable to get the post."))?;
        match self.channels.get(&post.channel_id) {
            Some(channel) if self.may_see(user_id, channel) => Ok(post),
            _ => Err(ApiError::permissions()),
        }
    }
}
