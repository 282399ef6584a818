//! What comes in where Mattermost calls us, and what goes back.
//!
//! The calls bear no signature. That a button or a form is ours, its proof or state shows; that Mattermost tells of a press,
//! and not somebody who learnt a proof, its trigger id does. With a form comes nothing of the kind: its state was shown to
//! the one person whom it was opened for.

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse, empty};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Decisions;

/// Where presses and forms come in.
pub(crate) const PATHS: [&str; 2] = ["/action", "/dialog"];

/// The largest body that is taken, in bytes: names of people, teams and channels, our context, a reason.
const LARGEST: usize = 64 * 1024;

impl Decisions {
    /// Answers a call.
    pub(crate) async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        let (head, body) = request.into_parts();
        let Some(callbacks) = &self.inputs.buttons else { return empty(StatusCode::NOT_FOUND) };
        if head.method != Method::POST {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        if !is_json(&head.headers) {
            return empty(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        if body.len() > LARGEST {
            return empty(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let [action, dialog] = PATHS;
        match head.uri.path() {
            path if path == action => match parse(&body) {
                Some(click) => answered(&self.clicked(click, callbacks).await),
                None => empty(StatusCode::BAD_REQUEST),
            },
            path if path == dialog => match parse(&body) {
                Some(submission) => match self.submitted(submission).await {
                    Some(reply) => answered(&reply),
                    None => empty(StatusCode::BAD_REQUEST),
                },
                None => empty(StatusCode::BAD_REQUEST),
            },
            _ => empty(StatusCode::NOT_FOUND),
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let parsed = serde_json::from_slice(body);
    if let Err(error) = &parsed {
        // Where the mistake is, not what stands there.
        tracing::debug!(problem = ?error.classify(), at = error.column(), "a callback is not what Mattermost sends");
    }
    parsed.ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Only 200 counts as an answer, and old servers want a body.
fn answered(reply: &impl Serialize) -> CallbackResponse {
    let Ok(json) = serde_json::to_vec(reply) else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = CallbackResponse::new(Bytes::from(json));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
