//! What can go wrong in a call, and what the engine should make of it.

use std::fmt;
use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind, Unreachable};
use accessbot_core::secret::SecretError;
use accessbot_http::Transport;
use reqwest::Method;

/// Which call it was, for messages: `POST /posts`. Holds no secret: tokens and texts are never in a path.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: Method,
    pub(crate) path: String,
}

impl Exchange {
    /// Whether the call changes something, so that an unclear end leaves the question whether it did.
    fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The token could not be read. Nothing was sent.
    #[error(transparent)]
    Token(#[from] SecretError),
    /// The token cannot stand in a header. Nothing was sent.
    #[error("the token holds characters that no Mattermost token has")]
    UnusableToken,
    /// Too many calls wait for their turn. Nothing was sent.
    #[error("{0}: too many calls wait for an answer already")]
    Crowded(Exchange),
    /// The server asked for a pause before, and this much of it is left. Nothing was sent.
    #[error("the server asked for a pause, {} s of which are left", .0.as_secs())]
    Paused(Duration),
    /// No answer.
    #[error("{exchange}: {transport}")]
    Transport { exchange: Exchange, transport: Transport },
    /// An answer that says no.
    #[error("{exchange}: {refusal}")]
    Refused { exchange: Exchange, refusal: Refusal },
    /// An answer that says yes in words that we do not understand.
    #[error("{exchange}: cannot make sense of the answer: {problem}")]
    Garbled { exchange: Exchange, problem: String, too_large: bool },
}

/// What the server said when it said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The server's stable name for the error; empty if the answer was not in the form of a Mattermost error.
    pub(crate) id: String,
    /// After what time to try again, if it said so.
    pub(crate) retry_after: Option<Duration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        match (self.id.as_str(), self.status) {
            ("", 300..=399) => f.write_str(" (a redirect; is `url` the address that people use?)"),
            ("", 403 | 404) => {
                f.write_str(" (not from Mattermost; is `url` right, and what stands before the server?)")
            }
            ("", _) => Ok(()),
            (id, _) => write!(f, " {id}"),
        }
    }
}

/// The server's names for errors that mean something to us.
mod id {
    pub(super) const NO_SUCH_ROUTE: &str = "api.context.404.app_error";
    /// How errors end about posts in archived channels, whatever was to be done with the post.
    pub(super) const IN_ARCHIVED: [&str; 2] = ["_in_deleted.error", "_to_deleted.error"];
    pub(super) const BAD_ROOT: &str = "api.post.create_post.root_id.app_error";
    /// A post with the same `pending_post_id` is being made at this moment.
    pub(super) const BEING_DONE: &str = "api.post.deduplicate_create_post.pending";
    pub(super) const TOO_LATE_TO_EDIT: &str = "api.post.update_post.permissions_time_limit.app_error";
}

impl Refusal {
    /// There is no such thing (or we may not know that there is).
    pub(crate) fn is_absence(&self) -> bool {
        self.status == 404 && self.is_mattermost()
    }

    /// We may not.
    pub(crate) fn is_denial(&self) -> bool {
        self.status == 403 && self.is_mattermost()
    }

    /// The text of the post is too old to be changed; its properties are not.
    pub(crate) fn is_too_late_to_edit(&self) -> bool {
        self.id == id::TOO_LATE_TO_EDIT
    }

    /// The same post is being made, by a call before this one.
    pub(crate) fn is_being_done(&self) -> bool {
        self.id == id::BEING_DONE
    }

    /// Whether it is Mattermost's own word on what was asked, not a proxy's, nor that of a server without our endpoint.
    fn is_mattermost(&self) -> bool {
        !self.id.is_empty() && self.id != id::NO_SUCH_ROUTE
    }

    fn kind(&self) -> ChatErrorKind {
        match (self.status, self.id.as_str()) {
            (401, _) => ChatErrorKind::Unauthorized,
            (429, _) => ChatErrorKind::RateLimited(self.retry_after),
            (_, id) if id::IN_ARCHIVED.iter().any(|end| id.ends_with(end)) => {
                ChatErrorKind::Hopeless(Unreachable::Archived)
            }
            (_, id::BAD_ROOT) => ChatErrorKind::MessageGone,
            _ if self.is_denial() => ChatErrorKind::Hopeless(Unreachable::Forbidden),
            _ if self.is_absence() => ChatErrorKind::Hopeless(Unreachable::NotFound),
            // Redirects, a proxy's 403 and 404, timeouts, trouble on the server: all of these pass, or are mended.
            (..=399 | 403 | 404 | 408 | 500.., _) => ChatErrorKind::Transient,
            _ => ChatErrorKind::Rejected,
        }
    }

