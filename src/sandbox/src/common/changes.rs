//! Waiting for a change of a model, without polling.

use std::fmt::Display;
use std::panic::Location;
use std::time::Duration;

use tokio::sync::watch;

/// Tells everybody who waits that something changed.
#[derive(Clone, Debug)]
pub(crate) struct Changes(watch::Sender<u64>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Changes {
    /// Something changed; call it after the change is visible.
    pub(crate) fn happened(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Sees every change from now on, for those who wait for more than one thing at once.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    /// Waits until `condition` holds: looks now, and again after every change. Changes that come while it looks are
    /// taken together.
    ///
    /// # Panics
    /// After `patience`, with `what` was waited for and a `dump` of what there is instead.
    pub(crate) async fn wait_until<D: Display>(
        &self,
        patience: Duration,
        what: &str,
        from: &'static Location<'static>,
        condition: impl Fn() -> bool,
        dump: impl Fn() -> D,
    ) {
        let mut changes = self.0.subscribe();
        let came = tokio::time::timeout(patience, async {
            loop {
                changes.mark_unchanged();
                if condition() {
                    return;
                }
                // The sender lives in `self`, so there is always another change to wait for.
                if changes.changed().await.is_err() {
                    return;
                }
            }
        })
        .await;
        assert!(came.is_ok(), "{from}: waited {patience:?} in vain for: {what}\n{}", dump());
    }
}
