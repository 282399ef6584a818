//! Leases: which replica is at work on a request, while something about it is unfinished.
//!
//! Whoever writes an intent writes its name beside it. The others let it be until the record has not changed for [`LEASE`]
//! by their own clocks. The owner counts from before it sent the write, so it stops posting before anybody takes over,
//! also if it was stopped meanwhile; only within a single call can a process be stopped and not notice.

use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::case::Case;
use super::planted::Bug;
use crate::ledger::{self, Ledger};

/// How long somebody else's lease is respected after the record last changed, by our own clock. Longer than a call can
/// take.
const LEASE: Duration = Duration::from_secs(15);
/// Our own lease is renewed before anything is done if it is older than this.
const FRESH: Duration = Duration::from_secs(5);
/// No post is begun under an older lease, nor a look that comes before a post.
const BEGIN: Duration = Duration::from_secs(12);
/// Nothing is posted under an older lease, although that look took long. It can have run out by then; the second look
/// removes what comes of that.
const POST: Duration = Duration::from_secs(25);

/// Whether our lease, written at `at`, need not be renewed yet.
pub(super) fn is_fresh(at: Option<Instant>) -> bool {
    is_younger(at, FRESH)
}

/// Whether a step that posts may be begun under our lease, written at `at`.
pub(super) fn lets_begin(at: Option<Instant>) -> bool {
    is_younger(at, BEGIN)
}

/// Whether a message may be posted under our lease, written at `at`.
pub(super) fn lets_post(at: Option<Instant>) -> bool {
    is_younger(at, POST)
}

fn is_younger(at: Option<Instant>, age: Duration) -> bool {
    at.is_some_and(|at| at.elapsed() <= age)
}

/// Until when somebody else is at work on the request. A lease counts for as long as the record has not changed for
/// [`LEASE`] by our own clock; after that its owner is dead, and what it intended may have been done. The time begins when
/// the record was read or listed, not when a worker comes to it: taking over expects the record to be unchanged since.
/// `works` says whether anything is left to do: otherwise nobody's lease matters.
pub(super) fn foreign(case: &mut Case<'_>, wanted: &mut Ledger, works: bool) -> Option<Instant> {
    let owner = case.stored.as_ref().and_then(|ledger| ledger.lease.as_ref());
    if owner.is_none_or(|owner| *owner == case.desk.instance) || !works || case.desk.has(Bug::LeaseIgnored) {
        case.memory.foreign = None;
        return None;
    }
    let looks = ledger::fingerprint(&case.record);
    let since = match case.memory.foreign {
        Some((before, since)) if before == looks => since,
        _ => case.record_since,
    };
    case.memory.foreign = Some((looks, since));
    if since.elapsed() < LEASE {
        return Some(since + LEASE);
    }
    case.memory.foreign = None;
    if let Some(stored) = &case.stored {
        case.memory.attempts.doubt(stored);
    }
    wanted.doubt_messages();
    debug!("taken over: whoever was at work on this request has not gone on");
    None
}
