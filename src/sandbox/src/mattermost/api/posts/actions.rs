//! Pressing the buttons of posts.

use std::sync::Arc;

use axum::extract::{Path, State};
use bytes::Bytes;
use http::Uri;
use serde_json::{Value, json};

use super::super::super::button;
use super::super::super::error::{ApiError, ApiResult};
use super::super::super::server::Shared;
use super::super::session::Session;
use super::super::{id_param, ok};

/// Waits for the integration, as the client does.
pub(in super::super) async fn press(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((post_id, action_id)): Path<(String, String)>,
    uri: Uri,
    body: Bytes,
) -> ApiResult {
    let post_id = id_param(&post_id, "post_id", &uri)?;
    if !action_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ApiError::no_route(uri.path()));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let selected = body["selected_option"].as_str().unwrap_or_default();
    let trigger = button::press(&shared, &session.user_id, post_id, &action_id, selected).await?;
    Ok(ok(&json!({"status": "OK", "trigger_id": trigger})))
}
