//! What an app is told of an interaction, as Slack's documentation of interaction payloads shows it.

use serde_json::{Map, Value, json};

use super::api::shown_message;
use super::block;
use super::model::{Channel, ChannelKind, Grant, Message, Model, User};

impl Model {
    /// What all interactions tell: who, of which workspace, to which app. `team` is the id of the workspace.
    fn interaction(&self, kind: &str, user: &User, team: &str, grant: &Grant) -> Value {
        let domain = if team == self.team_id { "lab" } else { "elsewhere" };
        let mut payload = json!({
            "type": kind,
            "user": {
                "id": user.id,
                "username": user.name,
                "name": user.name,
                "team_id": user.account.team_id,
            },
            "team": {"id": team, "domain": domain},
            "enterprise": null,
            "is_enterprise_install": false,
            "api_app_id": grant.app_id,
            // What apps were told from before there were signatures; nothing must depend on it.
            "token": "verification-token-of-old",
        });
        let enterprise = if team == self.team_id { &self.enterprise_id } else { &user.account.enterprise_id };
        if !enterprise.is_empty() {
            payload["enterprise"] = json!({"id": enterprise, "name": "organization"});
            payload["team"]["enterprise_id"] = json!(enterprise);
        }
        payload
    }

    /// Where a message stands, and what it says now.
    pub(crate) fn place_of(&self, channel: &Channel, message: &Message) -> Value {
        let name = match channel.kind {
            ChannelKind::Public => channel.name.as_str(),
            ChannelKind::Private => "privategroup",
            ChannelKind::Direct => "directmessage",
        };
        let mut shown = shown_message(channel, message, true);
        shown["team"] = json!(self.team_id);
        shown["blocks"] = block::named(&json!(message.blocks));
        let mut container = json!({
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": false,
        });
        if !message.thread_ts.is_empty() {
            container["thread_ts"] = json!(message.thread_ts);
        }
        json!({"container": container, "channel": {"id": channel.id, "name": name}, "message": shown})
    }

    /// A button of a message was clicked, which stands at `place`. The trigger id and the address for answers are fresh.
    pub(crate) fn block_actions(
        &mut self,
        user: &User,
        place: Value,
        mut action: Map<String, Value>,
        grant: &Grant,
    ) -> Value {
        let mut payload = self.interaction("block_actions", user, &self.team_id, grant);
        action.insert("action_ts".to_owned(), json!(self.next_ts()));
        let text = |key: &str| place["container"][key].as_str().unwrap_or_default().to_owned();
        let (channel, ts) = (text("channel_id"), text("message_ts"));
        extend(&mut payload, place);
        let more = json!({
            "state": {"values": {}},
            "trigger_id": self.make_trigger(user),
            "response_url": self.make_response_url(user, channel, ts),
            "actions": [action],
        });
        extend(&mut payload, more);
        payload
    }

    /// A view was sent. Of where it came from nothing is told but what the app gave along.
    pub(crate) fn view_submission(&mut self, user: &User, view: &Value, grant: &Grant) -> Value {
        let mut payload = self.interaction("view_submission", user, &user.account.team_id, grant);
        let trigger = self.make_trigger(user);
        extend(&mut payload, json!({"trigger_id": trigger, "view": view, "response_urls": []}));
        payload
    }

    /// A view was closed without being sent; `cleared` if with all others.
    pub(crate) fn view_closed(&self, user: &User, view: &Value, cleared: bool, grant: &Grant) -> Value {
        let mut payload = self.interaction("view_closed", user, &user.account.team_id, grant);
        extend(&mut payload, json!({"view": view, "is_cleared": cleared}));
        payload
    }

    fn make_trigger(&mut self, user: &User) -> String {
        let now = self.now();
        self.triggers.make(&user.id, now)
    }
}

fn extend(payload: &mut Value, more: Value) {
    if let (Value::Object(payload), Value::Object(more)) = (payload, more) {
        payload.extend(more);
    }
}
