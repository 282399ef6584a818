//! Trouble at the flip of a switch, so that one sees the bot recover.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::world::{DemoWorld, SINGLE, bob_asks};
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// How much longer everything takes in a slow chat.
const SLOWNESS: Duration = Duration::from_secs(2);
/// How long Teleport is away when it is started anew.
const RESTART: Duration = Duration::from_secs(3);
/// Requests of a burst: more than the 64 events that a Teleport server keeps for a watcher.
const BURST: usize = 100;
/// How long the requests of a burst wait for reviews. They are nobody's, so they go by themselves.
const BURST_LASTS: Duration = Duration::from_secs(3 * 60);

/// What is wrong at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Trouble {
    /// The chat refuses connections.
    pub(crate) chat_down: bool,
    /// The chat takes seconds for every call.
    pub(crate) chat_slow: bool,
    /// Teleport is being started anew.
    pub(crate) teleport_restarts: bool,
}

/// What somebody wants to go wrong, or right again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Mischief {
    /// The chat goes down or comes back.
    ChatDown { on: bool },
    /// The chat gets slow or quick.
    ChatSlow { on: bool },
    /// Teleport goes down and comes back after a while.
    TeleportRestart,
    /// More requests are filed at one blow than a watch can take.
    WatchOverflow,
}

/// The switches.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    now: watch::Sender<Trouble>,
    /// One at a time: a chat that is being stopped must not be started meanwhile.
    switching: tokio::sync::Mutex<()>,
    restarting: AtomicBool,
    bursts: Mutex<usize>,
}

impl Troubles {
    /// What is wrong now.
    pub(crate) fn now(&self) -> Trouble {
        *self.now.borrow()
    }

    /// Sees every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<Trouble> {
        self.now.subscribe()
    }
}

impl DemoWorld {
    /// Makes something go wrong, or right again. A restart takes its while.
    pub(crate) async fn mischief(&self, what: Mischief) -> Result<(), SandboxError> {
        match what {
            Mischief::ChatDown { on } => self.chat_down(on).await,
            Mischief::ChatSlow { on } => {
                // From fast to slow once, however often it is asked for: the delays would add up.
                self.chat.slow_down(Duration::ZERO);
                if on {
                    self.chat.slow_down(SLOWNESS);
                }
                self.troubles.now.send_modify(|now| now.chat_slow = on);
                Ok(())
            }
            Mischief::TeleportRestart => self.restart_teleport().await,
            Mischief::WatchOverflow => self.burst(),
        }
    }

    /// Ends all trouble, so that the bot can finish what it has in hand.
    pub fn calm_down(&self) -> BoxFuture<'_, ()> {
        let calm = async {
            // What cannot be started again is about to go anyway.
            let _ = self.mischief(Mischief::ChatSlow { on: false }).await;
            let _ = self.chat_down(false).await;
            let _ = self.teleport.start_again();
        };
        calm.boxed()
    }

    async fn chat_down(&self, on: bool) -> Result<(), SandboxError> {
        let _one_at_a_time = self.troubles.switching.lock().await;
        if on {
            self.chat.stop().await;
        } else {
            self.chat.start_again()?;
        }
        self.troubles.now.send_modify(|now| now.chat_down = on);
        Ok(())
    }

    async fn restart_teleport(&self) -> Result<(), SandboxError> {
        if self.troubles.restarting.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.troubles.now.send_modify(|now| now.teleport_restarts = true);
        self.teleport.stop().await;
        tokio::time::sleep(RESTART).await;
        let started = self.teleport.start_again();
        self.troubles.now.send_modify(|now| now.teleport_restarts = false);
        self.troubles.restarting.store(false, Ordering::Relaxed);
        started
    }

    fn burst(&self) -> Result<(), SandboxError> {
        let number = {
            let mut bursts = lock(&self.troubles.bursts);
            *bursts += 1;
            *bursts
        };
        let one = |n| bob_asks(SINGLE, &format!("Burst {number}, request {n} of {BURST}.")).ttl(BURST_LASTS);
        self.teleport.burst_requests((1..=BURST).map(one)).map(drop)
    }
}
