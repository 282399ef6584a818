//! What a check of a set-up found: the words of `accessbot check`.

use super::error::{ChatError, ChatErrorKind};

/// How well something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It works.
    Ok,
    /// It works, but not as well as it could, or not for long.
    Warning,
    /// It does not work.
    Failure,
    /// It does not work because the server refuses our credential, so nothing else can.
    Refused,
}

/// One thing that was tried, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How well it stands.
    pub verdict: Verdict,
    /// What was tried, as a noun: `token`, `scope chat:write`.
    pub subject: String,
    /// What was found, in one line. Never holds a secret.
    pub found: String,
    /// How to mend it. Given with everything but [`Verdict::Ok`] wherever something can be done.
    pub hint: Option<String>,
}

impl Finding {
    /// Something that works.
    pub fn ok(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, subject: subject.into(), found: found.into(), hint: None }
    }

    /// Something that could be better.
    pub fn warning(subject: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, ..Self::failure(subject, found, hint) }
    }

    /// Something that does not work.
    pub fn failure(subject: impl Into<String>, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failure, subject: subject.into(), found: found.into(), hint: Some(hint.into()) }
    }

    /// A call to the chat server that failed while `subject` was tried.
    pub fn chat_error(subject: impl Into<String>, error: &ChatError) -> Self {
        let (verdict, hint) = match &error.kind {
            ChatErrorKind::Unauthorized => {
                (Verdict::Refused, Some("make a new token and put it into the configuration"))
            }
            ChatErrorKind::Transient => (Verdict::Failure, Some("is the server up, and is its address right?")),
            ChatErrorKind::RateLimited(_) => (Verdict::Failure, Some("wait a minute and try again")),
            ChatErrorKind::Hopeless(_)
            | ChatErrorKind::MessageGone
            | ChatErrorKind::Rejected
            | ChatErrorKind::Unsearchable => (Verdict::Failure, None),
        };
        Self { verdict, subject: subject.into(), found: error.to_string(), hint: hint.map(str::to_owned) }
    }
}