    /// Whether the call may have taken effect although the answer is this.
    fn may_be_done(&self) -> bool {
        self.status == 408 || self.status >= 500
    }
}

impl Failure {
    /// What the server said, if it said no.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Whether the answer was larger than we are ready to read.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::Garbled { too_large: true, .. })
    }

    /// Whether the same call may well succeed the next moment, such as one that met a connection of a server that was
    /// restarted.
    pub(crate) fn is_momentary(&self) -> bool {
        match self {
            Self::Transport { transport, .. } => !transport.timeout,
            Self::Refused { refusal, .. } => refusal.status >= 500,
            _ => false,
        }
    }

    /// The engine's view of it, as an error of the backend's method `call`.
    pub(crate) fn into_error(self, call: &'static str) -> ChatError {
        let (kind, maybe_done) = match &self {
            Self::Token(_) | Self::UnusableToken => (ChatErrorKind::Unauthorized, false),
            Self::Crowded(_) => (ChatErrorKind::Transient, false),
            Self::Paused(left) => (ChatErrorKind::RateLimited(Some(*left)), false),
            Self::Transport { exchange, transport } => {
                (ChatErrorKind::Transient, transport.sent && exchange.is_write())
            }
            Self::Refused { exchange, refusal } => (refusal.kind(), refusal.may_be_done() && exchange.is_write()),
            Self::Garbled { exchange, .. } => (ChatErrorKind::Transient, exchange.is_write()),
        };
        let error = ChatError::new(kind, call, self.to_string());
        if maybe_done { error.maybe_done() } else { error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, status: u16, id: &str) -> ChatError {
        let exchange = Exchange { method, path: "/posts".to_owned() };
        let refusal = Refusal { status, id: id.to_owned(), retry_after: Some(Duration::from_secs(7)) };
        Failure::Refused { exchange, refusal }.into_error("post")
    }

    #[test]
    fn every_answer_seen_on_real_servers_has_its_class() {
        use ChatErrorKind::{Hopeless, MessageGone, RateLimited, Rejected, Transient, Unauthorized};
        for (status, id, kind, maybe_done) in [
            (301, "", Transient, false),
            (400, "model.post.is_valid.msg.app_error", Rejected, false),
            (400, "model.post.is_valid.props.app_error", Rejected, false),
            (400, "api.context.invalid_url_param.app_error", Rejected, false),
            (400, "api.post.create_post.channel_root_id.app_error", Rejected, false),
            (400, "api.post.create_post.root_id.app_error", MessageGone, false),
            (400, "api.post.create_post.can_not_post_to_deleted.error", Hopeless(Unreachable::Archived), false),
            (400, "api.post.patch_post.can_not_update_post_in_deleted.error", Hopeless(Unreachable::Archived), false),
            (400, "api.post.delete_post.can_not_delete_post_in_deleted.error", Hopeless(Unreachable::Archived), false),
            (401, "api.context.session_expired.app_error", Unauthorized, false),
            (401, "", Unauthorized, false),
            (403, "api.context.permissions.app_error", Hopeless(Unreachable::Forbidden), false),
            (403, "", Transient, false),
            (404, "app.channel.get.existing.app_error", Hopeless(Unreachable::NotFound), false),
            (404, "api.context.404.app_error", Transient, false),
            (404, "", Transient, false),
            (408, "", Transient, true),
            (413, "", Rejected, false),
            (429, "", RateLimited(Some(Duration::from_secs(7))), false),
            (500, "api.post.deduplicate_create_post.pending", Transient, true),
            (500, "", Transient, true),
            (502, "", Transient, true),
            (503, "", Transient, true),
            (504, "", Transient, true),
        ] {
            let error = refused(Method::POST, status, id);
            assert_eq!((error.kind, error.maybe_done), (kind.clone(), maybe_done), "{status} {id}");
            let error = refused(Method::GET, status, id);
            assert_eq!((error.kind, error.maybe_done), (kind, false), "GET: {status} {id}");
        }
    }

    #[test]
    fn messages_say_what_to_look_at() {
        let text = |status, id| refused(Method::POST, status, id).to_string();
        assert_eq!(
            text(400, "model.post.is_valid.msg.app_error"),
            "post: POST /posts: 400 model.post.is_valid.msg.app_error"
        );
        assert_eq!(text(503, ""), "post: POST /posts: 503");
        assert!(text(301, "").contains("a redirect"));
        assert!(text(404, "").contains("not from Mattermost"));
    }
}
