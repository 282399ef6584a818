//! What must hold after any schedule, once it has been quiet for a while.

use std::collections::{BTreeMap, BTreeSet};

use accessbot_core::backend::{Card, CardState, Content, FieldValue};
use accessbot_core::ledger::{self, Ledger, Stored};
use accessbot_core::request::{AccessRequest, RequestId, RequestState};

use crate::chat::{FakeChat, Post};
use crate::cluster::FakeCluster;

/// Something that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// Every waiting request has one standing message for each recipient, and no request has two.
    OneForEachRecipient,
    /// Every standing message shows the request's state and its reviews.
    TrueState,
    /// A decision that was shown is not overwritten when the request is gone.
    DecisionsStay,
    /// Every review has one reply, and so has the end.
    OneReply,
    /// The requester is told of everything, and of nothing twice.
    RequesterToldOnce,
    /// Nobody else is told anything.
    NoStrangers,
    /// No record ever says less than it said before.
    RecordsGrow,
    /// No write of a record undoes one that its writer had not read.
    NoLostWrite,
    /// In calm weather nothing is posted that must be removed again, however many replicas there are.
    NothingToRemove,
}

impl Invariant {
    /// The same in words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OneForEachRecipient => "one standing message for each recipient",
            Self::TrueState => "every message shows the true state",
            Self::DecisionsStay => "a decision that was shown stays shown",
            Self::OneReply => "one reply for each review and for the end",
            Self::RequesterToldOnce => "the requester is told once",
            Self::NoStrangers => "nobody else is told",
            Self::RecordsGrow => "no record says less than before",
            Self::NoLostWrite => "no write undoes what its writer had not read",
            Self::NothingToRemove => "in calm weather nothing is posted twice, not even for a moment",
        }
    }
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) invariant: Invariant,
    pub(crate) how: String,
}

/// What has become of everything, and what should have.
pub(crate) struct Verdict<'a> {
    cluster: &'a FakeCluster,
    chat: &'a FakeChat,
    broken: Vec<Broken>,
}

impl<'a> Verdict<'a> {
    pub(crate) fn new(cluster: &'a FakeCluster, chat: &'a FakeChat) -> Self {
        Self { cluster, chat, broken: Vec::new() }
    }

    /// Looks at everything. `requests` names all that were ever made, and the states that each went through.
    pub(crate) fn check(mut self, requests: &BTreeMap<String, Vec<RequestState>>) -> Vec<Broken> {
        let posts = self.chat.posts();
        for (id, states) in requests {
            let about = |post: &&Post| post.request.as_ref().is_some_and(|r| r.as_str() == id);
            let posts = posts.iter().filter(about).cloned().collect();
            self.check_request(&About { id, request: self.cluster.get(id), states, posts });
        }
        let allowed = ["lab.access", "lab.oncall", "@bob"];
        let strange: Vec<_> =
            posts.iter().map(|p| &p.reference).filter(|r| !allowed.contains(&r.conversation.as_str())).collect();
        self.hold(Invariant::NoStrangers, strange.is_empty(), || format!("messages in wrong places: {strange:?}"));
        self.broken
    }

    /// Looks at every write of a record that there ever was.
    pub(crate) fn check_writes(mut self) -> Vec<Broken> {
        let mut ledgers: BTreeMap<RequestId, Ledger> = BTreeMap::new();
        for (id, record) in self.cluster.writes() {
            if let Stored::Ours(ledger, _) = ledger::read(&record) {
                self.check_write(&id, ledgers.get(&id), &ledger);
                ledgers.insert(id, *ledger);
            }
        }
        self.broken
    }

    /// Looks for messages of these requests that were removed again.
    pub(crate) fn check_calm(mut self, requests: &[String]) -> Vec<Broken> {
        for id in requests {
            let removed = self.chat.removed(id);
            self.hold(Invariant::NothingToRemove, removed == 0, || format!("{id}: {removed} messages were too many"));
        }
        self.broken
    }

