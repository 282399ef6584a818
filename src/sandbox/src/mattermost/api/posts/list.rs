//! Reading many posts.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::Uri;
use serde_json::{Map, Value, json};

use super::super::super::channel::Channel;
use super::super::super::error::{ApiError, ApiResult};
use super::super::super::model::Model;
use super::super::super::post::Post;
use super::super::super::server::Shared;
use super::super::channels::{Params, number, param};
use super::super::session::Session;
use super::super::{id_param, ok};
use crate::common::ids::is_mattermost_id;
use crate::common::lock::lock;

/// So many posts at most come by `since`.
const SINCE_LIMIT: usize = 1000;

/// Posts in the order of the answer, newest first, and where to read on.
#[derive(Default)]
struct Page<'a> {
    posts: Vec<&'a Post>,
    /// The next newer post.
    next: String,
    /// The next older post.
    prev: String,
}

/// What else comes with the posts of a list, and whether replies are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    /// The whole thread of each post; nothing is counted.
    Threads,
    /// The root of each reply; replies are counted.
    Roots,
}

impl<'a> Page<'a> {
    fn json(&self, model: &'a Model, extra: Extra) -> Value {
        let mut posts = Map::new();
        let mut show = |post: &Post| {
            let replies = if extra == Extra::Roots { model.reply_count(post) } else { 0 };
            posts.entry(post.id.clone()).or_insert_with(|| post.json(replies));
        };
        for post in &self.posts {
            show(post);
            let Some(root) = model.posts.get(&post.root_id).filter(|root| root.delete_at == 0) else { continue };
            show(root);
            if extra == Extra::Threads {
                standing(model, root.replies.iter()).for_each(&mut show);
            }
        }
        let order: Vec<&str> = self.posts.iter().map(|post| post.id.as_str()).collect();
        json!({"order": order, "posts": posts, "next_post_id": self.next, "prev_post_id": self.prev})
    }
}

/// The posts with these ids that were not deleted.
fn standing<'a>(model: &'a Model, ids: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a Post> {
    ids.filter_map(|id| model.posts.get(id)).filter(|post| post.delete_at == 0)
}

pub(in super::super) async fn of_channel(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    params: Params,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let id = id_param(&id, "channel_id", &uri)?;
    let cursor = |name: &str| match param(&params, name) {
        None | Some("") => Ok(None),
        Some(id) if is_mattermost_id(id) => Ok(Some(id)),
        Some(_) => Err(ApiError::body_param(name)),
    };
    let (after, before) = (cursor("after")?, cursor("before")?);
    let since = match param(&params, "since").filter(|text| !text.is_empty()) {
        Some(text) => Some(text.parse::<i64>().map_err(|_| ApiError::body_param("since"))?).filter(|since| *since > 0),
        None => None,
    };
    let channel = model.channels.get(id).filter(|channel| model.is_member(&session.user_id, channel));
    let channel = channel.ok_or_else(ApiError::permissions)?;
    let per_page = number(&params, "per_page", 60, 200);
    let skip = number(&params, "page", 0, usize::MAX).saturating_mul(per_page);
    let page = match (since, after, before) {
        (Some(since), ..) => changed_since(&model, channel, since),
        (_, Some(after), _) => newer(&model, channel, after, skip, per_page),
        (.., before) => older(&model, channel, before, skip, per_page),
    };
    let extra = match param(&params, "skipFetchThreads") {
        Some("true") => Extra::Roots,
        _ => Extra::Threads,
    };
    Ok(ok(&page.json(&model, extra)))
}

/// Posts that stand, newest first, from `end` downwards.
fn downwards<'a>(model: &'a Model, channel: &'a Channel, end: usize) -> impl Iterator<Item = &'a Post> {
    standing(model, channel.posts.get(..end).unwrap_or_default().iter().rev())
}

/// Posts that stand, oldest first, after place `from`.
fn upwards<'a>(model: &'a Model, channel: &'a Channel, from: usize) -> impl Iterator<Item = &'a Post> {
    standing(model, channel.posts.get(from + 1..).unwrap_or_default().iter())
}

fn id_of(post: Option<&Post>) -> String {
    post.map(|post| post.id.clone()).unwrap_or_default()
}

/// The last posts, or those before a post, which may be deleted. An unknown post has nothing before it.
fn older<'a>(model: &'a Model, channel: &'a Channel, before: Option<&str>, skip: usize, n: usize) -> Page<'a> {
    let end = match before {
        None => channel.posts.len(),
        Some(id) => model.posts.get(id).filter(|p| p.channel_id == channel.id).map_or(0, |p| p.place),
    };
    let mut below = downwards(model, channel, end).skip(skip);
    let posts: Vec<&Post> = below.by_ref().take(n).collect();
    let (Some(first), Some(_)) = (posts.first(), posts.last()) else {
        return Page { next: before.unwrap_or_default().to_owned(), ..Page::default() };
    };
    let next = match before {
        Some(before) if skip == 0 => before.to_owned(),
        _ => id_of(upwards(model, channel, first.place).next()),
    };
    Page { next, prev: id_of(below.next()), posts }
}

/// The posts right after a post, which may be deleted. An unknown post has nothing after it.
fn newer<'a>(model: &'a Model, channel: &'a Channel, after: &str, skip: usize, n: usize) -> Page<'a> {
    let from = model.posts.get(after).filter(|p| p.channel_id == channel.id);
    let from = from.map_or(channel.posts.len(), |post| post.place);
    let mut above = upwards(model, channel, from).skip(skip);
    let mut posts: Vec<&Post> = above.by_ref().take(n).collect();
    let next = id_of(above.next());
    posts.reverse();
    let prev = match posts.last() {
        Some(oldest) if skip > 0 => id_of(downwards(model, channel, oldest.place).next()),
        _ => after.to_owned(),
    };
    Page { posts, next, prev }
}

/// Everything that changed later: new, edited and deleted posts, roots with new replies, and the copies that the server
/// keeps of old versions. Without pages, and cut off.
fn changed_since<'a>(model: &'a Model, channel: &'a Channel, since: i64) -> Page<'a> {
    let posts = channel.posts.iter().filter_map(|id| model.posts.get(id));
    let mut posts: Vec<&Post> = posts
        .flat_map(|post| std::iter::once(post).chain(&post.copies))
        .filter(|post| post.update_at > since)
        .take(SINCE_LIMIT)
        .collect();
    posts.sort_by_key(|post| std::cmp::Reverse(post.create_at));
    Page { posts, ..Page::default() }
}

/// A thread, from any of its posts. As on 5.36 the post that was asked for comes first, and once more in its
/// place.
pub(in super::super) async fn thread(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let post = model.visible_post(&session.user_id, id_param(&id, "post_id", &uri)?)?;
    let root = model.posts.get(&post.root_id).unwrap_or(post);
    let posts = std::iter::once(post).chain(standing(&model, root.replies.iter())).chain([root]).collect();
    Ok(ok(&Page { posts, ..Page::default() }.json(&model, Extra::Roots)))
}
