//! `/websocket`

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::json;

use super::super::server::{Shared, bearer};
use super::super::socket;
use crate::common::ids::mattermost_id;
use crate::common::listener::Life;
use crate::common::websocket;

/// Makes a websocket of the connection. The token need not be right yet, nor be there.
pub(super) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Extension(life): Extension<Life>,
    mut request: Request<Body>,
) -> Response {
    let headers = request.headers();
    let Some(accept) = websocket::accept_key(headers) else { return refused(StatusCode::BAD_REQUEST) };
    if !same_origin(headers) {
        return refused(StatusCode::FORBIDDEN);
    }
    let token = bearer(headers).map(str::to_owned);
    websocket::upgrade(&mut request, accept, &life, move |stream| socket::serve(shared, stream, token))
}

/// A page of another site may not. Programs send no origin.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, site)| site == host)
}

/// Two answers in one, as the server gives them: a line of text, then the error, which tells another status.
fn refused(status: StatusCode) -> Response {
    let error = json!({
        "id": "api.web_socket.connect.upgrade.app_error",
        "message": "Failed to upgrade websocket connection.",
        "detailed_error": "",
        "request_id": mattermost_id(),
        "status_code": 500,
    });
    let reason = status.canonical_reason().unwrap_or_default();
    (status, format!("{reason}\n{error}")).into_response()
}
