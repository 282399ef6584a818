//! What a worker does with one request: plan, write the intent, act, write what happened, until nothing is left to do.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::{debug, error, trace, warn};

use super::backoff;
use super::case::{Case, Memory, Progress};
use super::desk::{DeskState, digest};
use super::job::{Done, Job, Quiet, Recorded};
use super::lease;
use super::perform::{Outcome, Performer};
use super::planted::{self, Bug};
use super::removal::remove_doomed;
use super::status::{self, Leftover};
use super::{fates, quorum};
use crate::backend::{CardState, ChatErrorKind};
use crate::ledger::{self, Happened, Ledger, Noted, Status};
use crate::plan::{self, Sighting};
use crate::request::RequestId;
use crate::teleport::{TeleportError, TeleportErrorKind};

/// A request is looked at this long after its expiry, and then again and again until it is gone.
const AFTER_EXPIRY: Duration = Duration::from_secs(2);
const STILL_THERE: Duration = Duration::from_secs(60);
/// More rounds than any honest request needs; beyond it the request waits its turn again.
const MOST_ROUNDS: usize = 64;
/// How often a compare-and-set may be lost before the request steps back for a moment.
const MOST_CONFLICTS: usize = 8;

/// Brings the chat up to date with one request, as far as that can be done now.
pub(super) async fn reconcile(desk: &DeskState, id: &RequestId, job: Job) -> Done {
    if let Some(done) = unchanged(desk, &job) {
        return done;
    }
    let remembers = job.memory.is_some();
    let known = job.quiet.is_some() || job.memory.is_some();
    let fresh = !known && matches!(job.record, Recorded::Unknown);
    let untold = job.untold;
    let mut memory = job.memory.map(|memory| *memory).unwrap_or_default();
    let sighting = match job.sighting {
        Some(sighting) => sighting,
        None => match desk.teleport.request(id).await {
            Ok(Some(request)) => Sighting::Living(Box::new(request)),
            Ok(None) => Sighting::Gone,
            Err(error) => {
                let again = failed(desk, id, &mut memory, &error);
                let left = Some(Leftover::unread(memory.failures, &error));
                let memory = Some(Box::new(memory));
                return Done { quiet: None, memory, again: Some(again), forget: false, sighting: None, left };
            }
        },
    };
    let mut case = Case::new(desk, id, sighting, memory, known);
    let result = async {
        let pending = case.is_pending();
        match job.record {
            // A listed record may be older than what was written since. Whoever remembers no work has no lease, so the
            // write that takes it finds that out; whoever does must read.
            Recorded::As(record) if !remembers => {
                case.take(record, job.record_since.unwrap_or_else(Instant::now));
            }
            // Nobody has seen this request before, so nobody has recorded anything: if that is wrong, the claim fails.
            Recorded::Unknown if fresh && pending => {}
            _ => case.read().await?,
        }
        rounds(&mut case).await
    }
    .await;
    if let (Some(since), Ok(End::Quiet), None) = (untold, &result, &case.ledger)
        && case.record.is_empty()
    {
        desk.options.monitor.over_untold(desk, id, None, since);
    }
    conclude(case, result)
}

/// A repeated event of a quiet request needs no call at all.
fn unchanged(desk: &DeskState, job: &Job) -> Option<Done> {
    let quiet = job.quiet?;
    let same_record = match &job.record {
        Recorded::Unknown => true,
        Recorded::As(record) => ledger::fingerprint(record) == quiet.record,
        Recorded::Unread => false,
    };
    let Some(Sighting::Living(request)) = &job.sighting else { return None };
    if !same_record || quiet.request != Some(digest(request)) {
        return None;
    }
    let again = quiet.pending.then(|| deadline(desk, request.expires)).flatten();
    Some(Done { quiet: Some(quiet), memory: None, again, forget: false, sighting: None, left: None })
}

/// What the rounds came to.
#[derive(Debug)]
enum End {
    /// Nothing is left to do.
    Quiet,
    /// Something is due at this moment.
    Later(Instant),
}

