//! What a Mattermost server says: messages over the websocket, lists of posts, in which stands whatever people posted, and
//! what somebody replied. The first byte says which.
#![no_main]

use accessbot_core::backend::decision::command;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    match text.split_at_checked(1) {
        Some(("w", frame)) => drop(accessbot_mattermost::fuzzing::frame(frame)),
        Some(("p", posts)) => drop(accessbot_mattermost::fuzzing::posts(posts)),
        Some(("r", reply)) => {
            let reason = command(reply).and_then(|command| command.reason);
            assert!(reason.is_none_or(|reason| reason.trim() == reason && !reason.is_empty()));
        }
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});
