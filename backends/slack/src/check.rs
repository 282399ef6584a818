//! How the token stands, for `accessbot check`: what it may do, and what more would give.

use std::collections::BTreeSet;

use accessbot_core::backend::{Finding, OnUncertain, Verdict};

use crate::api::Me;
use crate::failure::Failure;

/// A scope, or several that serve one purpose.
struct Wish {
    scopes: &'static [&'static str],
    /// What is missed without.
    without: &'static str,
    /// Whether nothing works without.
    needed: bool,
}

const WISHES: &[Wish] = &[
    Wish { scopes: &["chat:write"], without: "nothing can be posted", needed: true },
    Wish {
        scopes: &["users:read", "users:read.email"],
        without: "nobody is found by e-mail address, so suggested reviewers and requesters are not told",
        needed: false,
    },
    Wish {
        scopes: &["im:write"],
        without: "direct messages are sent to the user's id, and who cannot be written to shows only then",
        needed: false,
    },
    Wish {
        scopes: &["channels:read", "groups:read"],
        without: "channels are not looked up, neither below nor before they are posted to: a wrong name, and a channel \
                  that the bot must be invited to, show only when a message is due",
        needed: false,
    },
    Wish {
        scopes: &["channels:history", "groups:history", "im:history"],
        without: "of a message on record only that it exists can be seen, and after an answer was lost nobody can see \
                  whether the message was posted",
        needed: false,
    },
];

/// What it takes to know who pressed a button.
const OF_DECISIONS: Wish = Wish {
    scopes: &["users:read"],
    without: "nobody can decide in Slack, because nothing tells who they are",
    needed: true,
};

/// All scopes that are asked for.
#[cfg(test)]
pub(crate) fn scopes() -> impl Iterator<Item = &'static str> {
    WISHES.iter().flat_map(|wish| wish.scopes.iter().copied())
}

/// What is found of the token: `me` is what Slack said of it just now, `scopes` what it says that it may do.
pub(crate) fn findings(
    me: Result<Me, Failure>,
    scopes: Option<BTreeSet<String>>,
    on_uncertain: OnUncertain,
    decisions: bool,
) -> Vec<Finding> {
    let me = match me {
        Ok(me) => me,
        Err(failure) => return vec![Finding::chat_error("token", &failure.into_error("check"))],
    };
    let mut findings = vec![Finding::ok("token", format!("of the bot {} in the workspace {}", me.user, me.team))];
    if me.bot_id.is_empty() {
        let hint = "use the token of the app's bot, which begins with xoxb-";
        findings.push(Finding::failure("token", "belongs to a person, not to a bot", hint));
    }
    let Some(scopes) = scopes else {
        let hint = "look into the app's settings under OAuth & Permissions";
        findings.push(Finding::warning("scopes", "Slack does not say what the token may do", hint));
        return findings;
    };
    findings.extend(WISHES.iter().map(|wish| granted(wish, &scopes, on_uncertain)));
    if decisions {
        findings.push(granted(&OF_DECISIONS, &scopes, on_uncertain));
    }
    findings
}

/// What is found of the token by which the bot listens: Slack has named an address to connect to, or said why not.
pub(crate) fn app_token(address: Result<String, Failure>) -> Finding {
    match address {
        Ok(_) => Finding::ok("app token", "clicks can be listened to in Socket Mode"),
        Err(failure) => {
            let missing = failure.is_missing_scope();
            let mut finding = Finding::chat_error("app token", &failure.into_error("check"));
            // The bot's own token is accepted: the rest of the check goes on.
            finding.verdict = Verdict::Failure;
            if missing {
                finding.hint =
                    Some("make an app-level token with the scope connections:write under Basic Information".to_owned());
            }
            finding
        }
    }
}

fn granted(wish: &Wish, scopes: &BTreeSet<String>, on_uncertain: OnUncertain) -> Finding {
    let missing: Vec<&str> = wish.scopes.iter().copied().filter(|scope| !scopes.contains(*scope)).collect();
    let subject = |scopes: &[&str]| format!("scope {}", scopes.join(", "));
    if missing.is_empty() {
        return Finding::ok(subject(wish.scopes), "granted");
    }
    let mut found = format!("missing: {}", wish.without);
    if wish.scopes.iter().any(|scope| scope.ends_with(":history")) {
        found.push_str(match on_uncertain {
            OnUncertain::Repost => "; it is then posted again, and may stand there twice (on_uncertain = \"repost\")",
            OnUncertain::Skip => "; it is then not posted again, and may be missing (on_uncertain = \"skip\")",
        });
    }
    let hint = "add it to the app under OAuth & Permissions > Bot Token Scopes, and install the app again";
    let finding = if wish.needed { Finding::failure } else { Finding::warning };
    finding(subject(&missing), found, hint.to_owned())
}
