//! The handle that is asked from outside, and what is told to it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::link::{Link, short};
use super::survey::survey;
use super::{Failure, GivenUp, Moment, Status, Task};
use crate::backend::{ChatError, Recipient};
use crate::clock::{SharedClock, SystemClock, Timestamp};
use crate::engine::desk::DeskState;
use crate::engine::gate::Gate;
use crate::request::RequestId;
use crate::teleport::{Cluster, TeleportError};

/// How many failures are remembered.
const FAILURES: usize = 100;
/// How many lines are remembered of what was given up and is on no board, and for how long.
const GIVEN_UP: usize = 1000;
/// See [`GIVEN_UP`].
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
    /// The chat servers.
    gates: Vec<Weak<Gate>>,
    /// What is at work for each of them; empty before the cluster was found.
    desks: Vec<Weak<DeskState>>,
    failures: VecDeque<Failure>,
    /// What was given up and is on no board, by backend: mostly about requests that have ended.
    given_up: VecDeque<(String, GivenUp)>,
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
            gates: Vec::new(),
            desks: Vec::new(),
            failures: VecDeque::new(),
            given_up: VecDeque::new(),
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
        let (mut status, gates, desks, given_up, clock) = {
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
            let gates: Vec<Arc<Gate>> = seen.gates.iter().filter_map(Weak::upgrade).collect();
            let desks: Vec<Arc<DeskState>> = seen.desks.iter().filter_map(Weak::upgrade).collect();
            let recent = seen.given_up.iter().filter(|(_, given_up)| now.since(given_up.since.0) < A_DAY);
            let given_up: Vec<(String, GivenUp)> = recent.cloned().collect();
            (status, gates, desks, given_up, Arc::clone(&seen.clock))
        };
        for (place, gate) in gates.iter().enumerate() {
            let given_up = given_up.iter().filter(|(backend, _)| backend == gate.name()).map(|(_, line)| line.clone());
            let desk = desks.get(place).map(Arc::as_ref);
            status.backends.push(survey(gate, desk, status.teleport.ready, given_up.collect(), clock.as_ref()));
        }
        status
    }

    /// How many letters it takes to write down everything that the engine remembers of requests.
    #[cfg(feature = "test-hooks")]
    pub fn remembered(&self) -> usize {
        let desks: Vec<Arc<DeskState>> = self.seen().desks.iter().filter_map(Weak::upgrade).collect();
        desks.iter().map(|desk| desk.with_board(|board| format!("{board:?}").len())).sum()
    }

    /// The engine starts, with this clock and these chat servers.
    pub(in crate::engine) fn begin(&self, clock: &SharedClock, gates: &[Arc<Gate>]) {
        let mut seen = self.seen();
        *seen = Seen::begun(Arc::clone(clock));
        seen.gates = gates.iter().map(Arc::downgrade).collect();
    }

    /// The cluster was found, and these desks work for it, one for each chat server.
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

    /// A chat call that is about no request failed.
    pub(in crate::engine) fn chat_failed(&self, backend: &str, error: &ChatError) {
        let mut seen = self.seen();
        let at = Moment(seen.clock.now());
        let error = short(&error.to_string());
        seen.failed(Failure { at, backend: Some(backend.to_owned()), request: None, to: None, error });
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
        self.gave_up(&desk.name, given_up);
    }

    /// Something was given up that no ledger tells of, or only the ledger of a request that has ended. It may be said
    /// again.
    pub(in crate::engine) fn gave_up(&self, backend: &str, given_up: GivenUp) {
        let mut seen = self.seen();
        let line = (backend.to_owned(), given_up);
        if seen.clock.now().since(line.1.since.0) >= A_DAY || seen.given_up.contains(&line) {
            return;
        }
        if seen.given_up.len() >= GIVEN_UP {
            seen.given_up.pop_front();
        }
        seen.given_up.push_back(line);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
