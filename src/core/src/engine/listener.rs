//! What people do in the chat, for backends that listen: the connection is kept, and made again when it ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use super::backoff::Backoff;
use super::desk::DeskState;

/// The longest pause between two connections: nobody waits much longer for an answer to a click.
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that stood for so long had come about.
const STOOD: Duration = Duration::from_secs(60);

/// Lets the backend listen, for ever.
pub(super) async fn keep(desk: Arc<DeskState>) {
    let mut backoff = Backoff::new(Duration::from_secs(1), LONGEST);
    loop {
        let begun = Instant::now();
        let ended = desk.backend.listen().await;
        if begun.elapsed() >= STOOD {
            backoff.reset();
        }
        let pause = backoff.next(&desk.random);
        match ended {
            Ok(()) => info!(backend = desk.name, ?pause, "the chat ended the connection that is listened to"),
            Err(error) => {
                warn!(backend = desk.name, %error, ?pause, "cannot listen to the chat");
                desk.options.monitor.chat_failed(&desk.name, &error);
            }
        }
        tokio::time::sleep(pause).await;
    }
}