async fn rounds(case: &mut Case<'_>) -> Result<End, TeleportError> {
    let mut conflicts = 0;
    let mut interpret = true;
    for _ in 0..MOST_ROUNDS {
        if std::mem::take(&mut interpret) {
            match case.interpret().await? {
                Progress::On => {}
                Progress::Nothing => return Ok(End::Quiet),
                Progress::Later(at) => return Ok(End::Later(at)),
                Progress::Again => continue,
            }
        }
        // The votes are counted here, once for each round.
        let policy = case.policy();
        fates::forged(case, policy.tally.as_ref());
        quorum::catch_up(case);
        let verdict = quorum::due(case, policy.tally.as_ref());
        let Some(mut wanted) = intend(case, &policy) else { return Ok(End::Quiet) };
        let works = wanted.is_unfinished() || verdict.is_some();
        if let Some(until) = lease::foreign(case, &mut wanted, works) {
            return Ok(End::Later(until));
        }
        let settle = case.desk.backend.capabilities().settle;
        wanted.lease = works.then(|| case.desk.instance.clone());
        let now = Instant::now();
        let steps = plan::next(&wanted, &mut case.memory.attempts, now, settle);
        let acts = !steps.steps.is_empty() || verdict.is_some();
        let stale = acts && !lease::is_fresh(case.memory.lease_at);
        let renew = wanted.lease.is_some() && stale;
        let unwritten = differs(&wanted, case.stored.as_ref()) || renew;
        if unwritten && !planted::claims_later(case, &wanted) {
            match case.write(wanted).await? {
                Progress::On => {}
                Progress::Nothing => return Ok(End::Quiet),
                Progress::Later(at) => return Ok(End::Later(at)),
                Progress::Again => {
                    conflicts += 1;
                    if conflicts > MOST_CONFLICTS {
                        return Ok(End::Later(now + case.desk.random.jitter(Duration::from_secs(2))));
                    }
                    interpret = true;
                    continue;
                }
            }
        } else {
            case.ledger = Some(wanted);
        }
        // What people see of their votes does not wait for what failed in Teleport.
        if let Some(verdict) = verdict
            && quorum::carry_out(case, &verdict).await
        {
            continue;
        }
        remove_doomed(case).await;
        if steps.steps.is_empty() {
            let again = [steps.again, case.memory.quorum.not_before].into_iter().flatten().min();
            return Ok(match (again, case.memory.doomed.is_empty()) {
                (Some(at), _) => End::Later(at),
                (None, true) => End::Quiet,
                (None, false) => End::Later(now + backoff::LONGEST),
            });
        }
        if !case.desk.gate.is_open() {
            // The gate's opening wakes the whole board, so this moment only bounds the wait.
            return Ok(End::Later(now + backoff::FIRST));
        }
        if case.is_pending() && case.desk.has_news_of_end(case.id) {
            // Taken up again with the news, and not announced before.
            return Ok(End::Later(now));
        }
        act(case, &steps.steps).await;
    }
    Ok(End::Later(Instant::now() + backoff::FIRST))
}

/// The ledger as it should be, every new intent of which is known not to have been attempted.
fn intend(case: &mut Case<'_>, policy: &plan::Policy) -> Option<Ledger> {
    planted::forget_decision(case);
    if case.ledger.is_none() && policy.recipients.is_empty() && case.is_pending() {
        warn!(
            "nobody is told about this request: no recipient is configured for its roles, and it names no reviewers\n  hint: \
             add recipients, or an entry for \"*\" in role_to_recipients"
        );
    }
    let random = case.desk.random.clone();
    let before: std::collections::HashSet<_> =
        case.ledger.iter().flat_map(|l| &l.items).map(|item| item.marker.clone()).collect();
    let mut wanted =
        plan::intend(case.ledger.clone(), &case.sighting, policy, case.desk.clock.now(), &mut || random.marker())?;
    for item in wanted.items.iter().filter(|item| !before.contains(&item.marker)) {
        case.memory.attempts.is_fresh(&item.marker);
        if item.any_marker {
            case.memory.attempts.entry(item).uncertain = true;
        }
    }
    planted::renew_markers(case, &mut wanted);
    Some(wanted)
}

