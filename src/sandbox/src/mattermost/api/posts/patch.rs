//! Changing posts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde_json::Value;

use super::super::super::attachment::Props;
use super::super::super::edit::Change;
use super::super::super::error::{ApiError, ApiResult};
use super::super::super::model::Model;
use super::super::super::server::{Panicked, Shared};
use super::super::session::Session;
use super::super::{id_param, ok};

/// Props replace all props when they are given, and stay when they are not.
pub(in super::super) async fn patch(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
    body: Bytes,
) -> ApiResult {
    let id = id_param(&id, "post_id", &uri)?;
    let patch = Patch::parse(&body)?;
    shared.change(|model| apply(model, &session, id, &patch))
}

/// Replaces message and props by what is given, or by nothing: the trap that patching avoids.
pub(in super::super) async fn update(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
    body: Bytes,
) -> ApiResult {
    let id = id_param(&id, "post_id", &uri)?;
    let post: Value = serde_json::from_slice(&body).map_err(|_| ApiError::body_param("post"))?;
    if post.get("id").and_then(Value::as_str) != Some(id) {
        return Err(ApiError::body_param("id"));
    }
    let patch = Patch {
        message: Some(post.get("message").and_then(Value::as_str).unwrap_or_default().to_owned()),
        props: Some(post.get("props").and_then(Value::as_object).cloned().unwrap_or_default()),
    };
    shared.change(|model| apply(model, &session, id, &patch))
}

/// What a client wants to change. Unlike a new post it must be of the right types.
struct Patch {
    message: Option<String>,
    props: Option<Props>,
}

impl Patch {
    fn parse(body: &[u8]) -> ApiResult<Self> {
        let wrong = || ApiError::body_param("post");
        let body: Value = serde_json::from_slice(body).map_err(|_| wrong())?;
        let body = body.as_object().ok_or_else(wrong)?;
        let message = match body.get("message") {
            None | Some(Value::Null) => None,
            Some(message) => Some(message.as_str().ok_or_else(wrong)?.to_owned()),
        };
        let props = match body.get("props") {
            None | Some(Value::Null) => None,
            Some(props) => Some(props.as_object().ok_or_else(wrong)?.clone()),
        };
        Ok(Self { message, props })
    }
}

fn apply(model: &mut Model, session: &Session, id: &str, patch: &Patch) -> ApiResult {
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
    let message = patch.message.clone().unwrap_or_else(|| post.message.clone());
    let props = patch.props.clone().unwrap_or_else(|| post.props.clone());
    match model.change_post(id, message, props)? {
        Change::Made(post) => Ok(ok(&post)),
        Change::Panicked => Ok(panicked()),
    }
}

/// No answer at all: the server cuts the connection, and nothing changes.
fn panicked() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}
