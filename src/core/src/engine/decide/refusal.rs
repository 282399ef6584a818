//! Why a decision does not count, and what whoever took it is told.

use crate::backend::CardState;
use crate::backend::decision::{Action, Answer, Outcome};
use crate::review::ReasonProblem;

/// Why a decision does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too many from one account.
    TooFast,
    /// The button is not ours, or not on this message.
    Forged,
    /// The form is not ours, was opened for somebody else, or is too old.
    StrangeForm,
    /// What a form would have to carry is too long.
    Formless,
    /// The message is not one of ours about this request.
    NotOurMessage,
    /// The request is over or was decided; by whom, if that is known.
    Over(CardState, Vec<String>),
    /// There is no such request any more.
    Vanished,
    /// Long-term requests are decided in Teleport only.
    LongTerm,
    /// No rule says who may decide this.
    NoRule,
    /// Only a reply with a reason will do, where reactions carry none.
    Reason(ReasonProblem),
    /// The account is a program's, a guest's, a stranger's, or switched off; this word says which.
    Standing(&'static str),
    /// The chat server knows no such account.
    NoAccount,
    /// Nothing maps the account to a Teleport user.
    Unmapped,
    /// The account is mapped to this many users.
    Ambiguous(usize),
    /// The user whom it is mapped to is not there.
    NoUser(String),
    /// The user is locked.
    Locked,
    /// It is their own request.
    Own,
    /// They are no approver of any of the request's roles.
    NoApprover,
    /// They have decided otherwise before.
    Changed(Action),
    /// Enough people have decided already.
    Decided,
    /// They have decided the same before.
    Again,
    /// Teleport does not let them review it; these are its words.
    Teleport(String),
    /// Teleport or the chat could not be asked; this says what failed.
    Trouble(String),
    /// The ledger was written by somebody else again and again.
    Contested,
}

impl Refusal {
    /// What to tell whoever decided.
    pub(super) fn answer(&self) -> Answer {
        let say = |outcome, text: &str| Answer::new(outcome, text);
        match self {
            Self::TooFast => say(
                Outcome::NotRecorded,
                "This was not recorded, because it was too much at once; please try again in a minute.",
            ),
            Self::Forged => say(
                Outcome::NotAllowed,
                "This button is not one of the bot's, or is too old, so nothing was decided; please use the bot's newest message about this request.",
            ),
            Self::NotOurMessage => say(
                Outcome::NotAllowed,
                "This is not a message of the bot about this request, so nothing was decided; please use the bot's own message.",
            ),
            Self::StrangeForm => say(
                Outcome::NotAllowed,
                "This form is too old or was opened for somebody else, so nothing was decided; please press the button again.",
            ),
            Self::Formless => {
                say(Outcome::NotAllowed, "This request cannot be decided here; please follow the link in the message.")
            }
            Self::Over(state, who) => say(Outcome::TooLate, &over(*state, who)),
            Self::Vanished => say(Outcome::TooLate, "This request is over and can no longer be decided."),
            Self::LongTerm => say(
                Outcome::NotAllowed,
                "This is a request for lasting access, which is decided in Teleport itself; please follow the link in the message.",
            ),
            Self::NoRule => say(
                Outcome::NotAllowed,
                "Requests for these roles are not decided in the chat; please follow the link in the message.",
            ),
            Self::Reason(problem) => say(Outcome::ReasonWanted, problem.sentence()),
            Self::Standing(_) | Self::NoAccount => say(
                Outcome::NotAllowed,
                "Only members of this organisation with an active account of their own can decide requests.",
            ),
            Self::Unmapped | Self::Ambiguous(_) | Self::NoUser(_) => say(
                Outcome::NotAllowed,
                "You cannot decide requests here, because your chat account does not belong to exactly one Teleport user; an administrator can set that up.",
            ),
            Self::Locked => say(Outcome::NotAllowed, "Your Teleport user is locked, so you cannot decide requests."),
            Self::Own => say(Outcome::NotAllowed, "You cannot decide your own request."),
            Self::NoApprover => say(Outcome::NotAllowed, "You are not one of the people who may decide this request."),
            Self::Changed(before) => say(
                Outcome::TooLate,
                &format!("You have already chosen to {} this request, and that cannot be changed.", before.word()),
            ),
            Self::Decided => say(Outcome::TooLate, "Enough people have already decided this request."),
            Self::Again => say(Outcome::Known, "Your decision on this request was already recorded."),
            Self::Teleport(_) => say(Outcome::NotAllowed, "Teleport does not allow you to review this request."),
            Self::Trouble(_) | Self::Contested => say(
                Outcome::NotRecorded,
                "This was not recorded, because a server did not answer as it should; please try again.",
            ),
        }
    }

    /// Whether anybody can cause it, as often as they like, without anything of ours.
    pub(super) fn is_anybodys(&self) -> bool {
        matches!(self, Self::TooFast | Self::Forged | Self::StrangeForm | Self::Formless)
    }

    /// Why, for the audit trail. Never shown in the chat.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::TooFast => "too many decisions from this account".to_owned(),
            Self::Forged => "the button's proof is not ours, not for this message, or too old".to_owned(),
            Self::StrangeForm => "the form is not ours, too old, or was opened for somebody else".to_owned(),
            Self::Formless => "what its form would carry is too long".to_owned(),
            Self::NotOurMessage => "the message is not ours, or not about this request".to_owned(),
            Self::Over(state, _) => format!("the request is {}", state.word()),
            Self::Vanished => "the request is gone".to_owned(),
            Self::LongTerm => "a long-term request".to_owned(),
            Self::NoRule => "no rule for its roles".to_owned(),
            Self::Reason(problem) => format!("reason: {problem:?}"),
            Self::Standing(word) => format!("the account is a {word}'s"),
            Self::NoAccount => "the chat server knows no such account".to_owned(),
            Self::Unmapped => "no Teleport user is mapped to the account".to_owned(),
            Self::Ambiguous(users) => format!("{users} Teleport users are mapped to the account"),
            Self::NoUser(name) => {
                format!("the Teleport user {name:?} does not exist, or is not mapped to the account any more")
            }
            Self::Locked => "the Teleport user is locked".to_owned(),
            Self::Own => "their own request".to_owned(),
            Self::NoApprover => "no approver".to_owned(),
            Self::Changed(before) => format!("has chosen to {} before", before.word()),
            Self::Decided => "the votes before have decided".to_owned(),
            Self::Again => "recorded before".to_owned(),
            Self::Teleport(words) => format!("Teleport: {words}"),
            Self::Trouble(what) => what.clone(),
            Self::Contested => "the record was changed by others again and again".to_owned(),
        }
    }
}

fn over(state: CardState, who: &[String]) -> String {
    let by = if who.is_empty() { String::new() } else { format!(" by {}", who.join(" and ")) };
    match state {
        CardState::Approved => format!("This request was already approved{by}."),
        CardState::Denied => format!("This request was already denied{by}."),
        CardState::Promoted => "This request has already become a membership of an access list.".to_owned(),
        CardState::Pending | CardState::Expired | CardState::Removed => {
            "This request is over and can no longer be decided.".to_owned()
        }
    }
}
