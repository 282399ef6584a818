//! The proof that a button is ours.
//!
//! Anybody in a chat may post a button that calls us with whatever it likes. Ours carry a seal over everything that
//! pressing them may mean: the cluster, the request, the action, the conversation, the message's marker, and when it
//! ends. So a proof is good for one button of one message.

use super::keys::{Keys, Purpose, Seal};
use crate::backend::Marker;
use crate::backend::decision::{Action, Proof};
use crate::clock::Timestamp;
use crate::request::RequestId;

const VERSION: &str = "1";

/// The message that a button is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The cluster that the request is in.
    pub cluster: &'a str,
    /// The request.
    pub request: &'a RequestId,
    /// The conversation's identifier.
    pub conversation: &'a str,
}

/// A button of ours, as its proof tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it does.
    pub action: Action,
    /// The marker of the message that it is on.
    pub marker: Marker,
    /// After this moment it counts no more.
    pub expires: Option<Timestamp>,
}

impl Button {
    /// The proof that it is ours.
    pub fn prove(&self, keys: &Keys, place: &Place<'_>) -> Proof {
        let ends = self.ends();
        let Seal { key_id, mac } = keys.seal(Purpose::Button, &self.fields(&ends, place));
        Proof::new(format!("{VERSION}.{key_id}.{ends}.{}.{mac}", self.marker.as_str()))
    }

    /// The button that carries `proof`, if it is one of ours, in this place, for this action, and still counts.
    pub fn proven(proof: &Proof, action: Action, keys: &Keys, place: &Place<'_>, now: Timestamp) -> Option<Self> {
        if proof.as_str().len() > Proof::LONGEST {
            return None;
        }
        let mut parts = proof.as_str().split('.');
        let (version, key_id, ends, marker, mac) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != VERSION || parts.next().is_some() {
            return None;
        }
        let expires = match ends {
            "-" => None,
            millis => Some(Timestamp::from_millis(millis.parse().ok()?)),
        };
        let button = Self { action, marker: Marker::try_from(marker.to_owned()).ok()?, expires };
        let seal = Seal { key_id: key_id.to_owned(), mac: mac.to_owned() };
        let ours = keys.verifies(Purpose::Button, &seal, &button.fields(ends, place));
        (ours && expires.is_none_or(|expires| now < expires)).then_some(button)
    }

    fn ends(&self) -> String {
        self.expires.map_or_else(|| "-".to_owned(), |expires| expires.as_millis().to_string())
    }

    fn fields<'a>(&'a self, ends: &'a str, place: &Place<'a>) -> [&'a [u8]; 7] {
        [
            VERSION.as_bytes(),
            place.cluster.as_bytes(),
            place.request.as_str().as_bytes(),
            self.action.word().as_bytes(),
            place.conversation.as_bytes(),
            self.marker.as_str().as_bytes(),
            ends.as_bytes(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::tests::keys;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn button() -> Button {
        let marker = Marker::from_bytes(&[3; Marker::LENGTH]);
        Button { action: Action::Approve, marker, expires: Some(Timestamp::from_millis(2_000_000)) }
    }

    #[test]
    fn a_proof_is_good_for_one_button_of_one_message() {
        let (keys, request, other) = (keys(1), RequestId::new("r-1"), RequestId::new("r-2"));
        let place = Place { cluster: "lab", request: &request, conversation: "c1" };
        let proof = button().prove(&keys, &place);
        assert!(proof.as_str().len() <= Proof::LONGEST);
        let ask = |action, place: &Place<'_>, now| Button::proven(&proof, action, &keys, place, now);
        assert_eq!(ask(Action::Approve, &place, NOW), Some(button()));
        assert_eq!(ask(Action::Deny, &place, NOW), None, "another action");
        assert_eq!(ask(Action::Approve, &Place { conversation: "c2", ..place.clone() }, NOW), None, "another channel");
        assert_eq!(ask(Action::Approve, &Place { request: &other, ..place.clone() }, NOW), None, "another request");
        assert_eq!(ask(Action::Approve, &Place { cluster: "prod", ..place.clone() }, NOW), None, "another cluster");
        assert_eq!(ask(Action::Approve, &place, Timestamp::from_millis(2_000_000)), None, "too late");
        assert_eq!(Button::proven(&proof, Action::Approve, &self::keys(2), &place, NOW), None, "another secret");
        let for_ever = Button { expires: None, ..button() };
        let proof = for_ever.prove(&keys, &place);
        assert_eq!(Button::proven(&proof, Action::Approve, &keys, &place, NOW), Some(for_ever));
    }

    proptest! {
        /// Neither a change of any letter nor any other text passes, or panics.
        #[test]
        fn nothing_else_is_a_proof(at in any::<prop::sample::Index>(), with in any::<char>(), text in ".{0,300}") {
            let (keys, request) = (keys(1), RequestId::new("r-1"));
            let place = Place { cluster: "lab", request: &request, conversation: "c1" };
            let proof = button().prove(&keys, &place);
            let at = at.index(proof.as_str().len());
            let mut changed: Vec<char> = proof.as_str().chars().collect();
            changed[at] = with;
            let changed: String = changed.into_iter().collect();
            // Hexadecimal letters in upper case say the same.
            prop_assume!(!changed.eq_ignore_ascii_case(proof.as_str()));
            prop_assert_eq!(Button::proven(&Proof::new(changed), Action::Approve, &keys, &place, NOW), None);
            prop_assert_eq!(Button::proven(&Proof::new(text), Action::Approve, &keys, &place, NOW), None);
        }
    }
}
