//! `/config`

use std::sync::Arc;

use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::json;

use super::super::error::{ApiError, ApiResult};
use super::super::server::Shared;
use super::ok;
use crate::common::lock::lock;

#[derive(Deserialize)]
pub(super) struct ClientQuery {
    #[serde(default)]
    format: String,
}

/// What clients must know of the server's settings. Needs no session. Of its hundred keys only those that are known here.
pub(super) async fn client(State(shared): State<Arc<Shared>>, Query(query): Query<ClientQuery>) -> ApiResult {
    match query.format.as_str() {
        "old" => {}
        "" => return Err(ApiError::new_format()),
        _ => return Err(ApiError::body_param("format")),
    }
    let mut config = json!({"Version": shared.options.version, "BuildEnterpriseReady": "false"});
    if let Some(key) = lock(&shared.triggers).public_key() {
        config["AsymmetricSigningPublicKey"] = json!(key);
    }
    Ok(ok(&config))
}
