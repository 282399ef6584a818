//! The handle that is asked from outside, and what is told to it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::link::{Link, short};
use super::survey::survey;
use super::{Failure, GivenUp, Moment, Status, Task};
use crate::backend::Recipient;
use crate::clock::{SharedClock, SystemClock, Timestamp};
use crate::engine::desk::DeskState;
use crate::request::RequestId;
use crate::teleport::{Cluster, TeleportError};

/// How many failures are remembered.
const FAILURES: usize = 100;
/// How many lines are remembered of requests that have ended, and for how long.
const ENDED: usize = 1000;
/// See [`ENDED`].
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Tells how the engine fares. Copies are the same monitor.
#[derive(Clone, Default)]
pub struct Monitor(Arc<Mutex<Seen>>);

/// What the monitor was told.
struct Seen {
    clock: SharedClock,
    started: Timestamp,
    teleport: Link,
    cluster: Option<(String, String)>,
    desks: Vec<Weak<DeskState>>,
    failures: VecDeque<Failure>,
    /// What was given up about requests that have ended, by backend.
    ended: VecDeque<(String, GivenUp)>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::begun(Arc::new(SystemClock))
    }
}

impl Seen {
    fn begun(clock: SharedClock) -> Self {
        Self {
            started: clock.now(),
            clock,
            teleport: Link::new(false),
            cluster: None,
            desks: Vec::new(),
            failures: VecDeque::new(),
            ended: VecDeque::new(),
        }
    }

    fn failed(&mut self, failure: Failure) {
        if self.failures.len() >= FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(failure);
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}

impl Monitor {
    /// How the engine fares now. Costs a walk over the requests that are remembered, and waits for nothing.
    pub fn status(&self) -> Status {
        let (mut status, desks, ended, clock) = {
            let seen = self.seen();
            let now = seen.clock.now();
            let status = Status {
                at: Moment(now),
                started: Moment(seen.started),
                teleport: seen.teleport.connection(seen.clock.as_ref()),
                cluster: seen.cluster.as_ref().map(|(name, _)| name.clone()),
                version: seen.cluster.as_ref().map(|(_, version)| version.clone()),
                backends: Vec::new(),
                failures: seen.failures.iter().cloned().collect(),
            };
            let desks: Vec<Arc<DeskState>> = seen.desks.iter().filter_map(Weak::upgrade).collect();
            let recent = seen.ended.iter().filter(|(_, given_up)| now.since(given_up.since.0) < A_DAY);
            let ended: Vec<(String, GivenUp)> = recent.cloned().collect();
            (status, desks, ended, Arc::clone(&seen.clock))
        };
        for desk in desks {
            let ended = ended.iter().filter(|(backend, _)| *backend == desk.name).map(|(_, given_up)| given_up.clone());
            status.backends.push(survey(&desk, status.teleport.ready, ended.collect(), clock.as_ref()));
        }
        status
    }

    /// How many letters it takes to write down everything that the engine remembers of requests.
    #[cfg(feature = "test-hooks")]
    pub fn remembered(&self) -> usize {
        let desks: Vec<Arc<DeskState>> = self.seen().desks.iter().filter_map(Weak::upgrade).collect();
        desks.iter().map(|desk| desk.with_board(|board| format!("{board:?}").len())).sum()
    }

    /// The engine starts, with this clock.
    pub(in crate::engine) fn begin(&self, clock: &SharedClock) {
        *self.seen() = Seen::begun(Arc::clone(clock));
    }

    /// The cluster was found, and these desks work for it.
    pub(in crate::engine) fn found(&self, cluster: &Cluster, desks: &[Arc<DeskState>]) {
        let mut seen = self.seen();
        seen.cluster = Some((short(&cluster.name), short(&cluster.version)));
        seen.desks = desks.iter().map(Arc::downgrade).collect();
    }

    /// Access requests are watched, and everything is listed.
    pub(in crate::engine) fn watching(&self) {
        self.seen().teleport.up();
    }

    /// The cluster does not answer, or the watch has ended.
    pub(in crate::engine) fn lost(&self, error: &TeleportError) {
        let mut seen = self.seen();
        seen.teleport.down(error);
        let at = Moment(seen.clock.now());
        let error = short(&error.to_string());
        seen.failed(Failure { at, backend: None, request: None, to: None, error });
    }

    /// A call about one request failed.
    pub(in crate::engine) fn call_failed(
        &self,
        desk: &DeskState,
        request: &RequestId,
        to: Option<&Recipient>,
        error: &dyn fmt::Display,
    ) {
        self.seen().failed(Failure {
            at: Moment(desk.clock.now()),
            backend: Some(desk.name.clone()),
            request: Some(short(request.as_str())),
            to: to.map(|to| short(&to.to_string())),
            error: short(&error.to_string()),
        });
    }

    /// The request ended before it was announced.
    pub(in crate::engine) fn over_untold(
        &self,
        desk: &DeskState,
        request: &RequestId,
        to: Option<&Recipient>,
        since: Timestamp,
    ) {
        let given_up = GivenUp {
            since: Moment(since),
            request: short(request.as_str()),
            task: Task::Announcement,
            to: to.map(|to| short(&to.to_string())),
            why: "the request ended before it was announced".to_owned(),
            open: false,
        };
        self.ended(&desk.name, given_up);
    }

    /// Something was given up about a request that has ended. It may be said again.
    pub(in crate::engine) fn ended(&self, backend: &str, given_up: GivenUp) {
        let mut seen = self.seen();
        let line = (backend.to_owned(), given_up);
        if seen.clock.now().since(line.1.since.0) >= A_DAY || seen.ended.contains(&line) {
            return;
        }
        if seen.ended.len() >= ENDED {
            seen.ended.pop_front();
        }
        seen.ended.push_back(line);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
