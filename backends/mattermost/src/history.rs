//! Finding our own posts again, in a channel or in a thread.

use std::collections::BTreeMap;

use accessbot_core::backend::{MarkKind, Marker, MessageRef, Sought};
use accessbot_core::request::RequestId;
use accessbot_core::text::has_word;

use crate::api::{Id, Lookup, Post, PostList};
use crate::client::Client;
use crate::failure::Failure;
use crate::render::title_of;

/// Posts per page, the most that the server gives.
const PAGE: usize = 200;
/// Pages that are read at most, so that a busy channel ends the search before the engine's patience ends.
const PAGES: usize = 50;
/// How the Go plugin names the request in its posts.
const GO_LABEL: &str = "**Request ID**:";

/// All standing posts of the account `me` that `sought` describes, oldest first.
pub(crate) async fn find(client: &Client, me: &Id, sought: &Sought<'_>) -> Result<Vec<MessageRef>, Failure> {
    let Some(channel) = Id::parse(&sought.conversation.id) else { return Ok(Vec::new()) };
    let mut found = Found { me, channel: &channel, sought, posts: BTreeMap::new() };
    match sought.root.map(|root| Id::parse(&root.message)) {
        None => search_channel(client, &mut found).await?,
        // No such thread, so nothing in it.
        Some(None) => {}
        Some(Some(root)) => match client.thread(&root).await {
            Ok(Lookup::Found(thread)) => found.take(&thread),
            // Replies are deleted with the root.
            Ok(Lookup::Absent | Lookup::Denied) => {}
            // Somebody has made the thread long. Replies are in the channel's pages as well.
            Err(failure) if failure.is_too_large() => search_channel(client, &mut found).await?,
            Err(failure) => return Err(failure),
        },
    }
    let mut posts: Vec<(i64, Id)> = found.posts.into_iter().map(|(id, created)| (created, id)).collect();
    posts.sort_unstable();
    let reference = |id: Id| MessageRef { conversation: channel.to_string(), message: id.to_string() };
    Ok(posts.into_iter().map(|(_, id)| reference(id)).collect())
}

/// What has been found so far, by id: pages overlap, and a root comes with each of its replies.
struct Found<'a> {
    me: &'a Id,
    channel: &'a Id,
    sought: &'a Sought<'a>,
    posts: BTreeMap<Id, i64>,
}

impl Found<'_> {
    fn take(&mut self, page: &PostList) {
        let (me, channel, sought) = (self.me, self.channel, self.sought);
        let matching = page.posts().filter(|post| {
            post.user_id == *me && post.channel_id == *channel && post.is_standing() && is_sought(post, sought)
        });
        self.posts.extend(matching.map(|post| (post.id, post.create_at)));
    }
}

fn is_sought(post: &Post, sought: &Sought<'_>) -> bool {
    let place = match sought.root {
        Some(root) => post.root_id == root.message,
        None => post.root_id.is_empty(),
    };
    let about = match (sought.marker, post.mark()) {
        (Some(marker), Some(mark)) => mark.is_of(sought.request, marker),
        (None, Some(mark)) => mark.is_about(sought.request) && mark.kind == MarkKind::Card,
        (None, None) => sought.root.is_none() && !post.is_marked() && go_plugin_names(&post.message, sought.request),
        (Some(_), None) => false,
    };
    place && about && post.create_at >= sought.since.as_millis()
}

/// Walks back from the newest post to the first that is too old.
async fn search_channel(client: &Client, found: &mut Found<'_>) -> Result<(), Failure> {
    let mut before: Option<Id> = None;
    let mut count = PAGE;
    for _ in 0..PAGES {
        let page = match client.channel_posts(found.channel, before.as_ref(), count).await {
            // A few posts can fill an answer where the server allows large ones.
            Err(failure) if failure.is_too_large() && count > 1 => {
                count = (count / 6).max(1);
                continue;
            }
            page => page?,
        };
        found.take(&page);
        let oldest = page.order.last().and_then(|id| page.created(id));
        let more = page.order.len() >= count || page.has_more();
        match (oldest, cursor(&page)) {
            (Some(oldest), Some(next)) if more && oldest >= found.sought.since.as_millis() => before = Some(next),
            _ => return Ok(()),
        }
    }
    tracing::warn!(
        channel = %found.channel,
        request = %found.sought.request,
        "gave up looking for a post: there are more than {} newer ones",
        PAGES * PAGE
    );
    Ok(())
}

