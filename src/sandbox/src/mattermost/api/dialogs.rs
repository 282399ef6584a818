//! `/actions/dialogs`

use std::sync::Arc;

use axum::extract::State;
use bytes::Bytes;
use serde_json::json;

use super::super::dialog;
use super::super::error::ApiResult;
use super::super::server::Shared;
use super::ok;
use super::session::Session;

/// Needs no session: the trigger id is what counts.
pub(super) async fn open(State(shared): State<Arc<Shared>>, body: Bytes) -> ApiResult {
    dialog::open(&shared, &body)?;
    Ok(ok(&json!({"status": "OK"})))
}

/// Waits for the integration, as the client does.
pub(super) async fn submit(State(shared): State<Arc<Shared>>, session: Session, body: Bytes) -> ApiResult {
    Ok(ok(&dialog::submit(&shared, &session.user_id, &body).await?))
}
