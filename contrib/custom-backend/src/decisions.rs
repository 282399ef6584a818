//! What people decide where the receiver shows our events: it calls us, signed as we sign.

use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse};
use accessbot_core::backend::decision::{
    Action, Answer, ChatUser, ChatUserId, Choice, Choices, Decision, DecisionSink, Evidence, Outcome, Press, Proof,
    ReasonRule, Standing,
};
use accessbot_core::backend::{ChatError, ChatErrorKind, Content, MessageRef};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::RequestId;
use accessbot_http::body_of;
use http::{HeaderMap, Method, StatusCode};
use ring::hmac;
use serde_json::{Value as Json, json};

use crate::{Webhook, signature};

/// How far the time of a call may be from ours. Within it a call that is replayed has the effect of once: the sink sees
/// to that.
const TOLERANCE: Duration = Duration::from_secs(300);
/// How long the receiver waits for a decision.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest reason that is taken, in bytes.
const LONGEST_REASON: usize = 4000;
/// The most that a receiver says about an account, in bytes.
const LARGEST_ACCOUNT: usize = 16 * 1024;

/// What a receiver makes buttons of.
pub(crate) fn buttons(content: &Content) -> Vec<Json> {
    let Content::Card(card) = content else { return Vec::new() };
    let Some(Choices { reason, buttons }) = &card.choices else { return Vec::new() };
    let button = |Choice { action, proof }: &Choice| json!({ "action": action.word(), "label": action.label(), "ask": *reason != ReasonRule::Off, "proof": proof });
    buttons.iter().map(button).collect()
}

/// What the receiver vouches for about an account.
pub(crate) async fn account(who: &ChatUserId, answer: reqwest::Response) -> Result<Option<ChatUser>, ChatError> {
    let failed = |problem: &str| ChatError::new(ChatErrorKind::Transient, "identify", problem);
    let body = body_of(answer, LARGEST_ACCOUNT).await.map_err(|e| failed(&e.to_string()))?;
    let told: Json = serde_json::from_slice(&body).map_err(|_| failed("the receiver's answer is not JSON"))?;
    let standing = match told["standing"].as_str() {
        Some("member") => Standing::Member,
        Some("bot") => Standing::Bot,
        Some("guest") => Standing::Guest,
        Some("stranger") => Standing::Stranger,
        Some("deactivated") => Standing::Deactivated,
        _ => return Err(failed("the receiver's answer has no standing that is known")),
    };
    let name = told["name"].as_str().unwrap_or(&who.0).to_owned();
    Ok(Some(ChatUser { id: who.clone(), name, standing, email: None }))
}

impl Webhook {
    /// Answers a call; an error is a status without more.
    pub(crate) async fn called(&self, request: &CallbackRequest) -> Result<CallbackResponse, StatusCode> {
        let sink = self.sink.as_deref().ok_or(StatusCode::NOT_FOUND)?;
        if request.method() != Method::POST {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let body = str::from_utf8(request.body()).map_err(|_| StatusCode::BAD_REQUEST)?;
        self.verify_call(request.headers(), body)?;
        let call = serde_json::from_str(body).map_err(|_| StatusCode::BAD_REQUEST)?;
        let said = match Call::read(&call).ok_or(StatusCode::BAD_REQUEST)? {
            Call::Press(press, true) => asked(sink, &press),
            Call::Press(press, false) => {
                let answer = decide(sink, press.clone(), None).await;
                // The rule may have changed since the button was made.
                if answer.outcome == Outcome::ReasonWanted { asked(sink, &press) } else { told(&answer) }
            }
            Call::Form(form, who, reason) => match sink.reopen(form, &who) {
                Ok(press) => told(&decide(sink, press, reason).await),
                Err(answer) => told(&answer),
            },
        };
        Ok(CallbackResponse::new(said.to_string().into()))
    }

    /// Refuses what the receiver did not sign just now.
    fn verify_call(&self, headers: &HeaderMap, body: &str) -> Result<(), StatusCode> {
        let refused = StatusCode::UNAUTHORIZED;
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(refused);
        let time: i64 = header("accessbot-time")?.parse().map_err(|_| refused)?;
        let (signed, now) = (Timestamp::from_millis(time.saturating_mul(1000)), self.clock.now());
        let secret = self.secret.current().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        let given = header("accessbot-signature")?.strip_prefix("v1=").ok_or(refused)?;
        // Both are signed once more and compared in constant time: how much of a guess is right does not show.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let expected = hmac::sign(&key, signature(&secret, time, body).as_bytes());
        hmac::verify(&key, given.as_bytes(), expected.as_ref()).map_err(|_| refused)?;
        let fresh = now.since(signed).max(signed.since(now)) <= TOLERANCE;
        fresh.then_some(()).ok_or(refused)
    }
}

/// A call of the receiver's.
enum Call<'a> {
    /// Somebody pressed a button, which asks for a reason or not.
    Press(Press, bool),
    /// Somebody sent the form of this state.
    Form(&'a str, ChatUserId, Option<String>),
}

impl<'a> Call<'a> {
    /// Reads it; `None` if it is none.
    fn read(call: &'a Json) -> Option<Self> {
        let text = |key: &str| call[key].as_str();
        let who = ChatUserId(text("user")?.to_owned());
        match text("what")? {
            "press" => {
                let (conversation, message) = (text("conversation")?.to_owned(), text("message")?.to_owned());
                let press = Press {
                    request: RequestId::new(text("request")?),
                    action: Action::of_word(text("action")?)?,
                    message: MessageRef { conversation, message },
                    who,
                    proof: Proof::new(text("proof")?),
                };
                Some(Self::Press(press, call["ask"].as_bool()?))
            }
            "form" => {
                let reason = text("reason").map(str::to_owned);
                let fits = reason.as_ref().is_none_or(|reason| reason.len() <= LONGEST_REASON);
                fits.then_some(Self::Form(text("form")?, who, reason))
            }
            _ => None,
        }
    }
}

async fn decide(sink: &dyn DecisionSink, press: Press, reason: Option<String>) -> Answer {
    let Press { request, action, message, who, proof } = press;
    let evidence = Evidence::Button(proof);
    sink.decide(Decision { request, action, reason, message, who, evidence, patience: PATIENCE }).await
}

/// For the receiver to ask why with.
fn asked(sink: &dyn DecisionSink, press: &Press) -> Json {
    sink.ask(press).map_or_else(|answer| told(&answer), |form| json!({ "form": form }))
}

/// For the receiver to show to whoever decided, as text.
fn told(answer: &Answer) -> Json {
    json!({ "outcome": answer.outcome.word(), "text": answer.text })
}
