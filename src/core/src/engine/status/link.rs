//! Whether a server is there, and since when.

use tokio::time::Instant;

use super::{Connection, Moment};
use crate::clock::{Clock, Timestamp};
use crate::text::excerpt;

/// Characters that are kept of an error or a name. Both can be chosen by somebody outside.
const LONGEST: usize = 300;

/// A server, as it was last seen.
#[derive(Debug)]
pub(in crate::engine) struct Link {
    ready: bool,
    since: Instant,
    error: Option<String>,
}

impl Link {
    /// A link in this state since now.
    pub(in crate::engine) fn new(ready: bool) -> Self {
        Self { ready, since: Instant::now(), error: None }
    }

    /// It answers.
    pub(in crate::engine) fn up(&mut self) {
        self.turn(true);
    }

    /// It does not answer, and this is what went wrong.
    pub(in crate::engine) fn down(&mut self, error: &dyn std::fmt::Display) {
        self.turn(false);
        self.error = Some(short(&error.to_string()));
    }

    fn turn(&mut self, ready: bool) {
        if self.ready != ready {
            self.ready = ready;
            self.since = Instant::now();
        }
    }

    pub(in crate::engine) fn connection(&self, clock: &dyn Clock) -> Connection {
        Connection { ready: self.ready, since: moment(clock, self.since), last_error: self.error.clone() }
    }
}

/// When this was, or will be, by the clock on the wall.
pub(super) fn moment(clock: &dyn Clock, at: Instant) -> Moment {
    let (now, wall): (Instant, Timestamp) = (Instant::now(), clock.now());
    Moment(if at > now { wall.plus(at - now) } else { wall.minus(now - at) })
}

/// A text from outside, not longer than anybody reads.
pub(super) fn short(text: &str) -> String {
    let kept = excerpt(text, LONGEST, usize::MAX);
    if kept.cut_from.is_some() { format!("{}…", kept.text) } else { kept.text.to_owned() }
}
