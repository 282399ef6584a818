//! How this backend describes itself to the program, and how it is built from its section of the configuration.

use std::sync::Arc;

use accessbot_core::backend::{BackendContext, BackendDef, ChatBackend, ConfigError, Key, KeyKind, Section};
use accessbot_http::BaseUrl;

use crate::backend::Mattermost;
use crate::client::Client;
use crate::decisions::{INPUT_KEYS, Inputs};

/// Mattermost, for the list of backends of a program.
pub const BACKEND: BackendDef = BackendDef { name: "mattermost", keys: KEYS, example: EXAMPLE, build };

const KEYS: &[Key] = &[
    Key { name: "url", kind: KeyKind::Text, aliases: &[], doc: "Address of the Mattermost server, as people use it." },
    Key {
        name: "token",
        kind: KeyKind::Secret,
        aliases: &[],
        doc: "Access token of the bot's account, or the path of a file that holds it.",
    },
    Key {
        name: "match_usernames",
        kind: KeyKind::Switch,
        aliases: &[],
        doc: "Whether a Teleport user is the Mattermost user of the same name, unless `users` says otherwise \
              (default false: people are found by e-mail address only).",
    },
    INPUT_KEYS[0],
    INPUT_KEYS[1],
    INPUT_KEYS[2],
];

const EXAMPLE: &str = r#"[mattermost]
# Address of the server, as people use it. An installation below a path is fine: "https://example.com/chat".
url = "https://chat.example.com"

# Access token of the bot's account, or a file that holds it (the path begins with "/"). Create the account under
# Integrations > Bot Accounts, and add it to the team and to every channel that it is to post in.
token = "/var/lib/accessbot/mattermost-token"

# Certificates (PEM) to trust beside the system's, if the server's is from a private authority.
# extra_ca = "/etc/ssl/private-ca.pem"

# Who is told about access requests: "team/channel" as in the channel's address (or the displayed names, if only one
# channel has them), "user@example.com" or "@username" for a direct message, or the 26 letters of a channel's id.
recipients = ["engineering/access-requests"]

# Whether whoever asks is told when the request is received and when it is decided.
# notify_requester = true

# Whether a Teleport user is the Mattermost user of the same name. Without it people are found by e-mail address only.
# Anybody may choose a name: leave it off unless both systems take their names from the same directory.
# match_usernames = false

# How people decide about requests here, where [review] lets them: "buttons" (Mattermost calls the bot at `public_addr` of
# [http]), "replies" in the thread of a message and "reactions" to it (the bot listens over a websocket of its own, and
# nothing needs to reach it). Reactions have no room for a reason, and do nothing where one is required.
# [mattermost.review]
# input = ["buttons"]
# approve_emoji = ["white_check_mark", "+1", "thumbsup"]
# deny_emoji = ["x", "-1", "thumbsdown"]
# Which Teleport user an account is: the one whose trait of this name in Teleport holds the account's id.
# user_trait = "mattermost_id"
# Or, less safe, the one who is called like the account's e-mail address. Mattermost does not say whether an address was
# verified, so this is refused where [review] leaves it to the bot who may decide (as-bot, set-state).
# allow_email_match = false

# Or the one who is named here, with the account's id (26 letters and digits).
# [mattermost.review.users]
# alice = "8x4idqz3pfbzjgnbzi5r5tq9wa"

# Who is told about requests for a role; "*" stands for roles without an entry, in place of `recipients`.
# [mattermost.role_to_recipients]
# dbadmin = ["engineering/databases", "alice@example.com"]
# "*" = "engineering/access-requests"

# Teleport users whose Mattermost account cannot be found by e-mail address.
# [mattermost.users]
# alice = "@alice.smith"
"#;

const URL_HINT: &str = "write the address that people use, such as \"https://chat.example.com\"";

fn build(section: &mut Section, context: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    let url = section.required_text("url", URL_HINT);
    let server = url.and_then(|url| match BaseUrl::parse(&url, &["api", "v4"], URL_HINT) {
        Ok(server) => Some(server),
        Err(bad) => {
            section.error("url", &bad.problem, Some(bad.hint));
            None
        }
    });
    let token = section.required_secret("token", "write the bot's access token, or the path of a file that holds it");
    let match_usernames = section.switch("match_usernames").unwrap_or(false);
    let inputs = Inputs::of_section(section, context, BACKEND.name);
    let backend = server.zip(token).and_then(|(server, token)| {
        if server.is_exposed() {
            tracing::warn!(url = %server, "the bot's token travels to Mattermost in the clear; use https");
        }
        match Client::new(server, token, context) {
            Ok(client) => {
                Some(Arc::new(Mattermost::new(client, match_usernames, inputs, context)) as Arc<dyn ChatBackend>)
            }
            Err(e) => {
                section.error(e.key("url"), &format!("cannot be used: {e}"), None);
                None
            }
        }
    });
    section.finish(backend)
}
