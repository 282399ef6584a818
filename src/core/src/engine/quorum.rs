//! Carrying out what enough people have voted for.
//!
//! It happens in the worker of the request, under its lease, and not in the click that was the last: so a crash between
//! the two is finished by whoever looks at the request next.

use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::{info, warn};

use super::case::Case;
use super::decide::{Standing, proposed, standing};
use super::{backoff, fates, lease};
use crate::backend::decision::Action;
use crate::review::{Mode, Review, Rule, Tally, Verdict, Vote};
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
    /// What was sent to Teleport, and no answer came.
    sent: Option<(Action, Vec<Vote>)>,
    /// Votes that were taken back, and why, until the record says so.
    pub(super) struck: Vec<(Vote, String)>,
}

/// What was voted for, if the request still waits for it and it is time to try.
pub(super) fn due(case: &mut Case<'_>, tally: Option<&Tally>) -> Option<Verdict> {
    let waits = case.is_pending() && !case.memory.quorum.reviewed;
    let verdict = tally.and_then(|tally| tally.verdict.clone()).filter(|_| waits);
    let attempt = &mut case.memory.quorum;
    if verdict.is_none() {
        // Nothing is waited for, or the request would be taken up again at once, for ever.
        (attempt.failures, attempt.not_before) = (0, None);
    }
    verdict.filter(|_| attempt.not_before.is_none_or(|at| Instant::now() >= at))
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

/// Every voter is looked at again, because time may have passed. The request is read after that, right before anything is
/// sent, because old servers let an approved request be denied.
async fn try_to(case: &mut Case<'_>, review: &Review, verdict: &Verdict) -> Result<(), TeleportError> {
    if strike_out(case, review, verdict).await? {
        return Ok(());
    }
    if !lease::lets_begin(case.memory.lease_at) {
        let why = "it took so long that another replica may be at it";
        return Err(TeleportError::new(Unavailable, "look at the voters again", why));
    }
    case.look().await?;
    let Some(ledger) = &case.ledger else { return Ok(()) };
    let tally = case.sighting.request().and_then(|request| case.desk.tally(request, &ledger.votes));
    let still = tally.and_then(|tally| tally.verdict);
    if !case.is_pending() || still.as_ref() != Some(verdict) {
        return Ok(());
    }
    let votes: Vec<Vote> = verdict.votes.iter().map(|place| ledger.votes[*place].clone()).collect();
    match settle(case, review, verdict.action, &votes).await {
        Ok(()) => {
            info!(action = verdict.action.word(), by = names(&votes), "carried out what was voted for");
            fates::carried_out(case, review, &votes, None);
            case.memory.quorum.sent = None;
        }
        // Somebody else was first, or it is over: what is there now is shown.
        Err(error) if matches!(error.kind, AlreadyResolved | AlreadyReviewed | NotFound) => {}
        // It may have happened all the same.
        Err(error) => {
            if error.kind == Unavailable {
                case.memory.quorum.sent = Some((verdict.action, votes));
            }
            case.look().await?;
            if case.is_pending() && !is_done(case, review, verdict.action) {
                return Err(error);
            }
        }
    }
    case.memory.quorum.reviewed = review.mode == Mode::AsBot;
    case.look().await
}

/// Takes down what was sent and not answered, once it shows what became of it.
pub(super) fn catch_up(case: &mut Case<'_>) {
    let Some(review) = case.desk.options.review.clone() else { return };
    let Some((action, votes)) = case.memory.quorum.sent.take() else { return };
    if is_done(case, &review, action) {
        fates::carried_out(case, &review, &votes, Some("Teleport's answer was lost, and this is what is there now"));
    } else if case.is_pending() {
        case.memory.quorum.sent = Some((action, votes));
    }
}

/// Whether the request, as it was seen last, is what it is after `action` was carried out.
fn is_done(case: &Case<'_>, review: &Review, action: Action) -> bool {
    let Some(request) = case.sighting.request() else { return false };
    if review.mode == Mode::AsBot {
        let ourselves = &case.desk.cluster.borrow().user;
        return request.reviews.iter().any(|r| r.author == *ourselves && r.proposed == proposed(action));
    }
    request.state == proposed(action)
}

async fn settle(case: &Case<'_>, review: &Review, action: Action, votes: &[Vote]) -> Result<(), TeleportError> {
    let reason = reason(action, votes, review.mode);
    let teleport = &case.desk.teleport;
    if review.mode == Mode::AsBot {
        return teleport.submit_review(case.id, &NewReview { author: None, action, reason }).await.map(drop);
    }
    teleport.set_state(case.id, &NewState { action, reason, delegator: names(votes) }).await
}

/// Takes back the votes of people who may not decide any more; whether there were any.
async fn strike_out(case: &mut Case<'_>, review: &Review, verdict: &Verdict) -> Result<bool, TeleportError> {
    let (Some(request), Some(ledger)) = (case.sighting.request(), case.ledger.as_mut()) else { return Ok(true) };
    let Some(rules) = review.policy.rules_for(&request.roles) else { return Ok(true) };
    let (desk, rules): (_, &[&Rule]) = (case.desk, &rules);
    let votes = &ledger.votes;
    let asked = verdict.votes.iter().map(|place| async move { (*place, standing(desk, rules, &votes[*place]).await) });
    let mut unknown = None;
    for (place, standing) in join_all(asked).await {
        match standing {
            Standing::Good => {}
            Standing::Lost(why) => {
                let vote = &mut ledger.votes[place];
                vote.void = true;
                case.memory.quorum.struck.push((vote.clone(), why));
            }
            Standing::Unknown(why) => unknown = Some(why),
        }
    }
    match unknown {
        _ if !case.memory.quorum.struck.is_empty() => Ok(true),
        Some(why) => Err(TeleportError::new(Unavailable, "look at the voters again", why)),
        None => Ok(false),
    }
}

fn names(votes: &[Vote]) -> String {
    votes.iter().map(|vote| vote.user.as_str()).collect::<Vec<_>>().join(", ")
}

/// The voters' reasons, for Teleport. Where nothing else names the voters, their names come first: what is too long is cut
/// at its end. Each reason is one line, so that nobody's can pass for another's.
fn reason(action: Action, votes: &[Vote], mode: Mode) -> String {
    if let ([only], Mode::SetState) = (votes, mode) {
        return only.reason.clone();
    }
    let verb = match action {
        Action::Approve => "approved",
        Action::Deny => "denied",
    };
    let first = (mode == Mode::AsBot).then(|| format!("{verb} by {} in the chat", names(votes)));
    let given = votes.iter().filter(|vote| !vote.reason.is_empty());
    let reasons = given.map(|vote| {
        let words: Vec<&str> = vote.reason.split_whitespace().collect();
        format!("{}: {}", vote.user, words.join(" "))
    });
    first.into_iter().chain(reasons).collect::<Vec<_>>().join("\n")
}
