//! What is done next, and when.

use super::*;
use crate::backend::Unreachable;

#[test]
fn nothing_is_announced_that_nobody_can_decide_any_more() {
    // The intents were written, and then the request was approved before anything was posted.
    let mut desk = Desk::new();
    let random = Random::seeded(2);
    let claimed = intend(None, &living(Pending, &[]), &policy(), NOW, &mut || random.marker()).unwrap();
    for item in &claimed.items {
        desk.attempts.is_fresh(&item.marker);
    }
    desk.ledger = Some(claimed);
    desk.see(&living(Approved, &[]), &living(Approved, &[]), NOW);
    assert_eq!(desk.said, []);
    assert!(desk.ledger.unwrap().is_over());
}

#[test]
fn whoever_does_not_remember_looks_before_posting() {
    let random = Random::seeded(2);
    let claimed = intend(None, &living(Pending, &[]), &policy(), NOW, &mut || random.marker()).unwrap();
    let kinds = |ledger: &Ledger| -> Vec<StepKind> {
        next(ledger, &mut Attempts::default(), Instant::now(), SETTLE).steps.iter().map(|s| s.kind).collect()
    };
    assert_eq!(kinds(&claimed), [StepKind::FindThenPost; 2]);
    let resolved = intend(Some(claimed), &living(Approved, &[]), &policy(), NOW, &mut || random.marker()).unwrap();
    assert_eq!(kinds(&resolved), [StepKind::FindOrSkip; 2]);
}

#[test]
fn an_unclear_attempt_is_looked_at_once_more_after_the_settle_time() {
    let mut desk = Desk::new();
    let sighting = living(Pending, &[]);
    desk.see(&sighting, &sighting, NOW);
    let mut ledger = desk.ledger.unwrap();
    let marker = ledger.items[0].marker.clone();
    ledger.note(&marker, &Happened::Unclear);
    let start = Instant::now();
    let planned = next(&ledger, &mut desk.attempts, start, SETTLE);
    assert_eq!((planned.steps.as_slice(), planned.again), (&[][..], Some(start + SETTLE)));
    let due = next(&ledger, &mut desk.attempts, start + SETTLE, SETTLE);
    assert_eq!(due.steps, [crate::plan::Step { place: 0, kind: StepKind::Settle }]);
    ledger.note(&marker, &Happened::Settled(0));
    let then = next(&ledger, &mut desk.attempts, start + SETTLE, SETTLE);
    let update = crate::plan::Step { place: 0, kind: StepKind::Update };
    assert_eq!((then.steps.as_slice(), then.again), (&[update][..], None), "an update may have come late as well");
    ledger.note(&marker, &Happened::Shows(ledger.facts.digest()));
    assert_eq!(next(&ledger, &mut desk.attempts, start + SETTLE, SETTLE), crate::plan::Next::default());
}

#[test]
fn a_hopeless_recipient_is_visited_again_while_the_request_is_open_and_holds_nobody_up() {
    let mut desk = Desk::new();
    let sighting = living(Pending, &[]);
    desk.see(&sighting, &sighting, NOW);
    let mut ledger = desk.ledger.take().unwrap();
    let marker = ledger.items[0].marker.clone();
    ledger.note(&marker, &Happened::Ended(Status::Hopeless(Unreachable::NotMember)));
    assert!(!ledger.is_unfinished());
    let now = Instant::now();
    let visit = crate::plan::Step { place: 0, kind: StepKind::Revisit };
    assert_eq!(next(&ledger, &mut Attempts::default(), now, SETTLE).steps, [visit], "after a restart at once");
    let random = Random::seeded(3);
    let over = intend(Some(ledger), &living(Denied, &[]), &policy(), NOW, &mut || random.marker()).unwrap();
    let steps = next(&over, &mut desk.attempts, now, SETTLE).steps;
    assert!(!steps.iter().any(|s| s.place == 0), "nobody can decide any more: {steps:?}");
}