/// Whether the ledger says something else than the record, the count of writes aside.
fn differs(wanted: &Ledger, stored: Option<&Ledger>) -> bool {
    let Some(stored) = stored else { return true };
    let mut same_count = wanted.clone();
    same_count.revision = stored.revision;
    same_count != *stored
}

/// Takes the steps, all at once, and notes what happened.
async fn act(case: &mut Case<'_>, steps: &[plan::Step]) {
    let Some(ledger) = case.ledger.clone() else { return };
    trace!(?steps, state = ledger.facts.state.word(), "acting");
    let cluster = case.desk.cluster.borrow().clone();
    let reviews = case.sighting.request().map(|r| r.reviews.clone()).unwrap_or_default();
    let performer = Performer {
        desk: case.desk,
        id: case.id,
        ledger: &ledger,
        reviews: &reviews,
        cluster: &cluster,
        lease_at: case.memory.lease_at,
    };
    let mut outcomes = performer.locate(steps, &mut case.memory.located).await;
    let located = &case.memory.located;
    let settled: Vec<usize> = outcomes.iter().map(|o| o.place).collect();
    let rest = steps.iter().copied().filter(|step| !settled.contains(&step.place));
    let threads = threads(&ledger, rest).into_iter().map(|thread| performer.perform_in_order(thread, located));
    outcomes.extend(join_all(threads).await.into_iter().flatten());
    for outcome in outcomes {
        trace!(?outcome, "acted");
        note(case, &ledger, outcome);
    }
}

/// The steps, those of one thread together: its replies are read in the order in which they are posted.
fn threads(ledger: &Ledger, steps: impl Iterator<Item = plan::Step>) -> Vec<Vec<plan::Step>> {
    let mut threads: Vec<(Option<usize>, Vec<plan::Step>)> = Vec::new();
    for step in steps {
        let under = ledger.items.get(step.place).and_then(|item| item.what.under());
        match threads.iter_mut().find(|(thread, _)| thread.is_some() && *thread == under) {
            Some((_, steps)) => steps.push(step),
            None => threads.push((under, vec![step])),
        }
    }
    threads.into_iter().map(|(_, steps)| steps).collect()
}

fn note(case: &mut Case<'_>, before: &Ledger, outcome: Outcome) {
    let Some(item) = before.items.get(outcome.place) else { return };
    for mut happened in outcome.happened {
        let marker = item.marker.clone();
        if matches!(happened, Happened::Settled(_))
            && (case.memory.attempts.looked(item, Instant::now()) || case.desk.has(Bug::LookedForEver))
        {
            happened = Happened::Looked;
        }
        match &happened {
            Happened::Stands { .. } => case.memory.attempts.trust(&marker),
            Happened::Ended(Status::Skipped) if item.is_announcement() && before.facts.state != CardState::Pending => {
                case.desk.options.monitor.over_untold(case.desk, case.id, item.to.as_ref(), item.since);
            }
            Happened::Unclear => case.memory.attempts.entry(item).uncertain = true,
            Happened::Ended(Status::Hopeless(_)) => {
                case.memory.attempts.entry(item).look_at = Some(Instant::now() + plan::REVISIT);
            }
            Happened::Ended(Status::Intended) => {
                let attempt = case.memory.attempts.entry(item);
                attempt.uncertain = true;
                attempt.look_at = None;
            }
            _ => {}
        }
        if let Some(ledger) = case.ledger.as_mut()
            && let Noted::Superseded(message) = ledger.note(&marker, &happened)
        {
            case.memory.doomed.push(message);
        }
        if let Some(now) = case.ledger.as_ref().and_then(|ledger| ledger.items.get(outcome.place))
            && item.unsure.is_none()
        {
            // A doubt of our own, about an attempt that is over when we look.
            case.memory.attempts.entry(item).doubt = now.unsure;
        }
        case.memory.unsaved.push((marker, happened));
    }
    if outcome.verified {
        case.memory.attempts.trust(&item.marker);
    }
    let attempt = case.memory.attempts.entry(item);
    match outcome.failed {
        None => {
            attempt.failures = 0;
            attempt.not_before = None;
            case.memory.errors.remove(&item.marker);
        }
        Some(error) => {
            case.desk.gate.saw(&error);
            attempt.failures = attempt.failures.saturating_add(1);
            let mut wait = backoff::pause(attempt.failures, backoff::FIRST, backoff::LONGEST, &case.desk.random);
            if let ChatErrorKind::RateLimited(Some(asked)) = error.kind {
                wait = wait.max(asked);
            }
            attempt.not_before = Some(Instant::now() + wait);
            let tries = attempt.failures;
            debug!(%error, tries, retry_in = ?wait, "a chat call failed; it is tried again");
            status::note_failure(case, item, &error);
        }
    }
    if outcome.renew {
        case.memory.lease_at = None;
    }
}

