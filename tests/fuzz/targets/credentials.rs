//! Credentials: identity files, and the certificates and keys in them. The first byte says which.
#![no_main]

use accessbot_core::clock::Timestamp;
use accessbot_teleport::{Credentials, fuzzing};
use libfuzzer_sys::{Corpus, fuzz_target};

/// The year 2100, when the seeds are valid whenever they were made.
const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000);

const LABELS: [&str; 3] = ["PRIVATE KEY", "OPENSSH PRIVATE KEY", "RSA PRIVATE KEY"];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((which, content)) = data.split_first() else { return Corpus::Reject };
    match which {
        b'i' => {
            let Ok(text) = std::str::from_utf8(content) else { return Corpus::Reject };
            shown(fuzzing::identity_file(text, NOW));
        }
        b't' => {
            let Ok(text) = std::str::from_utf8(content) else { return Corpus::Reject };
            shown(Credentials::from_pem(text, text, text, NOW));
        }
        b'c' => {
            if let Some(certificate) = fuzzing::certificate(content) {
                let _ = format!("{certificate:?} {}", certificate.needs_no_second_factor());
            }
        }
        b'0'..=b'2' => {
            let label = LABELS[usize::from(which - b'0')];
            fuzzing::private_key(label, content);
        }
        _ => return Corpus::Reject,
    }
    Corpus::Keep
});

/// What people are told must come out whole as well.
fn shown<E: std::error::Error>(read: Result<Credentials, E>) {
    match read {
        Ok(credentials) => {
            let _ = format!("{credentials:?} {:?}", credentials.warning(NOW));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
