//! The stand-ins over the wire, by clients that know nothing of them.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod hook;
mod mattermost;
mod slack;
mod teleport;

use std::sync::Mutex;
use std::time::Duration;

use accessbot_core::clock::{Clock, Timestamp};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
