//! What people do in the chat, for backends that listen: the connection is kept, and made again when it ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::backoff::Backoff;
use super::desk::DeskState;
use super::status::{Connection, Link};
use crate::backend::ChatError;
use crate::clock::Clock;

/// The longest pause between two connections: nobody waits much longer for an answer to a click.
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that stood for so long had come about.
const STOOD: Duration = Duration::from_secs(60);
/// One of which nothing bad is known for so long is taken to have.
const STANDS: Duration = Duration::from_secs(15);

/// Whether what people do is heard of.
#[derive(Debug, Default)]
pub(super) struct Ears(Mutex<Option<Link>>);

impl Ears {
    fn hear(&self) {
        if let Some(link) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            link.up();
        }
    }

    fn fail(&self, error: &ChatError) {
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.get_or_insert_with(|| Link::new(false)).down(error);
    }

    /// The connection that is listened to, once it has failed: before that nobody knows whether there is any.
    pub(super) fn connection(&self, clock: &dyn Clock) -> Option<Connection> {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.as_ref().map(|link| link.connection(clock))
    }
}

/// Lets the backend listen, for ever.
pub(super) async fn keep(desk: Arc<DeskState>) {
    let mut backoff = Backoff::new(Duration::from_secs(1), LONGEST);
    loop {
        let begun = Instant::now();
        let ended = listen(&desk).await;
        if begun.elapsed() >= STOOD {
            backoff.reset();
        }
        let pause = backoff.next(&desk.random);
        match ended {
            Ok(()) => info!(backend = desk.name, ?pause, "the chat ended the connection that is listened to"),
            Err(error) => {
                warn!(backend = desk.name, %error, ?pause, "cannot listen to the chat");
                desk.ears.fail(&error);
                desk.options.monitor.chat_failed(&desk.name, &error);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Lets the backend listen until its connection ends.
async fn listen(desk: &DeskState) -> Result<(), ChatError> {
    let mut listening = desk.backend.listen();
    if let Ok(ended) = timeout(STANDS, &mut listening).await {
        return ended;
    }
    desk.ears.hear();
    listening.await
}
