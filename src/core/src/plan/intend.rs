//! What ought to be said about a request.

use std::collections::HashSet;
use std::time::Duration;

use crate::backend::{CardState, Conversation, ConversationKind, Marker, Recipient};
use crate::clock::Timestamp;
use crate::ledger::{Facts, GoKeys, Item, Ledger, Status, What};
use crate::request::AccessRequest;
use crate::review::Tally;

/// A request that is gone this long before its expiry did not expire: somebody removed it. Teleport deletes an expired
/// request up to five minutes late, never early; the minute is for clocks that differ.
const EXPIRY_MARGIN: Duration = Duration::from_secs(60);

/// How the request looked when it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It is there, like this.
    Living(Box<AccessRequest>),
    /// It is not there any more.
    Gone,
}

impl Sighting {
    /// The request, if it is there.
    pub fn request(&self) -> Option<&AccessRequest> {
        match self {
            Self::Living(request) => Some(request),
            Self::Gone => None,
        }
    }
}

/// Who is told about this request.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Who is to see the standing message, if it is announced now.
    pub recipients: Vec<Recipient>,
    /// The requester, if requesters are told.
    pub requester: Option<Recipient>,
    /// Whether the request was pending for too long to be announced now.
    pub too_old: bool,
    /// Whether somebody may have announced it before and left no reference: a Go plugin that died after its claim, or
    /// whoever overwrote our ledger with something else.
    pub may_stand: bool,
    /// Whether it can be decided in the chat.
    pub choices: bool,
    /// What the votes that were cast in the chat come to, where people vote.
    pub tally: Option<Tally>,
}

/// The ledger as it should be: `None` if the request is none of our business. What is said already stays; what is not
/// yet said is added as an intent. Doing it twice adds nothing.
pub fn intend(
    ledger: Option<Ledger>,
    sighting: &Sighting,
    policy: &Policy,
    now: Timestamp,
    marker: &mut dyn FnMut() -> Marker,
) -> Option<Ledger> {
    let mut ledger = match (ledger, sighting) {
        (Some(mut ledger), sighting) => {
            if is_disowned(&ledger, policy) && sighting.request().is_some_and(|r| !r.state.is_resolved()) {
                claim(&mut ledger, policy, now, marker);
            }
            ledger
        }
        (None, Sighting::Living(request)) if !request.state.is_resolved() && !policy.recipients.is_empty() => {
            let mut ledger = Ledger::new(Facts::of(request));
            claim(&mut ledger, policy, now, marker);
            ledger
        }
        (None, _) => return None,
    };
    take_in(&mut ledger, sighting, policy, now);
    drop_strangers(&mut ledger, sighting, policy);
    add_replies(&mut ledger, policy, now, marker);
    add_words_to_requester(&mut ledger, policy, now, marker);
    Some(ledger)
}

/// What messages say about a living request.
pub fn facts(request: &AccessRequest, policy: &Policy) -> Facts {
    let mut facts = Facts::of(request);
    facts.choices = policy.choices && !request.state.is_resolved();
    if let Some(tally) = &policy.tally {
        facts.progress = tally.progress;
    }
    facts
}

/// Whether the sighting says less than the ledger has shown: an earlier state, or fewer reviews. Such a sighting may be
/// an old one, so the request is read by id before anything is made of it.
pub fn lowers(ledger: &Ledger, sighting: &Sighting) -> bool {
    let Sighting::Living(request) = sighting else { return false };
    let seen = Facts::of(request);
    rank(seen.state) < rank(ledger.facts.state) || seen.reviews < ledger.facts.reviews
}

/// How far along a state is. Old servers let an approved request be denied, and nothing leads back from there.
fn rank(state: CardState) -> u8 {
    match state {
        CardState::Pending => 0,
        CardState::Approved | CardState::Promoted => 1,
        CardState::Denied => 2,
        CardState::Expired | CardState::Removed => 3,
    }
}