/// The post to go on before. The server gives what is strictly older than that post, in milliseconds, so that posts of
/// the same millisecond on both sides of a page's edge would be passed over. Go on before the oldest post that is newer
/// than the last, and see the last ones twice.
fn cursor(page: &PostList) -> Option<Id> {
    let last = page.order.last()?;
    let oldest = page.created(last)?;
    let newer = page.order.iter().rev().find(|id| page.created(id).is_some_and(|created| created > oldest));
    // Of a whole page of one millisecond the last is as good as any.
    Some(newer.unwrap_or(last).clone())
}

/// Whether a post of ours is about `request`: it carries the marker, or nobody has marked it and it names the request
/// as the Go plugin's posts do, or as the title of ours does.
pub(crate) fn is_about(post: &Post, request: &RequestId, marker: &Marker) -> bool {
    match post.mark() {
        Some(mark) => mark.is_of(request, marker),
        None if post.is_marked() => false,
        None => go_plugin_names(&post.message, request) || post.titles().contains(&title_of(request)),
    }
}

/// Whether a post of the Go plugin names the request. Its label decides if it is there: further down stands the reason,
/// in which the requester can name any other request.
fn go_plugin_names(message: &str, request: &RequestId) -> bool {
    let request = request.as_str();
    match message.lines().find_map(|line| line.trim_start().strip_prefix(GO_LABEL)) {
        Some(id) => id.trim() == request,
        None => has_word(message, request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO_POST: &str = "*You have new pending request to review!*\n**User**: bob\n**Roles**: dbadmin\n\
        **Request ID**: f7a02cf7-2c95-4bb1-be9c-2e3183218a87\n\
        **Reason**: like\n**Request ID**: 462f56aa-e8a7-48ae-b76f-4fba01faa045\n**Status**: ⏳ PENDING";

    #[test]
    fn a_post_of_the_go_plugin_is_about_the_request_that_its_label_names() {
        for (message, request, about) in [
            (GO_POST, "f7a02cf7-2c95-4bb1-be9c-2e3183218a87", true),
            (GO_POST, "462f56aa-e8a7-48ae-b76f-4fba01faa045", false),
            (GO_POST, "f7a02cf7-2c95-4bb1-be9c-2e3183218a8", false),
            ("see f7a02cf7.", "f7a02cf7", true),
            ("see xf7a02cf7", "f7a02cf7", false),
            ("see f7a02cf7-2c95", "f7a02cf7", false),
            ("f7a02cf7-2c95 f7a02cf7", "f7a02cf7", true),
            ("", "f7a02cf7", false),
            ("anything", "", false),
        ] {
            assert_eq!(go_plugin_names(message, &RequestId::new(request)), about, "{request} in {message}");
        }
    }

    #[test]
    fn pages_overlap_by_the_posts_of_one_millisecond() {
        let page = |created: &[i64]| -> PostList {
            let id = |n: usize| format!("{n:026}");
            let order: Vec<String> = (0..created.len()).map(id).collect();
            let posts: Vec<String> =
                created.iter().enumerate().map(|(n, at)| format!(r#""{}":{{"create_at":{at}}}"#, id(n))).collect();
            serde_json::from_str(&format!(r#"{{"order":{order:?},"posts":{{{}}}}}"#, posts.join(","))).unwrap()
        };
        let at = |created: &[i64]| cursor(&page(created)).map(|id| id.as_str().trim_start_matches('0').to_owned());
        assert_eq!(at(&[]), None);
        assert_eq!(at(&[9, 8, 7, 6]), Some("2".to_owned()));
        assert_eq!(at(&[9, 8, 6, 6]), Some("1".to_owned()));
        assert_eq!(at(&[6, 6, 6, 6]), Some("3".to_owned()));
        assert_eq!(at(&[9, 6, 6, 6]), Some(String::new()));
    }
}
