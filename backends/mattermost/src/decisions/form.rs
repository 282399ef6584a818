//! The form that asks for a reason.
//!
//! What it is opened with goes through the hands of the person's client, address and state included, and what comes back
//! is the client's word but for who sent it. The state knows for whom it was opened.

use std::time::Duration;

use accessbot_core::backend::decision::{
    Action, ChatUserId, Decision, Doubt, Evidence, Outcome, Press, ReasonRule, TurnedAway,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::answer::line;
use super::inputs::Callbacks;
use super::{Decisions, PATIENCE, trigger};
use crate::api::{Dialog, DialogElement, DialogOpening, Id};
use crate::render::title_of;

/// The field's name, under which it comes back.
const REASON: &str = "reason";
/// Characters that fit into the field: even if each takes four bytes, Teleport takes them.
const REASON_ROOM: u32 = 1000;
/// The longest reason that is taken, in bytes, whatever the client allowed.
const LONGEST_REASON: usize = 4000;
/// The longest state that the sink makes, in bytes.
const LONGEST_STATE: usize = 1000;
/// For opening: later than that the server refuses it in any case.
const OPENING: Duration = Duration::from_secs(4);
/// For telling somebody what became of it.
const TELLING: Duration = Duration::from_secs(4);

/// What Mattermost sends when a form is sent, in parts that we look at.
#[derive(Debug, Deserialize)]
pub(super) struct Submission {
    #[serde(rename = "type")]
    kind: String,
    user_id: Id,
    state: String,
    #[serde(default)]
    cancelled: bool,
    #[serde(rename = "submission")]
    filled_in: Option<Box<RawValue>>,
}

/// What Mattermost is answered. Without an error the form closes.
#[derive(Debug, Default, Serialize)]
pub(super) struct FormReply {
    /// Shown below the form.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<FieldErrors>,
}

#[derive(Debug, Serialize)]
struct FieldErrors {
    reason: String,
}

impl FormReply {
    fn closed() -> Self {
        Self::default()
    }

    fn refused(text: &str) -> Self {
        Self { error: Some(line(text)), errors: None }
    }

    fn at_the_field(text: &str) -> Self {
        Self { error: None, errors: Some(FieldErrors { reason: line(text) }) }
    }
}

impl Decisions {
    /// Opens the form for whoever pressed.
    ///
    /// # Errors
    /// Why it did not open, for the log.
    pub(super) async fn open_form(
        &self,
        press: &Press,
        rule: ReasonRule,
        trigger_id: &str,
        state: &str,
        callbacks: &Callbacks,
    ) -> Result<(), String> {
        if !(1..=trigger::LONGEST).contains(&trigger_id.len()) {
            return Err("the call names no trigger".to_owned());
        }
        let title = match press.action {
            Action::Approve => "Approve the request",
            Action::Deny => "Deny the request",
        };
        let introduction = title_of(&press.request);
        let opening = DialogOpening {
            trigger_id,
            url: &callbacks.dialog,
            dialog: Dialog {
                callback_id: "accessbot",
                title,
                introduction_text: &introduction,
                elements: [DialogElement {
                    display_name: "Reason",
                    name: REASON,
                    kind: "textarea",
                    optional: rule != ReasonRule::Required,
                    max_length: REASON_ROOM,
                }],
                submit_label: press.action.label(),
                notify_on_cancel: false,
                state,
            },
        };
        match timeout(OPENING, self.client.open_dialog(&opening)).await {
            Ok(opened) => opened.map_err(|failure| failure.to_string()),
            Err(_) => Err("the server is too slow".to_owned()),
        }
    }

    /// Takes a form that came back to the sink; `None` if it is none.
    pub(super) async fn submitted(&self, submission: Submission) -> Option<FormReply> {
        if submission.kind != "dialog_submission" {
            return None;
        }
        if submission.cancelled {
            return Some(FormReply::closed());
        }
        Some(self.decided(&submission).await)
    }

    async fn decided(&self, submission: &Submission) -> FormReply {
        let who = ChatUserId(submission.user_id.to_string());
        if !is_state(&submission.state) {
            let why = Doubt::StrangeForm;
            let call = TurnedAway { why, who, message: None, request: None, action: None };
            return FormReply::refused(&self.sink.turn_away(&call).text);
        }
        let press = match self.sink.reopen(&submission.state, &who) {
            Ok(press) => press,
            // Told in the form and nowhere else: anybody can send one in anybody's name.
            Err(answer) => return FormReply::refused(&answer.text),
        };
        let reason = match reason_in(submission.filled_in.as_deref()) {
            Ok(reason) => reason,
            Err(problem) => return FormReply::at_the_field(problem),
        };
        let request = press.request.clone();
        let decision = Decision {
            request: press.request,
            action: press.action,
            reason,
            message: press.message,
            who,
            evidence: Evidence::Button(press.proof),
            patience: PATIENCE,
        };
        let answer = self.sink.decide(decision).await;
        if answer.outcome == Outcome::ReasonWanted {
            return FormReply::at_the_field(&answer.text);
        }
        // A form that closes says nothing.
        match timeout(TELLING, self.tell(&submission.user_id, &request, &answer.text, None)).await {
            Ok(Ok(())) => FormReply::closed(),
            Ok(Err(problem)) => {
                tracing::warn!(user = %submission.user_id, %problem, "cannot tell somebody what became of their decision");
                FormReply::refused(&answer.text)
            }
            Err(_) => FormReply::refused(&answer.text),
        }
    }
}

fn is_state(state: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (1..=LONGEST_STATE).contains(&state.len()) && state.bytes().all(allowed)
}

/// The reason in what was filled in, or what to say at its field. Clients may send anything.
fn reason_in(filled_in: Option<&RawValue>) -> Result<Option<String>, &'static str> {
    let Some(filled_in) = filled_in else { return Ok(None) };
    match serde_json::from_str(filled_in.get()) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::Object(mut fields)) => match fields.remove(REASON) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() > LONGEST_REASON => Err("The reason is too long."),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err("Please write the reason as text."),
        },
        _ => Err("Please write the reason as text."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Option<String>, &'static str> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        reason_in(Some(&raw))
    }

    #[test]
    fn a_reason_is_text_of_a_length_that_teleport_takes() {
        assert_eq!(reason_in(None), Ok(None));
        for (json, reason) in [
            ("null", Ok(None)),
            ("{}", Ok(None)),
            (r#"{"reason":null}"#, Ok(None)),
            (r#"{"reason":"  "}"#, Ok(None)),
            (r#"{"reason":" why\nnot ","surprise":5}"#, Ok(Some("why\nnot".to_owned()))),
            (r#"{"reason":5}"#, Err("Please write the reason as text.")),
            (r#"{"reason":["a"]}"#, Err("Please write the reason as text.")),
            (r#"["reason"]"#, Err("Please write the reason as text.")),
        ] {
            assert_eq!(read(json), reason, "{json}");
        }
        assert_eq!(read(&format!(r#"{{"reason":"{}"}}"#, "é".repeat(2000))).unwrap().unwrap().len(), 4000);
        assert_eq!(read(&format!(r#"{{"reason":"{}"}}"#, "é".repeat(2001))), Err("The reason is too long."));
    }

    proptest! {
        #[test]
        fn whatever_else_is_filled_in_changes_nothing(key in "[a-z]{0,8}", value in any::<String>(), n in any::<i64>()) {
            prop_assume!(key != REASON);
            let json = serde_json::json!({ key: value, "reason": "why", "n": n }).to_string();
            prop_assert_eq!(read(&json), Ok(Some("why".to_owned())));
        }
    }
}
