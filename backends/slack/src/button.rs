//! What a button carries: through Slack, to whoever presses it, and back to us with the press.

use accessbot_core::backend::decision::{Action, Proof, ReasonRule};
use accessbot_core::request::RequestId;
use serde::{Deserialize, Serialize};

/// The block that our buttons are in.
pub(crate) const BLOCK: &str = "accessbot_decide";
/// What a button may carry, in characters; Slack allows 2000.
pub(crate) const ROOM: usize = 1800;
/// Bytes of a request's name. Teleport's have 36.
const NAME_ROOM: usize = 200;
/// The form in which it is written.
const VERSION: u32 = 1;

/// What a button carries. Whoever sees the button can read it, and nobody can make one of ours carry anything else:
/// Slack gives back what the message has. Who else can say that it does is for the proof to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carried {
    v: u32,
    /// The request.
    pub(crate) req: RequestId,
    /// What pressing it means.
    pub(crate) act: Action,
    /// Whether a reason is asked for.
    pub(crate) ask: ReasonRule,
    /// Proof that the button is ours.
    pub(crate) proof: Proof,
}

impl Carried {
    pub(crate) fn new(request: &RequestId, act: Action, ask: ReasonRule, proof: &Proof) -> Self {
        Self { v: VERSION, req: request.clone(), act, ask, proof: proof.clone() }
    }

    /// As text; `None` if there is no room for it.
    pub(crate) fn text(&self) -> Option<String> {
        let text = serde_json::to_string(self).ok()?;
        (self.is_sound() && text.encode_utf16().count() <= ROOM).then_some(text)
    }

    /// Reads what came back. `None` if it is nothing that we write.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // In UTF-8 a character has three bytes for each of UTF-16's units, at most.
        if text.len() > 3 * ROOM {
            return None;
        }
        let carried: Self = serde_json::from_str(text).ok()?;
        (carried.v == VERSION && carried.is_sound()).then_some(carried)
    }

    fn is_sound(&self) -> bool {
        let proof = self.proof.as_str();
        (1..=NAME_ROOM).contains(&self.req.as_str().len())
            && (1..=Proof::LONGEST).contains(&proof.len())
            && proof.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

/// Slack's name for a button of ours.
pub(crate) fn action_id(action: Action) -> &'static str {
    match action {
        Action::Approve => "accessbot_approve",
        Action::Deny => "accessbot_deny",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn carried(request: &str, proof: &str) -> Carried {
        Carried::new(&RequestId::new(request), Action::Deny, ReasonRule::Optional, &Proof::new(proof))
    }

    #[test]
    fn the_wire_form() {
        let text = carried("f7a02cf7", "v1.abc").text().unwrap();
        insta::assert_snapshot!(text, @r#"{"v":1,"req":"f7a02cf7","act":"deny","ask":"optional","proof":"v1.abc"}"#);
        let longest = carried(&"\u{1}".repeat(NAME_ROOM), &"\"".repeat(Proof::LONGEST));
        assert!(longest.text().is_some_and(|text| text.len() <= ROOM), "what is sound has room");
        assert_eq!(carried(&"x".repeat(NAME_ROOM + 1), "p").text(), None);
        assert_eq!(carried("f7a02cf7", &"x".repeat(Proof::LONGEST + 1)).text(), None);
    }

    #[test]
    fn what_we_do_not_write_is_nothing() {
        let good = carried("f7a02cf7", "v1.abc").text().unwrap();
        assert!(Carried::parse(&good).is_some());
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\":\"1\""),
            ("deny", "delete"),
            ("deny", "Deny"),
            ("\"optional\"", "null"),
            ("v1.abc", ""),
            ("v1.abc", "a b"),
            ("f7a02cf7", ""),
            ("\"req\":\"f7a02cf7\"", "\"req\":[\"f7a02cf7\"]"),
            ("\"act\"", "\"act\":\"approve\",\"act\""),
            ("{", "{\"more\":1,"),
            ("}", ""),
        ] {
            assert_eq!(Carried::parse(&good.replacen(from, to, 1)), None, "{from} -> {to}");
        }
        assert_eq!(Carried::parse(&format!("{good}{}", " ".repeat(3 * ROOM))), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(request in "\\PC{1,40}", proof in "[!-~]{1,256}") {
            let carried = carried(&request, &proof);
            if let Some(text) = carried.text() {
                prop_assert_eq!(Carried::parse(&text), Some(carried));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = Carried::parse(&text);
        }
    }
}
