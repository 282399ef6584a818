//! People at the server in memory.

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, ChatUserId, ReasonRule, Standing};
use accessbot_core::backend::{MessageRef, Recipient};
use accessbot_testkit::conformance::{Deciding, Form, Submitted, Told};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::fixture::InMemory;
use crate::server::{ACCOUNTS, CHANNEL, GROUP, PASSWORD, mentioned};

fn named(name: &str) -> ChatUserId {
    ChatUserId(name.to_owned())
}

fn call(password: &str, body: &Value) -> CallbackRequest {
    http::Request::post("/decide").header("password", password).body(body.to_string().into()).unwrap()
}

impl InMemory {
    /// The server calls the bot.
    async fn tell(&self, body: &Value) -> Value {
        let answer = self.bot.get().unwrap().callback(call(PASSWORD, body)).await;
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// What the server says of a press.
    fn press_of(&self, who: &ChatUserId, message: &MessageRef, action: Action) -> Value {
        let mut state = self.server.state();
        let pressed = state.get(message).unwrap();
        let choices = pressed.choices.clone().unwrap();
        let choice = choices.buttons.iter().find(|choice| choice.action == action).unwrap();
        json!({
            "kind": "press", "user": who.0, "client": "admin",
            "conversation": message.conversation, "message": message.message,
            "request": pressed.request, "action": action.word(), "proof": choice.proof.as_str(),
            "reason": if choices.reason == ReasonRule::Off { "off" } else { "on" },
        })
    }
}

#[async_trait]
impl Deciding for InMemory {
    fn people(&self) -> [ChatUserId; 2] {
        [named("alice"), named("carol")]
    }

    async fn account(&self, standing: Standing) -> Option<ChatUserId> {
        ACCOUNTS.iter().find(|(_, kind)| *kind == standing).map(|(name, _)| named(name))
    }

    fn nobody(&self) -> ChatUserId {
        named("nobody")
    }

    async fn private_channel(&self, _: &ChatUserId) -> Option<Recipient> {
        Some(Recipient::Configured(GROUP.to_owned()))
    }

    async fn public_channel(&self, _: &ChatUserId) -> Option<Recipient> {
        Some(Recipient::Configured(CHANNEL.to_owned()))
    }

    async fn buttons(&self, message: &MessageRef) -> Vec<Action> {
        let choices = self.server.state().get(message).unwrap().choices.clone();
        choices.into_iter().flat_map(|choices| choices.buttons).map(|choice| choice.action).collect()
    }

    async fn press(&self, who: &ChatUserId, message: &MessageRef, action: Action) {
        let press = self.press_of(who, message, action);
        self.tell(&press).await;
    }

    async fn forms(&self, who: &ChatUserId) -> Vec<Form> {
        let forms = self.server.state().forms.clone();
        forms.into_iter().filter(|(owner, _)| *owner == who.0).map(|(_, state)| Form(state)).collect()
    }

    async fn submit(&self, who: &ChatUserId, form: &Form, reason: Option<&str>) -> Submitted {
        let said = self.tell(&json!({"kind": "form", "user": who.0, "state": form.0, "text": reason})).await;
        said["open"].as_str().map_or(Submitted::Closed, |text| Submitted::Open(text.to_owned()))
    }

    async fn told(&self, who: &ChatUserId) -> Vec<Told> {
        let told = self.server.state().told.clone();
        let theirs = told.into_iter().filter(|(owner, _)| *owner == who.0);
        theirs.map(|(_, text)| Told { mentioned: mentioned(&text), text }).collect()
    }

    async fn forgeries(&self, message: &MessageRef) -> Vec<(&'static str, CallbackRequest)> {
        let press = self.press_of(&named("alice"), message, Action::Approve);
        vec![("without the password", call("", &press)), ("with another password", call("guessed", &press))]
    }
}
