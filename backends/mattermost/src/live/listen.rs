//! From a connection to the end of it.

use std::pin::pin;
use std::time::Duration;

use accessbot_core::backend::ChatError;
use tokio::sync::Notify;
use tokio::sync::mpsc::channel;
use tokio::time::timeout;

use super::lanes::work;
use super::socket::{Heard, ListenError, Socket};
use super::task::Task;
use crate::api::Id;
use crate::decisions::Decisions;

/// Events that may wait to be dealt with. What is too much is looked up later.
const QUEUE: usize = 256;
/// For what is being dealt with when the connection ends.
const LAST: Duration = Duration::from_secs(25);

impl Decisions {
    /// Listens until the connection ends; for ever, if people decide by buttons alone.
    pub(crate) async fn listen(&self) -> Result<(), ChatError> {
        let heard = async {
            if !self.inputs.listens() {
                return std::future::pending().await;
            }
            self.hear().await.map_err(|error| error.into_error("listen"))
        };
        tokio::select! {
            ended = heard => ended,
            never = self.learn_key() => match never {},
        }
    }

    async fn hear(&self) -> Result<(), ListenError> {
        let me = self.identity.ask(&self.client).await?;
        let socket = Socket::open(&self.client).await?;
        tracing::info!("listening to replies and reactions in Mattermost");
        let missed = Notify::new();
        let (sender, queue) = channel(QUEUE);
        let mut worker = pin!(work(queue, Task::lane, |task| self.deal_with(&me, task, &missed)));
        let ended = {
            let heard = sender.clone();
            let listening = socket.listen(|what| {
                let kept = match what {
                    Heard::Task(task) => !self.concerns(&me, &task) || heard.try_send(task).is_ok(),
                    Heard::Gap => false,
                };
                if !kept {
                    missed.notify_one();
                }
            });
            tokio::select! {
                ended = listening => ended,
                never = self.catch_up(sender, &missed) => match never {},
                () = &mut worker => Ok(()),
            }
        };
        // People wait for an answer to what they did before the connection ended.
        let _ = timeout(LAST, worker).await;
        ended
    }

    async fn deal_with(&self, me: &Id, task: Task, missed: &Notify) {
        let done = match task {
            Task::Reacted(reaction) => self.reacted(me, &reaction).await,
            Task::Unreacted(reaction) => self.unreacted(me, &reaction).await,
            Task::Replied(reply) => self.replied(me, &reply).await,
            Task::Look(open, turn) => {
                let looked = self.look(me, &open).await;
                drop(turn);
                looked
            }
        };
        if let Err(failure) = done {
            tracing::warn!(%failure, "cannot find out what somebody decided; trying again soon");
            missed.notify_one();
        }
    }
}
