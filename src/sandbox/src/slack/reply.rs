//! How Slack answers: always 200, and `ok` in the body tells; but for rate limits.

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::model::{Grant, slack_id};
use crate::common::answer::Answer;

/// What the server says no with.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// Slack's name for it.
    pub(crate) code: &'static str,
    /// What else stands in the body.
    pub(crate) more: Value,
    /// For a rate limit: after how many seconds to try again.
    pub(crate) retry_after: Option<u64>,
}

/// What a method comes to.
pub(crate) type Outcome = Result<Value, Refusal>;

impl Refusal {
    pub(crate) fn of(code: &'static str) -> Self {
        Self { code, more: json!({}), retry_after: None }
    }

    /// The call was understood, and these parts of it are wrong.
    pub(crate) fn with_messages(code: &'static str, messages: &[String]) -> Self {
        let more = json!({"errors": messages, "response_metadata": {"messages": messages}});
        Self { more, ..Self::of(code) }
    }

    pub(crate) fn missing_scope(needed: &str, grant: &Grant) -> Self {
        let more = json!({"needed": needed, "provided": provided(grant)});
        Self { more, ..Self::of("missing_scope") }
    }

    pub(crate) fn limited(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::of("ratelimited") }
    }
}

fn provided(grant: &Grant) -> String {
    grant.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// The answer on the wire, and how it is noted in the log of calls.
pub(crate) fn response(outcome: Outcome, grant: Option<&Grant>, accepted: &str) -> (Response, String) {
    let (mut answer, noted) = match outcome {
        Ok(mut body) => {
            body["ok"] = json!(true);
            (Answer::new(200, CONTENT_TYPE, body.to_string()), "ok".to_owned())
        }
        Err(refusal) => (refused(&refusal), refusal.code.to_owned()),
    };
    let mut header = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
    header("X-Slack-Req-Id", slack_id('R'));
    if let Some(grant) = grant {
        header("X-OAuth-Scopes", provided(grant));
        header("X-Accepted-OAuth-Scopes", accepted.to_owned());
    }
    (answer.into_response(), noted)
}

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

fn refused(refusal: &Refusal) -> Answer {
    let mut body = refusal.more.clone();
    body["ok"] = json!(false);
    body["error"] = json!(refusal.code);
    let status = if refusal.retry_after.is_some() { 429 } else { 200 };
    let mut answer = Answer::new(status, CONTENT_TYPE, body.to_string());
    if let Some(seconds) = refusal.retry_after {
        answer.headers.push(("Retry-After".to_owned(), seconds.to_string()));
    }
    answer
}

/// The answer by which Slack refuses a call with this code, for planned faults.
pub fn refusal(code: &str) -> Answer {
    Answer::new(200, CONTENT_TYPE, json!({"ok": false, "error": code}).to_string())
}

/// Slack's rate limit, for planned faults.
pub fn rate_limited(seconds: u64) -> Answer {
    refused(&Refusal::limited(seconds))
}
