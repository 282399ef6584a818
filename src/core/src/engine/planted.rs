//! Bugs that a test plants in the engine, to show that the simulation would notice them.
//!
//! They exist in builds with the feature `planted-bugs` and debug assertions alone. Only this package's own tests ask
//! for that feature, and a release build has no debug assertions, so the program cannot have any of them: there
//! [`Planted::is`] is the constant `false`, and nothing else of this file is left.

use tokio::time::Instant;

use super::case::Case;
use crate::backend::CardState;
use crate::ledger::{Ledger, Status};
use crate::plan::{Attempt, Sighting};

/// Whether this build can have a bug planted.
const POSSIBLE: bool = cfg!(all(feature = "planted-bugs", debug_assertions));

/// What can be got wrong on purpose. Each bites in one place of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The announcements are posted before their intents are in the record.
    ClaimAfterPost,
    /// A watch that was opened anew goes on without listing what happened while there was none.
    NoRelistAfterGap,
    /// A request that is recorded and not listed any more is not read by id.
    VanishedNotLookedFor,
    /// What may stand already is posted again without being looked for.
    NoFind,
    /// Nobody looks for copies that turn up late.
    NoSecondLook,
    /// Somebody else's lease is not respected.
    LeaseIgnored,
    /// Each new attempt carries a new marker.
    NewMarkerOnRetry,
    /// A request that was decided and is gone is shown as removed.
    DeleteOverwritesDecision,
    /// A listing that says less than was shown is believed.
    StaleListBelieved,
    /// A write does not expect our own key to be as it was read.
    WriteExpectsNothingOfOurs,
    /// An attempt without an answer is taken for one without an effect.
    UnclearTakenForFailed,
    /// Who finds that somebody else has posted meanwhile leaves the own message standing.
    OwnLateCopyKept,
    /// What comes while a request is worked on is not looked at before it is announced.
    NewsOfEndIgnored,
    /// Copies that turn up late are looked for again and again.
    LookedForEver,
}

/// The bug that is planted in one engine, if any: none by default, and none in the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted(Option<Bug>);

impl Planted {
    /// This bug alone.
    #[cfg(feature = "planted-bugs")]
    pub fn only(bug: Bug) -> Self {
        Self(Some(bug))
    }

    /// Whether this bug is planted: always `false` in the program.
    pub(super) fn is(self, bug: Bug) -> bool {
        POSSIBLE && self.0 == Some(bug)
    }
}

/// [`Bug::ClaimAfterPost`]: whether the first write waits until something was posted. The posts must then believe that
/// there is a lease.
pub(super) fn claims_later(case: &mut Case<'_>, wanted: &Ledger) -> bool {
    let later = case.desk.has(Bug::ClaimAfterPost)
        && case.stored.is_none()
        && wanted.announcements().all(|(_, item)| item.status == Status::Intended);
    if later {
        case.memory.lease_at = Some(Instant::now());
    }
    later
}

/// [`Bug::NewMarkerOnRetry`].
pub(super) fn renew_markers(case: &mut Case<'_>, wanted: &mut Ledger) {
    if !case.desk.has(Bug::NewMarkerOnRetry) {
        return;
    }
    for item in wanted.items.iter_mut().filter(|item| item.status == Status::Intended) {
        let attempt = case.memory.attempts.of(item);
        if attempt.failures > 0 {
            item.marker = case.desk.random.marker();
            *case.memory.attempts.entry(item) = Attempt { failures: 0, ..attempt };
        }
    }
}

/// [`Bug::DeleteOverwritesDecision`].
pub(super) fn forget_decision(case: &mut Case<'_>) {
    if case.desk.has(Bug::DeleteOverwritesDecision)
        && case.sighting == Sighting::Gone
        && let Some(ledger) = &mut case.ledger
    {
        ledger.facts.state = CardState::Pending;
    }
}
