//! Answers that a test wants instead of the server's, in Mattermost's words.

use crate::common::answer::Answer;

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

    /// The server's rate limit: plain text, not JSON.
    pub fn rate_limited(retry_after_seconds: u32) -> Self {
        let mut answer = Self::new(429, "text/plain; charset=utf-8", "limit exceeded\n");
        answer.headers.push(("Retry-After".to_owned(), retry_after_seconds.to_string()));
        answer
    }
}
