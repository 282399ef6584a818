//! People who decide on the stand-in, for the rules that every backend keeps.

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, ChatUserId, Standing};
use accessbot_core::backend::{MessageRef, Recipient};
use accessbot_sandbox::slack::{
    ChannelKind, MessageView, SignedRequest, Standing as Account, Submitted as Sent, ViewView, examine,
};
use accessbot_testkit::conformance::{Deciding, Form, Submitted, Told};
use async_trait::async_trait;
use axum::http::Request;
use serde_json::{Value, json};

use crate::conformance::OnStandIn;
use crate::decisions::attacks::{form as form_of, payload};

/// Everybody who presses and fills in.
const PEOPLE: [&str; 2] = ["alice", "bob"];

impl OnStandIn {
    fn id(&self, name: &str) -> ChatUserId {
        ChatUserId(self.slack.user_id(name).unwrap())
    }

    fn name(&self, who: &ChatUserId) -> &'static str {
        PEOPLE.into_iter().find(|name| self.id(name) == *who).unwrap()
    }

    fn seen(&self, message: &MessageRef) -> MessageView {
        self.slack.post(&message.conversation, &message.message).unwrap()
    }

    /// A form, and whose it is.
    fn view(&self, form: &Form) -> (&'static str, ViewView) {
        let all =
            PEOPLE.into_iter().flat_map(|user| self.slack.views(user).unwrap().into_iter().map(move |v| (user, v)));
        all.into_iter().find(|(_, view)| view.id == form.0).unwrap()
    }

    fn channel(&self, name: &str, kind: ChannelKind, member: &ChatUserId) -> Recipient {
        let id = self.slack.add_channel(name, kind);
        for user in ["teleport", self.name(member)] {
            self.slack.add_member(name, user).unwrap();
        }
        Recipient::Configured(id)
    }
}

/// Our buttons in the blocks of a message.
fn buttons(blocks: &[Value]) -> Vec<Value> {
    let elements =
        blocks.iter().filter(|block| block["type"] == "actions").filter_map(|block| block["elements"].as_array());
    elements.flatten().filter(|element| element["type"] == "button" && element["url"].is_null()).cloned().collect()
}

/// The name of the button for an action.
fn action_id(action: Action) -> String {
    format!("accessbot_{}", action.word())
}

fn call(request: SignedRequest) -> CallbackRequest {
    let SignedRequest { timestamp, signature, content_type, body } = request;
    let call = Request::post("/interactive").header("content-type", content_type);
    let call = call.header("x-slack-request-timestamp", timestamp).header("x-slack-signature", signature);
    call.body(body.into()).unwrap()
}

#[async_trait]
impl Deciding for OnStandIn {
    fn people(&self) -> [ChatUserId; 2] {
        PEOPLE.map(|name| self.id(name))
    }

    async fn account(&self, standing: Standing) -> Option<ChatUserId> {
        Some(match standing {
            Standing::Member => self.id("ivan"),
            Standing::Bot => self.id("teleport"),
            Standing::Guest => {
                let gustav = self.slack.add_user("gustav");
                self.slack.change_account("gustav", |account| account.standing = Account::Guest).unwrap();
                ChatUserId(gustav)
            }
            Standing::Deactivated => {
                let oldie = self.slack.add_user("oldie");
                self.slack.set_active("oldie", false).unwrap();
                ChatUserId(oldie)
            }
            Standing::Stranger => ChatUserId(self.slack.add_outsider("eve")),
        })
    }

    fn nobody(&self) -> ChatUserId {
        ChatUserId("U0NOBODY0".to_owned())
    }

    async fn private_channel(&self, member: &ChatUserId) -> Option<Recipient> {
        Some(self.channel("dba", ChannelKind::Private, member))
    }

    async fn public_channel(&self, member: &ChatUserId) -> Option<Recipient> {
        Some(self.channel("open", ChannelKind::Public, member))
    }

    async fn buttons(&self, message: &MessageRef) -> Vec<Action> {
        let labels = buttons(&self.seen(message).blocks).into_iter().map(|button| button["text"]["text"].clone());
        labels.map(|label| Action::of_word(label.as_str().unwrap()).unwrap()).collect()
    }

    async fn press(&self, who: &ChatUserId, message: &MessageRef, action: Action) {
        self.slack.click(self.name(who), &self.seen(message), &action_id(action)).await.unwrap();
    }

    async fn forms(&self, who: &ChatUserId) -> Vec<Form> {
        let views = self.slack.views(self.name(who)).unwrap();
        views.into_iter().map(|view| Form(view.id)).collect()
    }

    async fn submit(&self, who: &ChatUserId, form: &Form, reason: Option<&str>) -> Submitted {
        let (owner, view) = self.view(form);
        let words: Vec<_> = reason.map(|reason| ("reason", reason)).into_iter().collect();
        if *who == self.id(owner) {
            return match self.slack.submit_view(owner, &view, &words).await.unwrap() {
                Sent::Errors(errors) => Submitted::Open(errors["reason"].clone()),
                _ => Submitted::Closed,
            };
        }
        // Slack lets nobody have the form of another: what it would have to send all the same.
        let mut bent = payload(&self.slack.submit_request(owner, &view, &words).unwrap());
        bent["user"]["id"] = json!(who.0);
        let bent = self.slack.sign(form_of(&bent), 0);
        let said: Value = serde_json::from_slice(&self.slack.send(&bent).await.unwrap().body).unwrap();
        said["errors"]["reason"].as_str().map_or(Submitted::Closed, |error| Submitted::Open(error.to_owned()))
    }

    async fn told(&self, who: &ChatUserId) -> Vec<Told> {
        let told = |message: MessageView| {
            let mentioned = examine(&message.notification, &json!(message.blocks)).unwrap();
            Told { text: message.text(), mentioned: mentioned.into_iter().collect() }
        };
        self.slack.ephemerals(self.name(who)).unwrap().into_iter().map(told).collect()
    }

    async fn forgeries(&self, message: &MessageRef) -> Vec<(&'static str, CallbackRequest)> {
        let genuine = self.slack.click_request("alice", &self.seen(message), &action_id(Action::Approve)).unwrap();
        let text = String::from_utf8(genuine.body.clone()).unwrap();
        let other_person = text.replace(&self.id("alice").0, &self.id("bob").0).into_bytes();
        let other_action = text.replace("approve", "deny").into_bytes();
        let mut foreign = payload(&genuine);
        foreign["actions"][0]["action_id"] = json!("jenkins_approve");
        let mut unreadable = payload(&genuine);
        unreadable["actions"][0]["value"] = json!("approve");
        let guessed = format!("v0={}", "0".repeat(64));
        let forged = [
            ("without a signature", SignedRequest { signature: String::new(), ..genuine.clone() }),
            ("with a guessed signature", SignedRequest { signature: guessed, ..genuine.clone() }),
            ("in another person's name", SignedRequest { body: other_person, ..genuine.clone() }),
            ("for another action", SignedRequest { body: other_action, ..genuine.clone() }),
            ("at another time", SignedRequest { timestamp: "1531420618".to_owned(), ..genuine.clone() }),
            ("from long ago", self.slack.sign(genuine.body.clone(), 302)),
            ("about another app's button", self.slack.sign(form_of(&foreign), 0)),
            ("about a button that carries nothing of ours", self.slack.sign(form_of(&unreadable), 0)),
        ];
        forged.map(|(what, request)| (what, call(request))).into()
    }
}