/// What the board remembers of the request after this.
fn conclude(mut case: Case<'_>, result: Result<End, TeleportError>) -> Done {
    trace!(?result, "concluded");
    let request = case.sighting.request();
    let pending = request.is_some_and(|r| !r.state.is_resolved());
    let left = status::left_over(&case, matches!(result, Ok(End::Quiet)), result.as_ref().err());
    match result {
        Ok(End::Quiet) => {
            let quiet = Quiet { request: request.map(digest), record: ledger::fingerprint(&case.record), pending };
            let again = request.filter(|_| pending).and_then(|r| deadline(case.desk, r.expires));
            Done {
                quiet: Some(quiet),
                memory: None,
                again,
                forget: request.is_none(),
                sighting: None,
                left: Some(left),
            }
        }
        Ok(End::Later(at)) => {
            case.memory.failures = 0;
            let due = request.filter(|_| pending).and_then(|r| deadline(case.desk, r.expires));
            unfinished(case, due.map_or(at, |due| due.min(at)), due.is_some_and(|due| due < at), left)
        }
        Err(error) => {
            let again = failed(case.desk, case.id, &mut case.memory, &error);
            unfinished(case, again, false, left)
        }
    }
}

/// Takes note of a failed Teleport call, and says when to try again.
fn failed(desk: &DeskState, id: &RequestId, memory: &mut Memory, error: &TeleportError) -> Instant {
    desk.options.monitor.call_failed(desk, id, None, error);
    memory.failures = memory.failures.saturating_add(1);
    let lasting = matches!(error.kind, TeleportErrorKind::PermissionDenied | TeleportErrorKind::Invalid);
    let first = if lasting { backoff::LONGEST } else { backoff::FIRST };
    let wait = backoff::pause(memory.failures, first, backoff::LONGEST, &desk.random);
    if lasting {
        let hint = error.hint.as_deref().unwrap_or("-");
        error!(%error, hint, "this request cannot be served; it is tried again");
    } else {
        debug!(%error, retry_in = ?wait, "a Teleport call failed; it is tried again");
    }
    Instant::now() + wait
}

fn unfinished(case: Case<'_>, again: Instant, look: bool, left: Leftover) -> Done {
    // What was seen is good until the request's own deadline; then it is read anew.
    let sighting = (!look).then_some(case.sighting);
    let memory = Some(Box::new(case.memory));
    Done { quiet: None, memory, again: Some(again), forget: false, sighting, left: Some(left) }
}

/// When a pending request is to be looked at although nothing was heard of it: after its expiry.
pub(super) fn deadline(desk: &DeskState, expires: Option<crate::clock::Timestamp>) -> Option<Instant> {
    let wait = expires?.plus(AFTER_EXPIRY).since(desk.clock.now());
    let wait = if wait.is_zero() { desk.random.jitter(STILL_THERE) } else { wait };
    // Beyond what the timer can hold nothing is waited for; the next listing sees the request anyway.
    Instant::now().checked_add(wait)
}
