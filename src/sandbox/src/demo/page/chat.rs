//! What people do in the chat of the page: press buttons, fill in forms, reply, react, and lay out buttons of their own.

use std::sync::Arc;

use accessbot_core::request::RequestState;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::acts::{answer, refused};
use super::{Shared, picture};
use crate::demo::chat::{Before, Forgery};
use crate::demo::world::{DemoWorld, PEOPLE};

const STRANGER: &str = "Only alice, ivan and bob are here.";

/// Somebody before a message. Whether they may do what they do there is for the chat to say, and for the bot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spot {
    who: String,
    place: String,
    message: String,
}

impl Spot {
    fn found(&self) -> Result<Before<'_>, &'static str> {
        let place = DemoWorld::places().find(|place| picture::place_id(*place) == self.place);
        let place = place.ok_or("There is no such place here.")?;
        if !PEOPLE.contains(&self.who.as_str()) {
            return Err(STRANGER);
        }
        Ok(Before { who: &self.who, place, message: &self.message })
    }
}

/// A click on a button.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    at: Spot,
    button: String,
}

/// Somebody presses a button.
pub(super) async fn press(State(shared): State<Arc<Shared>>, Json(press): Json<Press>) -> Response {
    match press.at.found() {
        Ok(at) => answer(shared.world.chat.press(at, &press.button).await.map(|form| json!({ "form": form }))),
        Err(why) => refused(why),
    }
}

/// Words below a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    at: Spot,
    text: String,
}

/// Somebody replies to a message.
pub(super) async fn reply(State(shared): State<Arc<Shared>>, Json(reply): Json<Reply>) -> Response {
    match reply.at.found() {
        Ok(at) => answer(shared.world.chat.reply(at, &reply.text).await.map(|()| json!({}))),
        Err(why) => refused(why),
    }
}

/// An emoji on a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reaction {
    at: Spot,
    emoji: String,
}

/// Somebody reacts to a message.
pub(super) async fn react(State(shared): State<Arc<Shared>>, Json(reaction): Json<Reaction>) -> Response {
    match reaction.at.found() {
        Ok(at) => answer(shared.world.chat.react(at, &reaction.emoji).await.map(|()| json!({}))),
        Err(why) => refused(why),
    }
}

/// A form, filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    who: String,
    form: String,
    reason: String,
}

/// Somebody sends a form.
pub(super) async fn submit(State(shared): State<Arc<Shared>>, Json(sent): Json<Submission>) -> Response {
    if !PEOPLE.contains(&sent.who.as_str()) {
        return refused(STRANGER);
    }
    let submitted = shared.world.chat.submit(&sent.who, &sent.form, &sent.reason).await;
    answer(submitted.map(|wrong| json!({ "wrong": wrong })))
}

/// A button that is not the bot's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forging {
    kind: Forgery,
}

/// Alice lays out a button that claims to approve the newest request that waits.
pub(super) async fn forge(State(shared): State<Arc<Shared>>, Json(forging): Json<Forging>) -> Response {
    let requests = shared.world.teleport.requests();
    let pending = requests.iter().filter(|request| request.state == RequestState::Pending);
    let Some(newest) = pending.max_by_key(|request| (request.created, &request.id)) else {
        return refused("Nothing waits for a decision: ask for something first.");
    };
    answer(shared.world.chat.forge(newest.id.as_str(), forging.kind).map(|_| json!({})))
}
