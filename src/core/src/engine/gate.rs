//! Whether the chat server is worth talking to at the moment.
//!
//! When a call fails in a way that is not about one message or one recipient (no answer, a refused token), one cheap
//! probe finds out whether the server as a whole is away. If it is, the gate shuts: no request is worked on, so ten
//! thousand waiting requests make no more calls than one, and the probe alone is repeated until it succeeds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

use super::backoff::Backoff;
use super::call::limited;
use super::status::{Connection, Link};
use crate::backend::{ChatBackend, ChatError, ChatErrorKind};
use crate::clock::Clock;
use crate::random::Random;

/// The longest pause between probes.
const SLOWEST_PROBE: Duration = Duration::from_secs(10);

/// The gate before one chat server.
pub(super) struct Gate {
    name: String,
    backend: Arc<dyn ChatBackend>,
    random: Random,
    suspected: Notify,
    open: watch::Sender<bool>,
    link: Mutex<Link>,
}

impl Gate {
    pub(super) fn new(name: String, backend: Arc<dyn ChatBackend>, random: Random) -> Self {
        let link = Mutex::new(Link::new(true));
        Self { name, backend, random, suspected: Notify::new(), open: watch::Sender::new(true), link }
    }

    /// The backend's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether work may go on.
    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// How the chat server was last seen.
    pub(super) fn connection(&self, clock: &dyn Clock) -> Connection {
        self.link().connection(clock)
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every opening and shutting.
    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.open.subscribe()
    }

    /// Takes note of a failed call.
    pub(super) fn saw(&self, error: &ChatError) {
        if matches!(error.kind, ChatErrorKind::Transient | ChatErrorKind::Unauthorized) {
            self.suspected.notify_one();
        }
    }

    /// Probes whenever there is a suspicion, for ever. The first probe is made at once, so that a wrong token is known
    /// before the first request comes.
    pub(super) async fn keep(&self) {
        loop {
            if let Err(error) = limited("probe", self.backend.probe()).await {
                self.shut_until_it_answers(&error).await;
            }
            self.suspected.notified().await;
        }
    }

    async fn shut_until_it_answers(&self, first: &ChatError) {
        self.open.send_replace(false);
        self.link().down(first);
        self.report(first);
        let mut backoff = Backoff::new(Duration::from_secs(1), SLOWEST_PROBE);
        let mut last = first.kind.clone();
        loop {
            tokio::time::sleep(backoff.next(&self.random)).await;
            match limited("probe", self.backend.probe()).await {
                Ok(()) => break,
                Err(error) => {
                    self.link().down(&error);
                    if error.kind != last {
                        self.report(&error);
                        last = error.kind;
                    }
                }
            }
        }
        self.open.send_replace(true);
        self.link().up();
        info!(backend = %self.name, "the chat server answers again");
    }

    fn report(&self, error: &ChatError) {
        if error.kind == ChatErrorKind::Unauthorized {
            error!(
                backend = %self.name, %error,
                "not ready: the chat server refuses the bot's token\n  hint: check the token, and that the bot account is \
                 enabled; nothing is lost, and the bot goes on as soon as the token is accepted"
            );
        } else {
            warn!(backend = %self.name, %error, "not ready: the chat server does not answer; requests wait until it does");
        }
    }
}
