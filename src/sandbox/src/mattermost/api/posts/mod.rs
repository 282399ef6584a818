//! `/posts`

pub(super) mod actions;
pub(super) mod create;
pub(super) mod ephemeral;
pub(super) mod list;
pub(super) mod patch;
pub(super) mod reactions;

use std::sync::Arc;

use axum::extract::{Path, State};
use http::Uri;
use serde_json::json;

use super::super::error::{ApiError, ApiResult};
use super::super::server::Shared;
use super::session::Session;
use super::{created, id_param, ok};
use crate::common::lock::lock;

/// The server does not count the replies when one post is read.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    Ok(ok(&model.visible_post(&session.user_id, id_param(&id, "post_id", &uri)?)?.json(0)))
}

/// Deletes softly, with the thread. Other people's posts are for admins.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let id = id_param(&id, "post_id", &uri)?;
    shared.change(|model| {
        let post = model.posts.get(id).filter(|p| p.delete_at == 0).ok_or_else(ApiError::permissions)?;
        let channel = model.channels.get(&post.channel_id).ok_or_else(ApiError::permissions)?;
        let own = post.user_id == session.user_id || model.is_admin(&session.user_id);
        if !own || !model.is_member(&session.user_id, channel) {
            return Err(ApiError::permissions());
        }
        if channel.delete_at != 0 {
            return Err(ApiError::bad_request(
                "api.post.delete_post.can_not_delete_post_in_deleted.error",
                "Can not delete a post in a deleted channel.",
            ));
        }
        model.delete_post(id, &session.user_id);
        Ok(ok(&json!({"status": "OK"})))
    })
}
