//! People who decide where the receiver shows what it is told.

use std::time::{SystemTime, UNIX_EPOCH};

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, ChatUserId, Standing};
use accessbot_core::secret::Secret;
use accessbot_custom_backend::signature;
use accessbot_testkit::conformance::{Deciding, Form, Submitted, Told};
use async_trait::async_trait;
use axum::http::Request;
use serde_json::{Value, json};

use crate::{Receiver, SECRET};

/// Every account.
const ACCOUNTS: [(&str, &str, Standing); 6] = [
    ("alice", "member", Standing::Member),
    ("carol", "member", Standing::Member),
    ("cron", "bot", Standing::Bot),
    ("gustav", "guest", Standing::Guest),
    ("eve", "stranger", Standing::Stranger),
    ("oldie", "deactivated", Standing::Deactivated),
];

/// What the receiver says when it is asked about an account that there is.
pub(crate) fn account(event: &Value) -> Option<String> {
    let (name, standing, _) = ACCOUNTS.into_iter().find(|(name, ..)| event["user"] == *name)?;
    (event["what"] == "identify").then(|| json!({"name": name, "standing": standing}).to_string())
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// A call that was signed at this time with this secret, and what it says then.
fn call(time: i64, secret: &str, signed: &Value, said: &Value) -> CallbackRequest {
    let signature = format!("v1={}", signature(&Secret::new(secret), time, &signed.to_string()));
    let call = Request::post("/decide").header("accessbot-time", time).header("accessbot-signature", signature);
    call.body(said.to_string().into()).unwrap()
}

impl Receiver {
    /// The newest event about a message.
    fn event(&self, message: &MessageRef) -> Value {
        let state = self.state.lock().unwrap();
        let standing = state.messages.iter().find(|standing| standing.reference == *message).unwrap();
        serde_json::from_str(&standing.text).unwrap()
    }

    fn press_of(&self, who: &ChatUserId, message: &MessageRef, action: Action) -> Value {
        let event = self.event(message);
        let button =
            event["buttons"].as_array().unwrap().iter().find(|button| button["action"] == action.word()).unwrap();
        json!({
            "what": "press", "user": who.0, "request": event["request"],
            "conversation": message.conversation, "message": message.message,
            "action": button["action"], "ask": button["ask"], "proof": button["proof"],
        })
    }

    /// Calls the bot, and shows somebody what it says.
    async fn tell(&self, who: &ChatUserId, body: &Value) -> Value {
        let answer = self.bot.get().unwrap().callback(call(now(), SECRET, body, body)).await;
        let said: Value = serde_json::from_slice(answer.body()).unwrap();
        let mut state = self.state.lock().unwrap();
        if let Some(form) = said["form"].as_str() {
            state.forms.push((who.0.clone(), form.to_owned()));
        } else {
            state.told.push((who.0.clone(), said["text"].as_str().unwrap().to_owned()));
        }
        said
    }
}

#[async_trait]
impl Deciding for Receiver {
    fn people(&self) -> [ChatUserId; 2] {
        ["alice", "carol"].map(|name| ChatUserId(name.to_owned()))
    }

    async fn account(&self, standing: Standing) -> Option<ChatUserId> {
        let account = ACCOUNTS.into_iter().find(|(_, _, kind)| *kind == standing);
        account.map(|(name, ..)| ChatUserId(name.to_owned()))
    }

    fn nobody(&self) -> ChatUserId {
        ChatUserId("nobody".to_owned())
    }

    async fn buttons(&self, message: &MessageRef) -> Vec<Action> {
        let event = self.event(message);
        let words = event["buttons"].as_array().unwrap().iter().map(|button| button["action"].as_str().unwrap());
        words.map(|word| Action::of_word(word).unwrap()).collect()
    }

    async fn press(&self, who: &ChatUserId, message: &MessageRef, action: Action) {
        let press = self.press_of(who, message, action);
        self.tell(who, &press).await;
    }

    async fn forms(&self, who: &ChatUserId) -> Vec<Form> {
        let state = self.state.lock().unwrap();
        state.forms.iter().filter(|(owner, _)| *owner == who.0).map(|(_, form)| Form(form.clone())).collect()
    }

    async fn submit(&self, who: &ChatUserId, form: &Form, reason: Option<&str>) -> Submitted {
        let body = json!({"what": "form", "user": who.0, "form": form.0, "reason": reason});
        let said = self.tell(who, &body).await;
        match said["outcome"].as_str().unwrap() {
            "reason_wanted" | "not_allowed" => Submitted::Open(said["text"].as_str().unwrap().to_owned()),
            _ => Submitted::Closed,
        }
    }

    async fn told(&self, who: &ChatUserId) -> Vec<Told> {
        let state = self.state.lock().unwrap();
        let theirs = state.told.iter().filter(|(owner, _)| *owner == who.0);
        theirs.map(|(_, text)| Told { text: text.clone(), mentioned: Vec::new() }).collect()
    }

    async fn forgeries(&self, message: &MessageRef) -> Vec<(&'static str, CallbackRequest)> {
        let [alice, carol] = self.people();
        let [genuine, other_person] = [&alice, &carol].map(|who| self.press_of(who, message, Action::Approve));
        let bent = |key: &str, value: Value| {
            let mut press = genuine.clone();
            press[key] = value;
            call(now(), SECRET, &press, &press)
        };
        let mut unsigned = call(now(), SECRET, &genuine, &genuine);
        unsigned.headers_mut().remove("accessbot-signature");
        let mut undated = call(now(), SECRET, &genuine, &genuine);
        undated.headers_mut().insert("accessbot-time", "0".parse().unwrap());
        vec![
            ("without a signature", unsigned),
            ("with another time", undated),
            ("signed with another secret", call(now(), "guessed", &genuine, &genuine)),
            ("in another person's name", call(now(), SECRET, &genuine, &other_person)),
            ("from long ago", call(now() - 310, SECRET, &genuine, &genuine)),
            ("from the future", call(now() + 310, SECRET, &genuine, &genuine)),
            ("that is one of our own events", bent("what", json!("post"))),
            ("without proof", bent("proof", Value::Null)),
            ("about another action", bent("action", json!("promote"))),
            ("of nobody", bent("user", json!(["alice"]))),
        ]
    }
}
