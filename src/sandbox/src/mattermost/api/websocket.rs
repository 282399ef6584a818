//! `/websocket`

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use ring::digest;
use serde_json::json;

use super::super::server::{Shared, bearer};
use super::super::socket;
use crate::common::ids::mattermost_id;
use crate::common::listener::Life;

/// What RFC 6455 adds to a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Makes a websocket of the connection. The token need not be right yet, nor be there.
pub(super) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Extension(life): Extension<Life>,
    mut request: Request<Body>,
) -> Response {
    let headers = request.headers();
    let Some(accept) = accept_key(headers) else { return refused(StatusCode::BAD_REQUEST) };
    if !same_origin(headers) {
        return refused(StatusCode::FORBIDDEN);
    }
    let token = bearer(headers).map(str::to_owned);
    let upgraded = hyper::upgrade::on(&mut request);
    life.spawn(async move {
        if let Ok(stream) = upgraded.await {
            socket::serve(shared, stream, token).await;
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// The answer to the client's key, if it asks for a websocket at all.
fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has = |name, word: &str| text(name).split(',').any(|part| part.trim().eq_ignore_ascii_case(word));
    let key = text(header::SEC_WEBSOCKET_KEY);
    let asked = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && text(header::SEC_WEBSOCKET_VERSION) == "13"
        && !key.is_empty();
    if !asked {
        return None;
    }
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    HeaderValue::try_from(BASE64_STANDARD.encode(digest)).ok()
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
