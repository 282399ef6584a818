//! A sink that keeps what it is handed, and answers as the test wants it.

use std::sync::Mutex;

use accessbot_core::backend::decision::{
    Answer, ChatUserId, Decision, DecisionSink, OpenMessage, Outcome, Press, TurnedAway,
};
use accessbot_core::teleport::TeleportError;
use async_trait::async_trait;
use tokio::sync::watch;

/// The sink.
#[derive(Default)]
pub(super) struct Script {
    decisions: Mutex<Vec<Decision>>,
    presses: Mutex<Vec<Press>>,
    answers: Mutex<Vec<Answer>>,
    refusal: Mutex<Option<Answer>>,
    turned_away: Mutex<Vec<TurnedAway>>,
    held: watch::Sender<bool>,
}

impl Script {
    /// All decisions so far.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        self.decisions.lock().unwrap().clone()
    }

    /// The presses for which a form was asked for.
    pub(super) fn presses(&self) -> Vec<Press> {
        self.presses.lock().unwrap().clone()
    }

    /// What the backend turned away.
    pub(super) fn turned_away(&self) -> Vec<TurnedAway> {
        self.turned_away.lock().unwrap().clone()
    }

    /// Answers the next decision so. Without anything planned it is recorded.
    pub(super) fn answer_next(&self, outcome: Outcome, text: &str) {
        self.answers.lock().unwrap().push(Answer::new(outcome, text));
    }

    /// From now on no button is ours.
    pub(super) fn refuse(&self, text: &str) {
        *self.refusal.lock().unwrap() = Some(Answer::new(Outcome::NotAllowed, text));
    }

    /// From now on decisions wait, until they do not.
    pub(super) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }
}

#[async_trait]
impl DecisionSink for Script {
    async fn decide(&self, decision: Decision) -> Answer {
        self.held.subscribe().wait_for(|held| !held).await.unwrap();
        self.decisions.lock().unwrap().push(decision);
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() { Answer::new(Outcome::Recorded, "Recorded.") } else { answers.remove(0) }
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        let mut presses = self.presses.lock().unwrap();
        presses.push(press.clone());
        Ok(format!("state-{}", presses.len() - 1))
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        let number = state.strip_prefix("state-").and_then(|number| number.parse::<usize>().ok());
        let press = number.and_then(|number| self.presses.lock().unwrap().get(number).cloned());
        let press = press.filter(|press| press.who == *who);
        press.ok_or_else(|| Answer::new(Outcome::NotAllowed, "This form is not yours."))
    }

    fn turn_away(&self, call: &TurnedAway) -> Answer {
        self.turned_away.lock().unwrap().push(call.clone());
        call.why.answer()
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        Ok(Vec::new())
    }
}
