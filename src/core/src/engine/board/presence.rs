//! What the last listings had of a request.

use std::time::Duration;

use tokio::time::Instant;

/// How far a listing may be behind what was seen before it.
const LAG: Duration = Duration::from_secs(300);

/// What of a request was in the last listing.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Presence {
    /// The request itself.
    pub(in crate::engine) listed: bool,
    /// Its record.
    pub(in crate::engine) recorded: bool,
}

/// Since when a request that is over has not been listed any more.
#[derive(Debug, Default)]
pub(super) struct Unlisted(Option<Instant>);

impl Unlisted {
    /// Whether the request must still be remembered: a listing that lags may show it yet, as if it were open.
    pub(super) fn remember(&mut self, listed: bool) -> bool {
        if listed {
            self.0 = None;
            return true;
        }
        self.0.get_or_insert_with(Instant::now).elapsed() < LAG
    }
}

/// A request of which nothing is remembered but that it is over.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Whether it was in the last listing.
    pub(super) listed: bool,
    pub(super) unlisted: Unlisted,
}
