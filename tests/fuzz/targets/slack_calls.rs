//! What Slack, or whoever found the address, sends when somebody does something. The first byte says in what stage: the
//! body as it comes, its signature, or the payload within.
#![no_main]

use accessbot_core::clock::Timestamp;
use accessbot_core::secret::Secret;
use accessbot_slack::fuzzing;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::{Corpus, fuzz_target};

const NOW: Timestamp = Timestamp::from_millis(1_531_420_618_000);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((stage, data)) = data.split_first() else { return Corpus::Reject };
    match stage {
        b'b' => {
            if let Some(payload) = fuzzing::payload(data) {
                fuzzing::interaction(payload.as_bytes());
            }
        }
        b'p' => drop(fuzzing::interaction(data)),
        b's' => {
            let mut headers = HeaderMap::new();
            let mut lines = data.splitn(3, |byte| *byte == b'\n');
            for name in ["x-slack-signature", "x-slack-request-timestamp"] {
                let Some(value) = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok()) else {
                    return Corpus::Reject;
                };
                headers.insert(name, value);
            }
            let secret = Secret::new("a secret that no input was signed with");
            let signed = fuzzing::is_signed(&secret, &headers, lines.next().unwrap_or_default(), NOW);
            assert!(!signed, "nobody has signed this");
        }
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});
