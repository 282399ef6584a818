//! Finding out what people did while nobody listened.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::OpenMessage;
use tokio::sync::mpsc::Sender;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use super::act::Known;
use super::card::OurCard;
use super::task::Task;
use crate::api::{Id, Lookup, Post, Reaction};
use crate::decisions::Decisions;
use crate::failure::Failure;

/// After a connection came about, it is looked a second time: what somebody did at the very moment of the first look may
/// have reached a database that we did not read from.
const SECOND_LOOK: Duration = Duration::from_secs(60);
/// Before what was missed is looked for, and longer each time, so that trouble that stays costs little.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Messages that are looked at, at once: what people do meanwhile has to wait for no more than that.
const LOOKS: usize = 3;

/// Something that somebody did to a card.
enum Done {
    Reaction(Reaction),
    Reply(Post),
}

impl Done {
    fn at(&self) -> i64 {
        match self {
            Self::Reaction(reaction) => reaction.create_at,
            Self::Reply(reply) => reply.create_at,
        }
    }
}

impl Decisions {
    /// Looks at all open messages now, again after a minute, and whenever something was missed, for ever.
    pub(super) async fn catch_up(&self, tasks: Sender<Task>, missed: &Notify) -> Infallible {
        let turns = Arc::new(Semaphore::new(LOOKS));
        let mut again = Some(Instant::now() + SECOND_LOOK);
        let mut pause = PAUSE.0;
        let mut last = Instant::now();
        loop {
            match self.sink.open_messages().await {
                Ok(open) => {
                    tracing::debug!(messages = open.len(), "looking for what people did meanwhile");
                    for message in open {
                        // Nobody closes it, and the worker outlives us.
                        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { continue };
                        let _ = tasks.send(Task::Look(message, turn)).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot find out on which messages people may have decided meanwhile");
                    missed.notify_one();
                }
            }
            tokio::select! {
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => again = None,
                () = missed.notified() => {
                    if last.elapsed() > 2 * PAUSE.1 {
                        pause = PAUSE.0;
                    }
                    sleep(pause).await;
                    pause = (2 * pause).min(PAUSE.1);
                    last = Instant::now();
                }
            }
        }
    }

    /// Deals with everything that was done to a message, in the order in which it was done.
    pub(super) async fn look(&self, me: &Id, open: &OpenMessage) -> Result<(), Failure> {
        let Some(id) = Id::parse(&open.message.message) else { return Ok(()) };
        let Some((card, replies)) = self.card_with_replies(me, &id).await? else { return Ok(()) };
        // The reference came from a record that others can write.
        if card.request != open.request || card.message != open.message {
            return Ok(());
        }
        let mut done: Vec<Done> = replies.into_iter().map(Done::Reply).collect();
        if self.inputs.reactions.is_some()
            && let Lookup::Found(reactions) = self.client.reactions(&id).await?
        {
            done.extend(reactions.into_iter().map(Done::Reaction));
        }
        done.sort_by_key(Done::at);
        for one in &done {
            match one {
                Done::Reaction(reaction) => self.decide_by_reaction(me, reaction, &card, Known::Found).await?,
                Done::Reply(reply) => self.decide_by_reply(me, reply, &card, Known::Found).await?,
            }
        }
        Ok(())
    }

    async fn card_with_replies(&self, me: &Id, id: &Id) -> Result<Option<(OurCard, Vec<Post>)>, Failure> {
        let alone = async { Ok(self.our_card(me, id).await?.map(|card| (card, Vec::new()))) };
        if !self.inputs.replies {
            return alone.await;
        }
        let thread = match self.client.thread(id).await {
            Ok(Lookup::Found(thread)) => thread,
            Ok(Lookup::Absent | Lookup::Denied) => return Ok(None),
            Err(failure) if failure.is_too_large() => {
                tracing::warn!(post = %id, "a thread is too long to look for replies that were missed in it");
                return alone.await;
            }
            Err(failure) => return Err(failure),
        };
        let mut card = None;
        let mut replies = Vec::new();
        for post in thread.posts() {
            if post.id == *id {
                card = OurCard::of(&post, me);
            } else if post.root_id == id.as_str() {
                replies.push(post);
            }
        }
        let in_place = |card: &OurCard, reply: &Post| reply.channel_id.as_str() == card.message.conversation;
        Ok(card.map(|card| {
            replies.retain(|reply| in_place(&card, reply));
            (card, replies)
        }))
    }
}
