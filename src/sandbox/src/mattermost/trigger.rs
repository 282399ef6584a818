//! Trigger ids: whoever holds a fresh one may open a dialog for the user who pressed.
//!
//! It is base64 of `client trigger id:user id:milliseconds:signature`; the signature is ECDSA over P-256 with SHA-256, as
//! ASN.1 in base64, of everything before it. The client trigger id alone goes to the client. The server tells everybody the
//! key to verify them with.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};

use super::error::{ApiError, ApiResult};
use crate::common::ids::mattermost_id;

/// What stands before the point of a P-256 key in a `SubjectPublicKeyInfo` (RFC 5480).
const SPKI_OF_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Makes and checks trigger ids.
#[derive(Debug)]
pub(crate) struct Triggers {
    key: EcdsaKeyPair,
    /// Whether the server tells the key to verify them with.
    pub(crate) published: bool,
    life: Duration,
}

/// A new trigger id.
pub(crate) struct Trigger {
    /// For the integration.
    pub(crate) full: String,
    /// For the client.
    pub(crate) client: String,
}

/// What a valid trigger id says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) client: String,
    pub(crate) user_id: String,
}

impl Triggers {
    /// With a key of its own, so that a trigger id of one server is nothing to another.
    ///
    /// # Panics
    /// If the operating system has no random numbers.
    pub(crate) fn new(life: Duration) -> Self {
        Self { key: new_key(), published: true, life }
    }

    /// Takes another key: trigger ids that were made before are worth nothing from now on.
    pub(crate) fn change_key(&mut self) {
        self.key = new_key();
    }

    /// The key to verify them with, if the server tells it.
    pub(crate) fn public_key(&self) -> Option<String> {
        self.published.then(|| BASE64_STANDARD.encode([&SPKI_OF_P256, self.key.public_key().as_ref()].concat()))
    }

    /// A trigger id for a user who pressed at this time.
    #[expect(clippy::expect_used, reason = "without random numbers nothing else in here works")]
    pub(crate) fn make(&self, user_id: &str, at: Timestamp) -> Trigger {
        let client = mattermost_id();
        let text = format!("{client}:{user_id}:{}:", at.as_millis());
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).expect("random numbers");
        let signature = BASE64_STANDARD.encode(signature);
        Trigger { full: BASE64_STANDARD.encode(text + &signature), client }
    }

    /// Checks a trigger id, in the server's order: form, age, signature. It may be used more than once.
    pub(crate) fn check(&self, trigger: &str, now: Timestamp) -> ApiResult<Opened> {
        let bad = |id, message: &str| ApiError::bad_request(id, message);
        let text = BASE64_STANDARD.decode(trigger).map_err(|_| {
            bad(
                "interactive_message.decode_trigger_id.base64_decode_failed",
                "Failed to decode base64 for trigger ID for interactive dialog.",
            )
        })?;
        let text = String::from_utf8_lossy(&text);
        let parts: Vec<&str> = text.split(':').collect();
        let [client, user_id, at, signature] = parts[..] else {
            return Err(bad(
                "interactive_message.decode_trigger_id.missing_data",
                "Trigger ID missing required data for interactive dialog.",
            ));
        };
        let made = Timestamp::from_millis(at.parse().unwrap_or(0));
        if now.since(made) > self.life {
            let message = format!(
                "Trigger ID for interactive dialog is expired. Trigger IDs live for a maximum of {} seconds.",
                self.life.as_secs()
            );
            return Err(bad("interactive_message.decode_trigger_id.expired", &message));
        }
        let undecoded = "Failed to decode base64 signature of trigger ID for interactive dialog.";
        let signature = BASE64_STANDARD
            .decode(signature)
            .map_err(|_| bad("interactive_message.decode_trigger_id.base64_decode_failed_signature", undecoded))?;
        if !is_sequence(&signature) {
            return Err(bad("interactive_message.decode_trigger_id.signature_decode_failed", undecoded));
        }
        let text = format!("{client}:{user_id}:{at}:");
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.key.public_key().as_ref());
        key.verify(text.as_bytes(), &signature).map_err(|_| {
            bad(
                "interactive_message.decode_trigger_id.verify_signature_failed",
                "Signature verification failed of trigger ID for interactive dialog.",
            )
        })?;
        Ok(Opened { client: client.to_owned(), user_id: user_id.to_owned() })
    }
}

#[expect(clippy::expect_used, reason = "without random numbers nothing else in here works")]
fn new_key() -> EcdsaKeyPair {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("random numbers");
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).expect("a key that was made a moment ago")
}

/// Whether it is one short sequence in ASN.1, as signatures are.
fn is_sequence(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, rest @ ..] if usize::from(*length) == rest.len() && *length < 0x80)
}
