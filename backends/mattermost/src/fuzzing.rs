//! Parsers that nobody can reach from outside, for the fuzz targets: no part of the interface. What was read comes out as
//! text, since its types are nobody's business.

use crate::api::PostList;
use crate::live;

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
