//! Trigger ids: whoever holds a fresh one may open a dialog for the user who pressed.
//!
//! It is base64 of `client trigger id:user id:milliseconds:signature`. The client trigger id alone goes to the client.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use super::error::{ApiError, ApiResult};
use crate::common::ids::{mattermost_id, random};

/// Makes and checks trigger ids. The real server signs with ECDSA; nobody but the server can tell.
#[derive(Debug)]
pub(crate) struct Triggers {
    key: hmac::Key,
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
    pub(crate) fn new(life: Duration) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()), life }
    }

    /// A trigger id for a user who pressed just now.
    pub(crate) fn make(&self, user_id: &str, now: Timestamp) -> Trigger {
        let client = mattermost_id();
        let text = format!("{client}:{user_id}:{}:", now.as_millis());
        let signature = BASE64_STANDARD.encode(hmac::sign(&self.key, text.as_bytes()));
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
        if signature.len() != self.key.algorithm().digest_algorithm().output_len() {
            return Err(bad("interactive_message.decode_trigger_id.signature_decode_failed", undecoded));
        }
        let text = format!("{client}:{user_id}:{at}:");
        hmac::verify(&self.key, text.as_bytes(), &signature).map_err(|_| {
            bad(
                "interactive_message.decode_trigger_id.verify_signature_failed",
                "Signature verification failed of trigger ID for interactive dialog.",
            )
        })?;
        Ok(Opened { client: client.to_owned(), user_id: user_id.to_owned() })
    }
}
