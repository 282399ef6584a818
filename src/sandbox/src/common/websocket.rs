//! How a request over HTTP becomes a websocket (RFC 6455, section 4).

use std::future::Future;

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use hyper::upgrade::Upgraded;
use ring::digest;

use super::listener::Life;

/// What RFC 6455 adds to a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The answer to the client's key, if it asks for a websocket at all.
pub(crate) fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
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

/// Agrees with `accept`, the answer to the client's key. Once the client has that, `serve` gets the connection, and
/// `life` carries it.
pub(crate) fn upgrade<B, F: Future<Output = ()> + Send>(
    request: &mut Request<B>,
    accept: HeaderValue,
    life: &Life,
    serve: impl FnOnce(Upgraded) -> F + Send + 'static,
) -> Response {
    let upgraded = hyper::upgrade::on(request);
    life.spawn(async move {
        if let Ok(stream) = upgraded.await {
            serve(stream).await;
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}
