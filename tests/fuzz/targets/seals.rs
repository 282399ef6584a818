//! What passes through hands that are not ours and comes back: proofs of buttons, and states of forms. The first byte says
//! which. Nothing opens but what was sealed, however it was bent.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, ChatUserId, Press, Proof};
use accessbot_core::backend::{Marker, MessageRef};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::RequestId;
use accessbot_core::review::{Button, Form, Keys, Place};
use accessbot_core::secret::Secret;
use libfuzzer_sys::{Corpus, fuzz_target};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const CLUSTER: &str = "lab";

/// What was sealed. The seeds `proof` and `state` are its seals.
struct Sealed {
    keys: Keys,
    request: RequestId,
    button: Button,
    press: Press,
}

static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let secret = Secret::new("3f9a1c77d2e84b06a5b1c9d0e7f2341886acbd90571e2f3a4b5c6d7e8f901234");
    let keys = Keys::new(&secret, None).expect("a secret of 64 different enough letters");
    let request = RequestId::new("f7a02cf7-2c95-4bb1-be9c-2e3183218a87");
    let expires = Some(NOW.plus(Duration::from_secs(3600)));
    let button = Button { action: Action::Approve, marker: Marker::from_bytes(&[7; Marker::LENGTH]), expires };
    let place = Place { cluster: CLUSTER, request: &request, conversation: "c1" };
    let proof = button.prove(&keys, &place);
    let message = MessageRef { conversation: "c1".to_owned(), message: "p1".to_owned() };
    let who = ChatUserId("alice".to_owned());
    let press = Press { request: request.clone(), action: Action::Approve, message, who, proof };
    // Seeds that do not open would lead nowhere.
    assert_eq!(include_str!("../seeds/seals/proof"), format!("p{}", press.proof.as_str()));
    let state = Form::new(&press, button.clone(), NOW).seal(&keys, CLUSTER).unwrap_or_default();
    assert_eq!(include_str!("../seeds/seals/state"), format!("f{state}"));
    Sealed { keys, request, button, press }
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let Sealed { keys, request, button, press } = &*SEALED;
    match text.split_at_checked(1) {
        Some(("p", proof)) => {
            let proof = Proof::new(proof);
            for (action, conversation) in [(Action::Approve, "c1"), (Action::Deny, "c1"), (Action::Approve, "c2")] {
                let place = Place { cluster: CLUSTER, request, conversation };
                if let Some(proven) = Button::proven(&proof, action, keys, &place, NOW) {
                    assert!(proven == *button && conversation == "c1", "a button that nobody made");
                }
            }
        }
        Some(("f", state)) => {
            for who in ["alice", "ivan"] {
                if let Some(opened) = Form::open(state, &ChatUserId(who.to_owned()), keys, CLUSTER, NOW) {
                    assert!(opened == *press, "a form that nobody opened");
                }
            }
        }
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});
