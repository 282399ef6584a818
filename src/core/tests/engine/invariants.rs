//! What must hold after any schedule, once it has been quiet for a while.

use std::collections::{BTreeMap, BTreeSet};

use accessbot_core::backend::{Card, CardState, Content, FieldValue, Note, Span};
use accessbot_core::clock::Timestamp;
use accessbot_core::ledger::{self, Ledger, Stored};
use accessbot_core::request::{AccessRequest, RequestId};

use crate::chat::{FakeChat, Post};
use crate::cluster::FakeCluster;
use crate::fate::Fate;
use crate::replica::Replica;

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
    /// No replica begins to announce a request after it was told, by an event, by a listing that it has completed or by
    /// its own read, that the request is decided or gone.
    NothingForTheDead,
    /// When nothing happens nothing is posted, changed, looked for or written.
    Rest,
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
            Self::NothingForTheDead => "nothing is announced that is known to be over",
            Self::Rest => "when nothing happens nothing is done",
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
    /// By the cluster's clock.
    now: Timestamp,
    broken: Vec<Broken>,
}

impl<'a> Verdict<'a> {
    pub(crate) fn new(cluster: &'a FakeCluster, chat: &'a FakeChat, now: Timestamp) -> Self {
        Self { cluster, chat, now, broken: Vec::new() }
    }

    /// Looks at everything that can be seen. `requests` names all that were ever made.
    pub(crate) fn check(mut self, requests: &BTreeMap<String, Fate>) -> Vec<Broken> {
        let posts = self.chat.posts();
        let about = |post: &Post| post.request.as_ref().and_then(|request| requests.get_key_value(request.as_str()));
        for post in &posts {
            let place = post.reference.conversation.as_str();
            let known =
                about(post).is_some_and(|(_, f)| f.asker.told.contains(&place) || f.asker.conversation == place);
            self.hold(Invariant::NoStrangers, known, || format!("{:?} in {place}", post.request));
        }
        for (id, fate) in requests {
            let posts = posts.iter().filter(|post| about(post).is_some_and(|(about, _)| about == id)).collect();
            self.check_request(&About { id, request: self.cluster.get(id), fate, posts });
        }
        self.broken
    }

    /// Looks at what the replicas have done about requests of whose end they had been told.
    pub(crate) fn check_replicas(mut self, replicas: &[Replica]) -> Vec<Broken> {
        for how in replicas.iter().flat_map(Replica::late) {
            self.hold(Invariant::NothingForTheDead, false, || how);
        }
        self.broken
    }

    /// Looks at what was done while nothing happened.
    pub(crate) fn check_rest(mut self, done: Option<String>) -> Vec<Broken> {
        self.hold(Invariant::Rest, done.is_none(), || done.unwrap_or_default());
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
        let announced = unique && (!about.fate.is_pending() || places == about.fate.asker.told);
        let how = || format!("{}: announced in {places:?}", about.id);
        self.hold(Invariant::OneForEachRecipient, announced, how);
        let roots: BTreeSet<_> = cards.iter().map(|(post, _)| &post.reference).collect();
        let stray = about.posts.iter().filter_map(|post| post.root.as_ref()).find(|root| !roots.contains(root));
        self.hold(Invariant::OneReply, stray.is_none(), || format!("{}: a reply under {stray:?}", about.id));
        for (post, card) in &cards {
            self.check_card(about, post, card);
            self.check_replies(about, post, card.state);
        }
        self.check_words_to_requester(about, cards.first().map(|(_, card)| card.state));
    }

    fn check_card(&mut self, about: &About<'_>, post: &Post, card: &Card) {
        let (id, truth, at) = (about.id, about.fate.truth(self.now), &post.reference);
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

    /// Looks at the thread of a card that shows `state`. Of what happened unseen before a request was gone nobody can
    /// tell, and an approval that was overtaken by a denial may have been heard of or not.
    fn check_replies(&mut self, about: &About<'_>, card: &Post, state: CardState) {
        let replies = about.posts.iter().filter(|p| p.root.as_ref() == Some(&card.reference));
        let (mut ends, mut reviews) = (Vec::new(), Vec::new());
        for reply in replies {
            match told_in(&reply.content) {
                Told::End(state) => ends.push(state),
                Told::Review(reviewer) => reviews.push(reviewer),
            }
        }
        let how = || format!("{}: {state:?} with replies {ends:?} and {reviews:?}", about.id);
        for reviewer in &about.fate.reviewers {
            let told = reviews.iter().filter(|told| *told == reviewer).count();
            let right = told == 1 || (told == 0 && about.request.is_none());
            self.hold(Invariant::OneReply, right, how);
        }
        let known = reviews.iter().all(|reviewer| about.fate.reviewers.contains(reviewer));
        self.hold(Invariant::OneReply, known, how);
        let told = ends.iter().filter(|end| **end == state).count();
        self.hold(Invariant::OneReply, told == usize::from(state != CardState::Pending), how);
        let others: Vec<_> = ends.iter().filter(|end| **end != state).collect();
        let overtaken = state == CardState::Denied && others == [&CardState::Approved];
        self.hold(Invariant::OneReply, others.is_empty() || overtaken, how);
    }

    /// Looks at what the requester was told of a request whose announcements show `state`.
    fn check_words_to_requester(&mut self, about: &About<'_>, state: Option<CardState>) {
        let Fate { asker, .. } = about.fate;
        let words: Vec<CardState> = about
            .posts
            .iter()
            .filter(|p| p.reference.conversation == asker.conversation)
            .filter_map(|p| match &p.content {
                Content::Note(note) => Some(note.state),
                Content::Card(_) => None,
            })
            .collect();
        let once: BTreeSet<&CardState> = words.iter().collect();
        let how = || format!("{}: {} was told {words:?} of {state:?}", about.id, asker.user);
        self.hold(Invariant::RequesterToldOnce, once.len() == words.len(), how);
        // That a request was received need not be said of one that is over by then.
        let told = state.is_none_or(|state| words.contains(&state));
        self.hold(Invariant::RequesterToldOnce, told, how);
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
    fate: &'a Fate,
    posts: Vec<&'a Post>,
}

impl About<'_> {
    fn cards(&self) -> Vec<(&Post, &Card)> {
        let cards = self.posts.iter().filter_map(|post| match &post.content {
            Content::Card(card) => Some((*post, card.as_ref())),
            Content::Note(_) => None,
        });
        cards.collect()
    }
}

/// What a reply tells.
enum Told {
    /// How the request ended.
    End(CardState),
    /// Who reviewed it.
    Review(String),
}

fn told_in(content: &Content) -> Told {
    match content {
        Content::Note(Note { line, state, .. }) => match line.first() {
            Some(Span::Theirs(reviewer)) => Told::Review(reviewer.clone()),
            _ => Told::End(*state),
        },
        Content::Card(card) => Told::End(card.state),
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
