//! The table of methods: all that the stand-in knows of each of them, so that it can be compared with Slack's reference.

use super::super::args::Args;
use super::super::model::{Grant, Model};
use super::super::reply::Outcome;
use super::{chat, conversations, history, users};

/// A method of the Web API.
#[derive(Debug)]
pub struct Method {
    /// Its name, such as `chat.postMessage`.
    pub name: &'static str,
    /// How it is called according to Slack's reference; the other way is taken as well.
    pub verb: &'static str,
    /// Whether it reads a JSON body.
    pub json: bool,
    /// Calls a minute; `None` for the special tiers.
    pub tier: Option<usize>,
    /// Scopes of which one is needed; none if the list is empty.
    pub scopes: &'static [&'static str],
    /// Arguments that it takes, but for `token`.
    pub arguments: &'static [&'static str],
    /// What it refuses a call with, beside [`COMMON_ERRORS`].
    pub errors: &'static [&'static str],
    pub(super) run: fn(&mut Model, &Grant, &Args) -> Outcome,
}

/// What every method refuses calls with. Slack lists these apart from the methods.
pub const COMMON_ERRORS: &[&str] = &[
    "not_authed",
    "invalid_auth",
    "token_revoked",
    "account_inactive",
    "missing_scope",
    "ratelimited",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_json",
    "json_not_object",
    "missing_post_type",
    "invalid_post_type",
    "unknown_method",
];

const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history"];
const READ: &[&str] = &["channels:read", "groups:read", "im:read"];

/// All methods that the stand-in has.
pub const METHODS: &[Method] = &[
    Method {
        name: "auth.test",
        verb: "POST",
        json: true,
        tier: None,
        scopes: &[],
        arguments: &[],
        errors: &[],
        run: users::auth_test,
    },
    Method {
        name: "chat.postMessage",
        verb: "POST",
        json: true,
        tier: None,
        scopes: &["chat:write"],
        arguments: &[
            "channel",
            "text",
            "blocks",
            "metadata",
            "thread_ts",
            "unfurl_links",
            "unfurl_media",
            "parse",
            "link_names",
        ],
        errors: &[
            "channel_not_found",
            "is_archived",
            "not_in_channel",
            "cannot_reply_to_message",
            "no_text",
            "invalid_blocks",
            "invalid_blocks_format",
            "msg_blocks_too_long",
            "invalid_metadata_format",
            "metadata_too_large",
        ],
        run: chat::post_message,
    },
    Method {
        name: "chat.update",
        verb: "POST",
        json: true,
        tier: Some(50),
        scopes: &["chat:write"],
        arguments: &["channel", "ts", "text", "blocks", "metadata", "parse", "link_names"],
        errors: &[
            "channel_not_found",
            "message_not_found",
            "cant_update_message",
            "is_inactive",
            "msg_too_long",
            "no_text",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_metadata_format",
            "metadata_too_large",
        ],
        run: chat::update,
    },
    Method {
        name: "chat.delete",
        verb: "POST",
        json: true,
        tier: Some(50),
        scopes: &["chat:write"],
        arguments: &["channel", "ts"],
        errors: &["channel_not_found", "message_not_found", "cant_delete_message"],
        run: chat::delete,
    },
    Method {
        name: "chat.getPermalink",
        verb: "GET",
        json: false,
        tier: None,
        scopes: &[],
        arguments: &["channel", "message_ts"],
        errors: &["channel_not_found", "message_not_found"],
        run: chat::permalink,
    },
    Method {
        name: "conversations.history",
        verb: "GET",
        json: true,
        tier: Some(50),
        scopes: HISTORY,
        arguments: &["channel", "cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"],
        errors: &["channel_not_found", "not_in_channel", "invalid_cursor", "invalid_ts_latest", "invalid_ts_oldest"],
        run: history::history,
    },
    Method {
        name: "conversations.replies",
        verb: "GET",
        json: false,
        tier: Some(50),
        scopes: HISTORY,
        arguments: &["channel", "ts", "cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"],
        errors: &["channel_not_found", "thread_not_found", "invalid_cursor", "invalid_ts_latest", "invalid_ts_oldest"],
        run: history::replies,
    },
    Method {
        name: "conversations.info",
        verb: "GET",
        json: false,
        tier: Some(50),
        scopes: READ,
        arguments: &["channel"],
        errors: &["channel_not_found"],
        run: conversations::info,
    },
    Method {
        name: "conversations.list",
        verb: "GET",
        json: false,
        tier: Some(20),
        scopes: READ,
        arguments: &["cursor", "exclude_archived", "limit", "types"],
        errors: &["invalid_cursor", "invalid_limit", "invalid_types"],
        run: conversations::list,
    },
    Method {
        name: "conversations.open",
        verb: "POST",
        json: true,
        tier: Some(50),
        scopes: &["im:write"],
        arguments: &["channel", "return_im", "users"],
        errors: &[
            "channel_not_found",
            "user_not_found",
            "user_disabled",
            "invalid_user_combination",
            "users_list_not_supplied",
        ],
        run: conversations::open,
    },
    Method {
        name: "users.info",
        verb: "GET",
        json: false,
        tier: Some(100),
        scopes: &["users:read"],
        arguments: &["user"],
        errors: &["user_not_found"],
        run: users::info,
    },
    Method {
        name: "users.lookupByEmail",
        verb: "GET",
        json: false,
        tier: Some(50),
        scopes: &["users:read.email"],
        arguments: &["email"],
        errors: &["users_not_found"],
        run: users::lookup_by_email,
    },
];
