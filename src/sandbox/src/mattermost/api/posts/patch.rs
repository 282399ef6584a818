//! Changing posts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde_json::Value;

use super::super::super::attachment::{comparing_panics, differ, name_actions};
use super::super::super::error::{ApiError, ApiResult};
use super::super::super::model::Model;
use super::super::super::server::{Panicked, Shared};
use super::super::session::Session;
use super::super::{id_param, ok};
use super::check_size;
use crate::common::ids::mattermost_id;

/// Props replace all props when they are given, and stay when they are not.
pub(in super::super) async fn patch(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
    body: Bytes,
) -> ApiResult {
    let id = id_param(&id, "post_id", &uri)?;
    let patch: Value = serde_json::from_slice(&body).map_err(|_| ApiError::body_param("post"))?;
    shared.change(|model| apply(model, &session, id, &patch))
}

fn apply(model: &mut Model, session: &Session, id: &str, patch: &Value) -> ApiResult {
    // A post that is gone cannot be told from one that is not ours.
    let post = model.posts.get(id).filter(|post| post.delete_at == 0).ok_or_else(ApiError::permissions)?;
    let channel = model.channels.get(&post.channel_id).ok_or_else(ApiError::permissions)?;
    let own = post.user_id == session.user_id || model.is_admin(&session.user_id);
    if !own || !model.is_member(&session.user_id, channel) {
        return Err(ApiError::permissions());
    }
    if channel.delete_at != 0 {
        return Err(ApiError::bad_request(
            "api.post.patch_post.can_not_update_post_in_deleted.error",
            "Can not update a post in a deleted channel.",
        ));
    }
    let message = patch.get("message").and_then(Value::as_str).unwrap_or(&post.message).to_owned();
    let mut props = patch.get("props").and_then(Value::as_object).unwrap_or(&post.props).clone();
    let new_text = message != post.message;
    if !new_text && comparing_panics(&post.props, &props) {
        return Ok(panicked());
    }
    check_size(model, &message, &props)?;
    name_actions(&mut props);
    let edited = new_text || differ(&post.props, &props);
    let replies = model.reply_count(post);
    let now = model.tick();
    let post = model.posts.get_mut(id).ok_or_else(ApiError::permissions)?;
    let mut copy = post.clone();
    copy.id = mattermost_id();
    id.clone_into(&mut copy.original_id);
    copy.delete_at = now;
    copy.update_at = now;
    copy.copies = Vec::new();
    post.copies.push(copy);
    post.message = message;
    post.props = props;
    post.update_at = now;
    post.edits += 1;
    if edited {
        post.edit_at = now;
    }
    Ok(ok(&post.json(replies)))
}

/// No answer at all: the server cuts the connection, and nothing changes.
fn panicked() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}