/// A ledger for a request that a Go plugin has announced: its messages are ours from now on, and what it has told is
/// told.
pub fn adopt(go: &GoKeys, facts: Facts, now: Timestamp, marker: &mut dyn FnMut() -> Marker) -> Ledger {
    let mut ledger = Ledger::new(facts);
    for message in &go.messages {
        let mut item = Item::intent(What::Announcement, None, marker(), now);
        // The Go plugin does not store the kind; nothing that is done to a standing message depends on it.
        item.conversation = Some(Conversation { id: message.conversation.clone(), kind: ConversationKind::Channel });
        item.status = Status::Standing(message.clone());
        ledger.items.push(item);
    }
    // Whoever asked long ago need not be told now that the request was received.
    ledger.items.push(told(What::Received, now, marker));
    ledger.told_by_go = go.reviews_count;
    skip_resolution(&mut ledger, go.state(), now, marker);
    ledger
}

/// Takes over what a Go plugin did to a request of ours while we were away: its replies need not be repeated, and its
/// edits have overwritten what our messages showed.
pub fn absorb_go(ledger: &mut Ledger, go: &GoKeys, now: Timestamp, marker: &mut dyn FnMut() -> Marker) -> bool {
    let ahead = go.reviews_count > ledger.facts.reviews;
    let resolved = go.state() != CardState::Pending && ledger.facts.state == CardState::Pending;
    if !ahead && !resolved {
        return false;
    }
    ledger.told_by_go = ledger.told_by_go.max(go.reviews_count);
    if resolved {
        skip_resolution(ledger, go.state(), now, marker);
    }
    show_anew(ledger);
    true
}

/// Whether the request is another one than that of which it is `known` when it was made: whoever asks can let a request
/// end, and make another one of the same name.
pub fn is_another(known: Option<Timestamp>, request: &AccessRequest) -> bool {
    known.is_some() && request.created.is_some() && known != request.created
}

/// Lets every announcement be written anew.
fn show_anew(ledger: &mut Ledger) {
    for item in ledger.items.iter_mut().filter(|item| item.is_announcement()) {
        item.shown = None;
    }
}

/// Whether nobody whom the configuration names was ever to be told: the ledger, or the Go plugin's list of messages, was
/// somebody else's invention.
fn is_disowned(ledger: &Ledger, policy: &Policy) -> bool {
    let ours = |item: &Item| item.to.as_ref().is_some_and(|to| policy.recipients.contains(to));
    !ledger.announcements().any(|(_, item)| item.status != Status::Skipped || ours(item))
}

fn claim(ledger: &mut Ledger, policy: &Policy, now: Timestamp, marker: &mut dyn FnMut() -> Marker) {
    for recipient in &policy.recipients {
        let mut item = Item::intent(What::Announcement, Some(recipient.clone()), marker(), now);
        if policy.too_old {
            item.status = Status::Skipped;
        }
        item.any_marker = policy.may_stand;
        ledger.items.push(item);
    }
}

fn take_in(ledger: &mut Ledger, sighting: &Sighting, policy: &Policy, now: Timestamp) {
    match sighting {
        Sighting::Living(request) => {
            let known = ledger.facts.created;
            if is_another(known, request) {
                show_anew(ledger);
            }
            ledger.facts = facts(request, policy);
            ledger.facts.created = ledger.facts.created.or(known);
        }
        Sighting::Gone if ledger.facts.state == CardState::Pending => {
            let removed = ledger.facts.expires.is_some_and(|expires| now < expires.minus(EXPIRY_MARGIN));
            ledger.facts.state = if removed { CardState::Removed } else { CardState::Expired };
        }
        // The end of an access that was granted, or of a request that was refused: what is shown stays true.
        Sighting::Gone => {}
    }
}

