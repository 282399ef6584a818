//! What became of a decision, and what whoever made it is told.

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Recorded,
    /// It counted already: this person has decided the same before.
    Known,
    /// A reason is needed, or the one that was given will not do: nothing was done, and they may try again with one.
    ReasonWanted,
    /// This person may not decide this request, or not in this way.
    NotAllowed,
    /// The request was decided before, or is over.
    TooLate,
    /// Something was in the way. Nothing was done, and nothing will be done later: they may try again.
    NotRecorded,
    /// The server did not answer in time, so that nobody can say whether it counts: the message will show it.
    Unclear,
    /// Decisions are not taken in the chat.
    Off,
}

impl Outcome {
    /// One word for the audit log and for metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Known => "known",
            Self::ReasonWanted => "reason_wanted",
            Self::NotAllowed => "not_allowed",
            Self::TooLate => "too_late",
            Self::NotRecorded => "not_recorded",
            Self::Unclear => "unclear",
            Self::Off => "off",
        }
    }
}

/// What to tell whoever decided, where nobody else sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// The same in one complete sentence, without internals. Names in it are from outside: show it as text.
    pub text: String,
}

impl Answer {
    /// An answer with this sentence.
    pub fn new(outcome: Outcome, text: impl Into<String>) -> Self {
        Self { outcome, text: text.into() }
    }
}
