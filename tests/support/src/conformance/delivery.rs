//! Bringing a message to its place as the engine does: with one marker, looking for it before it is posted again.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind, Conversation, MessageRef, OnUncertain};

use super::rule::Verdict;
use super::sample::Message;
use super::stage::{Stage, failed};

/// Attempts before a backend counts as unable to deliver.
const ATTEMPTS: usize = 30;
/// Between attempts. The engine waits longer.
const PAUSE: Duration = Duration::from_millis(50);
/// After this a call that its client gave up has been carried out, or never will be: the fake is on this machine.
const SETTLE: Duration = Duration::from_millis(300);

impl Stage {
    /// Posts it until it stands. `uncertain` says that an earlier attempt may have done it already. `None` if the
    /// backend would rather skip a message than post it twice.
    ///
    /// After any failure it is looked for, also where the backend says that nothing was done: whether that is true is
    /// the matter of another rule.
    pub(super) async fn deliver(
        &self,
        to: &Conversation,
        message: &Message,
        mut uncertain: bool,
    ) -> Result<Option<MessageRef>, Verdict> {
        for _ in 0..ATTEMPTS {
            if uncertain {
                match self.backend.find(&message.sought(to)).await {
                    Ok(found) => match found.into_iter().next() {
                        Some(reference) => return Ok(Some(reference)),
                        None => uncertain = false,
                    },
                    Err(error) if error.kind == ChatErrorKind::Unsearchable => {
                        if self.backend.capabilities().on_uncertain == OnUncertain::Skip {
                            return Ok(None);
                        }
                        uncertain = false;
                    }
                    Err(error) => pause(error).await?,
                }
                if uncertain {
                    continue;
                }
            }
            match self.backend.post(to, &message.outgoing()).await {
                Ok(reference) => return Ok(Some(reference)),
                Err(error) => pause(error).await?,
            }
            uncertain = true;
        }
        Err(Verdict::Broken(format!("the message does not stand after {ATTEMPTS} attempts at a server in order")))
    }

    /// The second look: removes what an attempt that was given up has posted late.
    pub(super) async fn settle(&self, at: &Conversation, message: &Message) -> Result<(), Verdict> {
        tokio::time::sleep(SETTLE).await;
        match self.backend.find(&message.sought(at)).await {
            Ok(found) => {
                for late in found.iter().skip(1) {
                    self.backend.delete(late).await.map_err(failed)?;
                }
                Ok(())
            }
            Err(error) if error.kind == ChatErrorKind::Unsearchable => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether messages can be looked for at all.
    pub(super) async fn is_searchable(&self, at: &Conversation, message: &Message) -> bool {
        let found = self.backend.find(&message.sought(at)).await;
        !matches!(found, Err(ChatError { kind: ChatErrorKind::Unsearchable, .. }))
    }

    /// Whether as many messages stand there as should: one for each delivered, where they can be looked for; where not,
    /// at least or at most one each, as the backend was told to prefer.
    pub(super) async fn stand_once(&self, at: &Conversation, messages: &[Message]) -> Result<(), Verdict> {
        let standing = self.standing(at).await.len();
        let wanted = messages.len();
        let searchable = match messages.first() {
            Some(first) => self.is_searchable(at, first).await,
            None => true,
        };
        let (right, how) = match (searchable, self.backend.capabilities().on_uncertain) {
            (true, _) => (standing == wanted, "exactly"),
            (false, OnUncertain::Repost) => (standing >= wanted, "at least"),
            (false, OnUncertain::Skip) => (standing <= wanted, "at most"),
        };
        let seen = || format!("{standing} messages stand, and {how} {wanted} should");
        if right { Ok(()) } else { Err(Verdict::Broken(seen())) }
    }
}

/// Waits as an error asks to, if waiting is of use.
async fn pause(error: ChatError) -> Result<(), Verdict> {
    match error.kind {
        ChatErrorKind::Transient => tokio::time::sleep(PAUSE).await,
        ChatErrorKind::RateLimited(asked) => tokio::time::sleep(asked.unwrap_or(Duration::from_secs(1))).await,
        _ => return Err(failed(error)),
    }
    Ok(())
}

/// Polls a call so many times and then drops it, as the engine does with calls that it gives up.
pub(super) async fn cancelled<T>(call: impl Future<Output = T>, polls: usize) {
    let mut call = pin!(call);
    let mut left = polls;
    std::future::poll_fn(move |cx: &mut Context<'_>| {
        left = left.saturating_sub(1);
        if call.as_mut().poll(cx).is_ready() || left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
