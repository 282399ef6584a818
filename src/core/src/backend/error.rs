//! What went wrong in a chat call, classified by what to do about it.

use std::time::Duration;

use super::conversation::Unreachable;

/// What to do about a chat error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatErrorKind {
    /// The server could not be reached, answered too late, or was in trouble itself: try again with growing delays.
    Transient,
    /// The server asks us to slow down; not before this long from now, if it said how long.
    RateLimited(Option<Duration>),
    /// Our token is refused: nothing works until an operator mends it. Keep probing.
    Unauthorized,
    /// This conversation cannot be posted to until an operator or its owner changes something.
    Hopeless(Unreachable),
    /// The message is gone: somebody deleted it.
    MessageGone,
    /// The server refused what we sent: a bug of ours. Repeating it is useless.
    Rejected,
    /// The conversation cannot be searched: our token may not read it, or the chat has no way to. Only
    /// [`find`](super::ChatBackend::find) says so; what then happens is [`Capabilities::on_uncertain`](super::Capabilities).
    Unsearchable,
}

/// A failed chat call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{call}: {message}")]
pub struct ChatError {
    /// What to do about it.
    pub kind: ChatErrorKind,
    /// What was tried, such as `post`.
    pub call: &'static str,
    /// What went wrong. Never holds a secret nor a message's text.
    pub message: String,
    /// Whether the call may have taken effect all the same: a timeout after sending has, a refused connection or an
    /// answer that says no has not.
    pub maybe_done: bool,
}

impl ChatError {
    /// An error of `call` that certainly had no effect.
    pub fn new(kind: ChatErrorKind, call: &'static str, message: impl Into<String>) -> Self {
        Self { kind, call, message: message.into(), maybe_done: false }
    }

    /// The same error, of a call that may have taken effect.
    #[must_use]
    pub fn maybe_done(mut self) -> Self {
        self.maybe_done = true;
        self
    }
}
