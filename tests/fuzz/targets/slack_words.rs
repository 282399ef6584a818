//! What Slack says: messages over the socket, and pages of messages, in which stands whatever people and other apps posted.
//! The first byte says which.
#![no_main]

use accessbot_slack::fuzzing;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    match text.split_at_checked(1) {
        Some(("w", frame)) => drop(fuzzing::frame(frame)),
        Some(("m", page)) => drop(fuzzing::messages(page)),
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});
