//! The plan by table and by property: a chat that does at once what the plan says.

mod life;
mod others;
mod steps;

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::{Attempts, Policy, Sighting, StepKind, intend, lowers, next};
use crate::backend::{CardState, Conversation, ConversationKind, Marker, MessageRef, Recipient};
use crate::clock::Timestamp;
use crate::ledger::{Happened, Ledger, Status, What};
use crate::random::Random;
use crate::request::tests::bobs;
use crate::request::{AccessRequest, RequestState, Review, Threshold};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const EXPIRES: Timestamp = Timestamp::from_millis(1_003_600_000);
const SETTLE: Duration = Duration::from_secs(60);

pub(super) fn request(state: RequestState, reviews: &[(&str, RequestState)]) -> AccessRequest {
    let review = |(author, proposed): &(&str, RequestState)| Review {
        author: (*author).into(),
        proposed: *proposed,
        reason: String::new(),
        created: None,
        thresholds: vec![0],
    };
    AccessRequest {
        state,
        reason: "need prod db".into(),
        created: Some(NOW),
        expires: Some(EXPIRES),
        reviews: reviews.iter().map(review).collect(),
        thresholds: vec![Threshold { name: String::new(), filter: String::new(), approve: 2, deny: 1 }],
        ..bobs("r-1")
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
