//! The trouble that a test can plan for a Teleport stand-in.

use std::time::Duration;

use tonic::{Code, Status};

use crate::common::faults::{Hold, Outcome, Script};

/// Planned faults. A pattern is the name of a call, in which `*` stands for anything: `UpdatePluginData`,
/// `*AccessRequests*`, `*`. Calls of the newer service for users are `UsersService.GetUser` and the like; those of the
/// proxy's web port are `GET /webapi/find`, where an error that is planned becomes a 502.
///
/// Of several plans of one kind the oldest is used up first.
#[derive(Debug, Default)]
pub struct Faults {
    pub(crate) script: Script<Status>,
}

impl Faults {
    /// The next `n` calls fail so and have no effect.
    pub fn fail_next(&self, method: &str, n: usize, code: Code, message: &str) {
        self.script.instead(method, n, Outcome::Answer(Status::new(code, message)));
    }

    /// The next `n` calls take effect and are answered with UNAVAILABLE all the same.
    pub fn fail_after_effect(&self, method: &str, n: usize) {
        self.script.after(method, n, Outcome::Answer(Status::unavailable("transport is closing")));
    }

    /// The next `n` calls have no effect; the whole connection is cut, with everything else on it.
    pub fn drop_next(&self, method: &str, n: usize) {
        self.script.instead(method, n, Outcome::Drop);
    }

    /// The next `n` calls take effect, then the whole connection is cut.
    pub fn drop_after_effect(&self, method: &str, n: usize) {
        self.script.after(method, n, Outcome::Drop);
    }

    /// All calls take so much longer, before they take effect. A client that gives up does not stop them.
    pub fn delay(&self, method: &str, delay: Duration) {
        self.script.delay(method, None, delay);
    }

    /// The next `n` calls take so much longer, before they take effect.
    pub fn delay_next(&self, method: &str, n: usize, delay: Duration) {
        self.script.delay(method, Some(n), delay);
    }

    /// The next `n` calls take effect at once and are answered so much later.
    pub fn delay_after_effect(&self, method: &str, n: usize, delay: Duration) {
        self.script.delay_after(method, Some(n), delay);
    }

    /// Calls wait, before they take effect, until the answer of this is released or dropped.
    #[must_use = "dropping it releases the calls"]
    pub fn hold(&self, method: &str) -> Hold {
        self.script.hold(method)
    }

    /// Forgets all plans.
    pub fn clear(&self) {
        self.script.clear();
    }
}
