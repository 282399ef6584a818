//! Decisions that are being heard, which the end of the process waits for: what came of them is to be taken down, and
//! answered.

use std::time::Duration;

use tokio::sync::watch;

/// How long a backend is given to hand on an answer.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// Counts them.
#[derive(Debug, Default)]
pub(in crate::engine) struct InHand(watch::Sender<usize>);

/// One that is being heard, until this is dropped.
#[derive(Debug)]
pub(super) struct Heard<'a>(&'a InHand);

impl InHand {
    /// One more is heard.
    pub(super) fn begin(&self) -> Heard<'_> {
        self.0.send_modify(|count| *count += 1);
        Heard(self)
    }

    /// Waits until none is, and their answers are on their way.
    pub(in crate::engine) async fn ends(&self) {
        if *self.0.borrow() > 0 {
            let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
            tokio::time::sleep(ON_ITS_WAY).await;
        }
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
