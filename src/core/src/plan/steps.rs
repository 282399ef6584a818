//! What to do next about a ledger.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{CardState, Marker};
use crate::ledger::{Item, Ledger, Status, What};

/// How often a recipient that could not be reached is looked at again while the request is open: an operator may have
/// invited the bot meanwhile.
pub const REVISIT: Duration = Duration::from_secs(600);

/// How long after the second look a third is taken, where the attempt was somebody else's: a process that was stopped in
/// the middle of it, and goes on later, can die before it removes what it posted too late.
const STOPPED: Duration = Duration::from_secs(120);

/// What is remembered of the attempts at one item, in memory only: whoever does not remember takes the worst.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// Failures in a row.
    pub failures: u32,
    /// No further attempt before this moment.
    pub not_before: Option<Instant>,
    /// Whether a message may stand already, so that it must be looked for before it is posted.
    pub uncertain: bool,
    /// Whether somebody else may have made it, and may still be at it.
    pub foreign: bool,
    /// When to look again: for late copies of a message, or whether a recipient can be reached now.
    pub look_at: Option<Instant>,
    /// Which doubt about the item that look is for.
    pub doubt: Option<u64>,
}

/// What is remembered of the attempts at the items of one ledger.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    by_marker: HashMap<Marker, Attempt>,
    trusted: HashSet<Marker>,
}

impl Attempts {
    /// What is remembered of this item. Nothing is remembered of an intent that this process did not write itself, so it
    /// counts as uncertain, and as somebody else's.
    pub fn of(&self, item: &Item) -> Attempt {
        let uncertain = item.status == Status::Intended;
        let unknown = || Attempt { uncertain, foreign: true, ..Attempt::default() };
        self.by_marker.get(&item.marker).cloned().unwrap_or_else(unknown)
    }

    /// Remembers something of this item.
    pub fn entry(&mut self, item: &Item) -> &mut Attempt {
        let before = self.of(item);
        self.by_marker.entry(item.marker.clone()).or_insert(before)
    }

    /// Remembers that nothing was attempted yet: the intent is about to be written by ourselves.
    pub fn is_fresh(&mut self, marker: &Marker) {
        self.by_marker.insert(marker.clone(), Attempt::default());
    }

    /// Remembers that the message was posted by this process, or verified: its reference can be believed.
    pub fn trust(&mut self, marker: &Marker) {
        self.trusted.insert(marker.clone());
    }

    /// Whether the message's reference can be believed.
    pub fn trusts(&self, marker: &Marker) -> bool {
        self.trusted.contains(marker)
    }

    /// Takes over the work of somebody else: whatever was intended may have been attempted, and may still be.
    pub fn doubt(&mut self, ledger: &Ledger) {
        for item in &ledger.items {
            let attempt = self.entry(item);
            attempt.uncertain |= item.status == Status::Intended;
            attempt.foreign = true;
        }
    }

    /// Notes that copies of this item's message were looked for. Whether they must be looked for once more, which is
    /// then due.
    pub fn looked(&mut self, item: &Item, now: Instant) -> bool {
        let attempt = self.entry(item);
        let again = std::mem::take(&mut attempt.foreign);
        attempt.look_at = again.then(|| now + STOPPED);
        again
    }
}

/// Something to do about one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The item's place in the ledger.
    pub place: usize,
    /// What to do.
    pub kind: StepKind,
}

/// What to do about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Find out where it goes, and post it.
    Post,
    /// Look whether it was posted; if not, and it is still wanted, post it.
    FindThenPost,
    /// Look whether it was posted; if not, let it be.
    FindOrSkip,
    /// Let it be.
    Skip,
    /// Find out whether the message is ours at all.
    Verify,
    /// Make the message show the facts.
    Update,
    /// Look once more for copies that turned up late.
    Settle,
    /// See whether the recipient can be reached now.
    Revisit,
}

/// What to do now, and when to look again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// Steps for now; they do not depend on one another.
    pub steps: Vec<Step>,
    /// When something else will be due.
    pub again: Option<Instant>,
}

