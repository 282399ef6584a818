//! The HTTP endpoint at which Slack tells us what people did, for apps without Socket Mode.
//!
//! Anybody can call it. Whether it is Slack is verified over the bytes as they came, before anything else is looked at.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse, empty};
use accessbot_core::clock::SharedClock;
use accessbot_core::secret::SecretSource;
use accessbot_http::Rest;
use bytes::Bytes;
use http::{Method, StatusCode, header};

use crate::interact::Interactions;
use crate::signature::{BadSignature, verify};

/// Where Slack calls, below the backend's name.
pub(crate) const PATHS: &[&str] = &["/interactive"];

/// Calls that are not Slack's are told of no more often: anybody can make them.
const QUIET: Duration = Duration::from_secs(60);

/// The endpoint.
pub(crate) struct Endpoint {
    secret: SecretSource,
    clock: SharedClock,
    interactions: Arc<Interactions>,
    /// How often the log tells of calls that are not Slack's.
    strange: Rest,
}

impl Endpoint {
    pub(crate) fn new(secret: SecretSource, clock: SharedClock, interactions: Arc<Interactions>) -> Self {
        Self { secret, clock, interactions, strange: Rest::default() }
    }

    /// Answers a call.
    pub(crate) async fn answer(&self, request: CallbackRequest) -> CallbackResponse {
        if request.method() != Method::POST {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let secret = match self.secret.current() {
            Ok(secret) => secret,
            Err(error) => {
                tracing::error!(%error, "nobody can decide in Slack");
                return empty(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let signature = match verify(&secret, request.headers(), request.body(), self.clock.now()) {
            Ok(signature) => signature,
            Err(problem) => {
                self.tell(problem);
                return empty(StatusCode::UNAUTHORIZED);
            }
        };
        match Form::read(request.body()) {
            Some(Form::Payload(payload)) => match self.interactions.take(&signature, payload.as_bytes()).await {
                Some(Some(body)) => json(&body),
                Some(None) => empty(StatusCode::OK),
                None => empty(StatusCode::SERVICE_UNAVAILABLE),
            },
            Some(Form::Check) => empty(StatusCode::OK),
            None => empty(StatusCode::BAD_REQUEST),
        }
    }

    fn tell(&self, problem: BadSignature) {
        if self.strange.is_over(QUIET) {
            tracing::warn!(
                %problem,
                "a call to the bot's endpoint for Slack is refused\n  \
                 hint: if it is Slack's, look at `review.signing_secret` and at this machine's clock"
            );
        }
    }
}

fn json(body: &serde_json::Value) -> CallbackResponse {
    let mut response = CallbackResponse::new(Bytes::from(body.to_string()));
    let kind = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What Slack sends: a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Something that somebody did.
    Payload(String),
    /// A look at our certificate.
    Check,
}

impl Form {
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let (mut payloads, mut check) = (Vec::new(), false);
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "payload" => payloads.push(value.into_owned()),
                "ssl_check" => check |= value == "1",
                _ => {}
            }
        }
        match payloads.len() {
            1 => payloads.pop().map(Self::Payload),
            0 if check => Some(Self::Check),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_has_one_payload() {
        let payload = |text: &str| Some(Form::Payload(text.to_owned()));
        for (body, form) in [
            ("payload=%7B%22a%22%3A+1%7D", payload("{\"a\": 1}")),
            ("x=y&payload=%F0%9F%98%80", payload("😀")),
            ("payload=", payload("")),
            ("ssl_check=1&token=x", Some(Form::Check)),
            ("ssl_check=0", None),
            ("payload=a&payload=b", None),
            ("{\"payload\": 1}", None),
            ("", None),
        ] {
            assert_eq!(Form::read(body.as_bytes()), form, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>) {
            let _ = Form::read(&body);
        }
    }
}
