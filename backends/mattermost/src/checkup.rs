//! How the set-up stands, for an operator who asks: the account, what it may see, and the way to the server.

use accessbot_core::backend::{ChatErrorKind, Finding};

use crate::api::{Lookup, User};
use crate::client::Client;
use crate::decisions::{Inputs, NO_KEY, NO_KEY_HINT, Published};
use crate::failure::Failure;
use crate::live::Socket;

/// Nobody has this address: the name is reserved (RFC 2606).
const NOBODY: &str = "nobody@accessbot.invalid";

/// Tries what the bot needs beside single channels. Changes nothing.
pub(crate) async fn check(client: &Client, inputs: &Inputs) -> Vec<Finding> {
    let me = match client.me().await {
        Ok(me) => me,
        Err(failure) => return vec![failed("token", failure)],
    };
    let mut findings = vec![account(&me)];
    findings.extend(too_mighty(&me));
    if client.is_exposed() {
        let hint = "use https: whoever sees the token can act as the bot";
        findings.push(Finding::warning("url", "the token travels in the clear", hint));
    }
    findings.push(teams(client).await);
    findings.push(addresses(client).await);
    if inputs.buttons.is_some() {
        findings.push(buttons());
        findings.push(signatures(client).await);
    }
    if inputs.listens() {
        findings.push(websocket(client).await);
    }
    findings
}

/// Only the server can tell whether it reaches us, and tells whoever presses.
fn buttons() -> Finding {
    let found = "Mattermost calls the bot when one is pressed; if that fails, list the bot's host in its setting \
                 ServiceSettings.AllowedUntrustedInternalConnections";
    Finding::ok("buttons", found)
}

/// Whether a press can be told from what somebody made up.
async fn signatures(client: &Client) -> Finding {
    const SUBJECT: &str = "signatures";
    let setting = match client.signing_key().await {
        Ok(setting) => setting,
        Err(failure) => return failed(SUBJECT, failure),
    };
    match Published::read(&setting) {
        Ok(Published::Key(_)) => Finding::ok(SUBJECT, "Mattermost signs who pressed a button, and publishes its key"),
        Ok(Published::Nothing) => Finding::warning(SUBJECT, NO_KEY, NO_KEY_HINT),
        Err(unknown) => {
            let hint = "nobody can decide by a button; take other inputs in `review.input`, and tell us of it";
            Finding::failure(SUBJECT, unknown.to_string(), hint)
        }
    }
}

async fn websocket(client: &Client) -> Finding {
    match Socket::open(client).await {
        Ok(_) => Finding::ok("websocket", "opens, and the server knows the bot on it"),
        Err(error) => {
            let error = error.into_error("check");
            let mut finding = Finding::chat_error("websocket", &error);
            if error.kind == ChatErrorKind::Transient {
                let hint = "does what stands before the server let websockets through, at /api/v4/websocket?";
                finding.hint = Some(hint.to_owned());
            }
            finding
        }
    }
}

fn failed(subject: &str, failure: Failure) -> Finding {
    Finding::chat_error(subject, &failure.into_error("check"))
}

fn account(me: &User) -> Finding {
    let name = format!("@{}", me.username);
    if me.is_bot {
        Finding::ok("token", format!("accepted, for the bot account {name}"))
    } else {
        let hint = "make an account under Integrations > Bot Accounts, and use its token";
        Finding::warning("token", format!("accepted, for {name}, which is not a bot account"), hint)
    }
}

fn too_mighty(me: &User) -> Option<Finding> {
    let admin = me.roles.split_whitespace().any(|role| role == "system_admin");
    admin.then(|| {
        let hint = "take the role System Admin from the account: the bot needs no more than to be a member";
        Finding::warning("role", "the account administers the whole server", hint)
    })
}

async fn teams(client: &Client) -> Finding {
    match client.own_teams().await {
        Ok(teams) if teams.is_empty() => {
            let hint = "add the account to the team whose channels it is to post in";
            Finding::warning("teams", "a member of none: only direct messages are possible", hint)
        }
        Ok(teams) => {
            let names: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
            Finding::ok("teams", format!("a member of {}", names.join(", ")))
        }
        Err(failure) => failed("teams", failure),
    }
}

async fn addresses(client: &Client) -> Finding {
    match client.user_by_email(NOBODY).await {
        Ok(Lookup::Found(_) | Lookup::Absent) => Finding::ok("e-mail addresses", "people can be found by them"),
        Ok(Lookup::Denied) => Finding::warning(
            "e-mail addresses",
            "hidden from the bot: nobody is found by them, neither recipients nor requesters",
            "switch PrivacySettings.ShowEmailAddress on, or name people under [mattermost.users] and as @username",
        ),
        Err(failure) => failed("e-mail addresses", failure),
    }
}
