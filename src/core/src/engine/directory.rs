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

/// What is known of one recipient, and until when. Whoever finds it unknown holds the lock while asking, so that many
/// requests for one recipient ask once, and report once.
type Entry = Arc<tokio::sync::Mutex<Option<(Resolution, Instant)>>>;

/// The recipients of one backend.
pub(super) struct Directory {
    name: String,
    backend: Arc<dyn ChatBackend>,
    known: Mutex<HashMap<Recipient, Entry>>,
}

impl Directory {
    pub(super) fn new(name: String, backend: Arc<dyn ChatBackend>) -> Self {
        Self { name, backend, known: Mutex::default() }
    }

    /// Finds the conversation of a recipient. What cannot be reached is reported when it is first found out, and again
    /// only after it changed.
    pub(super) async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let entry = self.entry(recipient);
        let mut known = entry.lock().await;
        if let Some((resolution, until)) = known.as_ref()
            && *until > Instant::now()
        {
            return Ok(resolution.clone());
        }
        let resolution = self.backend.resolve(recipient).await?;
        self.report(recipient, known.as_ref().map(|(r, _)| r), &resolution);
        let keep = if matches!(resolution, Resolution::Resolved(_)) { FOUND } else { NOT_FOUND };
        *known = Some((resolution.clone(), Instant::now() + keep));
        Ok(resolution)
    }

    fn entry(&self, recipient: &Recipient) -> Entry {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(recipient) {
            known.clear();
        }
        Arc::clone(known.entry(recipient.clone()).or_default())
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use futures_util::future::join_all;

    use super::*;
    use crate::backend::{Capabilities, Conversation, Marker, MessageRef, Outgoing, Sought, Unreachable};
    use crate::request::RequestId;

    /// A chat that takes a second to say that there is nobody of that name.
    struct Nobody(AtomicUsize);

    #[async_trait]
    impl ChatBackend for Nobody {
        fn capabilities(&self) -> Capabilities {
            Capabilities::default()
        }
        async fn probe(&self) -> Result<(), ChatError> {
            Ok(())
        }
        async fn resolve(&self, _: &Recipient) -> Result<Resolution, ChatError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(Resolution::Unreachable(Unreachable::NotFound))
        }
        async fn post(&self, _: &Conversation, _: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
            unreachable!("nothing is posted here")
        }
        async fn find(&self, _: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
            unreachable!("nothing is looked for here")
        }
        async fn verify(&self, _: &MessageRef, _: &RequestId, _: &Marker) -> Result<bool, ChatError> {
            unreachable!("nothing is verified here")
        }
        async fn update(&self, _: &MessageRef, _: &Outgoing<'_>) -> Result<(), ChatError> {
            unreachable!("nothing is updated here")
        }
        async fn delete(&self, _: &MessageRef) -> Result<(), ChatError> {
            unreachable!("nothing is deleted here")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_for_one_recipient_at_once_ask_the_server_once() {
        let chat = Arc::new(Nobody(AtomicUsize::new(0)));
        let backend: Arc<dyn ChatBackend> = chat.clone();
        let directory = Directory::new("fake".into(), backend);
        let recipient = Recipient::Configured("lab/nowhere".into());
        join_all((0..20).map(|_| directory.resolve(&recipient))).await;
        assert_eq!(chat.0.load(Ordering::Relaxed), 1);
        tokio::time::sleep(NOT_FOUND).await;
        assert!(directory.resolve(&recipient).await.is_ok());
        assert_eq!(chat.0.load(Ordering::Relaxed), 2, "and again when the answer has grown old");
    }
}
