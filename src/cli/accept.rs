//! Serving whoever connects, with a limit on how many at the same time.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Semaphore;

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Accepts for ever, and serves each connection in a task of its own; when there are `most`, more wait to be accepted.
/// `what` is what comes over them, for the log; `accept` is a listener's `poll_accept`.
pub(super) async fn for_ever<S, F>(
    most: usize,
    what: &'static str,
    accept: impl Fn(&mut Context<'_>) -> Poll<io::Result<S>>,
    serve: impl Fn(S) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(most));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        match poll_fn(&accept).await {
            Ok(stream) => {
                let served = serve(stream);
                tokio::spawn(async move {
                    served.await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept {what}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}
