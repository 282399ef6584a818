//! Faults that a test plans ahead: the next calls that fail, break, or take their time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::lock::lock;
use super::pattern::matches;

/// What is done to a call instead of answering it as usual.
#[derive(Clone, Debug)]
pub(crate) enum Outcome<A> {
    /// This is answered.
    Answer(A),
    /// The connection is cut without an answer.
    Drop,
}

/// What the planned faults say of one call.
#[derive(Debug)]
pub(crate) struct Verdict<A> {
    /// Wait until these are released, before anything happens.
    pub(crate) held_by: Vec<HeldBy>,
    /// Wait so long before anything happens.
    pub(crate) delay: Duration,
    /// Do this and nothing else.
    pub(crate) instead: Option<Outcome<A>>,
    /// Wait so long after it has happened, before the answer.
    pub(crate) delay_after: Duration,
    /// Do this after it has happened.
    pub(crate) after: Option<Outcome<A>>,
}

/// The planned faults of a stand-in.
#[derive(Debug)]
pub(crate) struct Script<A>(Mutex<Vec<Rule<A>>>);

#[derive(Debug)]
struct Rule<A> {
    pattern: String,
    /// How many calls it still applies to; `None` for all to come.
    left: Option<usize>,
    what: What<A>,
}

#[derive(Debug)]
enum What<A> {
    Instead(Outcome<A>),
    After(Outcome<A>),
    Delay(Duration),
    DelayAfter(Duration),
    Hold(HeldBy),
}

impl<A> Default for Script<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<A: Clone> Script<A> {
    /// The next `n` calls that fit `pattern` have no effect and end in `outcome`.
    pub(crate) fn instead(&self, pattern: &str, n: usize, outcome: Outcome<A>) {
        self.add(pattern, Some(n), What::Instead(outcome));
    }

    /// The next `n` calls that fit `pattern` take effect and end in `outcome` all the same.
    pub(crate) fn after(&self, pattern: &str, n: usize, outcome: Outcome<A>) {
        self.add(pattern, Some(n), What::After(outcome));
    }

    /// Calls that fit `pattern` wait before they take effect.
    pub(crate) fn delay(&self, pattern: &str, n: Option<usize>, delay: Duration) {
        self.add(pattern, n, What::Delay(delay));
    }

    /// Calls that fit `pattern` take effect at once and are answered late.
    pub(crate) fn delay_after(&self, pattern: &str, n: Option<usize>, delay: Duration) {
        self.add(pattern, n, What::DelayAfter(delay));
    }

    /// Calls that fit `pattern` wait, before they take effect, until the [`Hold`] is released or dropped.
    pub(crate) fn hold(&self, pattern: &str) -> Hold {
        let state = Arc::new(watch::Sender::new(HoldState::default()));
        self.add(pattern, None, What::Hold(HeldBy(Arc::clone(&state))));
        Hold(state)
    }

    /// Forgets all faults. Calls that are held or delayed already stay so.
    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    fn add(&self, pattern: &str, left: Option<usize>, what: What<A>) {
        lock(&self.0).push(Rule { pattern: pattern.to_owned(), left, what });
    }

    /// What is to be done to the call `name`. Uses up the rules that say so.
    pub(crate) fn judge(&self, name: &str) -> Verdict<A> {
        let mut verdict = Verdict {
            held_by: Vec::new(),
            delay: Duration::ZERO,
            instead: None,
            delay_after: Duration::ZERO,
            after: None,
        };
        let mut rules = lock(&self.0);
        for rule in rules.iter_mut().filter(|rule| rule.left != Some(0) && matches(&rule.pattern, name)) {
            match &rule.what {
                What::Instead(outcome) if verdict.instead.is_none() => verdict.instead = Some(outcome.clone()),
                What::After(outcome) if verdict.after.is_none() => verdict.after = Some(outcome.clone()),
                // Planned for a later call.
                What::Instead(_) | What::After(_) => continue,
                What::Delay(delay) => verdict.delay += *delay,
                What::DelayAfter(delay) => verdict.delay_after += *delay,
                What::Hold(hold) => {
                    if !hold.is_released() {
                        verdict.held_by.push(hold.clone());
                    }
                }
            }
            rule.left = rule.left.map(|n| n - 1);
        }
        rules.retain(|rule| rule.left != Some(0) && !matches!(&rule.what, What::Hold(hold) if hold.is_released()));
        verdict
    }
}

#[derive(Debug, Default)]
struct HoldState {
    released: bool,
    waiting: usize,
}

/// Calls that wait for their release: the way to put a race into one order.
///
/// Dropping it releases them.
#[derive(Debug)]
pub struct Hold(Arc<watch::Sender<HoldState>>);

impl Hold {
    /// Waits until `n` calls are held.
    pub async fn caught(&self, n: usize) {
        // The sender is `self`, so the channel cannot be closed.
        let _ = self.0.subscribe().wait_for(|state| state.waiting >= n).await;
    }

    /// How many calls wait now.
    pub fn waiting(&self) -> usize {
        self.0.borrow().waiting
    }

    /// Lets them go on, and everybody after them.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.send_modify(|state| state.released = true);
    }
}

/// The held call's side of a [`Hold`].
#[derive(Clone, Debug)]
pub(crate) struct HeldBy(Arc<watch::Sender<HoldState>>);

impl HeldBy {
    fn is_released(&self) -> bool {
        self.0.borrow().released
    }

    /// Waits for the release.
    pub(crate) async fn released(&self) {
        let mut state = self.0.subscribe();
        self.0.send_modify(|state| state.waiting += 1);
        let _ = state.wait_for(|state| state.released).await;
        self.0.send_modify(|state| state.waiting -= 1);
    }
}

impl<A> Verdict<A> {
    /// Waits as long as the call is held and delayed before it may take effect.
    pub(crate) async fn wait_before(&self) {
        for hold in &self.held_by {
            hold.released().await;
        }
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }

    /// Waits as long as the answer is held back.
    pub(crate) async fn wait_after(&self) {
        if !self.delay_after.is_zero() {
            tokio::time::sleep(self.delay_after).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_used_up_in_order_and_each_call_takes_one_of_a_kind() {
        let script = Script::default();
        script.instead("Ping", 1, Outcome::Answer(1));
        script.instead("P*", 1, Outcome::Answer(2));
        script.delay("*", None, Duration::from_secs(3));
        let answers: Vec<_> = (0..3)
            .map(|_| {
                let verdict = script.judge("Ping");
                assert_eq!(verdict.delay, Duration::from_secs(3));
                verdict.instead.map(|o| match o {
                    Outcome::Answer(n) => n,
                    Outcome::Drop => 0,
                })
            })
            .collect();
        assert_eq!(answers, [Some(1), Some(2), None]);
        script.clear();
        assert_eq!(script.judge("Ping").delay, Duration::ZERO);
    }
}
