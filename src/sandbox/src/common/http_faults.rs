//! The trouble that a test can plan for a stand-in that speaks HTTP.

use std::time::Duration;

use super::answer::Answer;
use super::faults::{Hold, Outcome, Script};

/// Planned faults. A pattern names the calls that are meant, as the stand-in names its calls; `*` in it stands for
/// anything, and alone for every call.
///
/// Of several plans of one kind the oldest is used up first.
#[derive(Debug, Default)]
pub struct HttpFaults {
    pub(crate) script: Script<Answer>,
}

impl HttpFaults {
    /// The next `n` calls are answered so and have no effect.
    pub fn fail_next(&self, pattern: &str, n: usize, answer: Answer) {
        self.script.instead(pattern, n, Outcome::Answer(answer));
    }

    /// The next `n` calls take effect and are answered so all the same.
    pub fn fail_after_effect(&self, pattern: &str, n: usize, answer: Answer) {
        self.script.after(pattern, n, Outcome::Answer(answer));
    }

    /// The next `n` calls have no effect; their connection is cut without an answer.
    pub fn drop_next(&self, pattern: &str, n: usize) {
        self.script.instead(pattern, n, Outcome::Drop);
    }

    /// The next `n` calls take effect, then their connection is cut without an answer.
    pub fn drop_after_effect(&self, pattern: &str, n: usize) {
        self.script.after(pattern, n, Outcome::Drop);
    }

    /// The next `n` calls are answered with 200 and something that is no JSON, without effect.
    pub fn garble_next(&self, pattern: &str, n: usize) {
        self.fail_next(pattern, n, Answer::new(200, "application/json", "{\"id\": \u{0}garbage"));
    }

    /// All calls take so much longer, before they take effect. A client that gives up does not stop them.
    pub fn delay(&self, pattern: &str, delay: Duration) {
        self.script.delay(pattern, None, delay);
    }

    /// The next `n` calls take so much longer, before they take effect.
    pub fn delay_next(&self, pattern: &str, n: usize, delay: Duration) {
        self.script.delay(pattern, Some(n), delay);
    }

    /// The next `n` calls take effect at once and are answered so much later.
    pub fn delay_after_effect(&self, pattern: &str, n: usize, delay: Duration) {
        self.script.delay_after(pattern, Some(n), delay);
    }

    /// Calls wait, before they take effect, until the answer of this is released or dropped.
    #[must_use = "dropping it releases the calls"]
    pub fn hold(&self, pattern: &str) -> Hold {
        self.script.hold(pattern)
    }

    /// Forgets all plans.
    pub fn clear(&self) {
        self.script.clear();
    }
}
