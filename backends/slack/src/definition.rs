//! How this backend describes itself to the program, and how it is built from its section of the configuration.

use std::sync::Arc;

use accessbot_core::backend::{
    BackendContext, BackendDef, ChatBackend, ConfigError, Key, KeyKind, ON_UNCERTAIN_KEY, OnUncertain, Section,
};
use accessbot_http::BaseUrl;

use crate::backend::Slack;
use crate::client::Client;

/// Slack, for the list of backends of a program.
pub const BACKEND: BackendDef = BackendDef { name: "slack", keys: KEYS, example: EXAMPLE, build };

const KEYS: &[Key] = &[
    Key {
        name: "token",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "Token of the app's bot (xoxb-…), or the path of a file that holds it.",
    },
    Key {
        name: "api_url",
        kind: KeyKind::Text,
        aliases: &[],
        doc: "Address of Slack's API, for a workspace elsewhere than at slack.com (default https://slack.com/api).",
    },
    ON_UNCERTAIN_KEY,
    Key {
        name: APP_TOKEN,
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "App-level token (xapp-…), by which the bot hears of clicks in Socket Mode, or the path of a file that holds it.",
    },
    Key {
        name: SIGNING_SECRET,
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "Signing secret of the app, by which the bot knows Slack's calls to /slack/interactive, or the path of a file \
              that holds it.",
    },
];

const APP_TOKEN: &str = "review.app_token";
const SIGNING_SECRET: &str = "review.signing_secret";

const EXAMPLE: &str = r##"[slack]
# Token of the app's bot ("xoxb-…"), or a file that holds it (the path begins with "/"). Create an app at
# api.slack.com/apps with the bot token scopes chat:write, users:read, users:read.email, im:write, channels:read,
# groups:read, channels:history, groups:history and im:history. Only the first must be; `accessbot check` says what each
# of the others gives. Install the app, and invite the bot to every channel that it is to post in.
token = "/var/lib/accessbot/slack-token"

# Who is told about access requests: "#channel" or "channel", "user@example.com" for a direct message, or the id of a
# channel or a user ("C0123ABCD", "U0123ABCD").
recipients = ["#access-requests"]

# Whether whoever asks is told when the request is received and when it is decided.
# notify_requester = true

# What to do about a message of which nobody can tell whether it was posted, because the answer was lost and the token
# may not read the channel (scopes *:history): "repost" (somebody may see it twice) or "skip" (nobody may see it).
# on_uncertain = "repost"

# Address of Slack's API, for workspaces elsewhere than at slack.com.
# api_url = "https://slack-gov.com/api"

# Certificates (PEM) to trust beside the system's, where something stands between the bot and Slack.
# extra_ca = "/etc/ssl/private-ca.pem"

# Who is told about requests for a role; "*" stands for roles without an entry, in place of `recipients`.
# [slack.role_to_recipients]
# dbadmin = ["#databases", "alice@example.com"]
# "*" = "#access-requests"

# Teleport users whose Slack account cannot be found by e-mail address.
# [slack.users]
# alice = "U0123ABCD"

# How the bot hears of clicks on Approve and Deny, where `[review]` lets people decide in the chat. Its token needs the
# scope users:read for that, and groups:read where private channels stand for approvers.
# [slack.review]
# In Socket Mode, with nothing to be reached from outside: an app-level token ("xapp-…") with the scope connections:write,
# or a file that holds it. Switch Socket Mode and Interactivity on in the app's settings.
# app_token = "/var/lib/accessbot/slack-app-token"
# Or over HTTP: the app's signing secret. Put the address https://…/slack/interactive, which must lead to the bot's
# endpoint, into the app's settings under Interactivity.
# signing_secret = "/var/lib/accessbot/slack-signing-secret"
# Which Teleport user an account is: the one whose trait of this name in Teleport holds the account's id.
# user_trait = "slack_uid"
# Or, less safe, the one who is called like the account's e-mail address.
# allow_email_match = false

# Or the one who is named here, with the account's id.
# [slack.review.users]
# alice = "U0123ABCD"
"##;

const DEFAULT_API: &str = "https://slack.com/api";
const URL_HINT: &str = "write the address of Slack's API, such as \"https://slack.com/api\"";

fn build(section: &mut Section, context: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    let url = section.text("api_url").unwrap_or_else(|| DEFAULT_API.to_owned());
    let api = match BaseUrl::parse(&url, &["api"], URL_HINT) {
        Ok(api) => Some(api),
        Err(bad) => {
            section.error("api_url", &bad.problem, Some(bad.hint));
            None
        }
    };
    let hint = "write the token of the app's bot, which begins with xoxb-, or the path of a file that holds it";
    let token = section.required_secret("token", hint);
    let on_uncertain = OnUncertain::of_section(section);
    let (app_token, signing_secret) = (section.secret(APP_TOKEN), section.secret(SIGNING_SECRET));
    let backend = api.zip(token).and_then(|(api, token)| {
        if api.is_exposed() {
            tracing::warn!(url = %api, "the bot's token travels to Slack in the clear; use https");
        }
        match Client::new(api, token, context) {
            Ok(client) => {
                let mut slack = Slack::new(client, on_uncertain);
                if context.review {
                    slack = slack.with_decisions(app_token, signing_secret, context);
                }
                Some(Arc::new(slack) as Arc<dyn ChatBackend>)
            }
            Err(e) => {
                section.error(e.key("api_url"), &format!("cannot be used: {e}"), None);
                None
            }
        }
    });
    section.finish(backend)
}
