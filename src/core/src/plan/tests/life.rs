//! A request's life, from its announcement to its end, in whatever order it is heard of.

use super::*;

#[test]
fn a_request_is_announced_reviewed_and_brought_to_its_end() {
    let mut desk = Desk::new();
    for sighting in [
        living(Pending, &[]),
        living(Pending, &[("alice", Approved)]),
        living(Approved, &[("alice", Approved), ("ivan", Approved)]),
        Sighting::Gone,
    ] {
        desk.see(&sighting, &sighting, NOW);
    }
    let review = |under, number| What::Review { under, number };
    let end = |under| What::Resolution { under, state: CardState::Approved };
    assert_eq!(
        desk.kinds(),
        [
            &What::Announcement,
            &What::Announcement,
            &What::Received,
            &review(0, 1),
            &review(1, 1),
            &review(0, 2),
            &end(0),
            &review(1, 2),
            &end(1),
            &What::Decided { state: CardState::Approved },
        ]
    );
    assert_eq!(desk.state(), CardState::Approved, "the end of the access does not change how the request ended");
    assert!(desk.ledger.unwrap().is_over());
}

#[test]
fn a_request_that_is_over_before_it_was_seen_is_nobodys_business() {
    for sighting in [living(Approved, &[]), living(Denied, &[]), Sighting::Gone] {
        let mut desk = Desk::new();
        desk.see(&sighting, &sighting, NOW);
        assert_eq!(desk.ledger, None);
    }
}

#[test]
fn what_is_gone_before_its_time_was_removed_and_what_is_gone_after_it_expired() {
    let minute = Duration::from_secs(60);
    for (now, state) in [
        (NOW, CardState::Removed),
        (EXPIRES.minus(minute).minus(Duration::from_millis(1)), CardState::Removed),
        (EXPIRES.minus(minute), CardState::Expired),
        (EXPIRES.plus(minute), CardState::Expired),
    ] {
        let mut desk = Desk::new();
        desk.see(&living(Pending, &[]), &Sighting::Gone, NOW);
        desk.see(&Sighting::Gone, &Sighting::Gone, now);
        assert_eq!(desk.state(), state, "at {now}");
        assert!(desk.kinds().contains(&&What::Decided { state }));
    }
}

#[test]
fn an_approved_request_can_be_denied_and_both_ends_are_told() {
    let mut desk = Desk::new();
    for sighting in [living(Pending, &[]), living(Approved, &[]), living(Denied, &[])] {
        desk.see(&sighting, &sighting, NOW);
    }
    let ends: Vec<_> = desk.kinds().into_iter().filter(|w| matches!(w, What::Decided { .. })).collect();
    assert_eq!(ends, [&What::Decided { state: CardState::Approved }, &What::Decided { state: CardState::Denied }]);
}

proptest! {
    /// Any order and repetition of events and listings, stale ones among them, ends in the same chat.
    #[test]
    fn any_order_of_sightings_ends_in_the_same_chat(
        life in history(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let truth = life.last().unwrap().clone();
        let announced = living(Pending, &[]);
        let later = NOW.plus(Duration::from_secs(60));

        let mut straight = Desk::new();
        straight.see(&announced, &announced, NOW);
        for sighting in &life {
            straight.see(sighting, sighting, later);
        }

        let mut shuffled = Desk::new();
        shuffled.see(&announced, &announced, NOW);
        // Time goes on: what is read by id is never older than what was heard of before.
        let mut reached = 0;
        for index in &order {
            let heard = index.index(life.len());
            reached = reached.max(heard);
            // Only what the cluster has reached can be heard or read; a deletion is heard once it happened.
            shuffled.see(&life[heard], &life[reached], later);
        }
        shuffled.see(&truth, &truth, later);

        // How a request ended cannot be known if it was gone before anybody heard of the end.
        let unheard = truth == Sighting::Gone && shuffled.state() != straight.state();
        if unheard {
            prop_assert!(life.iter().filter_map(Sighting::request).any(|r| CardState::from(r.state) == shuffled.state())
                || matches!(shuffled.state(), CardState::Expired | CardState::Removed));
        } else {
            prop_assert_eq!(shuffled.state(), straight.state());
        }
        let reviews = |desk: &Desk| {
            let mut said: Vec<_> = desk.said.iter().filter(|(w, _)| matches!(w, What::Review { .. })).cloned().collect();
            said.sort_by_key(|(what, conversation)| (conversation.clone(), format!("{what:?}")));
            said
        };
        let (told, all) = (reviews(&shuffled), reviews(&straight));
        if truth == Sighting::Gone {
            let once: std::collections::HashSet<String> = told.iter().map(|t| format!("{t:?}")).collect();
            prop_assert_eq!(once.len(), told.len(), "no review is replied to twice");
            prop_assert!(told.iter().all(|t| all.contains(t)));
        } else {
            prop_assert_eq!(told, all, "each review is replied to once");
        }
        let announcements = shuffled.kinds().iter().filter(|w| ***w == What::Announcement).count();
        prop_assert_eq!(announcements, 2);
        let end = shuffled.state();
        if end != CardState::Pending {
            let decided = shuffled.kinds().iter().filter(|w| ***w == What::Decided { state: end }).count();
            prop_assert_eq!(decided, 1);
        }
        let ledger = shuffled.ledger.unwrap();
        let shows = ledger.facts.digest();
        prop_assert!(ledger.announcements().all(|(_, item)| item.shown.as_deref() == Some(shows.as_str())));
    }
}
