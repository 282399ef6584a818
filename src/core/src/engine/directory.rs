//! Which conversation each recipient is, remembered for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use crate::backend::{ChatBackend, ChatError, Recipient, Resolution};

/// How long a conversation is taken to be where it was.
const FOUND: Duration = Duration::from_secs(600);
/// How long a recipient is taken to be unreachable. Short: an operator who has just invited the bot waits for it.
const NOT_FOUND: Duration = Duration::from_secs(60);
/// More recipients than any cluster has; beyond it the memory starts anew rather than growing.
const MOST: usize = 10_000;

/// The recipients of one backend.
pub(super) struct Directory {
    name: String,
    backend: Arc<dyn ChatBackend>,
    known: Mutex<HashMap<Recipient, (Resolution, Instant)>>,
}

impl Directory {
    pub(super) fn new(name: String, backend: Arc<dyn ChatBackend>) -> Self {
        Self { name, backend, known: Mutex::default() }
    }

    /// Finds the conversation of a recipient. What cannot be reached is reported when it is first found out, and again
    /// only after it changed.
    pub(super) async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let before = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(recipient).cloned();
        if let Some((resolution, until)) = &before
            && *until > Instant::now()
        {
            return Ok(resolution.clone());
        }
        let resolution = self.backend.resolve(recipient).await?;
        self.report(recipient, before.as_ref().map(|(r, _)| r), &resolution);
        let keep = if matches!(resolution, Resolution::Resolved(_)) { FOUND } else { NOT_FOUND };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(recipient.clone(), (resolution.clone(), Instant::now() + keep));
        Ok(resolution)
    }

    /// Forgets a recipient whose conversation turned out not to work.
    pub(super) fn forget(&self, recipient: &Recipient) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(recipient);
    }

    fn report(&self, recipient: &Recipient, before: Option<&Resolution>, now: &Resolution) {
        if before == Some(now) {
            return;
        }
        match (now, recipient) {
            (Resolution::Unreachable(why), Recipient::Configured(text)) => warn!(
                backend = %self.name, recipient = %text, %why,
                "a recipient cannot be reached; others are told all the same\n  hint: check its spelling in the \
                 configuration, and that the bot is a member"
            ),
            // Users without a chat account are nothing an operator need act on.
            (Resolution::Unreachable(why), Recipient::Person(user)) => {
                info!(backend = %self.name, user = %user, %why, "a Teleport user has no known account in the chat");
            }
            (Resolution::Resolved(_), _) if before.is_some() => {
                info!(backend = %self.name, recipient = %recipient, "the recipient can be reached now");
            }
            (Resolution::Resolved(_), _) => {}
        }
    }
}
