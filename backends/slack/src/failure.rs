//! What can go wrong in a call, and what the engine should make of it.

use std::fmt;
use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind, Unreachable};
use accessbot_core::secret::SecretError;
use accessbot_http::Transport;

use crate::code::Meaning;
use crate::method::{Kind, Method};

/// A call that failed. Every variant names the method, but for those that never got as far.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The token could not be read. Nothing was sent.
    #[error(transparent)]
    Token(#[from] SecretError),
    /// The token cannot stand in a header. Nothing was sent.
    #[error("the token holds characters that no Slack token has")]
    UnusableToken,
    /// Too many calls wait for their turn. Nothing was sent.
    #[error("{0}: too many calls wait for an answer already")]
    Crowded(&'static Method),
    /// Slack asked for a pause before, or a channel's second is not over. Nothing was sent.
    #[error("{method}: not before {} ms from now, as Slack wants it", .left.as_millis())]
    Paused { method: &'static Method, left: Duration },
    /// No answer.
    #[error("{method}: {transport}")]
    Transport { method: &'static Method, transport: Transport },
    /// An answer of another status than 200, and so not from the API.
    #[error("{method}: {status}{}", hint_for(*.status))]
    Status { method: &'static Method, status: u16 },
    /// 429.
    #[error("{method}: Slack's rate limit")]
    Limited { method: &'static Method, retry_after: Duration },
    /// An answer that says no.
    #[error("{method}: {refusal}")]
    Refused { method: &'static Method, refusal: Refusal },
    /// An answer that says yes in words that we do not understand.
    #[error("{method}: cannot make sense of the answer: {problem}")]
    Garbled { method: &'static Method, problem: String },
}

fn hint_for(status: u16) -> &'static str {
    match status {
        300..=399 => " (a redirect; is `api_url` right?)",
        400..=499 => " (not from Slack; is `api_url` right, and what stands before Slack?)",
        _ => "",
    }
}

/// What Slack said when it said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Slack's stable name for it.
    pub(crate) code: String,
    /// The scope that would be needed, if that is what is missing.
    pub(crate) needed: String,
    /// What is wrong with which block. Slack's words, which hold none of ours.
    pub(crate) messages: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.needed.is_empty() {
            write!(f, " (the token needs the scope {})", self.needed)?;
        }
        if self.messages.is_empty() { Ok(()) } else { write!(f, ": {}", self.messages.join("; ")) }
    }
}

/// Whether an unclear end leaves the question whether people see something.
fn is_visible(method: &Method) -> bool {
    method.kind == Kind::Visible
}

impl Failure {
    /// Slack's name for the refusal, if it is one.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { refusal, .. } => Some(&refusal.code),
            _ => None,
        }
    }

    /// Whether the token lacks what the call needs, though it is good for others.
    pub(crate) fn is_missing_scope(&self) -> bool {
        matches!(self.code(), Some("missing_scope" | "no_permission" | "not_allowed_token_type"))
    }

    /// What is wrong with the conversation or the person, if that is what is wrong.
    pub(crate) fn unreachable(&self) -> Option<Unreachable> {
        match self.code().map(Meaning::of) {
            Some(Meaning::Target(target)) => Some(target.into()),
            _ => None,
        }
    }

    /// Whether Slack does not like what was sent, and certainly did nothing with it.
    pub(crate) fn is_about_content(&self) -> bool {
        self.code().map(Meaning::of) == Some(Meaning::OurBug)
    }

    /// Whether the same call may well succeed the next moment, such as one that met a connection that was closed.
    pub(crate) fn is_momentary(&self) -> bool {
        match self {
            Self::Transport { transport, .. } => !transport.timeout,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// What is to be done about it.
    pub(crate) fn kind(&self) -> ChatErrorKind {
        self.judged().0
    }

    /// Whether people may see the effect of the call all the same.
    pub(crate) fn is_maybe_done(&self) -> bool {
        self.judged().1
    }

    /// The engine's view of it, as an error of the backend's method `call`.
    pub(crate) fn into_error(self, call: &'static str) -> ChatError {
        let error = ChatError::new(self.kind(), call, self.to_string());
        if self.is_maybe_done() { error.maybe_done() } else { error }
    }

    fn judged(&self) -> (ChatErrorKind, bool) {
        match self {
            Self::Token(_) | Self::UnusableToken => (ChatErrorKind::Unauthorized, false),
            Self::Crowded(_) => (ChatErrorKind::Transient, false),
            Self::Paused { left, .. } => (ChatErrorKind::RateLimited(Some(*left)), false),
            Self::Limited { retry_after, .. } => (ChatErrorKind::RateLimited(Some(*retry_after)), false),
            Self::Transport { method, transport } => (ChatErrorKind::Transient, transport.sent && is_visible(method)),
            Self::Status { method, status } => {
                (ChatErrorKind::Transient, (*status >= 500 || *status == 408) && is_visible(method))
            }
            Self::Refused { method, refusal } => {
                let meaning = Meaning::of(&refusal.code);
                let maybe_done = meaning == Meaning::Trouble { maybe_done: true } && is_visible(method);
                (meaning.kind(None), maybe_done)
            }
            Self::Garbled { method, .. } => (ChatErrorKind::Transient, is_visible(method)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method;

    fn refused(method: &'static Method, code: &str) -> Failure {
        let refusal = Refusal { code: code.to_owned(), needed: String::new(), messages: Vec::new() };
        Failure::Refused { method, refusal }
    }

    #[test]
    fn every_code_has_its_class() {
        use ChatErrorKind::{Hopeless, MessageGone, RateLimited, Rejected, Transient, Unauthorized};
        for (code, kind, maybe_done) in [
            ("invalid_auth", Unauthorized, false),
            ("token_revoked", Unauthorized, false),
            ("missing_scope", Unauthorized, false),
            ("channel_not_found", Hopeless(Unreachable::NotFound), false),
            ("not_in_channel", Hopeless(Unreachable::NotMember), false),
            ("is_archived", Hopeless(Unreachable::Archived), false),
            ("restricted_action", Hopeless(Unreachable::Forbidden), false),
            ("cant_update_message", Hopeless(Unreachable::Forbidden), false),
            ("message_not_found", MessageGone, false),
            ("cannot_reply_to_message", MessageGone, false),
            ("ratelimited", RateLimited(None), false),
            ("message_limit_exceeded", RateLimited(Some(Duration::from_secs(300))), false),
            ("internal_error", Transient, true),
            ("fatal_error", Transient, true),
            ("request_timeout", Transient, true),
            ("service_unavailable", Transient, false),
            ("invalid_blocks", Rejected, false),
            ("msg_too_long", Rejected, false),
            ("brand_new_error", Transient, false),
        ] {
            let error = refused(method::POST_MESSAGE, code).into_error("post");
            assert_eq!((error.kind, error.maybe_done), (kind, maybe_done), "{code}");
            let error = refused(method::HISTORY, code).into_error("find");
            assert!(!error.maybe_done, "a read changes nothing: {code}");
        }
        for (status, maybe_done) in [(302, false), (403, false), (408, true), (500, true), (503, true)] {
            let error = Failure::Status { method: method::UPDATE_MESSAGE, status }.into_error("update");
            assert_eq!((error.kind, error.maybe_done), (Transient, maybe_done), "{status}");
        }
    }

    #[test]
    fn messages_say_what_to_look_at() {
        assert_eq!(refused(method::POST_MESSAGE, "is_archived").to_string(), "chat.postMessage: is_archived");
        let refusal = Refusal { code: "missing_scope".into(), needed: "chat:write".into(), messages: vec![] };
        let failure = Failure::Refused { method: method::UPDATE_MESSAGE, refusal };
        assert_eq!(failure.to_string(), "chat.update: missing_scope (the token needs the scope chat:write)");
        assert!(Failure::Status { method: method::AUTH_TEST, status: 302 }.to_string().contains("api_url"));
    }
}
