//! Reactions to posts.

use std::sync::Arc;

use axum::extract::{Path, State};
use bytes::Bytes;
use http::Uri;
use serde_json::{Value, json};

use super::super::super::error::{ApiError, ApiResult};
use super::super::super::model::Model;
use super::super::super::server::Shared;
use super::super::session::Session;
use super::super::{id_param, ok};
use crate::common::ids::is_mattermost_id;
use crate::common::lock::lock;

/// A post, also a deleted one, is for the members of its channel.
fn check_member(model: &Model, user_id: &str, post_id: &str) -> ApiResult<()> {
    let post = model.posts.get(post_id).ok_or_else(ApiError::permissions)?;
    let channel = model.channels.get(&post.channel_id).ok_or_else(ApiError::permissions)?;
    if model.is_member(user_id, channel) { Ok(()) } else { Err(ApiError::permissions()) }
}

/// What changes must stand, in a channel that is not archived.
fn check_open(model: &Model, user_id: &str, post_id: &str) -> ApiResult<()> {
    let post = model.visible_post(user_id, post_id)?;
    if model.channels.get(&post.channel_id).is_some_and(|channel| channel.delete_at != 0) {
        let id = "api.reaction.save.archived_channel.app_error";
        return Err(ApiError::forbidden(id, "You cannot react in an archived channel."));
    }
    Ok(())
}

/// A reaction of one's own.
pub(in super::super) async fn add(State(shared): State<Arc<Shared>>, session: Session, body: Bytes) -> ApiResult {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !body.is_object() {
        return Err(ApiError::body_param("reaction"));
    }
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let (user_id, post_id, emoji) = (text("user_id"), text("post_id"), text("emoji_name"));
    if !is_mattermost_id(user_id) || !is_mattermost_id(post_id) || emoji.is_empty() || emoji.len() > 64 {
        return Err(ApiError::bad_request("api.reaction.save_reaction.invalid.app_error", "Reaction is not valid."));
    }
    if user_id != session.user_id {
        let id = "api.reaction.save_reaction.user_id.app_error";
        return Err(ApiError::forbidden(id, "You cannot save reaction for the other user."));
    }
    shared.change(|model| {
        check_member(model, user_id, post_id)?;
        check_open(model, user_id, post_id)?;
        Ok(ok(&model.react(user_id, post_id, emoji)?))
    })
}

/// Other people's reactions are for admins. One that is not there is removed as well.
pub(in super::super) async fn remove(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((user_id, post_id, emoji)): Path<(String, String, String)>,
    uri: Uri,
) -> ApiResult {
    let user_id = id_param(session.resolve(&user_id), "user_id", &uri)?;
    let post_id = id_param(&post_id, "post_id", &uri)?;
    if !emoji.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'_')) {
        return Err(ApiError::no_route(uri.path()));
    }
    shared.change(|model| {
        check_member(model, &session.user_id, post_id)?;
        if user_id != session.user_id && !model.is_admin(&session.user_id) {
            return Err(ApiError::permissions());
        }
        check_open(model, &session.user_id, post_id)?;
        model.unreact(user_id, post_id, &emoji);
        Ok(ok(&json!({"status": "OK"})))
    })
}

/// All reactions to a post, oldest first.
pub(in super::super) async fn list(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(post_id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let post_id = id_param(&post_id, "post_id", &uri)?;
    let model = lock(&shared.model);
    check_member(&model, &session.user_id, post_id)?;
    let post = model.posts.get(post_id).ok_or_else(ApiError::permissions)?;
    Ok(ok(&post.reactions_json()))
}
