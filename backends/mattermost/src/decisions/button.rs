//! What a button carries to us, past everybody who can read the channel: the server tells it to nobody but us.

use accessbot_core::backend::decision::{Action, Proof, ReasonRule};
use accessbot_core::request::RequestId;
use serde::{Deserialize, Serialize};

/// The form of this version.
const VERSION: u32 = 1;
/// The longest name of a request that a button carries, in bytes. Teleport's have 36.
const LONGEST_REQUEST: usize = 120;

/// The context of a button, as Mattermost calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ButtonContext {
    v: u32,
    req: String,
    /// What the button does.
    pub(crate) act: Action,
    /// Whether a reason is asked for. For convenience only: the sink knows what is right.
    pub(crate) ask: ReasonRule,
    /// That it is ours.
    pub(crate) proof: Proof,
}

impl ButtonContext {
    /// What a button for `act` on `request` carries; `None` if the request's name is longer than any of Teleport's.
    pub(crate) fn new(request: &RequestId, act: Action, ask: ReasonRule, proof: &Proof) -> Option<Self> {
        let req = request.as_str().to_owned();
        (req.len() <= LONGEST_REQUEST).then(|| Self { v: VERSION, req, act, ask, proof: proof.clone() })
    }

    /// Reads what came back, which anybody may have written. `None` if it has not the form of ours.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        let read: Self = serde_json::from_str(json).ok()?;
        let ours = read.v == VERSION
            && (1..=LONGEST_REQUEST).contains(&read.req.len())
            && (1..=Proof::LONGEST).contains(&read.proof.as_str().len());
        ours.then_some(read)
    }

    /// The request.
    pub(crate) fn request(&self) -> RequestId {
        RequestId::new(self.req.clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_has_our_form_is_read() {
        let ours = r#"{"v":1,"req":"r","act":"approve","ask":"off","proof":"p"}"#;
        let read = ButtonContext::parse(ours).unwrap();
        assert_eq!((read.request(), read.act, read.ask), (RequestId::new("r"), Action::Approve, ReasonRule::Off));
        assert_eq!(serde_json::to_string(&read).unwrap(), ours);
        assert!(ButtonContext::parse(&ours.replace('}', r#","selected_option":"x"}"#)).is_some(), "servers may add");
        for (from, to) in [
            ("1", "2"),
            ("1", "\"1\""),
            ("\"r\"", "\"\""),
            ("\"r\"", "5"),
            ("approve", "Approve"),
            ("approve", "promote"),
            ("off", "never"),
            ("\"p\"", "\"\""),
            ("\"p\"", "[\"p\"]"),
            ("\"p\"", &format!("\"{}\"", "p".repeat(Proof::LONGEST + 1))),
            ("\"r\"", &format!("\"{}\"", "r".repeat(LONGEST_REQUEST + 1))),
            ("}", ""),
        ] {
            assert_eq!(ButtonContext::parse(&ours.replacen(from, to, 1)), None, "{from} as {to}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = ButtonContext::parse(&text);
        }

        #[test]
        fn what_goes_out_comes_back(request in "[ -~]{1,120}", proof in "[A-Za-z0-9._-]{1,256}") {
            let sent = ButtonContext::new(&RequestId::new(request), Action::Deny, ReasonRule::Required, &Proof::new(proof));
            let sent = sent.unwrap();
            prop_assert_eq!(ButtonContext::parse(&serde_json::to_string(&sent).unwrap()), Some(sent));
        }
    }
}
