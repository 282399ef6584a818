//! A chat system: its secrets, what its backend finds, and everybody who is to be told there, or decides.

use std::time::Duration;

use accessbot_core::backend::{ChatError, ConversationKind, Finding, Recipient, Resolution, Unreachable, Verdict};
use accessbot_core::engine::Desk;

use super::deciders;
use super::report::{Area, Report};
use crate::cli::config::{ChatSecret, ReviewSettings};
use crate::cli::exit;

/// Backends end their calls by themselves; this is for one that does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks all of it.
pub(super) async fn check<'a>(
    desk: &Desk,
    secrets: impl Iterator<Item = &'a ChatSecret>,
    review: Option<&ReviewSettings>,
    report: &mut Report,
) {
    let area = Area::Chat(desk.name.clone());
    let mut readable = true;
    for secret in secrets {
        if let Err(error) = secret.source.current() {
            readable = false;
            let finding = Finding::failure(secret.key, error.to_string(), exit::SECRET_HINT);
            report.add(area.clone(), exit::CHAT, finding);
        }
    }
    if !readable {
        return;
    }
    let Ok(findings) = tokio::time::timeout(PATIENCE, desk.backend.check()).await else {
        let hint = "is the server up?";
        return report.add(area, exit::OTHER, Finding::failure("server", "did not answer within a minute", hint));
    };
    let refused = findings.iter().any(|finding| finding.verdict == Verdict::Refused);
    for finding in findings {
        let code = if finding.verdict == Verdict::Refused { exit::CHAT } else { exit::OTHER };
        report.add(area.clone(), code, finding);
    }
    // Everybody would be refused for the same reason.
    if !refused {
        for recipient in recipients(desk) {
            report.add(area.clone(), exit::OTHER, look_up(desk, &recipient).await);
        }
        if let Some(review) = review {
            for finding in deciders::check(desk, &review.policy).await {
                report.add(area.clone(), exit::OTHER, finding);
            }
        }
    }
}

fn recipients(desk: &Desk) -> Vec<Recipient> {
    let mut all = desk.routing.configured();
    all.extend(desk.routing.mapped_people());
    all.sort();
    all.dedup();
    all
}

async fn look_up(desk: &Desk, recipient: &Recipient) -> Finding {
    let subject = format!("recipient {:?}", recipient.to_string());
    ask(&subject, desk.backend.resolve(recipient), |resolution| match resolution {
        Resolution::Resolved(conversation) => {
            let kind = match conversation.kind {
                ConversationKind::Channel => "the channel",
                ConversationKind::Direct => "the direct conversation",
            };
            Finding::ok(&subject, format!("{kind} {}", conversation.id))
        }
        Resolution::Unreachable(reason) => Finding::failure(&subject, reason.to_string(), remedy(&reason)),
    })
    .await
}

/// Asks the chat server about `subject`: what `judge` makes of the answer, or why there is none.
pub(super) async fn ask<T>(
    subject: &str,
    call: impl Future<Output = Result<T, ChatError>>,
    judge: impl FnOnce(T) -> Finding,
) -> Finding {
    match tokio::time::timeout(PATIENCE, call).await {
        Err(_) => Finding::failure(subject, "the server did not answer within a minute", "is the server up?"),
        Ok(Err(error)) => Finding::chat_error(subject, &error),
        Ok(Ok(answer)) => judge(answer),
    }
}

fn remedy(reason: &Unreachable) -> &'static str {
    match reason {
        Unreachable::NotFound => "correct it; a private channel is not found until the bot is added to it",
        Unreachable::NotMember => "invite the bot to the channel, and to its team where there are teams",
        Unreachable::Archived => "bring it back, or name another recipient",
        Unreachable::Forbidden => "let the bot post there, or name another recipient",
        Unreachable::Ambiguous(_) => "write the one that is meant in a form that is unique",
        Unreachable::Unknown => "write it in one of the forms that `accessbot configure` shows",
    }
}
