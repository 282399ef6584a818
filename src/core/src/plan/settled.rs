//! Whether a ledger has come to rest.

use std::time::Duration;

use tokio::time::Instant;

use super::intend::{Policy, absorb_go, add_replies, add_words_to_requester};
use super::steps::{Attempts, Next, next};
use crate::backend::{Marker, Recipient};
use crate::clock::Timestamp;
use crate::ledger::{GoKeys, Ledger, Status};

/// Whether nothing is left to say or to show for as long as the request is as the ledger has it:
/// [`intend`](super::intend()) would add nothing to it, and [`next()`] has no step for it. What it says `false` of may be at
/// rest all the same; a worker finds out.
///
/// `go` is what stands beside the ledger, and `requester` who is told of the end, if anybody is.
pub fn is_settled(ledger: &Ledger, go: &GoKeys, requester: Option<Recipient>) -> bool {
    // Where nothing was announced it depends on the configuration whether that is right, and votes must be counted.
    let announced = ledger.announcements().any(|(_, item)| item.status != Status::Skipped);
    if ledger.lease.is_some() || !announced || !ledger.votes.is_empty() {
        return false;
    }
    // Nobody looks at what would be added, only whether something would.
    let now = Timestamp::from_millis(0);
    let mut marker = || Marker::from_bytes(&[0; Marker::LENGTH]);
    let mut wanted = ledger.clone();
    let moved_on = absorb_go(&mut wanted, go, now, &mut marker);
    let policy = Policy { requester, ..Policy::default() };
    add_replies(&mut wanted, &policy, now, &mut marker);
    add_words_to_requester(&mut wanted, &policy, now, &mut marker);
    let rest = next(ledger, &mut Attempts::default(), Instant::now(), Duration::ZERO);
    !moved_on && wanted == *ledger && rest == Next::default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::{MessageRef, Unreachable};
    use crate::ledger::{self, Stored};
    use crate::plan::tests::{Desk, NOW, history, policy, request};
    use crate::plan::{Sighting, intend};
    use crate::random::Random;
    use crate::request::RequestState;
    use crate::teleport::Record;

    /// What the Go plugin's keys say beside a ledger that we wrote.
    fn beside(ledger: &Ledger) -> GoKeys {
        let (_, record) = ledger::change(&Record::new(), ledger, true).unwrap();
        let Stored::Ours(_, go) = ledger::read(&record) else { panic!("not read as ours") };
        go
    }

    /// One thing that can be different about a ledger.
    fn disturb(ledger: &mut Ledger, place: usize, how: usize) {
        let place = place % ledger.items.len();
        let item = &mut ledger.items[place];
        let elsewhere = MessageRef { conversation: "c".into(), message: "m".into() };
        match how {
            0 => item.status = Status::Intended,
            1 => item.status = Status::Skipped,
            2 => item.status = Status::Gone,
            3 => item.status = Status::Hopeless(Unreachable::NotMember),
            4 => item.status = Status::Refused,
            5 => item.status = Status::Standing(elsewhere),
            6 => item.unsure = Some(1),
            7 => item.shown = None,
            8 => item.to = None,
            9 => ledger.lease = Some("somebody".into()),
            10 => ledger.told_by_go += 1,
            _ => drop(ledger.items.pop()),
        }
    }

    #[test]
    fn counts_that_nobody_can_reach_are_no_trouble() {
        let mut desk = Desk::new();
        let sighting = Sighting::Living(Box::new(request(RequestState::Pending, &[])));
        desk.see(&sighting, &sighting, NOW);
        let mut ledger = desk.ledger.unwrap();
        ledger.told_by_go = u32::MAX;
        for reviews in [0, u32::MAX] {
            ledger.facts.reviews = reviews;
            let mut wanted = ledger.clone();
            add_replies(&mut wanted, &Policy::default(), NOW, &mut || panic!("nothing is left to tell"));
            assert_eq!(wanted, ledger);
        }
    }

    proptest! {
        /// After every change, once all is said.
        #[test]
        fn who_has_said_everything_leaves_a_settled_ledger(life in history()) {
            let mut desk = Desk::new();
            for sighting in &life {
                desk.see(sighting, sighting, NOW);
                let ledger = desk.ledger.as_ref().unwrap();
                prop_assert!(is_settled(ledger, &beside(ledger), policy().requester), "{ledger:?}");
                let ahead = GoKeys { reviews_count: ledger.facts.reviews + 1, ..beside(ledger) };
                prop_assert!(!is_settled(ledger, &ahead, None), "a Go plugin has moved it on");
            }
        }

        /// Whatever is in the ledger, and whoever is configured now.
        #[test]
        fn there_is_nothing_to_do_about_a_settled_ledger(
            life in history(),
            changes in proptest::collection::vec((0..20_usize, 0..12_usize), 0..3),
            told in any::<bool>(),
            configured in 0..3_usize,
        ) {
            let living = life.iter().rfind(|sighting| sighting.request().is_some()).unwrap();
            let mut desk = Desk::new();
            desk.see(&life[0], living, NOW);
            desk.see(living, living, NOW);
            let mut ledger = desk.ledger.unwrap();
            for (place, how) in changes {
                if !ledger.items.is_empty() {
                    disturb(&mut ledger, place, how);
                }
            }
            let requester = policy().requester.filter(|_| told);
            if is_settled(&ledger, &beside(&ledger), requester.clone()) {
                let recipients = policy().recipients.into_iter().take(configured).collect();
                let policy = Policy { recipients, requester, ..Policy::default() };
                let random = Random::seeded(1);
                let sighting: &Sighting = living;
                let wanted = intend(Some(ledger.clone()), sighting, &policy, NOW, &mut || random.marker()).unwrap();
                prop_assert_eq!(&wanted, &ledger);
                prop_assert!(wanted.lease.is_none() && !wanted.is_unfinished());
                let steps = next(&wanted, &mut Attempts::default(), Instant::now(), Duration::from_secs(60));
                prop_assert_eq!(steps, Next::default());
            }
        }
    }
}
