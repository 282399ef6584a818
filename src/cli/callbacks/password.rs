//! The user name and password that the operator wants callers to show (HTTP Basic, RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use ring::hmac;

use accessbot_core::backend::callback::{CallbackResponse, empty};

use crate::cli::config::Credentials;

/// What callers must show.
pub(super) struct Password {
    /// Of this process alone: to compare in a time that tells nothing.
    key: hmac::Key,
    expected: hmac::Tag,
}

impl Password {
    /// These credentials.
    pub(super) fn new(credentials: &Credentials) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.password.expose().as_bytes());
        let pair = STANDARD.encode(format!("{}:{}", credentials.user, credentials.password.expose()));
        Self { expected: hmac::sign(&key, pair.as_bytes()), key }
    }

    /// Whether the caller shows them.
    pub(super) fn is_shown(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, pair)) = shown.and_then(|value| value.split_once(' ')) else { return false };
        scheme.eq_ignore_ascii_case("basic")
            && hmac::verify(&self.key, pair.trim().as_bytes(), self.expected.as_ref()).is_ok()
    }
}

/// The answer to whoever shows nothing, or something else.
pub(super) fn refusal() -> CallbackResponse {
    let mut response = empty(StatusCode::UNAUTHORIZED);
    let challenge = HeaderValue::from_static("Basic realm=\"accessbot\"");
    response.headers_mut().insert(http::header::WWW_AUTHENTICATE, challenge);
    response
}
