//! Reactions to posts.

use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{json, value::RawValue};

use super::{Id, Lookup, lookup};
use crate::client::Client;
use crate::failure::Failure;

/// A reaction. Whose it is, the server knows from their session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Reaction {
    pub(crate) user_id: Id,
    pub(crate) post_id: Id,
    /// Without colons.
    pub(crate) emoji_name: String,
    #[serde(default)]
    pub(crate) create_at: i64,
}

impl Client {
    /// All reactions to a post, in no order. Leaves out what is none as we know it.
    pub(crate) async fn reactions(&self, post: &Id) -> Result<Lookup<Vec<Reaction>>, Failure> {
        let found = self.get::<Option<Vec<Box<RawValue>>>>(&["posts", post.as_str(), "reactions"], &[]).await;
        Ok(match lookup(found)? {
            Lookup::Found(all) => {
                let read = |one: Box<RawValue>| serde_json::from_str::<Reaction>(one.get()).ok();
                let all = all.unwrap_or_default().into_iter().filter_map(read);
                Lookup::Found(all.filter(|reaction| reaction.post_id == *post).collect())
            }
            Lookup::Absent => Lookup::Absent,
            Lookup::Denied => Lookup::Denied,
        })
    }

    /// Reacts to a post as `me`. Doing it twice changes nothing.
    pub(crate) async fn react(&self, me: &Id, post: &Id, emoji: &str) -> Result<(), Failure> {
        let reaction = json!({"user_id": me.as_str(), "post_id": post.as_str(), "emoji_name": emoji});
        let _: IgnoredAny = self.send(&Method::POST, &["reactions"], &[], &reaction).await?;
        Ok(())
    }
}
