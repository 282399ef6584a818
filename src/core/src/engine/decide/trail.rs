//! What is written into the audit trail.

use crate::backend::decision::{Answer, ChatUserId, Decision, Evidence, Press};
use crate::engine::desk::DeskState;
use crate::review::Review;
use crate::review::audit::Entry;

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
    let mut entry = entry(desk, review, "decision");
    entry.request = press.request.to_string();
    entry.chat_user_id.clone_from(&press.who.0);
    entry.action = Some(press.action.word());
    entry.message = press.message.to_string();
    entry.input = Some("button");
    refused(review, entry, refusal)
}

/// Takes down a form that is not ours, too old, or somebody else's.
pub(super) fn forged_form(desk: &DeskState, review: &Review, who: &ChatUserId) -> Answer {
    let mut entry = entry(desk, review, "decision");
    entry.chat_user_id.clone_from(&who.0);
    entry.input = Some("button");
    refused(review, entry, &Refusal::StrangeForm)
}

fn refused(review: &Review, mut entry: Entry, refusal: &Refusal) -> Answer {
    let answer = refusal.answer();
    entry.result = answer.outcome.word();
    entry.detail = Some(refusal.detail());
    review.audit.note(&entry);
    answer
}