/// Anybody who can write plugin data can write an intent to tell a stranger. Who is told is the configuration's to say,
/// so an intent for somebody whom it does not name (any more) is dropped.
fn drop_strangers(ledger: &mut Ledger, sighting: &Sighting, policy: &Policy) {
    let living = sighting.request().is_some();
    for item in ledger.items.iter_mut().filter(|item| item.status == Status::Intended) {
        let known = match &item.what {
            What::Announcement => !living || item.to.as_ref().is_some_and(|to| policy.recipients.contains(to)),
            What::Received | What::Decided { .. } => item.to.is_some() && item.to == policy.requester,
            What::Vote { number, .. } => policy.tally.as_ref().is_some_and(|tally| tally.counts(*number)),
            What::Review { .. } | What::Resolution { .. } => true,
        };
        if !known {
            item.status = Status::Skipped;
        }
    }
}

pub(super) fn add_replies(ledger: &mut Ledger, policy: &Policy, now: Timestamp, marker: &mut dyn FnMut() -> Marker) {
    let standing: Vec<usize> =
        ledger.announcements().filter(|(_, item)| item.message().is_some()).map(|(place, _)| place).collect();
    let mut there = said(ledger);
    let mut add = |ledger: &mut Ledger, what: What| {
        if there.insert(what.clone()) {
            ledger.items.push(Item::intent(what, None, marker(), now));
        }
    };
    for under in standing {
        for number in (ledger.told_by_go..ledger.facts.reviews).map(|told| told + 1) {
            add(ledger, What::Review { under, number });
        }
        for number in policy.tally.iter().flat_map(Tally::numbers) {
            add(ledger, What::Vote { under, number });
        }
        let state = ledger.facts.state;
        if state != CardState::Pending {
            add(ledger, What::Resolution { under, state });
        }
    }
}

/// The requester is told that the reviewers were told, which is true once one of them was, and how it ended, if it ever
/// was our business.
pub(super) fn add_words_to_requester(
    ledger: &mut Ledger,
    policy: &Policy,
    now: Timestamp,
    marker: &mut dyn FnMut() -> Marker,
) {
    let Some(requester) = policy.requester.clone() else { return };
    let told = ledger.announcements().any(|(_, item)| item.message().is_some());
    let taken_up = ledger.announcements().any(|(_, item)| !matches!(item.status, Status::Intended | Status::Skipped));
    match ledger.facts.state {
        CardState::Pending if told => add(ledger, What::Received, Some(requester), now, marker),
        CardState::Pending => {}
        state if taken_up => add(ledger, What::Decided { state }, Some(requester), now, marker),
        _ => {}
    }
}

/// What is said or to be said, to be looked up: a ledger that somebody else wrote may have thousands of items.
fn said(ledger: &Ledger) -> HashSet<What> {
    ledger.items.iter().map(|item| item.what.clone()).collect()
}

fn add(ledger: &mut Ledger, what: What, to: Option<Recipient>, now: Timestamp, marker: &mut dyn FnMut() -> Marker) {
    if !ledger.has(&what) {
        ledger.items.push(Item::intent(what, to, marker(), now));
    }
}

fn skip_resolution(ledger: &mut Ledger, state: CardState, now: Timestamp, marker: &mut dyn FnMut() -> Marker) {
    if state == CardState::Pending {
        return;
    }
    // The Go plugin says EXPIRED of a removed request too, so neither end is told again.
    let states = match state {
        CardState::Expired => &[CardState::Expired, CardState::Removed][..],
        _ => std::slice::from_ref(&state),
    };
    let places: Vec<usize> = ledger.announcements().map(|(place, _)| place).collect();
    let mut there = said(ledger);
    for under in places {
        for state in states {
            let what = What::Resolution { under, state: *state };
            if there.insert(what.clone()) {
                ledger.items.push(told(what, now, marker));
            }
        }
    }
}

fn told(what: What, now: Timestamp, marker: &mut dyn FnMut() -> Marker) -> Item {
    let mut item = Item::intent(what, None, marker(), now);
    item.status = Status::Skipped;
    item
}
