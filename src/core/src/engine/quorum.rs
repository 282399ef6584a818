//! Carrying out what enough people have voted for.
//!
//! It happens in the worker of the request, under its lease, and not in the click that was the last: so a crash between
//! the two is finished by whoever looks at the request next.

use tokio::time::Instant;
use tracing::{info, warn};

use super::backoff;
use super::case::Case;
use super::decide::{Standing, standing, trail};
use super::desk::DeskState;
use crate::backend::decision::Action;
use crate::ledger::Ledger;
use crate::request::RequestId;
use crate::review::{Mode, Review, Rule, Verdict, Vote};
use crate::teleport::TeleportErrorKind::{AlreadyResolved, AlreadyReviewed, NotFound, Unavailable};
use crate::teleport::{NewReview, NewState, TeleportError};

/// What is remembered of earlier attempts, in memory only.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    /// Failures in a row.
    failures: u32,
    /// No further attempt before this moment.
    pub(super) not_before: Option<Instant>,
    /// The bot has reviewed; whether that was enough is Teleport's to say.
    reviewed: bool,
}

/// What was voted for, if the request still waits for it and it is time to try.
pub(super) fn due(case: &Case<'_>, wanted: &Ledger) -> Option<Verdict> {
    let attempt = &case.memory.quorum;
    if attempt.reviewed || attempt.not_before.is_some_and(|at| Instant::now() < at) {
        return None;
    }
    let request = case.sighting.request().filter(|request| !request.state.is_resolved())?;
    case.desk.tally(request, &wanted.votes)?.verdict
}

/// Carries out the verdict; whether anything changed, so that the request must be planned anew.
pub(super) async fn carry_out(case: &mut Case<'_>, verdict: &Verdict) -> bool {
    let Some(review) = case.desk.options.review.clone() else { return false };
    match try_to(case, &review, verdict).await {
        Ok(()) => {
            (case.memory.quorum.failures, case.memory.quorum.not_before) = (0, None);
            true
        }
        Err(error) => {
            case.desk.options.monitor.call_failed(case.desk, case.id, None, &error);
            let attempt = &mut case.memory.quorum;
            attempt.failures = attempt.failures.saturating_add(1);
            let wait = backoff::pause(attempt.failures, backoff::FIRST, backoff::LONGEST, &case.desk.random);
            attempt.not_before = Some(Instant::now() + wait);
            let hint = error.hint.as_deref().unwrap_or("-");
            warn!(%error, retry_in = ?wait, hint, "what was voted for could not be carried out; it is tried again");
            false
        }
    }
}

/// The request is read right before, because old servers let an approved request be denied; and every voter is looked at
/// again, because time may have passed.
async fn try_to(case: &mut Case<'_>, review: &Review, verdict: &Verdict) -> Result<(), TeleportError> {
    case.look().await?;
    let Some(request) = case.sighting.request().filter(|request| !request.state.is_resolved()) else { return Ok(()) };
    let Some(rules) = review.policy.rules_for(&request.roles) else { return Ok(()) };
    let Some(ledger) = case.ledger.as_mut() else { return Ok(()) };
    if strike_out(case.desk, review, case.id, ledger, &verdict.votes, &rules).await? {
        return Ok(());
    }
    let votes: Vec<Vote> = verdict.votes.iter().map(|place| ledger.votes[*place].clone()).collect();
    match settle(case, review, verdict.action, &votes).await {
        Ok(()) => {
            info!(action = verdict.action.word(), by = names(&votes), "carried out what was voted for");
            for vote in &votes {
                take_down(case.desk, review, case.id, vote, "carried_out", None);
            }
        }
        // Somebody else was first, or it is over: what is there now is shown.
        Err(error) if matches!(error.kind, AlreadyResolved | AlreadyReviewed | NotFound) => {}
        // It may have happened all the same.
        Err(error) => {
            case.look().await?;
            if case.sighting.request().is_some_and(|request| !request.state.is_resolved()) {
                return Err(error);
            }
        }
    }
    case.memory.quorum.reviewed = review.mode == Mode::AsBot;
    case.look().await
}

async fn settle(case: &Case<'_>, review: &Review, action: Action, votes: &[Vote]) -> Result<(), TeleportError> {
    let reason = reason(votes, review.mode);
    let teleport = &case.desk.teleport;
    if review.mode == Mode::AsBot {
        return teleport.submit_review(case.id, &NewReview { author: None, action, reason }).await.map(drop);
    }
    teleport.set_state(case.id, &NewState { action, reason, delegator: names(votes) }).await
}

/// Takes back the votes of people who may not decide any more; whether there were any.
async fn strike_out(
    desk: &DeskState,
    review: &Review,
    id: &RequestId,
    ledger: &mut Ledger,
    places: &[usize],
    rules: &[&Rule],
) -> Result<bool, TeleportError> {
    let mut any = false;
    for place in places {
        match standing(desk, rules, &ledger.votes[*place]).await {
            Standing::Good => {}
            Standing::Lost(why) => {
                ledger.votes[*place].void = true;
                any = true;
                take_down(desk, review, id, &ledger.votes[*place], "void", Some(why.to_owned()));
            }
            Standing::Unknown(why) => return Err(TeleportError::new(Unavailable, "look at the voters again", why)),
        }
    }
    Ok(any)
}

/// Takes down, once in the life of the process, each vote that nobody has cast through us.
pub(super) fn report_forged(case: &Case<'_>) {
    let (Some(review), Some(ledger)) = (&case.desk.options.review, &case.ledger) else { return };
    let Some(tally) = case.sighting.request().and_then(|request| case.desk.tally(request, &ledger.votes)) else {
        return;
    };
    for place in tally.forged {
        let vote = &ledger.votes[place];
        if case.desk.is_news(case.id, vote) {
            let why = "nobody has cast this vote through the bot: whoever may write plugin data has written it";
            warn!(
                user = vote.user,
                "a forged vote was found; it does not count\n  hint: find out which identity may write plugin data \
                 (access_plugin_data: update)"
            );
            take_down(case.desk, review, case.id, vote, "forged", Some(why.to_owned()));
        }
    }
}

fn names(votes: &[Vote]) -> String {
    votes.iter().map(|vote| vote.user.as_str()).collect::<Vec<_>>().join(", ")
}

/// The voters' reasons, for Teleport, with their names where nothing else names them.
fn reason(votes: &[Vote], mode: Mode) -> String {
    let lines = votes.iter().filter_map(|vote| {
        let verb = match vote.action {
            Action::Approve => "approved",
            Action::Deny => "denied",
        };
        match (vote.reason.as_str(), mode) {
            ("", Mode::AsBot) => Some(format!("{} by {} in the chat", verb, vote.user)),
            ("", _) => None,
            (reason, Mode::AsBot) => Some(format!("{} by {} in the chat: {reason}", verb, vote.user)),
            (reason, _) if votes.len() == 1 => Some(reason.to_owned()),
            (reason, _) => Some(format!("{}: {reason}", vote.user)),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn take_down(
    desk: &DeskState,
    review: &Review,
    id: &RequestId,
    vote: &Vote,
    result: &'static str,
    detail: Option<String>,
) {
    let mut entry = trail::entry(desk, review, "vote");
    entry.request = id.to_string();
    entry.chat_user_id.clone_from(&vote.account);
    entry.chat_user_name = Some(vote.name.clone());
    entry.teleport_user = Some(vote.user.clone());
    entry.action = Some(vote.action.word());
    entry.reason = Some(vote.reason.clone()).filter(|reason| !reason.is_empty());
    (entry.result, entry.detail) = (result, detail);
    review.audit.note(&entry);
}
