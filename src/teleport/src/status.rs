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

/// What every version says to a second review by the same author; the code differs.
const REVIEWED: &str = "has already reviewed this request";

/// What v15 and later say to who must show a second factor for what administrators do.
const SECOND_FACTOR: &str = "admin-level API request requires MFA";

/// Whether the server refuses because we have shown no second factor.
pub(crate) fn wants_second_factor(text: &str) -> bool {
    text.contains(SECOND_FACTOR)
}

/// Whether the server refuses to decide what is decided: v14 and later for reviews (`the access request has been already
/// approved`), every version for a denied request's state (`… (already denied)`).
fn says_resolved(text: &str) -> bool {
    ["approved", "denied", "promoted", "resolved"].iter().any(|state| text.contains(&format!("already {state}")))
}

/// The error of `call` that `status` stands for.
pub(crate) fn error(call: &Call, status: &Status) -> TeleportError {
    let text = text(status);
    let too_large = text.contains("message length too large") || text.contains("larger than max");
    let kind = match status.code() {
        Code::AlreadyExists => TeleportErrorKind::AlreadyReviewed,
        Code::PermissionDenied if text.contains(REVIEWED) => TeleportErrorKind::AlreadyReviewed,
        Code::PermissionDenied | Code::InvalidArgument | Code::FailedPrecondition if says_resolved(&text) => {
            TeleportErrorKind::AlreadyResolved
        }
        Code::FailedPrecondition => TeleportErrorKind::Conflict,
        // Where a call is about a user, its own module has looked at this before: here it is our own that is gone.
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
        (TeleportErrorKind::PermissionDenied, _) if wants_second_factor(&error.message) => error.with_hint(
            "let tbot make the bot's credentials: with others the cluster wants a second factor, which a program has not",
        ),
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
    fn what_comes_too_late_has_kinds_of_its_own() {
        use TeleportErrorKind as K;
        let kind = |code, text: &str| error(&calls::REVIEW, &Status::new(code, text)).kind;
        let second = "user \"alice\" has already reviewed this request";
        assert_eq!(kind(Code::PermissionDenied, second), K::AlreadyReviewed);
        assert_eq!(kind(Code::AlreadyExists, &format!("rpc error: {second}")), K::AlreadyReviewed);
        for state in ["approved", "denied", "promoted"] {
            let late = format!("the access request has been already {state}");
            assert_eq!(kind(Code::PermissionDenied, &late), K::AlreadyResolved);
        }
        let denied = "cannot set request-state \"APPROVED\" (already denied)";
        assert_eq!(kind(Code::InvalidArgument, denied), K::AlreadyResolved);
        assert_eq!(kind(Code::InvalidArgument, "missing request state"), K::Invalid);
        assert_eq!(kind(Code::PermissionDenied, "user \"alice\" cannot review request \"x\""), K::PermissionDenied);
    }

    #[test]
    fn a_second_factor_is_explained() {
        let refused = Status::permission_denied("admin-level API request requires MFA verification");
        let hint = error(&calls::SET_STATE, &refused).hint.unwrap();
        assert!(hint.starts_with("let tbot make the bot's credentials"), "{hint}");
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
