//! Telling somebody what became of what they did, where nobody else sees it.
//!
//! That can take longer than the decision did: Slack may want a pause, or be away for a moment. It holds up nobody else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use accessbot_core::backend::ChatErrorKind;
use accessbot_core::backend::decision::ChatUserId;
use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::failure::Failure;
use crate::render::Word;

/// How long it is tried. Slack's pauses last a minute at most.
const PATIENCE: Duration = Duration::from_secs(90);
/// Before it is tried again, unless Slack says how long.
const BREATH: Duration = Duration::from_secs(1);
/// Words that are on their way to one person: as many as one account may decide at once. More is a storm of clicks, which
/// must not use up what Slack lets the bot tell others.
const AT_ONCE: usize = 20;

/// What somebody is to be told.
pub(super) struct ToTell {
    pub(super) who: ChatUserId,
    pub(super) channel: String,
    pub(super) sentence: String,
}

/// Tells people.
pub(super) struct Teller {
    client: Arc<Client>,
    /// How many words are on their way to each person.
    on_their_way: Mutex<HashMap<ChatUserId, usize>>,
}

impl Teller {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self { client, on_their_way: Mutex::default() }
    }

    /// Sees to it that somebody is told.
    pub(super) fn tell(self: &Arc<Self>, word: ToTell) {
        if !self.begin(&word.who) {
            tracing::debug!(user = %word.who.0, "so much is on its way to this person that no more is told");
            return;
        }
        let teller = Arc::clone(self);
        tokio::spawn(async move {
            let who = &word.who.0;
            match timeout(PATIENCE, teller.deliver(&word)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, user = %who, "cannot tell what became of a decision in Slack");
                }
                Err(_) => tracing::warn!(user = %who, "Slack is too slow to be told what became of a decision"),
            }
            teller.end(&word.who);
        });
    }

    /// Shows it where they did something; or tells them directly, where they or we are not in the channel.
    async fn deliver(&self, ToTell { who, channel, sentence }: &ToTell) -> Result<(), Failure> {
        let word = Word::new(sentence);
        let mut in_doubt = false;
        loop {
            match self.client.whisper(channel, &who.0, &word).await {
                Ok(()) => return Ok(()),
                Err(failure) if failure.unreachable().is_some() => break,
                // What may have been shown is shown once more, and not again and again: it is gone when they look again.
                Err(failure) if failure.is_maybe_done() && std::mem::replace(&mut in_doubt, true) => {
                    return Err(failure);
                }
                Err(failure) => sleep(pause(&failure).ok_or(failure)?).await,
            }
        }
        loop {
            match self.client.tell(&who.0, &word).await {
                // It stays there: better once too few than twice.
                Err(failure) if failure.is_maybe_done() => return Err(failure),
                Err(failure) => sleep(pause(&failure).ok_or(failure)?).await,
                Ok(()) => return Ok(()),
            }
        }
    }

    fn begin(&self, who: &ChatUserId) -> bool {
        let mut all = self.on_their_way.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = all.entry(who.clone()).or_default();
        let fits = *theirs < AT_ONCE;
        *theirs += usize::from(fits);
        fits
    }

    fn end(&self, who: &ChatUserId) {
        let mut all = self.on_their_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = all.get_mut(who) {
            *theirs -= 1;
            if *theirs == 0 {
                all.remove(who);
            }
        }
    }
}

/// How long to wait before trying again; `None` where that is no use.
fn pause(failure: &Failure) -> Option<Duration> {
    match failure.kind() {
        ChatErrorKind::RateLimited(asked) => Some(asked.unwrap_or(BREATH)),
        ChatErrorKind::Transient => Some(BREATH),
        _ => None,
    }
}
