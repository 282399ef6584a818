//! What was called, by whom, and how it went.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::Mutex;

use accessbot_core::clock::Timestamp;

use super::lock::lock;
use super::pattern::matches;

/// So many calls are remembered; a demo that runs for days must not grow without end.
const REMEMBERED: usize = 200_000;

/// One call to a stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// What was called: `UpdatePluginData`, `POST /posts`.
    pub name: String,
    /// Who called, as far as the credentials told: a user's name, or empty.
    pub caller: String,
    /// What it was about, where that is known: the name of a request.
    pub detail: String,
    /// How it was answered: `ok`, `200`, `FAILED_PRECONDITION …`, `dropped`; `…` while it is at work.
    pub outcome: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {} -> {}", self.at.as_millis(), self.caller, self.name, self.detail, self.outcome)
    }
}

/// The log of calls, and how many were at work at once.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    calls: VecDeque<Call>,
    /// How many calls were forgotten at the front.
    forgotten: usize,
    in_flight: usize,
    peak: usize,
}

impl Calls {
    /// A call came in. The answer is its number, for [`Calls::ended`].
    pub(crate) fn began(&self, call: Call) -> usize {
        let mut log = lock(&self.0);
        log.in_flight += 1;
        log.peak = log.peak.max(log.in_flight);
        log.calls.push_back(call);
        if log.calls.len() > REMEMBERED {
            log.calls.pop_front();
            log.forgotten += 1;
        }
        log.forgotten + log.calls.len() - 1
    }

    /// Adds what call `number` is about.
    pub(crate) fn about(&self, number: usize, detail: impl Into<String>) {
        let mut log = lock(&self.0);
        let forgotten = log.forgotten;
        if let Some(call) = number.checked_sub(forgotten).and_then(|i| log.calls.get_mut(i)) {
            call.detail = detail.into();
        }
    }

    /// Call `number` was answered.
    pub(crate) fn ended(&self, number: usize, outcome: impl Into<String>) {
        let mut log = lock(&self.0);
        log.in_flight = log.in_flight.saturating_sub(1);
        let forgotten = log.forgotten;
        if let Some(call) = number.checked_sub(forgotten).and_then(|i| log.calls.get_mut(i)) {
            call.outcome = outcome.into();
        }
    }

    /// How many of the calls that are remembered fit `pattern`.
    pub(crate) fn count(&self, pattern: &str) -> usize {
        lock(&self.0).calls.iter().filter(|call| matches(pattern, &call.name)).count()
    }

    /// All calls that are remembered, oldest first.
    pub(crate) fn all(&self) -> Vec<Call> {
        lock(&self.0).calls.iter().cloned().collect()
    }

    /// The last `n` calls, one a line.
    pub(crate) fn tail(&self, n: usize) -> String {
        let log = lock(&self.0);
        let skip = log.calls.len().saturating_sub(n);
        let mut tail = String::new();
        for call in log.calls.iter().skip(skip) {
            let _ = writeln!(tail, "  {call}");
        }
        tail
    }

    /// The most calls that were ever at work at once.
    pub(crate) fn peak_in_flight(&self) -> usize {
        lock(&self.0).peak
    }

    /// Forgets everything but the calls that are at work.
    pub(crate) fn clear(&self) {
        let mut log = lock(&self.0);
        log.forgotten += log.calls.len();
        log.calls.clear();
        log.peak = log.in_flight;
    }
}
