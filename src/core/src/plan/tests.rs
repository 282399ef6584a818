//! The plan by table and by property.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::{Attempts, Policy, Sighting, StepKind, absorb_go, adopt, intend, lowers, next};
use crate::backend::{CardState, Conversation, ConversationKind, Marker, MessageRef, Recipient, Unreachable};
use crate::clock::Timestamp;
use crate::ledger::{Facts, GoKeys, Happened, Ledger, Status, What};
use crate::random::Random;
use crate::request::{AccessRequest, RequestId, RequestState, Review, Threshold};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const EXPIRES: Timestamp = Timestamp::from_millis(1_003_600_000);
const SETTLE: Duration = Duration::from_secs(60);

pub(super) fn request(state: RequestState, reviews: &[(&str, RequestState)]) -> AccessRequest {
    AccessRequest {
        id: RequestId::new("r-1"),
        user: "bob".into(),
        roles: vec!["dbadmin".into()],
        resources: vec![],
        state,
        reason: "need prod db".into(),
        resolve_reason: String::new(),
        created: Some(NOW),
        expires: Some(EXPIRES),
        access_expires: None,
        reviews: reviews
            .iter()
            .map(|(author, proposed)| Review {
                author: (*author).into(),
                proposed: *proposed,
                reason: String::new(),
                created: None,
                thresholds: vec![0],
            })
            .collect(),
        thresholds: vec![Threshold { name: String::new(), filter: String::new(), approve: 2, deny: 1 }],
        role_thresholds: std::collections::BTreeMap::default(),
        suggested_reviewers: vec![],
        long_term: false,
    }
}

fn living(state: RequestState, reviews: &[(&str, RequestState)]) -> Sighting {
    Sighting::Living(Box::new(request(state, reviews)))
}

pub(super) fn policy() -> Policy {
    Policy {
        recipients: vec![Recipient::Configured("lab/access".into()), Recipient::Person("alice@example.com".into())],
        requester: Some(Recipient::Person("bob".into())),
        ..Policy::default()
    }
}

/// A chat that does at once what the plan says, and a ledger that remembers it.
pub(super) struct Desk {
    pub(super) ledger: Option<Ledger>,
    attempts: Attempts,
    random: Random,
    policy: Policy,
    /// Everything that was posted, in order: what, and in which conversation.
    said: Vec<(What, String)>,
    updates: usize,
}

impl Desk {
    pub(super) fn new() -> Self {
        let random = Random::seeded(1);
        Self { ledger: None, attempts: Attempts::default(), random, policy: policy(), said: vec![], updates: 0 }
    }

    /// Takes in a sighting; `truth` is what reading by id would give.
    pub(super) fn see(&mut self, sighting: &Sighting, truth: &Sighting, now: Timestamp) {
        let sighting = if self.ledger.as_ref().is_some_and(|l| lowers(l, sighting)) { truth } else { sighting };
        let random = self.random.clone();
        for _ in 0..20 {
            let known: Vec<Marker> = self.ledger.iter().flat_map(|l| &l.items).map(|i| i.marker.clone()).collect();
            self.ledger = intend(self.ledger.take(), sighting, &self.policy, now, &mut || random.marker());
            let Some(ledger) = self.ledger.clone() else { return };
            for item in ledger.items.iter().filter(|i| !known.contains(&i.marker)) {
                self.attempts.is_fresh(&item.marker);
            }
            let steps = next(&ledger, &mut self.attempts, Instant::now(), SETTLE).steps;
            if steps.is_empty() {
                return;
            }
            for step in steps {
                self.take(&ledger, step);
            }
        }
        panic!("the plan never comes to an end: {:?}", self.ledger);
    }

    fn take(&mut self, ledger: &Ledger, step: super::Step) {
        let item = &ledger.items[step.place];
        let mut note = |happened| {
            assert_eq!(self.ledger.as_mut().unwrap().note(&item.marker, &happened), crate::ledger::Noted::Written);
        };
        match step.kind {
            StepKind::Post => {
                let place = item.what.under().unwrap_or(step.place);
                let conversation = Conversation { id: format!("c{place}"), kind: ConversationKind::Channel };
                let message =
                    MessageRef { conversation: conversation.id.clone(), message: format!("m{}", self.said.len()) };
                self.said.push((item.what.clone(), conversation.id.clone()));
                let shown = item.is_announcement().then(|| ledger.facts.digest());
                note(Happened::Stands { message, conversation, shown });
                self.attempts.trust(&item.marker);
            }
            StepKind::Update => {
                self.updates += 1;
                note(Happened::Shows(ledger.facts.digest()));
            }
            StepKind::Skip => note(Happened::Ended(Status::Skipped)),
            StepKind::Verify => self.attempts.trust(&item.marker),
            other => panic!("{other:?} is not expected without trouble"),
        }
    }

    fn state(&self) -> CardState {
        self.ledger.as_ref().expect("a ledger").facts.state
    }

    fn kinds(&self) -> Vec<&What> {
        self.said.iter().map(|(what, _)| what).collect()
    }
}

