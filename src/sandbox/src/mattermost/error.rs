//! The server's answers to what it refuses.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::common::ids::mattermost_id;

/// An error of the API: clients branch on `id`, people read `message`.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    id: &'static str,
    message: String,
    /// Given for unknown routes only, which is also the one error without a request id.
    detail: Option<String>,
}

/// What a handler returns.
pub(crate) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, id: &'static str, message: impl Into<String>) -> Self {
        Self { status, id, message: message.into(), detail: None }
    }

    /// What the server did not like in a request that it understood.
    pub(crate) fn bad_request(id: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, id, message)
    }

    /// There is no such thing, or not for this caller.
    pub(crate) fn not_found(id: &'static str, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, id, message)
    }

    /// What the caller may not, for a reason of its own.
    pub(crate) fn forbidden(id: &'static str, message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, id, message)
    }

    /// The server's own fault.
    pub(crate) fn internal(id: &'static str, message: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, id, message)
    }

    /// No session, or none any more.
    pub(crate) fn session_expired() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "api.context.session_expired.app_error",
            "Invalid or expired session, please login again.",
        )
    }

    /// The caller may not.
    pub(crate) fn permissions() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "api.context.permissions.app_error",
            "You do not have the appropriate permissions.",
        )
    }

    /// The caller may not look people up by e-mail.
    pub(crate) fn email_hidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "api.user.get_user_by_email.permissions.app_error",
            "Unable to get user by email.",
        )
    }

    /// A part of the path is malformed.
    pub(crate) fn url_param(name: &str) -> Self {
        let message = format!("Invalid or missing {name} parameter in request URL.");
        Self::new(StatusCode::BAD_REQUEST, "api.context.invalid_url_param.app_error", message)
    }

    /// A part of the body, or of the query, is malformed.
    pub(crate) fn body_param(name: &str) -> Self {
        let message = format!("Invalid or missing {name} in request body.");
        Self::new(StatusCode::BAD_REQUEST, "api.context.invalid_body_param.app_error", message)
    }

    /// The configuration for clients is asked for in a form that was never made.
    pub(crate) fn new_format() -> Self {
        let message = "New format for the client configuration is not supported yet. Please specify format=old in the query string.";
        Self::new(StatusCode::NOT_IMPLEMENTED, "api.config.client.old_format.app_error", message)
    }

    /// There is no such route.
    pub(crate) fn no_route(path: &str) -> Self {
        let path = percent_decode(path);
        Self {
            status: StatusCode::NOT_FOUND,
            id: "api.context.404.app_error",
            message: "Sorry, we could not find the page.".to_owned(),
            detail: Some(format!(
                "There doesn't appear to be an api call for the url='{path}'.  Typo? are you missing a team_id or \
                 user_id as part of the url?"
            )),
        }
    }
}

/// The text that a path encodes; what does not decode stays as it is.
fn percent_decode(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        if let Some(byte) = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "id": self.id,
            "message": self.message,
            "detailed_error": self.detail.as_deref().unwrap_or_default(),
            "status_code": self.status.as_u16(),
        });
        let request_id = mattermost_id();
        if self.detail.is_none() {
            body["request_id"] = json!(request_id);
        }
        let mut response = (self.status, body.to_string()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("X-Request-Id", value);
        }
        response
    }
}
