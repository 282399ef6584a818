//! The words: what each message says about a request. Meaning only; markup is the backend's.

use crate::backend::decision::Action;
use crate::backend::{Audience, Card, CardState, Content, Field, FieldKind, FieldValue, Link, Note, Span};
use crate::ledger::{Facts, Ledger, What};
use crate::request::{RequestId, RequestState, Review};
use crate::review::Vote;
use crate::teleport::Cluster;

/// The standing message about a request.
pub fn announcement(id: &RequestId, facts: &Facts, cluster: &Cluster) -> Content {
    Content::Card(Box::new(Card {
        request: id.clone(),
        audience: Audience::Reviewers,
        state: facts.state,
        headline: headline(facts),
        fields: fields(facts, cluster),
        link: link(id, facts.state, cluster),
        choices: None,
    }))
}

/// The reply for a review.
pub fn review(review: &Review) -> Content {
    let (state, verb) = match review.proposed {
        RequestState::Approved => (CardState::Approved, " approved the request"),
        RequestState::Denied => (CardState::Denied, " denied the request"),
        RequestState::Promoted => (CardState::Promoted, " promoted the request to an access list"),
        RequestState::Pending => (CardState::Pending, " commented on the request"),
    };
    let mut line = vec![theirs(&review.author), ours(verb)];
    if let Some(created) = review.created {
        line.extend([ours(" at "), Span::Time(created)]);
    }
    line.push(ours("."));
    Content::Note(Note { state, line, quote: quote(&review.reason), link: None })
}

/// The reply for a vote that was cast in the chat.
pub fn vote(vote: &Vote) -> Content {
    let (state, verb) = match vote.action {
        Action::Approve => (CardState::Approved, " approved the request here in the chat."),
        Action::Deny => (CardState::Denied, " denied the request here in the chat."),
    };
    Content::Note(Note { state, line: vec![theirs(&vote.user), ours(verb)], quote: quote(&vote.reason), link: None })
}

/// The reply for the end of a request.
pub fn resolution(state: CardState, facts: &Facts) -> Content {
    let line = match state {
        CardState::Pending => "The request is open again.",
        CardState::Approved => "The request was approved.",
        CardState::Denied => "The request was denied.",
        CardState::Promoted => "The request was promoted to an access list.",
        CardState::Expired => "The request expired before anybody decided.",
        CardState::Removed => "The request was removed before anybody decided.",
    };
    Content::Note(Note { state, line: vec![ours(line)], quote: resolve_quote(state, facts), link: None })
}

/// Word to the requester that the request was received.
pub fn received(id: &RequestId, facts: &Facts, cluster: &Cluster) -> Content {
    let mut line = vec![ours("Your request for ")];
    line.extend(what_is_asked(facts));
    line.push(ours(" was received, and the reviewers were told. Its number is "));
    line.extend([theirs(id.as_str()), ours(".")]);
    Content::Note(Note { state: CardState::Pending, line, quote: None, link: link(id, CardState::Approved, cluster) })
}

/// Word to the requester how the request was decided.
pub fn decided(id: &RequestId, state: CardState, facts: &Facts, cluster: &Cluster) -> Content {
    let mut line = vec![ours("Your request for ")];
    line.extend(what_is_asked(facts));
    line.push(ours(match state {
        CardState::Pending => " is open again. Its number is ",
        CardState::Approved => " was approved. Its number is ",
        CardState::Denied => " was denied. Its number is ",
        CardState::Promoted => " was promoted to an access list. Its number is ",
        CardState::Expired => " expired before anybody decided. Its number is ",
        CardState::Removed => " was removed before anybody decided. Its number is ",
    }));
    line.extend([theirs(id.as_str()), ours(".")]);
    Content::Note(Note {
        state,
        line,
        quote: resolve_quote(state, facts),
        link: link(id, CardState::Approved, cluster),
    })
}

/// What an item says; `None` for the reply to a review that is not known any more.
pub fn content(what: &What, id: &RequestId, ledger: &Ledger, reviews: &[Review], cluster: &Cluster) -> Option<Content> {
    let facts = &ledger.facts;
    Some(match what {
        What::Announcement => announcement(id, facts, cluster),
        What::Vote { number, .. } => {
            let index = usize::try_from(*number).ok()?.checked_sub(1)?;
            vote(ledger.votes.get(index)?)
        }
        What::Review { number, .. } => {
            let index = usize::try_from(*number).ok()?.checked_sub(1)?;
            review(reviews.get(index)?)
        }
        What::Resolution { state, .. } => resolution(*state, facts),
        What::Received => received(id, facts, cluster),
        What::Decided { state } => decided(id, *state, facts, cluster),
    })
}

/// One line for a phone's lock screen. It stays true when the message is not edited: the state is not in it.
fn headline(facts: &Facts) -> Vec<Span> {
    let mut line = vec![theirs(&facts.user), ours(" asks for ")];
    line.extend(what_is_asked(facts));
    line
}

/// The roles, or the number of resources where roles are only the way to them.
fn what_is_asked(facts: &Facts) -> Vec<Span> {
    match facts.resources.as_slice() {
        [] => match facts.roles.as_slice() {
            [one] => vec![ours("role "), theirs(one)],
            many => vec![ours("roles "), theirs(&many.join(", "))],
        },
        [one] => vec![ours("resource "), theirs(one)],
        many => vec![ours(&format!("{} resources", many.len()))],
    }
}

fn fields(facts: &Facts, cluster: &Cluster) -> Vec<Field> {
    let field = |kind, value| Some(Field { kind, value });
    let names =
        |kind, list: &[String]| (!list.is_empty()).then(|| Field { kind, value: FieldValue::Names(list.to_vec()) });
    let open = facts.state.is_open();
    [
        field(FieldKind::User, FieldValue::Name(facts.user.clone())),
        names(FieldKind::Roles, &facts.roles),
        names(FieldKind::Resources, &facts.resources),
        quote(&facts.reason).and_then(|text| field(FieldKind::Reason, FieldValue::Quote(text))),
        facts.created.and_then(|at| field(FieldKind::Requested, FieldValue::Time(at))),
        facts.expires.filter(|_| open).and_then(|at| field(FieldKind::Expires, FieldValue::Time(at))),
        // An open-source cluster takes no reviews: "0 of 1" would promise what cannot be.
        (facts.reviews > 0
            || facts.progress.is_begun()
            || (open && (cluster.reviews || facts.choices) && facts.progress.needed.is_some()))
        .then_some(facts.progress)
        .and_then(|progress| field(FieldKind::Reviews, FieldValue::Progress(progress))),
        field(FieldKind::Status, FieldValue::Status(facts.state, facts.resolve_reason.clone())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn link(id: &RequestId, state: CardState, cluster: &Cluster) -> Option<Link> {
    if cluster.reviews && !cluster.proxy_public_addr.is_empty() {
        return Some(Link::Web(format!("https://{}/web/requests/{id}", cluster.proxy_public_addr)));
    }
    state
        .is_open()
        .then(|| Link::Commands(vec![format!("tctl requests approve {id}"), format!("tctl requests deny {id}")]))
}

fn resolve_quote(state: CardState, facts: &Facts) -> Option<String> {
    matches!(state, CardState::Approved | CardState::Denied | CardState::Promoted)
        .then(|| quote(&facts.resolve_reason))
        .flatten()
}

fn quote(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn ours(text: &str) -> Span {
    Span::Ours(text.to_owned())
}

fn theirs(text: &str) -> Span {
    Span::Theirs(text.to_owned())
}
