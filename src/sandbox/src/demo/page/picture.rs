//! The world as the page draws it, in parts that change on their own.

use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestState, Review};
use serde_json::{Value, json};

use super::Shared;
use crate::demo::chat::Place;
use crate::demo::world::{DemoWorld, PEOPLE, REQUESTER, REVIEWERS, ROLES};

/// The page shows so many messages of a place.
const MESSAGES: usize = 40;
/// The page shows so many requests.
const REQUESTS: usize = 25;
/// The page shows so many lines of the audit log.
const AUDIT: usize = 40;

/// What never changes.
pub(super) fn scene(shared: &Shared) -> Value {
    let world = &shared.world;
    let roles = ROLES.map(|(name, approvals)| json!({ "name": name, "approvals": approvals }));
    let columns: Vec<Value> = DemoWorld::places()
        .map(|place| json!({ "place": place_id(place), "name": world.chat.name_of(place), "owner": owner(place) }))
        .collect();
    json!({
        "product": world.chat.product(),
        "columns": columns,
        "roles": roles,
        "people": PEOPLE,
        "requester": REQUESTER,
        "reviewers": REVIEWERS,
        "emoji": world.chat.emoji().iter().map(|(name, glyph)| json!({ "name": name, "glyph": glyph })).collect::<Vec<_>>(),
    })
}

/// Everything that changes, but for the bot's log: the name of each part, and what it is now.
pub(super) fn parts(shared: &Shared) -> Vec<(&'static str, Value)> {
    let world = &shared.world;
    let mut parts: Vec<(&'static str, Value)> = DemoWorld::places()
        .map(|place| (place_id(place), json!({ "messages": world.chat.messages(place, MESSAGES) })))
        .collect();
    parts.push(("cluster", cluster(world)));
    parts.push(("trouble", json!(world.troubles.now())));
    parts
}

pub(super) fn place_id(place: Place) -> &'static str {
    match place {
        Place::Channel => "channel",
        Place::Person(name) => name,
    }
}

/// Whose direct messages they are.
fn owner(place: Place) -> &'static str {
    match place {
        Place::Channel => "",
        Place::Person(name) => name,
    }
}

fn cluster(world: &DemoWorld) -> Value {
    let mut requests = world.teleport.requests();
    let pending = requests.iter().filter(|request| request.state == RequestState::Pending).count();
    let all = requests.len();
    // The newest first; ids settle what was filed in the same millisecond.
    requests.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    let audit = world.teleport.audit();
    let audit: Vec<Value> = audit
        .iter()
        .rev()
        .take(AUDIT)
        .map(|event| {
            json!({
                "at": event.at.as_millis(),
                "kind": event.kind,
                "request": event.request,
                "user": event.user,
                "delegator": event.delegator,
                "state": event.state.map(state),
                "reason": event.reason,
            })
        })
        .collect();
    json!({
        "requests": requests.iter().take(REQUESTS).map(request).collect::<Vec<_>>(),
        "pending": pending,
        "all": all,
        "audit": audit,
    })
}

fn request(request: &AccessRequest) -> Value {
    json!({
        "id": request.id.as_str(),
        "user": request.user,
        "roles": request.roles,
        "reason": request.reason,
        "state": state(request.state),
        "created": request.created.map(Timestamp::as_millis),
        "expires": request.expires.map(Timestamp::as_millis),
        "thresholds": request.thresholds.iter().map(|t| json!({ "approve": t.approve, "deny": t.deny })).collect::<Vec<_>>(),
        "reviews": request.reviews.iter().map(review).collect::<Vec<_>>(),
        "suggested": request.suggested_reviewers,
    })
}

fn review(review: &Review) -> Value {
    json!({ "author": review.author, "state": state(review.proposed), "reason": review.reason })
}

fn state(state: RequestState) -> &'static str {
    match state {
        RequestState::Pending => "PENDING",
        RequestState::Approved => "APPROVED",
        RequestState::Denied => "DENIED",
        RequestState::Promoted => "PROMOTED",
    }
}
