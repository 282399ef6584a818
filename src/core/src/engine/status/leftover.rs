//! What a worker could not finish about one request.

use tokio::time::Instant;

use super::link::short;
use super::{GivenUp, Moment, Task};
use crate::backend::{CardState, ChatError, MessageRef};
use crate::clock::Timestamp;
use crate::engine::case::Case;
use crate::ledger::{Item, Ledger, Status, What};
use crate::request::RequestId;
use crate::teleport::TeleportError;

/// What is left of a request's work until a worker takes it up again.
#[derive(Debug, Default)]
pub(in crate::engine) struct Leftover {
    /// What is still to be done.
    pub(in crate::engine) waiting: Vec<Held>,
    /// What will not be done.
    pub(in crate::engine) given_up: Vec<GivenUp>,
    /// Whether another replica is at work on it.
    pub(in crate::engine) replica: bool,
}

impl Leftover {
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.given_up.is_empty()
    }
}

/// Something that is still to be done.
#[derive(Debug)]
pub(in crate::engine) struct Held {
    pub(in crate::engine) task: Task,
    pub(in crate::engine) to: Option<String>,
    /// Since when, if that is known better than since when the request is unfinished.
    pub(in crate::engine) since: Option<Timestamp>,
    pub(in crate::engine) attempts: u32,
    pub(in crate::engine) next: Option<Instant>,
    pub(in crate::engine) error: Option<String>,
}

/// What is left when a worker steps back from a request: because it is `finished` as far as it can be, or for later, or
/// because Teleport `failed`. What was given up about a request that is over is left with the monitor: the board forgets
/// such requests.
pub(in crate::engine) fn left_over(case: &Case<'_>, finished: bool, failed: Option<&TeleportError>) -> Leftover {
    let mut left = Leftover { replica: case.memory.foreign.is_some(), ..Leftover::default() };
    let items = case.ledger.iter().flat_map(|ledger| ledger.items.iter().map(move |item| (ledger, item)));
    for (ledger, item) in items {
        if let Some(given_up) = given_up(case.id.as_str(), ledger, item) {
            if given_up.open {
                left.given_up.push(given_up);
            } else {
                case.desk.options.monitor.gave_up(&case.desk.name, given_up);
            }
        } else if !finished && let Some(held) = held(case, ledger, item) {
            left.waiting.push(held);
        }
    }
    if !case.memory.doomed.is_empty() {
        let (attempts, error) = case.memory.unremoved.clone().unzip();
        left.waiting.push(Held { task: Task::Removal, attempts: attempts.unwrap_or(0), error, ..look() });
    }
    let nothing_known = !finished && case.ledger.is_none();
    if left.waiting.is_empty() && (failed.is_some() || nothing_known) {
        left.waiting.push(look());
    }
    if let Some(error) = failed {
        for held in left.waiting.iter_mut().filter(|held| held.error.is_none()) {
            held.attempts = held.attempts.max(case.memory.failures.saturating_add(1));
            held.error = Some(short(&error.to_string()));
        }
    }
    left
}

impl Leftover {
    /// What is left when the request itself could not be read.
    pub(in crate::engine) fn unread(attempts: u32, error: &TeleportError) -> Self {
        let held = Held { attempts, error: Some(short(&error.to_string())), ..look() };
        Self { waiting: vec![held], ..Self::default() }
    }
}

/// Takes note of a failed chat call that will be repeated.
pub(in crate::engine) fn note_failure(case: &mut Case<'_>, item: &Item, error: &ChatError) {
    case.memory.errors.insert(item.marker.clone(), short(&error.to_string()));
    case.desk.options.monitor.call_failed(case.desk, case.id, item.to.as_ref(), error);
}

/// Takes note that a message which is one too many could not be removed. It is tried again.
pub(in crate::engine) fn note_failed_removal(case: &mut Case<'_>, error: &ChatError) {
    let before = case.memory.unremoved.as_ref().map_or(0, |(attempts, _)| *attempts);
    case.memory.unremoved = Some((before.saturating_add(1), short(&error.to_string())));
    case.desk.options.monitor.call_failed(case.desk, case.id, None, error);
}

/// Takes note that a message which is one too many will stand until a person removes it.
pub(in crate::engine) fn note_unremovable(case: &Case<'_>, message: &MessageRef, error: &ChatError) {
    let monitor = &case.desk.options.monitor;
    monitor.call_failed(case.desk, case.id, None, error);
    let given_up = GivenUp {
        since: Moment(case.desk.clock.now()),
        request: short(case.id.as_str()),
        task: Task::Removal,
        to: None,
        why: short(&format!("the message {message} is one too many: {error}")),
        open: case.ledger.as_ref().is_some_and(|ledger| ledger.facts.state == CardState::Pending),
    };
    monitor.gave_up(&case.desk.name, given_up);
}

fn look() -> Held {
    Held { task: Task::Look, to: None, since: None, attempts: 0, next: None, error: None }
}

fn held(case: &Case<'_>, ledger: &Ledger, item: &Item) -> Option<Held> {
    let (task, since) = match &item.status {
        Status::Intended => (task(item), Some(item.since)),
        Status::Standing(_) if item.is_announcement() && item.shown.as_deref() != Some(&ledger.facts.digest()) => {
            (Task::Update, None)
        }
        _ => return None,
    };
    let attempt = case.memory.attempts.of(item);
    let error = case.memory.errors.get(&item.marker).cloned();
    let to = recipient(ledger, item);
    Some(Held { task, to, since, attempts: attempt.failures, next: attempt.not_before, error })
}

/// Everything that was given up about a request.
pub(in crate::engine) fn all_given_up(id: &RequestId, ledger: &Ledger) -> Vec<GivenUp> {
    ledger.items.iter().filter_map(|item| given_up(id.as_str(), ledger, item)).collect()
}

fn given_up(request: &str, ledger: &Ledger, item: &Item) -> Option<GivenUp> {
    let why = match &item.status {
        Status::Hopeless(why) => why.to_string(),
        Status::Refused => "the chat server refuses the message as malformed, which is a bug of the bot".to_owned(),
        _ => return None,
    };
    Some(GivenUp {
        since: Moment(item.since),
        request: short(request),
        task: task(item),
        to: recipient(ledger, item),
        why: short(&why),
        open: ledger.facts.state == CardState::Pending,
    })
}

fn task(item: &Item) -> Task {
    match item.what {
        What::Announcement => Task::Announcement,
        What::Review { .. } | What::Vote { .. } | What::Resolution { .. } => Task::Reply,
        What::Received | What::Decided { .. } => Task::RequesterNote,
    }
}

/// Whom it is for; a reply is for whom its announcement is for.
fn recipient(ledger: &Ledger, item: &Item) -> Option<String> {
    let item = item.what.under().and_then(|under| ledger.items.get(under)).unwrap_or(item);
    item.to.as_ref().map(|to| short(&to.to_string()))
}
