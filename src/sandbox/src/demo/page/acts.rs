//! What people do on the page: ask, decide, make trouble.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::request::RequestState;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::Shared;
use crate::common::error::SandboxError;
use crate::demo::trouble::Mischief;
use crate::demo::world::{REVIEWERS, bob_asks};

/// So long a request of the demo may wait.
const TTL: std::ops::RangeInclusive<u64> = 1..=24 * 60 * 60;

/// Bob's form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filing {
    role: String,
    reason: String,
    reviewers: Vec<String>,
    ttl_seconds: u64,
}

/// Bob asks for a role.
pub(super) async fn file(State(shared): State<Arc<Shared>>, Json(filing): Json<Filing>) -> Response {
    if !TTL.contains(&filing.ttl_seconds) {
        return refused("A request waits for a second at least and for a day at most.");
    }
    let reviewers: Vec<&str> = filing.reviewers.iter().map(|name| name.trim()).filter(|n| !n.is_empty()).collect();
    let new = bob_asks(&filing.role, &filing.reason).reviewers(&reviewers).ttl(Duration::from_secs(filing.ttl_seconds));
    answer(shared.world.teleport.create_request(new).map(|id| json!({ "id": id })))
}

/// What a reviewer thinks.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Deny,
}

/// A review.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reviewing {
    request: String,
    reviewer: String,
    decision: Decision,
    reason: String,
}

/// Alice or Ivan reviews a request.
pub(super) async fn review(State(shared): State<Arc<Shared>>, Json(review): Json<Reviewing>) -> Response {
    if !REVIEWERS.contains(&review.reviewer.as_str()) {
        return refused("Only alice and ivan review here.");
    }
    let state = match review.decision {
        Decision::Approve => RequestState::Approved,
        Decision::Deny => RequestState::Denied,
    };
    let done = shared.world.teleport.review(&review.request, &review.reviewer, state, &review.reason);
    answer(done.map(|()| json!({})))
}

/// Something goes wrong, or right again.
pub(super) async fn trouble(State(shared): State<Arc<Shared>>, Json(what): Json<Mischief>) -> Response {
    if what == Mischief::TeleportRestart {
        // It takes its while. The page sees when it is over.
        tokio::spawn(async move { shared.world.mischief(what).await });
        return answer(Ok(json!({})));
    }
    answer(shared.world.mischief(what).await.map(|()| json!({})))
}

pub(super) fn answer(done: Result<serde_json::Value, SandboxError>) -> Response {
    match done {
        Ok(body) => Json(body).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

pub(super) fn refused(why: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": why }))).into_response()
}
