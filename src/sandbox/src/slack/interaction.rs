//! An interaction on its way to the app, over a socket or to the request URL, and back.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::form;
use super::request_url::{Answered, SignedRequest};
use super::server::Shared;
use crate::common::answer::Answer;
use crate::common::calls::Call;
use crate::common::faults::Outcome;
use crate::common::lock::lock;

/// How long an app may take to acknowledge.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(3);

/// Tells the app of an interaction. What comes is what it says with its acknowledgement, null if nothing; `Err` says why
/// there was none.
///
/// It stands in the log of calls as `INTERACTION` and its type, which are also the name for planned faults.
pub(crate) async fn tell(shared: &Shared, payload: &Value) -> Result<Value, String> {
    let kind = payload["type"].as_str().unwrap_or_default();
    let name = format!("INTERACTION {kind}");
    let number = shared.calls.began(Call {
        at: lock(&shared.model).now(),
        name: name.clone(),
        caller: payload["user"]["name"].as_str().unwrap_or_default().to_owned(),
        detail: String::new(),
        outcome: "…".to_owned(),
    });
    let verdict = shared.faults.script.judge(&name);
    verdict.wait_before().await;
    let said = match &verdict.instead {
        Some(outcome) => made_up(outcome),
        None => match timeout(ACKNOWLEDGEMENT, pass_on(shared, kind, payload)).await {
            Ok(said) => said,
            Err(_) => Err(format!("no answer within {ACKNOWLEDGEMENT:?}")),
        },
    };
    verdict.wait_after().await;
    let said = verdict.after.as_ref().map_or(said, made_up);
    shared.calls.ended(number, said.as_ref().map_or_else(Clone::clone, |_| "acknowledged".to_owned()));
    shared.changes.happened();
    said
}

async fn pass_on(shared: &Shared, kind: &str, payload: &Value) -> Result<Value, String> {
    let request_url = lock(&shared.model).request_url.clone();
    if let Some(url) = request_url {
        return acknowledged(&shared.request_url.send(&url, &signed(shared, payload)).await?);
    }
    let sent = shared.change(|model| model.send_envelope(payload, kind == "view_submission"));
    sent.ok_or("nobody is connected")?.await.map_err(|_| "the envelope is gone".to_owned())
}

/// The call that tells of an interaction.
pub(crate) fn signed(shared: &Shared, payload: &Value) -> SignedRequest {
    let now = lock(&shared.model).now();
    let body = form::encode(&[("payload", &payload.to_string())]);
    SignedRequest::sign(&shared.signing_secret, now.as_millis() / 1000, body.into_bytes())
}

/// Only 200 acknowledges, with JSON or nothing.
fn acknowledged(answered: &Answered) -> Result<Value, String> {
    if answered.status != 200 {
        return Err(format!("answered with {}", answered.status));
    }
    if answered.body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answered.body).map_err(|_| "answered with something that is no JSON".to_owned())
}

fn made_up(outcome: &Outcome<Answer>) -> Result<Value, String> {
    match outcome {
        Outcome::Answer(answer) => acknowledged(&Answered { status: answer.status, body: answer.body.clone() }),
        Outcome::Drop => Err("dropped".to_owned()),
    }
}
