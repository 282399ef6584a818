//! What Slack tells of somebody who did something: a button that was pressed, a form that was submitted.
//!
//! A payload is Slack's word, but whoever sits before Slack wrote parts of it: it is read as strictly as anything from
//! outside. Only what Slack names counts: `container` for the message, `user` for the person. What else stands in it of
//! the message and of the people is a copy for convenience.

use std::collections::BTreeMap;

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::ChatUserId;
use serde::Deserialize;

use crate::api::Place;
use crate::button::{self, Carried};
use crate::recipient::is_user_id;
use crate::render::{FORM, REASON};

/// Characters of a ticket that opens a form; Slack's have about 60.
const TRIGGER: usize = 300;
/// Bytes of what a form carries, at most.
const STATE: usize = 1000;

/// What somebody did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interaction {
    /// Their account.
    pub(crate) who: ChatUserId,
    /// The app that they did it with, if Slack says.
    pub(crate) app: Option<String>,
    /// What it is.
    pub(crate) deed: Deed,
}

/// What it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// They pressed a button of a message.
    Pressed {
        message: MessageRef,
        /// What the button carried; `None` if it is called as ours are, and carries something else.
        carried: Option<Carried>,
        /// What a form may be opened with, for three seconds.
        trigger: Option<String>,
    },
    /// They submitted the form.
    Submitted {
        state: String,
        /// What they wrote. As long as Slack lets it be.
        reason: Option<String>,
    },
}

/// Why there is nothing to do about a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Nothing {
    /// It is not what Slack sends.
    #[error("cannot be read: {0}")]
    Unreadable(&'static str),
    /// It is about something that is none of ours.
    #[error("is none of ours: {0}")]
    NotOurs(&'static str),
}

use Nothing::{NotOurs, Unreadable};

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    user: User,
    api_app_id: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: String,
}

#[derive(Deserialize)]
struct Pressed {
    container: Container,
    actions: Vec<Action>,
    trigger_id: Option<String>,
}

