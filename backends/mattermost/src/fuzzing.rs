//! Parsers that nobody can reach from outside, for the fuzz targets: no part of the interface. What was read comes out as
//! text, since its types are nobody's business.

use accessbot_core::clock::Timestamp;

use crate::api::{Id, PostList};
use crate::decisions::{PublicKey, verify};
use crate::live;

/// Whether a trigger id says, by this key of the server, that this person has pressed a button about this time, in
/// milliseconds since 1970.
pub fn vouches(key: &str, trigger: &str, who: &str, now: i64) -> bool {
    let (Some(key), Some(who)) = (PublicKey::parse(key), Id::parse(who)) else { return false };
    verify(&key, trigger, &who, Timestamp::from_millis(now)).is_ok()
}

/// What a message over the websocket says.
pub fn frame(text: &str) -> Option<String> {
    live::read(text).map(|frame| format!("{frame:?}"))
}

/// A list of posts, with our marks and all titles in it.
pub fn posts(list: &str) -> Option<String> {
    let list: PostList = serde_json::from_str(list).ok()?;
    let read: Vec<_> = list.posts().map(|post| (post.mark(), post.is_by_program(), post.titles())).collect();
    let created: Vec<_> = list.order.iter().map(|id| list.created(id)).collect();
    Some(format!("{read:?} {created:?} {}", list.has_more()))
}
