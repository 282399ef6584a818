//! What is written into the audit trail.

use crate::backend::decision::{Action, Answer, ChatUserId, Decision, Evidence, Press, TurnedAway};
use crate::engine::desk::DeskState;
use crate::review::Review;
use crate::review::audit::Entry;

use super::crowd;
use super::refusal::Refusal;

/// An entry of this moment, with what is known before anything was asked.
pub(in crate::engine) fn entry(desk: &DeskState, review: &Review, event: &'static str) -> Entry {
    let mut entry = Entry::at(event, desk.clock.now());
    entry.cluster.clone_from(&desk.cluster.borrow().name);
    entry.chat.clone_from(&desk.name);
    entry.mode = review.mode.name();
    entry
}

/// An entry about a decision.
pub(super) fn of_decision(desk: &DeskState, review: &Review, decision: &Decision) -> Entry {
    let mut entry = entry(desk, review, "decision");
    entry.request = decision.request.to_string();
    entry.chat_user_id.clone_from(&decision.who.0);
    entry.action = Some(decision.action.word());
    entry.reason.clone_from(&decision.reason);
    entry.message = decision.message.to_string();
    entry.input = Some(match decision.evidence {
        Evidence::Button(_) => "button",
        Evidence::Reply => "reply",
        Evidence::Reaction => "reaction",
    });
    entry
}

/// Takes down a press for which no form is opened.
pub(super) fn refused_press(desk: &DeskState, review: &Review, press: &Press, refusal: &Refusal) -> Answer {
    let mut entry = of_button(desk, review, &press.who);
    entry.request = press.request.to_string();
    entry.action = Some(press.action.word());
    entry.message = press.message.to_string();
    refused(desk, review, entry, refusal.answer(), refusal.detail())
}

/// Takes down a form that is not ours, too old, or somebody else's.
pub(super) fn forged_form(desk: &DeskState, review: &Review, who: &ChatUserId) -> Answer {
    let entry = of_button(desk, review, who);
    refused(desk, review, entry, Refusal::StrangeForm.answer(), Refusal::StrangeForm.detail())
}

/// Takes down what the backend turned away by itself.
pub(super) fn turned_away(desk: &DeskState, review: &Review, call: &TurnedAway) -> Answer {
    let mut entry = of_button(desk, review, &call.who);
    entry.request = call.request.as_ref().map(ToString::to_string).unwrap_or_default();
    entry.action = call.action.map(Action::word);
    entry.message = call.message.as_ref().map(ToString::to_string).unwrap_or_default();
    refused(desk, review, entry, call.why.answer(), call.why.detail().to_owned())
}

fn of_button(desk: &DeskState, review: &Review, who: &ChatUserId) -> Entry {
    let mut entry = entry(desk, review, "decision");
    entry.chat_user_id.clone_from(&who.0);
    entry.input = Some("button");
    entry
}

/// All of these anybody can cause.
fn refused(desk: &DeskState, review: &Review, mut entry: Entry, answer: Answer, detail: String) -> Answer {
    entry.result = answer.outcome.word();
    entry.detail = Some(detail);
    crowd::note(desk, review, &entry);
    answer
}
