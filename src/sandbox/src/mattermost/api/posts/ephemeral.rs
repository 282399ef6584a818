//! Posts for one user's eyes.

use std::sync::Arc;

use axum::extract::State;
use bytes::Bytes;
use serde_json::Value;

use super::super::super::error::{ApiError, ApiResult};
use super::super::super::server::Shared;
use super::super::created;
use super::super::session::Session;

/// Ordinary bots may not; admins may.
pub(in super::super) async fn create(State(shared): State<Arc<Shared>>, session: Session, body: Bytes) -> ApiResult {
    let body: Value = serde_json::from_slice(&body).map_err(|_| ApiError::body_param("body"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (user_id, channel_id) = (text(&body["user_id"]), text(&body["post"]["channel_id"]));
    shared.change(|model| {
        if !model.is_admin(&session.user_id) || !model.channels.contains_key(&channel_id) {
            return Err(ApiError::permissions());
        }
        let post = model.show_ephemeral(&user_id, &session.user_id, &channel_id, |post| {
            post.message = text(&body["post"]["message"]);
            post.props = body["post"]["props"].as_object().cloned().unwrap_or_default();
        });
        Ok(created(&post))
    })
}
