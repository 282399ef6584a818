//! Answers that a test wants instead of the server's.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

/// An HTTP answer, made to measure: an error of a proxy, a rate limit, garbage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers by name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer in the API's own error shape.
    pub fn error(status: u16, id: &str, message: &str) -> Self {
        let body = serde_json::json!({
            "id": id,
            "message": message,
            "detailed_error": "",
            "request_id": crate::common::ids::mattermost_id(),
            "status_code": status,
        });
        Self::new(status, "application/json", body.to_string())
    }

    /// 500, as the server answers when its database is away.
    pub fn internal_error() -> Self {
        Self::error(500, "app.post.save.app_error", "Unable to save the Post.")
    }

    /// The page that a reverse proxy shows while the server is away.
    pub fn bad_gateway() -> Self {
        Self::new(502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>")
    }

    /// The server's rate limit: plain text, not JSON.
    pub fn rate_limited(retry_after_seconds: u32) -> Self {
        let mut answer = Self::new(429, "text/plain; charset=utf-8", "limit exceeded\n");
        answer.headers.push(("Retry-After".to_owned(), retry_after_seconds.to_string()));
        answer
    }

    /// An answer with this body.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
