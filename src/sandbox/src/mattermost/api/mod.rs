//! The REST API below `/api/v4`.

mod channels;
mod config;
mod dialogs;
mod posts;
mod session;
mod teams;
mod users;
mod websocket;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use http::{HeaderValue, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::server::Shared;
use crate::common::ids::is_mattermost_id;

const BASE: &str = "/api/v4";

/// The path of a call, as faults and the log name it.
pub(super) fn path(path: &str) -> &str {
    path.strip_prefix(BASE).unwrap_or(path)
}

/// All routes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let at = |path: &str| format!("{BASE}{path}");
    Router::new()
        .route(&at("/system/ping"), get(ping))
        .route(&at("/config/client"), get(config::client))
        .route(&at("/users/{user_id}"), get(users::get))
        .route(&at("/users/email/{email}"), get(users::by_email))
        .route(&at("/users/username/{username}"), get(users::by_username))
        .route(&at("/users/{user_id}/teams"), get(teams::of_user))
        .route(&at("/users/{user_id}/teams/{team_id}/channels"), get(channels::of_user))
        .route(&at("/teams/name/{team_name}"), get(teams::by_name))
        .route(&at("/teams/name/{team_name}/channels/name/{channel_name}"), get(channels::by_names))
        .route(&at("/teams/{team_id}/channels"), get(channels::public))
        .route(&at("/teams/{team_id}/channels/name/{channel_name}"), get(channels::by_name))
        .route(&at("/channels/direct"), post(channels::direct))
        .route(&at("/channels/{channel_id}"), get(channels::get))
        .route(&at("/channels/{channel_id}/stats"), get(channels::stats))
        .route(&at("/channels/{channel_id}/members"), post(channels::join))
        .route(&at("/channels/{channel_id}/members/{user_id}"), get(channels::member))
        .route(&at("/channels/{channel_id}/posts"), get(posts::list::of_channel))
        .route(&at("/posts"), post(posts::create::create))
        .route(&at("/posts/{post_id}"), get(posts::get).put(posts::patch::update).delete(posts::delete))
        .route(&at("/posts/{post_id}/patch"), put(posts::patch::patch))
        .route(&at("/posts/{post_id}/thread"), get(posts::list::thread))
        .route(&at("/posts/{post_id}/actions/{action_id}"), post(posts::actions::press))
        .route(&at("/posts/{post_id}/reactions"), get(posts::reactions::list))
        .route(&at("/posts/ephemeral"), post(posts::ephemeral::create))
        .route(&at("/reactions"), post(posts::reactions::add))
        .route(&at("/users/{user_id}/posts/{post_id}/reactions/{emoji}"), delete(posts::reactions::remove))
        .route(&at("/actions/dialogs/open"), post(dialogs::open))
        .route(&at("/actions/dialogs/submit"), post(dialogs::submit))
        .route(&at("/websocket"), get(websocket::upgrade))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .with_state(shared)
}

async fn no_route(uri: Uri) -> ApiError {
    ApiError::no_route(uri.path())
}

/// Needs no session.
async fn ping() -> Response {
    let names = ["Android", "Desktop", "Ios"];
    let mut answer = json!({"status": "OK"});
    for name in names {
        answer[format!("{name}LatestVersion")] = json!("");
        answer[format!("{name}MinVersion")] = json!("");
    }
    ok(&answer)
}

fn ok(body: &Value) -> Response {
    with_status(StatusCode::OK, body)
}

fn created(body: &Value) -> Response {
    with_status(StatusCode::CREATED, body)
}

fn with_status(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A part of the path that must be an id. What could not even stand in the real server's route is no route.
fn id_param<'a>(id: &'a str, name: &str, uri: &Uri) -> ApiResult<&'a str> {
    if !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ApiError::no_route(uri.path()));
    }
    if is_mattermost_id(id) { Ok(id) } else { Err(ApiError::url_param(name)) }
}

/// A part of the path that must be a name.
fn name_param(name: &str, uri: &Uri) -> ApiResult<String> {
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        Ok(name.to_lowercase())
    } else {
        Err(ApiError::no_route(uri.path()))
    }
}
