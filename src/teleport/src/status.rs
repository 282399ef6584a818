//! What a gRPC status means to us.
//!
//! Codes as Auth uses them (its error kinds are mapped to codes in gravitational/trace): `FAILED_PRECONDITION` is a lost
//! comparison or race, UNKNOWN is everything that has no code of its own, often passing trouble.

use std::error::Error as _;

use accessbot_core::teleport::{TeleportError, TeleportErrorKind};
use tonic::{Code, Status};

use crate::calls::Call;

/// Longest server text that is passed on, in characters. Some errors quote what was sent.
const LONGEST_TEXT: usize = 600;

/// The error of `call` that `status` stands for.
pub(crate) fn error(call: &Call, status: &Status) -> TeleportError {
    let text = text(status);
    let too_large = text.contains("message length too large") || text.contains("larger than max");
    let kind = match status.code() {
        Code::FailedPrecondition => TeleportErrorKind::Conflict,
        // None of our calls looks up a user or a role: it is our own that is gone.
        Code::NotFound if text.starts_with("user ") || text.starts_with("role ") => TeleportErrorKind::Credentials,
        Code::NotFound => TeleportErrorKind::NotFound,
        Code::PermissionDenied => TeleportErrorKind::PermissionDenied,
        Code::Unauthenticated => TeleportErrorKind::Credentials,
        Code::Unimplemented => TeleportErrorKind::Unsupported,
        Code::InvalidArgument | Code::OutOfRange => TeleportErrorKind::Invalid,
        Code::ResourceExhausted if too_large => TeleportErrorKind::Invalid,
        _ => TeleportErrorKind::Unavailable,
    };
    let error = TeleportError::new(kind, call.name, text);
    match (kind, call.needs) {
        (TeleportErrorKind::PermissionDenied, Some(rule)) => {
            error.with_hint(format!("give the role of the bot's user the rule `{rule}`, or unlock the user"))
        }
        (TeleportErrorKind::PermissionDenied, None) => error.with_hint("is the bot's user locked?"),
        (TeleportErrorKind::Credentials, _) => error.with_hint("the bot's user or role is gone: make it again"),
        (TeleportErrorKind::Unsupported, _) => error.with_hint("the server is too old or too new for this call"),
        _ if too_large => error.with_hint("remove old access requests, or ask for fewer of them at once"),
        _ => error,
    }
}

/// The status in words: the server's, or those of the innermost cause where tonic only says that there was one.
fn text(status: &Status) -> String {
    let mut text = status.message().trim().to_owned();
    if text.is_empty() || text == "transport error" {
        let mut cause = status.source();
        while let Some(inner) = cause.and_then(|e| e.source()) {
            cause = Some(inner);
        }
        text = match cause {
            Some(cause) => format!("the connection failed: {cause}"),
            None => format!("{} without a reason", status.code()),
        };
    }
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls;

    #[test]
    fn codes_have_kinds() {
        use TeleportErrorKind as K;
        let kind = |code, text: &str| error(&calls::LIST, &Status::new(code, text)).kind;
        assert_eq!(kind(Code::FailedPrecondition, "expectations not met for field \"w\""), K::Conflict);
        assert_eq!(kind(Code::NotFound, "key \"/access_requests/x\" is not found"), K::NotFound);
        assert_eq!(kind(Code::NotFound, "user \"Nop\" is not found"), K::Credentials);
        assert_eq!(kind(Code::PermissionDenied, "access denied"), K::PermissionDenied);
        assert_eq!(kind(Code::Unimplemented, "unknown method"), K::Unsupported);
        assert_eq!(kind(Code::InvalidArgument, "size limit exceeded"), K::Invalid);
        assert_eq!(kind(Code::OutOfRange, "Error, decoded message length too large: found 5 bytes"), K::Invalid);
        assert_eq!(kind(Code::ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"), K::Invalid);
        for passing in [
            Code::Unavailable,
            Code::Unknown,
            Code::Cancelled,
            Code::DeadlineExceeded,
            Code::ResourceExhausted,
            Code::Aborted,
            Code::Internal,
        ] {
            assert_eq!(kind(passing, "try again"), K::Unavailable);
        }
    }

    #[test]
    fn hints_name_the_permission() {
        let denied = error(&calls::CHANGE, &Status::permission_denied("access denied"));
        assert_eq!(
            denied.hint.as_deref(),
            Some("give the role of the bot's user the rule `access_plugin_data: [update]`, or unlock the user")
        );
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let long = error(&calls::LIST, &Status::unknown("é".repeat(5000)));
        assert_eq!(long.message.chars().count(), LONGEST_TEXT + 1);
        assert_eq!(error(&calls::LIST, &Status::unknown(" ")).message, "Unknown error without a reason");
    }
}