#[derive(Deserialize)]
struct Container {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    channel_id: String,
    #[serde(default)]
    message_ts: String,
    #[serde(default)]
    is_ephemeral: bool,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    block_id: String,
    #[serde(default, rename = "action_id")]
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Submitted {
    view: View,
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    callback_id: String,
    #[serde(default)]
    private_metadata: String,
    state: State,
}

#[derive(Deserialize)]
struct State {
    values: BTreeMap<String, BTreeMap<String, Field>>,
}

#[derive(Deserialize)]
struct Field {
    value: Option<String>,
}

/// Reads a payload.
pub(crate) fn parse(payload: &[u8]) -> Result<Interaction, Nothing> {
    let head: Head = serde_json::from_slice(payload).map_err(|_| Unreadable("no interaction of a person"))?;
    if !is_user_id(&head.user.id) {
        return Err(Unreadable("the person has no id"));
    }
    let deed = match head.kind.as_str() {
        "block_actions" => pressed(payload)?,
        "view_submission" => submitted(payload)?,
        _ => return Err(NotOurs("another kind of interaction")),
    };
    Ok(Interaction { who: ChatUserId(head.user.id), app: head.api_app_id, deed })
}

fn pressed(payload: &[u8]) -> Result<Deed, Nothing> {
    let pressed: Pressed = serde_json::from_slice(payload).map_err(|_| Unreadable("no pressed button"))?;
    let [action] = pressed.actions.as_slice() else { return Err(Unreadable("not one action")) };
    if action.kind != "button" || action.block_id != button::BLOCK {
        return Err(NotOurs("another action"));
    }
    let container = pressed.container;
    if container.kind != "message" || container.is_ephemeral {
        return Err(NotOurs("a button elsewhere than on a message"));
    }
    let place = Place { channel: &container.channel_id, ts: &container.message_ts };
    if !place.is_sound() {
        return Err(Unreadable("the message has no place"));
    }
    let carried = Carried::parse(&action.value).filter(|carried| button::action_id(carried.act) == action.name);
    let trigger = pressed.trigger_id.filter(|trigger| {
        (1..=TRIGGER).contains(&trigger.len()) && trigger.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let message = MessageRef { conversation: container.channel_id, message: container.message_ts };
    Ok(Deed::Pressed { message, carried, trigger })
}

fn submitted(payload: &[u8]) -> Result<Deed, Nothing> {
    let submitted: Submitted = serde_json::from_slice(payload).map_err(|_| Unreadable("no submitted form"))?;
    let mut view = submitted.view;
    if view.callback_id != FORM {
        return Err(NotOurs("another form"));
    }
    if !(1..=STATE).contains(&view.private_metadata.len()) {
        return Err(Unreadable("the form does not say what it is for"));
    }
    let field = view.state.values.get_mut(REASON).and_then(|block| block.remove(REASON));
    let reason = field.and_then(|field| field.value).map(|reason| reason.trim().to_owned());
    Ok(Deed::Submitted { state: view.private_metadata, reason: reason.filter(|reason| !reason.is_empty()) })
}

#[cfg(test)]
mod tests {
    use accessbot_core::backend::decision::{Action as Wish, Proof, ReasonRule};
    use accessbot_core::request::RequestId;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn carried() -> Carried {
        Carried::new(&RequestId::new("f7a02cf7"), Wish::Approve, ReasonRule::Off, &Proof::new("proof"))
    }

    fn click() -> Value {
        let action = json!({"type": "button", "block_id": "accessbot_decide", "action_id": "accessbot_approve",
            "value": carried().text(), "style": "primary", "action_ts": "1.2"});
        json!({"type": "block_actions", "user": {"id": "U0ALICE00", "username": "alice", "team_id": "T0TEAM000"},
            "api_app_id": "A0APP0000", "team": null, "trigger_id": "1.2.abc", "response_url": "https://hooks.slack.com/x",
            "container": {"type": "message", "channel_id": "C0ACCESS0", "message_ts": "1531420618.000100"},
            "channel": {"id": "C0OTHER00"}, "message": {"ts": "9.9", "user": "U0OTHER00"}, "actions": [action]})
    }

    fn form() -> Value {
        json!({"type": "view_submission", "user": {"id": "U0ALICE00"}, "api_app_id": "A0APP0000", "trigger_id": "1.2.abc",
            "view": {"type": "modal", "callback_id": "accessbot_reason", "private_metadata": "state",
                "state": {"values": {"reason": {"reason": {"type": "plain_text_input", "value": " because \n"}}}}}})
    }

    fn read(payload: &Value) -> Result<Interaction, Nothing> {
        parse(payload.to_string().as_bytes())
    }

    fn with(mut payload: Value, pointer: &str, value: Value) -> Value {
        *payload.pointer_mut(pointer).unwrap() = value;
        payload
    }

    #[test]
    fn a_press_is_on_the_message_that_its_container_names_and_by_the_person_whom_slack_names() {
        let read = read(&click()).unwrap();
        assert_eq!((read.who.0.as_str(), read.app.as_deref()), ("U0ALICE00", Some("A0APP0000")));
        let message = MessageRef { conversation: "C0ACCESS0".into(), message: "1531420618.000100".into() };
        let trigger = Some("1.2.abc".to_owned());
        assert_eq!(read.deed, Deed::Pressed { message, carried: Some(carried()), trigger });
    }

    #[test]
    fn a_form_brings_its_state_and_what_was_written() {
        let reason = |value: Value| match read(&with(form(), "/view/state/values/reason/reason/value", value)) {
            Ok(Interaction { deed: Deed::Submitted { state, reason }, .. }) => {
                assert_eq!(state, "state");
                reason
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(json!(" because \n")).as_deref(), Some("because"));
        assert_eq!(reason(json!("  ")), None);
        assert_eq!(reason(Value::Null), None);
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        for payload in [
            with(click(), "/type", json!("message_action")),
            with(click(), "/actions/0/block_id", json!("b1")),
            with(click(), "/actions/0/type", json!("static_select")),
            with(click(), "/container/type", json!("view")),
            with(click(), "/container", json!({"type": "message", "is_ephemeral": true})),
            with(form(), "/type", json!("view_closed")),
            with(form(), "/view/callback_id", json!("other")),
        ] {
            assert!(matches!(read(&payload), Err(NotOurs(_))), "{payload}");
        }
    }

    #[test]
    fn what_slack_would_not_send_is_refused() {
        let action = click()["actions"][0].clone();
        for payload in [
            json!(null),
            json!([]),
            json!({}),
            with(click(), "/type", json!(5)),
            with(click(), "/user", json!("U0ALICE00")),
            with(click(), "/user/id", json!("alice")),
            with(click(), "/user/id", json!("C0ACCESS0")),
            with(click(), "/user/id", json!("U0ALICE00&x")),
            with(click(), "/actions", json!([])),
            with(click(), "/actions", json!([action, action])),
            with(click(), "/actions", json!({"0": action})),
            with(click(), "/container/channel_id", json!("../C0ACCESS0")),
            with(click(), "/container/channel_id", json!("")),
            with(click(), "/container/message_ts", json!("1531420618")),
            with(click(), "/container/message_ts", json!(1_531_420_618.000_1)),
            with(form(), "/view/private_metadata", json!("")),
            with(form(), "/view/private_metadata", json!("x".repeat(1001))),
            with(form(), "/view/private_metadata", json!({"state": 1})),
            with(form(), "/view/state", json!({"values": []})),
            with(form(), "/view/state/values/reason/reason/value", json!(["because"])),
        ] {
            assert!(matches!(read(&payload), Err(Unreadable(_))), "{payload}");
        }
    }

    #[test]
    fn a_button_that_is_called_like_ours_and_carries_something_else_is_known_as_such() {
        for payload in [
            with(click(), "/actions/0/value", json!("")),
            with(click(), "/actions/0/value", json!("approve")),
            with(click(), "/actions/0/value", json!("x".repeat(10_000))),
            with(click(), "/actions/0/action_id", json!("accessbot_deny")),
        ] {
            let read = read(&payload).unwrap();
            assert!(matches!(read.deed, Deed::Pressed { carried: None, .. }), "{payload}");
        }
        for trigger in [json!(null), json!(""), json!("a b"), json!("x".repeat(301))] {
            let read = read(&with(click(), "/trigger_id", trigger)).unwrap();
            assert!(matches!(read.deed, Deed::Pressed { trigger: None, .. }));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_payload_that_was_cut_or_bent_makes_it_panic(cut in 0..2000_usize, at in 0..2000_usize, byte: u8) {
            for payload in [click(), form()] {
                let mut bytes = payload.to_string().into_bytes();
                let at = at % bytes.len();
                bytes[at] = byte;
                bytes.truncate(cut);
                let _ = parse(&bytes);
            }
        }

        #[test]
        fn depth_is_no_way_to_exhaust_it(depth in 1..20_000_usize) {
            let payload = format!("{}\"type\":{}", "{\"user\":".repeat(depth), "[".repeat(depth));
            let _ = parse(payload.as_bytes());
        }
    }
}
