//! What Slack's error codes mean to us.

use std::time::Duration;

use accessbot_core::backend::{ChatErrorKind, Unreachable};

/// What to make of a code. Not all that Slack has: those that our calls can meet, and whose meaning is not that of codes
/// nobody knows.
const CODES: &[(&[&str], Meaning)] = &[
    // The token, or what it may do. Nothing changes until an operator acts.
    (
        &[
            "not_authed",
            "invalid_auth",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "two_factor_setup_required",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "access_denied",
            "app_access_restricted",
            // The app's own token.
            "forbidden_team",
        ],
        Meaning::Unauthorized,
    ),
    (&["channel_not_found", "user_not_found", "users_not_found", "team_not_found"], Meaning::Target(Target::NotFound)),
    (&["not_in_channel", "user_not_in_channel"], Meaning::Target(Target::NotMember)),
    (&["is_archived", "is_inactive", "user_disabled"], Meaning::Target(Target::Archived)),
    (
        &[
            "user_not_visible",
            "messages_tab_disabled",
            "invalid_user_combination",
            "cannot_dm_bot",
            "channel_is_limited_access",
            "posting_to_channel_denied",
            "method_not_supported_for_channel_type",
            // Of a message that is not ours, or may not be changed any more.
            "cant_update_message",
            "cant_delete_message",
            "edit_window_closed",
        ],
        Meaning::Target(Target::Forbidden),
    ),
    (&["message_not_found", "thread_not_found", "cannot_reply_to_message"], Meaning::Gone),
    (&["ratelimited", "rate_limited"], Meaning::Limited(None)),
    // Of the whole workspace, for longer than a rate limit.
    (&["message_limit_exceeded"], Meaning::Limited(Some(Duration::from_secs(300)))),
    // Trouble on the server, in the middle of the work.
    (&["internal_error", "fatal_error", "request_timeout"], Meaning::Trouble { maybe_done: true }),
    (
        &[
            "service_unavailable",
            "team_added_to_org",
            "org_login_required",
            "update_failed",
            "external_channel_migrating",
            "accesslimited",
            "fetch_members_failed",
            // Of a form, for which the person was too slow, or we.
            "expired_trigger_id",
            "exchanged_trigger_id",
        ],
        Meaning::Trouble { maybe_done: false },
    ),
];

/// Beginnings of codes of which there are many.
const BEGINNINGS: &[(&str, Meaning)] = &[
    ("restricted_action", Meaning::Target(Target::Forbidden)),
    ("slack_connect_", Meaning::Target(Target::Forbidden)),
    ("invalid_", Meaning::OurBug),
    ("metadata_", Meaning::OurBug),
    ("msg_", Meaning::OurBug),
    ("too_many_", Meaning::OurBug),
    ("markdown_text_", Meaning::OurBug),
    ("missing_", Meaning::OurBug),
    ("json_", Meaning::OurBug),
    ("no_text", Meaning::OurBug),
    ("not_enough_users", Meaning::OurBug),
    ("users_list_not_supplied", Meaning::OurBug),
    ("block_mismatch", Meaning::OurBug),
    ("attachment_payload_", Meaning::OurBug),
    ("unknown_method", Meaning::OurBug),
    ("duplicate_external_id", Meaning::OurBug),
    ("view_too_large", Meaning::OurBug),
    ("insecure_request", Meaning::OurBug),
];

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The token, or what it may do.
    Unauthorized,
    /// This conversation or person.
    Target(Target),
    /// The message does not exist.
    Gone,
    /// Slow down; for this long, if the answer does not say how long.
    Limited(Option<Duration>),
    /// The server's own trouble.
    Trouble { maybe_done: bool },
    /// What we sent.
    OurBug,
}

/// What is wrong with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    NotFound,
    NotMember,
    Archived,
    Forbidden,
}

impl From<Target> for Unreachable {
    fn from(target: Target) -> Self {
        match target {
            Target::NotFound => Self::NotFound,
            Target::NotMember => Self::NotMember,
            Target::Archived => Self::Archived,
            Target::Forbidden => Self::Forbidden,
        }
    }
}

impl Meaning {
    /// All codes that have a meaning of their own.
    #[cfg(test)]
    pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
        CODES.iter().flat_map(|(codes, _)| codes.iter().copied())
    }

    /// Whether a code has a meaning, by itself or by its beginning.
    #[cfg(test)]
    pub(crate) fn is_known(code: &str) -> bool {
        Self::codes().any(|known| known == code) || BEGINNINGS.iter().any(|(beginning, _)| code.starts_with(beginning))
    }

    /// The meaning of a code. One that nobody knows is taken for passing trouble: whatever it is, it must not make the
    /// bot give up.
    pub(crate) fn of(code: &str) -> Self {
        let exact = CODES.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, meaning)| *meaning);
        let beginning =
            || BEGINNINGS.iter().find(|(beginning, _)| code.starts_with(beginning)).map(|(_, meaning)| *meaning);
        exact.or_else(beginning).unwrap_or(Self::Trouble { maybe_done: false })
    }

    /// The engine's class.
    pub(crate) fn kind(self, retry_after: Option<Duration>) -> ChatErrorKind {
        match self {
            Self::Unauthorized => ChatErrorKind::Unauthorized,
            Self::Target(target) => ChatErrorKind::Hopeless(target.into()),
            Self::Gone => ChatErrorKind::MessageGone,
            Self::Limited(usual) => ChatErrorKind::RateLimited(retry_after.or(usual)),
            Self::Trouble { .. } => ChatErrorKind::Transient,
            Self::OurBug => ChatErrorKind::Rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_has_two_meanings_and_none_is_out_of_reach() {
        let mut seen = BTreeSet::new();
        for code in CODES.iter().flat_map(|(codes, _)| *codes) {
            assert!(seen.insert(code), "{code} twice");
        }
        for (number, (beginning, _)) in BEGINNINGS.iter().enumerate() {
            assert!(BEGINNINGS[..number].iter().all(|(earlier, _)| !beginning.starts_with(earlier)), "{beginning}");
        }
    }

    #[test]
    fn beginnings_do_not_reach_too_far() {
        for (code, meaning) in [
            ("invalid_auth", Meaning::Unauthorized),
            ("missing_scope", Meaning::Unauthorized),
            ("invalid_blocks", Meaning::OurBug),
            ("msg_blocks_too_long", Meaning::OurBug),
            ("restricted_action_read_only_channel", Meaning::Target(Target::Forbidden)),
            ("invalid_user_combination", Meaning::Target(Target::Forbidden)),
            ("something_of_next_year", Meaning::Trouble { maybe_done: false }),
        ] {
            assert_eq!(Meaning::of(code), meaning, "{code}");
        }
    }
}