use RequestState::{Approved, Denied, Pending};

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
    assert_eq!(due.steps, [super::Step { place: 0, kind: StepKind::Settle }]);
    ledger.note(&marker, &Happened::Settled(0));
    let then = next(&ledger, &mut desk.attempts, start + SETTLE, SETTLE);
    let update = super::Step { place: 0, kind: StepKind::Update };
    assert_eq!((then.steps.as_slice(), then.again), (&[update][..], None), "an update may have come late as well");
    ledger.note(&marker, &Happened::Shows(ledger.facts.digest()));
    assert_eq!(next(&ledger, &mut desk.attempts, start + SETTLE, SETTLE), super::Next::default());
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
    let visit = super::Step { place: 0, kind: StepKind::Revisit };
    assert_eq!(next(&ledger, &mut Attempts::default(), now, SETTLE).steps, [visit], "after a restart at once");
    let random = Random::seeded(3);
    let over = intend(Some(ledger), &living(Denied, &[]), &policy(), NOW, &mut || random.marker()).unwrap();
    let steps = next(&over, &mut desk.attempts, now, SETTLE).steps;
    assert!(!steps.iter().any(|s| s.place == 0), "nobody can decide any more: {steps:?}");
}

#[test]
fn an_intent_for_a_stranger_is_dropped_and_the_configured_recipients_are_told() {
    let random = Random::seeded(2);
    let stranger = Policy { recipients: vec![Recipient::Configured("lab/town-square".into())], ..Policy::default() };
    let forged = intend(None, &living(Pending, &[]), &stranger, NOW, &mut || random.marker()).unwrap();
    let seen = living(Pending, &[]);
    let mended = intend(Some(forged), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    let mended = intend(Some(mended), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    let told: Vec<_> = mended
        .announcements()
        .filter(|(_, item)| item.status == Status::Intended)
        .filter_map(|(_, item)| item.to.clone())
        .collect();
    assert_eq!(told, policy().recipients);
    let again = intend(Some(mended.clone()), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    assert_eq!(again, mended, "and that only once");
}

#[test]
fn what_the_go_plugin_announced_is_adopted_and_not_told_again() {
    let random = Random::seeded(2);
    let go = GoKeys {
        user: "bob".into(),
        roles: "dbadmin".into(),
        reviews_count: 1,
        messages: vec![MessageRef { conversation: "c0".into(), message: "p".into() }],
        ..GoKeys::default()
    };
    let mut desk = Desk::new();
    let seen = request(Pending, &[("alice", Approved)]);
    desk.ledger = Some(adopt(&go, Facts::of(&seen), NOW, &mut || random.marker()));
    desk.see(&living(Pending, &[("alice", Approved)]), &Sighting::Gone, NOW);
    assert_eq!((desk.said.len(), desk.updates), (0, 1));
    desk.see(&living(Approved, &[("alice", Approved), ("ivan", Approved)]), &Sighting::Gone, NOW);
    let decided = What::Decided { state: CardState::Approved };
    let end = What::Resolution { under: 0, state: CardState::Approved };
    assert_eq!(desk.kinds(), [&What::Review { under: 0, number: 2 }, &end, &decided]);
}

#[test]
fn what_the_go_plugin_did_meanwhile_is_not_told_again() {
    let mut desk = Desk::new();
    desk.see(&living(Pending, &[]), &Sighting::Gone, NOW);
    let go = GoKeys { reviews_count: 1, resolution: "APPROVED".into(), ..GoKeys::default() };
    let random = Random::seeded(9);
    assert!(absorb_go(desk.ledger.as_mut().unwrap(), &go, NOW, &mut || random.marker()));
    desk.said.clear();
    desk.see(&living(Approved, &[("alice", Approved)]), &Sighting::Gone, NOW);
    assert_eq!(desk.kinds(), [&What::Decided { state: CardState::Approved }], "which the Go plugin does not tell");
    assert_eq!(desk.updates, 2, "the Go plugin's edits are replaced");
}

/// A request's life: reviews, and how it ends.
pub(super) fn history() -> impl Strategy<Value = Vec<Sighting>> {
    let review = (0..4_usize, prop_oneof![Just(Approved), Just(Denied)]);
    (proptest::collection::vec(review, 0..4), 0..6_usize).prop_map(|(reviews, end)| {
        let authors = ["alice", "ivan", "dave", "erin"];
        let reviews: Vec<(&str, RequestState)> = reviews.into_iter().map(|(a, s)| (authors[a], s)).collect();
        let mut life: Vec<Sighting> = (0..=reviews.len()).map(|n| living(Pending, &reviews[..n])).collect();
        match end {
            0 => {}
            1 => life.push(Sighting::Gone),
            2 => life.push(living(Approved, &reviews)),
            3 => life.push(living(Denied, &reviews)),
            4 => life.extend([living(Approved, &reviews), Sighting::Gone]),
            _ => life.extend([living(Approved, &reviews), living(Denied, &reviews), Sighting::Gone]),
        }
        life
    })
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
