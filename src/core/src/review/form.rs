//! What a form that asks for a reason carries.
//!
//! Its state passes through the client of whoever fills it in, who may change it, hand it on, or read it. So it is sealed,
//! and bound to the person, the message and the button that it was opened for; and it does not hold the button's proof,
//! which is worth the same in anybody's hands.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::keys::{Keys, Purpose, Seal};
use super::proof::{Button, Place};
use crate::backend::decision::{Action, ChatUserId, Press};
use crate::backend::{Marker, MessageRef};
use crate::clock::Timestamp;
use crate::request::RequestId;

const VERSION: &str = "1";
/// The longest state that is made or taken, in bytes.
const LONGEST: usize = 1000;
/// How long somebody may think about a reason.
const THOUGHT: Duration = Duration::from_secs(15 * 60);

/// A form that was opened for a press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    #[serde(rename = "r")]
    request: RequestId,
    #[serde(rename = "a")]
    action: Action,
    #[serde(rename = "m")]
    message: MessageRef,
    #[serde(rename = "u")]
    who: String,
    /// The button's marker, and when it ends.
    #[serde(rename = "k")]
    marker: Marker,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    ends: Option<Timestamp>,
    #[serde(rename = "e")]
    expires: Timestamp,
}

impl Form {
    /// A form for `press` of this button of ours, opened now.
    pub fn new(press: &Press, button: Button, now: Timestamp) -> Self {
        let Press { request, message, who, .. } = press.clone();
        let Button { action, marker, expires } = button;
        Self { request, action, message, who: who.0, marker, ends: expires, expires: now.plus(THOUGHT) }
    }

    /// Its state; `None` if that would be too long.
    pub fn seal(&self, keys: &Keys, cluster: &str) -> Option<String> {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_string(self).ok()?);
        let Seal { key_id, mac } = keys.seal(Purpose::Form, &fields(cluster, &body));
        Some(format!("{VERSION}.{key_id}.{body}.{mac}")).filter(|state| state.len() <= LONGEST)
    }

    /// The press that the form of this state was opened for, if it is one of ours, still counts, and `who` is the person
    /// that it was opened for.
    pub fn open(state: &str, who: &ChatUserId, keys: &Keys, cluster: &str, now: Timestamp) -> Option<Press> {
        if state.len() > LONGEST {
            return None;
        }
        let mut parts = state.split('.');
        let (version, key_id, body, mac) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != VERSION || parts.next().is_some() {
            return None;
        }
        let seal = Seal { key_id: key_id.to_owned(), mac: mac.to_owned() };
        if !keys.verifies(Purpose::Form, &seal, &fields(cluster, body)) {
            return None;
        }
        let Self { request, action, message, who: opened_for, marker, ends, expires } =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        if opened_for != who.0 || now >= expires {
            return None;
        }
        let place = Place { cluster, request: &request, conversation: &message.conversation };
        let proof = Button { action, marker, expires: ends }.prove(keys, &place);
        Some(Press { request, action, message, who: who.clone(), proof })
    }
}

fn fields<'a>(cluster: &'a str, body: &'a str) -> [&'a [u8]; 3] {
    [VERSION.as_bytes(), cluster.as_bytes(), body.as_bytes()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::tests::keys;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn button() -> Button {
        let marker = Marker::from_bytes(&[3; Marker::LENGTH]);
        Button { action: Action::Deny, marker, expires: Some(NOW.plus(2 * THOUGHT)) }
    }

    fn press() -> Press {
        let request = RequestId::new("c7fd8bc1-fb97-4e91-9d5d-b0a1cbf4b46e");
        let message = MessageRef { conversation: "c".repeat(26), message: "m".repeat(26) };
        let place = Place { cluster: "lab", request: &request, conversation: &message.conversation };
        let proof = button().prove(&keys(1), &place);
        Press { request, action: Action::Deny, message, who: ChatUserId("u".repeat(26)), proof }
    }

    #[test]
    fn whoever_fills_in_a_form_does_not_learn_what_its_button_carries() {
        let state = Form::new(&press(), button(), NOW).seal(&keys(1), "lab").unwrap();
        let body = URL_SAFE_NO_PAD.decode(state.split('.').nth(2).unwrap()).unwrap();
        let seal = press().proof.as_str().rsplit('.').next().unwrap().to_owned();
        assert!(!String::from_utf8(body).unwrap().contains(&seal), "it could be pressed in the name of anybody");
    }

    #[test]
    fn a_form_is_good_for_whom_it_was_opened_and_for_a_while() {
        let keys = keys(1);
        let state = Form::new(&press(), button(), NOW).seal(&keys, "lab").unwrap();
        assert!(state.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{state}");
        let open = |who: &str, cluster, now| Form::open(&state, &ChatUserId(who.to_owned()), &keys, cluster, now);
        assert_eq!(open(&press().who.0, "lab", NOW.plus(THOUGHT).minus(Duration::from_secs(1))), Some(press()));
        assert_eq!(open(&press().who.0, "lab", NOW.plus(THOUGHT)), None, "too late");
        assert_eq!(open("bob", "lab", NOW), None, "somebody else's");
        assert_eq!(open(&press().who.0, "prod", NOW), None, "another cluster's");
        assert_eq!(Form::open(&state, &press().who, &self::keys(2), "lab", NOW), None, "another secret's");
        let endless = Press { request: RequestId::new("r".repeat(900)), ..press() };
        assert_eq!(Form::new(&endless, button(), NOW).seal(&keys, "lab"), None);
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_state(text in ".{0,300}", body in "[A-Za-z0-9_-]{0,100}") {
            let keys = keys(1);
            prop_assert_eq!(Form::open(&text, &press().who, &keys, "lab", NOW), None);
            let state = Form::new(&press(), button(), NOW).seal(&keys, "lab").unwrap();
            let mut parts: Vec<&str> = state.split('.').collect();
            parts[2] = &body;
            prop_assert_eq!(Form::open(&parts.join("."), &press().who, &keys, "lab", NOW), None);
        }
    }
}
