//! A sink that keeps what it is handed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use accessbot_core::backend::decision::{Answer, ChatUserId, Decision, DecisionSink, OpenMessage, Outcome, Press};
use accessbot_core::teleport::TeleportError;
use async_trait::async_trait;

/// Keeps every decision that it is handed, and the presses that forms were opened for.
#[derive(Default)]
pub(super) struct Kept(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    decisions: Vec<Decision>,
    presses: Vec<Press>,
    answers: VecDeque<Answer>,
}

impl Kept {
    /// All decisions so far.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        self.inside().decisions.clone()
    }

    /// All presses that a form was asked for, so far.
    pub(super) fn presses(&self) -> Vec<Press> {
        self.inside().presses.clone()
    }

    /// The next decision is answered so; one of which nothing was said is recorded.
    pub(super) fn answer_next(&self, outcome: Outcome, text: &str) {
        self.inside().answers.push_back(Answer::new(outcome, text));
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DecisionSink for Kept {
    async fn decide(&self, decision: Decision) -> Answer {
        let mut inside = self.inside();
        inside.decisions.push(decision);
        inside.answers.pop_front().unwrap_or_else(|| Answer::new(Outcome::Recorded, "It was recorded."))
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        let mut inside = self.inside();
        inside.presses.push(press.clone());
        Ok(format!("form-{}", inside.presses.len() - 1))
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        let place = state.strip_prefix("form-").and_then(|place| place.parse::<usize>().ok());
        let press = place.and_then(|place| self.inside().presses.get(place).cloned());
        let not_yours = || Answer::new(Outcome::NotAllowed, "This form is not yours.");
        press.filter(|press| press.who == *who).ok_or_else(not_yours)
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        Ok(Vec::new())
    }
}