/// What to do next about `ledger`.
///
/// `settle` is how long after an unclear attempt the second look is taken.
pub fn next(ledger: &Ledger, attempts: &mut Attempts, now: Instant, settle: Duration) -> Next {
    let mut next = Next::default();
    // Once, and looked up rather than searched: a ledger that somebody else wrote may have thousands of items.
    let shows = ledger.facts.digest();
    let mut known = HashSet::new();
    for (place, item) in ledger.items.iter().enumerate() {
        let Some((kind, due)) = due((ledger, &shows), item, attempts, now, settle) else { continue };
        // A reply waits for the verification of its announcement, which several replies may ask for.
        let place = if kind == StepKind::Verify { item.what.under().unwrap_or(place) } else { place };
        let not_before =
            [Some(item), ledger.items.get(place)].into_iter().flatten().filter_map(|i| attempts.of(i).not_before);
        let due = not_before.fold(due, Instant::max);
        if due > now {
            next.again = Some(next.again.map_or(due, |again| again.min(due)));
        } else {
            let step = Step { place, kind };
            if known.insert(step) {
                next.steps.push(step);
            }
        }
    }
    next
}

/// The one thing to do about an item, and when.
fn due(
    (ledger, shows): (&Ledger, &str),
    item: &Item,
    attempts: &mut Attempts,
    now: Instant,
    settle: Duration,
) -> Option<(StepKind, Instant)> {
    let open = ledger.facts.state == CardState::Pending;
    match &item.status {
        Status::Intended => Some((intended(ledger, item, attempts), now)),
        Status::Standing(_) if item.is_announcement() && item.shown.as_deref() != Some(shows) => {
            Some((if attempts.trusts(&item.marker) { StepKind::Update } else { StepKind::Verify }, now))
        }
        Status::Standing(_) | Status::Skipped if item.unsure.is_some() => {
            let attempt = attempts.entry(item);
            if attempt.doubt != item.unsure {
                // Somebody else has doubts that we did not have.
                (attempt.doubt, attempt.look_at, attempt.foreign) = (item.unsure, None, true);
            }
            let at = *attempt.look_at.get_or_insert(now + settle);
            Some((StepKind::Settle, at))
        }
        Status::Hopeless(_) if item.is_announcement() && open => {
            let at = *attempts.entry(item).look_at.get_or_insert(now);
            Some((StepKind::Revisit, at))
        }
        _ => None,
    }
}

fn intended(ledger: &Ledger, item: &Item, attempts: &Attempts) -> StepKind {
    let uncertain = attempts.of(item).uncertain;
    if let Some(announcement) = item.what.under().and_then(|under| ledger.items.get(under)) {
        if announcement.message().is_none() {
            return StepKind::Skip;
        }
        if !attempts.trusts(&announcement.marker) {
            return StepKind::Verify;
        }
    }
    match (is_wanted(ledger, item), uncertain) {
        (true, true) => StepKind::FindThenPost,
        (true, false) => StepKind::Post,
        (false, true) => StepKind::FindOrSkip,
        (false, false) => StepKind::Skip,
    }
}

/// Whether it should still be said: nothing is announced that nobody can decide any more, and no end is told that was
/// overtaken by another.
fn is_wanted(ledger: &Ledger, item: &Item) -> bool {
    let state = ledger.facts.state;
    match &item.what {
        What::Announcement | What::Received => state == CardState::Pending,
        What::Review { .. } | What::Vote { .. } => true,
        What::Resolution { state: told, .. } | What::Decided { state: told } => *told == state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ledger::Facts;
    use crate::plan::tests::request;
    use crate::request::RequestState;

    #[test]
    fn copies_of_what_somebody_else_may_have_posted_are_looked_for_once_more() {
        let (now, mut attempts) = (Instant::now(), Attempts::default());
        let marker = |byte| Marker::from_bytes(&[byte; Marker::LENGTH]);
        let item = |byte| Item::intent(What::Announcement, None, marker(byte), Timestamp::from_millis(0));
        let (own, foreign) = (item(1), item(2));
        attempts.is_fresh(&own.marker);
        assert!(!attempts.looked(&own, now), "our own attempt is over when we look");
        assert_eq!(attempts.of(&own).look_at, None);
        for _ in 0..2 {
            assert!(attempts.looked(&foreign, now), "whoever made it may have been stopped");
            assert_eq!(attempts.of(&foreign).look_at, Some(now + STOPPED));
            assert!(!attempts.looked(&foreign, now + STOPPED));
            let mut ledger = Ledger::new(Facts::of(&request(RequestState::Pending, &[])));
            ledger.items.push(foreign.clone());
            attempts.doubt(&ledger);
        }
    }
}