    fn hold(&mut self, invariant: Invariant, holds: bool, how: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(Broken { invariant, how: how() });
        }
    }

    fn check_request(&mut self, about: &About<'_>) {
        let cards = about.cards();
        let mut places: Vec<&str> = cards.iter().map(|(p, _)| p.reference.conversation.as_str()).collect();
        places.sort_unstable();
        let unique = places.windows(2).all(|w| w[0] != w[1]);
        let announced = unique && (!about.is_pending() || places == ["lab.access", "lab.oncall"]);
        let how = || format!("{}: announced in {places:?}", about.id);
        self.hold(Invariant::OneForEachRecipient, announced, how);
        for (post, card) in &cards {
            self.check_card(about, post, card);
            self.check_replies(about, post);
        }
        self.check_words_to_bob(about, !cards.is_empty());
    }

    fn check_card(&mut self, about: &About<'_>, post: &Post, card: &Card) {
        let (id, truth, at) = (about.id, about.truth(), &post.reference);
        let how = || format!("{id}: {at} shows {:?}, but it is {truth:?}", card.state);
        self.hold(Invariant::TrueState, truth.contains(&card.state), how);
        let was_decided = post.states.iter().any(|state| is_decision(*state));
        let how = || format!("{id}: {at} has shown {:?}", post.states);
        self.hold(Invariant::DecisionsStay, !was_decided || is_decision(card.state), how);
        if let Some(request) = &about.request {
            let shown = card.fields.iter().find_map(|f| match f.value {
                FieldValue::Progress(p) => Some(p.approvals),
                _ => None,
            });
            let how = || format!("{id}: shows {shown:?} reviews of {}", request.reviews.len());
            self.hold(Invariant::TrueState, shown.unwrap_or(0) == request.reviews.len(), how);
        }
    }

    fn check_replies(&mut self, about: &About<'_>, card: &Post) {
        let Some(request) = &about.request else { return };
        let replies: Vec<String> = about
            .posts
            .iter()
            .filter(|p| p.root.as_ref() == Some(&card.reference))
            .map(|p| format!("{:?}", p.content))
            .collect();
        let least = request.reviews.len() + usize::from(!about.is_pending());
        // An approval that was overtaken by a denial may have been heard of or not.
        let most = request.reviews.len() + about.states.len() - 1;
        let how = || format!("{}: {} replies instead of {least} to {most}: {replies:#?}", about.id, replies.len());
        self.hold(Invariant::OneReply, (least..=most).contains(&replies.len()), how);
    }

    fn check_words_to_bob(&mut self, about: &About<'_>, announced: bool) {
        let id = about.id;
        let to_bob = about.posts.iter().filter(|p| p.reference.conversation == "@bob");
        let words: Vec<String> = to_bob.map(|p| format!("{:?}", p.content)).collect();
        let once: BTreeSet<&String> = words.iter().collect();
        let how = || format!("{id}: bob was told twice: {words:#?}");
        self.hold(Invariant::RequesterToldOnce, once.len() == words.len(), how);
        let left_alone = announced && !about.is_pending() && words.is_empty();
        self.hold(Invariant::RequesterToldOnce, !left_alone, || format!("{id}: bob was not told of the end"));
    }

    fn check_write(&mut self, id: &RequestId, before: Option<&Ledger>, after: &Ledger) {
        let revision = before.map_or(0, |before| before.revision);
        let how = || format!("{id}: revision {} was written over {revision}", after.revision);
        self.hold(Invariant::NoLostWrite, after.revision == revision + 1, how);
        if let Some(before) = before {
            let how = || format!("{id}: {} was written over {}", said(after), said(before));
            self.hold(Invariant::RecordsGrow, says_no_less(before, after), how);
        }
    }
}

/// Everything about one request.
struct About<'a> {
    id: &'a str,
    /// As it is, if it is there.
    request: Option<AccessRequest>,
    /// All that it went through.
    states: &'a [RequestState],
    posts: Vec<Post>,
}

impl About<'_> {
    fn is_pending(&self) -> bool {
        self.request.as_ref().is_some_and(|r| r.state == RequestState::Pending)
    }

    fn cards(&self) -> Vec<(&Post, &Card)> {
        let cards = self.posts.iter().filter_map(|post| match &post.content {
            Content::Card(card) => Some((post, card.as_ref())),
            Content::Note(_) => None,
        });
        cards.collect()
    }

    /// What may be shown now.
    fn truth(&self) -> Vec<CardState> {
        match &self.request {
            Some(request) => vec![request.state.into()],
            // Whoever did not hear of a decision before the request was gone can only say that it is gone.
            None => self
                .states
                .iter()
                .filter(|s| **s != RequestState::Pending)
                .map(|s| (*s).into())
                .chain([CardState::Removed, CardState::Expired])
                .collect(),
        }
    }
}

fn is_decision(state: CardState) -> bool {
    matches!(state, CardState::Approved | CardState::Denied | CardState::Promoted)
}

fn says_no_less(before: &Ledger, after: &Ledger) -> bool {
    let (from, to) = (before.facts.state, after.facts.state);
    let onward = from == to || from == CardState::Pending || (from == CardState::Approved && to == CardState::Denied);
    onward && before.facts.reviews <= after.facts.reviews && before.items.len() <= after.items.len()
}

fn said(ledger: &Ledger) -> String {
    let facts = &ledger.facts;
    format!("{:?} with {} reviews and {} messages", facts.state, facts.reviews, ledger.items.len())
}
