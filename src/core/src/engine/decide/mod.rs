//! Decisions that people take in the chat.
//!
//! A backend hands over what somebody did ([`DecisionSink`]); a [`hearing`] finds out whether it was on a message of ours,
//! who that is in Teleport ([`people`]), and whether they may; then it becomes a review on their behalf, or a vote in the
//! ledger, which the worker of the request counts ([`quorum`](super::quorum)). Every decision and every refusal is one
//! line in the audit trail, but for a [`crowd`] of those that anybody can make up.

mod choices;
pub(super) mod crowd;
mod eligible;
mod hearing;
mod in_hand;
mod people;
mod refusal;
pub(super) mod trail;
mod vote;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use self::hearing::Hearing;
use self::refusal::Refusal;
use super::desk::DeskState;
use crate::backend::decision::{
    Answer, ChatUserId, Decision, DecisionSink, DecisionsOff, Evidence, OpenMessage, Press, TurnedAway,
};
use crate::backend::{CardState, Marker};
use crate::ledger::{self, Stored};
use crate::request::RequestId;
use crate::review::{Button, Form, Mode, Pace, Place, Review};
use crate::teleport::{Record, TeleportError};

pub(super) use self::crowd::Crowd;
pub(super) use self::eligible::{Standing, standing};
pub(super) use self::hearing::proposed;
pub(super) use self::in_hand::InHand;
pub(super) use self::people::People;

/// Lets the desk's decisions be taken here, if they are taken at all.
pub(super) fn take_over(desk: &Arc<DeskState>) {
    let sink: Arc<dyn DecisionSink> = match &desk.options.review {
        Some(review) if review.mode != Mode::Link => {
            Arc::new(Decisions { desk: Arc::clone(desk), review: Arc::clone(review), pace: Mutex::default() })
        }
        _ => Arc::new(DecisionsOff),
    };
    desk.decisions.install(sink);
}

/// Takes the decisions of one desk.
struct Decisions {
    desk: Arc<DeskState>,
    review: Arc<Review>,
    pace: Mutex<Pace>,
}

impl Decisions {
    fn is_too_fast(&self, who: &ChatUserId) -> bool {
        !self.pace.lock().unwrap_or_else(PoisonError::into_inner).allows(who, Instant::now())
    }

    /// The marker of the message whose button was pressed, if it was a button.
    fn marker(&self, decision: &Decision) -> Result<Option<Marker>, Refusal> {
        let Evidence::Button(proof) = &decision.evidence else { return Ok(None) };
        let Decision { request, action, message, who, .. } = decision.clone();
        let press = Press { request, action, message, who, proof: proof.clone() };
        self.button(&press).map(|button| Some(button.marker)).ok_or(Refusal::Forged)
    }

    /// The button that was pressed, if it is one of ours.
    fn button(&self, press: &Press) -> Option<Button> {
        let cluster = self.desk.cluster.borrow().clone();
        let conversation = press.message.conversation.as_str();
        let place = Place { cluster: &cluster.name, request: &press.request, conversation };
        Button::proven(&press.proof, press.action, &self.review.keys, &place, self.desk.clock.now())
    }
}

#[async_trait]
impl DecisionSink for Decisions {
    async fn decide(&self, decision: Decision) -> Answer {
        let _heard = self.desk.in_hand.begin();
        let mut hearing = Hearing::new(self, &decision);
        let answer = match self.marker(&decision) {
            // Whoever forges a press says whose it is, so it costs nobody anything.
            Err(forged) => hearing.refuse(&forged),
            Ok(_) if self.is_too_fast(&decision.who) => hearing.refuse(&Refusal::TooFast),
            Ok(marker) => match timeout(decision.patience, hearing.hear(marker.as_ref())).await {
                Ok(answer) => answer,
                Err(_) => hearing.cut_short(),
            },
        };
        hearing.close(&answer);
        answer
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        let refused = |refusal| trail::refused_press(&self.desk, &self.review, press, &refusal);
        let button = self.button(press).ok_or_else(|| refused(Refusal::Forged))?;
        if self.is_too_fast(&press.who) {
            return Err(refused(Refusal::TooFast));
        }
        let cluster = self.desk.cluster.borrow().clone();
        let form = Form::new(press, button, self.desk.clock.now());
        form.seal(&self.review.keys, &cluster.name).ok_or_else(|| refused(Refusal::Formless))
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        let cluster = self.desk.cluster.borrow().clone();
        Form::open(state, who, &self.review.keys, &cluster.name, self.desk.clock.now())
            .ok_or_else(|| trail::forged_form(&self.desk, &self.review, who))
    }

    fn turn_away(&self, call: &TurnedAway) -> Answer {
        trail::turned_away(&self.desk, &self.review, call)
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        let mut open = Vec::new();
        let mut visit = |request: RequestId, record: Record| {
            let Stored::Ours(ledger, _) = ledger::read(&record) else { return };
            if ledger.facts.state != CardState::Pending {
                return;
            }
            let messages = ledger.announcements().filter_map(|(_, item)| item.message());
            open.extend(messages.map(|message| OpenMessage { request: request.clone(), message: message.clone() }));
        };
        self.desk.teleport.each_record(&self.desk.routing.plugin_name, &mut visit).await?;
        Ok(open)
    }
}
