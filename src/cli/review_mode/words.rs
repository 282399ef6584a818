//! What was found out, in words.

use accessbot_core::backend::{Finding, Verdict};
use accessbot_core::review::Mode;
use accessbot_teleport::{Need, Outcome, ReviewCheck};

use crate::cli::exit;

/// The finding that `check` is, and the exit code if it is a failure. What is unknown is one unless the operator has said
/// that it works.
pub(super) fn finding(check: &ReviewCheck, mode: Mode, assume_supported: bool) -> (u8, Finding) {
    let (subject, found) = (subject(&check.need, mode), &check.found);
    match (&check.outcome, &check.need) {
        (Outcome::Granted, Need::NoSecondFactor) => (exit::OTHER, Finding::warning(subject, found, FROM_TBOT)),
        (Outcome::Granted, _) => (exit::OTHER, Finding::ok(subject, found)),
        (Outcome::Missing, need) => {
            let code = if *need == Need::Server { exit::SERVER } else { exit::TELEPORT };
            (code, Finding::failure(subject, found, remedy(need)))
        }
        (Outcome::Unknown(_), _) if assume_supported => {
            (exit::OTHER, Finding::warning(subject, found, "review.assume_supported says that it works all the same"))
        }
        (Outcome::Unknown(_), _) => (exit::CONFIG, Finding::failure(subject, found, ASSUME)),
    }
}

const FROM_TBOT: &str = "let tbot make the bot's credentials: those of Machine ID are asked for no second factor";
const ASSUME: &str =
    "mend that, or choose another review.mode; if you know that it works, set review.assume_supported = true";

fn subject(need: &Need, mode: Mode) -> String {
    match need {
        Need::Server => format!("review.mode {}", mode.name()),
        Need::NoSecondFactor => "second factor".to_owned(),
        Need::Rule { resource, verbs } => format!("{resource}: [{}]", verbs.join(", ")),
        Need::SubmitForUsers(users) => format!("review_requests.submit_for_users: [{}]", users.join(", ")),
        Need::ReviewRoles(roles) => format!("review_requests.roles: [{}]", roles.join(", ")),
    }
}

fn remedy(need: &Need) -> &'static str {
    match need {
        Need::Server => "choose another review.mode, or update the server",
        Need::NoSecondFactor => FROM_TBOT,
        Need::SubmitForUsers(_) => {
            "add it to the bot's role as below; where it is there already, the server may be older than 18.11"
        }
        Need::Rule { .. } | Need::ReviewRoles(_) => "add it to the bot's role as below",
    }
}

/// Whether the bot cannot start with it.
pub(super) fn is_failure(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Failure | Verdict::Refused)
}

/// Whether an operator should know of it.
pub(super) fn is_warning(finding: &Finding) -> bool {
    finding.verdict == Verdict::Warning
}
