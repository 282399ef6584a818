//! Posts: ours, and those of others among which ours are found.

use std::collections::HashMap;

use accessbot_core::backend::Mark;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Id, Lookup, absent_if_null, lookup};
use crate::client::Client;
use crate::failure::Failure;
use crate::render::Props;

/// A post to be created.
#[derive(Debug, Serialize)]
pub(crate) struct NewPost<'a, P> {
    pub(crate) channel_id: &'a str,
    /// Empty, or the post whose thread it belongs to.
    pub(crate) root_id: &'a str,
    pub(crate) message: &'a str,
    pub(crate) props: &'a P,
    /// For half a minute the server answers the same value with the same post. Never stored. Must be hard to guess,
    /// because old servers compare it across users and channels.
    pub(crate) pending_post_id: &'a str,
}

/// What of a post is to be replaced. What is left out stays, but `props` are replaced as a whole.
#[derive(Debug, Serialize)]
pub(crate) struct PostPatch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
    pub(crate) props: &'a Props,
}

/// A post as the server gives it, in parts that we look at.
#[derive(Debug, Deserialize)]
pub(crate) struct Post {
    pub(crate) id: Id,
    pub(crate) channel_id: Id,
    pub(crate) user_id: Id,
    /// Empty for a post that is in no thread or begins one.
    #[serde(default)]
    pub(crate) root_id: String,
    #[serde(default)]
    pub(crate) create_at: i64,
    #[serde(default)]
    pub(crate) delete_at: i64,
    /// When somebody changed it; zero if nobody did.
    #[serde(default)]
    pub(crate) edit_at: i64,
    /// Empty for what somebody has written.
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default, deserialize_with = "absent_if_null")]
    props: StoredProps,
}

/// The properties that we put there, unless somebody else did.
#[derive(Debug, Default, Deserialize)]
struct StoredProps {
    accessbot: Option<Box<RawValue>>,
    attachments: Option<Box<RawValue>>,
    from_bot: Option<Box<RawValue>>,
    from_webhook: Option<Box<RawValue>>,
    from_plugin: Option<Box<RawValue>>,
    from_oauth_app: Option<Box<RawValue>>,
}

impl Post {
    /// Whether it stands, and somebody wrote it (the server writes posts in people's names as well).
    pub(crate) fn is_standing(&self) -> bool {
        self.delete_at == 0 && self.kind.is_empty()
    }

    /// Whether a program posted it in somebody's name: whose name that is proves nothing.
    pub(crate) fn is_by_program(&self) -> bool {
        let StoredProps { from_bot, from_webhook, from_plugin, from_oauth_app, .. } = &self.props;
        [from_bot, from_webhook, from_plugin, from_oauth_app].iter().any(|prop| prop.is_some())
    }

    /// Our mark. Everybody can put one on their own posts.
    pub(crate) fn mark(&self) -> Option<Mark> {
        parse(self.props.accessbot.as_deref()?)
    }

    /// What it answers, if it says so. Everybody can put that on their own posts.
    pub(crate) fn answers(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Answer {
            deed: String,
        }
        parse(self.props.accessbot.as_deref()?).map(|answer: Answer| answer.deed)
    }

    /// Whether it has a property where our mark would be, readable or not.
    pub(crate) fn is_marked(&self) -> bool {
        self.props.accessbot.is_some()
    }

    /// The titles of its attachments.
    pub(crate) fn titles(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Titled {
            #[serde(default)]
            title: String,
        }
        let titled: Option<Vec<Titled>> = self.props.attachments.as_deref().and_then(parse);
        titled.unwrap_or_default().into_iter().map(|attachment| attachment.title).collect()
    }
}

/// Posts of a channel or a thread.
#[derive(Debug, Deserialize)]
pub(crate) struct PostList {
    /// The posts that were asked for, newest first (in a thread the root may come twice).
    #[serde(default, deserialize_with = "absent_if_null")]
    pub(crate) order: Vec<Id>,
    /// These posts, and the roots of their threads. Each is left as it came until somebody looks at it.
    #[serde(default, deserialize_with = "absent_if_null")]
    posts: HashMap<String, Box<RawValue>>,
    /// The next older post, if there is one.
    #[serde(default, deserialize_with = "absent_if_null")]
    prev_post_id: String,
}

impl PostList {
    /// Whether the server says that there are older posts.
    pub(crate) fn has_more(&self) -> bool {
        !self.prev_post_id.is_empty()
    }

    /// The posts, in no order. Leaves out what is not a post as we know it, and so none of ours.
    pub(crate) fn posts(&self) -> impl Iterator<Item = Post> {
        self.posts.values().filter_map(|post| parse(post))
    }

    /// When one of the posts was created.
    pub(crate) fn created(&self, id: &Id) -> Option<i64> {
        #[derive(Deserialize)]
        struct Created {
            create_at: i64,
        }
        parse(self.posts.get(id.as_str())?).map(|post: Created| post.create_at)
    }
}

impl Client {
    pub(crate) async fn create_post(&self, post: &NewPost<'_, impl Serialize>) -> Result<Post, Failure> {
        self.send(&Method::POST, &["posts"], &[("set_online", "false")], post).await
    }

    pub(crate) async fn patch_post(&self, id: &Id, patch: &PostPatch<'_>) -> Result<Post, Failure> {
        self.send(&Method::PUT, &["posts", id.as_str(), "patch"], &[], patch).await
    }

    pub(crate) async fn post(&self, id: &Id) -> Result<Lookup<Post>, Failure> {
        lookup(self.get(&["posts", id.as_str()], &[]).await)
    }

    pub(crate) async fn delete_post(&self, id: &Id) -> Result<Lookup<()>, Failure> {
        lookup(self.delete(&["posts", id.as_str()]).await)
    }

    /// A post with all replies to it. Not paged.
    pub(crate) async fn thread(&self, root: &Id) -> Result<Lookup<PostList>, Failure> {
        lookup(self.get(&["posts", root.as_str(), "thread"], &[]).await)
    }

    /// The newest posts of a channel, or the newest of those that are older than `before`.
    pub(crate) async fn channel_posts(
        &self,
        channel: &Id,
        before: Option<&Id>,
        count: usize,
    ) -> Result<PostList, Failure> {
        let count = count.to_string();
        let mut query = vec![("per_page", count.as_str())];
        query.extend(before.map(|id| ("before", id.as_str())));
        self.get(&["channels", channel.as_str(), "posts"], &query).await
    }
}

fn parse<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}
