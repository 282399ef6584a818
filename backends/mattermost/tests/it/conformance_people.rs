//! People who decide on the stand-in, for the rules that every backend keeps.

use std::time::Duration;

use accessbot_core::backend::callback::CallbackRequest;
use accessbot_core::backend::decision::{Action, ChatUserId, Standing};
use accessbot_core::backend::{MessageRef, Recipient};
use accessbot_sandbox::mattermost::{ChannelKind, DialogView};
use accessbot_testkit::conformance::{Deciding, Fixture as _, Form, Submitted, Told};
use async_trait::async_trait;
use axum::http::Request;
use serde_json::{Value, json};

use crate::conformance::OnStandIn;
use crate::world::is_card;

/// Everybody who presses and fills in.
const PEOPLE: [&str; 2] = ["alice", "bob"];

impl OnStandIn {
    fn id(&self, name: &str) -> ChatUserId {
        ChatUserId(self.server.user_id(name).unwrap())
    }

    fn name(&self, who: &ChatUserId) -> &'static str {
        PEOPLE.into_iter().find(|name| self.id(name) == *who).unwrap()
    }

    fn dialog(&self, form: &Form) -> DialogView {
        let mut dialogs = PEOPLE.into_iter().flat_map(|user| self.server.dialogs(user).unwrap());
        dialogs.find(|dialog| dialog.client_trigger_id == form.0).unwrap()
    }

    fn channel(&self, name: &str, kind: ChannelKind, member: &ChatUserId) -> Recipient {
        self.server.add_channel(name, name, kind).unwrap();
        for user in ["teleport", self.name(member)] {
            self.server.add_member(name, user).unwrap();
        }
        Recipient::Configured(format!("lab/{name}"))
    }
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
                let gustav = self.server.add_user("gustav");
                self.server.make_guest("gustav").unwrap();
                ChatUserId(gustav)
            }
            Standing::Deactivated => {
                let oldie = self.server.add_user("oldie");
                self.server.set_active("oldie", false).unwrap();
                ChatUserId(oldie)
            }
            // The stand-in shares no channels with other servers.
            Standing::Stranger => return None,
        })
    }

    fn nobody(&self) -> ChatUserId {
        ChatUserId("nobodynobodynobodynobodyno".to_owned())
    }

    async fn private_channel(&self, member: &ChatUserId) -> Option<Recipient> {
        Some(self.channel("dba", ChannelKind::Private, member))
    }

    async fn public_channel(&self, member: &ChatUserId) -> Option<Recipient> {
        Some(self.channel("open", ChannelKind::Public, member))
    }

    async fn buttons(&self, message: &MessageRef) -> Vec<Action> {
        let attachments = self.server.post(&message.message).unwrap().attachments;
        let actions = attachments.iter().filter_map(|attachment| attachment["actions"].as_array()).flatten();
        actions.map(|action| Action::of_word(action["name"].as_str().unwrap()).unwrap()).collect()
    }

    async fn press(&self, who: &ChatUserId, message: &MessageRef, action: Action) {
        self.server.click(self.name(who), &message.message, action.word()).await.unwrap();
    }

    async fn forms(&self, who: &ChatUserId) -> Vec<Form> {
        let dialogs = self.server.dialogs(self.name(who)).unwrap();
        dialogs.into_iter().map(|dialog| Form(dialog.client_trigger_id)).collect()
    }

    async fn submit(&self, who: &ChatUserId, form: &Form, reason: Option<&str>) -> Submitted {
        let (user, dialog) = (self.name(who), self.dialog(form));
        let said = self.server.submit_dialog(user, &dialog, "access", json!({"reason": reason})).await.unwrap();
        let error = [&said["error"], &said["errors"]["reason"]].into_iter().find_map(Value::as_str);
        error.map_or(Submitted::Closed, |error| Submitted::Open(error.to_owned()))
    }

    async fn told(&self, who: &ChatUserId) -> Vec<Told> {
        let user = self.name(who);
        let direct = self.server.posts(&format!("@{user}")).into_iter();
        let direct = direct.filter(|post| post.author == "teleport" && !is_card(post));
        let mut all: Vec<_> = self.server.ephemerals(user).unwrap().into_iter().chain(direct).collect();
        all.sort_by_key(|post| post.created);
        let lures = self.names().lures;
        let told = |text: String| {
            let mentioned = lures.iter().filter(|lure| text.contains(*lure)).cloned().collect();
            Told { text, mentioned }
        };
        all.into_iter().map(|post| told(post.text())).collect()
    }

    /// What has the form of ours, and comes of a press that Mattermost has signed, is for the sink to tell.
    async fn forgeries(&self, message: &MessageRef) -> Vec<(&'static str, CallbackRequest)> {
        let call = |path: &str, body: Value| {
            let call = Request::post(path).header("content-type", "application/json");
            call.body(body.to_string().into()).unwrap()
        };
        let signed = |user: &str| self.server.trigger_of(user, Duration::ZERO).unwrap();
        let press_with = |trigger: &str, user: &str, context: Value| {
            let body = json!({
                "user_id": user, "channel_id": message.conversation, "post_id": message.message,
                "trigger_id": trigger, "type": "button", "context": context,
            });
            call("/action", body)
        };
        let press = |user: &str, context: Value| press_with(&signed("alice"), user, context);
        let form = |state: &str, submission: Value| {
            let body = json!({
                "type": "dialog_submission", "user_id": self.id("alice").0, "state": state, "submission": submission,
            });
            call("/dialog", body)
        };
        let alice = self.id("alice").0;
        let ours = json!({"v": 1, "req": "1", "act": "approve", "ask": "off", "proof": "x"});
        let without = |key: &str| {
            let mut context = ours.clone();
            context.as_object_mut().unwrap().remove(key);
            context
        };
        vec![
            ("of a button without a context", press(&alice, Value::Null)),
            ("of another app's button", press(&alice, json!({"action": "approve", "build": 7}))),
            ("of a button without proof", press(&alice, without("proof"))),
            ("of a button for no request", press(&alice, without("req"))),
            (
                "of a button of another version",
                press(&alice, json!({"v": 2, "req": "1", "act": "approve", "proof": "x"})),
            ),
            ("of a press that nobody has signed", press_with("", &alice, ours.clone())),
            ("of a press of somebody else's", press_with(&signed("bob"), &alice, ours.clone())),
            ("of nobody", press("", ours.clone())),
            ("of a name instead of an account", press("alice", ours.clone())),
            ("of a form that is not ours", form("jenkins", json!({"reason": "x"}))),
            ("of a form without a state", form("", json!({"reason": "x"}))),
        ]
    }
}
